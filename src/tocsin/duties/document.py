"""What is known and what it comes to, as one document that can be checked again. Pure.

The shape is that of a whole-incident case; everything that people read stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from tocsin.duties.checked import instant_named
from tocsin.duties.deadline import Step
from tocsin.duties.duty import NOT_ADVICE, Duty, Standing
from tocsin.duties.known import Awareness, Harm, LegalFacts, Value
from tocsin.duties.law import Law
from tocsin.duties.questions import Question, questions
from tocsin.duties.raised import duties_raised
from tocsin.duties.worked import Worked

PLACED = ("zone", "calendar")
Document = dict[str, object]


def duties_document(
    law: Law, facts: LegalFacts, at: datetime, *, id: str = "", case: Worked | None = None,
    most: int | None = 5,
) -> tuple[Document, tuple[Duty, ...], tuple[Question, ...]]:  # fmt: skip
    """All duties on these facts as a document, and the duties and questions that it tells.

    Args:
        case: whose facts and profile are given back as they stood; else the facts as they are.
    """
    duties = duties_raised(law, facts, at=at)
    asked = questions(law, duties, facts, at=at, most=most)
    given = case.given if case is not None else as_document(facts)
    around = {name: value for name in PLACED if (value := facts.get(name)) is not None}
    document: Document = {
        "id": id,
        "facts": given,
        "entity_profile": case.profile if case is not None else {},
        "at": at.isoformat(),
        **around,
        "raised": {one.rule.id: _instants(one) for one in _of(duties, Standing.RAISED)},
        "not_raised": [
            one.rule.id for one in duties if one.standing not in (Standing.RAISED, Standing.OPEN)
        ],
        "open": {one.rule.id: list(one.missing) for one in _of(duties, Standing.OPEN)},
        "anticipatory": [one.rule.id for one in _of(duties, Standing.ANTICIPATORY)],
        "not_in_force": [one.rule.id for one in _of(duties, Standing.NOT_IN_FORCE)],
        "watch": [one.rule.id for one in _of(duties, Standing.WATCH)],
        "duties": {one.rule.id: duty_data(one) for one in duties},
        "questions": [_question(one) for one in asked],
        "law": {"version": law.version, "digest": law.digest},
        "note": NOT_ADVICE,
    }
    return document, duties, asked


def as_document(facts: LegalFacts) -> Document:
    """Legal facts as they can be read again; without the place that a document names."""
    return {key: _value(value) for key, value in sorted(facts.values.items()) if key not in PLACED}


def _value(value: Value) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_part(one) for one in value]
    return value


def _part(one: str | Harm | Awareness) -> object:
    if isinstance(one, Harm):
        return {"kind": one.kind} | ({"aware": one.aware.isoformat()} if one.aware else {})
    if isinstance(one, Awareness):
        parts = {"person": one.person, "class": one.standing, "basis": one.basis}
        known = {name: part for name, part in parts.items() if part is not None}
        return {"instant": one.instant.isoformat(), **known}
    return one


def _of(duties: Iterable[Duty], standing: Standing) -> list[Duty]:
    return [duty for duty in duties if duty.standing is standing]


def _instants(duty: Duty) -> Document:
    due, latest = instant_named(duty, "due"), instant_named(duty, "latest_arguable")
    found: Document = {"due": _iso(due), "latest_arguable": _iso(latest)}
    if duty.immediately_from is not None:
        found["immediately_from"] = _iso(duty.immediately_from)
    return found


def duty_data(duty: Duty) -> Document:
    """One duty with its clocks and everything that moved them."""
    rule = duty.rule
    whole: Document = {
        "standing": duty.standing.value,
        "why": duty.why,
        "sort": rule.sort.value,
        "grade": rule.grade.value,
        "unverified": not rule.grade.verified,
        "enforcement": rule.enforcement.value,
    }
    if duty.standing not in (Standing.RAISED, Standing.OPEN):
        return whole | ({"missing": list(duty.missing)} if duty.missing else {})
    return whole | {
        "says": rule.says,
        "paragraphs": list(rule.paragraphs),
        "stage": rule.stage,
        **_instants(duty),
        "missing": list(duty.missing),
        "recipients": list(duty.recipients),
        "contentions": list(duty.deadline.contentions) if duty.deadline else [],
        "done_at": _iso(duty.done_at),
        "late_by_seconds": int(duty.late_by.total_seconds()) if duty.late_by else None,
        "bars": list(rule.guard.bars) if rule.guard else [],
        "exceptions": [{"id": one.id, "says": one.says} for one in rule.exceptions],
        "clocks": [
            {
                "paragraph": clock.clock.paragraph,
                "started_by": clock.started_by,
                "started_at": _iso(clock.started_at),
                "due": _iso(clock.deadline.conservative),
                "latest_arguable": _iso(clock.deadline.latest),
                "steps": _steps(clock.deadline.steps),
            }
            for clock in duty.clocks
        ],
    }


def _steps(steps: Sequence[Step]) -> list[Document]:
    return [
        {"paragraph": one.paragraph, "says": one.says, "at": _iso(one.at),
         "latest_only": one.latest_only}
        for one in steps
    ]  # fmt: skip


def _question(one: Question) -> Document:
    return {
        "key": one.key,
        "asks": one.asks,
        "choices": dict(one.choices),
        "answered_by": one.answered_by,
        "settles": list(one.settles),
        "moves": list(one.moves),
        "earliest": _iso(one.earliest),
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
