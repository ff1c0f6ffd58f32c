"""What is said of facts about signals: where each went, and that nothing of it is state."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from tocsin.facts.signals import (
    InboxErased,
    SignalsJoined,
    SignalsTaken,
    SignalState,
    SignalTaken,
    TriageDismissed,
    TriageOpened,
    TriageTaken,
    Urgency,
    Went,
)
from tocsin.incident.timeline import words_of

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
DIGEST = "ab" * 32


def taken(went: Went, into: str) -> SignalTaken:
    return SignalTaken(
        signal="s-1", source="prometheus", proven=True, state=SignalState.FIRING,
        urgency=Urgency.CRITICAL, name="HighLatency", systems=("assistant",), summary="HighLatency",
        claimed_at=AT, skewed=True, place=7, digest=DIGEST, rule="default@abc123",
        group=DIGEST, went=went, into=into, because="same system within 30 min",
    )  # fmt: skip


def test_a_signal_says_where_it_went_and_why() -> None:
    assert words_of(taken(Went.JOINED, "7K3")) == (
        "prometheus says: HighLatency (critical); its clock differs from ours: joined 7K3: "
        "same system within 30 min (rule default@abc123)"
    )
    assert "opened 7K3" in words_of(taken(Went.OPENED, "7K3"))
    assert "waits in triage as t4" in words_of(taken(Went.TRIAGE, "t4"))
    assert "nobody is told" in words_of(taken(Went.KEPT, ""))


def test_counts_stand_before_the_new_ones() -> None:
    batch = SignalsTaken(
        first=1, last=10, deliveries=10, signals=12, repeats=9, unreadable=1,
        incidents=("7K3",), heard=(9,),
        digest=DIGEST, rules="abc123",
    )  # fmt: skip
    assert words_of(batch) == (
        "10 deliveries decided, places 1 to 10: 12 signals, 9 of them said nothing new; "
        "1 could not be read"
    )
    ahead = msgspec.structs.replace(batch, upto=10, last=99)
    assert "places 1 to 10, and what is proven up to 99: 12 signals" in words_of(ahead)
    joined = SignalsJoined(
        batch="signals/4", deliveries=9000, signals=1, firing=1, resolved=0, first=1, last=9000,
        rule="default@abc123", told="prometheus: HighLatency", because="same system",
    )  # fmt: skip
    assert words_of(joined).startswith("9000 signals from outside, 1 of them new; 1 firing and 0 ")


def test_triage_and_erasure_have_words() -> None:
    opened = TriageOpened(
        item="t1", source="unproven", proven=False, urgency=Urgency.UNSAID, systems=(),
        summary="it insults people", place=3, digest=DIGEST, rule="default@abc123", group=DIGEST,
        due_at=AT, because="nothing proves who sent it",
    )  # fmt: skip
    assert "t1: unproven says: it insults people" in words_of(opened)
    assert "by 2026-11-26 12:00 UTC" in words_of(opened)
    assert words_of(TriageTaken(item="t1", into="7K3", because="it is real")).startswith("t1 goes")
    assert words_of(TriageDismissed(item="t1", because="a test")) == "t1 needs nothing: a test"
    assert "3 to 5 were destroyed" in words_of(InboxErased(first=3, last=5, because="on request"))
