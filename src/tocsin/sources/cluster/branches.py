"""The queries that a profile is made of, as Ibis tables that any engine can be asked for.

A query gives few rows: counts by window, version, segment. What is top of a list, and what stands
together as the rest, is decided where the rows are put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import ibis
import msgspec

from tocsin.facts.confusion import every_rate
from tocsin.facts.grids import Grid
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import NO_CHANCE, TENTHS
from tocsin.sources.cluster.buckets import bucket
from tocsin.sources.cluster.values import Value, Values, is_finite
from tocsin.sources.columns import CannotRead
from tocsin.sources.counting import ANY_GRID, CATEGORIES_KEPT, CATEGORY_LETTERS
from tocsin.sources.profile import numbers_of, wanted
from tocsin.sources.profile_groups import GROUP_LETTERS

KEYS = ("w", "v", "s", "o")
Query = Any
"""A table of Ibis that has not been asked for yet."""

_NOTHING = partial(ibis.null, "string")


class Queries(msgspec.Struct, frozen=True, kw_only=True):
    """All that is asked of one table.

    Args:
        counted: by short window: n, first and last time, and j0.., h0.. of each rate.
        numbers: by long window: name, bucket, n, total. None where no column is kept.
        categories: by column, its values by long window: value, n.
        commonest: by column, its commonest values.
        groups: by long window, g0.. and tenth d: a, b, e of the scores, j0.., h0.. of each rate.
    """

    rates: tuple[str, ...]
    counted: Query
    numbers: Query | None
    categories: Mapping[str, Query]
    commonest: Mapping[str, Query]
    groups: Query | None


def queries(table: Query, mapping: LogMapping, grids: Mapping[str, Grid]) -> Queries:
    """What is asked of a table. Raises CannotRead: a column it needs is not there, or no number."""
    values = Values(table)
    rates = {
        name: values.share(share)
        for name, share in every_rate(mapping).items()
        if wanted(values, mapping, share.columns())
    }
    numbers = numbers_of(values, mapping)
    categories = [c for c in mapping.categories if wanted(values, mapping, (c,))]
    base = _base(values, mapping, rates, numbers, categories)
    short = _windowed(base, mapping.window_seconds)
    long = _windowed(base.filter(base.t.notnull()), mapping.profile_seconds)
    spread = long if mapping.sliced else long.mutate(v=_NOTHING(), s=_NOTHING())
    names = {
        name: spread.mutate(value=spread[f"c{i}"].substr(0, CATEGORY_LETTERS))
        for i, name in enumerate(categories)
    }
    return Queries(
        rates=tuple(rates),
        counted=short.group_by(*KEYS).agg(
            n=short.count(), first=short.at.min(), last=short.at.max(), **_rated(short, rates)
        ),
        numbers=_numbers(spread, numbers, grids),
        categories={
            name: each.group_by(*KEYS, "value").agg(n=each.count()) for name, each in names.items()
        },
        commonest={name: _commonest(each) for name, each in names.items()},
        groups=_groups(long, mapping, rates),
    )


def _base(
    values: Values, mapping: LogMapping, rates: Mapping[str, Value], numbers: tuple[str, ...],
    categories: list[str],
) -> Query:  # fmt: skip
    """The table under the names that every profile uses."""
    if mapping.at is None:
        remedy = "name the column of times under `log:`; a table of a cluster has no order of rows"
        raise CannotRead("no column of times is named", remedy)

    def text(column: str | None) -> Value:
        there = column is not None and wanted(values, mapping, (column,))
        return values.text(column) if there and column is not None else _NOTHING()

    served: Value = ibis.literal(False)
    if mapping.fallback is not None and wanted(values, mapping, mapping.fallback.columns()):
        served = values.condition(mapping.fallback).fill_null(False)
    decisions = mapping.decisions
    more = {f"g{i}": values.text(c).substr(0, GROUP_LETTERS)
            for i, c in enumerate(decisions.groups)}  # fmt: skip
    if decisions.score is not None and decisions.truth is not None:
        more |= {"p": values.number(decisions.score), "y": values.condition(decisions.truth)}
    return values.table.select(
        t=values.seconds(mapping.at, mapping.unit),
        at=values.at(mapping.at),
        v=text(mapping.version),
        s=text(mapping.segment),
        o=served,
        **{f"r{i}": rate for i, rate in enumerate(rates.values())},
        **{f"x{i}": values.number(name) for i, name in enumerate(numbers)},
        **{f"c{i}": values.text(name) for i, name in enumerate(categories)},
        **more,
    )


def _windowed(base: Query, seconds: int) -> Query:
    """With the second in which each row's window begins; rounded down before 1970 as well."""
    return base.mutate(w=(base.t / seconds).floor().cast("int64") * seconds)


def _rated(base: Query, rates: Mapping[str, Value]) -> dict[str, Value]:
    found = {}
    for i, _ in enumerate(rates):
        rate = base[f"r{i}"]
        found[f"j{i}"] = rate.count()
        found[f"h{i}"] = ibis.ifelse(rate.fill_null(False), 1, 0).sum()
    return found


def _numbers(base: Query, names: tuple[str, ...], grids: Mapping[str, Grid]) -> Query | None:
    each = []
    for i, name in enumerate(names):
        value = base[f"x{i}"]
        drawn = base.select(
            *KEYS,
            name=ibis.literal(name),
            bucket=bucket(value, grids.get(name, ANY_GRID)),
            x=ibis.ifelse(is_finite(value), value, 0.0).fill_null(0.0),
        )
        each.append(
            drawn.group_by(*KEYS, "name", "bucket").agg(n=drawn.count(), total=drawn.x.sum())
        )
    return ibis.union(*each) if len(each) > 1 else (each[0] if each else None)


def _commonest(base: Query) -> Query:
    there = base.filter(base.value.notnull())
    counted = there.group_by("value").agg(n=there.count())
    return counted.order_by(ibis.desc("n"), "value").limit(CATEGORIES_KEPT)


def _groups(base: Query, mapping: LogMapping, rates: Mapping[str, Value]) -> Query | None:
    decisions = mapping.decisions
    scored = decisions.score is not None and decisions.truth is not None
    if not decisions.groups and not scored:
        return None
    people = base.filter(~base.o)
    names = [f"g{i}" for i, _ in enumerate(decisions.groups)]
    if not scored:
        grouped = people.group_by("w", "v", *names)
        return grouped.agg(c=people.count(), **_rated(people, rates))
    p = people.p
    tenth = ibis.cases(
        (people.y.isnull(), ibis.null("int64")),
        (p.isnan(), NO_CHANCE),  # asked first: Ibis lets Spark take it for missing
        (p.isnull(), ibis.null("int64")),
        (~is_finite(p) | (p < 0) | (p > 1), NO_CHANCE),
        else_=ibis.least((p * TENTHS).floor().cast("int64"), TENTHS - 1),
    )
    people = people.mutate(d=tenth, e_=ibis.ifelse(is_finite(p), p, 0.0).fill_null(0.0))
    return people.group_by("w", "v", *names, "d").agg(
        c=people.count(),
        b=ibis.ifelse(people.y.fill_null(False), 1, 0).sum(),
        e=people.e_.sum(),
        **_rated(people, rates),
    )
