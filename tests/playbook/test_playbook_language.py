"""The wider language: decide, seal, page, tell; what stands around the steps; all mistakes told."""

from __future__ import annotations

import pytest

from tocsin.facts.incidents import Phase, Severity
from tocsin.facts.runs import Effect
from tocsin.playbook import plan_of, read_plan
from tocsin.playbook.steps import Act, Decide, Page, Seal, Tell

HEAD = "plan: p\nversion: 1\ntitle: T\n"
WHOLE = (
    HEAD
    + """\
failure_mode: degradation
systems: [assistant]
owner: ana
review_by: 2027-05-31
triggers: [fallback-rate]
severity:
  - {when: finding.observed >= 0.3, severity: sev1, reason: a third}
  - {when: "true", severity: sev3, reason: rest}
communication:
  - {audience: support-lead, within: 10m, by: incident-commander}
steps:
  call: {page: on-call, text: "{finding.metric} is {finding.observed}", within: 5m, next: keep,
         on_unanswered: keep}
  keep: {seal: [model, requests], budget: 60s, next: find, on_insufficient: find}
  find: {probe: target, target: m, wanted: verified, next: which, on_not_shown: over}
  which:
    decide:
      - {when: results.keep == 'sealed' && severity == 'sev1', next: back}
      - {when: sealed.model, next: say}
    otherwise: say
    undetermined: say
    phase: detection-analysis
    raci: {responsible: [data-science], accountable: lead, informed: [support]}
  back: {act: registry, target: "m@{find.value}", wanted: "version:{find.value}", undo: before,
         effect: destroy, evidence: [model], approvals: 2, limit: 1h, next: say, on_failure: over}
  say: {tell: support, subject: "{incident.id}", text: "Up to {find.value}", through: mail,
        next_update: 30m, next: over}
  over: {end: completed}
"""
)


def told(text: str) -> list[str]:
    plan, mistakes = read_plan(text.encode(), "p.yaml")
    assert (plan is None) == bool(mistakes)
    return [str(mistake) for mistake in mistakes]


def test_every_word_of_a_whole_plan_is_read() -> None:
    plan = plan_of(WHOLE.encode())
    assert (plan.failure_mode, plan.systems, plan.owner) == ("degradation", ("assistant",), "ana")
    assert (plan.triggers, plan.review_by) == (("fallback-rate",), "2027-05-31")
    assert [r.severity for r in plan.severity] == [Severity.SEV1, Severity.SEV3]
    chain = plan.communication[0]
    assert (chain.audience, chain.within_seconds, chain.by) == (
        "support-lead", 600, "incident-commander",
    )  # fmt: skip
    call, keep, which = plan.steps["call"], plan.steps["keep"], plan.steps["which"]
    back, say = plan.steps["back"], plan.steps["say"]
    assert isinstance(call, Page) and (call.role, call.within_seconds) == ("on-call", 300)
    assert isinstance(keep, Seal) and (keep.items, keep.seconds) == (("model", "requests"), 60)
    assert isinstance(which, Decide) and [b.next for b in which.branches] == ["back", "say"]
    assert which.phase is Phase.DETECTION and which.raci is not None
    assert (which.raci.accountable, which.raci.responsible) == ("lead", ("data-science",))
    assert isinstance(back, Act) and back.effect is Effect.DESTROY and back.evidence == ("model",)
    assert isinstance(say, Tell) and (say.audiences, say.next_update_seconds) == (
        ("support",),
        1800,
    )
    assert plan.connectors == {"registry", "mail"} and plan.roles == {"on-call"}
    assert plan.audiences_told == {"support"} and plan.evidence == {"model", "requests"}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("finding.observed >= 0.3", "finding.obsreved >= 0.3", 'did you mean "finding.observed"?'),
        ("finding.observed >= 0.3", "finding.observed >= 1", "1.0, not 1"),
        ("finding.observed >= 0.3", "finding.metric", "gives STRING, not yes or no"),
        ("finding.observed >= 0.3", "finding.observed >=", "not a condition"),
        ("results.keep ==", "results.kept ==", 'did you mean "results.keep"?'),
        ("    otherwise: say\n", "", "steps.which.otherwise: missing"),
        ("    undetermined: say\n", "", "steps.which.undetermined: missing"),
        ("next: back}", "next: bakc}", 'did you mean "back"?'),
        (", on_insufficient: find", "", "steps.keep.on_insufficient: missing"),
        ("budget: 60s, ", "", "steps.keep.budget: missing"),
        ("approvals: 2, limit: 1h, ", "", "write `approvals: 2`"),
        ("effect: destroy", "effect: destory", 'did you mean "destroy"?'),
        ("effect: destroy", "effect: tell", "write one of stop, change, destroy"),
        ("effect: destroy", "effect: stop", "a stop waits for no evidence"),
        ("accountable: lead", "accountable: [lead, other]", "not one role"),
        ("accountable: lead, ", "", "raci.accountable: missing"),
        ("phase: detection-analysis", "phase: analysis", 'did you mean "detection-analysis"'),
        ("{finding.metric} is", "{finding.metrics} is", 'did you mean "finding.metric"?'),
        ("{finding.metric} is", "{ is", "a brace that holds no name"),
        ('"version:{find.value}"', '"version:{fnd.value}"', 'did you mean "find"?'),
        ('"Up to {find.value}"', '"Up to {keep.value}"', "no probe step is called keep"),
        ("severity: sev1", "severity: sev0", 'did you mean "sev'),
        ("within: 10m", "within: soon", "write a duration"),
        ("within: 10m, ", "", "communication[0].within: missing"),
        ("2027-05-31", "2027-02-31", "write a day such as"),
        ("[model, requests]", "[model, model]", "model stands twice"),
        ("[model, requests]", "[]", "not a list of names"),
        ("page: on-call", "page: 'the on-call'", "use letters, digits"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_remedy(old: str, new: str, why: str) -> None:
    assert old in WHOLE
    found = told(WHOLE.replace(old, new))
    assert any(why in mistake for mistake in found), found


def test_braces_in_the_words_of_an_old_plan_stay_what_they_were() -> None:
    text = (
        HEAD
        + """\
steps:
  a: {act: c, target: "{x}", wanted: '{"replicas": 0}', next: over}
  over: {end: completed}
"""
    )
    step = plan_of(text.encode()).steps["a"]
    assert isinstance(step, Act) and (step.target, step.wanted) == ("{x}", '{"replicas": 0}')
    assert (step.effect, step.evidence) == (Effect.CHANGE, ())
