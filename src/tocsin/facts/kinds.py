"""What all kinds of fact have in common: a name, who may assert it, which words can be erased.

A fact is a frozen struct. Its tag is the name under which it stands in the record for ever. Every
field is always written; a field typed `Words` or `Name` travels as a salted digest whose disclosure
lies beside the record, so that it can be withheld or erased while every proof still holds.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its time zone. Naive instants are refused."""

Words = Annotated[str, msgspec.Meta(extra={"erasable": True})]
"""Free text, which may speak of persons or be privileged: can be withheld or erased."""

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
"""A SHA-256 in lower-case hexadecimal."""


class Asserter(enum.Enum):
    """Who stands behind a fact."""

    PERSON = "person"
    MACHINE = "machine"  # an outside source with a token: a detector, a monitoring system
    WORKER = "worker"  # Tocsin's own process, doing what a plan ordered
    HOME = "home"  # the installation itself: founding, keys, checkpoints


class Access(enum.Enum):
    """Who may read a fact. Not an audience: that is whom a text is for."""

    OPS = "ops"
    BOARD = "board"
    COUNSEL = "counsel"


ANYONE = frozenset(Asserter)
PEOPLE = frozenset({Asserter.PERSON})
RESPONDERS = frozenset({Asserter.PERSON, Asserter.WORKER, Asserter.MACHINE})
TOCSIN = frozenset({Asserter.WORKER, Asserter.HOME})
DESK = frozenset({Asserter.PERSON, Asserter.WORKER, Asserter.HOME})


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """The base of every kind of fact. `asserted_by` says who may assert it."""

    asserted_by: ClassVar[frozenset[Asserter]] = PEOPLE
