"""What waits for people or for evidence ends at once where a stop has superseded it.

Nobody shall be asked for leave to do what will not be done. Only a courtesy: whatever still waits
after a crash gives way at the latest when it would be carried out.
"""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.desk.acting.attempt import Attempt
from tocsin.desk.acting.gates import why_superseded
from tocsin.desk.loaded.known import Known
from tocsin.desk.record import Writer, draft
from tocsin.facts import Author, Draft
from tocsin.facts.runs import Effect
from tocsin.playbook import OrderRecord


def give_way_to(desk: Writer, stop: OrderRecord, author: Author) -> None:
    """End all that waits, in whatever incident, on the target of this stop and was asked before it.

    Any other order has nothing to give way to it.
    """
    if stop.fact.effect is not Effect.STOP:
        return
    place = (stop.fact.connector, stop.fact.target)
    waiting = desk.knowledge.waiting.now()
    for log in sorted({one.log for one in waiting if (one.connector, one.target) == place}):
        desk.enter(log, lambda known: _ended(desk, known), author)


def _ended(desk: Writer, known: Known) -> Sequence[Draft]:
    """That each order of this log that waits, and is superseded, will not be carried out."""
    found, now = list[Draft](), desk.world.clock.now()
    for run in known.runs.open:
        for order in run.orders.values():
            why = why_superseded(desk, known.log, order, known) if order.is_waiting else None
            if why is not None:
                attempt = Attempt(desk.world, known.log, order, order.attempts)
                found.append(draft(attempt.superseded(why), now))
    return found
