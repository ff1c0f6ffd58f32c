"""What may have moved a duty since the law was asked last, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tocsin.duties.law import Law
from tocsin.facts import Access, Entry
from tocsin.facts.incidents import (
    AwarenessJudged,
    BecameAware,
    Closed,
    Dismissed,
    Reopened,
    Widened,
)
from tocsin.facts.kinds import Kind
from tocsin.facts.legal import DutiesReckoned, LegalFactStated, Moved
from tocsin.facts.notices import NoticeSubmitted, NoticeWithdrawn


def steps(
    entries: Sequence[Entry], was: DutiesReckoned | None, law: Law, profile: str
) -> Iterator[tuple[Moved, int]]:
    """What may have moved a duty since it was asked last, one after the other.

    Each with how many entries to take into account; after the last no entry matters. Where nothing
    came in, all are asked once more, for what only the day changed. The first time all are asked
    before anything came in, so that what the register alone brings is blamed on no entry.
    """
    upto = was.upto if was else 0
    came = [entry.seq for entry in entries[upto:] if moves(entry.fact)]
    if was is not None and was.digest != law.digest:
        yield Moved.LAW, upto
    elif was is not None and was.profile != profile:
        yield Moved.PROFILE, upto
    elif not came:
        yield Moved.TIME, len(entries)
    elif was is None:
        yield Moved.PROFILE, came[0] - 1
    for seq in came:
        yield Moved.ENTRY, seq


MOVERS: Mapping[type[Kind], str] = {
    BecameAware: "somebody became aware",
    AwarenessJudged: "counsel judged an awareness",
    LegalFactStated: "an answer to what the law asks",
    NoticeSubmitted: "a notice was submitted",
    NoticeWithdrawn: "what was submitted counts no more",
    Closed: "the incident was closed",
    Dismissed: "the incident was dismissed",
    Reopened: "the incident was opened again",
    Widened: "the incident is about more systems",
}
"""What may move a duty, and how that is told to everybody."""


def moves(fact: object) -> bool:
    """Whether a fact may move a duty; that a draft never goes moves none."""
    if isinstance(fact, NoticeWithdrawn):
        return fact.submission > 0
    return isinstance(fact, tuple(MOVERS))


def why(moved: Moved, last: Entry | None, law: Law, *, first: bool = False) -> str:
    """What made it move, in words that tell nothing of what an entry says.

    Args:
        first: whether the law was never asked before.
    """
    match moved:
        case Moved.LAW:
            return f"the law changed to {law.version}"
        case Moved.PROFILE if first:
            return "what the register says of the organisation and the systems, before any answer"
        case Moved.PROFILE:
            return "the register says something else of the organisation or the systems"
        case Moved.TIME:
            return "the day on which it was asked"
        case Moved.ENTRY:
            assert last is not None
            about = next(words for kind, words in MOVERS.items() if isinstance(last.fact, kind))
            if isinstance(last.fact, LegalFactStated) and last.access is Access.OPS:
                about = f"an answer: {last.fact.key}"
            return f"entry {last.seq}: {about}"
