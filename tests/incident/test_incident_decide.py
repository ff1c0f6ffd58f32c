"""What may happen next, and what a refusal says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from incident_log import LOG, Written, at, entry
from tocsin.facts import Access, Draft, Refused
from tocsin.facts.incidents import (
    Assigned,
    AwarenessJudged,
    BecameAware,
    Grade,
    Linked,
    Opened,
    PersonClass,
    Phase,
    Relation,
    Severity,
)
from tocsin.incident import Actor, Incident, Status, decide, replay
from tocsin.incident.decide_roles import Staff
from tocsin.incident.model import earliest_awareness

ANA, BO = Actor(who="ana"), Actor(who="bo")
CY = Actor(who="cy", roles=frozenset({"counsel"}))
DIGEST = "d" * 64
Decision = Callable[..., list[Draft]]


class Story(Written):
    """Decides on what its log says, and writes what comes back."""

    def do(self, decision: Decision, actor: Actor, minutes: float = 1, **said: object) -> None:
        self.add(decision(self.now, actor, at(minutes), **said), actor.who)

    def refuses(self, says: str, decision: Decision, actor: Actor, **said: object) -> None:
        with pytest.raises(Refused, match=says):
            decision(self.now, actor, at(2), **said)

    @property
    def now(self) -> Incident:
        return replay(self.entries)


@pytest.fixture
def story() -> Story:
    told = Story()
    told.do(
        decide.open_,
        ANA,
        0,
        title=" wrong dosage ",
        systems=["assistant", "ghost", "ghost"],
        registered=frozenset({"assistant"}),
        occurred_at=at(-60),
    )
    return told


def test_an_unknown_system_warns_and_never_blocks(story: Story) -> None:
    assert story.now.status is Status.OPEN
    assert story.now.title == "wrong dosage"
    assert story.now.systems == ("assistant", "ghost")
    assert story.now.unregistered == ("ghost",)


def test_opening_is_refused_without_words_twice_or_before_its_cause(story: Story) -> None:
    said = {"title": "t", "systems": [], "registered": frozenset()}
    story.refuses("exists already", decide.open_, ANA, **said)
    empty = Story()
    empty.refuses("the title is empty", decide.open_, ANA, **{**said, "title": "  "})
    empty.refuses("after it was discovered", decide.open_, ANA, **said, occurred_at=at(9))
    for decision, words in ((decide.note, {"text": "x"}), (decide.close, {"because": "x"})):
        empty.refuses("no such incident", decision, ANA, **words)


def test_acknowledging_twice_is_refused_kindly(story: Story) -> None:
    story.do(decide.acknowledge, ANA)
    story.do(decide.acknowledge, BO)
    assert [one.by for one in story.now.acknowledgements] == ["ana", "bo"]
    story.refuses("nothing more is needed", decide.acknowledge, ANA)


def test_a_role_is_taken_over_only_by_its_incoming_person(story: Story) -> None:
    story.do(decide.assign, ANA, role="commander", person="ana")
    story.refuses("ana is commander already", decide.assign, BO, role="commander", person="ana")
    story.refuses("ana can offer it to bo", decide.assign, BO, role="commander", person="bo")
    story.refuses("ana holds it", decide.offer_handover, BO, role="commander", to="dee")
    story.refuses("nobody has offered", decide.accept_handover, BO, role="commander")
    story.do(decide.offer_handover, ANA, role="commander", to="bo")
    story.refuses("bo has to accept", decide.offer_handover, ANA, role="commander", to="bo")
    story.refuses("only bo can accept", decide.accept_handover, ANA_TWIN, role="commander")
    assert story.now.holder("commander") == "ana"
    story.do(decide.accept_handover, BO, role="commander")
    assert story.now.holder("commander") == "bo"


ANA_TWIN = Actor(who="dee", roles=frozenset({"commander"}))


def test_the_commander_may_assign_over_a_holder(story: Story) -> None:
    story.do(decide.assign, ANA, role="commander", person="ana")
    story.do(decide.assign, BO, role="comms", person="bo")
    story.refuses("the commander", decide.assign, BO, role="comms", person="dee")
    story.do(decide.assign, ANA, role="comms", person="dee")
    assert story.now.holder("comms") == "dee"


STAFF = Staff(people=frozenset({"ana", "bo", "dee"}), roles=frozenset({"comms"}))


def test_a_role_goes_to_somebody_of_the_register_by_its_name(story: Story) -> None:
    assign, known = decide.assign, {"staff": STAFF}
    for person, role, told in (
        ("anna", "commander", 'did you mean "ana"'),
        ("ana", "comander", 'did you mean "commander"'),
        ("ana", "\x00", "signs that nobody can read"),
        ("a\x1bna", "comms", "signs that nobody can read"),
    ):
        story.refuses(told, assign, BO, role=role, person=person, **known)
    story.refuses("nobody can read", assign, BO, role="\x00", person="ana")
    story.do(assign, BO, role="commander", person="ana", **known)
    story.refuses(
        'did you mean "bo"', decide.offer_handover, ANA, role="commander", to="boo", **known
    )
    story.do(decide.offer_handover, ANA, role="commander", to="bo", **known)


def test_who_is_in_no_register_keeps_a_role_from_nobody(story: Story) -> None:
    story.do(decide.assign, ANA, role="commander", person="ghost")
    story.do(decide.assign, ANA, role="comms", person="dee", staff=STAFF)
    story.refuses("a commander, once there is one", decide.assign, BO,
                  role="comms", person="bo", staff=STAFF)  # fmt: skip
    story.do(decide.assign, BO, role="commander", person="bo", staff=STAFF)
    story.refuses("bo can offer it to dee", decide.assign, ANA, role="commander", person="dee",
                  staff=STAFF)  # fmt: skip


def test_counsel_is_who_the_register_names(story: Story) -> None:
    story.refuses("does not name bo as counsel", decide.assign, BO, role="counsel", person="bo")
    story.do(decide.assign, BO, role="counsel", person="cy", person_roles=CY.roles)
    assert story.now.holder("counsel") == "cy"


def test_severity_needs_reasons(story: Story) -> None:
    said = {"severity": Severity.SEV1, "basis": "triage"}
    story.refuses("at least one reason", decide.judge_severity, ANA, **said, reasons=[])
    story.do(decide.judge_severity, ANA, **said, reasons=["patients"])
    story.refuses("nothing more", decide.judge_severity, ANA, **said, reasons=["patients"])
    story.do(decide.judge_severity, BO, **said, reasons=["patients"])


def test_only_counsel_judges_awareness_and_dismissal_clears_none(story: Story) -> None:
    said = {"person": "bo", "standing": PersonClass.MANAGEMENT, "basis": "a call"}
    story.do(decide.record_awareness, ANA, -30, **said)
    with pytest.raises(Refused, match="is entry 2 already"):
        decide.record_awareness(story.now, ANA, at(-30), **said)
    story.do(decide.dismiss, ANA, because="no incident")
    assert earliest_awareness(story.now) is not None
    ruling = {"awareness": 2, "counts": False, "because": "he heard of another system"}
    story.refuses("only counsel", decide.judge_awareness, ANA, **ruling)
    story.refuses("those are: 2", decide.judge_awareness, CY, **{**ruling, "awareness": 1})
    drafts = decide.judge_awareness(story.now, CY, at(5), **ruling)
    assert [type(draft.fact) for draft in drafts] == [Assigned, AwarenessJudged]
    assert drafts[1].access is Access.COUNSEL
    story.add(drafts, "cy")
    assert earliest_awareness(story.now) is None
    story.refuses("cy ruled so", decide.judge_awareness, CY, **ruling)


def test_claims_are_confirmed_by_evidence_and_never_made_twice(story: Story) -> None:
    story.refuses("rests on evidence", decide.claim, ANA, statement="s", grade=Grade.CONFIRMED)
    story.do(decide.claim, ANA, statement="s")
    story.refuses("claim C1 already", decide.claim, BO, statement=" s ")
    said = {"claim": "C1", "grade": Grade.CONFIRMED, "because": "logs"}
    story.refuses("rests on evidence", decide.regrade, ANA, **said)
    story.refuses("the claims are: C1", decide.regrade, ANA, **{**said, "claim": "C7"})
    story.do(decide.regrade, ANA, **said, evidence=[DIGEST])
    story.refuses("on the same evidence", decide.regrade, ANA, **said, evidence=[DIGEST])
    story.do(decide.regrade, BO, claim="C1", grade=Grade.REFUTED, because="logs were of a test")
    assert story.now.claims[0].grade is Grade.REFUTED


def test_counsels_words_are_for_counsel_unless_said_otherwise(story: Story) -> None:
    story.do(decide.note, CY, text="privileged")
    story.do(decide.note, CY, text="for all", access=Access.OPS)
    story.do(decide.note, ANA, text="plain")
    assert [note.access for note in story.now.notes] == [Access.COUNSEL, Access.OPS, Access.OPS]
    story.do(decide.raise_question, CY, text="must we tell?")
    story.do(decide.settle_question, BO, question="Q1", answer="yes")
    assert story.entries[-1].access is Access.COUNSEL, "an answer tells what the question was"


def test_closing_names_all_open_work_and_how_to_end_it(story: Story) -> None:
    story.do(decide.raise_question, ANA, text="since when?")
    story.do(decide.claim, ANA, statement="the prompt changed")
    story.do(decide.assign, ANA, role="commander", person="ana")
    story.do(decide.offer_handover, ANA, role="commander", to="bo")
    with pytest.raises(Refused) as refused:
        decide.close(story.now, ANA, at(9), because="over", running=["R1"])
    for word in ("run R1", "question Q1", "claim C1", "bo accepts", "how severe"):
        assert word in str(refused.value)
    story.do(decide.settle_question, ANA, question="Q1", answer="Tuesday")
    story.refuses("was answered by ana", decide.settle_question, BO, question="Q1", answer="x")
    story.do(decide.regrade, ANA, claim="C1", grade=Grade.REFUTED, because="no")
    story.do(decide.accept_handover, BO, role="commander")
    story.do(decide.judge_severity, BO, severity=Severity.SEV3, reasons=["few"], basis="count")
    story.do(decide.close, BO, because="over")
    assert story.now.status is Status.CLOSED
    story.refuses("closed already since", decide.close, BO, because="over")
    story.refuses("reopen it first", decide.claim, BO, statement="more")
    story.do(decide.reopen, ANA, because="again")
    assert story.now.status is Status.OPEN
    story.refuses("open already", decide.reopen, ANA, because="again")


def test_a_run_that_goes_on_forbids_dismissal(story: Story) -> None:
    story.refuses("run R1 is going on", decide.dismiss, ANA, because="x", running=["R1"])


def test_phases_go_back_as_well_as_on(story: Story) -> None:
    story.refuses("already", decide.enter_phase, ANA, phase=Phase.DETECTION, because="x")
    story.do(decide.enter_phase, ANA, phase=Phase.CONTAINMENT, because="stopped")
    story.do(decide.enter_phase, ANA, phase=Phase.DETECTION, because="it is back")
    assert story.now.phase is Phase.DETECTION


def test_links_by_hand_and_those_that_need_a_decision(story: Story) -> None:
    said = {"other": "9Z", "because": "same vendor"}
    story.refuses("merge the incidents", decide.link, ANA, **said, relation=Relation.MERGED_INTO)
    story.refuses(
        "this very incident",
        decide.link,
        ANA,
        **{**said, "other": story.now.id},
        relation=Relation.RELATED,
    )
    story.do(decide.link, ANA, **said, relation=Relation.RELATED)
    story.refuses("nothing more", decide.link, ANA, **said, relation=Relation.RELATED)


def test_merging_carries_what_counts_to_where_the_incident_goes_on(story: Story) -> None:
    knew = {"standing": PersonClass.STAFF, "basis": "ticket"}
    story.do(decide.record_awareness, ANA, -50, person="bo", **knew)
    story.do(decide.record_awareness, ANA, -70, person="dee", **knew)
    story.do(decide.judge_awareness, CY, awareness=3, counts=False, because="hearsay")
    target = Story("incident/9Z")
    target.do(decide.open_, BO, title="t", systems=[], registered=frozenset())
    into, gone = decide.merge(story.now, target.now, ANA, at(3), because="same")
    target.add(into)
    again, _ = decide.merge(story.now, target.now, ANA, at(3), because="same")
    assert again == [], "a merger cut in half is finished by asking again"
    story.add(gone)
    assert (story.now.status, story.now.merged_into) == (Status.MERGED, "9Z")
    found = earliest_awareness(target.now)
    assert found is not None and (found.person, found.at) == ("bo", at(-50))
    story.refuses("merged into 9Z", decide.acknowledge, BO)
    with pytest.raises(Refused, match="merged into 9Z"):
        decide.merge(target.now, story.now, ANA, at(4), because="back")


def test_splitting_opens_a_second_incident_that_knows_the_same(story: Story) -> None:
    story.do(
        decide.record_awareness,
        ANA,
        -50,
        person="bo",
        standing=PersonClass.STAFF,
        basis="ticket",
    )
    begun, left = decide.split(
        story.now,
        ANA,
        at(3),
        child="9Z",
        title="the other half",
        systems=["assistant"],
        registered=frozenset({"assistant"}),
        because="two causes",
    )
    assert [type(draft.fact) for draft in begun] == [Opened, Linked, BecameAware]
    child = Story("incident/9Z")
    child.add(begun)
    story.add(left)
    assert child.now.discovered_at == at(0), "it was discovered with the incident it was part of"
    found = earliest_awareness(child.now)
    assert found is not None and found.at == at(-50)
    assert story.now.links[0].relation is Relation.SPLIT_INTO
    assert story.now.status is Status.OPEN


def test_an_incident_needs_no_system_and_no_register() -> None:
    drafts = decide.open_(Incident(), ANA, at(0), title="t", systems=[], registered=frozenset())
    assert replay([entry(1, drafts[0].fact, log=LOG)]).status is Status.OPEN
