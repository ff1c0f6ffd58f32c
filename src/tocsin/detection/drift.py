"""Notices that a column is distributed otherwise than in the baseline.

Numbers are compared by the largest difference of their cumulative counts (Kolmogorov-Smirnov),
with minus infinity before the grid and plus infinity, not-a-number and missing after it, so that a
column that goes missing drifts too. On a grid the distance comes out a little too small, never too
large. Categories are compared by total variation on the commonest ones, all others, those never
seen before, and missing. A window that is not over yet is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from tocsin.detection.declaration import BASELINE_ERROR, CONFIDENCE, Declaration, Drift
from tocsin.detection.evidence import log_e_of_p, log_plus_one, strongest_end
from tocsin.detection.rates import closed, teaches
from tocsin.detection.shares import decimal
from tocsin.detection.track import LOOKED_BACK, Alarm, Counts, Learned, Mark
from tocsin.detection.words import finding_id, promise_of_drift
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.summaries import Categories, Histogram, WindowSummary

COMMON = 16
"""So many categories are compared one by one."""

QUIET_WINDOWS = 3
"""So many windows in a row within what is tolerated end an alarm."""

_BELOW, _ABOVE, _NAN, _ABSENT = -(2**62), 2**62, 2**62 + 1, 2**62 + 2
_OTHER, _UNSEEN, _MISSING = "\0other", "\0unseen", "\0missing"
Values = Mapping[int | str, int]


def step(
    detector: Drift, declared: Declaration, marks: Sequence[Mark], window: WindowSummary
) -> Mark:
    """The detector's memory after one more window."""
    values = values_of(detector, window)
    rows = sum(values.values())
    last = marks[-1] if marks else None
    learned = last.learned if last is not None else Learned()
    learned = closed(detector.baseline, learned, window.at)
    mark = Mark(
        at=window.at,
        until=window.until,
        counts=(Counts(version=None, segment=None, requests=rows, bad=0),) if rows else (),
        learned=learned,
    )
    if not learned.complete:
        taught = _learn(learned, values) if teaches(detector.baseline, window) else learned
        return msgspec.structs.replace(mark, learned=taught)
    if not rows or not learned.requests:
        kept = {} if last is None else last.evidence
        alarm = None if last is None else last.alarm
        return msgspec.structs.replace(mark, evidence=kept, alarm=alarm)
    far = distance(learned.values, values)
    log_e = _log_e(detector, learned, values, far)
    mark = msgspec.structs.replace(mark, distance=far, log_e=log_e)
    if last is not None and last.alarm is not None:
        return _calmed(detector, last.alarm, mark)
    before = last.evidence.get("all", (-math.inf,))[0] if last is not None else -math.inf
    evidence = log_plus_one(before) + log_e
    mark = msgspec.structs.replace(mark, evidence={"all": (evidence,)})
    if evidence < math.log(detector.run_length):
        return mark
    found = _alarm(detector, declared, [*marks[-LOOKED_BACK:], mark])
    return mark if found is None else msgspec.structs.replace(mark, alarm=found)


def values_of(detector: Drift, window: WindowSummary) -> Values:
    """How often each bucket or category of the detector's column occurred in a window."""
    if detector.column in window.numbers:
        return _of_numbers(window.numbers[detector.column])
    if detector.column in window.categories:
        return _of_categories(window.categories[detector.column])
    return {}


def distance(before: Values, now: Values) -> float:
    """How far two distributions lie apart, from 0 to 1."""
    n, m = sum(before.values()), sum(now.values())
    if _are_categories(before, now):
        one, other = _grouped(before, before), _grouped(before, now)
        apart = (abs(one.get(k, 0) / n - other.get(k, 0) / m) for k in {*one, *other})
        return sum(apart) / 2
    gap = most = 0.0
    for bucket in sorted({*before, *now}, key=int):
        gap += before.get(bucket, 0) / n - now.get(bucket, 0) / m
        most = max(most, abs(gap))
    return most


def uncertainty(before: Values, now: Values, requests: int, error: float) -> float:
    """How far an empirical distance may lie off by chance.

    Source: Dvoretzky-Kiefer-Wolfowitz with Massart's constant; for categories the union over all
    sets of them.
    """
    sets = math.log(2)
    if _are_categories(before, now):
        sets = math.log(2) * len({*_grouped(before, before), _OTHER, _UNSEEN, _MISSING})
    return math.sqrt((sets - math.log(error)) / (2 * requests))


def _log_e(detector: Drift, learned: Learned, values: Values, far: float) -> float:
    """What the window's distance is worth as evidence, as the logarithm of an e-value."""
    before, rows = learned.values, sum(values.values())
    silent = detector.tolerance + uncertainty(before, values, learned.requests, BASELINE_ERROR)
    sets = math.log(2)
    if _are_categories(before, values):
        sets *= len({*_grouped(before, before), _OTHER, _UNSEEN, _MISSING})
    return log_e_of_p(min(0.0, sets - 2 * rows * max(far - silent, 0.0) ** 2))


def _alarm(detector: Drift, declared: Declaration, marks: Sequence[Mark]) -> Alarm | None:
    begun = list(marks)
    for place, mark in enumerate(marks):
        if mark.reset or not mark.learned.complete:
            begun = list(marks[place + 1 :])
    since = [m for m in begun[strongest_end([m.log_e for m in begun]) :] if m.requests]
    rows = sum(m.requests for m in since)
    if rows < detector.minimum:
        return None
    last = marks[-1]
    off = sum(m.distance * m.requests for m in since)
    alarm = Alarm(
        found=_found(detector, declared, since, last),
        slice="all",
        calm=0.0,
        requests=rows,
        bad=0,
        off=off,
    )
    return alarm


def _found(detector: Drift, declared: Declaration, since: Sequence[Mark], last: Mark) -> Found:
    rows = sum(m.requests for m in since)
    far = sum(m.distance * m.requests for m in since) / rows
    before = last.learned
    each = (1 - CONFIDENCE) / (len(since) + 1)
    slack = uncertainty(before.values, before.values, before.requests, each)
    slack += sum(
        uncertainty(before.values, before.values, m.requests, each) * m.requests for m in since
    ) / rows  # fmt: skip
    return Found(
        finding=finding_id(declared.system, detector.id, last.at),
        detector=detector.id,
        system=declared.system,
        sign=Sign.DRIFT,
        metric=detector.column,
        version=None,
        segment=None,
        baseline="0",
        observed=decimal(far),
        low=decimal(max(far - slack, 0.0)),
        high=decimal(min(far + slack, 1.0)),
        confidence=decimal(CONFIDENCE),
        tolerated=decimal(detector.tolerance),
        since=since[0].at,
        seen_until=last.until,
        requests=rows,
        bad=0,
        promise=promise_of_drift(detector, declared),
        summaries=(),
        declared=declared.digest,
        caused_by=None,
    )


def _calmed(detector: Drift, alarm: Alarm, mark: Mark) -> Mark:
    learned = mark.learned
    silent = detector.tolerance + uncertainty(
        learned.values, learned.values, learned.requests, BASELINE_ERROR
    )
    rows = mark.requests
    noise = uncertainty(learned.values, learned.values, rows, 0.5)
    quiet = mark.distance <= silent + noise and mark.distance < float(alarm.found.observed)
    alarm = msgspec.structs.replace(
        alarm,
        calm=alarm.calm + 1 if quiet else 0.0,
        requests=alarm.requests + rows,
        off=alarm.off + mark.distance * rows,
    )
    if alarm.calm < QUIET_WINDOWS:
        return msgspec.structs.replace(mark, alarm=alarm)
    ended = Subsided(
        finding=alarm.found.finding,
        detector=detector.id,
        observed=decimal(mark.distance),
        seen_until=mark.until,
        requests=rows,
    )
    return msgspec.structs.replace(mark, reset=True, ended=ended)


def _learn(learned: Learned, values: Values) -> Learned:
    found = dict(learned.values)
    for value, count in values.items():
        found[value] = found.get(value, 0) + count
    return Learned(requests=learned.requests + sum(values.values()), values=found)


def _of_numbers(histogram: Histogram) -> Values:
    found = dict[int | str, int](zip(histogram.buckets, histogram.counts, strict=True))
    odd: tuple[tuple[int | str, int], ...]
    odd = ((_BELOW, histogram.below), (_ABOVE, histogram.above), (_NAN, histogram.nan),
           (_ABSENT, histogram.absent))  # fmt: skip
    return found | {bucket: count for bucket, count in odd if count}


def _of_categories(categories: Categories) -> Values:
    odd: tuple[tuple[int | str, int], ...]
    odd = ((_OTHER, categories.other), (_MISSING, categories.absent))
    found = dict[int | str, int](categories.counts.items())
    return found | {name: count for name, count in odd if count}


def _are_categories(before: Values, now: Values) -> bool:
    return any(isinstance(value, str) for values in (before, now) for value in values)


def _grouped(before: Values, now: Values) -> dict[int | str, int]:
    """The values of a window as the baseline groups them."""
    named = [v for v in before if v not in (_OTHER, _MISSING)]
    common = set(sorted(named, key=lambda v: (-before[v], str(v)))[:COMMON])
    found: dict[int | str, int] = {}
    for value, count in now.items():
        group: int | str = value
        if value not in common and value not in (_OTHER, _MISSING):
            group = _OTHER if value in before else _UNSEEN
        found[group] = found.get(group, 0) + count
    return found
