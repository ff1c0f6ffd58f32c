"""What may be said of hypotheses: raised, weighed, answered, concluded.

A hypothesis is supported or refuted on evidence that was weighed; what speaks against a conclusion
is answered first, or whoever concludes says why it is drawn all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.facts import Access, Draft, Entry, Refused
from tocsin.facts.analysis import (
    AnalysisFact,
    Bearing,
    Conclusion,
    ContradictionAnswered,
    EvidenceWeighed,
    HypothesisConcluded,
    HypothesisRaised,
    Strength,
)
from tocsin.facts.failure_modes import FailureMode
from tocsin.incident.analysis import Analysis, Hypothesis, analysis_of
from tocsin.incident.model import Actor
from tocsin.incident.privilege import may_write_cause, space_of
from tocsin.incident.refusals import access_for, one_line


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who says something, and what of the analysis they may read.

    Args:
        labels: what they read; what else was said is to them as if it were not there.
        counsel: whether the register names anybody as counsel.
    """

    actor: Actor
    at: datetime
    labels: frozenset[Access] = frozenset(Access)
    counsel: bool = False


def raised(
    entries: Sequence[Entry], speaker: Speaker, *, statement: str,
    mode: FailureMode | None = None, under: str | None = None, access: Access | None = None,
) -> list[Draft]:  # fmt: skip
    """The fact that somebody says why it may have failed. Raises Refused."""
    known = analysis_of(entries, speaker.labels)
    said = one_line(statement, "the hypothesis")
    for one in known.hypotheses.values():
        if one.fact.statement == said:
            raise Refused(f"that is {one.id} already ({one.standing.value}); weigh evidence for it")
    above = hypothesis_meant(known, under) if under is not None else None
    fact = HypothesisRaised(
        hypothesis=f"H{len(analysis_of(entries).hypotheses) + 1}",
        statement=said,
        mode=mode,
        under=above.id if above is not None else None,
    )
    return _draft(entries, speaker, fact, access, above)


def weighed(
    entries: Sequence[Entry], speaker: Speaker, *, hypothesis: str,
    evidence: str | None, entry: int | None, bearing: Bearing, strength: Strength, because: str,
    access: Access | None = None,
) -> list[Draft]:  # fmt: skip
    """The fact that evidence was held against a hypothesis. Raises Refused."""
    one = hypothesis_meant(analysis_of(entries, speaker.labels), hypothesis)
    if (evidence is None) == (entry is None):
        raise Refused("name what is weighed: either a piece of evidence, or an entry of the log")
    if entry is not None and not 1 <= entry <= len(entries):
        raise Refused(f"the log has entries 1 to {len(entries)}, and no {entry}")
    fact = EvidenceWeighed(
        hypothesis=one.id, evidence=evidence, entry=entry, bearing=bearing, strength=strength,
        because=one_line(because, "the reason"),
    )  # fmt: skip
    if any(before.counts and before.fact == fact for before in one.weighings):
        raise Refused(f"just that was weighed for {one.id} before; nothing more is needed")
    return _draft(entries, speaker, fact, access, one)


def answered(
    entries: Sequence[Entry], speaker: Speaker, *, hypothesis: str, weighed: int,
    because: str, access: Access | None = None,
) -> list[Draft]:  # fmt: skip
    """The fact that evidence against a hypothesis is answered. Raises Refused."""
    one = hypothesis_meant(analysis_of(entries, speaker.labels), hypothesis)
    if weighed not in {each.seq for each in one.unanswered}:
        there = ", ".join(str(each.seq) for each in one.unanswered) or "none"
        raise Refused(
            f"entry {weighed} is nothing that stands unanswered against {one.id}; those are: "
            f"{there}"
        )
    fact = ContradictionAnswered(
        hypothesis=one.id, weighed=weighed, because=one_line(because, "the answer")
    )
    return _draft(entries, speaker, fact, access, one)


def concluded(
    entries: Sequence[Entry], speaker: Speaker, *, hypothesis: str,
    conclusion: Conclusion, because: str, despite: str = "", access: Access | None = None,
) -> list[Draft]:  # fmt: skip
    """The fact that a person concluded on a hypothesis.

    Raises:
        Refused: nothing was weighed that speaks for it, what speaks against it is neither
            answered nor said to be outweighed, or counsel did not choose them to write the cause.
    """
    one = hypothesis_meant(analysis_of(entries, speaker.labels), hypothesis)
    over = " ".join(despite.split())
    _check_rests_on_something(one, conclusion)
    if conclusion is Conclusion.SUPPORTED:  # what is supported is the root cause that is written
        may_write_cause(space_of(entries), speaker.actor.who, speaker.at, counsel=speaker.counsel)
    if conclusion is Conclusion.SUPPORTED and one.unanswered and not over:
        each = ", ".join(f"entry {w.seq}" for w in one.unanswered)
        raise Refused(
            f"{one.id} has evidence against it that nobody answered: {each}; answer each "
            f"(tocsin analysis answer INCIDENT {one.id} {one.unanswered[0].seq} --because ...), or "
            "say why it is supported all the same: --despite ..."
        )
    if over and not (conclusion is Conclusion.SUPPORTED and one.unanswered):
        raise Refused("nothing stands unanswered against that; leave --despite out")
    fact = HypothesisConcluded(
        hypothesis=one.id,
        conclusion=conclusion,
        because=one_line(because, "the reason"),
        despite=over,
    )
    return _draft(entries, speaker, fact, access, one)


def _check_rests_on_something(one: Hypothesis, conclusion: Conclusion) -> None:
    needed = {
        Conclusion.SUPPORTED: Bearing.SUPPORTS,
        Conclusion.REFUTED: Bearing.CONTRADICTS,
        Conclusion.OPEN: None,
    }[conclusion]
    if needed is not None and not one.that(needed):
        raise Refused(
            f"nothing was weighed that {needed.value} {one.id}; weigh it first: tocsin analysis "
            f"weigh INCIDENT {one.id} --entry NUMBER --{needed.value} --because ..."
        )


def hypothesis_meant(known: Analysis, typed: str) -> Hypothesis:
    """The hypothesis of this name. Raises Refused."""
    found = known.hypotheses.get(typed.strip().upper())
    if found is None:
        there = ", ".join(known.hypotheses) or (
            "none yet; raise one: tocsin analysis hypothesis INCIDENT ..."
        )
        raise Refused(f"there is no hypothesis {typed[:40]!r}; there are: {there}")
    return found


def _draft(
    entries: Sequence[Entry], speaker: Speaker, fact: AnalysisFact, access: Access | None,
    about: Hypothesis | None,
) -> list[Draft]:  # fmt: skip
    allowed = access_of_analysis(entries, speaker.actor, access, about)
    return [Draft(fact=fact, happened_at=speaker.at, access=allowed)]


def access_of_analysis(
    entries: Sequence[Entry], actor: Actor, wanted: Access | None, about: Hypothesis | None = None
) -> Access:
    """Who may read what is said of the cause: those for whom counsel lets it be written.

    What is said of a hypothesis is read by nobody who may not read that.

    Raises:
        Refused: somebody wants it to be read by more.
    """
    cause = space_of(entries).cause
    narrow = about.access if about is not None else Access.OPS
    if narrow is Access.OPS and cause is not None:
        narrow = cause.access
    if narrow is not Access.OPS and wanted not in (None, narrow):
        raise Refused(
            f"what is said of that is for {narrow.value}: counsel or the hypothesis itself has it "
            "so; leave --access out"
        )
    return narrow if narrow is not Access.OPS else access_for(actor, wanted)
