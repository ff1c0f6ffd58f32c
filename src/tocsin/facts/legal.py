"""Facts about the law on an incident: what was answered, what was reckoned, what people decided.

What a law asks is reckoned anew from the facts whenever one of them changes; these facts keep what
it came to, so that each due date has a history that says why it moved.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import RESPONDERS, TOCSIN, Digest, Instant, Kind, Words


class Standing(enum.Enum):
    """What a rule of law comes to on given facts."""

    RAISED = "raised"
    OPEN = "open"  # what is missing would settle it; a duty is never silenced by that
    NOT_RAISED = "not-raised"  # a known fact says so
    ANTICIPATORY = "anticipatory"  # the instrument applies, the classification does not yet
    NOT_IN_FORCE = "not-in-force"
    WATCH = "watch"  # not law yet


class Answered(enum.Enum):
    """What was said of a legal fact."""

    KNOWN = "known"
    DENIED = "denied"  # of an instant: it did not happen
    UNKNOWN = "unknown"  # it is not known after all


class Moved(enum.Enum):
    """What made a duty come to something else."""

    ENTRY = "entry"  # of this log
    LAW = "law"  # another law pack
    PROFILE = "profile"  # what the register says of the organisation, or of the system
    TIME = "time"  # nothing but the day on which it was asked


class Decided(enum.Enum):
    """What a person decided about a duty."""

    NOT_REQUIRED = "not-required"
    REQUIRED = "required"  # takes an earlier "not required" back


class LegalFactStated(Kind, frozen=True, tag="legal-fact-stated"):
    """Somebody answered what the law asks; the last statement about a key holds.

    Args:
        key: as the dictionary of legal facts spells it.
        value: the canonical text of its type; empty unless it is known. Never says anything of a
            person, so that it can stay where words are withheld.
    """

    asserted_by = RESPONDERS
    key: str
    answer: Answered
    value: str
    basis: Words


class DutiesReckoned(Kind, frozen=True, tag="duties-reckoned"):
    """All rules were asked about this incident, on what the log said up to an entry.

    Args:
        upto: the last entry that was taken into account.
        law: the version of the law pack; `digest` its SHA-256.
        profile: SHA-256 of what the register said of the organisation and the systems.
        raised, open: how many duties came out so.
    """

    asserted_by = TOCSIN
    upto: int
    law: str
    digest: Digest
    profile: Digest
    raised: int
    open: int


class DutyReckoned(Kind, frozen=True, tag="duty-reckoned"):
    """A rule came to something else than before; recorded only then.

    Args:
        law: the version of the law pack.
        immediately_from: since when it is to be done at once; no instant is made up for that.
        submitted_at: when it was done, for good.
        moved: what made it so, and `entry` which entry of this log; 0 where it was none.
        unverified: whether nobody read the source of the rule.
        bars: what may not be done while it stands: "alter", "destroy".
    """

    asserted_by = TOCSIN
    rule: str
    law: str
    standing: Standing
    conservative_at: Instant | None
    latest_at: Instant | None
    immediately_from: Instant | None
    submitted_at: Instant | None
    unverified: bool
    bars: tuple[str, ...]
    moved: Moved
    entry: int
    why: Words


class LegalDeadlinePassed(Kind, frozen=True, tag="legal-deadline-passed"):
    """The conservative instant came and nothing had been submitted. It stays, whatever moves later.

    It is no lateness where it counted from a submission that was taken back.

    Args:
        submitted_at: when it was submitted after all, where that was known by then.
        counted_from: the entries of the submissions from which the instant counted.
    """

    asserted_by = TOCSIN
    rule: str
    conservative_at: Instant
    submitted_at: Instant | None
    counted_from: tuple[int, ...] = ()


class DutyDecided(Kind, frozen=True, tag="duty-decided"):
    """A named person decided whether a duty is asked of us. It holds while the duty does not move.

    Args:
        exception: the id of the exception that is taken; empty where the trigger is not met.
        law: the version of the law pack by which it was decided, and its digest.
    """

    rule: str
    decided: Decided
    exception: str
    law: str
    digest: Digest
    rationale: Words


class LaterReadingAccepted(Kind, frozen=True, tag="later-reading-accepted"):
    """A named person accepted the latest arguable instant of a duty. It holds for these two only.

    Args:
        conservative_at: the instant that is surely in time, which they let pass.
        accepted_at: by when they mean to do it.
    """

    rule: str
    conservative_at: Instant
    accepted_at: Instant
    reason: Words


class LawAdopted(Kind, frozen=True, tag="law-adopted"):
    """This law pack is in force from now on. Its files lie in the vault under `files`.

    Args:
        files: SHA-256 of the canonical JSON of all its files by path.
        own: how many of the rules are the organisation's.
    """

    asserted_by = TOCSIN
    law: str
    digest: Digest
    files: Digest
    rules: int
    own: int


LegalFact = (
    LegalFactStated
    | DutiesReckoned
    | DutyReckoned
    | LegalDeadlinePassed
    | DutyDecided
    | LaterReadingAccepted
    | LawAdopted
)
