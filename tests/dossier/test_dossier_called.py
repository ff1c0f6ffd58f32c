"""Every call of people is counted once, by what it was for."""

from __future__ import annotations

from collections import Counter

import msgspec
from dossier_story import LOG, Story

from tocsin.dossier.called import CallKind, further_calls, ranked_calls
from tocsin.facts.alarms import Level, Ranked
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.reach import PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import RunStarted

DIGEST = "a" * 64


def run(story: Story, id: str, plan: str) -> None:
    story.say(RunStarted(run=id, plan=plan, plan_digest=DIGEST))


def called(story: Story, run: str, *people: str) -> int:
    return story.say(
        PageBegan(run=run, step="page", role="commander", people=people,
                  ways=tuple("sms" for _ in people), text=DIGEST, within_seconds=300)
    )  # fmt: skip


def due(story: Story, what: Awaited, told_by: str | None) -> None:
    story.say(
        FellDue(
            what=what,
            about="x",
            turn=0,
            due_at=story.entries[-1].happened_at,
            role="commander",
            told_by=told_by,
            untold="" if told_by else "nobody",
        )
    )


def ranked(finding: str, log: str | None, *, pages: bool = True) -> Ranked:
    return Ranked(finding=finding, detector="d", system="s", level=Level.PAGE, held=None,
                  silence=None, pages=pages, log=log, because="b")  # fmt: skip


def kinds(story: Story, before: int = 0) -> dict[CallKind, int]:
    return dict(Counter(one.kind for one in further_calls(story.entries, before)))


def test_what_findings_and_others_alarms_called_for_is_told_apart() -> None:
    alarms = Story()
    for one in (ranked("f1", LOG), ranked("signal/7K3", LOG), ranked("f2", LOG, pages=False)):
        alarms.say(one)
    assert [(log, call.kind) for log, call in ranked_calls(alarms.entries)] == [
        (LOG, CallKind.FINDING), (LOG, CallKind.OUTSIDE),
    ]  # fmt: skip


def test_the_first_call_of_a_plan_that_a_finding_began_is_not_counted_twice() -> None:
    story = Story()
    run(story, "run-1", "hallucination")
    called(story, "run-1", "ana")
    assert kinds(story, 1) == {}
    assert kinds(story, 0) == {CallKind.PLAN: 1}, "a person began that plan"
    called(story, "run-1", "ben")
    assert kinds(story, 1) == {CallKind.PLAN: 1}


def test_whoever_is_called_next_is_an_escalation_and_so_are_those_further_up() -> None:
    story = Story()
    run(story, "run-1", "page")
    page = called(story, "run-1", "ana", "ben")
    missed = PageUnanswered(run="run-1", step="page", page=page, person="ana", next="ben")
    story.say(missed)
    story.say(msgspec.structs.replace(missed, person="ben", next=None))
    run(story, "run-2", "reminder")
    called(story, "run-2", "dee")
    due(story, Awaited.PAGE_ANSWER, "run-2")
    story.say(PageAnswered(run="run-2", step="tell", page=6), who="dee")
    assert kinds(story) == {CallKind.PERSON: 1, CallKind.ESCALATION: 2}


def test_a_reminder_by_message_is_no_call_and_one_that_told_nobody_is_nothing() -> None:
    story = Story()
    run(story, "run-1", "reminder")
    due(story, Awaited.LEGAL_DEADLINE, "run-1")
    run(story, "run-2", "reminder")
    due(story, Awaited.NEXT_UPDATE, "run-2")
    due(story, Awaited.REVIEW, None)
    run(story, "run-3", "reminder")
    called(story, "run-3", "ana")
    due(story, Awaited.CANARY_OFF, "run-3")
    called(story, "run-4")
    assert kinds(story) == {CallKind.DUTY: 1, CallKind.REMINDER: 1, CallKind.DUE: 1}, "no people"
    assert [one for one in CallKind if not one.is_call] == [CallKind.DUTY, CallKind.REMINDER]
