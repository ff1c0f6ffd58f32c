"""Communication: whoever must hear of it does, in time, and no word goes outside unapproved."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.facts.failure_modes import Trait
from tocsin.playbook.lint.limits import told
from tocsin.playbook.lint.rule import Family, Told
from tocsin.playbook.lint.subject import Subject, ended, is_counsel, reached_by, yes_of
from tocsin.playbook.steps import Approve, Ask, Page, Purpose, Step, Tell
from tocsin.register.audiences import outside_audience
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Register

COMMUNICATION = Family(6, "Communication")


@COMMUNICATION.error(
    "TP601",
    "outside-words-unapproved",
    "A word said outside cannot be taken back: on every way whoever must agree has agreed before, "
    "and counsel.",
    bad="""
      words:
        approve: The letter to the applicants
        role: communications
        limit: 1d
        on_limit: failed
        on_declined: failed
        next: counsel-agrees
        raci: {accountable: hiring-lead, responsible: [communications]}
      counsel-agrees:
        approve: The letter to the applicants, by law
        role: counsel
        limit: 1d
        on_limit: tell-applicants
        on_declined: failed
        next: tell-applicants
        raci: {accountable: hiring-lead, responsible: [counsel]}
      tell-applicants:   # <-
    """,
    good="""
      words:
        approve: The letter to the applicants
        role: communications
        limit: 1d
        on_limit: failed
        on_declined: failed
        next: counsel-agrees
        raci: {accountable: hiring-lead, responsible: [communications]}
      counsel-agrees:
        approve: The letter to the applicants, by law
        role: counsel
        limit: 1d
        on_limit: failed
        on_declined: failed
        next: tell-applicants
        raci: {accountable: hiring-lead, responsible: [counsel]}
      tell-applicants:
    """,
)
def outside_words_unapproved(subject: Subject) -> Iterator[Told]:
    audiences = subject.plan.audiences
    counsel = {yes_of(s.role) for s in subject.steps
               if isinstance(s, Approve | Ask) and is_counsel(s.role)}  # fmt: skip
    for step in subject.steps:
        outside = [
            audiences[name]
            for name in (step.audiences if isinstance(step, Tell) else ())
            if name in audiences and audiences[name].outside
        ]
        if not outside:
            continue
        behind = subject.behind.get(step.id, frozenset())
        asked = dict.fromkeys(role for audience in outside for role in audience.approved_by)
        lacking = [role for role in asked if yes_of(role) not in behind]
        if not counsel & behind and not any(is_counsel(role) for role in lacking):
            lacking.append("counsel")
        if lacking:
            yield Told(
                f"steps.{step.id}",
                f"a way leads to these words outside without a yes of {' and '.join(lacking)}",
                "let every way here come through the `next` of an `approve:` step of each",
            )


@COMMUNICATION.advice(
    "TP602",
    "audience-never-informed",
    "Whoever the plan names as an audience and never tells hears of it from somebody else.",
    bad="""
      audiences:
        regulator: {where: outside, approved_by: [counsel]}   # <-
        applicants: {where: outside, approved_by: [communications]}
    """,
    good="""
      audiences:
        applicants: {where: outside, approved_by: [communications]}
    """,
)
def audience_never_informed(subject: Subject) -> Iterator[Told]:
    reached = _reached(subject)
    linked = {link.audience for link in subject.plan.communication}
    for name in subject.plan.audiences:
        if name not in reached and name not in linked:
            yield Told(
                f"audiences.{name}", f"no step tells {name}", "add a `tell:` step, or remove it"
            )


@COMMUNICATION.advice(
    "TP603",
    "audience-not-declared",
    "Of an audience that is not declared nobody knows whether words to it go outside.",
    bad="""
      tell-executive:
        tell: [executive, unions]   # <-
    """,
    good="""
      tell-executive:
        tell: executive
    """,
)
def audience_not_declared(subject: Subject) -> Iterator[Told]:
    known = {*subject.plan.audiences}
    if not known:
        return
    inside = _roles(subject)
    people = subject.house.register.people.values() if subject.house is not None else ()
    there = {name for person in people for name in (person.id, *person.roles)}
    for step in subject.steps:
        for name in step.audiences if isinstance(step, Tell) else ():
            if name in known or name in inside or name in _unguarded(subject, step):
                continue
            if subject.house is None or name in there:  # else that nobody is it is told already
                remedy = did_you_mean(name, sorted(known), "declare it under `audiences:`")
                yield Told(f"steps.{step.id}.tell", f"no audience is called {name}", remedy)


@COMMUNICATION.advice(
    "TP604",
    "partners-not-told",
    "Partners who use the same supply fail at the same hour, and learn why only when told.",
    bad="""
      partners:
        ask: Do the partners who use the same feed know?
        role: hiring-lead
        choices: {know: keep, cannot: keep}
        limit: 4h
        on_limit: cannot
    """,
    good="""
      partners:
        ask: Do the partners who use the same feed know?
        role: hiring-lead
        choices: {know: keep, cannot: keep}
        limit: 4h
        on_limit: cannot
        purpose: [notify-partner]
    """,
    at="steps",
)
def partners_not_told(subject: Subject) -> Iterator[Told]:
    if subject.has(Trait.NEEDS_VENDOR) and not subject.for_(Purpose.NOTIFY_PARTNER):
        remedy = "let the step that does it say `purpose: [notify-partner]`"
        yield Told("steps", "no step tells partners", remedy)


@COMMUNICATION.error(
    "TP605",
    "root-cause-before-counsel",
    "A root cause once written can be demanded: counsel chooses before who writes it, and how.",
    at="steps.cause",
    bad="""
      tell-applicants:
        tell: applicants
        subject: Your application
        text: Your application was ranked by a system that erred. People have decided anew.
        through: mail
        next: cause-form
        on_failure: cause
    """,
    good="""
      tell-applicants:
        tell: applicants
        subject: Your application
        text: Your application was ranked by a system that erred. People have decided anew.
        through: mail
        next: cause-form
        on_failure: failed
    """,
)
def root_cause_before_counsel(subject: Subject) -> Iterator[Told]:
    choosing = [
        step.id for step in subject.for_(Purpose.CHOOSE_ROOT_CAUSE_FORM) if _by_counsel(step)
    ]
    if subject.has(Trait.NEEDS_COUNSEL) and not subject.for_(Purpose.CHOOSE_ROOT_CAUSE_FORM):
        yield Told(
            "steps",
            "no step lets counsel choose how the root cause is written, and who writes it",
            "let a step of counsel say `purpose: [choose-root-cause-form]`",
        )
        return
    for step in subject.for_(Purpose.WRITE_ROOT_CAUSE):
        behind = subject.behind.get(step.id, frozenset())
        if not any(ended(one) in behind for one in choosing) and step.id not in choosing:
            yield Told(
                f"steps.{step.id}",
                "a way leads here on which counsel has not chosen how the root cause is written",
                "let a step of counsel come before, with `purpose: [choose-root-cause-form]`",
            )


def _by_counsel(step: Step) -> bool:
    roles = [step.role] if isinstance(step, Ask | Approve | Page) else []
    if step.raci is not None:
        roles += [step.raci.accountable, *step.raci.responsible]
    return any(is_counsel(role) for role in roles)


@COMMUNICATION.error(
    "TP606",
    "link-that-no-step-keeps",
    "A link of the communication chain that no step carries out is a promise to nobody.",
    bad="""
      communication:
        - {audience: applicants, within: 30d, by: hiring-lead}
        - {audience: press, within: 1d, by: hiring-lead}   # <-
    """,
    good="""
      communication:
        - {audience: applicants, within: 30d, by: hiring-lead}
    """,
)
def link_that_no_step_keeps(subject: Subject) -> Iterator[Told]:
    reached = _reached(subject)
    for number, link in enumerate(subject.plan.communication):
        if link.audience not in reached:
            remedy = did_you_mean(link.audience, sorted(reached), "add a `tell:` step for them")
            yield Told(f"communication[{number}]", f"no step informs {link.audience}", remedy)


@COMMUNICATION.error(
    "TP607",
    "told-too-late",
    "Whoever shall hear within a time cannot, when the waits before it alone take longer.",
    at="communication[1]",
    bad="""
      meanwhile:
        parallel: [keep, rest]
        next: pin
      rest:
        wait: 1h
        next: tell-executive
    """,
    good="""
      meanwhile:
        parallel: [keep, tell-executive]
        next: pin
    """,
)
def told_too_late(subject: Subject) -> Iterator[Told]:
    for number, link in enumerate(subject.plan.communication):
        begins = [
            subject.least_seconds[step.id]
            for step in subject.steps
            if link.audience in reached_by(step) and step.id in subject.least_seconds
        ]
        if begins and min(begins) > link.within_seconds:
            yield Told(
                f"communication[{number}]",
                f"{link.audience} hears of it within {told(link.within_seconds)}, and no step "
                f"tells them before {told(min(begins))}",
                "tell them before the waits, or allow more time",
            )


@COMMUNICATION.error(
    "TP608",
    "outside-by-its-name",
    "Customers, partners, press and authorities are outside whatever a plan says of them: counsel "
    "has said yes before they hear.",
    bad="""
      tell-executive:
        tell: [executive, press]   # <-
    """,
    good="""
      tell-executive:
        tell: executive
    """,
)
def outside_by_its_name(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        for name in _unguarded(subject, step):
            yield Told(
                f"steps.{step.id}.tell",
                f"{name} are outside, and a way leads here without a yes of counsel",
                "let every way here come through the `next` of an `approve:` step of counsel, or "
                "leave it to: tocsin say",
            )


def _unguarded(subject: Subject, step: Step) -> tuple[str, ...]:
    """Whom a step tells who is outside by name, is not declared so, and no counsel agreed to."""
    if not isinstance(step, Tell):
        return ()
    counsel = {yes_of(s.role) for s in subject.steps
               if isinstance(s, Approve | Ask) and is_counsel(s.role)}  # fmt: skip
    if counsel & subject.behind.get(step.id, frozenset()):
        return ()
    register = subject.house.register if subject.house is not None else Register()
    declared = {name for name, one in subject.plan.audiences.items() if one.outside}
    return tuple(
        name
        for name in step.audiences
        if name not in declared and outside_audience(register, name) is not None
    )


def _reached(subject: Subject) -> set[str]:
    return {name for step in subject.steps for name in reached_by(step)}


def _roles(subject: Subject) -> set[str]:
    """The roles that the plan itself gives something to do: they are inside."""
    found = {link.by for link in subject.plan.communication}
    for step in subject.steps:
        if isinstance(step, Ask | Approve | Page):
            found.add(step.role)
        if step.raci is not None:
            found |= {
                step.raci.accountable,
                *step.raci.responsible,
                *step.raci.consulted,
                *step.raci.informed,
            }
    return found
