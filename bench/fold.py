"""How long it takes to fold a log of 10,000 entries of every kind into an incident.

The figure to hold: less than 100 ms of CPU, the median of nine runs on one core.
"""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime, timedelta

from bench.table import Table
from tocsin.facts import Asserter, Author, Entry, Fact, Proof
from tocsin.facts.custody import EvidenceViewed
from tocsin.facts.entry import Access
from tocsin.facts.incidents import (
    BecameAware,
    Claimed,
    ClaimGraded,
    Grade,
    Noted,
    Opened,
    PersonClass,
    QuestionRaised,
    QuestionSettled,
    Severity,
    SeverityJudged,
)
from tocsin.facts.runs import Attempted, Outcome, Receipted
from tocsin.incident import replay

ENTRIES, REPEATS, LIMIT_MS = 10_000, 9, 100.0
_START = datetime(2026, 1, 1, tzinfo=UTC)


def log(entries: int) -> list[Entry]:
    """A log of an incident that grew long: every part of it grows with the log."""
    author = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    return [
        Entry(
            log="incident/BENCH",
            seq=seq,
            happened_at=_START + timedelta(seconds=seq),
            recorded_at=_START + timedelta(seconds=seq + 1),
            author=author,
            access=Access.OPS,
            fact=_fact(seq),
        )
        for seq in range(1, entries + 1)
    ]


def milliseconds(entries: list[Entry]) -> float:
    """The CPU time of one fold."""
    began = time.process_time()
    replay(entries)
    return (time.process_time() - began) * 1000


def run() -> Table:
    """The figure, and whether the limit held; smaller is better."""
    rows = []
    for entries in (ENTRIES // 10, ENTRIES):
        written = log(entries)
        found = statistics.median(milliseconds(written) for _ in range(REPEATS))
        rows.append((f"{entries:,}", f"{found:.1f}"))
    return Table(
        title="Folding a log into an incident",
        columns=("entries", "ms of CPU, median"),
        rows=rows,
        note=f"Limit: {LIMIT_MS:.0f} ms for {ENTRIES:,} entries.",
        met=found < LIMIT_MS,
    )


def _fact(seq: int) -> Fact:
    if seq == 1:
        return Opened(
            title="t", systems=("s",), unregistered=(), discovered_at=_START, occurred_at=None
        )
    return _FACTS[seq % len(_FACTS)](seq)


_FACTS = (
    lambda seq: Noted(text="a remark"),
    lambda seq: SeverityJudged(severity=Severity.SEV2, reasons=("r",), basis="b"),
    lambda seq: BecameAware(person=f"p{seq}", standing=PersonClass.STAFF, basis="b"),
    lambda seq: Claimed(claim=f"C{seq}", statement="s", grade=Grade.SUSPECTED, evidence=()),
    lambda seq: ClaimGraded(claim=f"C{seq - 1}", grade=Grade.REFUTED, evidence=(), because="b"),
    lambda seq: QuestionRaised(question=f"Q{seq}", text="why"),
    lambda seq: QuestionSettled(question=f"Q{seq - 1}", answer="so"),
    lambda seq: Attempted(run="R1", order=1, attempt=1, worker="w", fence=1),
    lambda seq: Receipted(
        run="R1", order=1, attempt=1, outcome=Outcome.DONE, before="on", after="off"
    ),
    lambda seq: EvidenceViewed(digest="a" * 64, because="b"),
)

if __name__ == "__main__":
    print(run().markdown())
