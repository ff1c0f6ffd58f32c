"""Facts that must change nothing, and facts that cannot be read: each decides about evidence."""

from __future__ import annotations

import pytest

from incident_log import LOG, at, entry
from tocsin.facts import Asserter, Entry, Fact, Gone, Unreadable
from tocsin.facts.custody import EvidenceAcquired, HoldReleased
from tocsin.facts.incidents import (
    Assigned,
    ClaimGraded,
    Closed,
    Grade,
    HandoverAccepted,
    HandoverOffered,
    Linked,
    Opened,
    QuestionSettled,
    Relation,
    Reopened,
)
from tocsin.incident import replay
from tocsin.incident.custody import custody, unfinished_end

A = "a" * 64
OTHER = "incident/9ZBBBBBBBB"


def opened(title: str = "t") -> Opened:
    return Opened(title=title, systems=("s",), unregistered=(), discovered_at=at(0),
                  occurred_at=None)  # fmt: skip


def log_of(*facts: Fact | Unreadable | tuple[Fact, str], log: str = LOG) -> list[Entry]:
    found = []
    for seq, one in enumerate(facts, start=1):
        fact, who = one if isinstance(one, tuple) else (one, "ana")
        found.append(entry(seq, fact, who=who, log=log))
    return found


SEALED = EvidenceAcquired(digest=A, size=3, name="log", source="disk", because="seal")
RELEASED = HoldReleased(hold="declaration", because="over")
OVER = Closed(because="over")


@pytest.mark.parametrize("relation", [r for r in Relation if r is not Relation.MERGED_INTO])
def test_an_incident_that_is_merely_related_to_another_goes_on(relation: Relation) -> None:
    linked = Linked(other="9ZBBBBBBBB", relation=relation, because="same model")
    known = custody([log_of(opened(), linked), log_of(opened(), OVER, log=OTHER)])
    assert unfinished_end(known, LOG) == LOG


def test_a_merged_incident_that_is_opened_again_is_its_own() -> None:
    merged = Linked(other="9ZBBBBBBBB", relation=Relation.MERGED_INTO, because="same")
    heir = log_of(opened(), OVER, log=OTHER)
    assert unfinished_end(custody([log_of(opened(), merged), heir]), LOG) is None
    again = log_of(opened(), merged, Reopened(because="not the same"))
    assert unfinished_end(custody([again, heir]), LOG) == LOG


@pytest.mark.parametrize("kind", ["incident-opened", "incident-reopened"])
def test_an_opening_that_cannot_be_read_still_holds_the_evidence(kind: str) -> None:
    hidden = Unreadable(kind=kind, why=Gone.ERASED)
    known = custody([log_of(opened(), SEALED, OVER, RELEASED, hidden)])
    (held,) = known.holds_on(A)
    assert held.because == "[erased]" and unfinished_end(known, LOG) == LOG


def test_another_kind_that_cannot_be_read_opens_nothing() -> None:
    hidden = Unreadable(kind="noted", why=Gone.ERASED)
    known = custody([log_of(opened(), SEALED, OVER, RELEASED, hidden)])
    assert known.holds_on(A) == () and unfinished_end(known, LOG) is None


def test_only_a_person_releases_a_hold() -> None:
    entries = log_of(opened(), SEALED, OVER)
    machine = entry(4, RELEASED, who="bot", kind=Asserter.MACHINE)
    assert custody([[*entries, machine]]).holds_on(A)


def test_what_a_hold_says_is_told() -> None:
    (held,) = custody([log_of(opened("wrong advice"), SEALED)]).holds_on(A)
    assert held.because == "incident declared: wrong advice" and held.by == "ana"


def test_an_incident_is_opened_once() -> None:
    incident = replay(log_of(opened("first"), (opened("second"), "eve")))
    assert (incident.title, incident.opened_by, len(incident.disregarded)) == ("first", "ana", 1)


def role_held(*facts: Fact | tuple[Fact, str]) -> tuple[str, int]:
    incident = replay(log_of(opened(), Assigned(role="commander", person="ana"), *facts))
    (held,) = [one for one in incident.roles if one.role == "commander"]
    return held.person, len(incident.disregarded)


OFFERED = HandoverOffered(role="commander", to="bo", note="")


@pytest.mark.parametrize(
    ("offers", "accepts", "offered_by", "expected"),
    [
        ("ana", "bo", "ana", ("bo", 0)),
        ("eve", "bo", "eve", ("ana", 2)),  # who does not hold it cannot offer it
        ("ana", "eve", "ana", ("ana", 1)),  # nor may another than the one who was asked take it
        ("ana", "bo", "eve", ("ana", 1)),
    ],
)
def test_a_role_passes_only_from_its_holder_to_whom_it_was_offered(
    offers: str, accepts: str, offered_by: str, expected: tuple[str, int]
) -> None:
    accepted = HandoverAccepted(role="commander", offered_by=offered_by)
    assert role_held((OFFERED, offers), (accepted, accepts)) == expected


def test_a_role_that_nobody_holds_is_not_offered() -> None:
    incident = replay(log_of(opened(), OFFERED))
    assert not incident.handovers and len(incident.disregarded) == 1


def test_an_offer_falls_with_the_holder_who_made_it_and_counts_once() -> None:
    accepted = (HandoverAccepted(role="commander", offered_by="ana"), "bo")
    again = Assigned(role="commander", person="cy")
    assert role_held(OFFERED, again, accepted) == ("cy", 1)
    assert role_held(OFFERED, accepted, again, accepted) == ("cy", 1)


def test_what_speaks_of_a_claim_or_question_that_is_not_there_changes_nothing() -> None:
    graded = ClaimGraded(claim="C9", grade=next(iter(Grade)), evidence=(), because="seen")
    settled = QuestionSettled(question="Q9", answer="yes")
    incident = replay(log_of(opened(), graded, settled))
    assert (incident.claims, incident.questions) == ((), ())
    assert [one.seq for one in incident.disregarded] == [2, 3]
