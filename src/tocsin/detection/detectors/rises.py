"""Notices that one value of a column became commoner by more than is tolerated, and says which.

A trigger word, one source among a hundred, a repeated text: too little of all to move a distance
between distributions, and plain to see when each value is judged by itself. All values share the
error. One that the baseline has is held to its own bound there; for those that it does not have the
error cannot be shared out one by one, for nobody knows how many there are. But values of share u or
more can be at most 1/u, and the chances of all rarer ones add up to 1: with that both the bound on
what was not seen, and the evidence against it, hold for all of them at once.

Not modelled: values so rare that the profile counted them together. They are held to the bound of
    the rarest value that stands by itself, as if no rarer one had been.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from tocsin.detection.declared.declaration import BASELINE_ERROR, CONFIDENCE, Decision, Drift
from tocsin.detection.detectors.drift import Drifts
from tocsin.detection.kinds import CannotJudge, Claim, Over
from tocsin.detection.statistics.evidence import log_e_of_p
from tocsin.detection.statistics.shares import decimal, interval, upper
from tocsin.detection.windows.columns import (
    ABSENT,
    MISSING,
    NAN,
    OTHER,
    UNSEEN,
    Column,
    are_categories,
    known_of,
    sliced,
)
from tocsin.detection.windows.track import Alarm, Learned, Mark, Part, part_of, parts_of
from tocsin.facts.summaries import WindowSummary

SHARE_OF = "share of "
"""How the measure of a finding begins; the value stands after it."""

_NO_NAME = (OTHER, UNSEEN, MISSING, NAN, ABSENT)
_STEPS = 60


class Risen(msgspec.Struct, frozen=True):
    """The value of a window that is the strongest evidence, and the logarithm of its p-value."""

    value: str
    share: float
    before: float
    log_p: float


class Shares:
    """The shares of a baseline, each at the most that it may have been.

    Args:
        tolerance: in points, above what each value may have been.
    """

    name = "rise"
    words = (
        "Each value is judged by itself, all together by the union bound, with Chernoff's bound on "
        "how often each may occur",
        "",
    )

    def __init__(self, before: Column, tolerance: float) -> None:
        self._counts = {v: n for v, n in before.values.items() if v not in _NO_NAME}
        self._rows, self._tolerance = before.rows, tolerance
        hidden = min(self._counts.values(), default=0) if before.values.get(OTHER, 0) else 0
        self._unseen = unseen_bound(hidden, self._rows, BASELINE_ERROR / 2)
        self._bounds: dict[int, float] = {}

    def before(self, value: str) -> int:
        """How often the baseline has it."""
        return self._counts.get(value, 0)

    def tolerated(self, value: str) -> float:
        """Up to which share a value is well."""
        return min(self._most(value) + self._tolerance, 1.0)

    def risen(self, now: Column) -> Risen | None:
        """The value that is the strongest evidence; None where the window names none."""
        best: Risen | None = None
        for value, count in now.values.items():
            if value in _NO_NAME:
                continue
            share, before = count / now.rows, self.before(str(value)) / self._rows
            one = Risen(str(value), share, before, self._log_p(str(value), count, now.rows))
            if best is None or (one.log_p, -one.share, one.value) < (
                best.log_p, -best.share, best.value,
            ):  # fmt: skip
                best = one
        return best

    def far(self, now: Column) -> tuple[float, float]:
        """By how much the share of that value rose."""
        found = self.risen(now)
        return (0.0, 0.0) if found is None else (found.share - found.before, 0.0)

    def log_e(self, now: Column) -> float:
        return log_e_of_p(self.log_p(now))

    def log_p(self, now: Column) -> float:
        found = self.risen(now)
        return 0.0 if found is None else found.log_p

    def interval(self, far: float, shown: Sequence[Part]) -> tuple[float, float]:
        rows, count = sum(part.requests for part in shown), sum(part.bad for part in shown)
        return interval(count, rows, 1 - CONFIDENCE)

    def usual(self, rows: int) -> tuple[float, float]:
        """About the largest of many normal deviations; each value has its own."""
        root = 1 / rows + 1 / self._rows
        shares = sorted((n / self._rows for n in self._counts.values()), reverse=True)
        spreads = [math.sqrt(p * (1 - p) * root) for p in shares] or [math.sqrt(root)]
        most = max(s * math.sqrt(2 * math.log(j + 2)) for j, s in enumerate(spreads))
        return self._tolerance + most, spreads[0]

    def _most(self, value: str) -> float:
        count = self.before(value)
        if not count:
            return self._unseen
        if count not in self._bounds:
            each = BASELINE_ERROR / 2 / len(self._counts)
            self._bounds[count] = upper(count, self._rows, each)
        return self._bounds[count]

    def _log_p(self, value: str, count: int, rows: int) -> float:
        if self.before(value) / self._rows + self._tolerance >= count / rows:
            return 0.0  # it need not be asked how sure that is
        bound, known = self.tolerated(value), self.before(value) > 0
        if not known and count < rows * bound + 1:
            return 0.0  # from here on 1/p times the chance grows with p, as the bound needs it
        ways = len(self._counts) if known else 1 / bound
        return min(0.0, math.log(2 * ways) + log_tail(count, rows, bound))


def unseen_bound(hidden: int, rows: int, error: float) -> float:
    """A share that no value reaches, but for this chance, which occurred at most `hidden` times."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        # At most 1/middle values are that common, and each would have to be drawn so seldom.
        fewer = _log_at_most(hidden, rows, middle)
        low, high = (low, middle) if fewer - math.log(middle) <= math.log(error) else (middle, high)
    return high


def log_tail(count: int, rows: int, share: float) -> float:
    """The logarithm of a bound on the chance of so many or more. Source: Chernoff (1952)."""
    seen = count / rows
    if seen <= share:
        return 0.0
    if share <= 0:
        return -math.inf
    rest = (1 - seen) * math.log((1 - seen) / (1 - share)) if seen < 1 else 0.0
    return -rows * (seen * math.log(seen / share) + rest)


def _log_at_most(count: int, rows: int, share: float) -> float:
    """The same, of so many or fewer."""
    return log_tail(rows - count, rows, 1 - share)


class Rises(Drifts):
    """A detector of drift by the one value that rose most."""

    def __init__(self, detector: Drift, run_length: int) -> None:
        super().__init__(detector, run_length)
        self._kept: dict[str, tuple[object, Shares]] = {}

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        found = []
        for slice, column in sliced(window, self._drift.column, self._drift.slices):
            part = part_of(slice, column.rows)
            known = known_of(learned, slice)
            if column.rows and learned.complete and known.rows:
                risen = self._shares(learned, slice).risen(column)
                if risen is not None:
                    part = msgspec.structs.replace(
                        part, bad=round(risen.share * column.rows), value=risen.value,
                        off=risen.share - risen.before, log_e=log_e_of_p(risen.log_p),
                    )  # fmt: skip
            if column.rows:
                found.append(part)
        return tuple(found)

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        """What the value that is the strongest evidence did since; the others say nothing of it."""
        claim = super().claim(learned, slice, marks)
        if claim is None:
            return None
        own = [p for mark in marks[claim.since :] for p in mark.parts if p.name == slice]
        value = max(own, key=lambda part: part.log_e).value
        shown = [part for part in own if part.value == value]
        rows, count = sum(p.requests for p in shown), sum(p.bad for p in shown)
        low, high = interval(count, rows, 1 - CONFIDENCE)
        shares = self._shares(learned, slice)
        exact = self.about.decision is Decision.E_SR
        return msgspec.structs.replace(
            claim,
            baseline=shares.before(value) / known_of(learned, slice).rows,
            observed=count / rows,
            low=low,
            high=high,
            tolerated=shares.tolerated(value),
            requests=rows,
            bad=count,
            measure=_measured(shown[0]),
            healthy=f"the share of every value is at most {decimal(self._drift.tolerance)} above "
            "what it may have been in the baseline",
            provided=f"requests within a window are independent and the baseline lies within its "
            f"bound ({decimal(100 * (1 - BASELINE_ERROR))} % sure). {Shares.words[0]}"
            if exact
            else claim.provided,
            interval="The interval is Clopper and Pearson's, of the windows in which this value "
            "rose most, as if it had been chosen beforehand.",
        )

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        """As of a distance; only the windows in which the value rose most tell of its share."""
        now, over = super().calmed(learned, alarm, mark)
        own = [p for p in parts_of(alarm.slice, [mark]) if _measured(p) == alarm.found.measure]
        rows, count = sum(p.requests for p in own), sum(p.bad for p in own)
        now = msgspec.structs.replace(now, requests=alarm.requests + rows, bad=alarm.bad + count)
        return now, over

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        share = alarm.bad / alarm.requests
        return share, *interval(alarm.bad, alarm.requests, 1 - CONFIDENCE)

    def _shares(self, learned: Learned, slice: str) -> Shares:
        """The baseline of a slice, prepared once."""
        before = known_of(learned, slice)
        made = self._kept.get(slice)
        if made is None or made[0] is not before.values:
            if not are_categories(before.values):
                raise CannotJudge("rise compares categories, and the column holds numbers")
            made = (before.values, Shares(before, self._drift.tolerance))
            self._kept[slice] = made
        return made[1]

    def _stick(self, learned: Learned, slice: str) -> Shares:
        return self._shares(learned, slice)


def _measured(part: Part) -> str:
    """What a finding about the value of a window says that it measured."""
    return f"{SHARE_OF}{part.value!r}"
