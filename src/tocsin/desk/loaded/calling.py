"""The plans of HOME/playbooks as steps call them: the version in force now, or why there is none.

A file is read when a step asks for it, and not before: most decisions call no plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tocsin.desk.loaded.equipment import check_equipment
from tocsin.desk.loaded.home_files import plans_of
from tocsin.facts import Refused
from tocsin.playbook import PlanInForce
from tocsin.register.mistakes import did_you_mean

if TYPE_CHECKING:
    from tocsin.world import World

MISTAKES_TOLD = 3


class PlansInForce(Mapping[str, PlanInForce]):
    """Every plan that a step may name, by its id; also one that is not there, with the reason."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._read: dict[str, PlanInForce] = {}

    def __getitem__(self, plan: str) -> PlanInForce:
        if plan not in self._read:
            self._read[plan] = _in_force(self._world, plan)
        return self._read[plan]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def _in_force(world: World, name: str) -> PlanInForce:
    plans, mistakes = plans_of(world.home)
    named = [one for one in plans if one.plan.id == name]
    if not named:
        ids = sorted({one.plan.id for one in plans})
        among = f"in HOME/playbooks are: {', '.join(ids) or 'none'}"
        return PlanInForce(why_not=f"no plan is called {name}; {did_you_mean(name, ids, among)}")
    if len(named) > 1:
        files = " and ".join(one.file for one in named)
        return PlanInForce(why_not=f"{files} both say that they are {name}; remove one")
    (one,) = named
    told = [str(mistake) for mistake in mistakes if mistake.file == one.file]
    if told:
        return PlanInForce(why_not=f"{name} has mistakes: {'; '.join(told[:MISTAKES_TOLD])}")
    try:
        check_equipment(world, one.plan)
    except Refused as why:
        return PlanInForce(why_not=str(why))
    return PlanInForce(digest=one.plan.digest, data=one.data)
