"""Carries out what a person just started, here and at once, and tells each thing as it is recorded.

No other process needs to run: a stop works where only this command does. Whatever is at work beside
it excludes itself by leases, as any two workers do.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tocsin.cli.frame.screen import Screen
from tocsin.cli.frame.seat import Seat
from tocsin.desk import Worker
from tocsin.desk.reading import EVERYDAY
from tocsin.facts.runs import Ending, Outcome, Probed, Receipted, Verdict
from tocsin.facts.withheld import as_read_by
from tocsin.incident.timeline import words_of
from tocsin.playbook import OrderStanding, Run

PATIENCE = timedelta(seconds=90)
POLL_SECONDS = 0.1
LEASE = timedelta(seconds=30)


class CarriedOut(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run came.

    Args:
        ending: None while it goes on: it waits for people, or took longer than we waited.
        waiting: actions that wait for people, by number.
        seen: the last look, in words; None when nobody looked.
    """

    incident: str
    run: str
    ending: str | None
    done: bool
    shown: bool
    seen: str | None
    waiting: tuple[int, ...]


def carried_out(seat: Seat, screen: Screen, incident: str, log: str, run: str) -> CarriedOut:
    """Serve this run, and no other, until it has ended or waits for people alone."""
    world = seat.world
    worker = Worker(world, lease=LEASE, desk=seat.desk, only=(log, run))
    told = max(0, world.journal.head(log) - 1)
    deadline = world.clock.now() + PATIENCE
    while True:
        served = worker.serve()
        for entry in as_read_by(world.journal.read(log, told), EVERYDAY):
            told = entry.seq
            screen.say(f"  {entry.recorded_at:%H:%M:%S}  {words_of(entry.fact)}")
        now = seat.desk.run(log, run)
        if not now.is_open or _waits_for_people(now) or world.clock.now() > deadline:
            return _summed_up(seat, incident, log, now)
        if not served:
            world.clock.sleep(POLL_SECONDS)


def _waits_for_people(run: Run) -> bool:
    standings = {order.standing for order in run.orders.values()}
    asks = any(question.choice is None for question in run.questions.values())
    asks = asks or any(approval.result is None for approval in run.approvals.values())
    at_work = standings & {OrderStanding.READY, OrderStanding.OPEN}
    waits = standings & {OrderStanding.AWAITING, OrderStanding.UNKNOWN}
    return not at_work and (asks or bool(waits))


def _summed_up(seat: Seat, incident: str, log: str, run: Run) -> CarriedOut:
    looks = [e.fact for e in seat.world.journal.read(log) if _of(e.fact, run.id, Probed)]
    acts = [e.fact for e in seat.world.journal.read(log) if _of(e.fact, run.id, Receipted)]
    last = looks[-1] if looks else None
    done = any(isinstance(a, Receipted) and a.outcome is not Outcome.NOT_DONE for a in acts)
    return CarriedOut(
        incident=incident,
        run=run.id,
        ending=run.ending.value if run.ending else None,
        done=done,
        shown=isinstance(last, Probed) and last.verdict is Verdict.SHOWN,
        seen=last.seen if isinstance(last, Probed) else None,
        waiting=tuple(
            order.seq
            for order in run.orders.values()
            if order.standing in (OrderStanding.AWAITING, OrderStanding.UNKNOWN)
        ),
    )


def _of(fact: object, run: str, kind: type) -> bool:
    return isinstance(fact, kind) and getattr(fact, "run", None) == run


def is_completed(out: CarriedOut) -> bool:
    """Whether the run came to its good end."""
    return out.ending == Ending.COMPLETED.value
