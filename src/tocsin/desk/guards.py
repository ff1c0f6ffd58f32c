"""What the law bars until somebody is told: acts that alter a system or destroy evidence.

Asked of the record just before the act. A stop that can be taken back is never barred, nor are a
switch, which alters no system, and words.
"""

from __future__ import annotations

from tocsin.desk.comeback import SWITCH
from tocsin.desk.known import Known
from tocsin.desk.record import Writer
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.legal import DutyReckoned, Standing
from tocsin.facts.runs import Effect, Ordered

ALTERS, DESTROYS = frozenset({"alter"}), frozenset({"alter", "destroy"})


def why_barred(desk: Writer, known: Known, order: Ordered) -> str | None:
    """Why the law bars this order now; None where it does not."""
    if order.effect not in (Effect.CHANGE, Effect.DESTROY):
        return None
    barring = known.legal.barring(DESTROYS if order.effect is Effect.DESTROY else ALTERS)
    if not barring or _is_switch(desk, order):
        return None
    known.require_fresh()
    incident = known.log.removeprefix(INCIDENT_PREFIX)
    return "; ".join(_words(desk, one, incident) for one in barring)


def _is_switch(desk: Writer, order: Ordered) -> bool:
    found = desk.knowledge.register().integrations.get(order.connector)
    return found is not None and found.kind == SWITCH and order.effect is Effect.CHANGE


def _words(desk: Writer, guard: DutyReckoned, incident: str) -> str:
    """Which article bars it, and what lifts that."""
    read = desk.law.read()
    rules = [] if read is None else [one for one in read.law.rules if one.id == guard.rule]
    where = f" ({', '.join(rules[-1].paragraphs)})" if rules else ""
    lifts = [one.guard.until for one in rules if one.guard and one.guard.until]
    may = "may bar" if guard.standing is Standing.OPEN else "bars"
    stated = (
        f"tocsin law state {incident} {lifts[-1]} INSTANT --because '...', or " if lifts else ""
    )
    return (
        f"{guard.rule}{where} {may} this act, which would alter what must be kept; it is lifted "
        f"by: {stated}counsel's decision: tocsin law decide {incident} {guard.rule} not-required "
        "--because '...'"
    )
