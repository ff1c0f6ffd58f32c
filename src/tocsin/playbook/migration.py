"""Whether a run may go on by another version of its plan: everything that speaks against it. Pure.

Where the run stands, and what it has begun there, must mean the same in both versions. What lies
behind it may have changed, and what lies ahead is why it is migrated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from tocsin.playbook.dominance import Place, places_of
from tocsin.playbook.found import verdicts_since
from tocsin.playbook.pieces import begun_at
from tocsin.playbook.plan import Plan
from tocsin.playbook.run import Run
from tocsin.playbook.spots import Spot
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


def unmigratable(run: Run, spots: Mapping[Place, Spot], old: Plan, new: Plan) -> list[str]:
    """Why this run cannot go on by `new`; empty where it can.

    Args:
        spots: where the run stands in `old`.
    """
    if new.id != run.plan:
        return [f"the run is of plan {run.plan}, and this is {new.id}"]
    if new.digest == run.plan_digest:
        return ["the run follows this very version already"]
    return [*_standing(run, spots, old, new), *_open_orders(run, old, new)]


def _standing(run: Run, spots: Mapping[Place, Spot], old: Plan, new: Plan) -> Iterator[str]:
    places, _ = places_of(new)
    for place, spot in spots.items():
        if spot.step is None:
            continue
        before, after = old.steps[spot.step], new.steps.get(spot.step)
        if after is None:
            yield f"the run stands at {spot.step}, which the new version does not have"
        elif type(after) is not type(before):
            yield f"the run stands at {spot.step}, which is a step of another kind there"
        elif places[spot.step] != place:
            yield f"the run stands at {spot.step}, which stands in another branch there"
        else:
            begun = bool(begun_at(run, spot.step, spot)) or _has_looked(before, run, spot)
            for field in _binding(before) if begun or isinstance(before, Parallel) else ():
                if _meant(before, field) != _meant(after, field):
                    word = _WORD.get(field, field)
                    yield f"{spot.step} has begun, and its `{word}` differs there"


def _meant(step: Step, field: str) -> object:
    """What a field means for who has begun by it; where a choice leads is not yet begun."""
    value = getattr(step, field)
    return tuple(value) if field == "choices" else value


def _has_looked(step: Step, run: Run, spot: Spot) -> bool:
    """Whether a gate has looked already, or a message was ordered."""
    if isinstance(step, Gate):
        return any(one is not None for one in verdicts_since(step, run, spot.since))
    return isinstance(step, Tell) and bool(run.orders_of(step.id, spot.since))


def _open_orders(run: Run, old: Plan, new: Plan) -> Iterator[str]:
    """Acts of which nobody knows how they ended, wherever the run stands now."""
    for order in run.begun:
        name = order.fact.step
        same = name in new.steps and type(new.steps[name]) is type(old.steps.get(name))
        if not same:
            yield f"action {order.seq} of {name} is under way, and the new version has no such step"


_WORD = {
    "question": "ask", "subject": "approve", "audiences": "tell", "checks": "gate",
    "items": "seal", "plan": "call", "branches": "parallel", "connector": "act",
}  # fmt: skip
"""How a plan calls a field."""


def _binding(step: Step) -> tuple[str, ...]:
    """The fields by which what a step has begun was given; they must stay what they were."""
    match step:
        case Act():
            return ("connector", "target", "wanted", "effect", "evidence", "undo", "approvals")
        case Ask():
            return ("role", "choices") if step.on_limit is None else ("role", "choices", "on_limit")
        case Approve():
            return ("subject", "role")
        case Gate():
            return ("checks",)
        case Seal():
            return ("items",)
        case Page():
            return ("role",)
        case Tell():
            return ("audiences", "through")
        case Parallel():
            return ("branches",)
        case Call():
            return ("plan",)
        case Wait() | Look() | Decide() | End():
            return ()
        case _:
            assert_never(step)
