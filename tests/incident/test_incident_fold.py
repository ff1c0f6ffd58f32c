"""What the fold of a log gives, wherever the log is cut."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_log import LOG, at, entry, sample
from tocsin.facts import (
    KINDS,
    Access,
    Asserter,
    BrokenLog,
    Entry,
    Gone,
    NewerVersion,
    Unreadable,
)
from tocsin.facts.incidents import (
    Assigned,
    AwarenessJudged,
    BecameAware,
    Claimed,
    ClaimGraded,
    Closed,
    Dismissed,
    Grade,
    HandoverAccepted,
    HandoverOffered,
    Linked,
    Noted,
    Opened,
    PersonClass,
    Phase,
    QuestionRaised,
    QuestionSettled,
    Relation,
    Reopened,
    Severity,
    SeverityJudged,
)
from tocsin.incident import Incident, Status, apply, extend, replay
from tocsin.incident.model import earliest_awareness
from tocsin.incident.phase import Function, functions

OPENED = Opened(
    title="wrong dosage advice",
    systems=("assistant", "ghost"),
    unregistered=("ghost",),
    discovered_at=at(0),
    occurred_at=at(-90),
)


def aware(seq: int, minutes: float, person: str = "ana") -> Entry:
    fact = BecameAware(person=person, standing=PersonClass.STAFF, basis="a ticket")
    return entry(seq, fact, happened=at(minutes))


_people = st.sampled_from(["ana", "bo", "cy"])
_ids = st.sampled_from(["C1", "C2"])
_facts = st.one_of(
    st.just(OPENED),
    st.builds(Assigned, role=st.sampled_from(["commander", "counsel"]), person=_people),
    st.builds(HandoverOffered, role=st.just("commander"), to=_people, note=st.just("")),
    st.builds(HandoverAccepted, role=st.just("commander"), offered_by=_people),
    st.builds(
        BecameAware, person=_people, standing=st.sampled_from(PersonClass), basis=st.just("x")
    ),
    st.builds(
        AwarenessJudged, awareness=st.integers(1, 9), counts=st.booleans(), because=st.just("x")
    ),
    st.builds(
        Claimed,
        claim=_ids,
        statement=st.just("s"),
        grade=st.sampled_from(Grade),
        evidence=st.just(()),
    ),
    st.builds(
        ClaimGraded,
        claim=_ids,
        grade=st.sampled_from(Grade),
        evidence=st.just(()),
        because=st.just("x"),
    ),
    st.builds(QuestionRaised, question=_ids, text=st.just("why?")),
    st.builds(QuestionSettled, question=_ids, answer=st.just("so")),
    st.builds(Linked, other=st.just("X"), relation=st.sampled_from(Relation), because=st.just("x")),
    st.sampled_from([Dismissed(because="x"), Closed(because="x"), Reopened(because="x")]),
    st.builds(Unreadable, kind=st.just("noted"), why=st.sampled_from([Gone.ERASED, Gone.WITHHELD])),
    st.sampled_from([sample(kind) for kind in KINDS.values()]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(_facts, _people), max_size=30), st.data())
def test_where_a_log_is_cut_makes_no_difference(facts: list, data: st.DataObject) -> None:
    log = [entry(seq, fact, who=who) for seq, (fact, who) in enumerate(facts, start=1)]
    cut = data.draw(st.integers(0, len(log)))
    whole = replay(log)
    assert extend(replay(log[:cut]), log[cut:]) == whole
    stepped = Incident()
    for one in log:
        stepped = apply(stepped, one)
    assert stepped == whole


def test_every_kind_of_every_family_is_accepted() -> None:
    for kind in KINDS.values():
        assert replay([entry(1, sample(kind))]).seq == 1


def test_the_earliest_awareness_starts_the_clock_however_late_it_is_written() -> None:
    log = [entry(1, OPENED), aware(2, 5), aware(3, -3000, "bo"), aware(4, -1000)]
    found = earliest_awareness(replay(log))
    assert found is not None
    assert (found.at, found.person, found.recorded_at) == (at(-3000), "bo", at(3))


def test_only_counsel_of_the_incident_takes_an_awareness_out_of_account() -> None:
    judged = AwarenessJudged(awareness=2, counts=False, because="hearsay")
    log = [entry(1, OPENED), aware(2, 5), entry(3, judged, who="bo")]
    assert earliest_awareness(replay(log)) is not None
    assert "counsel" in replay(log).disregarded[0].why
    log = [*log, entry(4, Assigned(role="counsel", person="cy")), entry(5, judged, who="cy")]
    assert earliest_awareness(replay(log)) is None
    assert len(replay(log).awareness) == 1, "it stays on record"
    machine = entry(5, judged, who="cy", kind=Asserter.MACHINE)
    assert earliest_awareness(replay([*log[:4], machine])) is not None


def test_dismissing_clears_nobodys_awareness() -> None:
    log = [entry(1, OPENED), aware(2, 5), entry(3, Dismissed(because="a drill gone wrong"))]
    assert replay(log).status is Status.DISMISSED
    assert earliest_awareness(replay(log)) is not None


def test_a_role_passes_only_to_the_one_it_was_offered_to() -> None:
    offered = HandoverOffered(role="commander", to="bo", note="")
    accepted = HandoverAccepted(role="commander", offered_by="ana")
    log = [entry(1, OPENED), entry(2, Assigned(role="commander", person="ana")), entry(3, offered)]
    assert replay(log).holder("commander") == "ana"
    assert replay([*log, entry(4, accepted, who="cy")]).holder("commander") == "ana"
    assert replay([*log, entry(4, accepted, who="bo")]).holder("commander") == "bo"
    assert replay([*log, entry(4, accepted, who="bo")]).handovers == ()


def test_an_offer_is_void_when_the_role_was_assigned_anew() -> None:
    log = [
        entry(1, OPENED),
        entry(2, Assigned(role="commander", person="ana")),
        entry(3, HandoverOffered(role="commander", to="bo", note="")),
        entry(4, Assigned(role="commander", person="cy"), who="cy"),
        entry(5, HandoverAccepted(role="commander", offered_by="ana"), who="bo"),
    ]
    assert replay(log).holder("commander") == "cy"


def test_contents_of_an_incident() -> None:
    digest = "a" * 64
    log = [
        entry(1, OPENED),
        entry(2, SeverityJudged(severity=Severity.SEV2, reasons=("patients",), basis="triage")),
        entry(3, Claimed(claim="C1", statement="s", grade=Grade.SUSPECTED, evidence=())),
        entry(4, ClaimGraded(claim="C1", grade=Grade.CONFIRMED, evidence=(digest,), because="b")),
        entry(5, QuestionRaised(question="Q1", text="since when?")),
        entry(6, Noted(text="privileged"), happened=at(-5), access=Access.COUNSEL),
        entry(7, Linked(other="9Z", relation=Relation.MERGED_INTO, because="same")),
    ]
    incident = replay(log)
    assert (incident.id, incident.title, incident.unregistered) == (
        LOG.split("/")[1],
        "wrong dosage advice",
        ("ghost",),
    )
    assert (incident.discovered_at, incident.occurred_at) == (at(0), at(-90))
    assert incident.severity is not None
    assert (incident.severity.by, incident.severity.reasons) == ("ana", ("patients",))
    assert incident.claims[0].grade is Grade.CONFIRMED
    assert incident.claims[0].evidence == (digest,)
    assert [one.grade for one in incident.claims[0].gradings] == [Grade.SUSPECTED, Grade.CONFIRMED]
    assert [one.id for one in incident.open_questions] == ["Q1"]
    note = incident.notes[0]
    assert (note.at, note.recorded_at, note.access) == (at(-5), at(6), Access.COUNSEL)
    assert (incident.status, incident.merged_into) == (Status.MERGED, "9Z")


def test_a_gap_a_repeat_and_a_foreign_entry_break_the_log() -> None:
    first, note = entry(1, OPENED), Noted(text="x")
    for bad in ([entry(2, note)], [first, entry(3, note)], [first, entry(1, note)]):
        with pytest.raises(BrokenLog, match="missing or repeated"):
            replay(bad)
    with pytest.raises(BrokenLog, match="stands among"):
        replay([first, entry(2, note, log="incident/other")])


def test_a_newer_kind_stops_the_fold_and_erased_ones_do_not() -> None:
    with pytest.raises(NewerVersion, match="written by a newer version"):
        replay([entry(1, OPENED), entry(2, Unreadable(kind="moon-phase", why=Gone.NEWER))])
    gone = [entry(s, Unreadable(kind="noted", why=w)) for s, w in ((2, Gone.ERASED),)]
    assert replay([entry(1, OPENED), *gone]).unreadable == 1


def test_a_hidden_opening_still_opens() -> None:
    hidden = Unreadable(kind="incident-opened", why=Gone.WITHHELD)
    assert replay([entry(1, hidden)]).status is Status.OPEN


def test_phases_name_their_functions() -> None:
    assert {phase: functions(phase) for phase in Phase}[Phase.CONTAINMENT] == (
        Function.RESPOND,
        Function.RECOVER,
        Function.IMPROVEMENT,
    )


def test_ten_thousand_entries_fold_in_far_less_than_a_second() -> None:
    kinds = [sample(kind) for kind in KINDS.values()]
    log = [entry(seq, kinds[seq % len(kinds)]) for seq in range(1, 10_001)]
    began = time.process_time()
    replay(log)
    assert time.process_time() - began < 0.5, "the figure itself (100 ms) stands in bench/fold.py"
