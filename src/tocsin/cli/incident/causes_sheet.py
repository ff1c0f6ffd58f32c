"""What moved with a change, in words: how far, how sure, and what that does not say."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.detection.compared.causes import Causes, Moved, Thing
from tocsin.detection.compared.excess import Excess
from tocsin.facts.findings import Found
from tocsin.facts.spelt import spelt
from tocsin.incident.words_finding import finding_words, said_when

OTHERS_SHOWN = 5
PARTS_SHOWN = 5
_THINGS = {
    Thing.COLUMN: "column",
    Thing.SOURCE: "source column",
    Thing.VERSION: "version",
    Thing.SEGMENT: "segment",
    Thing.VALUE: "new value",
    Thing.RATE: "rate",
}


def as_text(causes: Causes, found: Found, rests_on: str) -> str:
    """All of it for a screen, what counts first."""
    lines = [finding_words(found), *told(causes)]
    end = said_when(found, causes.until, "%Y-%m-%d %H:%M:%S")
    lines.append(f"rests on {rests_on}, up to {end}")
    return "\n".join(lines)


def told(causes: Causes) -> Iterator[str]:
    """What moved, what carries the excess, and what could not be compared, one line each."""
    beyond = [one for one in causes.moved if one.beyond]
    yield (
        f"moved with it ({len(beyond)} of {causes.compared} compared; intervals hold for all "
        f"together at {causes.confidence:.0%}; that it moved does not say that it was the cause):"
    )
    yield from (f"  {moved_words(one)}" for one in beyond)
    if not beyond:
        yield "  nothing by more than chance and habit"
    rest = [one for one in causes.moved if not one.beyond]
    if rest:
        yield "no more than chance or than usual:"
        yield from (f"  {moved_words(one)}" for one in rest[:OTHERS_SHOWN])
        if len(rest) > OTHERS_SHOWN:
            yield f"  and {len(rest) - OTHERS_SHOWN} others"
    for excess in causes.excesses:
        yield from _excess(excess)
    yield from (f"NOT TOLD: {one}" for one in causes.remarks)


def in_short(causes: Causes) -> Iterator[str]:
    """The farthest of what moved, and who carries the excess, for a report."""
    for one in [one for one in causes.moved if one.beyond][:OTHERS_SHOWN]:
        yield moved_words(one)
    for excess in causes.excesses:
        part = excess.parts[0]
        if excess.excess > 0:
            yield (
                f"by {excess.by}: {spelt(part.name)} carries {part.excess:.0f} of the "
                f"{excess.excess:.0f} more that went wrong than at the rate before"
            )


def moved_words(one: Moved) -> str:
    """How far one thing moved, with its interval and what is usual for it."""
    usual = "" if one.usual is None else f"; usual up to {one.usual:.3f}"
    name = f"{_THINGS[one.thing]} {spelt(one.name)}"
    sure = f"{one.low:.3f} to {one.high:.3f}"
    if one.before is None or one.since is None:
        return f"{name}: {one.measure} {one.effect:.3f} ({sure}{usual})"
    shares = f"{one.before:.1%} before, {one.since:.1%} since"
    return f"{name}: {one.measure} {shares} (moved by {sure}{usual})"


def _excess(excess: Excess) -> Iterator[str]:
    more = "more" if excess.excess >= 0 else "fewer"
    yield (
        f"by {excess.by}: {abs(excess.excess):.0f} {more} went wrong than at the rate before: "
        f"{excess.within:.0f} within, {excess.mix:.0f} by another mix"
    )
    for part in excess.parts[:PARTS_SHOWN]:
        (n, k), (m, bad) = part.before, part.since
        yield (
            f"  {spelt(part.name)}: {part.excess:.0f} "
            f"({part.within:.0f} within, {part.mix:.0f} by mix): "
            f"{bad} of {m} since, {k} of {n} before"
        )
    if len(excess.parts) > PARTS_SHOWN:
        left = sum(part.excess for part in excess.parts[PARTS_SHOWN:])
        yield f"  {len(excess.parts) - PARTS_SHOWN} others together: {left:.0f}"
