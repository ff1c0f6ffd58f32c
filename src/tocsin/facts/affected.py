"""Facts about whom a failure touched: the sealed list of decisions, and what was done about each.

A list lies in the vault under its digest and may name people; facts name a decision by its place in
the list alone, so that nothing personal stands in the tree. What is asked of a log for such a list
stands here too.
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from tocsin.facts.kinds import DESK, RESPONDERS, Digest, Instant, Kind, Words
from tocsin.facts.logs import Condition


class Remedy(enum.Enum):
    """How far one affected decision has been put right, in the order in which it goes forward."""

    OPEN = "open"
    RE_DECIDED = "re-decided"  # it was decided anew, by a person or a system that is well
    CORRECTED = "corrected"  # what followed from it was put right
    NOTIFIED = "notified"  # whom it was about was told
    DONE = "done"  # nothing is left to do
    NOT_NEEDED = "not-needed"  # somebody judged so, and says why

    @property
    def is_final(self) -> bool:
        """Whether nothing more is owed."""
        return self in (Remedy.DONE, Remedy.NOT_NEEDED)


class AffectedListed(Kind, frozen=True, tag="affected-listed"):
    """The decisions that a failure touched were listed; the list lies in the vault.

    Args:
        list: its digest; its lines are the decisions, in order of time.
        finding: the one whose slice and span it lists.
        since, until: the span, the end exclusive.
        decisions: how many there are; item k is the k-th of them.
        subjects: how many people or things they were about; None where the log does not say whom.
        asked: which decisions of the slice are in it, in words.
        untold: what could not be told, such as partitions that are gone; empty where nothing.
    """

    asserted_by = DESK
    list: Digest
    finding: str
    since: Instant
    until: Instant
    decisions: int
    subjects: int | None
    asked: Words
    untold: Words


class AffectedRemedied(Kind, frozen=True, tag="affected-remedied"):
    """Decisions of a sealed list came into a state of remedy.

    Args:
        items: their places in the list, as `1-200,205`.
        count: how many those are.
        proof: of a file in the vault that shows it; None where a reference does.
        reference: where else it can be seen, such as a ticket.
        done_by: who did it, where it was not who says so; empty otherwise.
        because: why it is not needed, or why a state is taken back.
    """

    asserted_by = RESPONDERS
    list: Digest
    items: str
    count: int
    state: Remedy
    proof: Digest | None
    reference: Words
    done_by: Words
    because: Words


AffectedFact = AffectedListed | AffectedRemedied


class Written(enum.Enum):
    """In what a list of decisions is written."""

    LINES = "jsonl"
    CSV = "csv"  # guarded, so that no spreadsheet runs a cell as a formula


class AffectedAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which decisions of a log are asked for.

    Args:
        since, until: the end exclusive.
        version, segment: None is all.
        versions: only these; empty is all.
        group: of people, as a finding names it; None is all.
        rate: only those that count for it, or with `counts` False those judged that do not.
        where: a further condition.
        sealed: summaries of windows that were sealed when it was found; what was corrected since
            is told.
    """

    since: datetime
    until: datetime
    version: str | None = None
    segment: str | None = None
    group: str | None = None
    rate: str | None = None
    counts: bool = True
    where: Condition | None = None
    written: Written = Written.LINES
    sealed: bytes = b""
    versions: tuple[str, ...] = ()


class AffectedFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a log held of what was asked for.

    Args:
        subjects: None where the log does not say whom its decisions were about.
        untold: what could not be told, each in a sentence.
        by_rows: the log tells no time: instants are numbers of rows.
    """

    decisions: int
    subjects: int | None
    untold: tuple[str, ...]
    by_rows: bool = False
