"""Safety: what stops stops at once and is seen to, and what destroys waits for its evidence."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.runs import Effect
from tocsin.playbook.dominance import ahead
from tocsin.playbook.fitting import SWITCH
from tocsin.playbook.lint.responsibility import asked_of, holders_of
from tocsin.playbook.lint.rule import Family, Needs, Severity, Told
from tocsin.playbook.lint.subject import Subject, system_of
from tocsin.playbook.show.sheet import first_steps
from tocsin.playbook.steps import Approve, Gate, Hours, Look, Step

SAFETY = Family(4, "Safety")
ON_LOSS, SAFE, OFF = "on_loss", "safe", "off"

SAFETY.told_elsewhere(
    "TP401",
    "destroys-before-its-evidence",
    "What an act destroys can never be looked at again: on every way it is sealed before.",
    bad="""
      partners:
        ask: Do the partners who use the same feed know?
        role: hiring-lead
        choices: {know: keep, cannot: purge}
        limit: 4h
        on_limit: cannot
        purpose: [notify-partner]
        raci: {accountable: incident-commander, responsible: [hiring-lead]}
      keep:
        seal: [model, decisions]
        budget: 10m
        next: purge
        on_insufficient: failed
        raci: {accountable: data-science-lead, responsible: [on-call]}
      purge:   # <-
    """,
    good="""
      partners:
        ask: Do the partners who use the same feed know?
        role: hiring-lead
        choices: {know: keep, cannot: keep}
        limit: 4h
        on_limit: cannot
        purpose: [notify-partner]
        raci: {accountable: incident-commander, responsible: [hiring-lead]}
      keep:
        seal: [model, decisions]
        budget: 10m
        next: purge
        on_insufficient: failed
        raci: {accountable: data-science-lead, responsible: [on-call]}
      purge:
    """,
)


@SAFETY.error(
    "TP402",
    "stop-that-nobody-sees",
    "A stop that was only ordered may not have stopped anything: done means seen.",
    bad="""
      stop:   # <-
        act: kill-switch
        target: assistant.knowledge
        wanted: off
        effect: stop
        undo: on
        next: pin
        on_failure: failed
        raci: {accountable: incident-commander, responsible: [on-call]}
    """,
    good="""
      stop:
        act: kill-switch
        target: assistant.knowledge
        wanted: off
        effect: stop
        undo: on
        next: stop-seen
        on_failure: failed
        raci: {accountable: incident-commander, responsible: [on-call]}
      stop-seen:
        probe: serving
        target: assistant
        wanted: off
        next: pin
        on_not_shown: failed
        on_undetermined: failed
    """,
)
def stop_that_nobody_sees(subject: Subject) -> Iterator[Told]:
    stops = [stop.id for stop in subject.stops]
    seen = ahead(subject.plan, lambda step, field: _sees(step, field, stops))
    for stop in stops:
        if stop not in seen.get(stop, {stop}):
            yield Told(
                f"steps.{stop}",
                "a way leads on from here on which no probe looks whether it stopped",
                "let a `probe:` step follow that looks for the wanted state",
            )


def _sees(step: Step, field: str, stops: list[str]) -> list[str]:
    """The stops that have been looked at; one that did not even go well needs no look."""
    if isinstance(step, Look | Gate):
        return stops
    return [step.id] if step.id in stops and field != "next" else []


@SAFETY.error(
    "TP403",
    "stop-without-undo",
    "A stop passes every gate because it can be taken back: without an undo it is no stop.",
    bad="""
      stop:   # <-
        act: kill-switch
        target: hiring.model
        wanted: off
        effect: stop
        next: stop-seen
    """,
    good="""
      stop:
        act: kill-switch
        target: hiring.model
        wanted: off
        effect: stop
        undo: on
        next: stop-seen
    """,
)
def stop_without_undo(subject: Subject) -> Iterator[Told]:
    for stop in subject.stops:
        if stop.undo is None:
            remedy = "write `undo:` and the state that takes it back, or `effect: change`"
            yield Told(f"steps.{stop.id}", "a stop that nothing takes back", remedy)


@SAFETY.advice(
    "TP404",
    "change-without-undo",
    "Before a change is made somebody must know how it is taken back, or why that cannot be.",
    bad="""
      pin:   # <-
        act: registry
        target: hiring@pipeline
        wanted: frozen
        next: affected
    """,
    good="""
      pin:
        act: registry
        target: hiring@pipeline
        wanted: frozen
        undo: running
        next: affected
    """,
)
def change_without_undo(subject: Subject) -> Iterator[Told]:
    for act in subject.acts:
        if act.effect is not Effect.STOP and act.undo is None and act.no_undo is None:
            remedy = "write `undo:` (a state, or `before`), or `no_undo:` and why there is none"
            yield Told(f"steps.{act.id}", "nothing says how this is taken back", remedy)


@SAFETY.error(
    "TP405",
    "undo-that-undoes-nothing",
    "An undo that brings the very same state leaves people with a stop that they cannot lift.",
    bad="""
      pin:
        act: registry
        target: hiring@pipeline
        wanted: frozen
        undo: frozen   # <-
    """,
    good="""
      pin:
        act: registry
        target: hiring@pipeline
        wanted: frozen
        undo: running
    """,
)
def undo_that_undoes_nothing(subject: Subject) -> Iterator[Told]:
    for act in subject.acts:
        if act.undo == act.wanted:
            found = "the undo is the state that is wanted"
            yield Told(f"steps.{act.id}.undo", found, "name the state that was there before")


@SAFETY.error(
    "TP406",
    "stop-that-waits",
    "A stop can be taken back and harm cannot: it waits for nobody's approval.",
    bad="""
      stop:
        act: kill-switch
        target: hiring.model
        wanted: off
        effect: stop
        approvals: 1   # <-
        undo: on
        next: stop-seen
    """,
    good="""
      stop:
        act: kill-switch
        target: hiring.model
        wanted: off
        effect: stop
        undo: on
        next: stop-seen
    """,
)
def stop_that_waits(subject: Subject) -> Iterator[Told]:
    asked = [step for step in subject.steps if isinstance(step, Approve)]
    for stop in subject.stops:
        behind = subject.behind.get(stop.id, frozenset())
        before = next((one.id for one in asked if f"ended {one.id}" in behind), None)
        if stop.approvals:
            remedy = "remove `approvals:`; who may stop is said by register and raci"
            yield Told(f"steps.{stop.id}.approvals", "a stop that waits for approvals", remedy)
        elif before is not None and "a stop" not in behind:
            yield Told(
                f"steps.{stop.id}",
                f"the first stop, and it waits for {before}",
                "stop first, and ask afterwards whether it stays",
            )


@SAFETY.asking(
    Severity.ADVICE,
    (Needs.HOUSE,),
    "TP407",
    "switch-that-stays-on",
    "When nobody hears the switch any more, the safe state is off: an outage must not undo a stop.",
    of="register",
    at="steps.stop.act",
    bad="""
      flags = "hiring.model, assistant.knowledge"
      on_loss = "last"
      last_for_seconds = "3600"
    """,
    good="""
      flags = "hiring.model, assistant.knowledge"
      on_loss = "safe"
    """,
)
def switch_that_stays_on(subject: Subject) -> Iterator[Told]:
    if subject.house is None:
        return
    integrations = subject.house.register.integrations
    hands = {stop.connector: stop for stop in reversed(subject.stops)}
    for name, stop in hands.items():
        one = integrations.get(name)
        if one is None or one.kind != SWITCH or one.settings.get(ON_LOSS, SAFE) == SAFE:
            continue
        yield Told(
            f"steps.{stop.id}.act",
            f"{name} stays as it was last heard when it is lost, so that what was on stays on",
            f'write `{ON_LOSS} = "{SAFE}"` for it in register/',
        )


@SAFETY.asking(
    Severity.ADVICE,
    (Needs.HOUSE, Needs.OTHERS),
    "TP408",
    "trips-another-plan",
    "A stop that looks like a failure to another detector opens a second incident for one cause.",
    bad="""
      stop:
        act: webhook   # <-
        target: hiring.model
        wanted: off
        effect: stop
    """,
    good="""
      stop:
        act: kill-switch
        target: hiring.model
        wanted: off
        effect: stop
    """,
)
def trips_another_plan(subject: Subject) -> Iterator[Told]:
    if subject.house is None or subject.house.detectors is None:
        return
    systems, detectors = subject.house.register.systems, subject.house.detectors
    for stop in subject.stops:
        system = systems.get(system_of(stop.target))
        if system is None or stop.wanted != OFF:
            continue
        # What a system's own switch did explains a finding about it: see `caused_by`.
        shaken = {system.id} if system.switch != stop.connector else set[str]()
        shaken |= {system.fallback} if system.fallback is not None else set[str]()
        watching = {name for one in shaken for name in detectors.get(one, ())}
        tripped = [
            f"{trigger}, which starts {other.id}"
            for other in subject.others or ()
            for trigger in other.triggers
            if trigger in watching
        ]
        if tripped:
            yield Told(
                f"steps.{stop.id}.act",
                f"this may trip {'; '.join(sorted(tripped))}, as if it were another failure",
                "act through the switch that the register names for the system, so that the "
                "finding is known to be caused by it, or let that plan begin by looking for a stop",
            )


@SAFETY.error(
    "TP409",
    "first-step-only-by-day",
    "Harm begins at night too: each of the first five steps is for somebody who is there, or was "
    "allowed beforehand.",
    bad="""
      keep:
        seal: [model, training-data, decisions]
        budget: 1h
        hours: working   # <-
        next: join
        on_insufficient: join
        raci: {accountable: data-science-lead, responsible: [ethics-board]}
    """,
    good="""
      keep:
        seal: [model, training-data, decisions]
        budget: 1h
        next: join
        on_insufficient: join
        raci: {accountable: data-science-lead, responsible: [on-call]}
    """,
)
def first_step_only_by_day(subject: Subject) -> Iterator[Told]:
    if subject.mode is FailureMode.REGULATORY_INQUIRY:
        return  # an authority's letter comes by day, and its harm is counted in days
    for name in first_steps(subject.plan):
        step = subject.plan.steps.get(name)
        if step is None or step.hours is not Hours.WORKING or step.pre_authorised is not None:
            continue
        if not _has_deputies(subject, step):
            yield Told(
                f"steps.{name}.hours",
                "one of the first steps, and it waits for the morning",
                "let a role do it that is there at any hour (`hours: any`), or say who allowed it "
                "before any incident: `pre_authorised: role`",
            )


def _has_deputies(subject: Subject, step: Step) -> bool:
    """Whether somebody of the roles has a deputy who does not keep hours."""
    if subject.house is None:
        return False
    register = subject.house.register
    names = [
        name
        for role in asked_of(step)
        for person in holders_of(register, role)
        for name in person.deputies
    ]
    return any(not register.people[name].hours for name in names if name in register.people)
