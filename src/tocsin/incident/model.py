"""An incident as its log tells it: one frozen value, with both times on everything that has two.

`at` is when a thing was true, `recorded_at` when it was written down. `seq` is the entry that says
so, so that every statement on a screen leads back to the record.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TypedDict

import msgspec

from tocsin.facts.entry import INCIDENT_PREFIX, Entry
from tocsin.facts.incidents import Grade, PersonClass, Phase, Relation, Severity
from tocsin.facts.kinds import Access

COMMANDER = "commander"
COUNSEL = "counsel"


class Status(enum.Enum):
    """Whether the incident still needs anybody."""

    UNOPENED = "unopened"  # the log is empty, or begins with something else
    OPEN = "open"
    DISMISSED = "dismissed"
    CLOSED = "closed"
    MERGED = "merged"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The base of everything an incident holds: where it stands in the log, and both times."""

    seq: int
    at: datetime
    recorded_at: datetime
    by: str


class Place(TypedDict):
    """What every `Part` holds, from the entry that says it."""

    seq: int
    at: datetime
    recorded_at: datetime
    by: str


def place_of(entry: Entry) -> Place:
    """Where an entry stands, both its times, and who says it."""
    return {
        "seq": entry.seq,
        "at": entry.happened_at,
        "recorded_at": entry.recorded_at,
        "by": entry.author.who,
    }


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants something, with the roles that the register gives them."""

    who: str
    roles: frozenset[str] = frozenset()

    @property
    def is_counsel(self) -> bool:
        """Whether the register names this one as counsel."""
        return COUNSEL in self.roles


class Acknowledgement(Part, frozen=True):
    """Somebody (`by`) is looking."""

    note: str


class RoleHeld(Part, frozen=True):
    """A role of this incident and who fills it since `at`."""

    role: str
    person: str


class Handover(Part, frozen=True):
    """A role that is offered by its holder and not yet accepted."""

    role: str
    to: str
    note: str


class SeverityJudgement(Part, frozen=True):
    """How bad it is, by whose judgement, and why."""

    severity: Severity
    reasons: tuple[str, ...]
    basis: str


class AwarenessRuling(Part, frozen=True):
    """What counsel decided about an awareness."""

    counts: bool
    because: str


class Awareness(Part, frozen=True):
    """Somebody knew enough at `at`. It counts in law unless counsel ruled that it does not."""

    person: str
    standing: PersonClass
    basis: str
    access: Access
    ruling: AwarenessRuling | None = None

    @property
    def counts(self) -> bool:
        """Whether legal clocks must ask about it."""
        return self.ruling is None or self.ruling.counts


class Grading(Part, frozen=True):
    """How sure a claim was from here on, and on what evidence."""

    grade: Grade
    evidence: tuple[str, ...]
    because: str


class Claim(Part, frozen=True):
    """A statement about the incident with everything that was ever held about it."""

    id: str
    statement: str
    access: Access
    gradings: tuple[Grading, ...]

    @property
    def grade(self) -> Grade:
        """How sure it is now."""
        return self.gradings[-1].grade

    @property
    def evidence(self) -> tuple[str, ...]:
        """Every digest it was ever rested on, each once, in order of appearance."""
        return tuple(dict.fromkeys(d for grading in self.gradings for d in grading.evidence))


class Answer(Part, frozen=True):
    """What an open question turned out to be."""

    answer: str


class Question(Part, frozen=True):
    """Something that must be known; open as long as it has no answer."""

    id: str
    text: str
    access: Access
    settled: Answer | None = None


class Note(Part, frozen=True):
    """A remark. Whoever shows it must ask `access` first."""

    text: str
    access: Access


class Link(Part, frozen=True):
    """How another incident stands to this one."""

    other: str
    relation: Relation
    because: str


class Widening(Part, frozen=True):
    """More systems that it is about since then."""

    systems: tuple[str, ...]
    unregistered: tuple[str, ...]
    because: str


class Turn(Part, frozen=True):
    """A change of status or phase, and why."""

    to: Status | Phase
    because: str


class Disregarded(Part, frozen=True):
    """A fact that stands in the record but changes nothing, because its author was not the one."""

    why: str


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one incident after entry `seq` of its log.

    Args:
        systems: all that it is about; `opened_about` those that were named when it was opened.
        unregistered: those of `systems` that the register did not know when they were named.
        occurred_at: when the harm began, where known; `discovered_at` is when it was seen.
        opened_at: when opening it was recorded.
        questions: all that were raised; see `open_questions`.
        unreadable: how many entries were erased or are withheld from this reader.
    """

    log: str = ""
    seq: int = 0
    status: Status = Status.UNOPENED
    title: str = ""
    systems: tuple[str, ...] = ()
    opened_about: tuple[str, ...] = ()
    unregistered: tuple[str, ...] = ()
    widened: tuple[Widening, ...] = ()
    opened_at: datetime | None = None
    opened_by: str | None = None
    discovered_at: datetime | None = None
    occurred_at: datetime | None = None
    phase: Phase = Phase.DETECTION
    turns: tuple[Turn, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    roles: tuple[RoleHeld, ...] = ()
    handovers: tuple[Handover, ...] = ()
    severities: tuple[SeverityJudgement, ...] = ()
    awareness: tuple[Awareness, ...] = ()
    claims: tuple[Claim, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[Note, ...] = ()
    links: tuple[Link, ...] = ()
    disregarded: tuple[Disregarded, ...] = ()
    unreadable: int = 0

    @property
    def id(self) -> str:
        """The incident's id, as people type it."""
        return self.log.removeprefix(INCIDENT_PREFIX)

    @property
    def severity(self) -> SeverityJudgement | None:
        """The judgement in force: the last one recorded."""
        return self.severities[-1] if self.severities else None

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions without an answer."""
        return tuple(question for question in self.questions if question.settled is None)

    @property
    def merged_into(self) -> str | None:
        """The incident that goes on in this one's place, if it was merged."""
        into = [link.other for link in self.links if link.relation is Relation.MERGED_INTO]
        return into[-1] if into and self.status is Status.MERGED else None

    def holder(self, role: str) -> str | None:
        """Who fills `role`, or None."""
        return next((held.person for held in self.roles if held.role == role), None)

    def handover(self, role: str) -> Handover | None:
        """The offer of `role` that waits for its answer, or None."""
        return next((offer for offer in self.handovers if offer.role == role), None)

    def claim(self, id: str) -> Claim | None:
        """The claim with this id, or None."""
        return next((claim for claim in self.claims if claim.id == id), None)

    def question(self, id: str) -> Question | None:
        """The question with this id, or None."""
        return next((question for question in self.questions if question.id == id), None)


def earliest_awareness(incident: Incident) -> Awareness | None:
    """The earliest awareness that counts in law, however late it was written down; None if none."""
    counting = [one for one in incident.awareness if one.counts]
    return min(counting, key=lambda one: (one.at, one.seq), default=None)
