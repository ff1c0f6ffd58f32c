"""Facts about words for an audience: drafted, doubted, approved, let go, corrected, withdrawn.

The very bytes lie in the vault under `text`; whoever approves names that digest, so that other
bytes are not approved. That they went is told by `MessageWritten` and by the receipts of its run.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, Digest, Instant, Kind, Words


class Audience(enum.Enum):
    """Whom words are for. Not an access: that says who may read a fact."""

    RESPONDERS = "responders"
    SUPPORT = "support"
    EXECUTIVES = "executives"
    ETHICS_BOARD = "ethics-board"
    CUSTOMERS = "customers"
    PARTNERS = "partners"
    AFFECTED_PERSONS = "affected-persons"
    PRESS = "press"
    REGULATOR = "regulator"


class Moment(enum.Enum):
    """At which point of the story an audience hears."""

    FIRST = "first"
    UPDATE = "update"
    CORRECTION = "correction"
    FINAL = "final"


class Flag(enum.Enum):
    """What speaks against words before they go."""

    NOT_CONFIRMED = "not-confirmed"  # a claim is told as known that is not confirmed
    NO_EVIDENCE = "no-evidence"  # a claim is told as known that rests on nothing
    CHANGED = "changed"  # a claim it states stands otherwise since it was drafted
    CONTRADICTS = "contradicts"  # another audience was told the same claim otherwise
    OTHER_FIGURE = "other-figure"  # another number for the same thing went out before
    PROMISE_MISSED = "promise-missed"  # the next update was promised for earlier
    NOT_IN_RECORD = "not-in-record"  # a number or a date that no claim holds
    COUNSELS_WORDS = "counsels-words"  # words that only counsel, or the board, may read
    FORBIDDEN = "forbidden"  # words that the template does not allow


class StatementDrafted(Kind, frozen=True, tag="statement-drafted"):
    """Words for an audience were written; under the same `statement` they replace earlier ones.

    Args:
        statement: its id in this incident: "S1".
        template: its name, "customers/first"; `template_digest` is of its bytes.
        text: the digest of the very bytes in the vault: subject, empty line, words.
        known, suspected, refuted: ids of the claims it states, by how sure they were then.
        questions: ids of the open questions it tells.
        figures: the numbers it tells, as "name = value".
        evidence: what the claims told as known rested on then.
        added: what a person wrote beside the record.
        corrects: the statement that it corrects; its receivers get this one.
    """

    asserted_by = DESK
    statement: str
    audience: Audience
    moment: Moment
    language: str
    template: str
    template_digest: Digest
    text: Digest
    known: tuple[str, ...]
    suspected: tuple[str, ...]
    refuted: tuple[str, ...]
    questions: tuple[str, ...]
    figures: tuple[str, ...]
    evidence: tuple[Digest, ...]
    added: Words
    next_update_at: Instant | None
    corrects: str | None


class StatementFlagged(Kind, frozen=True, tag="statement-flagged"):
    """A check found what speaks against these words.

    Args:
        about: what it is about: a claim, a figure, a number that was written, an earlier statement.
    """

    asserted_by = DESK
    statement: str
    text: Digest
    flag: Flag
    about: str
    why: Words


class FlagOverridden(Kind, frozen=True, tag="flag-overridden"):
    """Counsel lets these very words go although a check speaks against them."""

    statement: str
    text: Digest
    flag: Flag
    about: str
    because: Words


class StatementApproved(Kind, frozen=True, tag="statement-approved"):
    """A proven person approved these very words in a role. Other words are not approved by it."""

    statement: str
    text: Digest
    role: str
    because: Words


class StatementDeclined(Kind, frozen=True, tag="statement-declined"):
    """A proven person refused these words in a role; they do not go."""

    statement: str
    text: Digest
    role: str
    because: Words


class StatementReleased(Kind, frozen=True, tag="statement-released"):
    """The words were checked anew and let go: this run sends them."""

    asserted_by = DESK
    statement: str
    text: Digest
    run: str


class StatementWithdrawn(Kind, frozen=True, tag="statement-withdrawn"):
    """Words that had not gone will never go."""

    statement: str
    because: Words


StatementFact = (
    StatementDrafted
    | StatementFlagged
    | FlagOverridden
    | StatementApproved
    | StatementDeclined
    | StatementReleased
    | StatementWithdrawn
)
