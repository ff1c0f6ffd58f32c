"""Counsel's space of an incident, as its log tells it: who may read what, and who writes the cause.

`readers` is what every door asks before it shows anything; `facts.withheld.as_read_by` then takes
the words away before any fold or view could tell them.
Facts about the space count only from those entitled to them; all others are named and change
nothing. Where a log is cut makes no difference.

Reading: while no space was opened, whoever has the role of counsel in the register reads what is
for counsel; once one is open, only its members do, whatever the register says of others (0033).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

import msgspec

from tocsin.facts import Access, Asserter, Entry, Refused
from tocsin.facts.incidents import Assigned, HandoverAccepted
from tocsin.facts.privilege import (
    CounselAdmitted,
    CounselRemoved,
    CounselSpaceOpened,
    OpinionGiven,
    PrivilegeAsserted,
    PrivilegeFact,
    RootCauseAssigned,
)
from tocsin.incident.model import COMMANDER, COUNSEL
from tocsin.incident.refusals import shown
from tocsin.register.can import Subject, accesses

CAUSE_UNDECIDED = "root cause is not written: counsel decides who writes it"
"""What every part says in its place until the choice is made."""


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody came into counsel's space, or left it, with entry `seq`."""

    seq: int
    at: datetime
    by: str
    person: str
    joined: bool


class CauseChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes the root cause from when on, and for whose eyes."""

    seq: int
    by: str
    person: str
    from_at: datetime
    privileged: bool

    @property
    def access(self) -> Access:
        """The label of everything that is written of the cause."""
        return Access.COUNSEL if self.privileged else Access.OPS


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody thinks. Whoever shows it must ask `access`, and never shows it in a report."""

    seq: int
    at: datetime
    by: str
    about: str
    text: str
    access: Access


class Space(msgspec.Struct, frozen=True, kw_only=True):
    """What the log says of counsel's space.

    Args:
        counsel: members who may admit, remove and assert; of a space that is open.
        changes: who came and went, in the order of recording.
        asserted: by number of entry, on what ground it is withheld, as was said last.
        holders: of the incident's roles; here because they say who may decide.
        disregarded: entries that changed nothing, and why.
    """

    opened_seq: int | None = None
    counsel: frozenset[str] = frozenset()
    changes: tuple[Membership, ...] = ()
    cause: CauseChoice | None = None
    opinions: tuple[Opinion, ...] = ()
    asserted: Mapping[int, PrivilegeAsserted] = {}
    holders: Mapping[str, str] = {}
    disregarded: Mapping[int, str] = {}

    @property
    def is_open(self) -> bool:
        """Whether counsel made a space of their own."""
        return self.opened_seq is not None

    @property
    def members(self) -> frozenset[str] | None:
        """Who reads and writes there; None where none was opened."""
        return self.members_after(None) if self.is_open else None

    def members_after(self, seq: int | None) -> frozenset[str]:
        """Who was in it once entry `seq` stood; None means now."""
        inside: set[str] = set()
        for one in self.changes:
            if seq is not None and one.seq > seq:
                break
            (inside.add if one.joined else inside.discard)(one.person)
        return frozenset(inside)


def space_of(entries: Iterable[Entry], start: Space | None = None) -> Space:
    """Counsel's space after these entries of one log."""
    folding = _Folding(start or Space())
    for entry in entries:
        folding.take(entry)
    return folding.frozen()


def readers(subject: Subject, space: Space) -> frozenset[Access]:
    """The labels of this incident's entries that a subject may read; every door asks this."""
    return accesses(subject, space.members)


def why_no_cause(space: Space, at: datetime, *, counsel: bool) -> str | None:
    """Why nobody may write the root cause at this instant; None when somebody may.

    Args:
        counsel: whether the register names anybody as counsel; else the commander decides.
    """
    cause = space.cause
    if cause is None and counsel:
        return f"{CAUSE_UNDECIDED}: tocsin counsel choose-cause INCIDENT PERSON --because ..."
    if cause is None:
        return (
            "root cause is not written: the register names no counsel, so the commander decides "
            "who writes it: tocsin counsel choose-cause INCIDENT PERSON --because ..."
        )
    if at < cause.from_at:
        return f"root cause is not written before {shown(cause.from_at)}, as {cause.by} decided"
    return None


def may_write_cause(space: Space, who: str, at: datetime, *, counsel: bool) -> CauseChoice:
    """The choice under which this person writes the root cause now.

    Raises:
        Refused: it was not decided, it is too early, or another person writes it.
    """
    why = why_no_cause(space, at, counsel=counsel)
    if why is not None or space.cause is None:
        raise Refused(why or CAUSE_UNDECIDED)
    if space.cause.person != who:
        raise Refused(
            f"{space.cause.by} decided that {space.cause.person} writes the root cause, not {who}; "
            "give it to them, or let counsel decide anew: tocsin counsel choose-cause"
        )
    return space.cause


class _Folding:
    """A working copy of a space: grows in place."""

    def __init__(self, start: Space) -> None:
        self.start = start
        self.opened_seq, self.cause = start.opened_seq, start.cause
        self.counsel = set(start.counsel)
        self.changes, self.opinions = list(start.changes), list(start.opinions)
        self.inside = set(start.members_after(None))
        self.asserted, self.holders = dict(start.asserted), dict(start.holders)
        self.disregarded = dict(start.disregarded)

    def frozen(self) -> Space:
        return Space(
            opened_seq=self.opened_seq,
            counsel=frozenset(self.counsel),
            changes=tuple(self.changes),
            cause=self.cause,
            opinions=tuple(self.opinions),
            asserted=self.asserted,
            holders=self.holders,
            disregarded=self.disregarded,
        )

    def take(self, entry: Entry) -> None:
        fact = entry.fact
        if isinstance(fact, Assigned):
            self.holders[fact.role] = fact.person
        elif isinstance(fact, HandoverAccepted):
            self.holders[fact.role] = entry.author.who
        elif isinstance(fact, PrivilegeFact):
            why = self._refused(entry, fact)
            if why is None:
                self._counted(entry, fact)
            else:
                self.disregarded[entry.seq] = why

    def _refused(self, entry: Entry, fact: PrivilegeFact) -> str | None:
        who = entry.author.who
        if entry.author.kind is not Asserter.PERSON:
            return f"{who} is not a person"
        match fact:
            case CounselSpaceOpened():
                if self.opened_seq is not None:
                    return "the space was open already"
                if who not in fact.members or self.holders.get(COUNSEL) != who:
                    return f"{who} is not counsel of this incident"
            case CounselAdmitted() | CounselRemoved():
                if who not in self.counsel:
                    return f"{who} is not counsel in this space"
                if isinstance(fact, CounselRemoved) and self.counsel == {fact.person}:
                    return f"{fact.person} is the last counsel in it"
            case RootCauseAssigned():
                if not self._decides(who):
                    return f"{who} is neither counsel of this incident nor, without one, commander"
            case PrivilegeAsserted():
                if who not in self._counsel_now():
                    return f"{who} is not counsel of this incident"
            case OpinionGiven():
                pass
            case _:
                assert_never(fact)
        return None

    def _counsel_now(self) -> set[str]:
        held = {self.holders[COUNSEL]} if COUNSEL in self.holders else set()
        return self.counsel if self.opened_seq is not None else held

    def _decides(self, who: str) -> bool:
        counsel = self._counsel_now()
        return who in counsel if counsel else self.holders.get(COMMANDER) == who

    def _counted(self, entry: Entry, fact: PrivilegeFact) -> None:
        who = entry.author.who
        match fact:
            case CounselSpaceOpened():
                self.opened_seq = entry.seq
                self.counsel = set(fact.members)
                for person in fact.members:
                    self._change(entry, person, joined=True)
            case CounselAdmitted():
                self._change(entry, fact.person, joined=True)
            case CounselRemoved():
                self.counsel.discard(fact.person)
                self._change(entry, fact.person, joined=False)
            case RootCauseAssigned():
                self.cause = CauseChoice(
                    seq=entry.seq, by=who, person=fact.person, from_at=fact.from_at,
                    privileged=fact.privileged,
                )  # fmt: skip
            case OpinionGiven():
                self.opinions.append(
                    Opinion(
                        seq=entry.seq, at=entry.happened_at, by=who, about=fact.about,
                        text=fact.opinion, access=entry.access,
                    )
                )  # fmt: skip
            case PrivilegeAsserted():
                self.asserted[fact.entry] = fact
            case _:
                assert_never(fact)

    def _change(self, entry: Entry, person: str, *, joined: bool) -> None:
        if joined == (person in self.inside):
            return
        (self.inside.add if joined else self.inside.discard)(person)
        self.changes.append(
            Membership(
                seq=entry.seq, at=entry.happened_at, by=entry.author.who, person=person,
                joined=joined,
            )
        )  # fmt: skip


def opinions_for(space: Space, labels: frozenset[Access]) -> Sequence[Opinion]:
    """The opinions that a reader of these labels may read; for counsel's own screen alone."""
    return [one for one in space.opinions if one.access in labels]
