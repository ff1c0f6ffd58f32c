"""One row a hypothesis: what is held of it, and what speaks for and against, each in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.facts.analysis import Bearing, Conclusion
from tocsin.facts.spelt import spelt
from tocsin.incident.analysis import Hypothesis, Weighed

CONCLUDED: Mapping[Conclusion, str] = {
    Conclusion.SUPPORTED: "supported",
    Conclusion.REFUTED: "refuted",
    Conclusion.OPEN: "open",
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A hypothesis as it is shown.

    Args:
        told: what else is said of it: its kind, its conclusion and why, what is doubtful.
        for_, against, neutral: what counts, the strongest first.
    """

    id: str
    standing: Conclusion
    statement: str
    told: tuple[str, ...]
    for_: tuple[str, ...]
    against: tuple[str, ...]
    neutral: tuple[str, ...]
    is_doubtful: bool


def row_of(one: Hypothesis) -> Row:
    """How a hypothesis stands, in sentences."""
    told = list[str]()
    kind = [one.fact.mode.value] if one.fact.mode is not None else []
    kind += [f"under {one.fact.under}"] if one.fact.under is not None else []
    if kind:
        told.append(", ".join(kind))
    if one.conclusions:
        last = one.conclusions[-1]
        told.append(f"{CONCLUDED[one.standing]} by {last.by}: {spelt(last.fact.because)}")
        if last.fact.despite:
            told.append(f"despite what speaks against it: {spelt(last.fact.despite)}")
    for doubt in one.doubts:
        told.append(f"DOUBTFUL: entry {doubt.seq} speaks against that and came after it")
    return Row(
        id=one.id,
        standing=one.standing,
        statement=spelt(one.fact.statement),
        told=tuple(told),
        for_=_said(one.that(Bearing.SUPPORTS)),
        against=_said(one.that(Bearing.CONTRADICTS)),
        neutral=_said(one.that(Bearing.NEUTRAL)),
        is_doubtful=bool(one.doubts),
    )


def what_is_weighed(one: Weighed) -> str:
    """What was weighed, as a reader finds it again."""
    if one.fact.evidence is not None:
        return f"evidence {one.fact.evidence[:12]}"
    return f"entry {one.fact.entry}"


_ORDER = {"strong": 0, "moderate": 1, "weak": 2}


def _said(each: tuple[Weighed, ...]) -> tuple[str, ...]:
    ordered = sorted(each, key=lambda one: _ORDER[one.fact.strength.value])
    return tuple(_sentence(one) for one in ordered)


def _sentence(one: Weighed) -> str:
    strength = "" if one.fact.bearing is Bearing.NEUTRAL else f"{one.fact.strength.value}: "
    answer = ""
    if one.answered is not None:
        answer = f" - answered by {one.answered.by}: {spelt(one.answered.because)}"
    elif one.fact.bearing is Bearing.CONTRADICTS:
        answer = " - not answered"
    return (
        f"{strength}{spelt(one.fact.because)} ({what_is_weighed(one)}; weighed by "
        f"{one.by} in entry {one.seq})"
        f"{answer}"
    )
