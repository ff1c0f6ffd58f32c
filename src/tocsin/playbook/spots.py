"""Where each branch of a run stands in its plan, followed as the run grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.facts import BrokenLog
from tocsin.playbook.begun import Moved
from tocsin.playbook.plan import Plan
from tocsin.playbook.run import Run
from tocsin.playbook.steps import Parallel
from tocsin.playbook.ways import target_of

Place = tuple[str, ...]


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where one branch of a run stands.

    Args:
        step: the step; None when the branch has ended.
        since: the entry that brought the run here.
        lost: True when the branch ended by a result to which the plan has no answer.
    """

    step: str | None
    since: int
    at: datetime
    lost: bool = False


class Spots:
    """Where each branch of one run stands. Follows the run as it grows, without starting anew.

    Args:
        plan: the version that the run follows now.
        earlier: those that it left, the first one first, as `run.migrations` names them.
    """

    def __init__(self, plan: Plan, run: Run, earlier: Sequence[Plan] = ()) -> None:
        self.plan, self._run, self._followed = plan, run, 0
        left = [one.seq for one in run.migrations]
        self._left = list(zip(left, earlier, strict=True))
        self._by_place: dict[Place, Spot] = {}
        first = self._plan_at(run.seq)
        _enter(first, self._by_place, (), Spot(step=first.start, since=run.seq, at=run.at))

    def _plan_at(self, seq: int) -> Plan:
        """The version by which an entry of the run was planned."""
        return next((plan for left, plan in self._left if seq < left), self.plan)

    def now(self) -> Mapping[Place, Spot]:
        """The branches by their place; `()` is the trunk.

        Raises:
            BrokenLog: the facts name steps that this plan does not have, or out of their order.
        """
        for move in self._run.moves[self._followed :]:
            self._follow(move)
            self._followed += 1
        return self._by_place

    def _follow(self, move: Moved) -> None:
        plan = self._plan_at(move.seq)
        spots, where = self._by_place, f"run {self._run.id}, entry {move.seq}"
        place = next((p for p, spot in spots.items() if spot.step == move.step), None)
        if place is None:
            raise BrokenLog(f"{where}: {move.step} ended, but never began")
        if move.next is not None and move.next not in plan.steps:
            raise BrokenLog(f"{where}: the plan has no step {move.next}")
        for below in [p for p in spots if p[: len(place)] == place and p != place]:
            del spots[below]
        lost = target_of(plan.steps[move.step], move.result) is None
        spot = Spot(step=move.next, since=move.seq, at=move.at, lost=lost)
        _enter(plan, spots, place, spot)


def _enter(plan: Plan, spots: dict[Place, Spot], place: Place, spot: Spot) -> None:
    spots[place] = spot
    step = plan.steps[spot.step] if spot.step is not None else None
    if isinstance(step, Parallel):
        for number, first in enumerate(step.branches):
            inner = msgspec.structs.replace(spot, step=first)
            _enter(plan, spots, (*place, f"{step.id}[{number}]"), inner)
