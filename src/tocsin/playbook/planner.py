"""What follows now, and what falls due when: pure, from a plan and the facts of its run.

The planner gives only facts that the desk itself may assert (an order, a question, a wait, the end
of a step or run). What needs the passing of time or a look outside comes from a worker, at the
instants that `due_rows` names. Planning what is already planned gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from tocsin.facts import BrokenLog
from tocsin.facts.runs import (
    Asked,
    Effect,
    Ending,
    Ordered,
    Repeatable,
    RunEnded,
    RunFact,
    StepEnded,
    WaitBegan,
)
from tocsin.playbook.order import OrderRecord, OrderStanding
from tocsin.playbook.plan import (
    DONE,
    FAILED,
    JOIN,
    ROUNDS,
    Act,
    Ask,
    End,
    Look,
    Parallel,
    Plan,
    Step,
    Wait,
    target_of,
)
from tocsin.playbook.run import Moved, Run, RunStanding

Place = tuple[str, ...]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the organisation and its hands add to a plan.

    Args:
        repeatable: what each connector says of repetition; one that is not there counts as NEITHER.
        approvals: how many people must approve where the plan asks for none, one, two.
    """

    repeatable: Mapping[str, Repeatable] = {}
    approvals: tuple[int, int, int] = (0, 1, 2)


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
    """Where each branch of one run stands. Follows the run as it grows, without starting anew."""

    def __init__(self, plan: Plan, run: Run) -> None:
        self._plan, self._run, self._followed = plan, run, 0
        self._by_place: dict[Place, Spot] = {}
        _enter(plan, self._by_place, (), Spot(step=plan.start, since=run.seq, at=run.at))

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
        spots, where = self._by_place, f"run {self._run.id}, entry {move.seq}"
        place = next((p for p, spot in spots.items() if spot.step == move.step), None)
        if place is None:
            raise BrokenLog(f"{where}: {move.step} ended, but never began")
        if move.next is not None and move.next not in self._plan.steps:
            raise BrokenLog(f"{where}: the plan has no step {move.next}")
        for below in [p for p in spots if p[: len(place)] == place and p != place]:
            del spots[below]
        lost = target_of(self._plan.steps[move.step], move.result) is None
        spot = Spot(step=move.next, since=move.seq, at=move.at, lost=lost)
        _enter(self._plan, spots, place, spot)


def _enter(plan: Plan, spots: dict[Place, Spot], place: Place, spot: Spot) -> None:
    spots[place] = spot
    step = plan.steps[spot.step] if spot.step is not None else None
    if isinstance(step, Parallel):
        for number, first in enumerate(step.branches):
            inner = msgspec.structs.replace(spot, step=first)
            _enter(plan, spots, (*place, f"{step.id}[{number}]"), inner)


def next_facts(
    plan: Plan, run: Run, now: datetime, rules: Rules, known: Spots | None = None
) -> list[RunFact]:
    """What can be recorded now about where the run stands. Apply it, and ask again until nothing.

    Of a run that is paused nothing follows; of a cancelled one its end, once nothing is open.

    Args:
        known: where this very run stood before, to be followed on from; None begins at its start.
    """
    if run.standing is not RunStanding.ACTIVE:
        return end_of_cancelled(run)
    spots = (known or Spots(plan, run)).now()
    trunk = spots[()]
    if trunk.step is None:
        return [RunEnded(run=run.id, ending=Ending.FAILED)]
    found: list[RunFact] = []
    for place, spot in spots.items():
        if spot.step is not None:
            found += _at(plan.steps[spot.step], place, spot, spots, run, now, rules)
    return found


def end_of_cancelled(run: Run) -> list[RunFact]:
    """The end of a cancelled run, once nothing is open; known without the plan."""
    over = run.standing is RunStanding.CANCELLED and not run.begun
    return [RunEnded(run=run.id, ending=Ending.CANCELLED)] if over else []


def _at(
    step: Step,
    place: Place,
    spot: Spot,
    spots: Mapping[Place, Spot],
    run: Run,
    now: datetime,
    rules: Rules,
) -> Iterator[RunFact]:
    begun = _begun(run, step.id, spot)
    match step:
        case Act():
            yield from _ended_by(step, run, run.orders[begun].result if begun else None)
            if not begun:
                yield _ordered(step, run, rules)
        case Ask():
            yield from _ended_by(step, run, run.questions[begun].choice if begun else None)
            if not begun:
                yield _asked(step, run, now)
        case Wait():
            yield from _ended_by(step, run, DONE if begun and run.timers[begun].ended else None)
            if not begun:
                yield _waiting(step, run, now)
        case Look():
            shown = run.shown.get(step.id)
            seen = shown is not None and shown.seq > spot.since
            yield from _ended_by(step, run, shown.verdict.value if shown and seen else None)
        case Parallel():
            branches = [spots[(*place, f"{step.id}[{n}]")] for n in range(len(step.branches))]
            yield from _ended_by(step, run, _joined(branches))
        case End():
            yield RunEnded(run=run.id, ending=step.ending)
        case _:
            assert_never(step)


def _ended_by(step: Step, run: Run, result: str | None) -> Iterator[StepEnded]:
    if result is not None:
        yield _step_ended(step, run, result)


def _joined(branches: Sequence[Spot]) -> str | None:
    if any(branch.step is not None for branch in branches):
        return None
    return FAILED if any(branch.lost for branch in branches) else DONE


def _begun(run: Run, step: str, spot: Spot) -> int:
    """The order, question or wait by which this step began at this visit; 0 when it has not."""
    seq = run.latest.get(step, 0)
    return seq if seq > spot.since else 0


def _ordered(step: Act, run: Run, rules: Rules) -> Ordered:
    return Ordered(
        run=run.id,
        step=step.id,
        connector=step.connector,
        target=step.target,
        wanted=step.wanted,
        repeatable=rules.repeatable.get(step.connector, Repeatable.NEITHER),
        approvals=rules.approvals[step.approvals],
        attempts_max=step.attempts_max,
        undo=step.undo,
        effect=Effect.CHANGE,
        evidence=(),
    )


def _asked(step: Ask, run: Run, now: datetime) -> Asked:
    limit = step.limit_seconds
    return Asked(
        run=run.id,
        step=step.id,
        question=step.question,
        choices=tuple(step.choices),
        role=step.role,
        limit_at=now + timedelta(seconds=limit) if limit is not None else None,
        on_limit=step.on_limit,
    )


def _waiting(step: Wait, run: Run, now: datetime) -> WaitBegan | StepEnded:
    if step.rounds_max is not None and run.rounds.get(step.id, 0) >= step.rounds_max:
        return _step_ended(step, run, ROUNDS)
    return WaitBegan(run=run.id, step=step.id, until=now + timedelta(seconds=step.seconds))


def _step_ended(step: Step, run: Run, result: str) -> StepEnded:
    to = target_of(step, result)
    return StepEnded(run=run.id, step=step.id, result=result, next=None if to == JOIN else to)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work: what falls due, named so that the same piece always has the same key.

    Args:
        kind: "order", "wait", "limit", "probe" or "plan".
        seq: the entry that it is about.
        step: the step of a probe.
        turn: how many attempts of an order have ended before.
    """

    kind: str
    run: str
    seq: int
    step: str = ""
    turn: int = 0

    @property
    def key(self) -> str:
        """Names the piece within its log."""
        return f"{self.kind}/{self.seq}/{self.turn}/{self.step}/{self.run}"


def due_pieces(plan: Plan, run: Run, known: Spots | None = None) -> list[tuple[Piece, datetime]]:
    """Every piece of work of this run, with the instant at which it falls due.

    An attempt that began stays due under every standing of the run, so that its end is recorded.

    Args:
        known: as for `next_facts`.
    """
    if run.standing is not RunStanding.ACTIVE:
        return begun_pieces(run)
    found: list[tuple[Piece, datetime]] = []
    for spot in (known or Spots(plan, run)).now().values():
        if spot.step is not None:
            found += _due_at(plan.steps[spot.step], spot, run)
    return found


def begun_pieces(run: Run) -> list[tuple[Piece, datetime]]:
    """The orders of which an attempt began whose end is not known; known without the plan."""
    return [(_order_piece(run, order), order.since) for order in run.begun]


def _due_at(step: Step, spot: Spot, run: Run) -> Iterator[tuple[Piece, datetime]]:
    begun = _begun(run, step.id, spot)
    limit = Piece(kind="limit", run=run.id, seq=begun)
    match step:
        case Act() if begun:
            order = run.orders[begun]
            if order.standing in (OrderStanding.READY, OrderStanding.OPEN):
                yield _order_piece(run, order), order.since
            elif order.standing is OrderStanding.AWAITING and step.limit_seconds is not None:
                yield limit, order.at + timedelta(seconds=step.limit_seconds)
        case Ask() if begun:
            question = run.questions[begun]
            if question.choice is None and question.fact.limit_at is not None:
                yield limit, question.fact.limit_at
        case Wait() if begun and not run.timers[begun].ended:
            yield Piece(kind="wait", run=run.id, seq=begun), run.timers[begun].fact.until
        case Look():
            yield Piece(kind="probe", run=run.id, seq=spot.since, step=step.id), spot.at
        case _:
            return


def _order_piece(run: Run, order: OrderRecord) -> Piece:
    return Piece(kind="order", run=run.id, seq=order.seq, turn=order.closed)


def due_rows(pieces: Sequence[tuple[Piece, datetime]]) -> dict[str, datetime]:
    """The pieces of work of a log as the journal keeps them: by key."""
    return {piece.key: at for piece, at in pieces}
