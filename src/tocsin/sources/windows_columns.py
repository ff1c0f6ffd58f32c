"""How columns were distributed in each window, read back from profiles: in all, and by slice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import cast

from tocsin.facts.summaries import Categories, Distributions, Histogram
from tocsin.sources.engine import Engine
from tocsin.sources.grid import ABOVE, ABSENT, BELOW, NAN, NO_NUMBER

_KINDS = {"version": "v", "segment": "s"}
_Of = tuple[int, str]
"""The beginning of a window in microseconds, and a slice."""


def distributions(engine: Engine, table: str, shown: str) -> dict[int, Distributions]:
    """By the beginning of the window in microseconds.

    Args:
        shown: SQL for whether somebody asks for a column.
    """
    found = _found(engine, f"(SELECT *, '' AS slice FROM {table} WHERE NOT o AND {shown})")
    return {at: here for (at, _), here in found.items()}


def sliced(engine: Engine, table: str, shown: str) -> dict[int, Mapping[str, Distributions]]:
    """The same of each version and of each segment, as `version=...` and `segment=...`."""
    found: dict[int, dict[str, Distributions]] = defaultdict(dict)
    for kind, side in _KINDS.items():
        named = f"SELECT *, '{kind}=' || {side} AS slice FROM {table}"
        rows = f"({named} WHERE NOT o AND {shown} AND {side} IS NOT NULL)"
        for (at, slice), here in sorted(_found(engine, rows).items()):
            found[at][slice] = here
    return dict(found)


def _found(engine: Engine, rows: str) -> dict[_Of, Distributions]:
    numbers, categories = _numbers(engine, rows), _categories(engine, rows)
    return {
        of: Distributions(numbers=numbers.get(of, {}), categories=categories.get(of, {}))
        for of in {**numbers, **categories}
    }


def _numbers(engine: Engine, rows: str) -> dict[_Of, dict[str, Histogram]]:
    found: dict[_Of, dict[str, Histogram]] = defaultdict(dict)
    for row in engine.rows(
        "SELECT w, slice, name, list(bucket ORDER BY bucket), list(n ORDER BY bucket), "
        "list(total ORDER BY bucket) FROM (SELECT w, slice, name, bucket, sum(n)::BIGINT AS n, "
        f"sum(total) AS total FROM {rows} WHERE kind = 'number' GROUP BY ALL) GROUP BY ALL"
    ):
        at, slice, name, buckets, counts, totals = cast(
            "tuple[int, str, str, list[int], list[int], list[float]]", row
        )
        found[at, slice][name] = _histogram(buckets, counts, totals)
    return found


def _histogram(buckets: list[int], counts: list[int], totals: list[float]) -> Histogram:
    odd = {b: n for b, n in zip(buckets, counts, strict=True) if b <= NO_NUMBER or b == ABOVE}
    begin = sum(b <= NO_NUMBER for b in odd)
    end = len(buckets) - (ABOVE in odd)
    return Histogram(
        buckets=tuple(buckets[begin:end]),
        counts=tuple(counts[begin:end]),
        totals=tuple(totals[begin:end]),
        absent=odd.get(ABSENT, 0) + odd.get(NO_NUMBER, 0),
        nan=odd.get(NAN, 0),
        below=odd.get(BELOW, 0),
        above=odd.get(ABOVE, 0),
    )


def _categories(engine: Engine, rows: str) -> dict[_Of, dict[str, Categories]]:
    values: dict[tuple[_Of, str], dict[str, int]] = defaultdict(dict)
    odd: dict[tuple[_Of, str, str], int] = defaultdict(int)
    for row in engine.rows(
        "SELECT w, slice, name, kind, value, sum(n)::BIGINT AS n "
        f"FROM {rows} WHERE kind IN ('category', 'rare', 'absent') "
        "GROUP BY ALL ORDER BY w, slice, name, value"
    ):
        at, slice, name, kind, value, n = cast("tuple[int, str, str, str, str, int]", row)
        of = values[(at, slice), name]
        if kind == "category":
            of[value] = n
        else:
            odd[(at, slice), name, kind] = n
    found: dict[_Of, dict[str, Categories]] = defaultdict(dict)
    for (where, name), counts in values.items():
        found[where][name] = Categories(
            counts=counts, other=odd[where, name, "rare"], absent=odd[where, name, "absent"]
        )
    return found
