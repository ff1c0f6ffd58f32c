"""What many incidents have in common: times, counts, false alarms, pages, work, with intervals.

An average of three says nothing and is not given: under a stated number each value is listed. What
is not over yet is not left out. A trend is told only where a test says so, with what it is worth.

Reading: what is counted, and when a trend is told, as decision 0036 fixes it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from tocsin.dossier import exact
from tocsin.dossier.account import account_of
from tocsin.dossier.called import SAID, Call, CallKind
from tocsin.dossier.intervals import Interval, IntervalKind, intervals
from tocsin.dossier.survival import Spell, lasting
from tocsin.facts import Access, Entry
from tocsin.facts.withheld import as_read_by
from tocsin.incident.lessons import Item, Standing, lessons_of
from tocsin.incident.model import Status

OVER_MIN = exact.fewest_for_a_median()
"""Of so few values on a median is told with an interval, where all are over."""

OVER_MIN_WITH_OPEN = 10
"""The same where some are still open, for then the interval is approximate."""

TREND_SPAN_MIN = timedelta(days=2)
TREND_CHANCE = 0.01
"""A trend is told where chance alone would bring such a difference less often than this."""

CAVEAT = (
    "the halves were compared once, as things stand now; whoever looks every week until it says so "
    "finds a trend sooner or later, so fix the day of the look beforehand"
)


class Grouped(enum.Enum):
    """By what incidents are told apart."""

    SEVERITY = "severity"
    SYSTEM = "system"
    QUARTER = "quarter"


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """An interval of one incident: so long in seconds, or so long at least while it runs.

    Args:
        seconds: None where it is not measurable; then `why` says so.
    """

    seconds: float | None
    over: bool = True
    why: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One incident as far as it is counted."""

    incident: str
    opened_at: datetime
    systems: tuple[str, ...]
    severity: str
    status: Status
    times: Mapping[IntervalKind, Timed]
    items: tuple[Item, ...]


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of interval over many incidents, in seconds.

    Args:
        over, open: how many were measured, and how many still run.
        each: the values, where they are too few for a median; "+" stands behind what still runs.
        median, low, high: None where they cannot be told.
        exactly: whether the interval is exact; else it is approximate.
        unmeasured: incidents of which no fact tells it.
        negative: of those that are over, how many ended before they began.
    """

    group: str
    kind: IntervalKind
    over: int
    open: int
    each: tuple[str, ...]
    median: float | None
    low: float | None
    high: float | None
    exactly: bool
    unmeasured: int
    negative: int
    said: str


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """How many incidents a month brought, and the interval of what it may have brought."""

    month: str
    count: int
    low: float
    high: float
    whole: bool


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """So many of so many, and between which shares that is no surprise."""

    some: int
    of: int
    low: float
    high: float


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """So many in so many units of time, and the interval of how many a unit brings."""

    count: int
    units: float
    low: float
    high: float


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """How often people were called, or told by a message, for one kind of thing.

    Args:
        calls: whether they were called; a message is not among the pages.
    """

    kind: CallKind
    calls: bool
    said: str
    rate: Rate


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Items of work by how they stand; only the first are proven to work."""

    closed_by_drill: int
    closed_by_evidence: int
    given_up: int
    open: int
    overdue: int
    reopened: int


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, for incidents opened from `since` on.

    Args:
        pages: every call, of whatever kind; None where no time has passed to count over.
        pages_by: the same by kind, and messages that remind.
    """

    since: datetime | None
    until: datetime
    incidents: int
    still_open: int
    grouped: Grouped | None
    times: tuple[Times, ...]
    months: tuple[Month, ...]
    trend: str
    false_alarms: Share
    pages: Rate | None
    pages_by: tuple[Called, ...]
    shift_hours: int
    work: Work
    confidence: float = exact.CONFIDENCE


def case_of(entries: Sequence[Entry], readers: frozenset[Access], now: datetime) -> Case | None:
    """One incident as it is counted; None for a log that opens none, or one merged into another."""
    seen = as_read_by(entries, readers)
    account = account_of(seen, readers)
    incident = account.incident
    if incident.opened_at is None or incident.status is Status.MERGED:
        return None
    judged = incident.severity
    return Case(
        incident=incident.id,
        opened_at=incident.opened_at,
        systems=incident.systems,
        severity=judged.severity.value if judged is not None else "not judged",
        status=incident.status,
        times={one.kind: _timed(one, incident.status, now) for one in intervals(account, seen)},
        items=tuple(lessons_of(seen).items.values()),
    )


def _timed(one: Interval, status: Status, now: datetime) -> Timed:
    span, start = one.span, one.start
    if span is not None:
        return Timed(seconds=span.total_seconds())
    if start is not None and status is Status.OPEN and start.at <= now:
        return Timed(seconds=(now - start.at).total_seconds(), over=False)
    return Timed(seconds=None, why="; ".join(one.missing))


def metrics_of(
    cases: Iterable[Case],
    now: datetime,
    *,
    since: datetime | None = None,
    by: Grouped | None = None,
    calls: Sequence[Call] = (),
    shift_hours: int = 8,
) -> Metrics:
    """What these incidents come to at this instant.

    Args:
        since: leaves out what was opened, or called people, before.
        calls: when people were called or reminded, and for what.
    """
    counted = sorted(
        (one for one in cases if since is None or one.opened_at >= since),
        key=lambda one: (one.opened_at, one.incident),
    )
    real = [one for one in counted if one.status is not Status.DISMISSED]
    begin = since or (counted[0].opened_at if counted else None)
    within = [one for one in calls if begin is None or one.at >= begin]
    decided = [one for one in counted if one.status is not Status.OPEN]
    return Metrics(
        since=since,
        until=now,
        incidents=len(counted),
        still_open=len(counted) - len(decided),
        grouped=by,
        times=tuple(_all_times(real, by)),
        months=tuple(_months([one.opened_at for one in real], begin, now)),
        trend=_trend([one.opened_at for one in real], begin, now),
        false_alarms=_share(
            len([o for o in counted if o.status is Status.DISMISSED]), len(decided)
        ),
        pages=_rate(sum(one.kind.is_call for one in within), begin, now, shift_hours),
        pages_by=tuple(_by_kind(within, begin, now, shift_hours)),
        shift_hours=shift_hours,
        work=_work([item for one in counted for item in one.items], now),
    )


def _all_times(cases: Sequence[Case], by: Grouped | None) -> Iterator[Times]:
    groups: dict[str, list[Case]] = {}
    for one in cases:
        for name in _groups(one, by):
            groups.setdefault(name, []).append(one)
    for name in sorted(groups):
        for kind in IntervalKind:
            yield _times(name, kind, [one.times[kind] for one in groups[name]])


def _groups(case: Case, by: Grouped | None) -> tuple[str, ...]:
    """The groups that an incident counts in; one of several systems counts in each of them."""
    match by:
        case None:
            return ("all",)
        case Grouped.SEVERITY:
            return (case.severity,)
        case Grouped.SYSTEM:
            return case.systems or ("no system named",)
        case Grouped.QUARTER:
            at = case.opened_at.astimezone(UTC)
            return (f"{at.year}-Q{(at.month + 2) // 3}",)


def _times(group: str, kind: IntervalKind, timed: Sequence[Timed]) -> Times:
    measured = [(one.seconds, one.over) for one in timed if one.seconds is not None]
    over = sorted(seconds for seconds, ended in measured if ended)
    running = sorted(seconds for seconds, ended in measured if not ended)
    made = Times(
        group=group, kind=kind, over=len(over), open=len(running), each=(), median=None, low=None,
        high=None, exactly=not running, unmeasured=len(timed) - len(measured),
        negative=sum(one < 0 for one in over), said="",
    )  # fmt: skip
    needed = OVER_MIN_WITH_OPEN if running else OVER_MIN
    if len(over) < needed:
        each = (*(f"{one:.0f}" for one in over), *(f"{one:.0f}+" for one in running))
        why = f"too few (n={len(over)} over): each value listed" if each else "nothing was measured"
        return msgspec.structs.replace(made, each=each, said=why)
    if running:
        found = lasting([Spell(length=seconds, over=ended) for seconds, ended in measured])
        said = "approximate: some are still open, and count as at least so long"
        return msgspec.structs.replace(
            made, median=found.median, low=found.between.low, high=found.between.high, said=said
        )
    exactly = exact.middle(over)
    assert exactly is not None  # OVER_MIN is where there always is one
    said = f"exact: covers the median in {100 * exactly.coverage:.1f} % of such sets"
    return msgspec.structs.replace(
        made, median=exactly.median, low=exactly.low, high=exactly.high, said=said
    )


def _months(opened: Sequence[datetime], begin: datetime | None, now: datetime) -> Iterator[Month]:
    """Each month from the first to this one, also those that brought nothing."""
    if begin is None:
        return
    at, end = begin.astimezone(UTC), now.astimezone(UTC)
    year, month = at.year, at.month
    while (year, month) <= (end.year, end.month):
        first = datetime(year, month, 1, tzinfo=UTC)
        after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        count = sum(first <= one < after for one in opened)
        low, high = _bounds(exact.count_interval(count))
        whole = begin <= first and after <= now
        yield Month(month=f"{year}-{month:02}", count=count, low=low, high=high, whole=whole)
        year, month = after.year, after.month


def _trend(opened: Sequence[datetime], begin: datetime | None, now: datetime) -> str:
    """Whether the later half of the time brought more or fewer, as far as an exact test says."""
    if begin is None or now <= begin or not opened:
        return "no trend can be told: no incident was counted"
    if now - begin < TREND_SPAN_MIN:
        hours = (now - begin).total_seconds() / 3600
        return f"no trend can be told: {hours:.1f} hours are too short for one"
    middle = begin + (now - begin) / 2
    earlier, later = sum(one < middle for one in opened), sum(one >= middle for one in opened)
    half = (now - begin).total_seconds() / 2
    found = exact.rates_compared(earlier, half, later, half)
    counts = f"{earlier} incidents before {middle:%Y-%m-%d %H:%M} UTC, {later} since"
    test = f"exact test given their sum, chance {found.chance:.2g}"
    if found.chance >= TREND_CHANCE:
        return f"no trend is told: {counts} ({test}; one is told below {TREND_CHANCE})"
    high = "no bound" if found.high is None else f"{found.high:.2g}"
    way = "more" if later > earlier else "fewer"
    return f"{way} than before: {counts}, {found.low:.2g} to {high} times ({test}); {CAVEAT}"


def _share(some: int, of: int) -> Share:
    low, high = _bounds(exact.share_interval(some, of))
    return Share(some=some, of=of, low=low, high=high)


def _by_kind(
    calls: Sequence[Call], begin: datetime | None, now: datetime, shift_hours: int
) -> Iterator[Called]:
    for kind in CallKind:
        rate = _rate(sum(one.kind is kind for one in calls), begin, now, shift_hours)
        if rate is not None:
            yield Called(kind=kind, calls=kind.is_call, said=SAID[kind], rate=rate)


def _rate(count: int, begin: datetime | None, now: datetime, shift_hours: int) -> Rate | None:
    if begin is None or now <= begin:
        return None
    units = (now - begin) / timedelta(hours=shift_hours)
    low, high = _bounds(exact.count_interval(count))
    return Rate(count=count, units=units, low=low / units, high=high / units)


def _bounds(interval: exact.Interval) -> tuple[float, float]:
    assert interval.low is not None and interval.high is not None  # counts and shares have both
    return interval.low, interval.high


def _work(items: Sequence[Item], now: datetime) -> Work:
    def count(holds: Callable[[Item], bool]) -> int:
        return sum(map(holds, items))

    return Work(
        closed_by_drill=count(lambda one: one.is_proven),
        closed_by_evidence=count(lambda o: o.standing is Standing.CLOSED and not o.is_proven),
        given_up=count(lambda one: one.standing is Standing.GIVEN_UP),
        open=count(lambda one: one.standing is Standing.OPEN),
        overdue=count(lambda one: one.is_overdue(now)),
        reopened=count(lambda one: one.reopened > 0),
    )
