"""Which clocks of a rule run on what is known, from when, and until when. Pure.

A clock whose start is unknown names the fact that is missing. Where it is not known in which place
it runs, only the earliest of its possible ends is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

import msgspec

from tocsin.duties.calendars import LegalPlace
from tocsin.duties.conditions import Seen, missing, truth
from tocsin.duties.deadline import Deadline
from tocsin.duties.duty import RunningClock
from tocsin.duties.known import SUBMITTED, earliest
from tocsin.duties.law import Clock, Period, Reading, Rule, Shift, Unit
from tocsin.duties.period import deadline_of
from tocsin.duties.places import Places
from tocsin.duties.shifts import SHIFTS_OF

HARMS = "harms"
FIRST_HARM = "first-harm"
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What starts a clock: the fact by its key, and when."""

    by: str
    at: datetime
    later: datetime | None = None


Started = tuple[tuple[Clock, tuple[Start, ...]], ...]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of a rule.

    Args:
        clocks: all that run, the earliest end first; those with no instant last.
        by_place: whether another of the places that it may be would move an end.
    """

    clocks: tuple[RunningClock, ...]
    by_place: bool


def started(rule: Rule, seen: Seen) -> Started:
    """Each clock of a rule, with all that starts it."""
    return tuple((clock, tuple(starts(clock, rule, seen))) for clock in rule.clocks)


def running(rule: Rule, places: Places, seen: Seen, of: Started) -> Run:
    """The clocks that run; of a recurring duty the one from its last submission on."""
    found: list[RunningClock] = []
    by_place = False
    for clock, start in _again(rule, seen) or _started(of, seen):
        ends = _ends(clock, start, places, seen)
        by_place = by_place or len(ends) > 1
        kept = ends if places.sure else sorted(ends, key=_earliest_first)[:1]
        found += [one for one in kept if not _yields(one, seen)]
    return Run(clocks=tuple(sorted(found, key=_earliest_first)), by_place=by_place)


def _started(of: Started, seen: Seen) -> Iterator[tuple[Clock, Start]]:
    for clock, begun in of:
        if truth(clock.when, seen) is not False:
            for start in begun:
                yield clock, start


def wanting(rule: Rule, seen: Seen, of: Started) -> Iterator[str]:
    """The keys of facts that would start a clock, stop one, or move its latest end."""
    for clock, begun in of:
        if truth(clock.when, seen) is not False and (
            not begun or (clock.start in (HARMS, FIRST_HARM) and _any_harm(rule, seen))
        ):
            yield from _unstarted(clock, seen)
    for clock in rule.clocks:
        yield from missing(clock.when, seen)
        if clock.yields_to is not None and seen.get(clock.yields_to) is None:
            yield from () if clock.yields_to == HARMS else (clock.yields_to,)
        for reading in clock.readings:
            yield from missing(reading.when, seen)
        if clock.within.count_from and seen.get(clock.within.count_from) is None:
            yield clock.within.count_from


def unstartable(rule: Rule, seen: Seen) -> str | None:
    """The known fact that keeps every clock of a rule from starting; None where one may start."""
    said = [_denied(clock, seen) for clock in rule.clocks]
    return said[0] if said and all(said) else None


def _denied(clock: Clock, seen: Seen) -> str | None:
    if clock.start not in (HARMS, FIRST_HARM):
        return f"{clock.start} no" if seen.get(clock.start) is False else None
    harms = seen.facts.words(HARMS)
    if harms is None or HARMS in seen.facts.unsure or set(harms) & set(clock.harms):
        return None
    return f"harms {', '.join(harms) or 'none'}"


def first_start(of: Started) -> datetime | None:
    """The earliest instant that starts a clock."""
    return earliest(start.at for _, begun in of for start in begun)


def last_submission(rule: Rule, seen: Seen) -> datetime | None:
    """When the stage of a rule was submitted, as far as that is known."""
    return None if rule.stage is None else seen.instant(f"{SUBMITTED}{rule.stage}")


def starts(clock: Clock, rule: Rule, seen: Seen) -> Iterator[Start]:
    """What starts a clock: one for each harm, or one."""
    if clock.start in (HARMS, FIRST_HARM) and _any_harm(rule, seen):
        at = seen.facts.awareness(clock.aware_by)
        if at is not None:
            yield Start(by="aware", at=at)
        return
    if clock.start == HARMS:
        for harm in seen.facts.harms:
            at = harm.aware or seen.facts.awareness(clock.aware_by)
            if harm.kind in clock.harms and at is not None:
                yield Start(by=f"{HARMS}.{harm.kind}", at=at, later=_later(clock, seen))
        return
    if clock.start == FIRST_HARM:
        of_rule = tuple(kind for one in rule.clocks for kind in one.harms)
        scalar = seen.facts.awareness(clock.aware_by)
        at = earliest([_of_harms(clock, of_rule, seen), scalar])
        if at is not None and _of_harms(clock, clock.harms, seen) is not None:
            yield Start(by=FIRST_HARM, at=at, later=_later(clock, seen))
        return
    at = _instant(clock.start, clock, seen)
    if at is not None:
        yield Start(by=clock.start, at=at, later=_later(clock, seen))


def _any_harm(rule: Rule, seen: Seen) -> bool:
    """Whether nobody said what harm it is, so that it may be any of the rule's."""
    harms = seen.facts.words(HARMS)
    if harms is None:
        return True
    of_rule = {kind for clock in rule.clocks for kind in clock.harms}
    return HARMS in seen.facts.unsure and not of_rule.intersection(harms)


def _later(clock: Clock, seen: Seen) -> datetime | None:
    if clock.later_aware_by:
        return seen.facts.awareness(clock.later_aware_by)
    return None if clock.later_start is None else _instant(clock.later_start, clock, seen)


def _instant(key: str, clock: Clock, seen: Seen) -> datetime | None:
    """The instant of a key as a clock means it: its harms', its class of person's."""
    if key == HARMS:
        return _of_harms(clock, clock.harms, seen)
    if key.startswith(f"{HARMS}."):
        return _of_harms(clock, (key.partition(".")[2],), seen)
    if key == "aware":
        return seen.facts.awareness(clock.aware_by)
    value = seen.get(key)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), seen.zone)
    return value if isinstance(value, datetime) else None


def _of_harms(clock: Clock, kinds: tuple[str, ...], seen: Seen) -> datetime | None:
    """The earliest awareness of a harm of these kinds."""
    scalar = seen.facts.awareness(clock.aware_by)
    return earliest(harm.aware or scalar for harm in seen.facts.harms if harm.kind in kinds)


def _again(rule: Rule, seen: Seen) -> list[tuple[Clock, Start]]:
    """The clock of a recurring duty from its last submission on.

    A reading of the first period that does not fit the unit of the next ones is not argued there.
    """
    last = last_submission(rule, seen)
    if rule.again is None or last is None or not rule.clocks:
        return []
    first, fitting = rule.clocks[0], SHIFTS_OF[rule.again.unit]
    readings = tuple(one for one in first.readings if one.shift in fitting)
    clock = msgspec.structs.replace(first, within=rule.again, readings=readings, yields_to=None)
    return [(clock, Start(by=f"{SUBMITTED}{rule.stage}", at=last))]


def _ends(clock: Clock, start: Start, places: Places, seen: Seen) -> list[RunningClock]:
    """The clock in each place where it ends at another instant."""
    within = _counted(clock.within, seen)
    if within is None:
        return []
    readings = tuple(one for one in clock.readings if truth(one.when, seen) is True)
    ends: dict[tuple[datetime | None, datetime | None], RunningClock] = {}
    for place in _apart(places.of, within, readings):
        deadline = deadline_of(
            within,
            start.at,
            place,
            readings,
            paragraph=clock.paragraph,
            later_event=_later_event(clock, start, within, place),
            contention=_argued(clock, readings),
        )
        end = RunningClock(
            clock=clock,
            started_by=start.by,
            started_at=start.at.astimezone(place.zone),
            deadline=deadline,
        )
        ends.setdefault((deadline.conservative, deadline.latest), end)
    return list(ends.values())


def _later_event(clock: Clock, start: Start, within: Period, place: LegalPlace) -> datetime | None:
    """The later start that is argued for, where it is later, and as late as the clock asks."""
    least = start.at
    if clock.later_from_end:
        end = deadline_of(within, start.at, place, (), paragraph="").conservative
        least = end or least
    return start.later if start.later and start.later > least else None


def _argued(clock: Clock, readings: Sequence[Reading]) -> str | None:
    """What is disputed of it. Where every reading is for others, nothing is: without readings, a
    contention is taken for one of the period itself.
    """
    for_others = clock.readings and not readings and clock.later_start is None
    return None if for_others else clock.contention


def _apart(
    places: tuple[LegalPlace, ...], within: Period, readings: Sequence[Reading]
) -> Iterable[LegalPlace]:
    """The places that can tell ends apart: elapsed hours end at once everywhere, and where no
    reading asks for working days, one place of each zone is enough.
    """
    by_day = within.unit is Unit.WORKING_DAYS or any(
        one.shift is not Shift.NEXT_FULL_HOUR for one in readings
    )
    if len(places) < 2 or by_day:
        return places
    return places[:1] if within.unit is Unit.HOURS else {one.zone: one for one in places}.values()


def _counted(within: Period, seen: Seen) -> Period | None:
    """The period with its number; None where a fact has it that nobody knows."""
    if not within.count_from:
        return within
    count = seen.get(within.count_from)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return None
    return msgspec.structs.replace(within, count=count, count_from="")


def _yields(running: RunningClock, seen: Seen) -> bool:
    """Whether the fact to which it yields came after its end."""
    clock, end = running.clock, running.deadline.conservative
    if clock.yields_to is None or end is None:
        return False
    instant = _instant(clock.yields_to, clock, seen)
    return instant is not None and instant > end


def _unstarted(clock: Clock, seen: Seen) -> Iterator[str]:
    if clock.start not in (HARMS, FIRST_HARM):
        if seen.get(clock.start) is not False:
            yield clock.start
        return
    harms = seen.facts.words(HARMS)
    if harms is None or HARMS in seen.facts.unsure:
        yield HARMS
    elif any(kind in clock.harms for kind in harms):
        yield "aware"


def _earliest_first(one: RunningClock) -> tuple[datetime, datetime, str]:
    end = one.deadline.conservative
    late = one.deadline.latest or end
    return (_utc(end), _utc(late), one.clock.paragraph)


def _utc(instant: datetime | None) -> datetime:
    return _END_OF_TIME if instant is None else instant.astimezone(UTC)


def whole(clocks: tuple[RunningClock, ...], *, one_limit: bool = False) -> Deadline | None:
    """The deadline of a duty: the earliest of both instants over all its clocks; where they are
    halves of one limit, what a reading makes of the earlier half.
    """
    if not clocks:
        return None
    first = clocks[0].deadline
    limits = [one for one in clocks if not one_limit or one.clock == clocks[0].clock]
    ends = [one.deadline.latest or one.deadline.conservative for one in limits]
    latest = earliest(ends)
    dated = [one for one in clocks if one.deadline.conservative is not None]
    if len(dated) < 2:
        return first
    codes = dict.fromkeys(code for one in dated for code in one.deadline.contentions)
    return Deadline(
        conservative=first.conservative,
        latest=None if latest == first.conservative else latest,
        steps=first.steps,
        contentions=tuple(codes) if latest != first.conservative else first.contentions,
    )
