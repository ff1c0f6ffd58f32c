"""What stands in the box of a step, and how large it is: its words, and where its lines go out.

A result whose line is not drawn is told in words, with the number of the step to which it leads; a
result whose line is drawn stands in a field from which that line goes out. So no words ever lie on
a line or beside a box. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.show.flow import Flow, Line, begun_by
from tocsin.playbook.show.measure import lines, width
from tocsin.playbook.show.words import Family, kind_of, one_line, sentence, span
from tocsin.playbook.steps import Act, Decide, Parallel, Step

SIZE, NAME_SIZE = 11.0, 12.5
LEADING, NAME_LEADING, PAD = 14.0, 16.0, 9.0
WIDE = {1: 380.0, 2: 320.0, 3: 236.0, 4: 180.0}
"""How wide a box is in a row that has so many."""

SIDE_MIN, MAIN_MIN = 34.0, 44.0


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One line of words, from the box's upper left corner.

    Args:
        kind: how it is set: "name", "kind", "text", "soft", "way" or "chip".
    """

    x: float
    y: float
    text: str
    kind: str
    anchor: str = "start"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field in a box behind words: a result that is told ("chip") or that leads out ("exit")."""

    x: float
    y: float
    wide: float
    high: float
    kind: str


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A box as it is drawn.

    Args:
        ports: for each line that goes out, how far from the left it does.
    """

    key: str
    family: Family
    wide: float
    high: float
    words: tuple[Words, ...]
    fields: tuple[Field, ...]
    ports: Mapping[Line, float]


def box_of(plan: Plan, flow: Flow, key: str, in_row: int, out: Sequence[Line], first: Line | None,
           drawn: frozenset[Line]) -> Box:  # fmt: skip
    """The box of a step, or of where branches meet.

    Args:
        in_row: how many boxes stand in its row.
        out: its lines that are drawn, from the left.
        first: the line to it that should be drawn; it is named where it is not.
    """
    return _Boxing(plan, flow, key, in_row, out, first, drawn).box()


class _Boxing:
    """Fills one box from the top."""

    def __init__(self, plan: Plan, flow: Flow, key: str, in_row: int, out: Sequence[Line],
                 first: Line | None, drawn: frozenset[Line]) -> None:  # fmt: skip
        self._plan, self._flow, self._key, self._out = plan, flow, key, out
        self._first, self._drawn = first, drawn
        self._wide = WIDE[in_row]
        self._numbers = {name: n for n, name in enumerate(plan.steps, start=1)}
        self._words: list[Words] = []
        self._fields: list[Field] = []
        self._y = PAD - 2

    def box(self) -> Box:
        ended = begun_by(self._key)
        family = Family.FLOW
        if ended is not None:
            self._line(f"All branches of {self._numbers[ended]} have ended", "soft")
        else:
            step = self._plan.steps[self._key]
            word, family = kind_of(step)
            self._head(step, word)
            self._body(step)
        for line in self._flow.lines:
            if line.source == self._key and line not in self._drawn:
                self._chip(line)
        ports = self._exits()
        return Box(
            key=self._key, family=family, wide=self._wide, high=self._y,
            words=tuple(self._words), fields=tuple(self._fields), ports=ports,
        )  # fmt: skip

    def _line(self, text: str, kind: str, x: float = PAD) -> None:
        self._y += LEADING
        self._words.append(Words(x=x, y=self._y - 3, text=text, kind=kind))

    def _head(self, step: Step, word: str) -> None:
        if self._first is not None and self._first not in self._drawn:
            source = begun_by(self._first.source) or self._first.source
            self._line(f"from {self._numbers[source]}", "soft")
        number = f"{self._numbers[step.id]}"
        aside = width(word, SIZE, bold=True) + 12
        told = lines(f"{number}  {one_line(step.id)}".replace("  ", " "),
                     self._wide - 2 * PAD - aside, NAME_SIZE, 2, bold=True)  # fmt: skip
        self._y += NAME_LEADING
        self._words.append(Words(x=self._wide - PAD, y=self._y - 3, text=word, kind="kind",
                                 anchor="end"))  # fmt: skip
        for number_, line in enumerate(told):
            self._y += NAME_LEADING if number_ else 0
            self._words.append(Words(x=PAD, y=self._y - 3, text=line, kind="name"))

    def _body(self, step: Step) -> None:
        room = self._wide - 2 * PAD
        if isinstance(step, Decide):
            for number, branch in enumerate(step.branches[:6], start=1):
                for line in lines(f"{number}. {one_line(branch.when)}", room, SIZE, 2):
                    self._line(line, "text")
            if len(step.branches) > 6:
                self._line(f"and {len(step.branches) - 6} more", "soft")
        elif not isinstance(step, Parallel):
            for line in lines(one_line(sentence(step)), room, SIZE, 3):
                self._line(line, "text")
        for text in _asides(step):
            for line in lines(text, room, SIZE, 2):
                self._line(line, "soft")

    def _chip(self, line: Line) -> None:
        told = f"{' or '.join(way.short for way in line.results) or 'also'} {self._led_to(line)}"
        told = one_line(told)
        wide = self._wide - 2 * PAD
        rows = lines(told, wide - 10, SIZE, 2)
        self._y += 3
        self._fields.append(
            Field(x=PAD, y=self._y, wide=wide, high=LEADING * len(rows) + 2, kind="chip")
        )
        for row in rows:
            self._line(row, "chip", PAD + 5)
        self._y += 2

    def _led_to(self, line: Line) -> str:
        if line.to is None:
            return "→ no answer: ends as failed"
        if begun_by(line.to) is not None:
            return "→ this branch has ended"
        sign = "↺ back to" if line.back else "→"
        return f"{sign} {self._numbers[line.to]} {line.to}"

    def _exits(self) -> dict[Line, float]:
        """The fields beneath, one for each line that goes out; the main one in the middle."""
        self._y += PAD - 2
        count = len(self._out)
        named = [line for line in self._out if line.results]
        if not named:
            return {line: self._wide * (n + 1) / (count + 1) for n, line in enumerate(self._out)}
        bounds = _bounds(self._out, self._wide)
        told = []
        for line, (left, right) in zip(self._out, bounds, strict=True):
            text = " or ".join(way.short for way in line.results)
            told.append(lines(one_line(text), right - left - 6, SIZE, 4))
        high = LEADING * max(map(len, told)) + 5
        ports: dict[Line, float] = {}
        main = self._out[_main_place(self._out, self._wide)]
        for line, (left, right), rows in zip(self._out, bounds, told, strict=True):
            holds_middle = left + PAD < self._wide / 2 < right - PAD
            port = self._wide / 2 if line is main and holds_middle else (left + right) / 2
            ports[line] = port
            self._fields.append(Field(x=left, y=self._y, wide=right - left, high=high, kind="exit"))
            for n, row in enumerate(rows):
                middle = (left + right) / 2
                self._words.append(
                    Words(x=middle, y=self._y + LEADING * (n + 1) - 1, text=row, kind="way",
                          anchor="middle")
                )  # fmt: skip
        self._y += high
        return ports


def _main_place(out: Sequence[Line], wide: float) -> int:
    """Which line goes out in the middle: that of what goes well, where the others have room."""
    by_result = min(range(len(out)), key=lambda n: _told_at(out[n]))
    most_aside = max(by_result, len(out) - 1 - by_result)
    return by_result if most_aside <= 1 or wide > WIDE[3] else len(out) // 2


def _told_at(line: Line) -> int:
    """What goes well is told first, so it has the shortest words of success."""
    good = ("done", "shown", "sealed", "answered", "approved", "sent", "all ended", "then", "1.")
    return min((good.index(w.short) for w in line.results if w.short in good), default=len(good))


def _bounds(out: Sequence[Line], wide: float) -> list[tuple[float, float]]:
    """From where to where the field of each line goes.

    The main one holds the middle where the words of all have room so; else each gets its share.
    """
    needs = [
        max(width(" or ".join(way.short for way in line.results), SIZE) + 10, SIDE_MIN)
        for line in out
    ]
    main = _main_place(out, wide)
    left, right = needs[:main], needs[main + 1 :]
    half = max(min(needs[main], wide * 0.6), MAIN_MIN) / 2
    found: list[tuple[float, float]] = []
    at = 0.0
    for need in left:
        share = (wide / 2 - half) * need / sum(left)
        found.append((at, at + share))
        at += share
    end = wide if not right else wide / 2 + half
    if right and sum(right) < wide / 2 - half:
        end = wide - sum(right)
    found.append((at, end))
    at = end
    for need in right:
        share = (wide - end) * need / sum(right)
        found.append((at, at + share))
        at += share
    if all(b - a >= need - 1 for (a, b), need in zip(found, needs, strict=True)):
        return found
    ends = [wide * sum(needs[:n]) / sum(needs) for n in range(len(needs) + 1)]
    return [*itertools.pairwise(ends)]


def _asides(step: Step) -> Iterator[str]:
    """Who does it and answers for it; what it waits for; when it is late."""
    if step.raci is not None:
        yield f"{', '.join(step.raci.responsible)}; answers: {step.raci.accountable}"
    told: list[str] = []
    if isinstance(step, Act):
        if step.approvals:
            told.append(f"{step.approvals} approval{'s' if step.approvals > 1 else ''}")
        if step.evidence:
            told.append(f"after {', '.join(step.evidence)}")
    limit = getattr(step, "limit_seconds", None)
    if limit is not None:
        told.append(f"within {span(limit)}")
    if step.soft_seconds is not None:
        told.append(f"late after {span(step.soft_seconds)}")
    if told:
        yield "; ".join(told)
