"""Notices that a share of requests left its baseline by more than is tolerated.

Each slice (all requests, each version, each segment) has evidence of its own. All requests weigh
one half (or 1 where nothing is told apart), the j-th slice to appear 1 / (2 j (j + 1)): the weights
are known before the data and sum to at most 1, so the weighted sum of all evidence is itself a
detector, and its run length is that of all slices together. A version is judged by the baseline of
all requests, a segment by its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tocsin.detection.declared.declaration import Counts as Known
from tocsin.detection.declared.declaration import Direction, Rate, Slice
from tocsin.detection.kinds import About, Claim
from tocsin.detection.statistics.evidence import change_region
from tocsin.detection.statistics.proportion import Bound, Proportion, bound_of
from tocsin.detection.windows.carriers import carried_by, requests_and_bad
from tocsin.detection.windows.track import ALL, Alarm, Learned, Mark, Part
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import WindowSummary


class Rates(Proportion):
    """A detector of a rate. It judges a window while it grows, unless labels are waited for.

    Args:
        run_length: the one it keeps, with its share of the family's.
    """

    def __init__(self, detector: Rate, run_length: int) -> None:
        self._rate = detector
        wait = detector.complete_after_seconds
        about = About(
            id=detector.id, sign=Sign.RATE, metric=detector.rate, measure="share",
            window_seconds=detector.window_seconds, minimum=detector.minimum,
            run_length=run_length, baseline=detector.baseline, decision=detector.decision,
            complete_after_seconds=wait or None, known=_known(detector),
            apart=detector.slices,
        )  # fmt: skip
        super().__init__(about, direction=detector.direction, alone=not detector.slices)

    def obstacle(self, learned: Learned) -> str | None:
        if self.bound(learned, ALL) is not None:
            return None
        return "with its baseline and its tolerance no share would be too much"

    def taught(self, learned: Learned, window: WindowSummary) -> Learned:
        parts = self.parts(learned, window)
        segments, versions = dict(learned.segments), dict(learned.versions)
        for part in parts:
            for found, name in ((segments, part.segment), (versions, part.version)):
                if name is not None:
                    n, k = found.get(name, (0, 0))
                    found[name] = (n + part.requests, k + part.bad)
        n, k = requests_and_bad(parts)
        return Learned(requests=learned.requests + n, bad=learned.bad + k,
                       segments=segments, versions=versions)  # fmt: skip

    def parts(self, learned: Learned, window: WindowSummary) -> tuple[Part, ...]:
        found = []
        for cell in window.cells:
            n, k = cell.judged.get(self._rate.rate, 0), cell.counted.get(self._rate.rate, 0)
            if n:
                found.append(Part(cell.version, cell.segment, n, k if self.up else n - k))
        return tuple(found)

    def slices(self, learned: Learned, parts: Sequence[Part]) -> Sequence[str]:
        names = [ALL] if parts else []
        if Slice.VERSION in self._rate.slices:
            names += sorted({f"version={p.version}" for p in parts if p.version is not None})
        if Slice.SEGMENT in self._rate.slices:
            names += sorted({f"segment={p.segment}" for p in parts if p.segment is not None})
        return [name for name in names if self.bound(learned, name) is not None]

    def counted(self, slice: str, parts: Sequence[Part]) -> tuple[int, int]:
        return requests_and_bad(_of(slice, parts))

    def bound(self, learned: Learned, slice: str) -> Bound | None:
        requests, bad = learned.requests, learned.bad
        if slice.startswith("segment="):
            requests, bad = learned.segments.get(slice.removeprefix("segment="), (0, 0))
        rate = self._rate
        return bound_of(rate.direction, rate.basis, rate.tolerance, requests, bad)

    def before(self, learned: Learned, slice: str) -> tuple[int, int]:
        kind, _, name = slice.partition("=")
        return learned.segments[name] if kind == "segment" else (learned.requests, learned.bad)

    def claim(self, learned: Learned, slice: str, marks: Sequence[Mark]) -> Claim | None:
        bound = self.bound(learned, slice)
        if bound is None:
            return None
        own = [self.counted(slice, mark.parts) for mark in marks]
        places = change_region(own, self.before(learned, slice))
        since = marks[places[0] :]
        n, k = requests_and_bad(p for mark in since for p in _of(slice, mark.parts))
        if n < self.about.minimum or not k:
            return None
        version, segment, judged_by = carried_by(
            self._tolerated(learned), slice, marks[: places[0]], since, learned
        )
        counts = requests_and_bad(
            p for mark in since for p in mark.parts if _matches(p, version, segment)
        )
        bound = self.bound(learned, judged_by) or bound
        return self.claimed(counts, bound, places, version=version, segment=segment)

    def summed(self, alarm: Alarm, mark: Mark) -> Alarm:
        where = alarm.found.version, alarm.found.segment
        n, k = requests_and_bad(p for p in mark.parts if _matches(p, *where))
        return msgspec.structs.replace(alarm, requests=alarm.requests + n, bad=alarm.bad + k)

    def still(self, alarm: Alarm, mark: Mark) -> tuple[int, int]:
        n, k = self.counted(alarm.slice, mark.parts)
        if not n and alarm.slice.startswith("version="):  # it serves no more: then the rest counts
            return requests_and_bad(mark.parts)
        return n, k

    def _tolerated(self, learned: Learned) -> Mapping[str | None, float]:
        """What is tolerated of each segment, and of all requests under None."""
        every = {segment: self.bound(learned, f"segment={segment}") for segment in learned.segments}
        whole = self.bound(learned, ALL)
        found: dict[str | None, float] = {
            segment: bound.tolerated for segment, bound in every.items() if bound is not None
        }
        found[None] = whole.tolerated if whole is not None else 1.0
        return found


def _known(detector: Rate) -> Learned:
    known = detector.baseline
    if not isinstance(known, Known):
        return Learned()
    up = detector.direction is Direction.UP
    return Learned(requests=known.requests,
                   bad=known.counted if up else known.requests - known.counted)  # fmt: skip


def _of(slice: str, parts: Iterable[Part]) -> Iterable[Part]:
    kind, _, name = slice.partition("=")
    if kind == ALL:
        return parts
    return [p for p in parts if (p.version if kind == "version" else p.segment) == name]


def _matches(part: Part, version: str | None, segment: str | None) -> bool:
    return version in (None, part.version) and segment in (None, part.segment)
