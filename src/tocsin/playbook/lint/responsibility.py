"""Responsibility: each step has one who answers for it, and somebody who can be reached for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tocsin.playbook.lint.rule import Family, Needs, Severity, Told
from tocsin.playbook.lint.subject import Subject
from tocsin.playbook.steps import Act, Approve, Ask, Hours, Page, Seal, Step, Tell
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Person, Register

RESPONSIBILITY = Family(2, "Responsibility")


@RESPONSIBILITY.advice(
    "TP201",
    "nobody-answers-for-it",
    "What nobody answers for is done by nobody, or by two people at once.",
    bad="""
      keep:   # <-
        seal: [model, training-data, decisions]
        budget: 1h
        next: join
        on_insufficient: join
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
def nobody_answers_for_it(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        if isinstance(step, Act | Ask | Approve | Page | Seal | Tell) and step.raci is None:
            right = "write `raci: {accountable: one-role, responsible: [role]}`"
            yield Told(f"steps.{step.id}", "nobody is named who answers for this step", right)


RESPONSIBILITY.told_elsewhere(
    "TP202",
    "not-one-accountable",
    "Where two answer for a step neither does, and where none does it is nobody's fault.",
    bad="""
      keep:
        seal: [model, training-data, decisions]
        budget: 1h
        next: join
        on_insufficient: join
        raci: {accountable: [data-science-lead, counsel], responsible: [on-call]}   # <-
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


@RESPONSIBILITY.asking(
    Severity.ERROR,
    (Needs.HOUSE,),
    "TP203",
    "no-deputy-at-night",
    "A step that must be possible at any hour cannot hang on one person who may be asleep or ill.",
    of="register",
    at="steps.call.hours",
    bad="""
      name = "Ana"
      email = "ana@example.com"
      roles = ["on-call"]
      reach = ["pager"]
    """,
    good="""
      name = "Ana"
      email = "ana@example.com"
      roles = ["on-call"]
      deputies = ["ben"]
      reach = ["pager"]
    """,
)
def no_deputy_at_night(subject: Subject) -> Iterator[Told]:
    if subject.house is None:
        return
    for step in subject.steps:
        if step.hours is not Hours.ANY or step.pre_authorised is not None:
            continue
        for role in asked_of(step):
            holders = holders_of(subject.house.register, role)
            if holders and not _covered(holders, subject.house.register):
                names = " and ".join(sorted(person.name for person in holders))
                yield Told(
                    f"steps.{step.id}.hours",
                    f"at any hour, yet {role} is {names} alone, without a deputy who is there",
                    "name a deputy in register/, let more people have the role, or say who "
                    "authorised the step before: `pre_authorised:`",
                )


@RESPONSIBILITY.error(
    "TP204",
    "approves-own-work",
    "Four eyes are two people: whoever does it must not be the one who says that it may be done.",
    bad="""
      board-agrees:   # <-
        approve: The ranking may serve again
        role: on-call
        limit: 5d
        on_limit: redecide
        on_declined: redecide
        next: lift
    """,
    good="""
      board-agrees:
        approve: The ranking may serve again
        role: ethics-board
        limit: 5d
        on_limit: redecide
        on_declined: redecide
        next: lift
    """,
)
def approves_own_work(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        if not isinstance(step, Approve):
            continue
        done = subject.plan.steps.get(step.next)
        if isinstance(done, Act) and done.raci and done.raci.responsible == (step.role,):
            yield Told(
                f"steps.{step.id}",
                f"{step.role} approves {done.id}, and is alone in doing it",
                "let another role approve it, or another do it",
            )


RESPONSIBILITY.told_elsewhere(
    "TP205",
    "nobody-has-the-role",
    "A call to a role that nobody has rings nowhere.",
    Needs.HOUSE,
    bad="""
      call:
        page: on-cal   # <-
    """,
    good="""
      call:
        page: on-call
    """,
)


@RESPONSIBILITY.asking(
    Severity.ADVICE,
    (Needs.HOUSE,),
    "TP206",
    "role-of-nobody",
    "A role that nobody has answers for nothing.",
    bad="""
      systems: [hiring]
      owner: data-science-led   # <-
    """,
    good="""
      systems: [hiring]
      owner: data-science-lead
    """,
)
def role_of_nobody(subject: Subject) -> Iterator[Told]:
    if subject.house is None:
        return
    people = subject.house.register.people
    known = {role for person in people.values() for role in person.roles} | {*people}
    for path, role in _named(subject):
        if role not in known:
            otherwise = "give it to someone in register/"
            remedy = did_you_mean(role, sorted(known), otherwise)
            yield Told(path, f"nobody has the role {role}", remedy)


def _named(subject: Subject) -> Iterator[tuple[str, str]]:
    plan = subject.plan
    if plan.owner is not None:
        yield "owner", plan.owner
    yield from ((f"post_mortem[{n}]", duty.by) for n, duty in enumerate(plan.post_mortem))
    for name, audience in plan.audiences.items():
        yield from ((f"audiences.{name}", role) for role in audience.approved_by)
    for step in subject.steps:
        if step.pre_authorised is not None:
            yield f"steps.{step.id}.pre_authorised", step.pre_authorised


def asked_of(step: Step) -> tuple[str, ...]:
    """The roles without whom a step waits: those whom it calls or asks."""
    return (step.role,) if isinstance(step, Page | Ask | Approve) else ()


def holders_of(register: Register, role: str) -> list[Person]:
    """The people who have a role."""
    return [person for person in register.people.values() if role in person.roles]


def _covered(holders: Collection[Person], register: Register) -> bool:
    """Whether somebody is there when one of them is not, at any hour."""
    there = {person.id for person in holders}
    there |= {name for person in holders for name in person.deputies}
    known = [register.people[name] for name in there if name in register.people]
    return len(known) > 1 and any(not person.hours for person in known)
