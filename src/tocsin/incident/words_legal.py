"""Words for every fact about what the law asks of an incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
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
SEVERAL = 5
"""From so many on, what comes to the same is told together."""
_ASKED = (Standing.RAISED, Standing.OPEN)
_NEVER = datetime.max.replace(tzinfo=UTC)


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


def moved_lines(moved: Sequence[DutyReckoned]) -> list[str]:
    """What one word moved, in lines: what is asked first, the next instant before the others.

    Several that are not asked for one reason share a line, which names each of them; a reason that
    all of several have stands once, at the end.
    """
    whys = {one.why for one in moved}
    common = f": {whys.pop()}" if len(whys) == 1 and len(moved) >= SEVERAL else ""
    asked = sorted((one for one in moved if one.standing in _ASKED), key=_soonest)
    lines = [legal_words(one).removesuffix(common) for one in asked]
    alike: dict[tuple[Standing, str], list[DutyReckoned]] = {}
    for one in moved:
        if one.standing not in _ASKED:
            alike.setdefault((one.standing, one.why), []).append(one)
    for (standing, why), found in alike.items():
        if len(found) < SEVERAL:
            lines += [legal_words(one).removesuffix(common) for one in found]
            continue
        are = _STANDS[standing].replace("is ", "are ", 1).replace("has ", "have ", 1)
        rules = [f"{one.rule} [{UNVERIFIED}]" if one.unverified else one.rule for one in found]
        lines.append(together(f"{len(found)} {are}{'' if common else f': {why}'}", rules))
    return [*lines, *([f"the reason of all{common}"] if common else [])]


def together(said: str, rules: Sequence[str]) -> str:
    """What is said of several rules, with their names below it."""
    return f"{said}:\n    {', '.join(rules)}"


def _soonest(one: DutyReckoned) -> tuple[int, datetime, str]:
    until = one.conservative_at or one.immediately_from
    return _ASKED.index(one.standing), until.astimezone(UTC) if until else _NEVER, one.rule


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
