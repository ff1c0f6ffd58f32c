"""A notice as it is asked for and as it comes out: fields, what fills each, what contradicts. Pure.

These are the types by which who drafts, who decides and who shows speak of the same notice.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from tocsin.duties.duty import NOT_ADVICE as CAUTION
from tocsin.duties.fields import Field, FieldSet, Needed
from tocsin.duties.law import Part, Rule

NOT_ADVICE = f"{CAUTION.capitalize()}."


class FieldState(enum.Enum):
    """How far a field is."""

    FILLED = "filled"
    MISSING = "missing"  # nothing in the record fills it, and nobody was asked
    UNKNOWN = "unknown"  # it was asked, and nobody knows yet
    NOT_APPLICABLE = "not-applicable"  # a person said so
    WHEN_SUBMITTED = "when-submitted"  # the submission fills it
    CONTRADICTS = "contradicts"  # an authority or an audience was told otherwise before


class Said(Part, frozen=True):
    """One line of a field, and the entries that it rests on.

    Args:
        key: what it is about, the same in every notice: "incident.occurred", "claim:C1".
        value: what it says of that, as it is compared; empty is not compared.
        sure: "known" or "suspected" of a claim; empty where it is none.
        by: the person who wrote it; empty where the record says it.
    """

    text: str
    entries: tuple[int, ...]
    key: str = ""
    value: str = ""
    sure: str = ""
    by: str = ""


class Conflict(Part, frozen=True):
    """The same thing was told otherwise before.

    Args:
        told_in: the notice or statement, "N1" or "S2", and where it has no name its audience.
        earlier, now: what it said, and what this notice says; `entries` those that each rests on.
    """

    told_in: str
    earlier: str
    earlier_entries: tuple[int, ...]
    now: str
    now_entries: tuple[int, ...]


class FilledField(Part, frozen=True):
    """A field with what fills it.

    Args:
        why: of a field that is unknown or does not apply, what the person said.
    """

    field: Field
    state: FieldState
    said: tuple[Said, ...] = ()
    why: str = ""
    why_entries: tuple[int, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_lacking(self) -> bool:
        """Whether it must be filled, and is not."""
        return self.state is FieldState.MISSING and self.field.needed is Needed.YES

    @property
    def is_to_check(self) -> bool:
        """Whether a person must judge if it has to be filled."""
        return self.state is FieldState.MISSING and self.field.needed is Needed.IF


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which notice is to be drafted.

    Args:
        notice: its id; `corrects` the notice that it corrects, `wrong` what was wrong in that.
        law: the version and the digest of the law pack.
        to: the authorities that get it, as far as they are known.
        documents: earlier notices that went, by the digest of their document.
    """

    notice: str
    rule: Rule
    fields: FieldSet
    law: str
    to: tuple[str, ...] = ()
    corrects: str | None = None
    wrong: str = ""
    documents: Mapping[str, bytes] = {}


class DraftedNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it would be recorded now.

    Args:
        document: the very bytes, JSON; `prints` the same as Markdown, HTML and DOCX.
    """

    fields: tuple[FilledField, ...]
    document: bytes
    prints: tuple[bytes, bytes, bytes]

    @property
    def missing(self) -> tuple[str, ...]:
        """The mandatory fields that nothing fills."""
        return tuple(one.field.id for one in self.fields if one.is_lacking)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The fields of which it was said that nobody knows yet."""
        found = (one for one in self.fields if one.state is FieldState.UNKNOWN)
        return tuple(one.field.id for one in found)

    @property
    def contradicts(self) -> tuple[str, ...]:
        """The fields that say other than was told before."""
        return tuple(one.field.id for one in self.fields if one.conflicts)
