"""Who carries which step, as a matrix in SVG of our own: a row for each step, a column for a role.

Each place holds the letter of what the role is to the step, never only a colour. A plan whose steps
name nobody gives no matrix. The pieces fit on a page of A4 each, and each bears its heading. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.show.measure import lines, width
from tocsin.playbook.show.palette import style
from tocsin.playbook.show.words import one_line, plain
from tocsin.playbook.steps import Step

ROW, NAMES_MAX, MARGIN, SIZE, WIDE_MAX = 21.0, 240.0, 6.0, 11.0, 828.0
COLUMN_MAX, COLUMN_MIN = 92.0, 19.0
ROWS_MAX = 38
"""How many steps stand on one page, beneath the names of the roles."""

MEANS = {"A": "answers for it", "R": "does it", "C": "is asked before", "I": "is told"}
"""Each letter, and what the role is to the step."""


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """A step and what each role is to it, by the letters of `MEANS`."""

    number: int
    step: str
    roles: Mapping[str, str]


def carried(plan: Plan) -> tuple[Carried, ...]:
    """The steps that say who carries them, in the order of the file."""
    return tuple(
        Carried(number=number, step=step.id, roles=_letters(step))
        for number, step in enumerate(plan.steps.values(), start=1)
        if step.raci is not None
    )


def roles_of(rows: Sequence[Carried]) -> tuple[str, ...]:
    """The roles, those first who answer for most."""
    weight: dict[str, tuple[int, int]] = {}
    for row in rows:
        for role, letters in row.roles.items():
            answers, any_ = weight.get(role, (0, 0))
            weight[role] = (answers + ("A" in letters), any_ + 1)
    return tuple(sorted(weight, key=lambda role: (-weight[role][0], -weight[role][1], role)))


def raci_svg(plan: Plan) -> str:
    """The whole matrix as one file that needs nothing else."""
    rows = carried(plan)
    told = "\n".join(_told(row) for row in rows) or "No step of this plan says who carries it."
    title = f"Who carries which step: {one_line(plan.title)}"
    return _svg(rows, roles_of(rows), "raci", title, told, alone=True) + "\n"


def raci_pieces(plan: Plan) -> tuple[str, ...]:
    """The matrix in pieces that fit on a page each; none where no step says who carries it."""
    rows = carried(plan)
    roles = roles_of(rows)
    starts = range(0, len(rows), ROWS_MAX)
    return tuple(
        _svg(rows[n : n + ROWS_MAX], roles, f"raci-{number}", f"Who carries which step, {number}",
             "The list of roles says the same in words.", alone=False)
        for number, n in enumerate(starts, start=1)
    )  # fmt: skip


def _letters(step: Step) -> dict[str, str]:
    found: dict[str, str] = {}
    if step.raci is None:
        return found
    found[step.raci.accountable] = "A"
    for letter, roles in (("R", step.raci.responsible), ("C", step.raci.consulted),
                          ("I", step.raci.informed)):  # fmt: skip
        for role in roles:
            found[role] = found.get(role, "") + letter
    return found


def _told(row: Carried) -> str:
    said = [f"{role} {' and '.join(MEANS[letter] for letter in letters)}"
            for role, letters in row.roles.items()]  # fmt: skip
    return f"{row.number} {row.step}: {'; '.join(said)}"


def _svg(rows: Sequence[Carried], roles: Sequence[str], id: str, title: str, told: str, *,
         alone: bool) -> str:  # fmt: skip
    longest = max((width(f"{row.number} {row.step}", SIZE) for row in rows), default=0.0)
    names = min(NAMES_MAX, longest + 20)
    each = max(min(COLUMN_MAX, (WIDE_MAX - 2 * MARGIN - names) / max(len(roles), 1)), COLUMN_MIN)
    heads = _heads(roles, each, names)
    head = heads.high
    wide = 2 * MARGIN + names + each * len(roles)
    high = 2 * MARGIN + head + ROW * len(rows) + 26
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="plan-picture" role="img" '
        f'aria-labelledby="{id}-title {id}-told" viewBox="0 0 {wide:.0f} {high:.0f}" '
        f'width="{wide:.0f}" height="{high:.0f}">',
        f'<title id="{id}-title">{escape(plain(title))}</title>',
        f'<desc id="{id}-told">{escape(plain(told))}</desc>',
    ]
    if alone:
        parts.append(f"<style>{style()}</style>")
        parts.append(f'<rect class="ground" width="{wide:.0f}" height="{high:.0f}"/>')
    parts += heads.words
    for number, row in enumerate(rows):
        parts += _row(row, roles, (names, each), MARGIN + head + ROW * number, number % 2 == 0)
    foot = "; ".join(f"{letter} {means}" for letter, means in MEANS.items())
    parts.append(f'<text class="soft" x="{MARGIN:g}" y="{high - MARGIN - 4:.1f}">{foot}</text>')
    return "\n".join([*parts, "</svg>"])


class _Heads(msgspec.Struct, frozen=True):
    words: list[str]
    high: float


def _heads(roles: Sequence[str], each: float, names: float) -> _Heads:
    """The names of the roles: level where each part of a name has room, else upright."""
    set_level = {role: lines(role, each - 8, SIZE, 3) for role in roles}
    parts = [part for role in roles for part in re.findall("[^-_.]+[-_.]*", role)]
    fits = all(width(part, SIZE) <= each - 8 for part in parts) and not any(
        rows[-1].endswith("…") for rows in set_level.values()
    )
    if fits:
        high = max((len(rows) for rows in set_level.values()), default=1) * 14.0 + 6
        return _Heads(list(_level(roles, set_level, (names, each), high)), high)
    upright = {role: lines(role, 190, SIZE, 1)[0] for role in roles}
    high = max(width(name, SIZE) for name in upright.values()) + 8
    return _Heads(list(_upright(roles, upright, (names, each), high)), high)


def _level(
    roles: Sequence[str],
    set_: Mapping[str, tuple[str, ...]],
    columns: tuple[float, float],
    high: float,
) -> Iterator[str]:
    names, each = columns
    for n, role in enumerate(roles):
        x = MARGIN + names + each * (n + 0.5)
        for up, line in enumerate(reversed(set_[role])):
            y = MARGIN + high - 6 - 14 * up
            yield f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(line)}</text>'


def _upright(
    roles: Sequence[str], set_: Mapping[str, str], columns: tuple[float, float], high: float
) -> Iterator[str]:
    names, each = columns
    for n, role in enumerate(roles):
        x, y = MARGIN + names + each * (n + 0.5) + 4, MARGIN + high - 6
        turned = f'transform="rotate(-90 {x:.1f} {y:.1f})"'
        yield f'<text x="{x:.1f}" y="{y:.1f}" {turned}>{escape(set_[role])}</text>'


def _row(
    row: Carried, roles: Sequence[str], columns: tuple[float, float], y: float, is_even: bool
) -> Iterator[str]:
    names, each = columns
    wide = names + each * len(roles)
    if is_even:
        yield (f'<rect class="band" x="{MARGIN:g}" y="{y:.1f}" width="{wide:.1f}" '
               f'height="{ROW:g}"/>')  # fmt: skip
    name = lines(f"{row.number} {row.step}", names - 8, SIZE, 1)[0]
    yield f'<text x="{MARGIN + 4:g}" y="{y + 14.5:.1f}">{escape(name)}</text>'
    for n, role in enumerate(roles):
        letters = row.roles.get(role)
        if letters is None:
            continue
        x = MARGIN + names + each * (n + 0.5)
        family = {"A": "stop", "R": "people"}.get(letters[0], "flow")
        half = 8.0 if len(letters) == 1 else 8.0 + 4 * (len(letters) - 1)
        if "A" in letters:
            yield (f'<g class="{family}"><rect class="stripe" x="{x - half:.1f}" y="{y + 3:.1f}" '
                   f'width="{2 * half:.1f}" height="15" rx="7"/></g>')  # fmt: skip
        kind = "letter on" if "A" in letters else "letter"
        yield (f'<text class="{kind}" x="{x:.1f}" y="{y + 14.5:.1f}" text-anchor="middle">'
               f"{letters}</text>")  # fmt: skip
