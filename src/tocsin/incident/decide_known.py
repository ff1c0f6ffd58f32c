"""What is known, how surely, by whom and since when: severity, awareness, claims, questions, notes.

Nothing is taken back here: a claim is regraded, an awareness is ruled on by counsel, and both the
old and the new stay in the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tocsin.facts import Access, Draft, Refused
from tocsin.facts.incidents import (
    Assigned,
    AwarenessJudged,
    BecameAware,
    Claimed,
    ClaimGraded,
    Grade,
    Noted,
    PersonClass,
    QuestionRaised,
    QuestionSettled,
    Severity,
    SeverityJudged,
)
from tocsin.incident.model import COUNSEL, Actor, Incident
from tocsin.incident.refusals import access_for, require_known, require_open, shown, words


def judge_severity(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    severity: Severity,
    reasons: Sequence[str],
    basis: str,
) -> list[Draft]:
    """The fact that somebody judged how bad it is. A judgement without a reason is refused."""
    require_open(incident)
    kept = tuple(words(reason, "a reason") for reason in reasons)
    if not kept:
        raise Refused(f"say why it is {severity.value}: give at least one reason")
    now = incident.severity
    if now is not None and (now.severity, now.reasons, now.by) == (severity, kept, actor.who):
        raise Refused(f"{actor.who} judged just that at {shown(now.at)}; nothing more is needed")
    fact = SeverityJudged(severity=severity, reasons=kept, basis=words(basis, "the basis"))
    return [Draft(fact=fact, happened_at=at)]


def record_awareness(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    person: str,
    standing: PersonClass,
    basis: str,
) -> list[Draft]:
    """The fact that `person` knew enough at `at`. Allowed in every status: knowledge is no wish."""
    require_known(incident)
    person = words(person, "the person")
    for one in incident.awareness:
        if (one.person, one.standing, one.at) == (person, standing, at):
            raise Refused(
                f"that {person} knew at {shown(at)} is entry {one.seq} already; "
                "another instant would be another entry"
            )
    fact = BecameAware(person=person, standing=standing, basis=words(basis, "the basis"))
    return [Draft(fact=fact, happened_at=at)]


def judge_awareness(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    awareness: int,
    counts: bool,
    because: str,
    access: Access | None = None,
) -> list[Draft]:
    """Counsel's ruling on one awareness, which stays on record whatever the ruling.

    Args:
        awareness: the number of the entry that says who became aware.
    """
    require_known(incident)
    if not actor.is_counsel:
        counsel = incident.holder(COUNSEL)
        whom = f"ask {counsel}" if counsel else "assign a counsel and ask them"
        raise Refused(f"only counsel can judge whether an awareness counts in law; {whom}")
    known = next((one for one in incident.awareness if one.seq == awareness), None)
    if known is None:
        there = ", ".join(str(one.seq) for one in incident.awareness) or "none yet"
        raise Refused(f"entry {awareness} is not an awareness; those are: {there}")
    if known.ruling is not None and known.ruling.counts is counts:
        raise Refused(
            f"{known.ruling.by} ruled so at {shown(known.ruling.at)}; nothing more is needed"
        )
    fact = AwarenessJudged(awareness=awareness, counts=counts, because=words(because, "the reason"))
    ruling = Draft(fact=fact, happened_at=at, access=access_for(actor, access))
    if incident.holder(COUNSEL) == actor.who:
        return [ruling]
    return [Draft(fact=Assigned(role=COUNSEL, person=actor.who), happened_at=at), ruling]


def claim(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    statement: str,
    grade: Grade = Grade.SUSPECTED,
    evidence: Sequence[str] = (),
    access: Access | None = None,
    readable: Incident | None = None,
) -> list[Draft]:
    """The fact that a statement is held, with its grade. Confirming one needs evidence.

    Args:
        readable: the incident as its author may read it, of which alone they are told; all of it
            when not given.
    """
    require_open(incident)
    statement = words(statement, "the statement")
    for one in (readable or incident).claims:
        if one.statement == statement:
            raise Refused(f"that is claim {one.id} already ({one.grade.value}); grade it anew")
    _require_evidence(grade, evidence)
    fact = Claimed(
        claim=f"C{len(incident.claims) + 1}",
        statement=statement,
        grade=grade,
        evidence=tuple(dict.fromkeys(evidence)),
    )
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def regrade(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    claim: str,
    grade: Grade,
    because: str,
    evidence: Sequence[str] = (),
    access: Access | None = None,
    readable: Incident | None = None,
) -> list[Draft]:
    """The fact that a claim became surer, less sure, or was refuted.

    Args:
        readable: as in `claim`; what they may not read they do not grade either.
    """
    require_open(incident)
    seen = readable or incident
    known = seen.claim(claim)
    if known is None:
        there = ", ".join(one.id for one in seen.claims) or "none yet"
        raise Refused(f"there is no claim {claim}; the claims are: {there}")
    if known.grade is grade and set(evidence) <= set(known.evidence):
        raise Refused(f"claim {claim} is {grade.value} already, on the same evidence")
    _require_evidence(grade, (*known.evidence, *evidence))
    fact = ClaimGraded(
        claim=claim,
        grade=grade,
        evidence=tuple(dict.fromkeys(evidence)),
        because=words(because, "the reason"),
    )
    wanted = access if access is not None or known.access is Access.OPS else known.access
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, wanted))]


def note(
    incident: Incident, actor: Actor, at: datetime, *, text: str, access: Access | None = None
) -> list[Draft]:
    """A remark, in every status. Counsel's own remarks are for counsel unless they say else."""
    require_known(incident)
    fact = Noted(text=words(text, "the note"))
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def raise_question(
    incident: Incident, actor: Actor, at: datetime, *, text: str, access: Access | None = None,
    readable: Incident | None = None,
) -> list[Draft]:  # fmt: skip
    """The fact that something must be found out; the incident cannot be closed before.

    Args:
        readable: as in `claim`.
    """
    require_open(incident)
    text = words(text, "the question")
    for one in (readable or incident).open_questions:
        if one.text == text:
            raise Refused(f"that is question {one.id} already, and it is open")
    fact = QuestionRaised(question=f"Q{len(incident.questions) + 1}", text=text)
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, access))]


def settle_question(
    incident: Incident,
    actor: Actor,
    at: datetime,
    *,
    question: str,
    answer: str,
    access: Access | None = None,
    readable: Incident | None = None,
) -> list[Draft]:
    """The answer to an open question.

    Args:
        readable: as in `claim`; what they may not read they do not answer either.
    """
    require_open(incident)
    seen = readable or incident
    known = seen.question(question)
    if known is None:
        there = ", ".join(one.id for one in seen.open_questions) or "none"
        raise Refused(f"there is no question {question}; open are: {there}")
    asked = incident.question(question)  # that it was answered is no secret, only the answer may be
    if asked is not None and asked.settled is not None:
        raise Refused(
            f"question {question} was answered by {asked.settled.by}, entry {asked.settled.seq}; "
            "if that was wrong, raise it anew"
        )
    fact = QuestionSettled(question=question, answer=words(answer, "the answer"))
    wanted = access if access is not None or known.access is Access.OPS else known.access
    return [Draft(fact=fact, happened_at=at, access=access_for(actor, wanted))]


def _require_evidence(grade: Grade, evidence: Sequence[str]) -> None:
    if grade is Grade.CONFIRMED and not evidence:
        raise Refused(
            "a confirmed claim rests on evidence: name at least one piece by its digest, "
            "or leave it suspected"
        )
