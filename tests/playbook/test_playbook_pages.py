"""Calling people: who is called, how long each has, what counts as an answer."""

from __future__ import annotations

from datetime import timedelta

from playbook_story import HEAD, NOON, PAGE, RULES, Story, found, person
from tocsin.facts.incidents import Acknowledged
from tocsin.facts.reach import PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import (
    Attempted,
    Effect,
    Ending,
    Outcome,
    Receipted,
    RunPaused,
    RunResumed,
)
from tocsin.playbook import OrderStanding, Rules, due_pieces


def test_a_page_calls_the_first_and_waits_as_long_as_the_plan_says() -> None:
    story = Story(PAGE, RULES, found())
    began = story.all(PageBegan)
    assert len(began) == 1 and isinstance(began[0], PageBegan)
    assert (began[0].role, began[0].people, began[0].ways) == (
        "on-call", ("ana", "ben"), ("pager", "pager"),
    )  # fmt: skip
    assert story.texts[began[0].text] == b"T\n\nfallback!\n"
    assert not next(iter(story.run.pages.values())).is_exhausted
    (order,) = story.ordered("call")
    assert (order.connector, order.target) == ("pager", "ana")
    assert order.wanted == f"paged:{began[0].text}"
    assert (order.effect, order.approvals, order.evidence) == (Effect.TELL, 0, ())
    kinds = {p.kind: (p.turn, at) for p, at in due_pieces(story.plan, story.run)}
    assert kinds == {"call": (0, NOON), "page": (0, NOON + timedelta(minutes=5))}


def test_the_next_one_is_called_three_times_around_and_then_nobody_is_left() -> None:
    story = Story(PAGE)
    called = []
    for turn in range(6):
        ((piece, at),) = story.due("page")
        assert piece.turn == turn and at == story.now + timedelta(minutes=5)
        page = next(iter(story.run.pages.values()))
        called.append((page.person, page.way, page.next_person))
        story.pass_by(piece, at)
    people = ["ana", "ben"] * 3
    assert called == list(zip(people, ["pager"] * 6, [*people[1:], None], strict=True))
    assert story.path() == ["call unanswered"] and story.run.ending is Ending.FAILED
    assert next(iter(story.run.pages.values())).is_exhausted
    assert [o.standing for o in story.run.orders.values()] == [OrderStanding.MOOT] * 6
    assert due_pieces(story.plan, story.run) == []


def test_a_call_that_could_not_be_made_is_over_at_once() -> None:
    story = Story(PAGE)
    story.now += timedelta(seconds=20)
    story.attempt(story.order("call").seq, "failed")
    ((piece, at),) = story.due("page")
    assert at == NOON + timedelta(seconds=20) and story.due("call") == []
    story.pass_by(piece, at)
    assert story.ordered("call")[-1].target == "ben" and len(story.due("call")) == 1


def test_a_call_whose_end_is_unknown_is_waited_for_and_then_the_next_is_called() -> None:
    story = Story(PAGE)
    story.attempt(story.order("call").seq, "unknown")
    ((piece, at),) = story.due("page")
    assert at == NOON + timedelta(minutes=5)
    story.pass_by(piece, at)
    assert [o.standing for o in story.run.orders.values()] == [
        OrderStanding.UNKNOWN, OrderStanding.READY,
    ]  # fmt: skip


def test_whoever_takes_note_of_the_incident_has_answered() -> None:
    story = Story(PAGE)
    story.attempt(story.order("call").seq)
    assert story.path() == [] and len(story.due("page")) == 1
    story.acknowledge("zoe")
    assert story.path() == ["call answered"] and story.run.ending is Ending.COMPLETED
    page = next(iter(story.run.pages.values()))
    assert (page.answered_by, page.person, page.next_person) == ("zoe", None, None)
    assert not page.is_exhausted


def test_an_answer_to_the_page_itself_counts_and_the_first_one_is_remembered() -> None:
    story = Story(PAGE)
    page = next(iter(story.run.pages))
    story._write(PageAnswered(run="r", step="call", page=page), person("ben"))
    story._write(Acknowledged(note=""), person("ana"))
    story.plan_on()
    assert story.run.pages[page].answered_by == "ben"
    assert story.path() == ["call answered"]
    assert story.order("call").standing is OrderStanding.MOOT


def test_note_taken_before_the_call_does_not_answer_it() -> None:
    story = Story(HEAD + "  rest: {wait: 1m, next: call}\n" + PAGE.removeprefix(HEAD))
    story.acknowledge()
    ((piece, at),) = story.due("wait")
    story.pass_by(piece, at)
    assert story.path() == ["rest done"] and len(story.ordered("call")) == 1


def test_a_word_about_an_earlier_call_does_not_end_the_present_one() -> None:
    story = Story(PAGE)
    page = next(iter(story.run.pages))
    missed = PageUnanswered(run="r", step="call", page=page, person="ana", next="ben")
    story.add(missed)
    story.add(missed)
    assert story.run.pages[page].missed == 1 and len(story.ordered("call")) == 2
    assert story.order("call").standing is OrderStanding.READY


def test_nobody_to_call_is_unanswered_at_once() -> None:
    story = Story(PAGE, Rules())
    assert story.path() == ["call unanswered"] and story.ordered("call") == []
    assert isinstance(story.all(PageBegan)[0], PageBegan)


def test_a_call_that_was_begun_is_settled_after_its_page_and_its_run_are_over() -> None:
    story = Story(PAGE)
    seq = story.order("call").seq
    story.add(Attempted(run="r", order=seq, attempt=1, worker="w", fence=1))
    story.acknowledge()
    assert story.run.ending is Ending.COMPLETED
    assert story.order("call").standing is OrderStanding.OPEN
    assert [p.kind for p, _ in due_pieces(story.plan, story.run)] == ["call"]
    assert story.runs.unfinished == [story.run]
    story.add(Receipted(run="r", order=seq, attempt=1, outcome=Outcome.DONE, before="", after=""))
    assert story.runs.unfinished == [] and due_pieces(story.plan, story.run) == []


def test_a_paused_run_calls_nobody_and_goes_on_when_resumed() -> None:
    story = Story(PAGE)
    story.add(RunPaused(run="r", because=""), by=person("ana"))
    assert due_pieces(story.plan, story.run) == []
    story.acknowledge()
    assert story.path() == []
    story.add(RunResumed(run="r", because=""), by=person("ana"))
    assert story.path() == ["call answered"]
