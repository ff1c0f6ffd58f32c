"""What moved with a change: columns, versions, segments, values, other rates; ranked by how far.

Nothing here says that one thing caused another: what moved at the same time moved with it, and a
person judges the rest. Each comparison has an interval that holds for all of them together (the
error is divided by their number), and is laid beside what the same thing did from window to window
before the change: what moves like this every night is named and not put first.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.detection.compared.excess import Excess, Rated, excesses
from tocsin.detection.compared.two_shares import Seen, difference_interval
from tocsin.detection.declared.declaration import CONFIDENCE
from tocsin.detection.statistics.distances import distance, uncertainty
from tocsin.detection.windows.columns import MISSING, OTHER, Column, are_categories, column_of
from tocsin.facts.findings import Found, Sign
from tocsin.facts.spelt import spelt
from tocsin.facts.summaries import Distributions, WindowSummary

WINDOWS_USUAL = 48
"""So many of the newest windows before a change say how far a thing moves of itself."""

RESTLESS = 0.5
"""What is so far off in one window before, such as a counter, moves always and says nothing."""

SOURCES = ("source", "vendor", "supplier", "knowledge", "retriev", "provider")
"""A column with such a word in its name tells where something comes from."""


class Thing(enum.Enum):
    """What kind of thing moved."""

    COLUMN = "column"
    SOURCE = "source"  # a column that tells where something comes from
    VERSION = "version"
    SEGMENT = "segment"
    VALUE = "value"  # of a column of names, that did not occur before
    RATE = "rate"


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """How far one thing moved with the change.

    Args:
        measure: what `effect` is: a distance of distributions or a difference of shares, 0 to 1.
        before, since: shares; None where a distance stands alone.
        low, high: the interval of `effect`.
        usual: how far it surely moved of itself, in one window before; None where too little is
            known to say.
        beyond: it is more than chance and more than usual.
    """

    thing: Thing
    name: str
    measure: str
    effect: float
    low: float
    high: float
    before: float | None = None
    since: float | None = None
    usual: float | None = None
    beyond: bool = False


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """All that was compared, the farthest first; what could not be is in `remarks`.

    Args:
        compared: so many comparisons share the error.
        excesses: of a rate, which slices carry what it has too much, however told apart.
    """

    finding: str
    since: datetime
    until: datetime
    confidence: float
    compared: int
    moved: tuple[Moved, ...]
    excesses: tuple[Excess, ...]
    remarks: tuple[str, ...]


class _Sides(msgspec.Struct, frozen=True, kw_only=True):
    """The windows of one length on both sides of the change."""

    before: Sequence[WindowSummary]
    since: Sequence[WindowSummary]


class _Columns(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of all columns on both sides: of windows, or of slices of them.

    Args:
        single: windows before, each of which says how far a column moves of itself.
    """

    before: Sequence[WindowSummary | Distributions]
    since: Sequence[WindowSummary | Distributions]
    single: Sequence[WindowSummary]


def causes_of(
    found: Found, windows: Iterable[WindowSummary], until: datetime, groups: Sequence[str] = ()
) -> Causes:
    """What moved with this change.

    Args:
        windows: of the log, from well before the change on, with all columns.
        until: up to where the change is looked at, exclusive.
        groups: the columns by which people are told apart, in the order of the cells' values.
    """
    seen = [w for w in windows if w.at < until]
    lengths = sorted({w.seconds for w in seen})
    if not lengths:
        none = ("the log holds nothing of this time",)
        return _causes(found, until, (), (), none)
    short = _sides(seen, lengths[0], found)
    wide = [w for w in seen if w.seconds == lengths[-1] and (w.numbers or w.categories)]
    columns, remarks = _sides_of_columns(found, wide, lengths[-1])
    remarks = [*_absent("shares", short.before, short.since, ""), *remarks]
    compared = [*_shares(found, short), *_moved_columns(found, columns)]
    each = (1 - CONFIDENCE) / max(len(compared), 1)
    moved = [one.judged(each) for one in compared]
    moved.sort(key=lambda one: (not one.beyond, -one.effect, one.thing.value, one.name))
    carried: tuple[Excess, ...] = ()
    if found.sign is Sign.RATE:
        rated = Rated(metric=found.metric, fell=_fell(found))
        grouped = _sides([w for w in seen if w.groups], lengths[-1], found)
        carried = excesses(rated, short.before, short.since, grouped.before, grouped.since, groups)
    return _causes(found, until, moved, carried, remarks)


def _causes(
    found: Found, until: datetime, moved: Sequence[Moved], carried: tuple[Excess, ...],
    remarks: Sequence[str],
) -> Causes:  # fmt: skip
    return Causes(
        finding=found.finding,
        since=found.since,
        until=until,
        confidence=CONFIDENCE,
        compared=len(moved),
        moved=tuple(moved),
        excesses=carried,
        remarks=tuple(remarks),
    )


def _sides(windows: Sequence[WindowSummary], seconds: int, found: Found) -> _Sides:
    own = [w for w in windows if w.seconds == seconds]
    return _Sides(
        before=[w for w in own if w.until <= found.since],
        since=[w for w in own if w.at >= found.since],
    )


def _absent(
    what: str, before: Sequence[object], since: Sequence[object], length: str
) -> Iterator[str]:
    missing = [word for word, side in (("before", before), ("since", since)) if not side]
    if missing:
        yield (
            f"{what} cannot be compared: no window{length} lies wholly {' and '.join(missing)} "
            "the change"
        )


def _sides_of_columns(
    found: Found, windows: Sequence[WindowSummary], seconds: int
) -> tuple[_Columns, list[str]]:
    """Windows before and since; where a side has none, the version that failed and the others."""
    sides = _sides(windows, seconds, found)
    newest = sides.before[-WINDOWS_USUAL:]
    length = f" of {seconds} s"
    whole = _Columns(before=sides.before, since=sides.since, single=newest)
    told = list(_absent("columns", whole.before, whole.since, length))
    failed = f"version={found.version}"
    mixed = [w for w in windows if w.until > found.since and failed in w.slices]
    if not told or found.version is None or not mixed:
        return whole, told
    since = [window.slices[failed] for window in mixed]
    others = [
        slice
        for window in mixed
        for name, slice in window.slices.items()
        if name.startswith("version=") and name != failed
    ]
    before: list[WindowSummary | Distributions] = [*sides.before, *others]
    if not before:
        return whole, told
    remark = (
        f"columns of version {spelt(found.version)} are compared with what came before and with "
        f"other versions at the time: no window{length} holds one side alone"
    )
    return _Columns(before=before, since=since, single=newest), [remark]


class _Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Two shares to be compared, and the same share in single windows before."""

    thing: Thing
    name: str
    measure: str
    before: Seen
    since: Seen
    single: Sequence[Seen]

    def judged(self, error: float) -> Moved:
        low, high = _apart(self.since, self.before, error)
        usual = None
        if len(self.single) > 1:
            usual = max(_apart(one, self.before, error)[0] for one in self.single)
        before, since = _share(self.before), _share(self.since)
        return Moved(
            thing=self.thing,
            name=self.name,
            measure=self.measure,
            before=before,
            since=since,
            effect=abs(since - before),
            low=low,
            high=high,
            usual=usual,
            beyond=_is_beyond(low, usual),
        )


class _Distances(msgspec.Struct, frozen=True, kw_only=True):
    """Two distributions of a column to be compared, and single windows before."""

    thing: Thing
    name: str
    before: Column
    since: Column
    single: Sequence[Column]

    def judged(self, error: float) -> Moved:
        before, since = self.before.values, self.since.values
        effect = distance(before, since)
        slack = self._slack(self.since, error)
        usual = None
        if len(self.single) > 1:
            usual = max(
                max(distance(before, one.values) - self._slack(one, error), 0.0)
                for one in self.single
            )
        names = are_categories(before, since)
        low = max(effect - slack, 0.0)
        return Moved(
            thing=self.thing,
            name=self.name,
            measure="total variation" if names else "Kolmogorov-Smirnov distance",
            effect=effect,
            low=low,
            high=min(effect + slack, 1.0),
            usual=usual,
            beyond=_is_beyond(low, usual),
        )

    def _slack(self, other: Column, error: float) -> float:
        values = self.before.values
        return uncertainty(values, other.values, self.before.rows, error / 2) + uncertainty(
            values, other.values, other.rows, error / 2
        )


def _is_beyond(low: float, usual: float | None) -> bool:
    """Whether a thing surely moved, and farther than it is wont to."""
    if usual is None:
        return low > 0
    return low > usual and usual < RESTLESS


def _apart(one: Seen, other: Seen, error: float) -> tuple[float, float]:
    """By how much two shares surely differ at least, and at most."""
    low, high = difference_interval(one, other, error)
    return (max(low, -high, 0.0), max(abs(low), abs(high)))


def _share(seen: Seen) -> float:
    return seen.counted / seen.judged


def _fell(found: Found) -> bool:
    return float(found.observed) < float(found.baseline)


def _shares(found: Found, sides: _Sides) -> Iterator[_Compared]:
    """The shares of versions and segments among requests, and all rates but the one found."""
    if not sides.before or not sides.since:
        return
    newest = sides.before[-WINDOWS_USUAL:]
    for thing, told in ((Thing.VERSION, "version"), (Thing.SEGMENT, "segment")):
        before, since = _served(sides.before, told), _served(sides.since, told)
        single = [_served([window], told) for window in newest]
        for name in sorted({*before, *since}):
            yield _compared(thing, name, "share of requests", before, since, single)
    then, now = _rated(sides.before), _rated(sides.since)
    each = [_rated([window]) for window in newest]
    for name in sorted({*then} & {*now} - {found.metric}):
        yield _Compared(
            thing=Thing.RATE,
            name=name,
            measure="rate",
            before=then[name],
            since=now[name],
            single=[one[name] for one in each if name in one],
        )


def _compared(
    thing: Thing, name: str, measure: str, before: Mapping[str, int], since: Mapping[str, int],
    single: Sequence[Mapping[str, int]],
) -> _Compared:  # fmt: skip
    def seen(counts: Mapping[str, int]) -> Seen:
        return Seen(judged=sum(counts.values()), counted=counts.get(name, 0))

    return _Compared(
        thing=thing, name=name, measure=measure, before=seen(before), since=seen(since),
        single=[seen(counts) for counts in single if counts],
    )  # fmt: skip


def _served(windows: Iterable[WindowSummary], told: str) -> dict[str, int]:
    """How many requests each version or segment served; empty where none is told apart."""
    found = dict[str, int]()
    for window in windows:
        for cell in window.cells:
            name = cell.version if told == "version" else cell.segment
            if name is not None and cell.requests:
                found[name] = found.get(name, 0) + cell.requests
    return found


def _rated(windows: Iterable[WindowSummary]) -> dict[str, Seen]:
    found = dict[str, Seen]()
    for window in windows:
        for cell in window.cells:
            for name, judged in cell.judged.items():
                if judged:
                    more = Seen(judged=judged, counted=cell.counted.get(name, 0))
                    found[name] = found.get(name, Seen()).plus(more)
    return found


def _moved_columns(found: Found, sides: _Columns) -> Iterator[_Distances | _Compared]:
    """The distributions of all columns but the one found, and names that are new."""
    names = {n for w in (*sides.before, *sides.since) for n in (*w.numbers, *w.categories)}
    own = found.metric if found.sign in (Sign.DRIFT, Sign.QUANTITY) else None
    for name in sorted(names - {own}):
        before, since = _column(sides.before, name), _column(sides.since, name)
        if not before.rows or not since.rows:
            continue
        single = [one for window in sides.single if (one := column_of(window, name)).rows]
        thing = Thing.SOURCE if any(word in name.lower() for word in SOURCES) else Thing.COLUMN
        yield _Distances(thing=thing, name=name, before=before, since=since, single=single)
        yield from _appeared(name, before, since)


def _appeared(name: str, before: Column, since: Column) -> Iterator[_Compared]:
    if not are_categories(before.values, since.values):
        return
    new = [v for v in since.values if v not in before.values and v not in (OTHER, MISSING)]
    for value in sorted(new, key=lambda v: (-since.values[v], str(v)))[:VALUES_MOST]:
        yield _Compared(
            thing=Thing.VALUE,
            name=f"{name}={value}",
            measure=f"share of {name}",
            before=Seen(judged=before.rows, counted=0),
            since=Seen(judged=since.rows, counted=since.values[value]),
            single=(),
        )


VALUES_MOST = 20
"""So many new names of a column are told one by one, the commonest."""


def _column(windows: Iterable[WindowSummary | Distributions], name: str) -> Column:
    values = dict[int | str, int]()
    for window in windows:
        for value, count in column_of(window, name).values.items():
            values[value] = values.get(value, 0) + count
    return Column(values)
