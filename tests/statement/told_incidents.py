"""Incidents as their logs tell them, from nothing known to all of it, for every template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tocsin.facts import Access, Asserter, Author, Entry, Fact, Proof
from tocsin.facts.affected import AffectedListed
from tocsin.facts.incidents import (
    Claimed,
    ClaimGraded,
    Grade,
    Opened,
    QuestionRaised,
    Severity,
    SeverityJudged,
)
from tocsin.facts.runs import (
    Effect,
    Ordered,
    Outcome,
    Probed,
    Receipted,
    Repeatable,
    RunStarted,
    Verdict,
)
from tocsin.register.model import Register, System

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LOG = "incident/7K3ABCDEFG"
REGISTER = Register(
    systems={"assistant": System(id="assistant", name="Customer assistant", owner="ana", tier=1)}
)
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)


def log_of(*facts: Fact | tuple[Fact, Access]) -> list[Entry]:
    """The entries that tell these facts, one a minute, some under another label."""
    found: list[Entry] = []
    for seq, each in enumerate(facts, start=1):
        fact, access = each if isinstance(each, tuple) else (each, Access.OPS)
        at = NOON + timedelta(minutes=seq)
        found.append(
            Entry(log=LOG, seq=seq, happened_at=at, recorded_at=at, author=ANA, access=access,
                  fact=fact)
        )  # fmt: skip
    return found


def opened(title: str = "wrong refunds", *, since: bool = True) -> Opened:
    return Opened(
        title=title, systems=("assistant",), unregistered=(), discovered_at=NOON,
        occurred_at=NOON - timedelta(hours=2) if since else None,
    )  # fmt: skip


def claimed(claim: str, words: str, grade: Grade, *evidence: str) -> Claimed:
    return Claimed(claim=claim, statement=words, grade=grade, evidence=evidence)


def stopped(seq: int, *, shown: bool = True) -> list[Fact]:
    """A stop that was ordered at this place of the log, done, and looked at."""
    order = Ordered(
        run="run-1", step="stop", connector="switch", target="assistant.model", wanted="off",
        repeatable=Repeatable.IDEMPOTENT, approvals=0, attempts_max=3, undo="on",
        effect=Effect.STOP, evidence=(),
    )  # fmt: skip
    receipt = Receipted(
        run="run-1", order=seq, attempt=1, outcome=Outcome.DONE, before="on", after="off"
    )
    look = Probed(
        run="run-1", step="seen", probe="eye", target="assistant", hypothesis="off", sample=3,
        error="0.01", verdict=Verdict.SHOWN if shown else Verdict.NOT_SHOWN, seen="off", value="",
    )  # fmt: skip
    return [order, receipt, look]


STARTED = RunStarted(run="run-1", plan="stop", plan_digest="d" * 64)
COUNTED = AffectedListed(
    list="a" * 64, finding="F1", since=NOON, until=NOON, decisions=300, subjects=214, asked="all",
    untold="",
)  # fmt: skip
SEVERE = SeverityJudged(severity=Severity.SEV2, reasons=("refunds",), basis="sampled")
SURE = claimed("C1", "Version 2 gives wrong refunds", Grade.CONFIRMED, "e" * 64)
UNSURE = claimed("C2", "Training lost some intents", Grade.SUSPECTED)
WRONG = claimed("C3", "The network was slow", Grade.REFUTED)
OPEN = QuestionRaised(question="Q1", text="Since when exactly?")
TURNED = ClaimGraded(claim="C1", grade=Grade.REFUTED, evidence=("e" * 64,), because="sampled anew")

STATES: dict[str, Sequence[Entry]] = {
    "nothing": log_of(opened(since=False)),
    "suspected": log_of(opened(), UNSURE, OPEN),
    "known": log_of(opened(), SURE, UNSURE, WRONG, OPEN, SEVERE),
    "stopped": log_of(opened(), SURE, COUNTED, STARTED, *stopped(5)),
    "asked": log_of(opened(), SURE, STARTED, *stopped(4, shown=False)),
    "turned": log_of(opened(), SURE, TURNED, UNSURE, SEVERE, COUNTED),
    "privileged": log_of(opened(), (SURE, Access.COUNSEL), (OPEN, Access.COUNSEL), UNSURE),
}
