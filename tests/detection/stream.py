"""Streams of windows drawn from a seed, for tests of detectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from tocsin.detection import Declaration, State, declaration_of, scan
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.summaries import Categories, Cell, Histogram, WindowSummary

START = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 60
LATE = START + timedelta(days=400)
YAML = """\
system: assistant
window: 60s
drift_window: 60s
detectors:
  rate:
    rate: fallback
    direction: up
    tolerance: 15%
    basis: relative
    baseline: {first: 20000}
    run_length: 10000
    slices: [version, segment]
"""


def declared(text: str = YAML) -> Declaration:
    return declaration_of(text.encode())


def cell(
    requests: int, bad: int, version: str | None = "1", segment: str | None = "en",
    metric: str = "fallback",
) -> Cell:  # fmt: skip
    return Cell(
        version=version, segment=segment, requests=requests, by_fallback=0,
        judged={metric: requests}, counted={metric: bad},
    )  # fmt: skip


def window(
    place: int, cells: Iterable[Cell] = (), *, numbers: Mapping[str, Histogram] | None = None,
    categories: Mapping[str, Categories] | None = None,
) -> WindowSummary:  # fmt: skip
    at = START + timedelta(seconds=SECONDS * place)
    return WindowSummary(
        at=at, seconds=SECONDS, last=at + timedelta(seconds=SECONDS - 1), cells=tuple(cells),
        numbers=numbers or {}, categories=categories or {},
    )  # fmt: skip


def stream(
    seed: int, shares: Sequence[float], requests: int = 1000, *, first: int = 0,
    version: str = "1", segment: str = "en",
) -> list[WindowSummary]:  # fmt: skip
    """A window for each share, in which so many requests go wrong with that chance."""
    draw = np.random.default_rng(seed)
    bad = draw.binomial(requests, np.asarray(shares))
    return [
        window(first + i, [cell(requests, int(k), version, segment)]) for i, k in enumerate(bad)
    ]


def together(*streams: Sequence[WindowSummary]) -> list[WindowSummary]:
    """Streams that ran beside each other, as one log shows them."""
    cells: dict[datetime, list[Cell]] = {}
    for each in streams:
        for one in each:
            cells.setdefault(one.at, []).extend(one.cells)
    return [window((at - START) // timedelta(seconds=SECONDS), cells[at]) for at in sorted(cells)]


def judged(
    windows: Sequence[WindowSummary], declaration: Declaration | None = None
) -> tuple[list[Found], list[Subsided], State]:
    """What one scan of all of it finds."""
    return scan(declaration or declared(), windows, State(), LATE)
