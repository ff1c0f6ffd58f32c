"""Structure: the plan can be read, every way leads somewhere, and every result has an answer."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.facts.runs import Ending
from tocsin.playbook.dominance import is_lost_by
from tocsin.playbook.lint.rule import Family, Needs, Severity, Told
from tocsin.playbook.lint.subject import Subject
from tocsin.playbook.steps import Call, End, Look, Parallel
from tocsin.register.mistakes import did_you_mean

STRUCTURE = Family(1, "Structure")
_there = STRUCTURE.told_elsewhere

_there(
    "TP101",
    "not-readable",
    "What cannot be read as it was meant cannot be carried out as it was meant.",
    bad="""
      systems: [hiring]
      owners: data-science-lead   # <-
    """,
    good="""
      systems: [hiring]
      owner: data-science-lead
    """,
)
_there(
    "TP102",
    "unknown-step",
    "A result that leads to a step that is not there ends the run where help is needed.",
    bad="""
      stop-by-hand:   # <-
        ask: The switch did not show its effect. Route applications to people by hand. Done?
        role: on-call
        choices: {done: meanwhile, cannot: meenwhile}
    """,
    good="""
      stop-by-hand:
        ask: The switch did not show its effect. Route applications to people by hand. Done?
        role: on-call
        choices: {done: meanwhile, cannot: meanwhile}
    """,
)
_there(
    "TP103",
    "no-way-leads-there",
    "A step to which no way leads is never carried out, though every reader counts on it.",
    bad="""
      over:
        end: completed
      rest:   # <-
        wait: 1h
        next: over
    """,
    good="""
      over:
        end: completed
    """,
)
_there(
    "TP104",
    "between-branches",
    "A way from one branch into another, or out of it, would cut off what the others do.",
    bad="""
      keep:
        seal: [model, training-data, decisions]
        budget: 1h
        next: tell-executive
        on_insufficient: join
        raci: {accountable: data-science-lead, responsible: [on-call]}
      tell-executive:   # <-
    """,
    good="""
      keep:
        seal: [model, training-data, decisions]
        budget: 1h
        next: join
        on_insufficient: join
        raci: {accountable: data-science-lead, responsible: [on-call]}
      tell-executive:
    """,
)
_there(
    "TP105",
    "circle-without-end",
    "A circle that does not count its rounds can go on for ever, and nobody is called.",
    bad="""
      stop-seen:   # <-
        probe: serving
        target: hiring
        wanted: off
        next: meanwhile
        on_not_shown: settle
        on_undetermined: settle
      settle:   # <-
        wait: 5s
        next: stop-seen
    """,
    good="""
      stop-seen:
        probe: serving
        target: hiring
        wanted: off
        next: meanwhile
        on_not_shown: settle
        on_undetermined: settle
      settle:
        wait: 5s
        rounds_max: 3
        next: stop-seen
        on_rounds_max: stop-by-hand
    """,
)
_there(
    "TP106",
    "condition-that-cannot-be-judged",
    "A condition about what cannot be known, or compared, can never decide anything.",
    bad="""
      which:   # <-
        decide:
          - {when: finding.observed < 1, next: find-target}
    """,
    good="""
      which:
        decide:
          - {when: finding.observed < variables.tolerated, next: find-target}
    """,
)
_there(
    "TP107",
    "gap-that-nothing-fills",
    "Words and orders with a gap that nothing fills say nothing, or cannot be carried out.",
    bad="""
      tell-executive:   # <-
        tell: executive
        subject: "[{incident.id}] Ranking of applications is off"
        text: People decide. Tolerated is {variables.tolerable}, seen was {finding.observed}.
    """,
    good="""
      tell-executive:
        tell: executive
        subject: "[{incident.id}] Ranking of applications is off"
        text: People decide. Tolerated is {variables.tolerated}, seen was {finding.observed}.
    """,
)
_there(
    "TP108",
    "no-branch-for-unknown",
    "Where something asked for is not known, a plan must say what follows instead of guessing.",
    bad="""
      which:   # <-
        decide:
          - {when: finding.observed < variables.tolerated, next: find-target}
        otherwise: redecide
    """,
    good="""
      which:
        decide:
          - {when: finding.observed < variables.tolerated, next: find-target}
        otherwise: redecide
        undetermined: find-target
    """,
)


@STRUCTURE.advice(
    "TP109",
    "unknown-taken-for-no",
    "That a look could not tell is not that it is so or not so: each wants an answer of its own.",
    bad="""
      find-target:   # <-
        probe: rollback-target
        target: hiring@production
        wanted: verified
        next: roll-back
        on_not_shown: retrain
    """,
    good="""
      find-target:
        probe: rollback-target
        target: hiring@production
        wanted: verified
        next: roll-back
        on_not_shown: retrain
        on_undetermined: retrain
    """,
)
def unknown_taken_for_no(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        if isinstance(step, Look) and step.on_undetermined is None and step.on_not_shown:
            yield Told(
                f"steps.{step.id}",
                "what follows when the probe cannot tell is not said",
                f"write `on_undetermined:`; it goes to {step.on_not_shown} as it stands",
            )


@STRUCTURE.advice(
    "TP110",
    "result-without-answer",
    "A step that fails without an answer ends the run as failed, and nothing more is done.",
    bad="""
      pin:   # <-
        act: registry
        target: hiring@pipeline
        wanted: frozen
        undo: running
        next: affected
    """,
    good="""
      pin:
        act: registry
        target: hiring@pipeline
        wanted: frozen
        undo: running
        next: affected
        on_failure: affected
    """,
)
def result_without_answer(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        if isinstance(step, Parallel) or not is_lost_by(step):
            continue
        field = "on_not_shown" if isinstance(step, Look) else "on_failure"
        yield Told(
            f"steps.{step.id}",
            "the plan has no answer when this does not go well",
            f"write `{field}:` and the step that follows",
        )


@STRUCTURE.advice(
    "TP111",
    "cannot-be-completed",
    "A plan of which every end is a failure can never be said to have worked.",
    bad="""
      cause:
        ask: Is the root cause written as counsel chose?
        role: data-science-lead
        choices: {written: failed, not-yet: failed}
        limit: 10d
        on_limit: not-yet
        purpose: [write-root-cause]
        raci: {accountable: data-science-lead, responsible: [data-science-lead]}
    """,
    good="""
      cause:
        ask: Is the root cause written as counsel chose?
        role: data-science-lead
        choices: {written: over, not-yet: over}
        limit: 10d
        on_limit: not-yet
        purpose: [write-root-cause]
        raci: {accountable: data-science-lead, responsible: [data-science-lead]}
      over:
        end: completed
    """,
    at="steps",
)
def cannot_be_completed(subject: Subject) -> Iterator[Told]:
    ends = [step for step in subject.steps if isinstance(step, End)]
    if not any(end.ending is Ending.COMPLETED for end in ends):
        yield Told("steps", "no step says `end: completed`", "let the way that goes well end so")


@STRUCTURE.asking(
    Severity.ERROR,
    (Needs.OTHERS,),
    "TP112",
    "calls-no-plan",
    "A plan that calls one that is not there, or itself by a circle, stops or never stops.",
    bad="""
      over:
        call: feed-compromise   # <-
        limit: 1d
        on_limit: failed
        next: over2
        on_failure: failed
      over2:
        end: completed
    """,
    good="""
      over:
        end: completed
    """,
)
def calls_no_plan(subject: Subject) -> Iterator[Told]:
    plans = {plan.id: plan for plan in (*(subject.others or ()), subject.plan)}
    calls = {
        plan.id: {s.plan for s in plan.steps.values() if isinstance(s, Call)}
        for plan in plans.values()
    }
    for step in subject.steps:
        if not isinstance(step, Call):
            continue
        path = f"steps.{step.id}.call"
        if step.plan not in plans:
            others = sorted(plans.keys() - {subject.plan.id})
            remedy = did_you_mean(step.plan, others, "put its file into HOME/playbooks")
            yield Told(path, f"no plan of the home is called {step.plan}", remedy)
        elif subject.plan.id in _called(step.plan, calls):
            yield Told(path, f"{step.plan} leads back to this plan", "let one of them end instead")


def _called(start: str, calls: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    onward = [start]
    while onward:
        name = onward.pop()
        if name not in found:
            found.add(name)
            onward += calls.get(name, ())
    return found
