"""Notices that predicted chances are not the shares that come true, for all people or by groups.

What is judged is the expected calibration error over tenths of the scale, in each window against
what is tolerated; no baseline is needed. Groups have evidence and alarms of their own, the j-th to
appear with 1 / (j (j + 1)) of the false alarms. Scores that are no chance are left out, and where
they are most of a window it is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tocsin.detection.compared.people import column_sets, scores_of
from tocsin.detection.declared.declaration import CONFIDENCE, Calibration, Fairness
from tocsin.detection.detectors.fairness import GROUPS_MOST
from tocsin.detection.kinds import About, CannotJudge, Claim, Over
from tocsin.detection.statistics.evidence import REGION_DROP, log_plus_one
from tocsin.detection.statistics.proportion import CALM
from tocsin.detection.statistics.shares import decimal
from tocsin.detection.statistics.tenths import (
    NOBODY,
    Tenth,
    Tenths,
    error,
    error_interval,
    likeliest_begin,
    log_e_values,
    log_well,
    no_chances,
    people,
    tenths,
    together,
)
from tocsin.detection.windows.track import ALL, Alarm, Learned, Mark, Part
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import TENTHS, WindowSummary

METRIC = "expected calibration error"


class Calibrations:
    """A detector of calibration: of all people, or of each group where fairness asks for it.

    Args:
        declared: all columns of groups, in the order of the log's mapping.
        run_length: the one it keeps, with its share of the family's.
    """

    def __init__(
        self, detector: Calibration | Fairness, declared: Sequence[str], run_length: int
    ) -> None:
        self._asked, self._declared = detector, declared
        self._sets: tuple[tuple[str, ...], ...] = ((),)
        sign = Sign.CALIBRATION
        if isinstance(detector, Fairness):
            self._sets, sign = column_sets(detector.groups), Sign.UNFAIR
        self.about = About(
            id=detector.id, sign=sign, metric=METRIC, measure=METRIC,
            window_seconds=detector.window_seconds, minimum=detector.minimum,
            run_length=run_length, baseline=None,
            complete_after_seconds=detector.complete_after_seconds,
        )  # fmt: skip

    def obstacle(self, learned: Learned) -> str | None:
        sizes = {name: n for name, (n, _) in learned.segments.items()}
        most = max(sizes.values(), default=0)
        if most >= self._asked.minimum:
            return None
        if not most:
            return "no window has a score together with what came true"
        return (
            f"not enough data: {most} scores have their truth"
            f"{'' if self._sets == ((),) else ' in the largest group'}, "
            f"and {self._asked.minimum} are needed"
        )

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        return learned

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        """Of each group and tenth, how many have a truth, how many are true, and their scores."""
        odd, every = no_chances(window.scores), sum(cell.labelled for cell in window.scores)
        if 2 * odd > every:
            raise CannotJudge(
                f"{odd} of {every} scores are no chance from 0 to 1: map a column of chances"
            )
        return tuple(
            Part(None, None, one.labelled, one.true, f"{place} {group}", off=one.expected)
            for group, found in self._found(learned, window).items()
            for place, one in enumerate(found)
            if one.labelled
        )

    def remembered(self, learned: Learned, parts: Sequence[Part]) -> Learned:
        groups = dict(learned.segments)
        for part in parts:
            name = _group(part)
            n, k = groups.get(name, (0, 0))
            groups[name] = (n + part.requests, k + part.bad)
        return msgspec.structs.replace(learned, segments=groups)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        return list(dict.fromkeys(_group(part) for part in parts))

    def weight(self, slice: str, place: int) -> float:
        return 1.0 if slice == ALL else 1 / place / (place + 1)

    def log_e(self, learned: Learned, slice: str, parts: Sequence[Part]) -> tuple[float, ...]:
        return log_e_values(_of(slice, parts), self._asked.tolerance)

    def deviation(self, learned: Learned, slice: str, parts: Sequence[Part]) -> float:
        raise CannotJudge("calibration is decided by e-sr alone")

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        own = [_of(slice, mark.parts) for mark in marks]
        place, first, last = likeliest_begin(own, self._asked.tolerance, REGION_DROP)
        since = NOBODY
        for found in own[place:]:
            since = together(since, found)
        if people(since) < max(self._asked.minimum, 1):
            return None
        low, high = error_interval(since, 1 - CONFIDENCE)
        return Claim(
            since=place, region=(first, last), baseline=0.0,
            observed=error(since), low=low, high=high, tolerated=self._asked.tolerance,
            requests=people(since), bad=sum(one.true for one in since), sums=_flat(since),
            group=None if slice == ALL else slice,
            healthy=f"the {METRIC}{_whose(slice)} is at most {decimal(self._asked.tolerance)}",
            provided="people within a window are independent",
            interval="The interval is Clopper-Pearson of the share in each tenth of the scale, all "
            f"tenths together at {decimal(100 * CONFIDENCE)} %, for the estimated beginning as it "
            "is. The error as it was seen comes out too large where few are in a tenth.",
        )  # fmt: skip

    def calmed(self, learned: Learned, alarm: Alarm, mark: Mark) -> tuple[Alarm, Over | None]:
        """Over when it is shown that the tenths lie no longer as they did, at half the distance."""
        own, before = _of(alarm.slice, mark.parts), _tenths(alarm.sums)
        half = (self._asked.tolerance + float(alarm.found.observed)) / 2
        calm = log_plus_one(alarm.calm) + log_well(own, before, half) if people(own) else alarm.calm
        since = together(before, own)
        alarm = msgspec.structs.replace(
            alarm, requests=people(since), bad=sum(one.true for one in since), sums=_flat(since),
            calm=calm,
        )  # fmt: skip
        if calm < CALM or error(own) >= half:
            return alarm, None
        return alarm, Over(observed=error(own), requests=people(own))

    def stands(self, alarm: Alarm, marks: Sequence[Mark]) -> tuple[float, float, float]:
        since = _tenths(alarm.sums)
        return error(since), *error_interval(since, 1 - CONFIDENCE)

    def stands_beside(self, alarm: Alarm) -> tuple[float, float]:
        return 0.0, self._asked.tolerance

    def _found(self, learned: Learned, window: WindowSummary) -> Mapping[str, Tenths]:
        """The tenths of each group that is judged: those known already, then the largest new."""
        if self._sets == ((),):
            return {ALL: tenths(window.scores)} if window.scores else {}
        found: dict[str, Tenths] = {}
        for columns in self._sets:
            own = {g: tenths(cells) for g, cells in
                   scores_of(window.scores, columns, self._declared).items()}  # fmt: skip
            new = sorted(set(own) - set(learned.segments), key=lambda g: (-people(own[g]), g))
            chosen = [*(g for g in learned.segments if g in own), *new][:GROUPS_MOST]
            found |= {group: own[group] for group in chosen}
        return found


def _group(part: Part) -> str:
    return part.name.partition(" ")[2]


def _of(slice: str, parts: Iterable[Part]) -> Tenths:
    found = list(NOBODY)
    for part in parts:
        place, _, group = part.name.partition(" ")
        if group == slice:
            found[int(place)] = Tenth(labelled=part.requests, true=part.bad, expected=part.off)
    return tuple(found)


def _flat(found: Tenths) -> tuple[float, ...]:
    return tuple(number for one in found for number in (one.labelled, one.true, one.expected))


def _tenths(sums: Sequence[float]) -> Tenths:
    return tuple(
        Tenth(labelled=int(sums[i]), true=int(sums[i + 1]), expected=sums[i + 2])
        for i in range(0, 3 * TENTHS, 3)
    )


def _whose(slice: str) -> str:
    return "" if slice == ALL else " of each group"
