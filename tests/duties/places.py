"""Places, periods and readings in the few words in which tests of legal time need them."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from tocsin.duties.calendars import LegalPlace, calendar_of
from tocsin.duties.deadline import Deadline
from tocsin.duties.law import Closure, Period, Reading, Shift, Unit
from tocsin.duties.period import deadline_of

BERLIN = ("Europe/Berlin", "DE-BE")
FULL_HOUR = (Shift.NEXT_FULL_HOUR,)
WORKING_DAY = (Shift.NEXT_WORKING_DAY,)
EU_DAYS = (Shift.NEXT_WORKING_DAY, Shift.TWO_WORKING_DAYS)
SAME_HOUR = (Shift.SAME_HOUR_NEXT_WORKING_DAY,)
NOON = (Shift.NOON_NEXT_WORKING_DAY,)


def place(zone: str, calendar: str, *closures: Closure) -> LegalPlace:
    return LegalPlace(ZoneInfo(zone), calendar_of(calendar, closures))


def period(said: str) -> Period:
    """ "72 hours", "4 working_days until 17:30", "60 days after the year", "immediately"."""
    words = said.split()
    if len(words) == 1:
        return Period(unit=Unit(words[0]))
    return Period(
        unit=Unit(words[1] if words[1].endswith("s") else words[1] + "s"),
        count=int(words[0]),
        ends=time.fromisoformat(words[3]) if "until" in words else time(0, 0),
        from_end_of_year="year" in words,
    )


def deadline(
    said: str,
    event: str,
    at: tuple[str, str] | LegalPlace = BERLIN,
    shifts: tuple[Shift, ...] = (),
    *,
    later: str | None = None,
    contention: str | None = None,
) -> Deadline:
    return deadline_of(
        period(said),
        datetime.fromisoformat(event),
        at if isinstance(at, LegalPlace) else place(*at),
        [Reading(shift=shift, paragraph=f"Art. {shift.value}") for shift in shifts],
        paragraph="Art. 1",
        later_event=datetime.fromisoformat(later) if later else None,
        contention=contention,
    )


def ends(found: Deadline) -> tuple[str | None, str | None]:
    """Both instants, exactly as they are shown."""
    first, second = (at and at.isoformat() for at in (found.conservative, found.latest))
    return first, second


def shown(instant: str | None) -> str | None:
    """The same, of an instant that may be written without its seconds."""
    return instant and datetime.fromisoformat(instant).isoformat()
