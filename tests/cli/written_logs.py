"""Logs that are written for tests of `tocsin detect`: a healthy one, and what may befall it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2026, 10, 1, tzinfo=UTC)
INTENTS = ("balance", "transfer", "card", "other")


def columns(
    seed: int, rows: int, *, days: float = 10, timed: bool = True, fallback: float = 0.05,
    changed: float = 1.0, changed_to: float | None = None, shift: float = 0.0,
) -> dict[str, object]:  # fmt: skip
    """A chat service's log.

    Args:
        changed: from this share of the rows on version 2 serves, with `changed_to` fallbacks.
        shift: of the confidence from there on, in standard deviations.
    """
    draw = np.random.default_rng(seed)
    late = np.arange(rows) >= changed * rows
    rate = np.where(late, fallback if changed_to is None else changed_to, fallback)
    found: dict[str, object] = {
        "at": [START + timedelta(days=days) * (i / rows) for i in range(rows)],
        "version": np.where(late, "2", "1"),
        "intent": draw.choice(INTENTS, rows, p=[0.4, 0.3, 0.2, 0.1]),
        "latency_ms": draw.gamma(4, 60, rows).round(1),
        "confidence": draw.normal(0.7, 0.1, rows) + 0.1 * shift * late,
        "fallback": draw.random(rows) < rate,
    }
    if not timed:
        del found["at"]
    return found


def written(path: Path, found: Mapping[str, object]) -> str:
    """The place of a log with these columns."""
    pq.write_table(pa.table(dict(found)), path)
    return str(path)
