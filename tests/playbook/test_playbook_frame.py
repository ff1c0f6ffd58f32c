"""What a plan says around its steps, and what every step may say: read whole, or every mistake."""

from __future__ import annotations

from tocsin.playbook.plan import Audience, Continuity, PostMortemDuty, Variable, VariableType
from tocsin.playbook.read import plan_of, read_plan
from tocsin.playbook.steps import (
    Approve,
    Call,
    Check,
    Criterion,
    Gate,
    Hours,
    Purpose,
)

WHOLE = b"""
plan: whole
version: "2"
title: Every word that may stand around the steps
failure_mode: unfair-outcome
techniques: [AML.T0020, AML.T0043.001]
vendors: [Ground Truth Ltd]
audiences:
  customers: {where: outside, approved_by: [communications, counsel]}
  support: {where: inside}
continuity: {fallback: people, recovery_target: 4h}
variables:
  wakes: {type: decimal, value: "0.25", means: one question in four}
  few: {type: whole number, value: "30", means: too few to tell}
deadlines:
  gdpr-33: the notice to the authority
post_mortem:
  - {duty: Write the root cause, by: data-science-lead, within: 10d}
first_steps: [agree, other]
steps:
  agree:
    approve: Shall customers be told? It fails for {finding.segment}.
    role: counsel
    soft: 10m
    limit: 2h
    from: found
    on_limit: other
    on_declined: other
    next: other
    hours: any
    pre_authorised: incident-commander
    purpose: [choose-root-cause-form]
  other:
    call: vendor-lost
    limit: 3h
    before: gdpr-33
    on_limit: back
    next: back
    on_failure: back
  back:
    gate:
      - {probe: eye, target: hiring, wanted: "on", criterion: fairness}
      - {probe: eye, target: hiring, wanted: "on", criterion: performance}
    purpose: check-fairness
    next: done
    on_not_shown: done
    on_undetermined: which
  which:
    decide:
      - {when: variables.wakes > 0.2 && minutes_to.gdpr_33 < variables.few, next: done}
    otherwise: done
    undetermined: done
  done: {end: completed}
"""


def test_every_word_around_the_steps_is_read() -> None:
    plan = plan_of(WHOLE)
    assert plan.techniques == ("AML.T0020", "AML.T0043.001")
    assert plan.vendors == ("Ground Truth Ltd",)
    assert plan.audiences == {
        "customers": Audience(outside=True, approved_by=("communications", "counsel")),
        "support": Audience(outside=False),
    }
    assert plan.continuity == Continuity(fallback="people", recovery_target_seconds=14400)
    assert plan.variables["wakes"] == Variable(
        type=VariableType.DECIMAL, value="0.25", means="one question in four"
    )
    assert plan.variables["wakes"].held == 0.25 and plan.variables["few"].held == 30
    assert plan.deadlines == {"gdpr-33": "the notice to the authority"}
    assert plan.first_steps == ("agree", "other")
    assert plan.post_mortem == (
        PostMortemDuty(duty="Write the root cause", by="data-science-lead", within_seconds=864000),
    )


def test_every_word_of_a_step_is_read() -> None:
    steps = plan_of(WHOLE).steps
    agree, other, back = steps["agree"], steps["other"], steps["back"]
    assert isinstance(agree, Approve) and isinstance(other, Call) and isinstance(back, Gate)
    assert (agree.role, agree.limit_seconds, agree.soft_seconds) == ("counsel", 7200, 600)
    assert (agree.counted_from, agree.hours) == ("found", Hours.ANY)
    assert agree.pre_authorised == "incident-commander"
    assert agree.purpose == (Purpose.CHOOSE_ROOT_CAUSE_FORM,)
    assert (other.plan, other.before, other.on_failure) == ("vendor-lost", "gdpr-33", "back")
    assert back.purpose == (Purpose.CHECK_FAIRNESS,)
    assert back.checks[0] == Check(
        probe="eye", target="hiring", wanted="on", criterion=Criterion.FAIRNESS
    )


WRONG = {
    ("techniques: [AML.T0020, AML.T0043.001]", "techniques: [T0020]"): "techniques: 'T0020'",
    ("where: outside", "where: outsid"): "audiences.customers.where: 'outsid'",
    ("where: inside", ""): "audiences.support.where: missing",
    ("recovery_target: 4h", "recovery_target: soon"): "continuity.recovery_target: 'soon'",
    ('value: "0.25"', "value: a quarter"): "variables.wakes.value: 'a quarter' is no decimal",
    ("type: whole number", "type: number"): "variables.few.type: 'number'",
    ("few: {", "a-few: {"): "variables.a-few: 'a-few'",
    ("within: 10d}", "within: ten days}"): "post_mortem[0].within: 'ten days'",
    ("first_steps: [agree, other]", "first_steps: [agre]"): "first_steps: no step is called agre",
    ("from: found", "from: fond"): "steps.agree.from: no moment is called fond",
    ("before: gdpr-33", "before: gdpr-34"): "steps.other.before: no deadline is called gdpr-34",
    ("soft: 10m", "soft: 2h"): "steps.agree.soft: not shorter than the limit",
    ("from: found", "from: found\n    before: gdpr-33"): "steps.agree.before: counts from one",
    ("    limit: 3h\n", ""): "steps.other.limit: limit and on_limit belong together",
    ("hours: any", "hours: sometimes"): "steps.agree.hours: 'sometimes'",
    ("purpose: check-fairness", "purpose: check-fairnes"): "check-fairnes is no purpose",
    ("criterion: fairness", "criterion: fair"): "steps.back.gate[0].criterion: 'fair'",
    ("    on_declined: other\n", ""): "steps.agree.on_declined: missing",
    ("    on_undetermined: which\n", ""): "steps.back.on_undetermined: missing",
    ("    on_failure: back\n", ""): "steps.other.on_failure: missing",
    ("minutes_to.gdpr_33", "minutes_to.gdpr_34"): "nothing is known as minutes_to.gdpr_34",
    ("variables.wakes >", "variables.few >"): "steps.which.decide[0].when: >",
}


def test_each_mistake_is_told_where_it_stands() -> None:
    for (right, wrong), told in WRONG.items():
        assert right.encode() in WHOLE, right
        plan, mistakes = read_plan(WHOLE.replace(right.encode(), wrong.encode(), 1))
        assert plan is None, wrong
        assert any(told in str(mistake) for mistake in mistakes), (wrong, mistakes)
