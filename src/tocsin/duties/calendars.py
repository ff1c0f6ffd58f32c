"""On which days a calendar works: no weekend, no public holiday, and what was closed or opened.

Holidays come from the package `holidays`, public ones only: half days, bank days and optional ones
are working days here. Where the package knows no holidays (most countries after 2100) days count
as working days. A working day too many makes a deadline earlier, never later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from tocsin.duties.law import Closure
from tocsin.register.mistakes import did_you_mean, nearest

_DAY = timedelta(days=1)


class Calendar(msgspec.Struct, frozen=True):
    """The working days of a country, of one of its parts, or of a market.

    Args:
        overrides: the days on which it works, or does not, whatever the package says.
    """

    code: str
    overrides: Mapping[date, bool]

    def works_on(self, day: date) -> bool:
        """Whether it is a working day; the weekend is that of the country, in that year."""
        if day in self.overrides:
            return self.overrides[day]
        return _works_on(self.code, day)

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        while True:
            day += _DAY
            if self.works_on(day):
                return day


class LegalPlace(msgspec.Struct, frozen=True):
    """Whose clocks and whose working days count."""

    zone: ZoneInfo
    calendar: Calendar


@cache
def calendar_of(code: str, closures: tuple[Closure, ...]) -> Calendar:
    """The calendar of a code, such as "FR", "DE-BE" or "NYSE", under its dated overrides.

    A closure counts for its very code: one of "US" moves nothing in "US-CA". On a day that is both
    closed and opened it works.

    Raises:
        ValueError: nobody has such a calendar; says which code was probably meant.
    """
    if not is_calendar(code):
        raise ValueError(f'no calendar "{code}"; {_remedy(code)}')
    overrides: dict[date, bool] = {}
    for closure in closures:
        if closure.calendar == code:
            overrides[closure.day] = closure.works or overrides.get(closure.day, False)
    return Calendar(code, overrides)


def is_calendar(code: str) -> bool:
    """Whether there is a calendar of this code."""
    country, _, part = code.partition("-")
    parts = _parts().get(country)
    return parts is not None and (part in parts or code == country)


def calendar_wrong(code: str) -> str | None:
    """A remedy when there is no calendar of this code."""
    return None if is_calendar(code) else _remedy(code)


def _remedy(code: str) -> str:
    country, _, part = code.partition("-")
    known = _parts()
    if country not in known:
        otherwise = 'write a country (ISO 3166-1), and its part after a hyphen, as in "DE-BE"'
        return did_you_mean(country, known, otherwise)
    if meant := nearest(part, known[country]):
        return f'did you mean "{country}-{meant}"?'
    return f'"{country}" has {", ".join(known[country]) or "no parts"}'


@cache
def _parts() -> Mapping[str, tuple[str, ...]]:
    """The parts of each country and market that the package knows."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    known |= holidays.list_supported_financial()
    return {code: tuple(parts) for code, parts in known.items()}


@cache
def _works_on(code: str, day: date) -> bool:
    return _year(code, day.year)(day)


@cache
def _year(code: str, year: int) -> Callable[[date], bool]:
    """Which days of one year are working days. Names are not read, so no language is chosen."""
    import holidays

    country, _, part = code.partition("-")
    # Filled before anybody asks: one that grows while two threads ask may answer one too early.
    # Markets come out of the same function as countries.
    return holidays.country_holidays(country, part, year).is_working_day
