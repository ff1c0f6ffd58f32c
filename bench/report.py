"""How long a report of 10,000 entries takes: the account of the facts, HTML and Markdown.

The figure to hold: less than 2 s of CPU for both papers together, the median of five runs.
"""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime

from bench.fold import log
from bench.table import Table
from tocsin.dossier.account import account_of
from tocsin.dossier.report import Paper, as_html, as_markdown
from tocsin.facts import Access, Entry

ENTRIES, REPEATS, LIMIT_SECONDS = 10_000, 5, 2.0
_PAPER = Paper(
    name="7K3",
    made_at=datetime(2026, 11, 26, tzinfo=UTC),
    origin="bench.invalid/x",
    key="SHA256:x",
    readers="responders",
)


def seconds(entries: list[Entry]) -> float:
    """The CPU time of both papers."""
    began = time.process_time()
    account = account_of(entries, frozenset({Access.OPS}))
    as_html(account, _PAPER, [])
    as_markdown(account, _PAPER, [])
    return time.process_time() - began


def run() -> Table:
    """The figure, and whether the limit held; smaller is better."""
    rows = []
    for entries in (ENTRIES // 10, ENTRIES):
        written = log(entries)
        found = statistics.median(seconds(written) for _ in range(REPEATS))
        rows.append((f"{entries:,}", f"{found:.2f}"))
    return Table(
        title="The report of an incident, HTML and Markdown",
        columns=("entries", "s of CPU, median"),
        rows=rows,
        note=f"Limit: {LIMIT_SECONDS:.0f} s for {ENTRIES:,} entries.",
        met=found < LIMIT_SECONDS,
    )
