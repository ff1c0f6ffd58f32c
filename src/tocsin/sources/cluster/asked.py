"""Asks an engine for a profile and puts its rows together as every profile has them.

Counts are equal to those that DuckDB gives of the same rows; sums differ by the order of addition.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import msgspec

from tocsin.facts.grids import Grid
from tocsin.facts.logs import LogMapping, TimeUnit
from tocsin.facts.summaries import OTHER_GROUPS
from tocsin.sources.cluster.branches import Queries, Query, queries
from tocsin.sources.cluster.values import PER_SECOND
from tocsin.sources.columns import CannotRead
from tocsin.sources.profile_groups import GROUPS_KEPT

GROUPS_MOST = 100_000
"""So many combinations of groups in windows are fetched; more are no groups."""

_Fetched = Mapping[str, object]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a profile; instants in microseconds since 1970."""

    w: int | None
    seconds: int
    v: str | None
    s: str | None
    o: bool
    kind: str
    name: str
    bucket: int | None = None
    value: str | None = None
    n: int
    hits: int | None = None
    total: float | None = None
    first: int | None = None
    last: int | None = None


def profile_rows(table: Query, mapping: LogMapping, grids: Mapping[str, Grid]) -> list[Row]:
    """The profile of all rows of a table, in no order.

    Raises:
        CannotRead: a column the mapping needs is not there, or is not what it takes it for.
    """
    asked = queries(table, mapping, grids)
    short, long = mapping.window_seconds, mapping.profile_seconds
    found = list(_counted(asked, short, mapping.unit))
    if asked.numbers is not None:
        found += [
            _row(each, long, "number", str(each["name"]), bucket=_whole(each["bucket"]),
                 total=_real(each["total"]))
            for each in _fetched(asked.numbers)
        ]  # fmt: skip
    for name, query in asked.categories.items():
        found += _categories(name, query, asked.commonest[name], long)
    if asked.groups is not None:
        people = list(_fetched(asked.groups.limit(GROUPS_MOST + 1)))
        if len(people) > GROUPS_MOST:
            raise CannotRead(
                f"{', '.join(mapping.decisions.groups)} tell more than {GROUPS_MOST} groups apart",
                "name columns of few values under `groups:`",
            )
        found += _groups(people, asked.rates, mapping)
    return found


def _counted(asked: Queries, seconds: int, unit: TimeUnit) -> Iterator[Row]:
    for each in _fetched(asked.counted):
        yield _row(each, seconds, "requests", "", first=micros(each["first"], unit),
                   last=micros(each["last"], unit))  # fmt: skip
        if each["w"] is None:
            continue
        for i, name in enumerate(asked.rates):
            judged = {**each, "n": each[f"j{i}"]}
            yield _row(judged, seconds, "rate", name, hits=_whole(each[f"h{i}"]))


def _categories(name: str, query: Query, commonest: Query, seconds: int) -> list[Row]:
    kept = {str(each["value"]) for each in _fetched(commonest)}
    rare: dict[tuple[object, ...], int] = defaultdict(int)
    found = []
    for each in _fetched(query):
        value = each["value"]
        if value is None:
            found.append(_row(each, seconds, "absent", name))
        elif value in kept:
            found.append(_row(each, seconds, "category", name, value=str(value)))
        else:
            rare[tuple(each[key] for key in ("w", "v", "s", "o"))] += _whole(each["n"])
    for (w, v, s, o), n in rare.items():
        found.append(_row({"w": w, "v": v, "s": s, "o": o, "n": n}, seconds, "rare", name))
    return found


def _groups(people: list[_Fetched], rates: tuple[str, ...], mapping: LogMapping) -> Iterator[Row]:
    """By rate and by tenth of the score, with the rarer values of each column together."""
    columns = [f"g{i}" for i, _ in enumerate(mapping.decisions.groups)]
    kept = [_commonest(people, column) for column in columns]
    judged: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0])
    scored: dict[tuple[object, ...], list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for each in people:
        group = tuple(
            value if (value := each[column]) is None or value in common else OTHER_GROUPS
            for column, common in zip(columns, kept, strict=True)
        )
        where = each["w"], each["v"], json.dumps(group, ensure_ascii=False, separators=(",", ":"))
        for i, name in enumerate(rates if columns else ()):
            sums = judged[*where, name]
            sums[0] += _whole(each[f"j{i}"])
            sums[1] += _whole(each[f"h{i}"])
        if each.get("d") is not None:
            tenth = scored[*where, str(_whole(each["d"]))]
            tenth[0] += _whole(each["c"])
            tenth[1] += _whole(each["b"])
            tenth[2] += _real(each["e"])
    for (*key, rate), (n, hits) in judged.items():
        if n:
            yield _of_group(key, mapping, "group", str(rate), n, hits)
    for (*key, number), (labelled, true, total) in scored.items():
        whole = int(labelled), int(true)
        yield _of_group(key, mapping, "score", str(number), *whole, total=total)


def _of_group(
    where: Sequence[object], mapping: LogMapping, kind: str, name: str, n: int, hits: int,
    total: float | None = None,
) -> Row:  # fmt: skip
    w, v, group = where
    key = {"w": w, "v": v, "s": None, "o": False, "n": n}
    return _row(key, mapping.profile_seconds, kind, name, value=str(group), hits=hits, total=total)


def _commonest(people: Iterable[_Fetched], column: str) -> set[object]:
    counts: dict[object, int] = defaultdict(int)
    for each in people:
        if each[column] is not None:
            counts[each[column]] += _whole(each["c"])
    return set(sorted(counts, key=lambda value: (-counts[value], str(value)))[:GROUPS_KEPT])


def _row(
    each: _Fetched, seconds: int, kind: str, name: str, *, bucket: int | None = None,
    value: str | None = None, hits: int | None = None, total: float | None = None,
    first: int | None = None, last: int | None = None,
) -> Row:  # fmt: skip
    w = each["w"]
    return Row(
        w=None if w is None else _whole(w) * 1_000_000, seconds=seconds,
        v=cast("str | None", each["v"]), s=cast("str | None", each["s"]), o=bool(each["o"]),
        kind=kind, name=name, bucket=bucket, value=value, n=_whole(each["n"]), hits=hits,
        total=total, first=first, last=last,
    )  # fmt: skip


def _fetched(query: Query) -> Iterator[_Fetched]:
    # Whole, not in batches: Ibis 12 asks DuckDB 2 for batches by a name that it has no more.
    yield from query.to_pyarrow().to_pylist()


def _whole(value: object) -> int:
    return int(cast("int", value))


def _real(value: object) -> float:
    found = float(cast("float", value))
    return found if math.isfinite(found) else 0.0


def micros(value: object, unit: TimeUnit) -> int | None:
    """An instant in microseconds since 1970, of one or of a number in a unit; None for neither."""
    if isinstance(value, int):
        return value * 1_000_000 // PER_SECOND[unit] if unit in PER_SECOND else None
    if not isinstance(value, datetime):
        return None
    at = value if value.tzinfo else value.replace(tzinfo=UTC)
    whole = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (whole.days * 86_400 + whole.seconds) * 1_000_000 + whole.microseconds
