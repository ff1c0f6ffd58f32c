"""The screen of 24 lines: it fits, it says the harm, and its one next step is safe."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from dossier_story import BEGAN, FOUND, OPS, RUN, Story, opened, whole

from tocsin.dossier.account import account_of
from tocsin.dossier.now import LINES_MAX, WIDTH_MAX, Now, now_of
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.gates import Countersigned, GlassBroken
from tocsin.facts.incidents import (
    Acknowledged,
    Assigned,
    HandoverAccepted,
    HandoverOffered,
    Linked,
    Opened,
    Relation,
    Severity,
    SeverityJudged,
)
from tocsin.facts.legal import DutiesReckoned
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import (
    Approved,
    Asked,
    Attempted,
    AttemptFailed,
    Effect,
    Ordered,
    OutcomeUnknown,
    Repeatable,
    RunStarted,
    Verdict,
)
from tocsin.facts.signals import SignalsJoined
from tocsin.playbook import replay_runs

replace = msgspec.structs.replace
LATER = BEGAN + timedelta(minutes=4)


def screen(story: Story, switched: tuple[str, ...] = ("assistant",)) -> Now:
    runs = replay_runs(story.entries)
    return now_of(account_of(story.entries, OPS), runs, "7K3", LATER, switched)


def test_it_fits_whatever_happened() -> None:
    story = opened()
    for n in range(40):
        story.say(FOUND)
        story.act("stop", f"assistant.model-{'x' * 90}", "off", effect=Effect.STOP)
        story.say(Asked(run=RUN, step=f"s{n}", question="Why? " * 40, choices=("a", "b"),
                        role="commander", limit_at=None, on_limit=None))  # fmt: skip
    now = screen(story)
    assert len(now.lines) <= LINES_MAX
    assert max(map(len, now.lines)) <= WIDTH_MAX
    assert now.lines[-1].startswith("next"), "the next step is never cut away"


def test_no_title_pushes_away_how_bad_and_how_old_it_is() -> None:
    story = Story()
    story.say(
        Opened(
            title="x" * 160, systems=("assistant",), unregistered=(), discovered_at=BEGAN,
            occurred_at=None,
        )
    )  # fmt: skip
    head = screen(story).lines[0]
    assert head.startswith("7K3  xxx") and head.endswith("...  [severity not judged]  open, 2 min")
    assert len(head) == WIDTH_MAX


def test_the_harm_stands_with_since_when_and_how_sure() -> None:
    now = screen(opened())
    text = "\n".join(now.lines)
    assert "fallback 23.1 % instead of 4.0 % (version 2, de), since 03:00:00 UTC" in text
    assert (
        "312 of 1350" in text
        and "sure to 95.0 %: 20.8 % to 25.6 % (assistant-fallback-rate)" in text
    )
    assert "legal duties and deadlines: not assessed" in text


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            replace(FOUND, finding="F2", sign=Sign.QUANTITY, metric="latency_ms", measure="p95",
                    version=None, segment=None, baseline="516.630702", observed="774.158621",
                    low="766.107692", high="782.137037"),
            "p95 of latency_ms 774.2 instead of 516.6 (all requests), since 03:00:00 UTC",
        ),
        (
            replace(FOUND, finding="F2", sign=Sign.UNFAIR, metric="selected", group="sex=f",
                    compared_with="sex=m", version=None, segment=None),
            "sex=f: selected 23.1 % against 4.0 % of sex=m, since 03:00:00 UTC: 1350 people",
        ),
    ],
)  # fmt: skip
def test_what_is_no_share_of_requests_is_not_told_as_one(found: Found, said: str) -> None:
    story = opened()
    story.say(found)
    text = "\n".join(screen(story).lines)
    assert said in text
    if found.sign is Sign.QUANTITY:
        assert "sure to 95.0 %: 766.1 to 782.1" in text and "77415" not in text


def test_the_stop_comes_first_and_only_where_there_is_a_switch() -> None:
    assert screen(opened()).next == "tocsin stop assistant"
    assert screen(opened(), ()).next == "tocsin ack 7K3"


def test_a_stop_that_is_under_way_is_not_asked_for_twice() -> None:
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP, ended=False)
    assert screen(story).next == "tocsin ack 7K3"


def test_what_waits_longest_comes_next() -> None:
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    story.say(Acknowledged(note=""), who="ben")
    first = story.act("rollback", "intents@production", "version:1", approvals=2, ended=False)
    story.say(Asked(run=RUN, step="ask", question="Tell customers?", choices=("yes", "no"),
                    role="commander", limit_at=None, on_limit=None))  # fmt: skip
    now = screen(story)
    assert now.next == f"tocsin decide 7K3 {first} approve --because '...'"
    assert [one.whom for one in now.waiting] == ["2 people", "commander"]
    assert any("Tell customers?: waits for commander" in line for line in now.lines)


def test_an_unknown_outcome_asks_someone_to_look() -> None:
    story = opened()
    story.say(Acknowledged(note=""), who="ben")
    order = story.act("stop", "assistant.model", "off", effect=Effect.STOP, ended=False)
    story.say(Attempted(run=RUN, order=order, attempt=1, worker="worker-1", fence=1))
    story.say(OutcomeUnknown(run=RUN, order=order, attempt=1, why="silence"))
    assert f"tocsin incident outcome 7K3 {order} done" in screen(story, ()).next


def test_seen_and_not_yet_shown_are_told_apart() -> None:
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    assert "NOT YET SHOWN: nobody looked" in screen(story).stopped
    story.look("assistant.model", Verdict.UNDETERMINED, "3 requests so far")
    assert "NOT YET SHOWN: 3 requests so far" in screen(story).stopped
    story.look("assistant.model", Verdict.SHOWN)
    assert screen(story).stopped == "assistant.model is off; SEEN: 20 of 20 answers by people"


def test_a_look_at_the_system_is_a_look_at_its_switch_and_words_are_no_act() -> None:
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    story.act("tell", "a@example.org", "sent:1", undo=None, effect=Effect.TELL)
    story.look("assistant", Verdict.SHOWN)
    now = screen(story)
    assert now.stopped == "assistant.model is off; SEEN: 20 of 20 answers by people"
    assert not any("sent:1" in line for line in now.lines)


def test_a_promise_that_is_overdue_says_so() -> None:
    story = opened()
    for audience, minutes in (("support", 1), ("executives", 60)):
        story.say(MessageWritten(audience=audience, subject="s", text="b" * 64, claims=(),
                                 next_update_at=BEGAN + timedelta(minutes=minutes)))  # fmt: skip
    promised = screen(story).promised
    assert promised[0] == "support hears more at 03:01 UTC OVERDUE"
    assert promised[1] == "executives hears more at 04:00 UTC"


def test_an_update_that_is_overdue_waits_for_somebody_and_is_the_next_step() -> None:
    story = opened()
    story.say(Acknowledged(note=""))
    for audience, minutes in (("customers", 1), ("pr", 2), ("executives", 60)):
        story.say(MessageWritten(audience=audience, subject="s", text="b" * 64, claims=(),
                                 next_update_at=BEGAN + timedelta(minutes=minutes)))  # fmt: skip
    now = screen(story, switched=())
    assert [(one.what, one.whom, one.command) for one in now.waiting] == [
        ("the update that customers was promised", "commander", "tocsin say 7K3 customers"),
        ("the update that pr was promised", "commander", "tocsin tell 7K3 pr"),
    ]
    assert now.next == "tocsin say 7K3 customers"
    for audience in ("customers", "pr"):
        story.say(MessageWritten(audience=audience, subject="s", text="c" * 64, claims=(),
                                 next_update_at=None))  # fmt: skip
    assert not screen(story).waiting


def test_whom_no_receipt_says_that_words_reached_is_not_called_told() -> None:
    story = opened()
    texts = {"support": "a" * 64, "customers": "b" * 64, "press": "c" * 64}
    for audience, text in texts.items():
        story.say(MessageWritten(audience=audience, subject="s", text=text, claims=(),
                                 next_update_at=None))  # fmt: skip

    def told(audience: str, address: str, *, ended: bool) -> int:
        wanted = f"sent:{texts[audience]}"
        return story.act("tell", address, wanted, effect=Effect.TELL, undo=None, ended=ended)

    told("support", "s@example.org", ended=True)
    told("customers", "c1@example.org", ended=True)
    second = told("customers", "c2@example.org", ended=False)
    assert screen(story).done[-2:] == ["told: support", "NOT told yet: customers"]
    story.say(Attempted(run=RUN, order=second, attempt=1, worker="worker-1", fence=1))
    story.receipt(second, "", f"sent:{texts['customers']}")
    assert screen(story).done[-1] == "told: support, customers"
    failed(story, "p@example.org", Effect.TELL)
    assert screen(story).done[-2:] == ["told: support, customers", "NOT reached: p@example.org"]


def test_when_all_is_done_the_report_is_next() -> None:
    assert screen(whole()).next == "tocsin report 7K3"
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    story.say(Acknowledged(note=""), who="ben")
    assert screen(story).next.startswith("tocsin incident severity 7K3")
    story.say(SeverityJudged(severity=Severity.SEV2, reasons=("r",), basis="b"), who="ben")
    assert screen(story).next == "tocsin report 7K3"


def stopped_and_acked() -> Story:
    story = opened()
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    story.say(Acknowledged(note=""), who="ben")
    return story


def failed(story: Story, target: str, effect: Effect) -> None:
    order = story.act("again", target, "off", effect=effect, ended=False)
    story.say(Attempted(run=RUN, order=order, attempt=1, worker="worker-1", fence=1))
    story.say(
        AttemptFailed(run=RUN, order=order, attempt=1, why="away", may_have_acted=False,
                      retry_at=None)
    )  # fmt: skip


@pytest.mark.parametrize("effect", [Effect.STOP, Effect.CHANGE])
def test_what_failed_lifts_no_stop(effect: Effect) -> None:
    story = stopped_and_acked()
    failed(story, "assistant.model", effect)
    now = screen(story)
    assert now.stopped.startswith("assistant.model is off")
    assert now.next != "tocsin stop assistant"


def test_a_stop_that_was_taken_back_while_the_harm_stands_is_asked_for_again() -> None:
    story = stopped_and_acked()
    story.act("undo", "assistant.model", "on", before="off")
    now = screen(story)
    assert now.stopped.startswith("not stopped any more") and now.next == "tocsin stop assistant"
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    now = screen(story)
    assert now.stopped.startswith("assistant.model is off") and now.next != "tocsin stop assistant"


def heard(firing: int) -> SignalsJoined:
    return SignalsJoined(
        batch="signals/1", deliveries=3, signals=3, firing=firing, resolved=3 - firing, first=1,
        last=3, rule="default", told="prom: drift (critical)", because="nothing open is about it",
    )  # fmt: skip


def alarmed(firing: int) -> Story:
    story = Story()
    story.say(
        Opened(
            title="assistant: drift", systems=("assistant",), unregistered=(),
            discovered_at=BEGAN, occurred_at=None,
        )
    )  # fmt: skip
    story.say(heard(firing))
    return story


@pytest.mark.parametrize("effect", [Effect.STOP, Effect.CHANGE])
def test_an_act_that_failed_asks_for_a_stop_while_others_alarms_go_on(effect: Effect) -> None:
    story = alarmed(firing=2)
    story.say(RunStarted(run=RUN, plan="stop", plan_digest="0" * 64))
    story.say(Acknowledged(note=""), who="ben")
    assert screen(story).next.startswith("tocsin incident severity")
    failed(story, "assistant.model", effect)
    assert screen(story).next == "tocsin stop assistant"
    assert screen(story, switched=()).next.startswith("tocsin incident severity")
    story.say(heard(firing=0))
    assert screen(story).next.startswith("tocsin incident severity"), "it is over by itself"
    story.say(heard(firing=1))
    story.act("stop", "assistant.model", "off", effect=Effect.STOP)
    assert screen(story).next.startswith("tocsin incident severity")


def test_an_alarm_by_which_no_plan_began_says_that_nobody_was_called() -> None:
    story = alarmed(firing=1)
    assert "done      nothing yet; NOBODY WAS CALLED: no plan is at work" in screen(story).lines
    story.say(RunStarted(run=RUN, plan="stop", plan_digest="0" * 64))
    assert "done      nothing yet" in screen(story).lines


def test_a_role_that_is_offered_waits_for_whoever_is_to_take_it() -> None:
    story = stopped_and_acked()
    story.say(Assigned(role="commander", person="ben"), who="ben")
    story.say(HandoverOffered(role="commander", to="cleo", note=""), who="ben")
    now = screen(story)
    (offer,) = now.waiting
    assert (offer.what, offer.whom) == ("commander, offered by ben", "cleo")
    assert now.next == "tocsin handover 7K3 --role commander --accept --as cleo"
    story.say(HandoverAccepted(role="commander", offered_by="ben"), who="cleo")
    assert not screen(story).waiting


def test_of_a_merged_incident_the_one_that_goes_on_is_next() -> None:
    story = stopped_and_acked()
    into = Linked(other="9QXAAAAAAA", relation=Relation.MERGED_INTO, because="one cause")
    story.say(into, who="ben")
    assert screen(story).next == "tocsin now 9QXAAAAAAA"


def test_every_target_that_was_stopped_is_told_and_the_open_one_first() -> None:
    story = stopped_and_acked()
    story.act("stop", "assistant.feed", "off", effect=Effect.STOP)
    story.act("undo", "assistant.model", "on", before="off")
    lines = [line for line in screen(story).lines if "assistant.feed is off" in line]
    assert lines and screen(story).stopped.startswith("not stopped any more")


def test_an_undo_of_unknown_outcome_leaves_the_stop_in_doubt() -> None:
    story = stopped_and_acked()
    order = story.act("undo", "assistant.model", "on", ended=False)
    story.say(Attempted(run=RUN, order=order, attempt=1, worker="worker-1", fence=1))
    story.say(OutcomeUnknown(run=RUN, order=order, attempt=1, why="silence"))
    assert "NOBODY KNOWS" in screen(story).stopped


def test_what_has_subsided_is_no_harm_any_more_and_asks_for_no_stop() -> None:
    story = opened()
    over = Subsided(finding="F1", detector="assistant-fallback-rate", observed="0.04",
                    seen_until=LATER, requests=900)  # fmt: skip
    story.say(over)
    now = screen(story)
    assert now.harm == ["subsided at 03:04:00 UTC: fallback of assistant (assistant-fallback-rate)"]
    assert now.next == "tocsin ack 7K3"
    story.say(FOUND)
    assert screen(story).next == "tocsin stop assistant" and "23.1 %" in screen(story).harm[0]


def approved_by(story: Story, order: int, who: str) -> None:
    story.say(Approved(run=RUN, order=order, order_digest="0" * 64, because="read"), who=who)


def test_after_one_of_two_approvals_one_more_is_waited_for() -> None:
    story = stopped_and_acked()
    order = story.act("rollback", "intents@production", "version:1", approvals=2, ended=False)
    approved_by(story, order, "ben")
    assert screen(story).waiting[0].whom == "1 more person of 2 (ben approved)"


def test_an_approved_act_waits_for_its_evidence_and_no_command_hurries_it() -> None:
    story = stopped_and_acked()
    order = story.say(
        Ordered(
            run=RUN, step="purge", connector="c", target="index", wanted="empty",
            repeatable=Repeatable.IDEMPOTENT, approvals=0, attempts_max=5, undo=None,
            effect=Effect.DESTROY, evidence=("requests",),
        )
    )  # fmt: skip
    now = screen(story)
    assert now.waiting[0].whom == "evidence: requests", order
    assert any("index to empty: waits for evidence: requests" in line for line in now.lines)
    assert now.next.startswith("tocsin incident severity")


def test_by_when_a_second_person_must_look_stands_with_the_clocks() -> None:
    story = stopped_and_acked()
    order = story.act("rollback", "intents@production", "version:1", approvals=2, ended=False)
    until = LATER + timedelta(hours=12)
    story.say(
        GlassBroken(run=RUN, order=order, order_digest="0" * 64, because="harm grows",
                    countersign_by=until), who="ben",
    )  # fmt: skip
    now = screen(story)
    assert f"action {order}: ben acted alone; countersign by 26 Nov 15:04 UTC" in now.clock[0]
    assert "OVERDUE" not in now.clock[0] and any("15:04 UTC" in line for line in now.lines)
    story.say(
        Countersigned(run=RUN, order=order, order_digest="0" * 64, agrees=True, because="so"),
        who="cleo",
    )
    assert screen(story).clock == ["legal duties and deadlines: not assessed"]


def test_where_duties_are_told_it_says_that_this_is_no_advice() -> None:
    story = opened()
    story.say(DutiesReckoned(upto=1, law="1", digest="d" * 64, profile="e" * 64, raised=0, open=0))
    clock = screen(story).clock
    assert clock == ["no legal duty runs, by law 1", "decision support, not legal advice"]
    assert clock[-1] in "\n".join(screen(story).lines)
