"""What comes back is known by where it came from; a person's change is never taken for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Asserter, Author, Entry, Proof
from tocsin.facts.entry import Access
from tocsin.facts.runs import Effect, Ordered, Outcome, OutcomeJudged, Receipted, Repeatable
from tocsin.incident.echo import HOPS_MAX, hops_of, provenance_of, why_too_far

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LOG = "incident/7K3ABCDEFG"
TOCSIN = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
ORDERED = Ordered(
    run="run-1", step="open", connector="jira", target="7K3", wanted="opened: x",
    repeatable=Repeatable.NEITHER, approvals=0, attempts_max=3, undo=None, effect=Effect.TELL,
    evidence=(), object="jira/7K3",
)  # fmt: skip
SENT = "ab" * 32


def entries(*facts: object) -> list[Entry]:
    return [
        Entry(log=LOG, seq=n, happened_at=NOON, recorded_at=NOON, author=TOCSIN,
              access=Access.OPS, fact=fact)  # type: ignore[arg-type]
        for n, fact in enumerate(facts, start=1)
    ]  # fmt: skip


WRITTEN = entries(
    ORDERED,
    Receipted(run="run-1", order=1, attempt=1, outcome=Outcome.DONE, before="", after="made",
              reference="OPS-1", written=SENT),
    ORDERED,
    OutcomeJudged(run="run-1", order=3, outcome=Outcome.DONE, basis="looked", reference="OPS-7"),
)  # fmt: skip


def test_what_carries_our_key_or_our_very_bytes_is_ours() -> None:
    known = provenance_of(WRITTEN)
    assert [(one.reference, one.connector) for one in known.wrote] == [
        ("OPS-1", "jira"), ("OPS-7", "jira"),
    ]  # fmt: skip
    by_bytes = known.echo_of("OPS-1", sha256=SENT)
    assert by_bytes is not None and by_bytes.key == f"{LOG}/1"
    assert known.echo_of("OPS-1", key=f"{LOG}/1") == by_bytes
    by_hand = known.echo_of("OPS-7", key=f"{LOG}/3")
    assert by_hand is not None and by_hand.reference == "OPS-7"


def test_a_change_that_a_person_made_to_the_same_ticket_is_news() -> None:
    known = provenance_of(WRITTEN)
    assert known.echo_of("OPS-1") is None
    assert known.echo_of("OPS-1", sha256="cd" * 32) is None
    assert known.echo_of("OPS-1", key=f"{LOG}/3") is None
    assert known.echo_of("OPS-2", sha256=SENT) is None
    assert known.echo_of("OPS-7", sha256="") is None


@given(st.text(max_size=30))
def test_a_counter_of_hops_is_a_number_or_has_come_too_far(text: str) -> None:
    hops = hops_of(text)
    assert hops >= 0
    plain = text.strip()
    assert (hops == 0) == (plain == "" or (plain.isascii() and plain.isdigit() and not int(plain)))


@pytest.mark.parametrize(
    ("header", "stops"), [(None, False), ("1", False), ("3", True), ("1;x", True), ("9999", True)]
)
def test_a_circle_ends(header: str | None, stops: bool) -> None:
    assert (why_too_far(hops_of(header)) is not None) is stops
    assert HOPS_MAX > 1
