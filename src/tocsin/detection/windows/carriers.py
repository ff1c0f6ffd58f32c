"""Which version and which segment carry a change, and when it may be said that one does.

A version or segment is named when it fails and the rest does not: the others, judged by what is
tolerated of their segments, are within it. A version that serves alone is named when others served
before the change and it did not, or served too little to tell. When all fail alike, none is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tocsin.detection.windows.track import Learned, Mark, Part

ENOUGH = 30
"""So many requests at least say something about the rest."""


def requests_and_bad(counts: Iterable[Part]) -> tuple[int, int]:
    """The sums of both."""
    n = k = 0
    for each in counts:
        n, k = n + each.requests, k + each.bad
    return n, k


def carried_by(
    tolerated: Mapping[str | None, float], slice: str, before: Sequence[Mark],
    since: Sequence[Mark], learned: Learned,
) -> tuple[str | None, str | None, str]:  # fmt: skip
    """The version, the segment, and the slice by whose baseline the two are judged.

    Args:
        tolerated: the share tolerated of each segment, and of all under None.
        slice: the one that raised the alarm: "all", "version=..." or "segment=...".
    """
    kind, _, name = slice.partition("=")
    past = [c for mark in before for c in mark.parts]
    now = [c for mark in since for c in mark.parts]
    version = name if kind == "version" else None
    segment = name if kind == "segment" else None
    if segment is not None:
        past, now = _of_segment(past, segment), _of_segment(now, segment)
    if version is None or not _rest_is_well(tolerated, now, version):
        version = _version(tolerated, past, now, learned)
    if segment is None:
        segment = _segment(tolerated, [c for c in now if version in (None, c.version)])
    return version, segment, "all" if segment is None else f"segment={segment}"


def _version(
    tolerated: Mapping[str | None, float], past: list[Part], now: list[Part], learned: Learned
) -> str | None:
    names = {c.version for c in now if c.version is not None}
    failing = [v for v in names if not _well(tolerated, [c for c in now if c.version == v])]
    if not failing:
        return None
    worst = max(failing, key=lambda v: (_excess(tolerated, now, v), v))
    others = [c for c in now if c.version != worst]
    if requests_and_bad(others)[0] >= ENOUGH:
        return worst if _well(tolerated, others) else None
    own = [c for c in past if c.version == worst]
    if requests_and_bad(own)[0] >= ENOUGH and _well(tolerated, own):
        return None  # it served well before: the change lies elsewhere
    served = {**learned.versions, **{c.version: (1, 0) for c in past if c.version is not None}}
    return worst if set(served) - {worst} and worst not in learned.versions else None


def _segment(tolerated: Mapping[str | None, float], now: list[Part]) -> str | None:
    names = {c.segment for c in now if c.segment is not None}
    failing = [s for s in names if not _well(tolerated, _of_segment(now, s))]
    if not failing:
        return None
    worst = max(failing, key=lambda s: (_excess_of(tolerated, _of_segment(now, s)), s))
    others = [c for c in now if c.segment != worst]
    enough = requests_and_bad(others)[0] >= ENOUGH
    return worst if enough and _well(tolerated, others) else None


def _rest_is_well(tolerated: Mapping[str | None, float], now: list[Part], version: str) -> bool:
    rest = [c for c in now if c.version != version]
    return requests_and_bad(rest)[0] >= ENOUGH and _well(tolerated, rest)


def _well(tolerated: Mapping[str | None, float], counts: Sequence[Part]) -> bool:
    return _excess_of(tolerated, counts) <= 0


def _excess(tolerated: Mapping[str | None, float], now: list[Part], version: str) -> float:
    return _excess_of(tolerated, [c for c in now if c.version == version])


def _excess_of(tolerated: Mapping[str | None, float], counts: Sequence[Part]) -> float:
    """How many more went wrong than is tolerated of the segments they came from."""
    whole = tolerated[None]
    return sum(c.bad - c.requests * tolerated.get(c.segment, whole) for c in counts)


def _of_segment(counts: list[Part], segment: str) -> list[Part]:
    return [c for c in counts if c.segment == segment]
