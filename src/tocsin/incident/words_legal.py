"""Words for every fact about what the law asks of an incident."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

import msgspec

from tocsin.facts.legal import (
    Answered,
    Decided,
    DutiesReckoned,
    DutyDecided,
    DutyReckoned,
    LaterReadingAccepted,
    LawAdopted,
    LegalDeadlinePassed,
    LegalFact,
    LegalFactStated,
    Standing,
)

_STANDS = {
    Standing.RAISED: "is asked of us",
    Standing.OPEN: "may be asked of us: what is missing would settle it",
    Standing.NOT_RAISED: "is not asked of us on what is known",
    Standing.ANTICIPATORY: "has no object yet",
    Standing.NOT_IN_FORCE: "is not in force",
    Standing.WATCH: "is not law yet",
}
UNVERIFIED = "unverified: nobody read its source"


def legal_words(fact: LegalFact) -> str:
    """What a fact about the law says."""
    match fact:
        case LegalFactStated():
            return f"{_answer(fact)}: {fact.basis}"
        case DutiesReckoned():
            return (
                f"Legal duties reckoned on entries up to {fact.upto}, by law {fact.law}: "
                f"{fact.raised} raised, {fact.open} open"
            )
        case DutyReckoned():
            return _reckoned(fact)
        case LegalDeadlinePassed():
            done = (
                f"submitted at {_at(fact.submitted_at)}" if fact.submitted_at else "not submitted"
            )
            return f"LATE: {fact.rule} was due by {_at(fact.conservative_at)}, and was {done}"
        case DutyDecided(decided=Decided.NOT_REQUIRED):
            ground = f"exception {fact.exception}" if fact.exception else "its trigger is not met"
            return f"{fact.rule} is not required ({ground}), by law {fact.law}: {fact.rationale}"
        case DutyDecided():
            return f"{fact.rule} is required after all, by law {fact.law}: {fact.rationale}"
        case LaterReadingAccepted():
            return (
                f"The later reading of {fact.rule} is accepted: {_at(fact.accepted_at)}, not "
                f"{_at(fact.conservative_at)}: {fact.reason}"
            )
        case LawAdopted():
            own = f", {fact.own} of them our own" if fact.own else ""
            return f"Law {fact.law} is in force ({fact.digest[:12]}): {fact.rules} rules{own}"
        case _:
            assert_never(fact)


def _answer(fact: LegalFactStated) -> str:
    match fact.answer:
        case Answered.KNOWN:
            return f"For the law, {fact.key} is {_value(fact.value)}"
        case Answered.DENIED:
            return f"For the law, {fact.key} did not happen"
        case Answered.UNKNOWN:
            return f"For the law, {fact.key} is not known after all"


def _value(text: str) -> str:
    """A canonical text as people read it; harms are the only list of things."""
    try:
        harms = msgspec.json.decode(text, type=list[dict[str, str]]) if text[:1] == "[" else []
    except msgspec.DecodeError:
        harms = []
    return ", ".join(f"{one.get('kind')} (aware {one.get('aware')})" for one in harms) or text


def _reckoned(fact: DutyReckoned) -> str:
    by = ""
    if fact.conservative_at is not None:
        latest = f" (latest arguable {_at(fact.latest_at)})" if fact.latest_at else ""
        by = f", by {_at(fact.conservative_at)}{latest}"
    elif fact.immediately_from is not None:
        by = f", immediately since {_at(fact.immediately_from)}"
    if fact.submitted_at is not None:
        by += f", submitted at {_at(fact.submitted_at)}"
    if fact.bars and fact.standing in (Standing.RAISED, Standing.OPEN):
        by += f"; until then nobody may {' or '.join(fact.bars)}"
    doubt = f" [{UNVERIFIED}]" if fact.unverified else ""
    return f"{fact.rule} {_STANDS[fact.standing]}{by}{doubt}: {fact.why}"


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"
