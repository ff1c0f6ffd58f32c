"""Windows in which people of groups were decided upon, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tocsin.detection.declared.declaration import Basis, Fairness, Parity
from tocsin.facts.summaries import Cell, GroupCell, WindowSummary

START = datetime(2026, 11, 1, tzinfo=UTC)
SECONDS = 86_400
Counts = Mapping[str, tuple[int, int]]
"""By rate, how many were judged and how many count."""


def fairness(parity: Parity = Parity.DISPARATE_IMPACT, *, groups: tuple[str, ...] = ("sex",),
             **more: object) -> Fairness:  # fmt: skip
    """A detector, of the rule of four fifths unless it says otherwise."""
    said: dict[str, object] = {
        "id": "fair", "compared_with": None, "window_seconds": SECONDS, "tolerance": 0.2,
        "basis": Basis.RELATIVE, "minimum": 30, "run_length": 10_000, **more,
    }  # fmt: skip
    return Fairness(parity=parity, groups=groups, **said)  # type: ignore[arg-type]


def window(number: int, people: Mapping[tuple[str | None, ...], Counts]) -> WindowSummary:
    """The window of a day; `people` by group."""
    at = START + timedelta(seconds=number * SECONDS)
    judged: dict[str, int] = {}
    counted: dict[str, int] = {}
    for counts in people.values():
        for rate, (n, k) in counts.items():
            judged[rate], counted[rate] = judged.get(rate, 0) + n, counted.get(rate, 0) + k
    return WindowSummary(
        at=at,
        seconds=SECONDS,
        last=at,
        cells=(
            Cell(
                version="1",
                segment=None,
                requests=max(judged.values(), default=0),
                by_fallback=0,
                judged=judged,
                counted=counted,
            ),
        ),
        groups=tuple(
            GroupCell(
                version="1",
                group=group,
                judged={rate: n for rate, (n, _) in counts.items()},
                counted={rate: k for rate, (_, k) in counts.items()},
            )
            for group, counts in people.items()
        ),
    )
