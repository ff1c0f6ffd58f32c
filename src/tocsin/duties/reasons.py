"""Why a duty stands as it does, in a sentence that names the facts; and who is to be told. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from tocsin.duties.conditions import Seen, deciding, truth
from tocsin.duties.known import Awareness, Harm
from tocsin.duties.law import AllOf, Condition, Enforcement, Recipient, Rule

_ENFORCED = {
    Enforcement.LIVE: "",
    Enforcement.SUSPENDED: "; its enforcement is suspended",
    Enforcement.GRACE: "; in force, without fines yet",
    Enforcement.PENDING: "",
}
SOMEWHERE = "the place concerned (not known yet)"


def because(rule: Rule, seen: Seen, *, raised: bool, missing: Sequence[str]) -> str:
    """What raised it, or what it waits for; and whether anybody enforces it."""
    asserted = _said(deciding(AllOf(of=(rule.applies, rule.when)), seen), seen)
    if raised:
        sentence = f"raised by {asserted}" if asserted else "raised: nothing says that it is not"
    else:
        sentence = f"open until it is known: {', '.join(missing[:3])}"
        sentence += f"; so far {asserted}" if asserted else ""
    return sentence + _ENFORCED[rule.enforcement]


def elsewhere(rule: Rule, seen: Seen) -> str:
    """That it is the law of other places than are concerned."""
    known = ", ".join(seen.facts.words("jurisdictions") or ())
    return f"jurisdictions are {known}; it is the law of {', '.join(rule.where)}"


def contradicted(condition: Condition, seen: Seen) -> str:
    """Which known facts say that it is not raised, where this condition of its is false."""
    return f"not raised: {_said(deciding(condition, seen), seen)}"


def untimely(rule: Rule, day: date) -> str:
    """On which side of its days in force a day lies."""
    if day < rule.from_:
        return f"not in force on {day}: its first day is {rule.from_}"
    return f"no more in force on {day}: it ended before {rule.until}"


def replaced(by: Rule) -> str:
    """Which rule stands in its place."""
    return f"{by.id} is raised, and stands in its place"


def ended(rule: Rule, seen: Seen, end: datetime | None, done: datetime | None) -> str | None:
    """Why it is over: the fact that ends it came before it was due. What was missed stays."""
    if rule.until_fact is None or done is not None:
        return None
    over = seen.instant(rule.until_fact)
    if over is None or (end is not None and over >= end):
        return None
    return f"over: {rule.until_fact} is {_shown(over, seen)}, before it was due"


def recipients(rule: Rule, seen: Seen, places: Sequence[str]) -> tuple[str, ...]:
    """Who is to be told; those of whom it is not known yet only where nobody is sure."""
    found = [(one, truth(one.when, seen)) for one in rule.recipients]
    sure = [one for one, holds in found if holds is True]
    if not rule.every_recipient:
        sure = sure[:1]
    where = ", ".join(places) or ", ".join(rule.where) or SOMEWHERE
    if sure:
        return tuple(_named(one, where) for one in sure)
    return tuple(f"{_named(one, where)} (perhaps)" for one, holds in found if holds is None)


def _named(recipient: Recipient, where: str) -> str:
    return recipient.name.replace("{places}", where)


def _said(keys: Sequence[str], seen: Seen) -> str:
    return ", ".join(_each(keys, seen))


def _each(keys: Sequence[str], seen: Seen) -> Iterator[str]:
    for key in keys:
        value = seen.get(key)
        yield f"nothing said of {key}" if value is None else f"{key} {_shown(value, seen)}"


def _shown(value: object, seen: Seen) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(seen.zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, tuple):
        return ", ".join(_part(one, seen) for one in value) or "none"
    return str(value)


def _part(one: object, seen: Seen) -> str:
    if isinstance(one, Harm):
        return one.kind
    return _shown(one.instant, seen) if isinstance(one, Awareness) else str(one)
