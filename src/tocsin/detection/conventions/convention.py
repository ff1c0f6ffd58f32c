"""How a log is read that nobody described: by what its columns are called and what stands in them.

Nothing is guessed in silence: every column has a reading, and every reading a reason. Where two
readings are possible the one is taken that claims less, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tocsin.detection.conventions import vocabulary as known
from tocsin.detection.conventions.decisions import decisions_of
from tocsin.detection.conventions.instants import LATEST, tells_time
from tocsin.detection.conventions.rates import rates_of
from tocsin.detection.conventions.rest import rest_of, texts_of
from tocsin.detection.conventions.taking import Reading, Taking, spoken
from tocsin.facts.logs import Condition, Decisions, LogMapping, Share
from tocsin.facts.looks import ColumnLook, LogLook, Values

SLICES_MOST = 50
ROW_WINDOWS = (100, 200, 500, 1000, 2000, 5000)
TIME_WINDOWS = (60, 300, 600, 3600, 86_400, 7 * 86_400)
WINDOWS_WANTED = 20
ROWS_WANTED = 100


class Convention(msgspec.Struct, frozen=True, kw_only=True):
    """How a log is read by convention.

    Args:
        mapping: for the log; every column in it may be absent from a partition.
        reference: for the reference, which may tell no time though the log does.
        readings: what each column was taken for, the columns with a part of their own first.
        latency, cost: the columns of numbers that are such.
        remarks: what someone should know, such as columns that only one of the two has.
    """

    mapping: LogMapping
    reference: LogMapping
    readings: tuple[Reading, ...]
    latency: tuple[str, ...] = ()
    cost: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The readings in words; columns that are read alike for the same reason in one line."""
        return in_words(self.readings)


def in_words(readings: Iterable[Reading]) -> tuple[str, ...]:
    """Readings, one line for all columns that are read alike for the same reason."""
    alike: dict[tuple[str, str], list[str]] = {}
    for one in readings:
        alike.setdefault((one.taken_for, one.because), []).append(f"`{one.column}`")
    return tuple(
        f"{spoken(names)} {'is' if len(names) == 1 else 'are'} taken for {taken}: {because}"
        for (taken, because), names in alike.items()
    )


def conventional(log: LogLook, reference: LogLook | None = None) -> Convention:
    """How a log is read by convention, with what a reference shows of its columns."""
    taking = Taking(_beside(log, reference))
    remarks = list(_in_one_only(log, reference))
    at = _time(taking, remarks)
    slices = {part: _slice(taking, part, names) for part, names in _SLICES.items()}
    rates = rates_of(taking)
    decisions, more = decisions_of(taking, remarks)
    rates |= more
    texts = texts_of(taking)
    ids = {part: _one_of_many(taking, part, names) for part, names in _IDS.items()}
    decisions = _with_subject(taking, decisions, ids["request"])
    both = None if reference is None else {column.name for column in reference.columns}
    rest = rest_of(taking, decisions, both)
    window = _window(log, at)
    mapping = LogMapping(
        at=at.name if at is not None else None,
        version=slices["version"],
        segment=slices["segment"],
        request=ids["request"],
        session=ids["session"],
        fallback=None,
        rates=rates,
        numbers=rest.numbers,
        categories=rest.categories,
        decisions=decisions,
        texts=texts,
        window_seconds=window,
        profile_seconds=window,
    )
    mapping = msgspec.structs.replace(
        mapping, fallback=_served_instead(log), assumed=_used(mapping)
    )
    if not any((mapping.numbers, mapping.categories, rates, decisions.decided, texts.question)):
        remarks.append("no column says anything that can be watched: is this the log itself?")
    timed = at is not None and (reference is None or reference.column(at.name) is not None)
    return Convention(
        mapping=mapping,
        reference=mapping if timed else msgspec.structs.replace(mapping, at=None),
        readings=tuple(taking.readings.values()),
        latency=rest.latency,
        cost=rest.cost,
        remarks=(*log.remarks, *remarks),
    )


_SLICES = {"version": known.VERSION, "segment": known.SEGMENT}
_IDS = {"request": known.REQUEST, "session": known.SESSION}
_SAID = {
    "version": "the version", "segment": "the segment", "request": "the id of a request",
    "session": "the session",
}  # fmt: skip


def _beside(log: LogLook, reference: LogLook | None) -> list[ColumnLook]:
    """The log's columns, with what a reference shows of the same column added."""
    others = {} if reference is None else {c.name: c for c in reference.columns}
    return [_merged(c, others[c.name]) if c.name in others else c for c in log.columns]


def _merged(one: ColumnLook, other: ColumnLook) -> ColumnLook:
    counts: dict[str, int] = {}
    for value, count in (*other.common, *one.common):
        counts[value] = counts.get(value, 0) + count
    lows = [c.low for c in (one, other) if c.low is not None]
    highs = [c.high for c in (one, other) if c.high is not None]
    return ColumnLook(
        name=one.name,
        values=_agreed(one.values, other.values),
        whole=all(c.whole for c in (one, other) if c.present),
        rows=one.rows + other.rows,
        missing=one.missing + other.missing,
        distinct=max(one.distinct, other.distinct, min(len(counts), 20)),
        common=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        low=min(lows, default=None),
        middle=one.middle if other.middle is None else other.middle,
        high=max(highs, default=None),
        letters=max(one.letters, other.letters),
        odd=one.odd + other.odd,
        unzoned=one.unzoned + other.unzoned,
    )


def _agreed(one: Values, other: Values) -> Values:
    if one is other or other is Values.NOTHING:
        return one
    return other if one is Values.NOTHING else Values.TEXTS


def _in_one_only(log: LogLook, reference: LogLook | None) -> Iterable[str]:
    if reference is None:
        return
    here, there = {c.name for c in log.columns}, {c.name for c in reference.columns}
    if here - there:
        yield f"only the log has {spoken(sorted(here - there))}: there is nothing to compare with"
    if there - here:
        yield f"only the reference has {spoken(sorted(there - here))}: they are not compared"


def _time(taking: Taking, remarks: list[str]) -> ColumnLook | None:
    for column in taking.named(known.TIME):
        if tells_time(column):
            taking.take(column, "the time", "every value is an instant")
            if column.unzoned:
                all_of = column.unzoned >= column.present
                some = "its values name" if all_of else f"{column.unzoned} of its values name"
                remarks.append(f"`{column.name}`: {some} no zone; they are taken for UTC")
            return column
    others = [c for c in taking.columns if c.values is Values.INSTANTS and not c.missing]
    others = [c for c in others if known.sound(c.name) not in known.PERSONAL]
    if len(others) == 1:
        taking.take(others[0], "the time", "it is the only column in which each row has an instant")
        return others[0]
    could = f"; it could be {spoken([c.name for c in others])}" if others else ""
    remarks.append(
        f"no column is called as times are{could}: rows are taken in the order in which they lie, "
        "and windows are numbers of rows; say `at:` under `log:` if there is one"
    )
    return None


def _slice(taking: Taking, part: str, names: Sequence[str]) -> str | None:
    why = "it is called so, and has few values"
    found = taking.pick(names, lambda c: 0 < c.distinct <= SLICES_MOST, _SAID[part], why)
    return found.name if found is not None else None


def _one_of_many(taking: Taking, part: str, names: Sequence[str]) -> str | None:
    found = taking.pick(names, lambda c: c.present > 0, _SAID[part], "it is called so")
    return found.name if found is not None else None


def _with_subject(taking: Taking, decisions: Decisions, request: str | None) -> Decisions:
    """Whom decisions were about: the column that is called so, else the one that tells rows."""
    why = "it is called so; it is never kept in a summary"
    found = taking.pick(known.SUBJECT, lambda c: c.present > 0, "whom a row is about", why)
    decided = decisions.decided is not None
    subject = found.name if found is not None else request if decided else None
    return msgspec.structs.replace(decisions, subject=subject)


def _served_instead(log: LogLook) -> Condition | None:
    """Rows that people served in the system's stead, where the log says who served."""
    usual = LogMapping().fallback
    column = log.column("served_by")
    return usual if column is not None else None


def _used(mapping: LogMapping) -> frozenset[str]:
    shares: Mapping[str, Share] = mapping.rates
    decisions, texts = mapping.decisions, mapping.texts
    conditions = [
        c for c in (mapping.fallback, decisions.decided, decisions.truth) if c is not None
    ]
    used = {column for share in shares.values() for column in share.columns()}
    used |= {column for condition in conditions for column in condition.columns()}
    used |= {*(mapping.numbers or ()), *mapping.categories, *decisions.groups, "served_by"}
    used |= {one for one in (mapping.version, mapping.segment, mapping.request, mapping.session,
                             decisions.score, decisions.subject, texts.question, texts.answer,
                             texts.context) if one is not None}  # fmt: skip
    return frozenset(used)


def _window(log: LogLook, at: ColumnLook | None) -> int:
    """So long that a log holds at least twenty windows, of at least a hundred rows each."""
    if at is None:
        fits = [n for n in ROW_WINDOWS if n * WINDOWS_WANTED <= log.rows]
        return max(fits, default=ROW_WINDOWS[0])
    found = log.column(at.name) or at
    if found.low is None or found.high is None or found.high <= found.low:
        return TIME_WINDOWS[0]
    per = 1e6 if found.values is Values.INSTANTS else _per_second(found.high)
    span = (found.high - found.low) / per
    full = [s for s in TIME_WINDOWS if log.rows * s >= ROWS_WANTED * span]
    fits = [s for s in TIME_WINDOWS if s * WINDOWS_WANTED <= span]
    return min(max(full[:1], default=TIME_WINDOWS[-1]), max(fits, default=TIME_WINDOWS[0]))


def _per_second(instant: float) -> float:
    return next((per for per in (1.0, 1e3, 1e6) if instant <= LATEST * per), 1e9)
