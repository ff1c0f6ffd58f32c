"""Periods, readings, clocks and conditions in plain words, for pages and for differences. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from tocsin.duties.law import (
    AllOf,
    AnyOf,
    ClassGate,
    Clock,
    Condition,
    Grade,
    Guard,
    Named,
    NotSo,
    Op,
    Period,
    Place,
    Reading,
    Recipient,
    Shift,
    Test,
    Unit,
    Whose,
)

READ_AS = {
    Grade.PRIMARY: "the operative text was read",
    Grade.SECONDARY: "a page about it was read, not the text itself",
    Grade.MEMORY: "unverified: from memory, nobody read the text",
    Grade.DOUBTFUL: "unverified: it could not be confirmed",
}
SHIFTS = {
    Shift.NEXT_FULL_HOUR: "hours count from the next full hour",
    Shift.NEXT_WORKING_DAY: "a last day that is no working day moves to the next one",
    Shift.TWO_WORKING_DAYS: "the period holds at least two working days",
    Shift.SAME_HOUR_NEXT_WORKING_DAY: "the same hour of the next working day",
    Shift.NOON_NEXT_WORKING_DAY: "noon of the next working day",
}
LINE_MAX = 76
_UNITS = {
    Unit.HOURS: "hour",
    Unit.DAYS: "day",
    Unit.WORKING_DAYS: "working day",
    Unit.WEEKS: "week",
    Unit.MONTHS: "month",
}
_WHENEVER = {Unit.IMMEDIATELY: "immediately", Unit.IN_ADVANCE: "before it is done"}


def period_words(period: Period) -> str:
    """ "72 hours"; "4 working days, until 17:30"."""
    if period.unit in _WHENEVER:
        return _WHENEVER[period.unit]
    unit = _UNITS[period.unit]
    if period.count_from:
        length = f'as many {unit}s as "{period.count_from}" says'
    else:
        length = f"{period.count} {unit}{'' if period.count == 1 else 's'}"
    if period.ends != time(0, 0):
        length += f", until {period.ends:%H:%M}"
    return length + (" after the end of that year" if period.from_end_of_year else "")


def start_words(clock: Clock) -> str:
    """What starts a clock: "aware", "the awareness of death or health"."""
    if clock.start == "harms":
        start = f"the awareness of {_or(clock.harms)}, each by itself"
    elif clock.start == "first-harm":
        start = f"the first awareness of any harm, where there is {_or(clock.harms)}"
    else:
        start = clock.start
    return start + (f" by {_or(clock.aware_by)}" if clock.aware_by else "")


def fact_words(key: str) -> str:
    """The instant that a key names, where it is one of harms."""
    named = {"harms": "the awareness of that harm", "first-harm": "the first awareness of any harm"}
    return named.get(key, key)


def clock_words(clock: Clock) -> str:
    """One clock on one line, without its readings."""
    where = f", where {condition_words(clock.when)}" if clock.when != AllOf(of=()) else ""
    period = period_words(clock.within)
    from_ = "with" if clock.within.unit in _WHENEVER else "from"
    return f"{period} {from_} {start_words(clock)}{where} ({clock.paragraph})"


def reading_words(reading: Reading) -> str:
    """A reading on one line."""
    code = f" [{reading.contention}]" if reading.contention else ""
    where = f", where {condition_words(reading.when)}" if reading.when != AllOf(of=()) else ""
    return f"{SHIFTS[reading.shift]} ({reading.paragraph}){where}{code}"


def recipient_words(one: Recipient) -> str:
    """Who is told, and in which circumstances."""
    where = f", where {condition_words(one.when)}" if one.when != AllOf(of=()) else ""
    cited = f" ({one.paragraph})" if one.paragraph else ""
    return f"{one.name.replace('{places}', 'each place where it occurred')}{where}{cited}"


def gate_words(gate: ClassGate) -> str:
    """Since when a classification is law."""
    return f"from {gate.from_} where {condition_words(gate.when)} ({gate.paragraph})"


def guard_words(guard: Guard) -> str:
    """What may not be done, until when."""
    until = f'"{guard.until}"' if guard.until else "a named person decides so"
    return f"nothing may {_or(guard.bars)} the system or its evidence until {until}"


def place_words(place: Place) -> str:
    """Whose zone and holidays count."""
    if place.zone is not None:
        return f"always {place.zone}, holidays of {place.calendar}"
    if place.whose is Whose.ENTITY:
        return "where the organisation that reports is"
    return "where the act is to be done"


def condition_words(condition: Condition) -> str:
    """A condition on one line; "always" where there is none. What has a name is told by it."""
    if isinstance(condition, Test):
        return _test(condition)
    if isinstance(condition, Named):
        return f'{condition.says} ["{condition.name}"]'
    if isinstance(condition, NotSo):
        return f"not ({condition_words(condition.of)})"
    inner = [_inside(one, condition) for one in condition.of]
    if not inner:
        return "always" if isinstance(condition, AllOf) else "never"
    return (" or " if isinstance(condition, AnyOf) else " and ").join(inner)


def condition_lines(condition: Condition) -> Iterator[str]:
    """A condition over several lines: what is joined stands below one another, indented."""
    words = condition_words(condition)
    if isinstance(condition, Test | Named) or len(words) <= LINE_MAX:
        yield words
    elif isinstance(condition, NotSo):
        yield "not:"
        yield from (f"  {line}" for line in condition_lines(condition.of))
    else:
        yield "all of:" if isinstance(condition, AllOf) else "one of:"
        for one in condition.of:
            first, *more = condition_lines(one)
            yield f"- {first}"
            yield from (f"  {line}" for line in more)


def _inside(inner: Condition, outer: Condition) -> str:
    words = condition_words(inner)
    apart = (
        isinstance(inner, AllOf | AnyOf) and len(inner.of) > 1 and type(inner) is not type(outer)
    )
    return f"({words})" if apart else words


def _test(test: Test) -> str:
    values = _or(tuple(_value(one) for one in test.values))
    said = {
        Op.IS: f"is {values}",
        Op.IN: f"is {values}",
        Op.HAS: f"has {values}",
        Op.AT_LEAST: f"is at least {values}",
        Op.BEFORE: f"is before {values}",
        Op.FROM: f"is {values} or later",
        Op.HAPPENED: "happened",
        Op.UNLESS: f"is not known to be {values}",
        Op.KNOWN: "is known, whatever it is",
    }
    return f"{test.fact} {said[test.op]}"


def _value(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _or(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else "".join(words)
