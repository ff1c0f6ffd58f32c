"""P2: what is altered or destroyed was secured before, on every way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tocsin.facts.runs import Effect
from tocsin.playbook.dominance import behind
from tocsin.playbook.proof.course import Hits
from tocsin.playbook.proof.ground import Ground, property_of
from tocsin.playbook.proof.verdicts import Counter, Property, Standing
from tocsin.playbook.steps import Act, Seal, Step

CLAIM = "before each act that alters or destroys, the evidence it names has been sealed, on every \
way to it"
_ANY = "any item"


def evidence_first(ground: Ground) -> Property:
    """P2."""
    acts = [s for s in ground.plan.steps.values() if isinstance(s, Act) and _alters(s)]
    sealed = behind(ground.plan, _sealed)
    items = dict.fromkeys(item for act in acts for item in act.evidence or (_ANY,))
    seals = {item: _seals(ground, item) for item in items}
    counters = (one for act in acts for one in _unsealed(ground, act, sealed[act.id], seals))
    return property_of(ground, "P2", "evidence first", CLAIM, len(acts), counters)


def _alters(act: Act) -> bool:
    return act.effect in (Effect.CHANGE, Effect.DESTROY)


def _sealed(step: Step, _: str) -> Iterable[str]:
    return (_ANY, *step.items) if isinstance(step, Seal) else ()


def _seals(ground: Ground, item: str) -> Hits:
    return lambda edge: item in _sealed(ground.plan.steps[edge.step], edge.result)


def _unsealed(
    ground: Ground, act: Act, sealed: frozenset[str], seals: Mapping[str, Hits]
) -> Iterator[Counter]:
    for item in act.evidence or (_ANY,):
        if item in sealed:
            continue

        sought = ground.way_to(act.id, seals[item])
        if sought is None:
            continue
        standing = Standing.REFUTED
        missing = f"no step of this way seals {item} before {act.id}"
        if item == _ANY:
            missing = f"{act.id} names no evidence, and nothing at all is sealed before it"
            destroys = act.effect is Effect.DESTROY
            standing = Standing.REFUTED if destroys else Standing.NOT_PROVEN
        yield ground.counter(act.id, missing, sought, standing=standing, last=act.id)
