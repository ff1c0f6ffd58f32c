"""Folds the log of signals: which are known, where each went, what waits, what incidents are owed.

`apply` is asked for each entry in order; where the log is cut makes no difference. The last batch
may not have been carried into the incidents' logs yet: `owed` says what each of them is to be told.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime

import msgspec

from tocsin.facts import Entry
from tocsin.facts.signals import (
    InboxErased,
    SignalsTaken,
    SignalState,
    SignalTaken,
    TriageDismissed,
    TriageOpened,
    TriageTaken,
    Urgency,
    Went,
)

LEFT_OUT = "of alerts left out"
LINES_MOST = 20
"""How many new signals an incident is told of in words at once; the rest are counted."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The newest decision about a signal.

    Args:
        earlier: what decisions before it named, since it was last resolved.
    """

    fact: SignalTaken
    at: datetime
    earlier: frozenset[str] = frozenset()

    @property
    def named(self) -> frozenset[str]:
        """What it is known to name: systems, alerts, and that some were left out."""
        fact = self.fact
        alerts = (fact.name, *fact.also.splitlines())
        return self.earlier | names_in(fact.systems, alerts, fact.left_out)


def names_in(systems: Iterable[str], alerts: Iterable[str], left_out: int) -> frozenset[str]:
    """What a signal names, in words."""
    found = [f"of system {one}" for one in systems] + [f"of alert {one}" for one in alerts if one]
    return frozenset([*found, LEFT_OUT] if left_out else found)


def note_of(text: str) -> str:
    """A note about a signal, as what it is known to say."""
    return f"note {text}"


def seen_after(before: Seen | None, fact: SignalTaken, at: datetime) -> Seen:
    """What is known of a signal once this was decided about it; a note leaves it as it stood."""
    if fact.state is SignalState.NOTED:
        stood = before or Seen(fact=fact, at=at)
        return msgspec.structs.replace(stood, earlier=stood.earlier | {note_of(fact.summary)})
    if before is None or before.fact.state is SignalState.RESOLVED:
        return Seen(fact=fact, at=at)
    earlier = before.named - Seen(fact=fact, at=at).named
    return Seen(fact=fact, at=at, earlier=earlier)


class ItemState(enum.Enum):
    """What became of a triage item."""

    OPEN = "open"
    TAKEN = "taken"
    DISMISSED = "dismissed"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person, or did.

    Args:
        signals: how many different ones it gathers.
        by, because: who ended it, and why.
    """

    fact: TriageOpened
    at: datetime
    signals: int = 0
    state: ItemState = ItemState.OPEN
    into: str = ""
    by: str = ""
    because: str = ""


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident is to be told after a batch.

    Args:
        batch: the sequence number of the fact that ends the batch.
        opens: the signal that opens it, if it is new.
        new: what says something new there, in order.
        heard: how often something was said there since it was last told.
        first: the first place in the inbox since then.
    """

    incident: str
    batch: int
    opens: SignalTaken | None
    new: tuple[SignalTaken, ...]
    heard: int
    firing: int
    resolved: int
    first: int
    last: int


class _Telling:
    """What is counted for one incident."""

    def __init__(self) -> None:
        self.heard = self.told = 0
        self.first = 0
        self.states: dict[str, SignalState] = {}


class Taken:
    """What the log of signals says after the entries that were applied."""

    def __init__(self) -> None:
        self.cursor = 0  # all places up to this one are decided
        self.ahead = 0  # and what is proven up to this one
        self.seq = 0
        self.signals: dict[str, Seen] = {}
        self.groups: dict[str, Seen] = {}  # the newest of a group that opened or joined
        self.items: dict[str, Item] = {}
        self.open_items: dict[str, str] = {}  # by group
        self.owed: tuple[Owed, ...] = ()
        self.erased: list[tuple[int, int]] = []
        self.deliveries = self.repeats = self.unreadable = 0
        self._tellings: dict[str, _Telling] = {}
        self._new: dict[str, list[SignalTaken]] = {}

    def apply(self, entry: Entry) -> None:
        """Take one more entry of the log."""
        self.seq = entry.seq
        match entry.fact:
            case SignalTaken() as fact:
                self._signal(fact, entry)
            case SignalsTaken() as fact:
                self._batch(fact, entry)
            case TriageOpened() as fact:
                self.items[fact.item] = Item(fact=fact, at=entry.recorded_at)
                self.open_items[fact.group] = fact.item
            case TriageTaken(item=item) as fact:
                self._ended(item, ItemState.TAKEN, entry, fact.because, fact.into)
            case TriageDismissed(item=item) as fact:
                self._ended(item, ItemState.DISMISSED, entry, fact.because)
            case InboxErased(first=first, last=last):
                self.erased.append((first, last))
            case _:
                pass

    @property
    def waiting(self) -> list[Item]:
        """Triage items that are open, the oldest first."""
        return [one for one in self.items.values() if one.state is ItemState.OPEN]

    def has_decided(self, place: int, *, proven: bool) -> bool:
        """Whether what lies at this place has been decided."""
        return place <= (self.ahead if proven else self.cursor)

    def named_in(self, incident: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What fires of an incident, by the names of alerts, and the systems it is about."""
        facts = [
            one.fact
            for one in self.signals.values()
            if one.fact.into == incident
            and one.fact.went in (Went.OPENED, Went.JOINED)
            and one.fact.state is SignalState.FIRING
        ]
        names = (name for one in facts for name in (one.name, *one.also.splitlines()) if name)
        systems = (name for one in facts for name in one.systems)
        return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(systems))

    def counts(self, incident: str) -> tuple[int, int]:
        """How many signals of an incident fire, and how many are resolved."""
        telling = self._tellings.get(incident)
        states = list(telling.states.values()) if telling is not None else []
        resolved = states.count(SignalState.RESOLVED)
        return len(states) - resolved, resolved

    def _signal(self, fact: SignalTaken, entry: Entry) -> None:
        seen = seen_after(self.signals.get(fact.signal), fact, entry.recorded_at)
        self.signals[fact.signal] = seen
        is_note = fact.state is SignalState.NOTED
        if fact.went is Went.TRIAGE and fact.into in self.items and not is_note:
            item = self.items[fact.into]
            self.items[fact.into] = msgspec.structs.replace(item, signals=item.signals + 1)
        if fact.went in (Went.OPENED, Went.JOINED):
            if fact.state is SignalState.FIRING:
                self.groups[fact.group] = seen
            self._new.setdefault(fact.into, []).append(fact)
            telling = self._tellings.setdefault(fact.into, _Telling())
            if not is_note:
                telling.states[fact.signal] = fact.state

    def _batch(self, fact: SignalsTaken, entry: Entry) -> None:
        self.cursor = fact.upto or fact.last
        self.ahead = max(self.ahead, fact.last)
        self.deliveries += fact.deliveries
        self.repeats += fact.repeats
        self.unreadable += fact.unreadable
        self.owed = tuple(
            owed
            for incident, heard in zip(fact.incidents, fact.heard, strict=False)
            if (owed := self._owed(incident, heard, fact, entry)) is not None
        )
        self._new.clear()

    def _owed(self, incident: str, heard: int, fact: SignalsTaken, entry: Entry) -> Owed | None:
        telling = self._tellings.setdefault(incident, _Telling())
        if telling.heard == telling.told:
            telling.first = fact.first
        telling.heard += heard
        new = self._new.get(incident, [])
        if not new and telling.heard < 2 * telling.told:
            return None  # said again, and not yet twice as often as it was told
        since, first = telling.heard - telling.told, telling.first
        telling.told = telling.heard
        firing, resolved = self.counts(incident)
        return Owed(
            incident=incident,
            batch=entry.seq,
            opens=next((one for one in new if one.went is Went.OPENED), None),
            new=tuple(new),
            heard=since,
            firing=firing,
            resolved=resolved,
            first=first,
            last=fact.last,
        )

    def _ended(
        self, name: str, state: ItemState, entry: Entry, because: str, into: str = ""
    ) -> None:
        item = self.items.get(name)
        if item is None or item.state is not ItemState.OPEN:
            return
        self.items[name] = msgspec.structs.replace(
            item, state=state, into=into, by=entry.author.who, because=because
        )
        if self.open_items.get(item.fact.group) == name:
            del self.open_items[item.fact.group]


def worst(signals: tuple[SignalTaken, ...]) -> Urgency:
    """The worst urgency among signals."""
    order = list(Urgency)
    return min((one.urgency for one in signals), key=order.index, default=Urgency.UNSAID)


def left_out_words(count: int) -> str:
    """What a sender left out of a body, in words."""
    return f"its sender left {count} more alerts out, see there"
