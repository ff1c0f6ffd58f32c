"""Takes in what came from outside: each place of the inbox is decided once, on record.

A batch is decided in one append to the log of signals, which names the places; only then is it
carried into the incidents' logs, under a key made of that append. Killed anywhere, or done by two
at once, it leaves each decision once: the log of signals takes one of two, and who comes next
first carries out what the last batch owes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from tocsin.desk.inbound.signals_told import call_those_who_wait, tell
from tocsin.desk.incidents import incident_id, open_about
from tocsin.desk.record import Writer, draft
from tocsin.facts import (
    Asserter,
    Author,
    Conflict,
    Fact,
    Proof,
    Refused,
    Unreachable,
    incident_log,
)
from tocsin.facts.deliveries import Delivery
from tocsin.facts.entry import INCIDENT_PREFIX, SIGNALS_LOG
from tocsin.facts.incidents import Relation
from tocsin.facts.marks import Mark, origin_in_marks
from tocsin.incident.fold import replay
from tocsin.incident.model import Incident, Status
from tocsin.register.model import Register
from tocsin.signals.decide import Deciding, name_of
from tocsin.signals.echoes import Written
from tocsin.signals.formats import read_body
from tocsin.signals.incidents import Incidents, Standing
from tocsin.signals.model import BodyMistake, Reading
from tocsin.signals.readings import Readings
from tocsin.signals.rules import Rules
from tocsin.signals.taken import Taken

BATCH_MAX = 4000
AHEAD_MAX = 1000
"""How many proven deliveries a batch takes from behind those it holds already."""

REPEATS_WAIT = timedelta(seconds=5)
EVERY_SECONDS = 0.1
REST_MOST = 0.5
"""How long to rest after a round, at most; a flood leaves the disk to those who acknowledge it."""

told = logging.getLogger("tocsin.desk")


class Inbox(Protocol):
    """What taking in needs of the inbox."""

    def after(self, place: int, most: int, *, proven: bool = False) -> Sequence[Delivery]:
        """The deliveries after a place (exclusive), in order; or of those only what is proven."""

    def mark_decided(self, place: int) -> None:
        """Say up to where everything is decided."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What one round did.

    Args:
        deliveries: how many were decided.
        incidents: those that were told of something.
        more: there may be more to decide at once.
    """

    deliveries: int = 0
    incidents: tuple[str, ...] = ()
    more: bool = False


class _Pending:
    """A batch that grows: what it holds was looked at, and is not on record yet."""

    def __init__(self, deciding: Deciding, taken: Taken, since: datetime) -> None:
        self.deciding, self.seq, self.since = deciding, taken.seq, since
        self.place, self.ahead = taken.cursor, taken.ahead
        self.count = self.hurried = 0


class TakingIn:
    """Whoever takes in what came, in one process. Any number may do it at once."""

    def __init__(self, desk: Writer, inbox: Inbox, *, name: str | None = None) -> None:
        who = name or f"inbox-{desk.world.ids.salt()[:8]}"
        self.author = Author(who=who, kind=Asserter.WORKER, proof=Proof.PROCESS)
        self._desk, self._inbox = desk, inbox
        self.taken = Taken()
        self._pending: _Pending | None = None
        self._awaited = frozenset[str]()  # triage items that are known to fall due
        self._carried = 0  # up to this entry of the log all that was owed is carried out
        self._readings = Readings()
        self._rules: tuple[Register, Rules] | None = None

    def once(self, *, patient: bool = True) -> Round:
        """Decide what came in since, and carry it out; nothing when nothing came.

        Args:
            patient: let what says nothing new wait a few seconds for more of it.

        Raises:
            Unreachable: the inbox or the record cannot be read or written now.
        """
        self._read_on()
        told_of = self._carry_out()
        self._await_people()
        call_those_who_wait(self._desk, self.taken, self.author)
        pending = self._gathered()
        if not pending.count:
            return Round(incidents=told_of)
        now = self._desk.world.clock.now()
        waits = now - pending.since < REPEATS_WAIT and pending.count < BATCH_MAX
        if patient and waits and not pending.deciding.matters:
            return Round(incidents=told_of)
        self._pending = None
        drafts = [draft(fact, now) for fact in pending.deciding.decided(pending.place).facts]
        try:
            self._desk.world.journal.append(SIGNALS_LOG, self.taken.seq, drafts, self.author)
        except Conflict:
            return Round(incidents=told_of, more=True)  # another decided them; read on
        self._read_on()
        told_of = (*told_of, *self._carry_out())
        self._await_people()
        self._inbox.mark_decided(self.taken.cursor)
        more = pending.count >= BATCH_MAX
        return Round(deliveries=pending.count, incidents=told_of, more=more)

    def _gathered(self) -> _Pending:
        """What came in and is not decided, each delivery looked at once while the log stands."""
        now = self._desk.world.clock.now()
        pending = self._pending
        if pending is None or pending.seq != self.taken.seq:
            pending = self._pending = _Pending(self._deciding(now), self.taken, now)
        came = self._inbox.after(pending.place, BATCH_MAX - pending.count)
        for delivery in came:
            pending.place = delivery.place
            if not delivery.proven or delivery.place > pending.ahead:
                self._take(pending, delivery)
        if came or pending.count >= BATCH_MAX:
            self._hurry(pending)
        return pending

    def _hurry(self, pending: _Pending) -> None:
        """Take what is proven from behind the rest: a flood that nothing proves keeps it waiting
        for one batch at most."""
        place = max(pending.place, pending.ahead)
        for delivery in self._inbox.after(place, AHEAD_MAX - pending.hurried, proven=True):
            if delivery.place == pending.place + 1:
                pending.place = delivery.place
            pending.ahead, pending.hurried = delivery.place, pending.hurried + 1
            self._take(pending, delivery)

    def _take(self, pending: _Pending, delivery: Delivery) -> None:
        pending.since = min(pending.since, delivery.received_at)
        pending.deciding.take(delivery, self._reading(delivery))
        pending.count += 1

    def preview(self, delivery: Delivery) -> tuple[Reading, Sequence[Fact]]:
        """What a delivery carries, and what would be decided about it now; nothing is recorded."""
        self._read_on()
        reading, deciding = self._reading(delivery), self._deciding(self._desk.world.clock.now())
        deciding.take(delivery, reading)
        return reading, deciding.decided().facts

    def names_in(self, delivery: Delivery) -> list[str]:
        """The ids of the signals that a delivery carries."""
        return [name_of(delivery, one) for one in self._reading(delivery).signals]

    def _read_on(self) -> None:
        for entry in self._desk.world.journal.read(SIGNALS_LOG, self.taken.seq):
            self.taken.apply(entry)

    def _await_people(self) -> None:
        """Let what waits in triage fall due; the rows follow from the facts, also after a crash."""
        items = frozenset(self.taken.open_items.values())
        if items != self._awaited:
            self._desk.refresh(SIGNALS_LOG)
            self._awaited = items

    def _carry_out(self) -> tuple[str, ...]:
        """Tell the incidents what the last batch owes them; done before, it changes nothing."""
        owed = self.taken.owed
        if not owed or owed[0].batch <= self._carried:
            return ()
        register = self._desk.knowledge.register()
        for one in owed:
            tell(self._desk, one, register, self.author)
        self._carried = owed[0].batch
        return tuple(one.incident for one in owed)

    def _deciding(self, now: datetime) -> Deciding:
        register = self._desk.knowledge.register()
        if self._rules is None or self._rules[0] is not register:
            self._rules = (register, Rules.of(register))
        incidents = Incidents(self._standing, self._open_about, incident_id, self._written)
        return Deciding(self.taken, self._rules[1], incidents, now)

    def _standing(self, incident: str) -> Standing | None:
        known = self._desk.known(incident_log(incident))
        return standing_of(replay(known.entries)) if known.entries else None

    def _open_about(self, system: str) -> list[Standing]:
        found = [standing_of(incident) for incident in open_about(self._desk, system)]
        return [one for one in found if one is not None]

    def _written(self, mark: Mark) -> Written | None:
        """What of this record a mark names; None for the mark of another."""
        journal = self._desk.world.journal
        if mark.origin != origin_in_marks(journal.origin):
            return None
        if not journal.head(mark.log):
            return Written()
        orders = [
            run.orders.get(mark.order) for run in self._desk.known(mark.log).runs.by_id.values()
        ]
        order = next((one for one in orders if one is not None), None)
        if order is None:
            return Written()
        incident = mark.log.removeprefix(INCIDENT_PREFIX)
        what = f"action {mark.order} of {incident} through {order.fact.connector}"
        return Written(incident=incident, what=what)

    def _reading(self, delivery: Delivery) -> Reading:
        """What a delivery carries; the same body is read once."""
        if delivery.body is None:
            wrong = BodyMistake(field="", found="nothing", remedy="its body was destroyed")
            return Reading(mistakes=(wrong,))
        key = (delivery.format, delivery.digest, *sorted(delivery.said.items()))
        reading = self._readings.get(key)
        if reading is None:
            reading = read_body(delivery.format, delivery.body, delivery.said)
            self._readings.keep(key, reading, len(delivery.body))
        return reading


def standing_of(incident: Incident) -> Standing | None:
    """How an incident stands, for what is decided about signals; None when it was never opened."""
    if incident.opened_at is None:
        return None
    gone = [one.other for one in incident.links if one.relation is Relation.MERGED_INTO]
    came = [one.other for one in incident.links if one.relation is Relation.SPLIT_FROM]
    merged = incident.status is Status.MERGED
    return Standing(
        incident=incident.log.removeprefix(INCIDENT_PREFIX),
        opened_at=incident.opened_at,
        ended="" if incident.status is Status.OPEN else incident.status.value,
        goes_on_as=gone[-1] if merged and gone else "",
        split_from=came[-1] if came else "",
        systems=incident.systems,
    )


def take_in(
    desk: Writer,
    inbox: Inbox,
    stop: threading.Event,
    *,
    name: str | None = None,
    every_seconds: float = EVERY_SECONDS,
) -> None:
    """Round after round until `stop` is set. What fails is told, and tried again."""
    taking = TakingIn(desk, inbox, name=name)
    while not stop.is_set():
        begun = desk.world.clock.now()
        try:
            round_ = taking.once()
        except (Refused, Unreachable) as away:
            told.warning("what came in cannot be decided now: %s", away)
            stop.wait(1)
            continue
        except Exception as error:  # noqa: BLE001 - nothing that came may be left lying for good
            told.error("what came in could not be decided: %s", error, exc_info=True)
            taking = TakingIn(desk, inbox, name=taking.author.who)  # read it all anew
            stop.wait(5)
            continue
        lasted = (desk.world.clock.now() - begun).total_seconds()
        if not round_.more:
            stop.wait(min(max(every_seconds, 2 * lasted), REST_MOST))
