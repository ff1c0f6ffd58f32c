"""An entry: one fact in the log, with place, time, author and who may read it."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.facts.kinds import Access, Asserter, Instant
from tocsin.facts.union import Fact

HOME_LOG = "home"
"""The log of the installation itself: its founding, keys, register, witnesses."""

SEQ_DIGITS_MAX = 12  # of the number of an entry, as somebody writes it
INCIDENT_PREFIX = "incident/"

ALARMS_LOG = "alarms"
"""The log of what findings do and do not: levels, silences, and findings that no incident tells."""

SIGNALS_LOG = "signals"
"""The log of what came in from outside and was decided about it, and of what waits in triage."""

OUTBOX_LOG = "outbox"
"""The log of integrations that fail and answer again; what is written outside stands where it
was ordered."""

ORGANISATION_LOG = "organisation"
"""The log of what the law asks of the organisation again and again, whatever happens."""

SHADOW_PREFIX = "shadow/"
"""Before the name of a system: the log of what the detectors find that are being tried there."""


def incident_log(incident: str) -> str:
    """The name of the log of an incident."""
    return INCIDENT_PREFIX + incident


def shadow_log(system: str) -> str:
    """The name of the log of what is found of a system in shadow."""
    return SHADOW_PREFIX + system


class Proof(enum.Enum):
    """How an author was proven, the strongest first. A weak proof is recorded as what it is."""

    SIGNATURE = "signature"  # an SSH signature by an enrolled key over this very entry
    TOKEN = "token"  # a machine's token, checked against its enrolled hash
    LINK = "link"  # the answer to a one-time link sent to an enrolled address
    PROCESS = "process"  # Tocsin's own worker or home process
    ACCOUNT = "account"  # only the name of the operating-system account; nothing was checked


class Author(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asserted an entry, and how that was proven.

    Args:
        who: a person's, machine's or worker's id as the register names it.
        key: the fingerprint of the key, or the id of the token, that proved it.
        signature: armoured SSHSIG, for proof `signature`: over `record.statement`, or, in an
            approval, over the statement about the order.
        account: of the operating system, at which a name was typed that nothing else proves;
            stands only where it was noted, so that bodies without it keep their bytes.
    """

    who: str
    kind: Asserter
    proof: Proof
    key: str | None = None
    signature: str | None = None
    account: str | UnsetType = UNSET


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A fact before it has a place in the log. `happened_at` is when it was true, not when told."""

    fact: Fact
    happened_at: Instant
    access: Access = Access.OPS


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """Stands where a fact cannot be read: erased, withheld from this reader, or of a newer kind."""

    kind: str
    why: Gone


class Gone(enum.Enum):
    """Why a fact or a field is not there."""

    ERASED = "erased"
    WITHHELD = "withheld"
    NEWER = "newer"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A fact in the log.

    Args:
        seq: place in its log, from 1, without gaps.
        happened_at: when it was true (UTC).
        recorded_at: when it was written (UTC); audits need this one, legal clocks the other.
        missing: names of the fields that are erased or withheld; they read as "[erased]".
    """

    log: str
    seq: int
    happened_at: datetime
    recorded_at: datetime
    author: Author
    access: Access
    fact: Fact | Unreadable
    missing: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The entry's place in the record; the key of the order it holds, if it holds one."""
        return f"{self.log}/{self.seq}"
