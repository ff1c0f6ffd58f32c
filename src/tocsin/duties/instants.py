"""Reads instants and days as people write them, strictly: each with its zone, and each there. Pure.

A local time without a zone is no instant. One that a clock change leaves out, or brings twice, is a
mistake until somebody says which is meant; so is a day that its month does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from tocsin.facts.moments import instant_written
from tocsin.register.formats import time_zone_wrong
from tocsin.register.mistakes import shown

_BRACKETED = re.compile(r"^(?P<local>[^\[]+)\[(?P<zone>[^\]]+)\]$")
_PARTS = frozenset({"local", "zone", "fold"})
_LIKE = "write it like 2026-11-23T14:05+01:00"
_A_YEAR = timedelta(days=366)


class NoInstant(ValueError):
    """What stands there is no instant: what was found, and what would be right."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found}; {remedy}")
        self.found, self.remedy = found, remedy


def instant_of(value: object) -> datetime:
    """The instant: ISO 8601 with an offset, or a local time with its zone.

    Raises:
        NoInstant: with what would be right.
    """
    if isinstance(value, Mapping):
        return _local(value)
    if isinstance(value, str):
        bracketed = _BRACKETED.match(value.strip())
        if bracketed:
            return _local(bracketed.groupdict())
        return _zoned(_parsed(value), value)
    if isinstance(value, datetime):
        return _zoned(value, value.isoformat())
    if isinstance(value, date):
        raise NoInstant(f"{value} is a day and no instant", "give the time of day and the zone")
    raise NoInstant(f"{shown(value)} is no instant", _LIKE)


def day_of(value: object) -> date:
    """The day; of an instant, the day that is written there.

    Raises:
        NoInstant: with what would be right.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _parsed(value).date()
    raise NoInstant(f"{shown(value)} is no day", "write it like 2026-11-23")


def zone_of(name: object) -> ZoneInfo:
    """The zone of an IANA name.

    Raises:
        NoInstant: there is none of that name.
    """
    remedy = "name a zone like Europe/Berlin"
    if isinstance(name, str):
        wrong = time_zone_wrong(name)
        if wrong is None:
            return ZoneInfo(name)
        remedy = wrong
    raise NoInstant(f"no zone is called {shown(name)}", remedy)


def _parsed(text: str) -> datetime:
    try:
        return instant_written(text.strip())
    except ValueError as bad:
        if "out of range" in str(bad) or "must be in" in str(bad):
            found = f"{shown(text)} is not in any calendar: {bad}"
            raise NoInstant(found, "give a day that its month has, and an hour it has") from None
        raise NoInstant(f"{shown(text)} is no instant", _LIKE) from None


def _zoned(value: datetime, text: str) -> datetime:
    if value.tzinfo is None:
        remedy = (f"write it with its offset, like {value.isoformat(timespec='minutes')}+01:00, "
                  f'or with its zone: {{"local": ..., "zone": "Europe/Berlin"}}')  # fmt: skip
        raise NoInstant(f"{shown(text)} has no zone", remedy)
    try:
        _ = value.astimezone(UTC) - _A_YEAR, value.astimezone(UTC) + 200 * _A_YEAR
    except OverflowError:
        raise NoInstant(f"{shown(text)} lies beyond the calendar", _LIKE) from None
    offset = value.utcoffset()
    assert offset is not None
    return value.replace(tzinfo=timezone(offset), fold=0)  # compared as an instant, not as a wall


def _local(parts: Mapping[object, object] | Mapping[str, object]) -> datetime:
    unknown = sorted(str(part) for part in parts if part not in _PARTS)
    if unknown or "local" not in parts or "zone" not in parts:
        raise NoInstant(
            f"a local time with {', '.join(map(str, parts)) or 'nothing'}",
            'write {"local": "2026-10-25T02:30", "zone": "Europe/Berlin", "fold": 0}',
        )
    zone, local, fold = zone_of(parts["zone"]), parts["local"], parts.get("fold")
    naive = _parsed(local) if isinstance(local, str) else local
    if not isinstance(naive, datetime):
        raise NoInstant(f"{shown(local)} is no local time", "write it like 2026-10-25T02:30")
    if naive.tzinfo is not None:
        return _agreeing(naive, zone)
    first, second = (naive.replace(tzinfo=zone, fold=which) for which in (0, 1))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise NoInstant(f"{naive} does not exist in {zone.key}: the clocks skip it",
                        "give the instant with its offset")  # fmt: skip
    if first.utcoffset() == second.utcoffset():
        return _zoned(first, str(local))
    if fold not in (0, 1) or isinstance(fold, bool):
        raise NoInstant(
            f"{naive} comes twice in {zone.key}: the clocks go back",
            f'say which: "fold": 0 is {first.isoformat()}, "fold": 1 is {second.isoformat()}',
        )
    return _zoned(first if fold == 0 else second, str(local))


def _agreeing(value: datetime, zone: ZoneInfo) -> datetime:
    there = value.astimezone(zone)
    if there.utcoffset() != value.utcoffset():
        raise NoInstant(f"{value.isoformat()} is not the time of {zone.key} then",
                        f"that instant is {there.isoformat()} there; keep one of them")  # fmt: skip
    return _zoned(there, str(value))
