"""A gate for tests, as text, and counts to hold against it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tocsin.detection.compared.criteria import Attacks, Counted, counted
from tocsin.facts.summaries import Cell, GroupCell, WindowSummary

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
GATE = """gate: assistant
baseline: "1"
confidence: 97.5%
criteria:
  answers: {not_worse: fallback, worse: up, margin: 2%, basis: points, minimum: 500}
  errors: {bounded: error, at_most: 1%, minimum: 300}
  groups: {alike: disparate-impact, groups: [sex], tolerance: 20%, basis: relative, minimum: 100}
  jailbreaks: {attacks: known-jailbreaks, at_most: 5%, minimum: 200}
stages:
  - {share: 1%, watch: 2h}
  - {share: 10%, watch: 6h}
  - {share: 100%, watch: 24h}
watched_by: [fallback-rate]
seen_by: healthy
"""
GOOD_ATTACKS = Attacks(version="3", tried=400, succeeded=4)


def window(
    version: str,
    rates: Mapping[str, tuple[int, int]],
    people: Mapping[str, tuple[int, int]] | None = None,
    segment: str | None = None,
) -> WindowSummary:
    """An hour in which a version was judged, and counted, so often by rate and by sex."""
    cell = Cell(
        version=version, segment=segment, requests=10**6, by_fallback=0,
        judged={rate: n for rate, (n, _) in rates.items()},
        counted={rate: k for rate, (_, k) in rates.items()},
    )  # fmt: skip
    groups = [
        GroupCell(version=version, group=(sex,), judged={"selected": n}, counted={"selected": k})
        for sex, (n, k) in (people or {}).items()
    ]
    return WindowSummary(
        at=NOON, seconds=3600, last=NOON, cells=(cell,), groups=tuple(groups)
    )  # fmt: skip


def of(version: str, *windows: WindowSummary) -> Counted:
    """What these windows hold of a version."""
    return counted(
        windows, version, name=version, window_seconds=3600, profile_seconds=3600, groups=("sex",)
    )


def good(version: str) -> Counted:
    """What passes every criterion of GATE."""
    rates = {"fallback": (20_000, 800), "error": (20_000, 40)}
    return of(version, window(version, rates, {"f": (5000, 2500), "m": (5000, 2500)}))
