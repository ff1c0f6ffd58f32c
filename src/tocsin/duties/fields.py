"""What notices hold, field by field: the field sets of a law pack, and what fills each. Pure.

A field names where in the record it comes from, in order of preference. What only a person can
write says so. Labels are in our words; a set says which text was compared, when and how well.
"""

from __future__ import annotations

import enum
from datetime import date

import msgspec

from tocsin.duties.law import Grade, Part


class Needed(enum.Enum):
    """Whether a field must be filled."""

    YES = "yes"
    IF_KNOWN = "if-known"  # as far as it is known
    IF = "if"  # only where `needed_if` is so, which the record settles, or a person judges
    NO = "no"


class Shape(enum.Enum):
    """What a field takes."""

    TEXT = "text"
    PROSE = "prose"
    CODE = "code"
    INSTANT = "instant"
    DATE = "date"
    YES_NO = "yes-no"
    NUMBER = "number"
    PERCENT = "percent"
    AMOUNT = "amount"
    DURATION = "duration"  # DD:HH:MM
    CHOICE = "choice"
    CHOICES = "choices"


class Source(enum.Enum):
    """Where in the record a field may come from. `fact:KEY` is a legal fact of the dictionary."""

    PERSON = "person"  # nobody but a person can write it
    SUBMISSION = "submission"  # the submission itself
    KIND = "notice.kind"  # which stage this is, and whether it corrects
    TO = "notice.to"  # the authority that gets it
    REFERENCE = "notices.reference"  # the number that the authority gave an earlier stage
    EARLIER = "notices.earlier"  # who was told what under which rule before
    ID = "incident.reference"
    TITLE = "incident.title"
    SYSTEMS = "incident.systems"
    OCCURRED = "incident.occurred"
    DETECTED = "incident.detected"
    CLOSED = "incident.closed"
    SPAN = "incident.span"
    DURATION = "incident.duration"
    SEVERITY = "incident.severity"
    COURSE = "incident.course"
    AWARE = "awareness.first"
    CLAIMS = "claims"  # known and suspected, each called so
    CLAIMS_KNOWN = "claims.known"
    QUESTIONS = "questions"
    FINDINGS = "findings"  # with their intervals
    ACTIONS = "actions"  # with what was seen
    ACTIONS_DONE = "actions.done"  # only what was seen to have taken effect
    AFFECTED = "affected"
    AFFECTED_PEOPLE = "affected.people"
    AFFECTED_DECISIONS = "affected.decisions"
    EVIDENCE = "evidence"
    REPLAYS = "replays"
    CAUSE = "cause"  # once counsel chose who writes it, and not under privilege
    WORK = "work"  # what is decided and not done yet
    NAMES = "system.names"
    VERSIONS = "system.versions"
    IDENTITY = "system.identity"
    COUNTRIES = "system.countries"
    MAKERS = "system.makers"
    ORGANISATION = "register.organisation"
    SECTORS = "register.sectors"
    SUBMITTER = "register.submitter"
    CONTACT = "register.contact"
    CONTACT_NAME = "register.contact.name"
    CONTACT_EMAIL = "register.contact.email"
    CONTACT_PHONE = "register.contact.phone"
    SECOND_NAME = "register.second.name"
    SECOND_EMAIL = "register.second.email"
    SECOND_PHONE = "register.second.phone"
    DPO = "register.dpo"
    FACT = "fact"


FACT_PREFIX = "fact:"


class From(Part, frozen=True):
    """One place of the record. `key` is of a legal fact, else empty."""

    source: Source
    key: str = ""

    def __str__(self) -> str:
        return f"{FACT_PREFIX}{self.key}" if self.source is Source.FACT else self.source.value


class Settler(enum.Enum):
    """What in the record says whether the circumstances of a field are so."""

    LATE = "late"  # the record says that the duty of this notice is late
    FACT = "fact"  # a legal fact: yes, or when it happened
    FIELD = "field"  # another field of the notice names a choice


FIELD_PREFIX = "field:"


class Settled(Part, frozen=True):
    """One thing that settles it: `late`, `fact:KEY`, or `field:ID=CHOICE`."""

    settler: Settler
    key: str = ""
    value: str = ""


class Field(Part, frozen=True):
    """One field of a notice.

    Args:
        id: unique in its set: "2.4".
        of: the set that defines it; what is answered of it holds wherever that is included.
        number: where it stands in the form or the article; empty where it has no number.
        section: the title under which it stands.
        label: what it is, in our words; `give` what to write, in plain words.
        needed_if: in which circumstances it must be filled; empty but for `Needed.IF`.
        from_: the places of the record that may fill it, the best first.
        settled_by: what of the record says whether those are so; one of them is enough.
        choices: what a choice may be.
        grade: how well its source was read.
    """

    id: str
    of: str
    number: str
    section: str
    label: str
    give: str
    needed: Needed
    needed_if: str
    from_: tuple[From, ...]
    shape: Shape
    choices: tuple[str, ...]
    grade: Grade
    settled_by: tuple[Settled, ...] = ()


class FieldSet(Part, frozen=True):
    """All fields of one notice, those of the sets that it includes first.

    Args:
        id: as rules name it in `content`: "dora-initial".
        version: of the text that was compared, on `compared_on`.
        digest: SHA-256 over what its file and the files of what it includes say.
    """

    id: str
    title: str
    instrument: str
    version: str
    compared_on: date
    grade: Grade
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    includes: tuple[str, ...]
    fields: tuple[Field, ...]
    digest: str

    def field(self, id: str) -> Field | None:
        """The field of this id, or None."""
        return next((one for one in self.fields if one.id == id), None)


class FieldSets(msgspec.Struct, frozen=True, kw_only=True):
    """The field sets that were read without a mistake, by id."""

    by_id: dict[str, FieldSet]
