"""Questions to what was read: the windows of a log, and what was served since an instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Cell, Distributions, Served, ServedBy, WindowSummary
from tocsin.sources.by_rows import shifted
from tocsin.sources.columns import literal, quoted
from tocsin.sources.engine import Engine, Row
from tocsin.sources.profile import Rows
from tocsin.sources.windows_columns import distributions, sliced
from tocsin.sources.windows_groups import tells_people_apart, with_groups

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST, _LAST = (
    (end.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND for end in (datetime.min, datetime.max)
)
Dated = tuple[int, dict[str, object]]
Paths = Sequence[Path] | Mapping[Path, int]
"""Summaries, and where the log tells no time, by how many microseconds each is moved."""

_Cells = Mapping[int, Sequence[Cell]]


def microseconds(instant: datetime) -> int:
    """Since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def window_of(first: int, mapping: LogMapping) -> datetime:
    """Where the widest window begins that holds this microsecond."""
    length = mapping.profile_seconds * 1_000_000
    return _instant(first - first % length)


def reaches_back(since: int | None, mapping: LogMapping) -> int | None:
    """How far back rows may lie that are in a window which ends after this microsecond."""
    if since is None:
        return None
    length = mapping.profile_seconds * 1_000_000
    return since - since % length


def windows(
    engine: Engine, paths: Paths, mapping: LogMapping, since: int | None
) -> list[WindowSummary]:
    """All windows in these summaries that end after an instant, the shorter first where they
    end together. Raises CannotRead."""
    if not paths:
        return []
    from_ = reaches_back(since, mapping)
    begun = "w IS NOT NULL" + ("" if from_ is None else f" AND w >= {from_}")
    table = f"(SELECT * FROM {_all(paths)} WHERE {begun})"
    cells, last = _cells(engine, table)
    short, long = mapping.window_seconds, mapping.profile_seconds
    found = {(at, short): _window(at, short, last[at], cells[at]) for at in cells}
    watched = mapping.watched is None or bool(mapping.watched)
    if watched or tells_people_apart(mapping):
        shown = _shown(mapping)
        whole = distributions(engine, table, shown)
        slices = sliced(engine, table, shown) if mapping.sliced else {}
        wide, wide_last = _widened(cells, last, long)
        for at in wide:
            here = whole.get(at, Distributions())
            found[at, long] = _window(at, long, wide_last[at], wide[at], here, slices.get(at))
        found = with_groups(engine, table, mapping, found)
    ordered = sorted(found.values(), key=lambda window: (window.until, window.seconds))
    return [w for w in ordered if since is None or microseconds(w.until) > since]


def bound(
    engine: Engine, paths: Paths, since: datetime, until: datetime, into: Path,
    said: Mapping[str, str],
) -> int:  # fmt: skip
    """Write what these summaries hold of a span to one Parquet file, in a fixed order.

    Returns:
        of how many windows they are.
    """
    source = _all(paths) if paths else "(SELECT 0::BIGINT AS w, 0 AS seconds)"
    overlap = f"w + seconds * 1000000::BIGINT > {microseconds(since)} AND w < {microseconds(until)}"
    if not paths:
        overlap = "false"
    order = "ORDER BY ALL" if len(paths) > 1 else ""  # one by itself lies in a fixed order
    engine.copy(f"SELECT * FROM {source} WHERE {overlap} {order}", into, said)
    return len(engine.rows(f"SELECT DISTINCT w, seconds FROM {_all([into])} WHERE w IS NOT NULL"))


def newest(engine: Engine, rows: Rows, count: int, until: int) -> list[Dated]:
    """The last rows of a partition up to a microsecond, each with its time, the newest first."""
    names = ", ".join(quoted(name) for name in rows.names)
    found = engine.rows(
        f"SELECT served_at_, {names} FROM "
        f"(SELECT {rows.time} AS served_at_, {names} FROM {rows.table}) "
        f"WHERE served_at_ <= {until} ORDER BY ALL DESC LIMIT {count}"
    )
    return [(cast("int", t), dict(zip(rows.names, values, strict=True))) for t, *values in found]


def served(engine: Engine, tables: Sequence[Rows], rate: str, since: datetime) -> Served:
    """What these partitions say was served at or after an instant."""
    found: dict[str | None, tuple[int, ...]] = defaultdict(lambda: (0, 0, 0, 0))
    until: int | None = None
    for each in tables:
        rated = f"r{each.rates.index(rate)}" if rate in each.rates else "CAST(NULL AS BOOLEAN)"
        own = f"CASE WHEN o THEN NULL ELSE {rated} END"
        for row in engine.rows(
            f"SELECT v, count(*), count({own}), coalesce(count_if({own}), 0), count_if(o), max(t) "
            f"FROM ({each.select}) WHERE t >= {microseconds(since)} GROUP BY v"
        ):
            version, *counts, last = cast("tuple[str | None, int, int, int, int, int]", row)
            added = zip(found[version], counts, strict=True)
            found[version] = tuple(before + more for before, more in added)
            until = last if until is None else max(until, last)
    by_version = [
        ServedBy(version=version, requests=n, judged=judged, bad=k, by_fallback=instead)
        for version, (n, judged, k, instead) in found.items()
    ]
    by_version.sort(key=lambda one: (-one.requests, one.version or ""))
    return Served(by_version=tuple(by_version), until=None if until is None else _instant(until))


def _all(paths: Paths) -> str:
    if isinstance(paths, Mapping):
        return shifted(paths)
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}])"


def _instant(at: int) -> datetime:
    """Of a microsecond; one that no calendar here knows stands at the end of the calendar."""
    return _EPOCH + timedelta(microseconds=min(max(at, _FIRST), _LAST))


def _window(
    at: int, seconds: int, last: int, cells: Sequence[Cell],
    whole: Distributions = Distributions(),  # noqa: B008 (frozen)
    slices: Mapping[str, Distributions] | None = None,
) -> WindowSummary:  # fmt: skip
    return WindowSummary(
        at=_instant(at),
        seconds=seconds,
        last=_instant(last),
        cells=tuple(cells),
        numbers=whole.numbers,
        categories=whole.categories,
        slices=slices or {},
    )


def _shown(mapping: LogMapping) -> str:
    if mapping.watched is None:
        return "true"
    names = ", ".join(literal(name) for name in sorted(mapping.watched))
    return f"name IN ({names})" if names else "false"


def _cells(engine: Engine, table: str) -> tuple[dict[int, list[Cell]], dict[int, int]]:
    found: dict[tuple[int, str | None, str | None], list[Row]] = defaultdict(list)
    last: dict[int, int] = {}
    for row in engine.rows(
        "SELECT w, v, s, o, kind, name, sum(n)::BIGINT, sum(hits)::BIGINT, max(last) "
        f"FROM {table} WHERE kind IN ('requests', 'rate') GROUP BY ALL "
        "ORDER BY w, v NULLS FIRST, s NULLS FIRST, o, kind, name"
    ):
        at, version, segment = cast("tuple[int, str | None, str | None]", row[:3])
        found[at, version, segment].append(row[3:])
        if isinstance(row[8], int):
            last[at] = max(last.get(at, row[8]), row[8])
    cells: dict[int, list[Cell]] = defaultdict(list)
    for (at, version, segment), rows in found.items():
        cells[at].append(_cell(version, segment, rows))
    return cells, last


def _cell(version: str | None, segment: str | None, rows: Sequence[Row]) -> Cell:
    requests = by_fallback = 0
    judged, counted = dict[str, int](), dict[str, int]()
    for row in rows:
        instead, kind, name, n, hits, _ = cast("tuple[bool, str, str, int, int, int]", row)
        if kind == "requests":
            requests, by_fallback = (requests, n) if instead else (n, by_fallback)
        elif not instead:
            judged[name], counted[name] = n, hits
    return Cell(
        version=version, segment=segment, requests=requests, by_fallback=by_fallback,
        judged=judged, counted=counted,
    )  # fmt: skip


def _widened(
    cells: _Cells, last: Mapping[int, int], seconds: int
) -> tuple[dict[int, list[Cell]], dict[int, int]]:
    """The counts of the wider windows: the sums of those of the narrower ones."""
    length = seconds * 1_000_000
    sums: dict[int, dict[tuple[str | None, str | None], Cell]] = defaultdict(dict)
    latest: dict[int, int] = {}
    for at in sorted(cells):
        wide = at - at % length
        latest[wide] = max(latest.get(wide, last[at]), last[at])
        for cell in cells[at]:
            key = (cell.version, cell.segment)
            was = sums[wide].get(key)
            sums[wide][key] = cell if was is None else _added(was, cell)
    return {at: list(found.values()) for at, found in sums.items()}, latest


def _added(one: Cell, other: Cell) -> Cell:
    def plus(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
        return {name: a.get(name, 0) + b.get(name, 0) for name in {**a, **b}}

    return Cell(
        version=one.version,
        segment=one.segment,
        requests=one.requests + other.requests,
        by_fallback=one.by_fallback + other.by_fallback,
        judged=plus(one.judged, other.judged),
        counted=plus(one.counted, other.counted),
    )
