"""Asking a role for a yes: who counts, who does not, and what each end leads to."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from playbook_story import NOON, Story, found, person
from tocsin.facts import Asserter, Author, Proof
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.gates import Decided
from tocsin.facts.reach import Delegated
from tocsin.facts.runs import Approved, Declined, Ending
from tocsin.playbook import ApprovalRecord, Rules
from tocsin.playbook.consent import approval_after

HEAD = "plan: p\nversion: 1\ntitle: T\nsteps:\n"
ENDS = "  over: {end: completed}\n  bad: {end: failed}\n"
ONE = (
    HEAD
    + '  yes: {approve: "Tell them {finding.metric}", role: counsel, limit: 1h, next: over,\n'
    + "        on_declined: bad, on_limit: late}\n"
    + "  late: {end: failed}\n"
    + ENDS
)
TWO = (
    HEAD
    + "  law: {approve: Go back to version 1, role: counsel, next: board, on_declined: bad}\n"
    + "  board: {approve: go back  to Version 1, role: board, next: over, on_declined: bad}\n"
    + ENDS
)


def asked(story: Story, step: str) -> ApprovalRecord:
    return story.run.approvals[story.run.latest[step]]


def word(story: Story, step: str, by: Author, kind: type = Approved) -> None:
    seq = story.run.latest[step]
    story.add(kind(run="r", order=seq, order_digest="0" * 64, because=""), by=by)


def test_the_question_says_what_whom_and_until_when() -> None:
    story = Story(ONE, Rules(), found())
    (fact,) = story.all(ApprovalAsked)
    assert isinstance(fact, ApprovalAsked)
    assert (fact.subject, fact.role, fact.approvals) == ("Tell them fallback", "counsel", 1)
    assert fact.limit_at == NOON + timedelta(hours=1)
    ((piece, at),) = story.due("limit")
    assert (piece.seq, at) == (story.run.latest["yes"], fact.limit_at)


@pytest.mark.parametrize(("kind", "path"), [(Approved, "approved"), (Declined, "declined")])
def test_a_proven_yes_or_no_ends_it(kind: type, path: str) -> None:
    story = Story(ONE)
    word(story, "yes", person("eva"), kind)
    assert story.path() == [f"yes {path}"]
    assert story.run.ending is (Ending.COMPLETED if kind is Approved else Ending.FAILED)
    assert asked(story, "yes").answered_by == (person("eva"),)
    assert not story.due("limit")


def test_the_limit_ends_it_and_a_later_yes_changes_nothing() -> None:
    story = Story(ONE)
    story.pass_by(*story.due("limit")[0])
    assert story.path() == ["yes limit"] and story.run.moves[0].next == "late"
    word(story, "yes", person("eva"))
    assert asked(story, "yes").result == "limit"


@pytest.mark.parametrize(
    "nobody",
    [
        Author(who="eva", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="eva"),
        Author(who="eva", kind=Asserter.PERSON, proof=Proof.PROCESS),
    ],
)
def test_an_account_approves_nothing(nobody: Author) -> None:
    story = Story(ONE)
    word(story, "yes", nobody)
    assert story.path() == [] and asked(story, "yes").result is None


@pytest.mark.parametrize("kind", [kind for kind in Asserter if kind is not Asserter.PERSON])
def test_only_a_person_answers_whatever_stands_in_the_record(kind: Asserter) -> None:
    story = Story(ONE)
    record = asked(story, "yes")
    nobody = msgspec.structs.replace(person("eva"), kind=kind)
    for fact in (
        Approved(run="r", order=record.seq, order_digest="0" * 64, because=""),
        Declined(run="r", order=record.seq, order_digest="0" * 64, because=""),
        Delegated(run="r", order=record.seq, to="max", because=""),
    ):
        slipped = msgspec.structs.replace(story.entries[-1], author=nobody, fact=fact)
        assert approval_after(record, slipped, fact, [record]) == record


def test_a_link_counts_as_far_as_the_record_alone_tells() -> None:
    story = Story(ONE)
    word(story, "yes", msgspec.structs.replace(person("eva"), proof=Proof.LINK, key="L-1"))
    assert story.path() == ["yes approved"]


def test_one_person_and_one_key_fill_one_role_in_one_decision() -> None:
    story = Story(TWO)
    word(story, "law", person("eva"))
    assert story.path() == ["law approved"]
    other_name = msgspec.structs.replace(person("max"), key="SHA256:eva")
    other_key = msgspec.structs.replace(person("eva"), key="SHA256:second")
    for same in (person("eva"), other_name, other_key):
        word(story, "board", same)
        word(story, "board", same, Declined)
        assert asked(story, "board").result is None
    word(story, "board", person("max"))
    assert story.path() == ["law approved", "board approved"]


def test_another_question_may_be_answered_by_the_same_person() -> None:
    story = Story(TWO.replace("go back  to Version 1", "Say so in public"))
    word(story, "law", person("eva"))
    word(story, "board", person("eva"))
    assert story.path() == ["law approved", "board approved"]


def test_where_the_organisation_asks_two_people_two_must_say_yes() -> None:
    story = Story(ONE, Rules(approvals=(0, 2, 2)))
    word(story, "yes", person("eva"))
    word(story, "yes", person("eva"))
    assert story.path() == [] and asked(story, "yes").missing == 1
    word(story, "yes", person("max"))
    assert story.path() == ["yes approved"]


def test_an_answer_handed_on_still_waits() -> None:
    story = Story(ONE)
    seq = story.run.latest["yes"]
    story.add(Delegated(run="r", order=seq, to="max", because=""), by=person("eva"))
    assert asked(story, "yes").delegated_to == "max" and story.path() == []


def test_answers_that_the_register_does_not_count_lead_where_a_no_leads() -> None:
    story = Story(ONE)
    seq = story.run.latest["yes"]
    story.rules = Rules(doubted={seq: "entry 9: no such link"})
    word(story, "yes", person("eva"))
    assert story.path() == ["yes declined"]
    (told,) = story.all(Decided)
    assert isinstance(told, Decided) and told.bindings == ("entry 9: no such link",)
