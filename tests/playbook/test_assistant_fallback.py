"""The shipped plan, told to each of its ends with facts fed by hand; nothing outside is touched."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from playbook_story import NOON, RULES, Script, Story, Unfinished, found, play
from tocsin.facts.gates import Decided
from tocsin.facts.incidents import Severity, SeverityJudged
from tocsin.facts.reach import MessageWritten, PageBegan
from tocsin.facts.runs import Effect, Ending, Ordered, Probed, Verdict
from tocsin.playbook import OrderStanding, Rules, due_pieces, plan_of
from tocsin.playbook.pieces import ORDERS
from tocsin.playbook.steps import Act, Ask, Seal, Tell

FILE = Path(__file__).parents[2] / "playbooks" / "assistant-fallback.yaml"
PLAN = plan_of(FILE.read_bytes(), FILE.name)
ADDRESSES = {audience: (f"{audience}@example.org",) for audience in PLAN.audiences_told}
REACHED = msgspec.structs.replace(RULES, addresses=ADDRESSES)
GOOD = Script(values={"find-target": "1"})


def story(*before: object, rules: Rules = REACHED) -> Story:
    facts = before or (found(),)
    return Story(PLAN, rules, *facts)  # type: ignore[arg-type]


def with_(**changes: object) -> Script:
    return msgspec.structs.replace(GOOD, **changes)


def test_the_first_four_things_begin_at_once_and_wait_for_nobody() -> None:
    told = story()
    kinds = {(p.kind, told.run.orders[p.seq].fact.step if p.kind in ORDERS else p.step)
             for p, at in told.due(*ORDERS, "seal") if at == NOON}  # fmt: skip
    assert kinds == {("stop", "stop"), ("call", "call"), ("order", "tell-leads"), ("seal", "")}
    stop = told.order("stop").fact
    assert (stop.connector, stop.target, stop.wanted, stop.undo) == (
        "kill-switch", "assistant.model", "off", "on",
    )  # fmt: skip
    assert (stop.effect, stop.approvals, stop.evidence) == (Effect.STOP, 0, ())


def test_all_goes_well() -> None:
    told = play(story(), GOOD)
    assert told.run.ending is Ending.COMPLETED
    assert [step for step in told.path() if step.split()[0] in (
        "find-target", "which-way", "roll-back", "lift", "version-seen", "healthy", "tell-over",
    )] == [
        "find-target shown", "which-way 2", "roll-back done", "lift done", "version-seen shown",
        "healthy shown", "tell-over done",
    ]  # fmt: skip
    back = told.order("roll-back")
    assert (back.fact.target, back.fact.wanted) == ("intents@production", "version:1")
    assert len(back.approved_by) == 2 and back.undo == "before-roll-back"
    judged = told.all(SeverityJudged)
    assert [f.severity for f in judged if isinstance(f, SeverityJudged)] == [Severity.SEV1]
    decided = told.all(Decided)[0]
    assert isinstance(decided, Decided)
    assert {"finding.version = 2", "values.find_target = 1", "severity = sev1"} <= set(
        decided.bindings
    )
    assert due_pieces(told.plan, told.run) == []


def test_whoever_is_called_and_told_reads_what_is_known() -> None:
    told = play(story(), GOOD)
    page = told.all(PageBegan)[0]
    assert isinstance(page, PageBegan) and page.people == ("ana", "ben")
    text = told.texts[page.text].decode()
    assert text.startswith('The assistant says "I don\'t know" too often\n\n')
    assert "fallback is 31.0% (before: 4.0%) on version 2" in text
    assert "2026-11-26 11:57 UTC; 93 of 300 requests" in text and "tocsin ack 7K3" in text
    assert "Severity: sev1" in text
    written = [f for f in told.all(MessageWritten) if isinstance(f, MessageWritten)]
    assert {f.audience for f in written} == PLAN.audiences_told
    over = told.texts[written[-1].text].decode()
    assert over.startswith("[7K3] The assistant answers again\n\nRelease 1 serves again")
    sent = [f for f in told.all(Ordered) if isinstance(f, Ordered) and f.connector == "mail"]
    assert {f.target for f in sent} == {a for all_ in ADDRESSES.values() for a in all_}
    assert all(f.effect is Effect.TELL and f.wanted.startswith("sent:") for f in sent)
    assert all(f.wanted.removeprefix("sent:") in told.texts for f in sent)


def test_the_chain_reaches_everyone_it_names_in_time() -> None:
    told = play(story(), with_(answer={"call": False, "call-commander": False}))
    at = {}
    for entry in told.entries:
        if isinstance(entry.fact, MessageWritten):
            at.setdefault(entry.fact.audience, entry.happened_at - NOON)
    for link in PLAN.communication:
        assert at[link.audience] <= timedelta(seconds=link.within_seconds), link
        assert link.by == "incident-commander"


def test_evidence_that_is_short_holds_the_rollback_and_an_override_lets_it_go() -> None:
    told = story()
    script = with_(short=frozenset({"requests"}), approve={"roll-back": None})
    while "roll-back" not in told.run.ordered:
        one_more(told, script)
    assert {"keep insufficient", "keep-again insufficient"} <= set(told.path())
    for who in ("ana", "ben"):
        told.approve("roll-back", who)
    held = told.order("roll-back")
    assert held.standing is OrderStanding.UNSEALED and held.missing_evidence == ("requests",)
    assert told.due(*ORDERS) == []
    told.override("roll-back", "requests")
    assert told.order("roll-back").standing is OrderStanding.READY
    assert play(told, script).run.ending is Ending.COMPLETED


def one_more(told: Story, script: Script) -> None:
    """A step of `play`, so that a test can look in between."""
    with contextlib.suppress(Unfinished):
        play(told, script, turns=1)


def test_short_evidence_and_nobody_there_ends_contained_and_says_so() -> None:
    told = play(story(), with_(short=frozenset({"model"}), approve={"lift": None}))
    assert told.run.ending is Ending.FAILED
    assert {"roll-back limit", "tell-still-stopped done", "stop-seen shown"} <= set(told.path())
    text = told.texts[last_text(told)].decode()
    assert "The stop of the model was: shown. Roll-back: limit." in text
    assert "Back in service:\nnot known." in text


def last_text(told: Story) -> str:
    written = [f for f in told.all(MessageWritten) if isinstance(f, MessageWritten)]
    return written[-1].text


def test_nobody_answers_the_page_and_the_rest_goes_on() -> None:
    told = play(story(), with_(answer={"call": False, "call-commander": False}))
    assert {"call unanswered", "call-commander unanswered"} <= set(told.path())
    assert [f.target for f in told.ordered("call")] == ["ana", "ben"] * 3
    assert [f.target for f in told.ordered("call-commander")] == ["eva"] * 3
    assert told.run.ending is Ending.COMPLETED


def test_declined_by_one_person_it_stays_stopped() -> None:
    told = play(story(), with_(approve={"roll-back": "decline"}))
    assert told.run.ending is Ending.FAILED
    assert told.path()[-2:] == ["roll-back declined", "tell-still-stopped done"]
    assert "lift" not in told.run.ordered


@pytest.mark.parametrize("verdict", [Verdict.NOT_SHOWN, Verdict.UNDETERMINED])
def test_without_a_verified_target_nothing_is_rolled_back(verdict: Verdict) -> None:
    told = play(story(), with_(probes={"find-target": (verdict,)}))
    assert told.run.ending is Ending.FAILED
    assert f"find-target {verdict.value}" in told.path()
    assert "roll-back" not in told.run.ordered and "which-way" not in told.run.results


def test_a_cure_that_is_not_shown_is_stopped_again_after_counted_rounds() -> None:
    told = play(story(), with_(probes={"healthy": (Verdict.UNDETERMINED,)}))
    assert told.run.ending is Ending.FAILED
    assert told.run.rounds["serve-more"] == 20
    assert told.path()[-4:] == [
        "serve-more rounds", "stop-again done", "stop-again-seen shown", "tell-still-stopped done",
    ]  # fmt: skip
    assert "Seen to be healthy: undetermined" in told.texts[last_text(told)].decode()


def test_a_cure_that_is_shown_late_counts() -> None:
    late = (Verdict.UNDETERMINED, Verdict.UNDETERMINED, Verdict.SHOWN)
    told = play(story(), with_(probes={"healthy": late}))
    assert told.run.ending is Ending.COMPLETED and told.run.rounds["serve-more"] == 2
    assert [f.hypothesis for f in told.all(Probed) if isinstance(f, Probed)][-1] == "version:1"


def test_a_release_that_is_shown_to_fail_too_is_stopped_at_once() -> None:
    told = play(story(), with_(probes={"healthy": (Verdict.NOT_SHOWN,)}))
    assert told.path()[-4:-2] == ["healthy not-shown", "stop-again done"]
    assert "serve-more" not in told.run.rounds and told.run.ending is Ending.FAILED


def test_another_version_than_the_target_serves_and_is_stopped_again() -> None:
    told = play(story(), with_(probes={"version-seen": (Verdict.NOT_SHOWN,)}))
    assert "stop-again done" in told.path() and "healthy" not in told.run.results
    assert told.run.ending is Ending.FAILED and told.run.rounds["version-settles"] == 6
    slow = (Verdict.NOT_SHOWN, Verdict.UNDETERMINED, Verdict.SHOWN)
    told = play(story(), with_(probes={"version-seen": slow}))
    assert told.run.ending is Ending.COMPLETED and told.run.rounds["version-settles"] == 2


def test_a_stop_that_shows_its_effect_a_moment_later_asks_nobody() -> None:
    told = play(story(), with_(probes={"stop-seen": (Verdict.NOT_SHOWN, Verdict.SHOWN)}))
    assert "stop-by-hand" not in told.run.results and told.run.rounds["stop-settles"] == 1


@pytest.mark.parametrize(
    ("version", "choice", "branch", "ending"),
    [
        (None, "yes", "undetermined", Ending.COMPLETED),
        (None, "no", "undetermined", Ending.FAILED),
        (None, None, "undetermined", Ending.FAILED),
        ("1", "no", "1", Ending.FAILED),
    ],
)
def test_where_the_release_is_not_surely_the_cause_a_person_decides(
    version: str | None, choice: str | None, branch: str, ending: Ending
) -> None:
    told = play(story(found(version=version)), with_(choose={"ask-commander": choice}))
    assert f"which-way {branch}" in told.path()
    assert f"ask-commander {choice or 'no'}" in told.path()
    assert told.run.ending is ending
    question = next(iter(told.run.questions.values())).fact.question
    assert question.startswith("Put release 1 back (yes)")


def test_a_mild_failure_is_asked_about_too() -> None:
    told = play(story(found(observed="0.07")), with_(choose={"ask-commander": "yes"}))
    assert {"which-way otherwise", "ask-commander yes"} <= set(told.path())
    judged = told.all(SeverityJudged)[0]
    assert isinstance(judged, SeverityJudged) and judged.severity is Severity.SEV3


def test_a_switch_that_shows_no_effect_asks_people_to_do_it_by_hand() -> None:
    for trouble in (
        {"orders": {"stop": "failed"}},
        {"probes": {"stop-seen": (Verdict.NOT_SHOWN,)}},
        {"probes": {"stop-seen": (Verdict.UNDETERMINED,)}},
    ):
        told = play(story(), with_(**trouble))
        assert "stop-by-hand done" in told.path() and told.run.ending is Ending.COMPLETED
    told = play(story(), with_(orders={"stop": "failed"}, choose={"stop-by-hand": None}))
    assert "stop-by-hand cannot" in told.path() and told.run.ending is Ending.COMPLETED


def test_a_lift_of_unknown_end_is_made_safe() -> None:
    told = play(story(), with_(orders={"lift": "failed", "stop-again": "failed"}))
    assert {"stop-again failed", "call-again answered"} <= set(told.path())
    assert told.run.ending is Ending.FAILED


def test_no_addresses_and_no_people_do_not_hold_the_plan() -> None:
    told = play(story(rules=Rules()), GOOD)
    assert {"tell-leads failed", "tell-inside failed", "tell-board failed", "call unanswered"} <= (
        set(told.path())
    )
    assert told.run.ending is Ending.COMPLETED


def test_started_by_tocsin_on_a_system_that_is_not_armed_it_waits_for_one_person() -> None:
    told = story(rules=msgspec.structs.replace(REACHED, automatic=False))
    assert told.order("stop").standing is OrderStanding.AWAITING
    assert told.order("call").standing is OrderStanding.READY
    told.approve("stop", "ana")
    assert told.order("stop").standing is OrderStanding.READY
    assert play(told, GOOD).run.ending is Ending.COMPLETED


def test_every_step_says_its_phase_and_every_act_who_answers_for_it() -> None:
    for step in PLAN.steps.values():
        if step.id not in ("over", "not-solved"):
            assert step.phase is not None, step.id
        if isinstance(step, Act | Ask | Seal | Tell):
            assert step.raci is not None, step.id
    assert PLAN.triggers == ("assistant-fallback-rate",)
    assert (PLAN.owner, PLAN.review_by) == ("data-science-lead", "2027-05-31")
