"""Answers to what the law asks: how people write them, how they stand in the record. Pure.

The text that is kept is canonical: the same answer always has the same text, and it reads back as
the same value. An instant keeps the offset with which it was said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from tocsin.facts import Refused
from tocsin.facts.canonical import canonical
from tocsin.facts.learned import learned
from tocsin.facts.legal import Answered
from tocsin.facts.moments import instant_written, is_in_calendar
from tocsin.incident.refusals import one_line
from tocsin.register.legal_keys import KeyType, LegalKey
from tocsin.register.mistakes import did_you_mean

Value = str | int | bool | date | datetime | list[str] | list[dict[str, object]]
"""What a legal fact may be, as documents of facts hold it."""

NO = frozenset({"no", "none", "false", "denied"})
YES = frozenset({"yes", "true"})
NOT_KNOWN = frozenset({"unknown", "?"})


@learned
class Harm(msgspec.Struct, frozen=True):
    """A harm, and since when somebody knows of it."""

    kind: str
    aware: str


def spoken(key: LegalKey, text: str, before: str = "") -> tuple[Answered, str]:
    """What a person's answer is, and its canonical text.

    Args:
        before: the canonical text that holds now; harms are said one by one.

    Raises:
        Refused: it is no answer to this question; says how one is written.
    """
    said = one_line(text, "the answer")
    if said.lower() in NOT_KNOWN:
        return Answered.UNKNOWN, ""
    match key.type:
        case KeyType.INSTANT:
            if said.lower() in NO:
                return Answered.DENIED, ""
            return Answered.KNOWN, _instant(key.key, said).isoformat()
        case KeyType.DATE:
            return Answered.KNOWN, _date(key.key, said).isoformat()
        case KeyType.YES_NO:
            return Answered.KNOWN, _yes_no(key.key, said)
        case KeyType.COUNT:
            return Answered.KNOWN, _count(key.key, said)
        case KeyType.CHOICE:
            return Answered.KNOWN, _choice(key, said)
        case KeyType.CHOICES:
            names = [one.strip() for one in said.split(",") if one.strip()]
            return Answered.KNOWN, ",".join(dict.fromkeys(_choice(key, one) for one in names))
        case KeyType.TEXT:
            return Answered.KNOWN, said
        case KeyType.HARMS:
            return _harms(key, said, before)
        case KeyType.AWARENESS:
            raise Refused(
                "who became aware is a statement of its own: tocsin incident aware INCIDENT PERSON "
                "--standing management --basis WHY --at INSTANT"
            )


def value_of(type_: KeyType, text: str) -> Value:
    """The value whose canonical text this is.

    Raises:
        ValueError: it is no text of this type, as when a law pack changed the type of a key.
    """
    match type_:
        case KeyType.INSTANT:
            return datetime.fromisoformat(text)
        case KeyType.DATE:
            return date.fromisoformat(text)
        case KeyType.YES_NO:
            if text not in ("yes", "no"):
                raise ValueError(f"{text!r} is neither yes nor no")
            return text == "yes"
        case KeyType.COUNT:
            return int(text)
        case KeyType.CHOICES:
            return text.split(",")
        case KeyType.HARMS:
            return [
                {"kind": one.kind, "aware": datetime.fromisoformat(one.aware)}
                for one in harms_of(text)
            ]
        case KeyType.CHOICE | KeyType.TEXT | KeyType.AWARENESS:
            return text


def harms_of(text: str) -> list[Harm]:
    """The harms whose canonical text this is. Raises ValueError."""
    try:
        return msgspec.json.decode(text, type=list[Harm])
    except msgspec.DecodeError as bad:
        raise ValueError(f"not a list of harms: {bad}") from None


def _harms(key: LegalKey, said: str, before: str) -> tuple[Answered, str]:
    """The harms known before with one more, another instant for one, or one less."""
    if said.lower() in NO:
        return Answered.DENIED, ""
    kind, equals, when = said.partition("=")
    kind = _choice(key, kind.strip())
    if not equals:
        raise Refused(
            f"say since when somebody knows of it: {kind}=2026-11-23T14:05+01:00; "
            f"or that it is not so: {kind}=no"
        )
    known = {one.kind: one.aware for one in harms_of(before)} if before else {}
    if when.strip().lower() in NO:
        if kind not in known:
            there = ", ".join(known) or "none"
            raise Refused(f"{kind} is not among the harms that are known: {there}")
        del known[kind]
    else:
        known[kind] = _instant(f"{key.key}, {kind}", when.strip()).isoformat()
    listed: list[Mapping[str, str]] = [{"kind": k, "aware": at} for k, at in sorted(known.items())]
    text = canonical([dict(one) for one in listed]).decode()
    return (Answered.KNOWN, text) if known else (Answered.DENIED, "")


def _choice(key: LegalKey, said: str) -> str:
    if key.choices and said not in key.choices:
        listed = ", ".join(key.choices)
        raise Refused(
            f"{key.key}: {said!r}; {did_you_mean(said, key.choices, f'one of: {listed}')}"
        )
    return said


def _instant(key: str, said: str) -> datetime:
    try:
        at = instant_written(said)
    except ValueError:
        raise Refused(
            f"{key}: {said!r} is not an instant; write it like 2026-11-23T14:05+01:00, or no if it "
            "did not happen"
        ) from None
    if at.tzinfo is None:
        raise Refused(f"{key}: {said!r} has no time zone; write it like {said}+01:00 or {said}Z")
    if not is_in_calendar(at):
        raise Refused(f"{key}: {said!r} lies beyond the calendar; write the year that is meant")
    return at


def _date(key: str, said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Refused(f"{key}: {said!r} is not a date; write it like 2026-11-23") from None


def _yes_no(key: str, said: str) -> str:
    if said.lower() in YES:
        return "yes"
    if said.lower() in NO:
        return "no"
    raise Refused(f"{key}: {said!r}; answer yes, no or unknown")


def _count(key: str, said: str) -> str:
    if not said.isdecimal() or len(said) > 12:
        raise Refused(f"{key}: {said!r} is not a whole number, such as 500")
    return str(int(said))
