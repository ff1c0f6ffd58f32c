"""What stands on the card for the wall, and how large its words may be so that one page holds it.

The height is reckoned line by line with the widths of a wide font, so that nothing is ever cut off;
what is too long is shortened, and what is too much is counted. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.playbook.show.measure import lines
from tocsin.playbook.show.sheet import Sheet
from tocsin.playbook.show.words import one_line

CHAIN_MAX, CALLED_MAX, STOPS_MAX = 10, 3, 3
SIZE_MAX, SIZE_MIN = 12.0, 7.5
"""Of the words, in points."""

WIDE, HIGH = 188 / 25.4 * 72, 272 / 25.4 * 72
"""Of the page within its margins, in points."""

LEADING = 1.3


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a card, in the order of the page.

    Args:
        size: of the words in points, so that all of it stands on one page.
    """

    about: str
    title: str
    steps: tuple[tuple[str, str], ...]
    stops: tuple[str, ...]
    by_hand: tuple[tuple[str, str], ...]
    meanwhile: tuple[str, ...]
    called: tuple[tuple[str, str], ...]
    chain: tuple[tuple[str, str], ...]
    foot: str
    size: float = SIZE_MAX


def card_of(sheet: Sheet, maker: str) -> Card:
    """The card of a plan."""
    about = dict(sheet.about)
    card = Card(
        about=_short(about.get("For when") or ", ".join(sheet.systems), 130),
        title=_short(sheet.title, 90),
        steps=tuple((step.id, _short(step.sentence, 140)) for step in sheet.first_steps),
        stops=_at_most(
            [f"{_short(what, 110)} (to take it back: {_short(undo, 60)})"
             for what, undo in sheet.stops], STOPS_MAX),
        by_hand=tuple(
            (what, f"tocsin {verb} {system}")
            for system in sheet.systems[:1]
            for what, verb in (("By hand, at any hour:", "stop"), ("And back:", "undo"))
        ),
        meanwhile=tuple(f"{what}: {_short(words, 70)}" for what, words in sheet.continuity),
        called=_called(sheet),
        chain=_rows([(_short(one[0], 40), one[1]) for one in sheet.communication], CHAIN_MAX),
        foot=f"{sheet.plan} version {_short(sheet.version, 20)} · SHA-256 {sheet.digest[:16]} · "
        f"{maker} · this card does not replace the plan: tocsin playbook show",
    )  # fmt: skip
    size = SIZE_MAX
    while size > SIZE_MIN and high(card, size) > HIGH:
        size -= 0.25
    return msgspec.structs.replace(card, size=size)


def high(card: Card, size: float) -> float:
    """How high the card is with words of this size, in points."""

    def text(words: str, wide: float, of: float = 1.0, *, bold: bool = False) -> float:
        return len(lines(words, wide, size * of, 99, bold=bold)) * size * of * LEADING

    head = text(card.about, WIDE, 0.92) + text(card.title, WIDE, 1.8, bold=True)
    steps = sum(
        text(id, WIDE - 55, bold=True) + text(words, WIDE - 55) + 1.2 * size
        for id, words in card.steps
    )
    said = [*card.stops, *card.meanwhile] or ["-"]
    stop = sum(text(one, WIDE - 30) + 0.3 * size for one in said) + size
    stop += sum(text(f"{what} {words}", WIDE * 0.8, bold=True) for what, words in card.by_hand)
    half = (WIDE - 15) / 2
    called = sum(
        max(text(role, half * 0.4, 0.92, bold=True), text(how, half * 0.4, 0.92)) + 2.9 * size
        for role, how in card.called
    )
    chain = sum(
        max(text(one, half * 0.55, 0.92, bold=True), text(within, half * 0.25, 0.92)) + 0.4 * size
        for one, within in card.chain
    )
    headings = 3 * (1.08 * LEADING + 0.6) * size
    foot = text(card.foot, WIDE, max(0.7, 7 / size))
    return head + steps + stop + max(called, chain) + headings + foot + 5 * 1.1 * size


def _called(sheet: Sheet) -> tuple[tuple[str, str], ...]:
    """Each role that is called, once, in the order in which it is called first."""
    found: dict[str, str] = {}
    for role, how in sheet.called:
        found.setdefault(role, _short(how.rpartition(" (")[0], 60))
    return _rows([(_short(role, 40), how) for role, how in found.items()], CALLED_MAX)


def _rows(rows: Sequence[tuple[str, str]], most: int) -> tuple[tuple[str, str], ...]:
    if len(rows) <= most:
        return tuple(rows)
    return (*rows[:most], (f"and {len(rows) - most} more:", "see the plan"))


def _at_most(rows: Sequence[str], most: int) -> tuple[str, ...]:
    if len(rows) <= most:
        return tuple(rows)
    return (*rows[:most], f"and {len(rows) - most} more: see the plan")


def _short(text: str, most: int) -> str:
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
