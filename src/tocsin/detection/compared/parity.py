"""How each group of people fares beside the group that it is compared with.

A group with fewer people than the detector's minimum has no number but theirs: "not enough data".
The same holds of all groups where too few were judged of the one they are compared with. What is
said here looks at all windows it is given as at one; whether it is worth an alarm, it does not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tocsin.detection.compared.people import column_sets, compared_with, not_told_apart, seen
from tocsin.detection.compared.two_shares import (
    Seen,
    difference_interval,
    ratio_interval,
    tolerated,
)
from tocsin.detection.declared.declaration import CONFIDENCE, Basis, Fairness, Parity
from tocsin.detection.statistics.shares import decimal
from tocsin.facts.confusion import FALSE_POSITIVES, RECALL, SELECTED
from tocsin.facts.summaries import GroupCell, WindowSummary

RATES: Mapping[Parity, tuple[str, ...]] = {
    Parity.DISPARATE_IMPACT: (SELECTED,),
    Parity.EQUAL_OPPORTUNITY: (RECALL,),
    Parity.EQUALISED_ODDS: (RECALL, FALSE_POSITIVES),
    Parity.CALIBRATION: (),
}
"""Which shares must be alike."""

OF_WHOM = {SELECTED: "people", RECALL: "people whose truth is positive",
           FALSE_POSITIVES: "people whose truth is negative"}  # fmt: skip


class Effect(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a group's share lies from the other's.

    Args:
        value: the ratio of the two, or their difference, as the detector's basis has it; None
            where nobody of the other group counts, so that there is no ratio.
        low, high: where it lies at CONFIDENCE or more.
        least, most: what is tolerated of it.
    """

    value: float | None = None
    low: float
    high: float | None = None
    least: float
    most: float

    @property
    def seen_within(self) -> bool:
        """Whether it is within what is tolerated, as it was seen."""
        return self.value is not None and self.least <= self.value <= self.most


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one group fares by one rate. What is not known is left out, never 0.

    Args:
        people: how many of the group were judged by the rate.
        enough: whether they, and those of the group compared with, are as many as the minimum.
        share, effect: None where there are not enough, and of the group compared with no effect.
    """

    rate: str
    group: str
    people: int
    enough: bool
    compared_with: str
    share: float | None = None
    effect: Effect | None = None


def standings(
    detector: Fairness, declared: Sequence[str], windows: Iterable[WindowSummary]
) -> tuple[Standing, ...]:
    """How every group fares, in all these windows together, the largest first.

    Args:
        declared: all columns of groups, in the order of the log's mapping.
        windows: those of the detector's length; others are passed over.
    """
    own = [w for w in windows if w.seconds == detector.window_seconds]
    cells = [cell for window in own for cell in window.groups]
    found = list[Standing]()
    for rate in RATES[detector.parity]:
        for columns in column_sets(detector.groups):
            found += _of_columns(detector, declared, cells, rate, columns)
    return tuple(found)


def effect(group: Seen, other: Seen, basis: Basis, tolerance: float) -> Effect:
    """The ratio or the difference of two shares, with its interval and what is tolerated."""
    error, limit = 1 - CONFIDENCE, tolerated(basis, tolerance)
    own, others = group.counted / group.judged, other.counted / other.judged
    if basis is Basis.POINTS:
        low, high = difference_interval(group, other, error)
        return Effect(value=own - others, low=low, high=high, least=limit.shift, most=-limit.shift)
    low, high = ratio_interval(group, other, error)
    most = 1 / limit.slope if limit.slope else float("inf")
    return Effect(
        value=own / others if others else None,
        low=low,
        high=None if high == float("inf") else high,
        least=limit.slope,
        most=most,
    )


def tolerated_words(detector: Fairness) -> str:
    """How far shares may lie apart, as words that follow "is"."""
    if detector.basis is Basis.POINTS:
        return f"at most {decimal(detector.tolerance)} below that"
    return f"at least {decimal(1 - detector.tolerance)} times that"


def said(standing: Standing, minimum: int) -> str:
    """One line about a group, for people."""
    whom = f"{standing.people} {OF_WHOM.get(standing.rate, 'people')}"
    if not standing.enough:
        where = "" if standing.people < minimum else f" of {standing.compared_with}"
        return f"{standing.group}: not enough data{where}: {whom}, and {minimum} are needed"
    share = f"{standing.group}: {standing.rate} {_percent(standing.share)} of {whom}"
    far = standing.effect
    if far is None:
        return f"{share}; the others are compared with it"
    if far.value is None:
        return f"{share}; of {standing.compared_with} nobody counts, so there is no ratio"
    to = f" to {decimal(round(far.high, 3))}" if far.high is not None else " or more"
    return (
        f"{share}: {decimal(round(far.value, 3))} ({decimal(round(far.low, 3))}{to}) beside "
        f"{standing.compared_with}; tolerated are {decimal(round(far.least, 3))} to "
        f"{decimal(round(far.most, 3))}"
    )


def is_outside(standing: Standing) -> bool:
    """Whether the whole interval of the effect lies outside of what is tolerated."""
    far = standing.effect
    if far is None:
        return False
    return far.low > far.most or (far.high is not None and far.high < far.least)


def left_out(
    detector: Fairness, declared: Sequence[str], windows: Iterable[WindowSummary]
) -> list[str]:
    """Whom nobody judges, one line for each way of telling people apart that leaves some out."""
    own = [w for w in windows if w.seconds == detector.window_seconds]
    cells = [cell for window in own for cell in window.groups]
    lines = []
    for rate in RATES[detector.parity][:1]:
        for columns in column_sets(detector.groups):
            count = not_told_apart(cells, rate, columns, declared)
            if count:
                lines.append(
                    f"{count} {OF_WHOM[rate]} are in no group by {', '.join(columns)}: "
                    "the value is missing, or too rare to be kept apart"
                )
    return lines


def _of_columns(
    detector: Fairness, declared: Sequence[str], cells: Sequence[GroupCell], rate: str,
    columns: tuple[str, ...],
) -> list[Standing]:  # fmt: skip
    counts = seen(cells, rate, columns, declared)
    sizes = {name: one.judged for name, one in seen(cells, SELECTED, columns, declared).items()}
    other = compared_with(sizes, columns, detector.compared_with)
    if other is None:
        return []
    against = counts.get(other, Seen())
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    return [
        _standing(detector, rate, name, counts.get(name, Seen()), other, against)
        for name in dict.fromkeys([*names, other])
    ]


def _standing(
    detector: Fairness, rate: str, name: str, own: Seen, other: str, against: Seen
) -> Standing:
    enough = min(own.judged, against.judged) >= max(detector.minimum, 1)
    shown = enough and name != other
    return Standing(
        rate=rate,
        group=name,
        people=int(own.judged),
        enough=enough,
        compared_with=other,
        share=own.counted / own.judged if enough else None,
        effect=effect(own, against, detector.basis, detector.tolerance) if shown else None,
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{decimal(round(100 * share, 1))} %"
