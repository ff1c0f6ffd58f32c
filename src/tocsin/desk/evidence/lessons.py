"""Records what an incident taught; what shows something is in the vault before a fact says so.

Whoever decides here reads as the person who asks: what is counsel's is neither shown nor named to
others. An exercise counts as a proof only where its own log stands in this record.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec

from tocsin.desk.evidence.counsel import counsel_of
from tocsin.desk.loaded.known import Known
from tocsin.desk.people import actor, check_person
from tocsin.desk.plans.runs import By
from tocsin.desk.reading import EVERYDAY, labels_of
from tocsin.desk.record import Writer
from tocsin.facts import Access, Draft, Fact, Refused, incident_log
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.lessons import NarrativeWritten, ReviewHeld
from tocsin.facts.withheld import as_read_by
from tocsin.incident.decide_actions import Text, finish_action, open_item, propose
from tocsin.incident.fold import replay
from tocsin.incident.lessons import Item, Lessons, lessons_of
from tocsin.incident.model import Actor, Incident
from tocsin.incident.privilege import Space, space_of
from tocsin.incident.privilege import why_no_cause as why_not
from tocsin.world import Appended

EXERCISE_PREFIX = "drill/"
"""Before the id of an exercise: its own log."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision is about: what was taught so far, as this person may read it.

    Args:
        counsel: whether the register names anybody as counsel.
    """

    known: Lessons
    incident: Incident
    space: Space
    counsel: bool
    actor: Actor
    at: datetime
    people: frozenset[str]


Choose = Callable[[Case], Sequence[Draft]]


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """What shows that an item of work is done.

    Args:
        data: a file's; None where `digest` names a piece that is on record already.
        exercise: the id of the exercise whose record it is.
    """

    says: str
    name: str = ""
    data: bytes | None = None
    digest: str | None = None
    exercise: str | None = None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it is to read, and as it reads now where there is one, with what differs."""

    text: Text
    before: bytes | None
    after: bytes


def why_no_cause(desk: Writer, log: str) -> str | None:
    """Why nobody may write the root cause of this incident now; None when somebody may."""
    now, counsel = desk.world.clock.now(), bool(counsel_of(desk))
    return why_not(space_of(desk.world.journal.read(log)), now, counsel=counsel)


def name_of(fact: Fact) -> str:
    """What a fact about lessons is called among people: its id, or what it is."""
    for field in ("factor", "lesson", "cost", "action", "change"):
        name = getattr(fact, field, None)
        if name:
            return str(name)
    match fact:
        case NarrativeWritten():
            return f"the section {fact.section.value}"
        case ReviewHeld():
            return "the review"
        case _:
            return "it"


def learn(desk: Writer, incident: str, choose: Choose, by: By, at: datetime) -> Appended:
    """Record what `choose` gives for the incident as it stands at that very moment.

    Raises:
        Refused: by the decision, or the author is nobody of the register.
    """
    check_person(desk, by.author)
    who, people = actor(desk, by.author.who), frozenset(desk.knowledge.nearest_register().people)
    counsel = bool(counsel_of(desk))

    def judge(known: Known) -> Sequence[Draft]:
        space = space_of(known.entries)
        return choose(
            Case(
                known=lessons_of(known.entries).readable(labels_of(desk, by.author, space)),
                incident=replay(known.entries),
                space=space,
                counsel=counsel,
                actor=who,
                at=at,
                people=people,
            )
        )

    log = incident_log(incident)
    return desk.decide_known(log, judge, by.author, client_key=by.client_key, sign=by.sign)


def finish(
    desk: Writer, incident: str, action: str, piece: Piece, because: str, by: By
) -> tuple[str, Appended]:
    """Close an item by what shows that it is done; the digest of that, and what was recorded.

    Raises:
        Refused: the item is not open, the exercise has no log here, or the file is empty.
    """
    now = desk.world.clock.now()
    exercise = _exercise(desk, piece.exercise)
    _check_open(desk, incident, action, by)
    digest, size = piece.digest or "", 0
    if piece.data is not None:
        if not piece.data:
            raise Refused(f"{piece.name} is empty and shows nothing; name the file that shows it")
        stored = desk.world.vault.put(io.BytesIO(piece.data))
        digest, size = stored.digest, stored.size

    def choose(case: Case) -> list[Draft]:
        item = open_item(case.known, action)
        kept = [] if piece.data is None else [_kept(piece, digest, size, item, now)]
        return kept + finish_action(
            case.known,
            now,
            action=action,
            proof=digest,
            drill=exercise,
            says=piece.says,
            because=because,
            seq=case.known.seq + len(kept) + 1,
        )

    return digest, learn(desk, incident, choose, by, now)


def proposed(desk: Writer, incident: str, action: str, version: Version, by: By) -> Appended:
    """Record that a text is to read differently; both versions are in the vault before that."""
    _check_open(desk, incident, action, by)
    for data in (version.before, version.after):
        if data is not None:
            desk.world.vault.put(io.BytesIO(data))
    now = desk.world.clock.now()
    return learn(
        desk,
        incident,
        lambda case: propose(case.known, now, action=action, text=version.text),
        by,
        now,
    )


def taught(
    desk: Writer, labels: Callable[[str], frozenset[Access]]
) -> Iterator[tuple[str, Lessons]]:
    """Every incident from which work or a review follows, with what it taught its reader.

    Args:
        labels: what this reader may read of the log of this name.
    """
    for log in desk.world.journal.logs(INCIDENT_PREFIX):
        known = lessons_of(as_read_by(desk.world.journal.read(log), labels(log)))
        if known.items or known.review_due is not None:
            yield log.removeprefix(INCIDENT_PREFIX), known


def overdue(desk: Writer) -> tuple[int, int]:
    """How many items of work and how many reviews should be over by now, as all may read."""
    now, items, reviews = desk.world.clock.now(), 0, 0
    for _, known in taught(desk, lambda _: EVERYDAY):
        items += sum(one.is_overdue(now) for one in known.items.values())
        reviews += known.review_due is not None and known.review_due <= now
    return items, reviews


def _check_open(desk: Writer, incident: str, action: str, by: By) -> None:
    """Before anything is put into the vault: that what is asked for can be."""
    if desk.answered(incident_log(incident), by.author, by.client_key) is None:
        entries = desk.world.journal.read(incident_log(incident))
        mine = labels_of(desk, by.author, space_of(entries))
        open_item(lessons_of(entries).readable(mine), action)


def _exercise(desk: Writer, named: str | None) -> str | None:
    if named is None:
        return None
    log = named if named.startswith(EXERCISE_PREFIX) else EXERCISE_PREFIX + named
    if log not in set(desk.world.journal.logs(EXERCISE_PREFIX)):
        raise Refused(
            f"there is no record of an exercise {named!r} here; until there is, name what else "
            "shows it (--proof FILE), and the item will say that it is not proven by a drill"
        )
    return log


def _kept(piece: Piece, digest: str, size: int, item: Item, now: datetime) -> Draft:
    fact = EvidenceAcquired(
        digest=digest,
        size=size,
        name=piece.name,
        source="whoever did it",
        because=f"it shows that {item.id} is done",
    )
    return Draft(fact=fact, happened_at=now, access=item.access)
