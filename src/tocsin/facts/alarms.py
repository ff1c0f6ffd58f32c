"""Facts about whom a finding may wake: its level, what held it back, silences, the limit of pages.

They stand in a log of their own, one for the home, so that two watchers count the same pages.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import DESK, TOCSIN, Instant, Kind, Words


class Level(enum.Enum):
    """What a finding is worth, the most first."""

    PAGE = "page"  # an incident, and the plans begin that call people
    TICKET = "ticket"  # an incident; nobody is called
    DIGEST = "digest"  # a line in the digest
    RECORD = "record"  # this fact and nothing more


class Held(enum.Enum):
    """Why a finding does less than its level says."""

    SHADOW = "shadow"  # its detector is being tried
    SILENCED = "silenced"  # a person silenced its detector or its system for a while
    BUDGET = "budget"  # as many pages as a shift may bring have been
    EXPLAINED = "explained"  # an action of ours explains it
    OVER = "over"  # it was over when it was found


SIGNAL_PREFIX = "signal/"
"""Before an incident's id: the name under which its alarms from outside are ranked."""


class Ranked(Kind, frozen=True, tag="ranked"):
    """It was decided what a finding does, and why.

    Args:
        silence: the one that holds it back, if one does.
        pages: it calls people for something they have not been called for yet, and counts
            against the limit of the shift.
        log: the incident's that tells of the finding; None where none does: then the finding
            stands beside this fact.
        because: in words: the harm, how sure it is, and what held it back.
    """

    asserted_by = TOCSIN
    finding: str
    detector: str
    system: str
    level: Level
    held: Held | None
    silence: str | None
    pages: bool
    log: str | None
    because: str


class Silenced(Kind, frozen=True, tag="silenced"):
    """A person let a detector, a system, or one detector of one system wake nobody for a while.

    It never holds for critical harm, nor for a detector that notices that no data arrives.

    Args:
        silence: "silence-1" and so on, in this log.
        detector, system: at least one of them.
        owner: who answers for it, and is told when it is over.
        until: exclusive.
    """

    silence: str
    detector: str | None
    system: str | None
    owner: str
    until: Instant
    because: Words


class SilenceEnded(Kind, frozen=True, tag="silence-ended"):
    """A silence holds no more: a person ended it, or its time is over."""

    asserted_by = DESK
    silence: str
    expired: bool
    because: Words


class PagingLimited(Kind, frozen=True, tag="paging-limited"):
    """So many pages a shift may bring, and so long is a shift, from midnight UTC on.

    Args:
        shift_hours: a divisor of 24.
    """

    pages: int
    shift_hours: int
    because: Words


AlarmFact = Ranked | Silenced | SilenceEnded | PagingLimited
