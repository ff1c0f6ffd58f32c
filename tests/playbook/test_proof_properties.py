"""Each property is proven of a good plan, and refuted of one that lacks it, by the very way."""

from __future__ import annotations

from pathlib import Path

import pytest
from proof_plan import GOOD, changed, of, only, proof_of, way

from tocsin.playbook import plan_of
from tocsin.playbook.proof import Allowances, Standing

PLAYBOOKS = sorted((Path(__file__).parents[2] / "playbooks").glob("*.yaml"))
TOLD_LEAD = "tell-lead done"
BRANCHES = "together done [stop done seen shown | keep sealed]"


def test_all_is_proven_of_the_good_plan() -> None:
    proof = proof_of(GOOD)
    assert [(p.id, p.standing) for p in proof.properties] == [
        (f"P{n}", Standing.PROVEN) for n in range(1, 9)
    ]
    assert [p.about for p in proof.properties] == [5, 2, 3, 1, 1, 6, 3, 1]


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.stem)
def test_a_shipped_plan_is_proven(file: Path) -> None:
    proof = proof_of(plan_of(file.read_bytes(), file.name))
    assert [(p.id, c.standing, c.missing) for p in proof.properties for c in p.counters] == []


def test_p1_a_question_without_a_time_out_waits_for_ever() -> None:
    proof = proof_of(changed((", limit: 15m,\n            on_limit: cannot", "")))
    counter = only(proof, "P1")
    assert of(proof, "P1").standing is Standing.REFUTED
    assert way(counter) == ["together begun", "stop failed", "by-hand"]
    assert "nobody who is on-call answers" in counter.missing and counter.line == 18
    assert proof.bounds.seconds_at_worst is None and proof.bounds.open == ("by-hand",)


def test_p1_an_act_may_wait_for_ever_for_its_approvals() -> None:
    limit = ("limit: 30m, soft: 20m, next: gate, on_limit: not-solved", "next: gate")
    counter = only(proof_of(changed(limit)), "P1")
    assert way(counter)[-1] == "repair" and "nobody approves" in counter.missing


def test_p1_a_time_out_towards_a_deadline_may_last_until_then() -> None:
    plan = changed(
        ("start: together", "deadlines: {notice: the notice}\nstart: together"),
        ("limit: 1h, on_limit: repair}\n  ok-counsel", "limit: 1h, on_limit: repair, "
         "before: notice}\n  ok-counsel"),
    )  # fmt: skip
    proof = proof_of(plan)
    assert of(proof, "P1").standing is Standing.PROVEN
    assert "notice is not set" in of(proof, "P1").provided[-1]
    assert proof.bounds.seconds_at_worst == proof_of(GOOD).bounds.seconds_at_worst
    known = proof_of(plan, Allowances(deadlines={"notice": 3 * 3600}))
    assert "notice" not in " ".join(of(known, "P1").provided)
    assert known.bounds.seconds_at_worst == proof_of(GOOD).bounds.seconds_at_worst + 3600


def test_p1_a_moment_that_becomes_known_meanwhile_moves_the_time_out_once() -> None:
    aware = ("limit: 15m,", "limit: 15m, from: aware,")
    after = proof_of(changed(aware)).bounds.seconds_at_worst
    assert after == proof_of(GOOD).bounds.seconds_at_worst + 900


def test_p2_a_change_before_which_nothing_is_sealed_is_not_proven() -> None:
    plan = """\
plan: p
version: "1"
title: T
steps:
  ask: {ask: Q, role: r, choices: {a: keep, b: change}, limit: 1h, on_limit: a}
  keep: {seal: [model], budget: 60s, next: change, on_insufficient: change}
  change: {act: registry, target: model, wanted: good, undo: before, next: over}
  over: {end: completed}
"""
    proof = proof_of(plan)
    counter = only(proof, "P2")
    assert of(proof, "P2").standing is Standing.NOT_PROVEN
    assert way(counter) == ["ask b", "change"]


def test_p3_a_stop_that_nobody_looks_at() -> None:
    seen = ("wanted: off, effect: stop, undo: on, next: seen,", "wanted: off, effect: stop, "
            "undo: on, next: join,")  # fmt: skip
    rest = GOOD[GOOD.index("  seen: {probe") : GOOD.index("  by-hand:")]
    counter = only(proof_of(changed(seen, (rest, ""))), "P3")
    assert counter.about == "stop" and counter.standing is Standing.REFUTED
    assert way(counter) == [
        "together begun", "stop done", "together done", TOLD_LEAD, "ok-words declined",
        "repair failed", "not-solved",
    ]  # fmt: skip


def test_p3_a_probe_that_looks_for_another_state_is_named() -> None:
    plan = changed(
        ("seen: {probe: eye, target: assistant, wanted: off", "seen: {probe: eye, target: "
         "assistant, wanted: dark"),
    )  # fmt: skip
    counter = only(proof_of(plan), "P3")
    assert counter.standing is Standing.NOT_PROVEN
    assert "seen looks at it, but for another state" in counter.missing


def test_p3_back_into_service_without_a_gate() -> None:
    gate = GOOD[GOOD.index("  gate:\n") : GOOD.index("  lift:")]
    counter = only(proof_of(changed((gate, ""), ("next: gate", "next: lift"))), "P3")
    assert counter.about == "lift"
    assert way(counter) == [
        "together begun", "stop done", "seen shown", "together done", TOLD_LEAD,
        "ok-words declined", "repair done", "lift",
    ]  # fmt: skip


def test_p3_a_gate_before_the_stop_shows_nothing_about_what_came_after() -> None:
    gate = GOOD[GOOD.index("  gate:\n") : GOOD.index("  lift:")]
    plan = changed(
        (gate, ""), ("next: gate", "next: lift"), ("start: together", "start: gate"),
        ("steps:\n", "steps:\n" + gate.replace("next: lift", "next: together")),
    )  # fmt: skip
    assert only(proof_of(plan), "P3").about == "lift"


def test_p3_a_probe_that_verifies_what_is_gone_back_to_is_a_gate() -> None:
    gate = GOOD[GOOD.index("  gate:\n") : GOOD.index("  lift:")]
    probe = ("  gate: {probe: eye, target: model, wanted: good, purpose: [verify-target], "
             "next: lift, on_not_shown: not-solved}\n")  # fmt: skip
    proof = proof_of(changed((gate, probe)))
    assert of(proof, "P3").standing is Standing.PROVEN


def test_p4_an_audience_that_is_not_told_when_it_goes_badly() -> None:
    plan = changed(
        ("  - {audience: lead", "  - {audience: board, within: 8h, by: commander}\n  - {audience: "
         "lead"),
        ("on_failure: stop-again}\n  over", "on_failure: stop-again}\n  tell-board: {tell: board, "
         "subject: S, text: T, through: mail, next: over, on_failure: over}\n  over"),
        ("undo: off, next: over", "undo: off, next: tell-board"),
    )  # fmt: skip
    counter = only(proof_of(plan), "P4")
    assert counter.about == "board" and counter.standing is Standing.REFUTED
    assert way(counter) == [
        BRANCHES, TOLD_LEAD, "ok-words declined", "repair failed", "not-solved",
    ]  # fmt: skip


def test_p4_a_message_in_a_branch_is_told_to_all() -> None:
    plan = changed(
        ("parallel: [stop, keep], next: tell-lead", "parallel: [stop, keep, tell-lead], next: "
         "ok-words"),
        ("next: ok-words, on_failure: ok-words}", "next: join, on_failure: join}"),
    )  # fmt: skip
    assert of(proof_of(plan), "P4").standing is Standing.PROVEN


def test_p4_told_too_late_on_every_way_is_refuted() -> None:
    plan = changed(("next: tell-lead}", "next: rest}\n  rest: {wait: 31m, next: tell-lead}"))
    counter = only(proof_of(plan), "P4")
    assert counter.standing is Standing.REFUTED
    assert "after 31 min at the soonest, on whatever way" in counter.missing
    assert (way(counter)[0].split(" [")[0], way(counter)[1:]) == (
        "together done", ["rest done", TOLD_LEAD, "ok-words"]
    )  # fmt: skip


def test_p4_told_too_late_only_when_everybody_answers_last_is_not_proven() -> None:
    plan = changed(("{audience: lead, within: 30m", "{audience: lead, within: 20m"))
    proof = proof_of(plan)
    counter = only(proof, "P4")
    assert of(proof, "P4").standing is counter.standing is Standing.NOT_PROVEN
    assert [p.at_worst for p in counter.way][:2] == [1485, 1800]


def test_p4_a_time_out_that_must_pass_first_is_counted_at_best_too() -> None:
    plan = changed(
        ("next: tell-lead}", "next: may-we}\n  may-we: {approve: it, role: commander, next: "
         "tell-lead, on_declined: tell-lead, limit: 40m, on_limit: tell-lead}"),
    )  # fmt: skip
    counter = only(proof_of(plan), "P4")
    assert counter.standing is Standing.REFUTED and "on this way" in counter.missing
    assert way(counter)[1] == "may-we limit"


def test_p5_words_go_outside_that_counsel_did_not_approve() -> None:
    plan = changed(
        ("on_declined: repair,\n               limit", "on_declined: tell-customers,\n"
         "               limit"),
    )  # fmt: skip
    counter = only(proof_of(plan), "P5")
    assert counter.missing.startswith("counsel has approved nothing")
    assert way(counter) == [
        BRANCHES, TOLD_LEAD, "ok-words approved", "ok-counsel declined", "tell-customers",
    ]  # fmt: skip


def test_p6_a_limit_that_has_passed_before_its_step_can_be_over() -> None:
    plan = changed(
        ("next: tell-lead}", "next: rest}\n  rest: {wait: 30m, next: tell-lead}"),
        ("30m, soft: 20m,", "30m, soft: 20m, from: run,"),
        ("within: 30m", "within: 3h"),
    )  # fmt: skip
    proof = proof_of(plan)
    about = [(c.about, c.standing) for c in of(proof, "P6").counters]
    assert about == [("repair", Standing.REFUTED)] * 2
    assert way(of(proof, "P6").counters[0])[1:] == [
        "rest done", TOLD_LEAD, "ok-words declined", "repair"
    ]  # fmt: skip


def test_p6_a_recovery_target_that_no_run_can_meet() -> None:
    plan = changed(
        ("recovery_target: 4h", "recovery_target: 1h"),
        ("next: gate, on_limit", "next: rest, on_limit"),
        ("  gate:\n", "  rest: {wait: 2h, next: gate}\n  gate:\n"),
    )
    counter = only(proof_of(plan), "P6")
    assert counter.about == "lift" and "recovery target of 1 h" in counter.missing


def test_p6_counts_from_the_end_of_another_step() -> None:
    plan = changed(
        ("soft: 20m,", "soft: 20m, from: together,"),
        ("next: tell-lead}", "next: rest}\n  rest: {wait: 7m, next: tell-lead}"),
    )
    figure = next(f for f in proof_of(plan).limits if f.kind == "soft limit")
    assert (figure.counted_from, figure.at_best) == ("together is over", 420)
    # tell, ok-words, ok-counsel, tell-customers, and repair with its time-out and five attempts
    assert figure.at_worst == 420 + 315 + 3600 + 3600 + 315 + 1800 + 315


def test_p6_says_how_far_off_a_deadline_must_be() -> None:
    plan = changed(
        ("start: together", "deadlines: {notice: the notice}\nstart: together"),
        ("soft: 20m,", "soft: 20m, before: notice,"),
        ("next: tell-lead}", "next: rest}\n  rest: {wait: 7m, next: tell-lead}"),
    )
    assert any("notice falls at least 27 min after" in p for p in of(proof_of(plan), "P6").provided)


@pytest.mark.parametrize("result", ["on_not_shown", "on_undetermined"])
def test_p7_a_gate_that_cannot_tell_lets_it_pass(result: str) -> None:
    plan = changed((f"    {result}: not-solved", f"    {result}: lift"))
    proof = proof_of(plan)
    if result == "on_not_shown":
        assert of(proof, "P7").standing is Standing.PROVEN
        return
    assert way(only(proof, "P7"))[-4:] == ["repair done", "gate undetermined", "lift done", "over"]


LOOK = """\
plan: p
version: "1"
title: T
steps:
  look: {probe: eye, target: t, wanted: w, next: on, on_not_shown: bad, on_undetermined: rest}
  rest: {wait: 1s, rounds_max: 3, next: on, on_rounds_max: bad}
  on: {page: lead, text: T, within: 5m, next: over, on_unanswered: over}
  over: {end: completed}
  bad: {end: failed}
"""


def test_p7_a_wait_is_no_difference() -> None:
    counter = only(proof_of(LOOK), "P7")
    assert counter.standing is Standing.REFUTED
    assert way(counter) == ["look undetermined", "rest done", "on answered", "over"]


def test_p7_where_both_ways_end_as_failed_nothing_is_taken_for_good() -> None:
    assert of(proof_of(LOOK.replace("completed", "failed")), "P7").standing is Standing.PROVEN


def test_p7_a_text_that_reads_the_result_leaves_it_open() -> None:
    counter = only(proof_of(LOOK.replace("text: T", 'text: "{results.look}"')), "P7")
    assert counter.standing is Standing.NOT_PROVEN and "only a text, reads" in counter.missing


@pytest.mark.parametrize(("to", "stands"), [("judge", Standing.PROVEN), ("over", Standing.REFUTED)])
def test_p7_a_decision_counts_only_on_the_way(to: str, stands: Standing) -> None:
    text = LOOK.replace("next: over, on_unanswered: over", f"next: judge, on_unanswered: {to}")
    text += "  judge: {decide: [{when: results.look == 'shown', next: over}], otherwise: bad, "
    assert of(proof_of(text + "undetermined: bad}\n"), "P7").standing is stands


def test_p8_a_run_that_fails_leaves_in_service_what_was_stopped() -> None:
    again = GOOD[GOOD.index("  stop-again:") : GOOD.index("  call:")]
    lost = (("on_failure: stop-again}\n  over", "on_failure: call}\n  over"), (again, ""))
    plan = changed(*lost)
    unheard = ("on_unanswered: tell-again}", "on_unanswered: not-solved}")
    told_then = GOOD[GOOD.index("  tell-again:") : GOOD.index("  not-solved:")]
    assert of(proof_of(plan), "P8").standing is Standing.PROVEN
    plan = changed(*lost, unheard, (told_then, ""))
    counter = only(proof_of(plan), "P8")
    assert way(counter)[-3:] == ["lift failed", "call unanswered", "not-solved"]
    told = plan.steps["call"]
    assert counter.line != told.line and "neither stopped again nor told" in counter.missing


def test_a_result_without_an_answer_is_an_end_too() -> None:
    plan = changed((",\n               next: seen-again, on_failure: call}",
                    ",\n               next: seen-again}"))  # fmt: skip
    counter = only(proof_of(plan), "P3")
    assert way(counter)[-1] == "stop-again failed"
    assert counter.way[-1].came == "it fails, and the plan has no answer to that"
