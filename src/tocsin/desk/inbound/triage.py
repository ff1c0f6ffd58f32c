"""What a person decides about what waits in triage, and about the bodies of what came in.

The incident is written first, the item after it, both under keys: repeated after a crash, it
finishes what it began.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import msgspec

from tocsin.desk.evidence.custody import custody_known, holds_on_log
from tocsin.desk.incidents import incident_id
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import check_decision_about, check_oneself, check_person, check_says_why
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.facts import Draft, Refused, incident_log
from tocsin.facts.deliveries import Delivery
from tocsin.facts.entry import SIGNALS_LOG
from tocsin.facts.incidents import Noted, Opened
from tocsin.facts.signals import (
    InboxErased,
    SignalsTaken,
    SignalTaken,
    TriageDismissed,
    TriageTaken,
    Went,
)
from tocsin.incident.custody import names_of
from tocsin.incident.decide_course import widened
from tocsin.incident.fold import replay
from tocsin.incident.model import Status
from tocsin.register.mistakes import did_you_mean
from tocsin.register.model import Decision
from tocsin.signals.taken import Item, ItemState, Seen, Taken

TITLE_MAX = 160
PAGE = 500
TAIL = 1000


class Erasable(Protocol):
    """What destroying bodies needs of the inbox."""

    def after(self, place: int, most: int) -> Sequence[Delivery]:
        """The deliveries after a place (exclusive), in order."""

    def last(self) -> int:
        """The last place that was given."""

    def erase(self, first: int, last: int) -> int:
        """Destroy the bodies at these places; how many there were."""


class TakenOn(msgspec.Struct, frozen=True, kw_only=True):
    """The incident as which a triage item goes on; `opened`: it was opened for it."""

    incident: str
    opened: bool


def taken_of(desk: Writer) -> Taken:
    """What the log of signals says now."""
    taken = Taken()
    for entry in desk.world.journal.read(SIGNALS_LOG):
        taken.apply(entry)
    return taken


def last_decided(desk: Writer) -> int:
    """The last place of the inbox that the record has decided about; 0 when there is none."""
    head = desk.world.journal.head(SIGNALS_LOG)
    for back in (TAIL, head):
        entries = desk.world.journal.read(SIGNALS_LOG, max(0, head - back))
        for entry in reversed(entries):
            if isinstance(entry.fact, SignalsTaken):
                return entry.fact.last
    return 0


def item_of(taken: Taken, name: str) -> Item:
    """A triage item by its id. Raises Refused when there is none."""
    item = taken.items.get(name.lower())
    if item is None:
        otherwise = "see: tocsin triage list"
        raise Refused(f"no triage item is called {name!r}; {did_you_mean(name, (), otherwise)}")
    return item


def take_item(desk: Writer, name: str, into: str | None, because: str, by: By) -> TakenOn:
    """Let a triage item go on as an incident: one that is open, or a new one.

    Raises:
        Refused: no such item, it was decided already, or the incident is not open.
    """
    check_person(desk, by.author)
    check_oneself(desk, by.author)
    check_says_why(because)
    item = _open_item(desk, name)
    opens = into is None
    incident = into or incident_id(f"triage/{item.fact.item}/{item.fact.digest}")
    now, register = desk.world.clock.now(), desk.knowledge.nearest_register()
    fact = item.fact
    note = Noted(
        text=f"{fact.item} was laid here from triage. {fact.source} says: {fact.summary} "
        f"[{because}; see: tocsin triage show {fact.item}]"
    )

    def judge(known: Known) -> Sequence[Draft]:
        if not opens:
            if not known.entries or replay(known.entries).status is not Status.OPEN:
                raise Refused(f"incident {incident} is not open; name one that is, or none")
            because = f"triage item {fact.item}, which was laid here, names it"
            wider = widened(known.systems, fact.systems, register.systems, because)
            return [draft(note, now), *([] if wider is None else [draft(wider, now)])]
        opened = Opened(
            title=_title(fact.systems, fact.summary),
            systems=fact.systems,
            unregistered=(),
            discovered_at=now,
            occurred_at=None,
        )
        return [draft(note, now)] if known.entries else [draft(opened, now), draft(note, now)]

    key = f"triage/{fact.item}"
    desk.decide_known(incident_log(incident), judge, by.author, client_key=key, sign=by.sign)
    _end(desk, TriageTaken(item=fact.item, into=incident, because=because), by)
    return TakenOn(incident=incident, opened=opens)


def dismiss_item(desk: Writer, name: str, because: str, by: By) -> Item:
    """Judge that a triage item needs nothing. Raises Refused as `take_item` does."""
    item = _open_item(desk, name)
    check_decision_about(desk, Decision.DISMISSAL, item.fact.systems, by.author)
    check_says_why(because)
    _end(desk, TriageDismissed(item=item.fact.item, because=because), by)
    return item


def erase_bodies(
    desk: Writer,
    inbox: Erasable,
    first: int,
    last: int,
    because: str,
    by: By,
    *,
    read: Callable[[Delivery], Sequence[str]],
) -> int:
    """Destroy the bodies at these places, both inclusive; on record before it is done.

    Args:
        read: gives the ids of the signals that a delivery carries, of which each may be laid to an
            incident that holds it.

    Returns:
        how many there were to destroy.

    Raises:
        Refused: places that hold nothing, a hold, or a proof that is too weak.
    """
    check_decision_about(desk, Decision.ERASURE, (), by.author)
    check_says_why(because)
    if not 1 <= first <= last <= inbox.last():
        raise Refused(f"places {first} to {last}: the inbox has 1 to {inbox.last()}")
    _check_no_hold(desk, inbox, first, last, read)
    fact = InboxErased(first=first, last=last, because=because)
    now = desk.world.clock.now()
    desk.decide_known(
        SIGNALS_LOG, lambda _: [draft(fact, now)], by.author,
        client_key=by.client_key, sign=by.sign,
    )  # fmt: skip
    return inbox.erase(first, last)


def history_of(desk: Writer, names: Collection[str]) -> list[Seen]:
    """Every decision about these signals, in the order of the record."""
    entries = desk.world.journal.read(SIGNALS_LOG)
    return [
        Seen(fact=entry.fact, at=entry.recorded_at)
        for entry in entries
        if isinstance(entry.fact, SignalTaken) and entry.fact.signal in names
    ]


def _check_no_hold(
    desk: Writer,
    inbox: Erasable,
    first: int,
    last: int,
    read: Callable[[Delivery], Sequence[str]],
) -> None:
    """Passes when no incident to which something in these places was laid holds its evidence."""
    names: set[str] = set()
    place = first - 1
    while place < last and (some := inbox.after(place, PAGE)):
        names.update(name for one in some if one.place <= last for name in read(one))
        place = some[-1].place
    into = {
        seen.fact.into
        for seen in history_of(desk, names)
        if seen.fact.went in (Went.OPENED, Went.JOINED, Went.ECHO)
    }
    known = custody_known(desk)
    for incident in sorted(into):
        holds = names_of(holds_on_log(known, incident_log(incident)))
        if holds:
            raise Refused(
                f"bodies at places {first} to {last} were laid to incident {incident}, and cannot "
                f"be destroyed while these holds stand: {', '.join(holds)}; release them first"
            )


def _open_item(desk: Writer, name: str) -> Item:
    item = item_of(taken_of(desk), name)
    if item.state is not ItemState.OPEN:
        how = f"taken on as {item.into}" if item.state is ItemState.TAKEN else "dismissed"
        raise Refused(f"{item.fact.item} was {how} by {item.by}: {item.because}")
    return item


def _end(desk: Writer, fact: TriageTaken | TriageDismissed, by: By) -> None:
    def judge(known: Known) -> Sequence[Draft]:
        taken = Taken()
        for entry in known.entries:
            taken.apply(entry)
        if taken.items[fact.item].state is not ItemState.OPEN:
            raise Refused(f"{fact.item} was decided meanwhile; see: tocsin triage show {fact.item}")
        return [draft(fact, desk.world.clock.now())]

    desk.decide_known(SIGNALS_LOG, judge, by.author, client_key=f"triage/{fact.item}", sign=by.sign)


def _title(systems: tuple[str, ...], summary: str) -> str:
    title = f"{systems[0]}: {summary}" if systems else summary
    return title if len(title) <= TITLE_MAX else title[: TITLE_MAX - 3] + "..."
