"""Whether what a person writes fits a field: an instant, a number, one of a list. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date

from tocsin.duties.fields import Field, Shape
from tocsin.facts.errors import Refused
from tocsin.facts.moments import instant_written
from tocsin.register.mistakes import did_you_mean, shown

TEXT_LETTERS_MAX = 8000
_NUMBER = re.compile(r"[0-9]{1,15}")
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_DURATION = re.compile(r"[0-9]{1,4}:([01][0-9]|2[0-3]):[0-5][0-9]")
_YES_NO = ("yes", "no")


def fitting(field: Field, text: str) -> str:
    """The text as it stands in the field.

    Raises:
        Refused: it does not fit; says how it is written.
    """
    if not text:
        raise Refused(f"{field.id}: nothing was written; say it is not known: {field.id}=unknown")
    if len(text) > TEXT_LETTERS_MAX:
        raise Refused(
            f"{field.id}: {len(text)} letters, and a field takes {TEXT_LETTERS_MAX}; put what is "
            "longer into a file beside the notice"
        )
    match field.shape:
        case Shape.INSTANT:
            return _instant(field, text)
        case Shape.DATE:
            return _date(field, text)
        case Shape.YES_NO:
            return _one_of(field, text, _YES_NO)
        case Shape.NUMBER:
            return _like(field, text, _NUMBER, "a whole number, such as 198")
        case Shape.PERCENT | Shape.AMOUNT:
            return _like(field, text, _DECIMAL, "a number, such as 12.5, without a sign")
        case Shape.DURATION:
            return _like(field, text, _DURATION, "DD:HH:MM, such as 00:04:30")
        case Shape.CHOICE:
            return _one_of(field, text, field.choices)
        case Shape.CHOICES:
            parts = [one.strip() for one in text.split(";") if one.strip()]
            return "; ".join(dict.fromkeys(_one_of(field, one, field.choices) for one in parts))
        case Shape.TEXT | Shape.PROSE | Shape.CODE:
            return text


def _instant(field: Field, text: str) -> str:
    try:
        at = instant_written(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused(
            f"{field.id}: {shown(text)} is no instant with its zone; write it like "
            "2026-11-23T14:05+01:00"
        )
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _date(field: Field, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        found = f"{field.id}: {shown(text)} is no date; write it like 2026-11-23"
        raise Refused(found) from None


def _one_of(field: Field, text: str, choices: tuple[str, ...]) -> str:
    if text in choices:
        return text
    among = f"one of: {'; '.join(choices)}"
    raise Refused(f"{field.id}: {shown(text)}; {did_you_mean(text, choices, among)}")


def _like(field: Field, text: str, shape: re.Pattern[str], like: str) -> str:
    if shape.fullmatch(text):
        return text
    raise Refused(f"{field.id}: {shown(text)}; write {like}")
