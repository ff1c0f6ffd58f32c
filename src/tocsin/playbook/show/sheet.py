"""A plan as a person reads it: every fact of it as words, in the order in which it is asked for.

Page, Markdown and card are made of this alone, and `--json` gives it as it is; so none of them can
say what another does not. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tocsin.facts.failure_modes import mode_named
from tocsin.playbook.plan import Plan
from tocsin.playbook.show.matrix import MEANS, carried, roles_of
from tocsin.playbook.show.words import (
    PHASES,
    Family,
    kind_of,
    listed,
    one_line,
    outcomes,
    plain,
    sentence,
    span,
)
from tocsin.playbook.steps import (
    BEFORE,
    JOIN,
    Act,
    Ask,
    Gate,
    Hours,
    NamedMoment,
    Page,
    Parallel,
    Step,
    Tell,
)

FIRST_STEPS = 5
MOMENTS = {
    NamedMoment.OPENED.value: "the incident was opened",
    NamedMoment.FOUND.value: "it began to fail",
    NamedMoment.AWARE.value: "somebody in charge became aware",
    NamedMoment.RUN.value: "the plan began",
}


class WayTold(msgspec.Struct, frozen=True, kw_only=True):
    """A result of a step and what follows.

    Args:
        to: the step that follows, or None where none does; `then` says it in words.
    """

    when: str
    then: str
    to: str | None = None
    number: int | None = None


class StepTold(msgspec.Struct, frozen=True, kw_only=True):
    """A step in words.

    Args:
        facts: what else is to be known of it, each a heading and its words.
        come_from: the steps from which one comes here.
    """

    number: int
    id: str
    kind: str
    family: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    ways: tuple[WayTold, ...]
    come_from: tuple[str, ...] = ()


class RoleTold(msgspec.Struct, frozen=True, kw_only=True):
    """A role, and for which steps it answers, does, is asked or is told."""

    role: str
    carries: tuple[tuple[str, tuple[str, ...]], ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All of a plan in words. Tables are rows of words in the order of their headings."""

    plan: str
    version: str
    digest: str
    title: str
    about: tuple[tuple[str, str], ...]
    first_steps: tuple[StepTold, ...]
    called: tuple[tuple[str, str], ...]
    stops: tuple[tuple[str, str], ...]
    steps: tuple[StepTold, ...]
    roles: tuple[RoleTold, ...]
    severity: tuple[tuple[str, str, str], ...]
    communication: tuple[tuple[str, str, str, str], ...]
    audiences: tuple[tuple[str, str, str], ...]
    continuity: tuple[tuple[str, str], ...]
    deadlines: tuple[tuple[str, str], ...]
    variables: tuple[tuple[str, str, str], ...]
    post_mortem: tuple[tuple[str, str, str], ...]
    waived: tuple[tuple[str, str], ...]
    systems: tuple[str, ...]


def sheet_of(plan: Plan) -> Sheet:
    """The plan in words."""
    steps = tuple(_steps(plan))
    by_id = {step.id: step for step in steps}
    return Sheet(
        plan=plan.id,
        version=one_line(plan.version),
        digest=plan.digest,
        title=one_line(plan.title),
        about=tuple(_about(plan)),
        first_steps=tuple(by_id[name] for name in first_steps(plan)),
        called=tuple(_called(plan)),
        stops=tuple(_stops(plan)),
        steps=steps,
        roles=tuple(_roles(plan)),
        severity=tuple(
            (r.severity.value, one_line(r.when), one_line(r.reason)) for r in plan.severity
        ),
        communication=tuple(_chain(plan)),
        audiences=tuple(_audiences(plan)),
        continuity=tuple(_continuity(plan)),
        deadlines=tuple((name, one_line(what)) for name, what in plan.deadlines.items()),
        variables=tuple(
            (name, one_line(one.value), one_line(one.means)) for name, one in plan.variables.items()
        ),
        post_mortem=tuple(
            (one_line(d.duty), d.by, f"within {span(d.within_seconds)}") for d in plan.post_mortem
        ),
        waived=tuple((one_line(w.rule), one_line(w.because)) for w in plan.waived),
        systems=plan.systems,
    )


def first_steps(plan: Plan) -> tuple[str, ...]:
    """The first steps of containment as the plan names them; else the first that do something."""
    if plan.first_steps:
        return plan.first_steps[:FIRST_STEPS]
    found: list[str] = []
    seen, ahead, after = {JOIN}, [plan.start], list[str]()
    while (ahead or after) and len(found) < FIRST_STEPS:
        name = (ahead or after).pop(0)
        if name in seen:
            continue
        seen.add(name)
        step = plan.steps[name]
        if kind_of(step)[1] is not Family.FLOW:
            found.append(name)
        ahead += _branches(step)
        # What comes after branches waits until nothing in them is left to be told.
        following = after if isinstance(step, Parallel) else ahead
        following += [way.to for way in outcomes(step)[:1] if way.to is not None]
    return tuple(found)


def _about(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.failure_mode is not None:
        mode = mode_named(plan.failure_mode)
        means = f": {mode.meaning}" if mode is not None else ""
        yield "For when", f"{plan.failure_mode}{means}"
    given = (
        ("Systems", plan.systems), ("Begun by the detectors", plan.triggers),
        ("Techniques (MITRE ATLAS)", plan.techniques), ("Vendors concerned", plan.vendors),
    )  # fmt: skip
    yield from ((what, one_line(", ".join(names))) for what, names in given if names)
    yield "Who owns this plan", plan.owner or "nobody is named"
    yield "To be looked at again by", plan.review_by or "no day is named"


def _called(plan: Plan) -> Iterator[tuple[str, str]]:
    for step in plan.steps.values():
        if isinstance(step, Page):
            yield step.role, f"each person has {span(step.within_seconds)} to answer ({step.id})"


def _stops(plan: Plan) -> Iterator[tuple[str, str]]:
    """How it is stopped: the acts of the plan that stop, each once, with what takes it back."""
    seen = set()
    for step in plan.steps.values():
        if isinstance(step, Act) and kind_of(step)[0] == "Stop":
            what = f"{step.target} to {step.wanted} through {step.connector}"
            if what not in seen:
                seen.add(what)
                yield what, _undo(step)


def _undo(step: Act) -> str:
    if step.undo == BEFORE:
        return "what was there before is put back"
    if step.undo is not None:
        return f"back to {step.undo}"
    return f"nothing takes it back: {one_line(step.no_undo)}" if step.no_undo else "none is named"


def _steps(plan: Plan) -> Iterator[StepTold]:
    numbers = {name: number for number, name in enumerate(plan.steps, start=1)}
    come_from: dict[str, list[str]] = {}
    for step in plan.steps.values():
        for to in (*_branches(step), *(way.to for way in outcomes(step))):
            if to is not None and step.id not in come_from.setdefault(to, []):
                come_from[to].append(step.id)
    for step in plan.steps.values():
        kind, family = kind_of(step)
        ways = [_way(way.words, way.to, numbers) for way in outcomes(step)]
        yield StepTold(
            number=numbers[step.id],
            id=step.id,
            kind=kind,
            family=family.value,
            sentence=_ended(one_line(sentence(step))),
            facts=tuple(_facts(step)),
            ways=tuple([*(_way("begins", to, numbers) for to in _branches(step)), *ways]),
            come_from=tuple(come_from.get(step.id, ())),
        )


def _branches(step: Step) -> tuple[str, ...]:
    return step.branches if isinstance(step, Parallel) else ()


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!", "…", ")")) else f"{sentence}."


def _way(words: str, to: str | None, numbers: dict[str, int]) -> WayTold:
    if to == JOIN:
        return WayTold(when=words, then="this branch has ended")
    if to is None:
        return WayTold(when=words, then="no answer: it ends as failed")
    return WayTold(when=words, then=f"{numbers[to]} {to}", to=to, number=numbers[to])


def _facts(step: Step) -> Iterator[tuple[str, str]]:
    if step.raci is not None:
        raci = step.raci
        yield "Does it", listed(raci.responsible)
        yield "Answers for it", raci.accountable
        if raci.consulted:
            yield "Is asked before", listed(raci.consulted)
        if raci.informed:
            yield "Is told", listed(raci.informed)
    if isinstance(step, Act):
        yield from _act_facts(step)
    yield from _limits(step)
    if step.pre_authorised is not None:
        yield "Authorised beforehand by", step.pre_authorised
    if step.hours is not None:
        yield "When", "at any hour" if step.hours is Hours.ANY else "in working hours"
    yield from _words(step)
    if step.purpose:
        yield "Purpose", listed([one.value.replace("-", " ") for one in step.purpose])
    if step.phase is not None:
        yield "Phase", PHASES[step.phase]


def _words(step: Step) -> Iterator[tuple[str, str]]:
    """What is looked at, and what is said."""
    if isinstance(step, Gate):
        for check in step.checks:
            words = f"{check.target} is {check.wanted}, seen through {check.probe}"
            yield f"Check of {check.criterion.value}", one_line(words)
    if isinstance(step, Tell):
        yield "Sent through", step.through
        if step.claims:
            yield "States the claims", listed(step.claims)
    if isinstance(step, Page | Tell):
        yield "Words", plain(step.text).strip()
    if isinstance(step, Tell) and step.next_update_seconds is not None:
        yield "Next news promised", f"within {span(step.next_update_seconds)}"


def _act_facts(step: Act) -> Iterator[tuple[str, str]]:
    yield "Effect", {"stop": "stops it at once; can be taken back",
                     "destroy": "may destroy or alter evidence",
                     }.get(step.effect.value, "changes it")  # fmt: skip
    if step.approvals:
        people = "one person" if step.approvals == 1 else "two people, two keys"
        yield "Approved first by", people
    if step.evidence:
        yield "Evidence kept first", listed(step.evidence)
    yield "To take it back", one_line(_undo(step))
    yield "Tried at most", f"{step.attempts_max} times"


def _limits(step: Step) -> Iterator[tuple[str, str]]:
    hard = getattr(step, "limit_seconds", None)
    counted = MOMENTS.get(step.counted_from) or (
        f"the end of {step.counted_from}" if step.counted_from else "the step begins"
    )
    for what, seconds in (("Late after", step.soft_seconds), ("Limit", hard)):
        if seconds is not None:
            moment = f"before {step.before}" if step.before else f"from when {counted}"
            if step.counted_from and step.counted_from not in MOMENTS and not step.before:
                moment = f"from {counted}"
            yield what, f"{span(seconds)} {moment}"
    if isinstance(step, Ask) and step.on_limit is not None:
        yield "If nobody answers", f"it counts as “{one_line(step.on_limit)}”"


def _chain(plan: Plan) -> Iterator[tuple[str, str, str, str]]:
    told: dict[str, list[str]] = {}
    for step in plan.steps.values():
        for audience in step.audiences if isinstance(step, Tell) else ():
            told.setdefault(audience, []).append(step.id)
    for one in plan.communication:
        steps = listed(told.get(one.audience, [])) or "no step tells them"
        yield one.audience, f"within {span(one.within_seconds)}", one.by, steps


def _audiences(plan: Plan) -> Iterator[tuple[str, str, str]]:
    for name, one in plan.audiences.items():
        where = "outside" if one.outside else "inside"
        yield name, where, listed(one.approved_by) or "nobody"


def _continuity(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.continuity is not None:
        yield "Serves meanwhile", plan.continuity.fallback
        target = span(plan.continuity.recovery_target_seconds)
        yield "Shall serve again itself", f"within {target}"


def _roles(plan: Plan) -> Iterator[RoleTold]:
    rows = carried(plan)
    for role in roles_of(rows):
        carries = []
        for letter, means in MEANS.items():
            steps = tuple(f"{r.number} {r.step}" for r in rows if letter in r.roles.get(role, ""))
            if steps:
                carries.append((means, steps))
        yield RoleTold(role=role, carries=tuple(carries))
