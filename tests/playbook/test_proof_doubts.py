"""What a counter-example says of itself: whether its conditions can hold together."""

from __future__ import annotations

from proof_plan import of, only, proof_of, way

from tocsin.desk.acting.attempt import BACKOFF_FIRST, BACKOFF_MOST
from tocsin.playbook.proof import Standing
from tocsin.playbook.proof.spans import BACKOFF_FIRST_SECONDS, BACKOFF_MOST_SECONDS

HEAD = """\
plan: p
version: "1"
title: T
communication: [{audience: board, within: 8h, by: lead}]
steps:
"""
TELL = """\
  tell: {tell: board, subject: S, text: T, through: mail, next: over, on_failure: over}
  over: {end: completed}
"""


def plan(steps: str) -> str:
    return f"{HEAD}{steps}{TELL}"


def test_the_same_condition_true_and_false_is_likely_infeasible_and_refutes_nothing() -> None:
    proof = proof_of(
        plan("""\
  one: {decide: [{when: severity == 'sev1', next: two}], otherwise: tell, undetermined: tell}
  two: {decide: [{when: severity == 'sev1', next: tell}], otherwise: over, undetermined: tell}
""")
    )
    counter = only(proof, "P4")
    assert of(proof, "P4").standing is counter.standing is Standing.NOT_PROVEN
    assert way(counter) == ["one 1", "two otherwise", "over"]
    assert counter.doubt == (
        "likely infeasible: 'one' takes `severity == 'sev1'` for true and 'two' for false"
    )


def test_a_way_that_does_not_contradict_itself_is_sought_first() -> None:
    proof = proof_of(
        plan("""\
  one: {decide: [{when: severity == 'sev1', next: two}], otherwise: again, undetermined: tell}
  again: {wait: 1m, next: two}
  two: {decide: [{when: severity == 'sev1', next: tell}], otherwise: over, undetermined: tell}
""")
    )
    counter = only(proof, "P4")
    assert counter.standing is Standing.REFUTED
    assert way(counter) == ["one otherwise", "again done", "two otherwise", "over"]
    assert counter.doubt == (
        "may not be possible: it takes `otherwise` of 'one' and `otherwise` of 'two', whose "
        "conditions may exclude each other"
    )


def test_branches_of_other_conditions_may_exclude_each_other() -> None:
    counter = only(
        proof_of(
            plan("""\
  one: {decide: [{when: severity == 'sev1', next: two}], otherwise: tell, undetermined: tell}
  two: {decide: [{when: finding.observed > 0.5, next: over}], otherwise: tell, undetermined: tell}
""")
        ),
        "P4",
    )
    assert counter.standing is Standing.REFUTED and counter.doubt == (
        "may not be possible: it takes branch 1 of 'one' and branch 1 of 'two', whose conditions "
        "may exclude each other"
    )


def test_one_decision_alone_is_not_doubted() -> None:
    counter = only(
        proof_of(
            plan("""\
  one: {decide: [{when: severity == 'sev1', next: over}], otherwise: tell, undetermined: tell}
""")
        ),
        "P4",
    )
    assert (counter.standing, counter.doubt) == (Standing.REFUTED, "")


def test_a_condition_that_the_way_itself_denies() -> None:
    counter = only(
        proof_of(
            plan("""\
  ask: {ask: Q, role: r, choices: {a: one, b: tell}, limit: 1h, on_limit: b}
  one: {decide: [{when: answers.ask == 'b', next: over}], otherwise: tell, undetermined: tell}
""")
        ),
        "P4",
    )
    assert counter.standing is Standing.NOT_PROVEN
    assert "'one' takes `answers.ask == 'b'` for true, though 'ask' came to a" in counter.doubt


def test_the_same_question_answered_in_two_ways() -> None:
    counter = only(
        proof_of(
            plan(
                """\
  ask: {ask: Is it bad?, role: r, choices: {a: again, b: tell}, limit: 1h, on_limit: b}
  again: {ask: Is it bad?, role: r, choices: {a: tell, b: over}, limit: 1h, on_limit: b}
""".replace("Is it bad?", '"Is it bad?"')
            )
        ),
        "P4",
    )
    assert counter.standing is Standing.NOT_PROVEN
    assert counter.doubt == (
        "likely infeasible: 'ask' and 'again' ask the same, and are answered otherwise"
    )


def test_what_a_condition_asks_for_may_change_in_a_circle() -> None:
    counter = only(
        proof_of(
            plan("""\
  look: {probe: eye, target: t, wanted: w, next: one, on_not_shown: one}
  one: {decide: [{when: results.look == 'shown', next: over}], otherwise: rest, undetermined: tell}
  rest: {wait: 1m, rounds_max: 2, next: look, on_rounds_max: tell}
""")
        ),
        "P4",
    )
    assert counter.standing is Standing.REFUTED
    assert way(counter) == ["look shown", "one 1", "over"]


def test_further_counter_examples_are_counted() -> None:
    many = "".join(
        f"  s{n}: {{act: a, target: t{n}, wanted: off, effect: stop, undo: on, next: s{n + 1}}}\n"
        for n in range(60)
    )
    found = of(proof_of(f"{HEAD}{many}  s60: {{end: completed}}\n"), "P3")
    assert (len(found.counters), found.more, found.all_counted) == (5, 45, False)
    assert all(counter.way for counter in found.counters)


def test_the_pauses_between_attempts_are_those_of_the_desk() -> None:
    desk = (BACKOFF_FIRST.total_seconds(), BACKOFF_MOST.total_seconds())
    assert desk == (BACKOFF_FIRST_SECONDS, BACKOFF_MOST_SECONDS)
