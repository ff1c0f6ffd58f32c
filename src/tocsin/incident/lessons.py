"""Folds a log into what its incident taught: factors, costs, items of work, changes, the review.

An item of work is closed only by an entry that names a proof which was attached to that very item
since it was opened, or opened again. Whoever wrote an entry that says otherwise changed nothing;
it stands under `disregarded`. A closure that rests on no drill says so for ever.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Generic, TypeVar, assert_never

import msgspec

from tocsin.facts import Access, Entry
from tocsin.facts.incidents import Assigned, HandoverAccepted, Reopened
from tocsin.facts.lessons import (
    ActionChanged,
    ActionClosed,
    ActionGivenUp,
    ActionKind,
    ActionOpened,
    ActionProofAttached,
    ActionReopened,
    ChangeProposed,
    CostRecorded,
    FactorNamed,
    LessonFact,
    LessonNoted,
    LessonWithdrawn,
    NarrativeWritten,
    ReviewHeld,
    ReviewScheduled,
    Section,
)
from tocsin.incident.model import COMMANDER, Disregarded, Part, place_of

REVIEW_WITHIN = timedelta(days=14)
"""So long after an incident was closed people look back on it at the latest."""


class Standing(enum.Enum):
    """Where an item of work stands. Only the second is a closed one."""

    OPEN = "open"
    CLOSED = "closed"
    GIVEN_UP = "given-up"


F = TypeVar("F", FactorNamed, LessonNoted, CostRecorded)


class Said(Part, Generic[F], frozen=True):
    """A factor, a lesson or a cost, as it was said, and why it does not stand any more, if so."""

    id: str
    fact: F
    access: Access
    withdrawn: str | None = None


class Written(Part, frozen=True):
    """One version of a section that a person wrote."""

    text: str
    access: Access


class Shown(Part, frozen=True):
    """A proof that was attached to an item of work."""

    proof: str
    drill: str | None
    says: str


class Proposed(Part, frozen=True):
    """A change of a text that an item of work carries out."""

    fact: ChangeProposed
    access: Access


class Ended(Part, frozen=True):
    """How an item of work came to its end; `shown` is None where it was given up."""

    because: str
    shown: Shown | None


class Item(Part, frozen=True):
    """An item of work as it stands. `at` is when it was opened, `changed` how often it moved."""

    id: str
    changes: ActionKind
    what: str
    owner: str
    due: datetime
    drill: str
    factor: str | None
    access: Access
    standing: Standing = Standing.OPEN
    proofs: tuple[Shown, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    ended: Ended | None = None
    moved: int = 0
    reopened: int = 0

    @property
    def is_proven(self) -> bool:
        """Whether it is closed by an exercise in which it worked, and not by a paper alone."""
        return self.ended is not None and (
            self.ended.shown is not None and self.ended.shown.drill is not None
        )

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been closed by now."""
        return self.standing is Standing.OPEN and self.due <= now


class Held(Part, frozen=True):
    """A review that was held."""

    facilitator: str
    attendees: tuple[str, ...]
    outcome: str


_COUNTED: dict[type, str] = {
    FactorNamed: "factor",
    LessonNoted: "lesson",
    CostRecorded: "cost",
    ActionOpened: "action",
    ChangeProposed: "change",
}


class Lessons(msgspec.Struct, kw_only=True):
    """What one log says its incident taught.

    Args:
        seq: of the last entry that was folded.
        counted: how many of each were ever named, also those that this reader does not see.
        review_due: when the review that is still to be held is due; None where none is awaited.
        narrative: of each section all versions, the newest last.
        commanded: whoever led the incident at any time.
    """

    seq: int = 0
    counted: dict[str, int] = {}
    factors: dict[str, Said[FactorNamed]] = {}
    lessons: dict[str, Said[LessonNoted]] = {}
    costs: dict[str, Said[CostRecorded]] = {}
    items: dict[str, Item] = {}
    changes: dict[str, Proposed] = {}
    narrative: dict[Section, list[Written]] = {}
    review_due: datetime | None = None
    reviews: list[Held] = []
    commanded: set[str] = set()
    disregarded: list[Disregarded] = []

    def take(self, entry: Entry) -> None:
        """Fold one more entry of the log."""
        self.seq = entry.seq
        fact = entry.fact
        if isinstance(fact, LessonFact):
            self._count(fact)
            why = self._taken(entry, fact)
            if why is not None:
                self.disregarded.append(Disregarded(**place_of(entry), why=why))
        elif isinstance(fact, Reopened):
            self.review_due = None  # it is not over; the next end asks for a review of its own
        elif isinstance(fact, Assigned | HandoverAccepted) and fact.role == COMMANDER:
            self.commanded.add(fact.person if isinstance(fact, Assigned) else entry.author.who)

    def next_id(self, word: str) -> str:
        """The next free id of a word, such as "action-3"."""
        return f"{word}-{self.counted.get(word, 0) + 1}"

    def readable(self, readers: frozenset[Access]) -> Lessons:
        """The same for a reader with these kinds of access: what is not theirs is not there."""
        narrative = {
            section: [one for one in versions if one.access in readers]
            for section, versions in self.narrative.items()
        }
        return msgspec.structs.replace(
            self,
            factors={name: one for name, one in self.factors.items() if one.access in readers},
            lessons={name: one for name, one in self.lessons.items() if one.access in readers},
            costs={name: one for name, one in self.costs.items() if one.access in readers},
            items={name: one for name, one in self.items.items() if one.access in readers},
            changes={name: one for name, one in self.changes.items() if one.access in readers},
            narrative={section: versions for section, versions in narrative.items() if versions},
        )

    @property
    def open_items(self) -> list[Item]:
        """The items that are neither closed nor given up, the one that is due first in front."""
        found = [one for one in self.items.values() if one.standing is Standing.OPEN]
        return sorted(found, key=lambda one: (one.due, one.seq))

    def _taken(self, entry: Entry, fact: LessonFact) -> str | None:
        """Why a fact changes nothing; None where it counts."""
        place = place_of(entry)
        match fact:
            case FactorNamed(factor=name) if self._is_new(name):
                self.factors[name] = Said(**place, id=name, fact=fact, access=entry.access)
            case LessonNoted(lesson=name) if self._is_new(name):
                self.lessons[name] = Said(**place, id=name, fact=fact, access=entry.access)
            case CostRecorded(cost=name) if self._is_new(name):
                self.costs[name] = Said(**place, id=name, fact=fact, access=entry.access)
            case FactorNamed() | LessonNoted() | CostRecorded():
                return "its id stands already"
            case LessonWithdrawn():
                return self._withdrawn(fact)
            case NarrativeWritten():
                written = Written(**place, text=fact.text, access=entry.access)
                self.narrative.setdefault(fact.section, []).append(written)
            case ReviewScheduled():
                self.review_due = fact.due
            case ReviewHeld():
                self.review_due = None
                self.reviews.append(
                    Held(
                        **place,
                        facilitator=fact.facilitator,
                        attendees=fact.attendees,
                        outcome=fact.outcome,
                    )
                )
            case ActionOpened():
                return self._opened(entry, fact)
            case _:
                return self._about_item(entry, fact)
        return None

    def _count(self, fact: LessonFact) -> None:
        word = _COUNTED.get(type(fact))
        if word is not None:
            self.counted[word] = self.counted.get(word, 0) + 1

    def _is_new(self, name: str) -> bool:
        return not any(name in known for known in (self.factors, self.lessons, self.costs))

    def _withdrawn(self, fact: LessonWithdrawn) -> str | None:
        name, because = fact.lesson, fact.because
        if name in self.factors:
            self.factors[name] = msgspec.structs.replace(self.factors[name], withdrawn=because)
        elif name in self.lessons:
            self.lessons[name] = msgspec.structs.replace(self.lessons[name], withdrawn=because)
        elif name in self.costs:
            self.costs[name] = msgspec.structs.replace(self.costs[name], withdrawn=because)
        else:
            return f"there is no readable {name}"
        return None

    def _opened(self, entry: Entry, fact: ActionOpened) -> str | None:
        if fact.action in self.items:
            return "its id stands already"
        self.items[fact.action] = Item(
            **place_of(entry),
            id=fact.action,
            changes=fact.changes,
            what=fact.what,
            owner=fact.owner,
            due=fact.due,
            drill=fact.drill,
            factor=fact.factor,
            access=entry.access,
        )
        return None

    def _about_item(
        self,
        entry: Entry,
        fact: ActionChanged
        | ActionProofAttached
        | ActionClosed
        | ActionReopened
        | ActionGivenUp
        | ChangeProposed,
    ) -> str | None:
        item = self.items.get(fact.action)
        if item is None:
            return f"there is no readable action item {fact.action}"
        if isinstance(fact, ChangeProposed):
            return self._proposed(entry, fact, item)
        after = _item_after(item, entry, fact)
        if isinstance(after, str):
            return after
        self.items[item.id] = after
        return None

    def _proposed(self, entry: Entry, fact: ChangeProposed, item: Item) -> str | None:
        if fact.change in self.changes:
            return "its id stands already"
        change = Proposed(**place_of(entry), fact=fact, access=entry.access)
        self.changes[fact.change] = change
        self.items[item.id] = msgspec.structs.replace(item, proposed=(*item.proposed, change))
        return None


def lessons_of(entries: Iterable[Entry]) -> Lessons:
    """What a log says its incident taught."""
    known = Lessons()
    for entry in entries:
        known.take(entry)
    return known


def _item_after(
    item: Item,
    entry: Entry,
    fact: ActionChanged | ActionProofAttached | ActionClosed | ActionReopened | ActionGivenUp,
) -> Item | str:
    """The item after a fact about it, or why that fact changes nothing."""
    place, is_open = place_of(entry), item.standing is Standing.OPEN
    if is_open == isinstance(fact, ActionReopened):
        return f"{item.id} was {item.standing.value}"
    match fact:
        case ActionChanged():
            return msgspec.structs.replace(
                item, owner=fact.owner, due=fact.due, drill=fact.drill, moved=item.moved + 1
            )
        case ActionProofAttached():
            shown = Shown(**place, proof=fact.proof, drill=fact.drill, says=fact.says)
            return msgspec.structs.replace(item, proofs=(*item.proofs, shown))
        case ActionClosed():
            proof = next((one for one in item.proofs if one.seq == fact.by), None)
            if proof is None:
                return f"entry {fact.by} is no proof of {item.id}"
            ended = Ended(**place, because=fact.because, shown=proof)
            return msgspec.structs.replace(item, standing=Standing.CLOSED, ended=ended)
        case ActionGivenUp():
            ended = Ended(**place, because=fact.because, shown=None)
            return msgspec.structs.replace(item, standing=Standing.GIVEN_UP, ended=ended)
        case ActionReopened():
            # What proved it before did not hold: it takes a new proof to close it again.
            return msgspec.structs.replace(
                item, standing=Standing.OPEN, ended=None, proofs=(), reopened=item.reopened + 1
            )
        case _:
            assert_never(fact)
