"""Notices that a share of requests left its baseline by more than is tolerated.

Each slice (all requests, each version, each segment) has evidence of its own. All requests weigh
one half (or 1 where nothing is told apart), the j-th slice to appear 1 / (2 j (j + 1)): the weights
are known before the data and sum to at most 1, so the weighted sum of all evidence is itself a
detector, and its run length is that of the whole family. A version is judged by the baseline of all
requests, a segment by its own.

A share that must not fall is judged by its complement, which must not rise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from tocsin.detection.carriers import carried_by, requests_and_bad
from tocsin.detection.declaration import (
    BASELINE_ERROR,
    CONFIDENCE,
    Baseline,
    Basis,
    Declaration,
    Direction,
    First,
    Rate,
    Slice,
    Span,
)
from tocsin.detection.declaration import (
    Counts as Known,
)
from tocsin.detection.evidence import NONE, added, change_point, log_e_values, log_ratio, together
from tocsin.detection.shares import decimal, interval, upper
from tocsin.detection.track import LOOKED_BACK, Alarm, Counts, Learned, Mark
from tocsin.detection.words import finding_id, promise_of_rate
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.summaries import WindowSummary

ALL = "all"
CALM = math.log(1000)
"""Against the claim that it still fails: a wrong `subsided` once in a thousand windows at most."""


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """The share of bad requests before, and up to where the detector is silent."""

    before: float
    tolerated: float


def step(
    detector: Rate, declared: Declaration, marks: Sequence[Mark], window: WindowSummary
) -> Mark:
    """The detector's memory after one more window."""
    counts = tuple(_counts(detector, window))
    last = marks[-1] if marks else None
    learned = last.learned if last is not None else _known_before(detector)
    learned = closed(detector.baseline, learned, window.at)
    mark = Mark(at=window.at, until=window.until, counts=counts, learned=learned)
    if not learned.complete:
        taught = _learn(learned, counts) if teaches(detector.baseline, window) else learned
        return msgspec.structs.replace(mark, learned=taught)
    if last is not None and last.alarm is not None:
        return _calmed(detector, last.alarm, mark)
    evidence = _gathered(detector, {} if last is None else last.evidence, mark)
    mark = msgspec.structs.replace(mark, evidence=evidence)
    found = _alarm(detector, declared, [*marks[-LOOKED_BACK:], mark])
    return mark if found is None else msgspec.structs.replace(mark, alarm=found)


def closed(baseline: Baseline, learned: Learned, at: datetime) -> Learned:
    """The baseline before a window, complete when the window comes after it."""
    if isinstance(baseline, First):
        over = learned.requests >= baseline.requests
    elif isinstance(baseline, Span):
        over = at >= baseline.until
    else:
        over = isinstance(baseline, Known)
    return msgspec.structs.replace(learned, complete=True) if over else learned


def teaches(baseline: Baseline, window: WindowSummary) -> bool:
    """Whether a window belongs to a baseline that is not complete yet."""
    if not isinstance(baseline, Span):
        return True
    return window.at >= baseline.since and window.until <= baseline.until


def bound(detector: Rate, learned: Learned, slice: str) -> Bound | None:
    """What a slice is judged by; None where the baseline says nothing of it."""
    requests, bad = learned.requests, learned.bad
    if slice.startswith("segment="):
        requests, bad = learned.segments.get(slice.removeprefix("segment="), (0, 0))
    if not requests:
        return None
    return _bound(detector.direction, detector.basis, detector.tolerance, requests, bad)


@lru_cache(maxsize=4096)
def _bound(
    direction: Direction, basis: Basis, tolerance: float, requests: int, bad: int
) -> Bound | None:
    most = upper(bad, requests, BASELINE_ERROR)
    tolerated = most + tolerance
    if basis is Basis.RELATIVE and direction is Direction.UP:
        tolerated = most * (1 + tolerance)
    elif basis is Basis.RELATIVE:
        tolerated = 1 - (1 - most) * (1 - tolerance)
    if not 0 < tolerated < 1:
        return None
    return Bound(before=bad / requests, tolerated=tolerated)


def draft(
    detector: Rate, declared: Declaration, marks: Sequence[Mark], slice: str, finding: str
) -> Found | None:
    """What the detector says of its slice now; None while too few requests speak for it."""
    last = marks[-1]
    window = bound(detector, last.learned, slice)
    if window is None:
        return None
    begun = _begun(marks)
    own = [requests_and_bad(_of(slice, mark.counts)) for mark in begun]
    place = change_point(own, _before(last.learned, slice))
    since = begun[place:]
    n, k = requests_and_bad(c for mark in since for c in _of(slice, mark.counts))
    if n < detector.minimum or not k:
        return None
    version, segment, judged_by = carried_by(detector_bounds(detector, last.learned), slice,
                                             begun[:place], since, last.learned)  # fmt: skip
    chosen = [c for mark in since for c in mark.counts if _matches(c, version, segment)]
    n, k = requests_and_bad(chosen)
    window = bound(detector, last.learned, judged_by) or window
    low, high = interval(k, n, 1 - CONFIDENCE)
    tolerated = _said(detector, window.tolerated)
    return Found(
        finding=finding,
        detector=detector.id,
        system=declared.system,
        sign=Sign.RATE,
        metric=detector.rate,
        version=version,
        segment=segment,
        baseline=decimal(_said(detector, window.before)),
        observed=decimal(_said(detector, k / n)),
        low=decimal(min(_said(detector, low), _said(detector, high))),
        high=decimal(max(_said(detector, low), _said(detector, high))),
        confidence=decimal(CONFIDENCE),
        tolerated=decimal(tolerated),
        since=since[0].at,
        seen_until=last.until,
        requests=n,
        bad=k,
        promise=promise_of_rate(detector, declared, tolerated),
        summaries=(),
        declared=declared.digest,
        caused_by=None,
    )


def detector_bounds(detector: Rate, learned: Learned) -> Mapping[str | None, float]:
    """What is tolerated of each segment, and of all requests under None."""
    every = {
        segment: bound(detector, learned, f"segment={segment}") for segment in learned.segments
    }
    whole = bound(detector, learned, ALL)
    found: dict[str | None, float] = {s: b.tolerated for s, b in every.items() if b is not None}
    found[None] = whole.tolerated if whole is not None else 1.0
    return found


def _counts(detector: Rate, window: WindowSummary) -> Iterable[Counts]:
    for cell in window.cells:
        n, k = cell.judged.get(detector.rate, 0), cell.counted.get(detector.rate, 0)
        if n:
            bad = k if detector.direction is Direction.UP else n - k
            yield Counts(version=cell.version, segment=cell.segment, requests=n, bad=bad)


def _known_before(detector: Rate) -> Learned:
    known = detector.baseline
    if not isinstance(known, Known):
        return Learned()
    up = detector.direction is Direction.UP
    bad = known.counted if up else known.requests - known.counted
    return Learned(complete=True, requests=known.requests, bad=bad)


def _learn(learned: Learned, counts: Sequence[Counts]) -> Learned:
    segments, versions = dict(learned.segments), dict(learned.versions)
    for each in counts:
        for found, name in ((segments, each.segment), (versions, each.version)):
            if name is not None:
                n, k = found.get(name, (0, 0))
                found[name] = (n + each.requests, k + each.bad)
    n, k = requests_and_bad(counts)
    return Learned(requests=learned.requests + n, bad=learned.bad + k,
                   segments=segments, versions=versions)  # fmt: skip


def _gathered(
    detector: Rate, before: Mapping[str, tuple[float, ...]], mark: Mark
) -> dict[str, tuple[float, ...]]:
    found = dict(before)
    for slice in _slices(detector, mark):
        n, k = requests_and_bad(_of(slice, mark.counts))
        judged_by = bound(detector, mark.learned, slice) if n else None
        if judged_by is not None:
            window = log_e_values(k, n, judged_by.tolerated)
            found[slice] = added(found.get(slice, NONE), window)
    return found


def _slices(detector: Rate, mark: Mark) -> list[str]:
    names = [ALL]
    if Slice.VERSION in detector.slices:
        names += sorted({f"version={c.version}" for c in mark.counts if c.version is not None})
    if Slice.SEGMENT in detector.slices:
        names += sorted({f"segment={c.segment}" for c in mark.counts if c.segment is not None})
    return names


def _alarm(detector: Rate, declared: Declaration, marks: Sequence[Mark]) -> Alarm | None:
    """The alarm of the slice whose evidence goes furthest over its threshold."""
    evidence, place, over = marks[-1].evidence, 0, list[tuple[float, str]]()
    for slice, logs in evidence.items():
        place += slice != ALL
        weight = 1.0 if not detector.slices else 0.5 if slice == ALL else 0.5 / place / (place + 1)
        beyond = together(logs) + math.log(weight) - math.log(detector.run_length)
        if beyond >= 0:
            over.append((beyond, slice))
    for _, slice in sorted(over, reverse=True):
        finding = finding_id(declared.system, detector.id, marks[-1].at)
        found = draft(detector, declared, marks, slice, finding)
        if found is not None:
            return Alarm(found=found, slice=slice, calm=-math.inf, requests=found.requests,
                         bad=found.bad)  # fmt: skip
    return None


def as_it_stands(detector: Rate, alarm: Alarm, until: datetime) -> Found:
    """The finding with all that has happened since the change up to now."""
    n, k = alarm.requests, alarm.bad
    low, high = interval(k, n, 1 - CONFIDENCE)
    return msgspec.structs.replace(
        alarm.found,
        observed=decimal(_said(detector, k / n)),
        low=decimal(min(_said(detector, low), _said(detector, high))),
        high=decimal(max(_said(detector, low), _said(detector, high))),
        seen_until=until,
        requests=n,
        bad=k,
    )


def _calmed(detector: Rate, alarm: Alarm, mark: Mark) -> Mark:
    """The alarm after one more window; over when it is shown that the share is back."""
    where = alarm.found.version, alarm.found.segment
    n, k = requests_and_bad(c for c in mark.counts if _matches(c, *where))
    alarm = msgspec.structs.replace(alarm, requests=alarm.requests + n, bad=alarm.bad + k)
    n, k = requests_and_bad(_of(alarm.slice, mark.counts))
    if not n and alarm.slice.startswith("version="):  # it serves no more: then the rest counts
        n, k = requests_and_bad(mark.counts)
    judged_by = bound(detector, mark.learned, alarm.slice)
    if not n or judged_by is None:
        return msgspec.structs.replace(mark, alarm=alarm)
    observed = _said(detector, float(alarm.found.observed))
    failing = math.sqrt(judged_by.tolerated * max(observed, judged_by.tolerated))
    healthy = max(judged_by.before, judged_by.tolerated / 10)
    calm = math.log1p(math.exp(min(alarm.calm, 700.0))) + log_ratio(k, n, healthy, failing)
    if calm < CALM or k > n * judged_by.tolerated:
        calmer = msgspec.structs.replace(alarm, calm=calm)
        return msgspec.structs.replace(mark, alarm=calmer)
    ended = Subsided(
        finding=alarm.found.finding,
        detector=detector.id,
        observed=decimal(_said(detector, k / n)),
        seen_until=mark.until,
        requests=n,
    )
    return msgspec.structs.replace(mark, reset=True, ended=ended)


def _said(detector: Rate, bad: float) -> float:
    """The share as it was declared, of a share of bad requests; and the other way round."""
    return bad if detector.direction is Direction.UP else 1 - bad


def _begun(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The windows judged since the baseline was complete, or since the last alarm ended."""
    begun = 0
    for place, mark in enumerate(marks):
        if mark.reset or not mark.learned.complete:
            begun = place + 1
    return marks[begun:]


def _before(learned: Learned, slice: str) -> tuple[int, int]:
    kind, _, name = slice.partition("=")
    return learned.segments[name] if kind == "segment" else (learned.requests, learned.bad)


def _of(slice: str, counts: Iterable[Counts]) -> list[Counts]:
    kind, _, name = slice.partition("=")
    if kind == ALL:
        return list(counts)
    return [c for c in counts if (c.version if kind == "version" else c.segment) == name]


def _matches(counts: Counts, version: str | None, segment: str | None) -> bool:
    return version in (None, counts.version) and segment in (None, counts.segment)
