"""What follows now: pure, from a plan, the facts of its run, and what the organisation adds.

The planner gives only facts that the desk itself may assert (an order, a question, a wait, the end
of a step or run). What needs the passing of time or a look outside comes from a worker, at the
instants that `pieces` names. Planning what is already planned gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from tocsin.facts.courses import ApprovalAsked, CallBegan, CallRefused, LimitsSet
from tocsin.facts.gates import Decided, SealBegan
from tocsin.facts.incidents import SeverityJudged
from tocsin.facts.reach import MessageWritten, PageBegan
from tocsin.facts.runs import (
    Asked,
    Effect,
    Ending,
    Ordered,
    RunEnded,
    RunStarted,
    StepEnded,
    Verdict,
    WaitBegan,
)
from tocsin.playbook.calling import calling
from tocsin.playbook.conditions import Truth, bindings_of, truth_of
from tocsin.playbook.found import missing_in, values_found, verdicts_since
from tocsin.playbook.limits import hard_at, limits_to_record
from tocsin.playbook.moment import Moment
from tocsin.playbook.pieces import begun_at
from tocsin.playbook.plan import Plan
from tocsin.playbook.reaching import paging, telling
from tocsin.playbook.rules import Rules
from tocsin.playbook.run import Run, RunStanding
from tocsin.playbook.spots import Spot, Spots
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Call,
    Decide,
    End,
    Gate,
    Look,
    Page,
    Parallel,
    Seal,
    Step,
    Tell,
    Wait,
)
from tocsin.playbook.templates import UNKNOWN, asked, filled, one_line
from tocsin.playbook.ways import (
    APPROVED,
    DECLINED,
    DONE,
    FAILED,
    INSUFFICIENT,
    OTHERWISE,
    ROUNDS,
    SEALED,
    UNDETERMINED,
)

PlannedFact = (
    Ordered | Asked | WaitBegan | StepEnded | RunEnded | Decided | SealBegan | PageBegan
    | MessageWritten | SeverityJudged | ApprovalAsked | LimitsSet
    | RunStarted | CallBegan | CallRefused
)  # fmt: skip


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What can be recorded now, and the texts it names.

    Args:
        texts: by their SHA-256; they must lie in the vault before the facts are recorded.
    """

    facts: tuple[PlannedFact, ...]
    texts: Mapping[str, bytes] = {}


def next_facts(
    plan: Plan, run: Run, now: datetime, rules: Rules, known: Spots | None = None
) -> list[PlannedFact]:
    """The facts of `planned`, for whoever needs no texts."""
    return list(planned(plan, run, now, rules, known).facts)


def planned(
    plan: Plan, run: Run, now: datetime, rules: Rules, known: Spots | None = None
) -> Planned:
    """What can be recorded now about where the run stands. Apply it, and ask again until nothing.

    Of a run that is paused nothing follows; of a cancelled one its end, once nothing is open.

    Args:
        known: where this very run stood before, to be followed on from; None begins at its start.
    """
    if run.standing is not RunStanding.ACTIVE:
        return Planned(facts=tuple(end_of_cancelled(run)))
    spots = (known or Spots(plan, run)).now()
    if spots[()].step is None:
        return Planned(facts=(RunEnded(run=run.id, ending=Ending.FAILED),))
    moment = Moment(plan, run, now, rules)
    judged = _severity(moment)
    if judged is not None:  # conditions may ask for it, so it is on record before they are judged
        return Planned(facts=(judged,))
    found: list[PlannedFact] = []
    for place, spot in spots.items():
        if spot.step is not None:
            step = plan.steps[spot.step]
            limits = limits_to_record(plan, run, step, spot)
            found += [limits] if limits is not None else []
            if isinstance(step, Parallel):
                branches = [spots[(*place, f"{step.id}[{n}]")] for n in range(len(step.branches))]
                found += _ended(moment, step, _joined(branches))
            else:
                found += _at(moment, step, spot)
    return Planned(facts=tuple(found), texts=moment.texts)


def end_of_cancelled(run: Run) -> list[RunEnded]:
    """The end of a cancelled run, once nothing is open; known without the plan."""
    over = run.standing is RunStanding.CANCELLED and not run.begun
    return [RunEnded(run=run.id, ending=Ending.CANCELLED)] if over else []


def _severity(moment: Moment) -> SeverityJudged | None:
    """How bad it is by the plan's own rules: judged once, at the start, unless a person has."""
    plan, run, about = moment.plan, moment.run, moment.run.circumstances
    judged_before = about.judged is not None and about.judged.seq > run.seq
    if not plan.severity or run.moves or about.judged_by_person or judged_before:
        return None
    for rule in plan.severity:
        if truth_of(rule.when, moment.names, moment.known) is Truth.TRUE:
            known = ", ".join(bindings_of(rule.when, moment.names, moment.known))
            basis = f"plan {plan.id} {plan.version}: {rule.when}" + (f" ({known})" * bool(known))
            return SeverityJudged(severity=rule.severity, reasons=(rule.reason,), basis=basis)
    return None


_Leaf = Act | Ask | Approve | Wait | Look | Gate | Decide | Seal | Page | Tell | Call | End


def _at(moment: Moment, step: _Leaf, spot: Spot) -> Iterator[PlannedFact]:
    """What follows where one branch of the run stands."""
    run = moment.run
    match step:
        case Look():
            yield from _looking(moment, step, spot)
        case Gate():
            yield from _checking(moment, step, spot)
        case Decide():
            yield from _deciding(moment, step)
        case Tell():
            yield from telling(moment, step, run.orders_of(step.id, spot.since))
        case Call():
            yield from calling(moment, step, begun_at(run, step.id, spot))
        case End():
            yield RunEnded(run=run.id, ending=step.ending)
        case _:
            yield from _begun(moment, step, spot)


def _begun(
    moment: Moment, step: Act | Ask | Approve | Wait | Seal | Page, spot: Spot
) -> Iterator[PlannedFact]:
    """What follows at a step that begins with an entry of its own."""
    run = moment.run
    begun = begun_at(run, step.id, spot)
    limit_at = hard_at(moment.plan, run, step, spot, moment.now)
    match step:
        case Act():
            if not begun:
                yield from _acting(moment, step)
            yield from _ended(moment, step, run.orders[begun].result if begun else None)
        case Ask():
            if not begun:
                yield _asked(moment, step, limit_at)
            yield from _ended(moment, step, run.questions[begun].choice if begun else None)
        case Wait():
            yield from _waiting(moment, step, begun)
        case Seal():
            yield from _sealing(moment, step, begun)
        case Page():
            yield from paging(moment, step, begun)
        case Approve():
            yield from _approving(moment, step, begun, limit_at)
        case _:
            assert_never(step)


def _ended(moment: Moment, step: Step, result: str | None) -> Iterator[StepEnded]:
    if result is not None:
        yield moment.end(step, result)


def _joined(branches: Sequence[Spot]) -> str | None:
    if any(branch.step is not None for branch in branches):
        return None
    return FAILED if any(branch.lost for branch in branches) else DONE


def _acting(moment: Moment, step: Act) -> Iterator[PlannedFact]:
    """The order, complete; where a gap in it cannot be filled there is none, and the step fails."""
    if missing_in(step, moment.run):
        yield from _unfilled(moment, step, FAILED)
        return
    values = values_found(moment.run)
    target, rules = filled(step.target, values), moment.rules
    tells = step.connector in rules.telling
    yield moment.order(
        step,
        step.connector,
        target,
        filled(step.wanted, values),
        approvals=rules.approvals[step.approvals] if tells else rules.approvals_for(step.approvals),
        attempts_max=step.attempts_max,
        undo=step.undo,
        effect=Effect.TELL if tells else step.effect,
        evidence=step.evidence,
        object=f"{step.connector}/{target}",
    )


def _looking(moment: Moment, step: Look, spot: Spot) -> Iterator[PlannedFact]:
    shown = moment.run.shown.get(step.id)
    if shown is not None and shown.seq > spot.since:
        yield moment.end(step, shown.verdict.value)
    elif missing_in(step, moment.run):
        yield from _unfilled(moment, step, Verdict.UNDETERMINED.value)


def _checking(moment: Moment, step: Gate, spot: Spot) -> Iterator[PlannedFact]:
    """The end of a gate, once every check has looked: shown only where each of them shows it."""
    verdicts = verdicts_since(step, moment.run, spot.since)
    if missing_in(step, moment.run):
        yield from _unfilled(moment, step, Verdict.UNDETERMINED.value)
    elif None not in verdicts:
        gravest = (Verdict.NOT_SHOWN, Verdict.UNDETERMINED, Verdict.SHOWN)
        yield moment.end(step, next(one for one in gravest if one in verdicts).value)


def _unfilled(moment: Moment, step: Act | Look | Gate, result: str) -> Iterator[PlannedFact]:
    """What a step needs to know and nobody does, and its end."""
    because = tuple(f"{one}.value = {UNKNOWN}" for one in missing_in(step, moment.run))
    run = moment.run.id
    yield Decided(run=run, step=step.id, condition="", bindings=because, result=FAILED)
    yield moment.end(step, result)


def _asked(moment: Moment, step: Ask, limit_at: datetime | None) -> Asked:
    return Asked(
        run=moment.run.id,
        step=step.id,
        question=asked(step.question, moment.names, moment.known),
        choices=tuple(step.choices),
        role=step.role,
        limit_at=limit_at,
        on_limit=step.on_limit,
    )


def _approving(
    moment: Moment, step: Approve, begun: int, limit_at: datetime | None
) -> Iterator[PlannedFact]:
    """The question, or its end: a no also where an answer stands that does not count."""
    run = moment.run
    if not begun:
        yield ApprovalAsked(
            run=run.id,
            step=step.id,
            subject=one_line(asked(step.subject, moment.names, moment.known)),
            role=step.role,
            approvals=moment.rules.approvals_for(1),
            limit_at=limit_at,
        )
        return
    doubt, result = moment.rules.doubted.get(begun), run.approvals[begun].result
    if result == APPROVED and doubt is not None:
        yield Decided(run=run.id, step=step.id, condition="", bindings=(doubt,), result=FAILED)
        result = DECLINED
    yield from _ended(moment, step, result)


def _waiting(moment: Moment, step: Wait, begun: int) -> Iterator[PlannedFact]:
    if begun:
        if moment.run.timers[begun].ended:
            yield moment.end(step, DONE)
    elif step.rounds_max is not None and moment.run.rounds.get(step.id, 0) >= step.rounds_max:
        yield moment.end(step, ROUNDS)
    else:
        until = moment.now + timedelta(seconds=step.seconds)
        yield WaitBegan(run=moment.run.id, step=step.id, until=until)


def _deciding(moment: Moment, step: Decide) -> Iterator[PlannedFact]:
    """The branch that is taken by what is known now, and what that was."""
    condition, result = "", OTHERWISE
    for number, branch in enumerate(step.branches, start=1):
        truth = truth_of(branch.when, moment.names, moment.known)
        if truth is not Truth.FALSE:
            condition = branch.when
            result = str(number) if truth is Truth.TRUE else UNDETERMINED
            break
    bound = (bindings_of(b.when, moment.names, moment.known) for b in step.branches)
    yield Decided(
        run=moment.run.id,
        step=step.id,
        condition=condition,
        bindings=tuple(dict.fromkeys(one for some in bound for one in some)),
        result=result,
    )
    yield moment.end(step, result)


def _sealing(moment: Moment, step: Seal, begun: int) -> Iterator[PlannedFact]:
    if not begun:
        until = moment.now + timedelta(seconds=step.seconds)
        yield SealBegan(run=moment.run.id, step=step.id, items=step.items, until=until)
        return
    seal = moment.run.seals[begun]
    if not seal.outstanding or moment.now >= seal.fact.until:
        yield moment.end(step, SEALED if seal.is_sufficient else INSUFFICIENT)
