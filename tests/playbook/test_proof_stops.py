"""What counts as a stop, as back in service, as a gate and as told; each once slipped by."""

from __future__ import annotations

import pytest
from proof_plan import GOOD, changed, of, only, proof_of, way

from tocsin.playbook.proof import Standing

GATE = GOOD[GOOD.index("  gate:\n") : GOOD.index("  lift:")]
NO_GATE = ((GATE, ""), ("next: gate", "next: lift"))
LIFT = "lift: {act: switch, target: assistant.model, wanted: on, undo: off,"
UNTOLD = ("on_unanswered: tell-again}", "on_unanswered: not-solved}")
TELL = (GOOD[GOOD.index("  tell-again:") : GOOD.index("  not-solved:")], "")


def test_a_second_stop_that_fails_has_stopped_nothing() -> None:
    assert of(proof_of(changed()), "P8").standing is Standing.PROVEN
    counter = only(proof_of(changed(UNTOLD, TELL)), "P8")
    assert way(counter)[-4:] == [
        "lift failed", "stop-again failed", "call unanswered", "not-solved"
    ]  # fmt: skip


def test_words_that_were_not_sent_tell_nobody_where_the_plan_knows_another_way() -> None:
    other = (
        "next: not-solved,\n               on_failure: not-solved}",
        "next: not-solved,\n               on_failure: ask}\n"
        "  ask: {ask: Q, role: lead, choices: {a: not-solved}, limit: 1h, on_limit: a}",
    )
    counter = only(proof_of(changed(other)), "P8")  # fmt: skip
    assert way(counter)[-3:] == ["tell-again failed", "ask a", "not-solved"]


@pytest.mark.parametrize("id", ["P4", "P8"])
def test_that_words_can_be_sent_is_said_to_be_taken_for_granted(id: str) -> None:
    proof = proof_of(GOOD)
    assert any("words can be sent" in one for one in of(proof, id).provided)
    assert any("Words can be sent" in one for one in proof.abstraction)


@pytest.mark.parametrize(
    ("id", "words"),
    [("P1", "the system is armed"), ("P5", "what an approval says is not read")],
)
def test_what_it_holds_under_is_printed(id: str, words: str) -> None:
    assert any(words in one for one in of(proof_of(GOOD), id).provided)


def test_a_limit_from_a_moment_before_a_circle_is_judged_at_the_first_visit() -> None:
    text = """\
plan: p
version: "1"
title: T
steps:
  look: {probe: eye, target: t, wanted: w, next: over, on_not_shown: again, soft: 1h%s}
  again: {wait: 1s, rounds_max: 3, next: look, on_rounds_max: over}
  over: {end: completed}
"""
    said = of(proof_of(text % ", from: run"), "P6").provided
    assert any("first visit only: look" in one for one in said)
    assert not of(proof_of(text % ""), "P6").provided


@pytest.mark.parametrize(
    "lift",
    [
        LIFT.replace("wanted: on", "wanted: limited"),
        LIFT.replace("assistant.model", "assistant"),
        LIFT.replace("switch", "other-switch"),
        LIFT.replace("undo: off", "undo: off, effect: stop"),
        LIFT.replace(
            "undo: off",
            "effect: destroy, approvals: 2, evidence: [model], limit: 1h, "
            "on_limit: stop-again, on_declined: stop-again",
        ),
    ],
)
def test_back_in_service_under_another_spelling_needs_a_gate(lift: str) -> None:
    proof = proof_of(changed(*NO_GATE, (LIFT, lift)))
    assert "lift" in [c.about for c in of(proof, "P3").counters]
    assert of(proof, "P3").standing is Standing.REFUTED


def test_another_hand_on_a_mere_part_does_not_put_the_whole_back() -> None:
    part = LIFT.replace("switch", "store").replace("assistant.model", "assistant.model.log")
    part = part.replace("wanted: on", "wanted: apart")
    assert of(proof_of(changed(*NO_GATE, (LIFT, part))), "P3").standing is Standing.PROVEN


def test_a_gate_for_something_else_is_none() -> None:
    looks = "gate: [{probe: eye, target: assistant,"
    counter = only(proof_of(changed((looks, looks.replace("assistant", "canteen")))), "P3")
    assert counter.about == "lift" and "no gate for a system of the plan" in counter.missing


def test_a_stop_that_was_seen_to_have_failed_is_not_the_end_of_it() -> None:
    text = """\
plan: p
version: "1"
title: T
steps:
  stop: {act: switch, target: assistant, wanted: off, effect: stop, undo: on, next: seen,
         on_failure: hand}
  hand: {ask: Q, role: lead, choices: {a: bad}, limit: 1h, on_limit: a}
  seen: {probe: eye, target: assistant, wanted: off, next: over, on_not_shown: rest,
         on_undetermined: hand}
  rest: {wait: 1s, next: over}
  over: {end: completed}
  bad: {end: failed}
"""
    counter = only(proof_of(text), "P3")
    assert counter.standing is Standing.REFUTED
    assert way(counter) == ["stop done", "seen not-shown", "rest done", "over"]
    better = text.replace("on_not_shown: rest", "on_not_shown: hand")
    better = better.replace("  rest: {wait: 1s, next: over}\n", "")
    assert of(proof_of(better), "P3").standing is Standing.PROVEN


def test_nobody_knows_whether_a_stop_or_what_takes_it_back_beside_it_comes_last() -> None:
    beside = (
        (LIFT + " next: over,\n         on_failure: stop-again}",
         LIFT + " next: join,\n         on_failure: join}"),
        ("parallel: [stop, keep]", "parallel: [stop, keep, lift]"),
        (GATE, ""), ("next: gate", "next: stop-again"),
        ("seen-again: {probe: eye, target: assistant, wanted: off, next: not-solved,",
         "seen-again: {probe: eye, target: assistant, wanted: off, next: over,"),
    )  # fmt: skip
    proof = proof_of(changed(*beside))
    assert of(proof, "P3").standing is Standing.NOT_PROVEN
    assert "in another branch" in of(proof, "P3").counters[0].missing
