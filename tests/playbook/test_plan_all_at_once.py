"""Mistakes of form hide no mistake of reference: all of a file are told in one reading."""

from __future__ import annotations

from tocsin.playbook import read_plan

PLAN = b"""\
plan: x
version: "1"
title: t
start: nowhere
steps:
  stop:
    act: hand
    target: a
    wated: b
    next: missing
  half:
    wait: soon
    next: stop
  over:
    end: completed
"""


def test_form_and_reference_are_told_together() -> None:
    plan, mistakes = read_plan(PLAN, "p.yaml")
    assert plan is None
    told = {(m.line, m.path) for m in mistakes}
    assert {(9, "steps.stop.wated"), (12, "steps.half.wait")} <= told
    assert (4, "start") in told
    assert any(path == "steps.stop.next" for _, path in told)


def test_a_step_with_a_mistake_still_counts_as_there() -> None:
    fixed = PLAN.replace(b"start: nowhere", b"start: half").replace(b"missing", b"over")
    _, mistakes = read_plan(fixed, "p.yaml")
    assert not [m for m in mistakes if "no step is called" in m.found]


def test_a_limit_that_names_no_choice_is_told_together_with_the_others() -> None:
    ask = b"""\
  ask:
    ask: Sure
    role: lead
    choices: {stay: over, leave: over}
    limit: 9m
    on_limit: leve
  over:
"""
    _, mistakes = read_plan(PLAN.replace(b"  over:\n", ask), "p.yaml")
    told = {(m.line, m.path): m for m in mistakes}
    assert told[19, "steps.ask.on_limit"].remedy == 'did you mean "leave"?'
    assert (9, "steps.stop.wated") in told
