"""Draws a sample of the exchanges of a log: the same ones whenever it is asked for.

Which are drawn is decided by the MD5 of the request's id alone: by no clock, no order of files and
nobody's choice. A sample of more contains a sample of less.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from tocsin.facts.logs import LogMapping
from tocsin.facts.opinions import Exchange
from tocsin.sources.columns import CannotRead, Columns
from tocsin.sources.engine import Engine
from tocsin.sources.partitions import Found, format_of, partitions, reader, with_keys

_Drawn = tuple[int, str, int | None, str | None, str | None, str, str, str | None]


def exchanges(
    place: Path, mapping: LogMapping, engine: Engine, most: int
) -> tuple[list[Exchange], int]:
    """So many exchanges of a log, in an order that their ids give, and of how many they are.

    Rows without an answer, without an id, or served by the fallback are none. An id that stands
    there twice is drawn once.

    Raises:
        CannotRead: a partition is not what the mapping says.
        Unreachable: the folder cannot be listed.
    """
    drawn: dict[str, _Drawn] = {}
    total = 0
    for found in partitions(place):
        for row in _of_partition(found, mapping, engine, most):
            drawn.setdefault(row[1], row)
        drawn = {row[1]: row for row in heapq.nsmallest(most, drawn.values(), key=lambda r: r[:2])}
        total += _count(found, mapping, engine)
    return [_exchange(row) for row in drawn.values()], total


def _of_partition(found: Found, mapping: LogMapping, engine: Engine, most: int) -> Iterator[_Drawn]:
    select = f"{_selected(found, mapping, engine)} ORDER BY h, i LIMIT {most}"
    for row in engine.rows(select):
        yield cast("_Drawn", row)


def _count(found: Found, mapping: LogMapping, engine: Engine) -> int:
    [[count]] = engine.rows(f"SELECT count(*) FROM ({_selected(found, mapping, engine)})")
    return int(cast("int", count))


def _selected(found: Found, mapping: LogMapping, engine: Engine) -> str:
    """SQL for h (the hash), i (the id), t, v, s, q, a, c of each exchange of a partition."""
    table = reader(found.path, format_of(found.path))
    types = engine.columns(table).types
    columns = Columns({**dict.fromkeys(dict(found.keys), "VARCHAR"), **types})
    table = with_keys(table, tuple(types), found.keys)
    texts = mapping.texts
    if texts.question is None or texts.answer is None or mapping.request is None:
        raise CannotRead(
            "it is not said which columns hold question, answer and the request's id",
            "write under `log:`: request: ..., texts: {question: ..., answer: ..., context: ...}",
        )

    def optional(column: str | None) -> str:
        there = column is not None and (columns.has(column) or column not in mapping.assumed)
        return columns.text(column) if there and column is not None else "CAST(NULL AS VARCHAR)"

    time = "CAST(NULL AS BIGINT)"
    if mapping.at is not None and columns.has(mapping.at):
        time = columns.microseconds(mapping.at, mapping.unit)
    request, answer = columns.text(mapping.request), columns.text(texts.answer)
    instead, served = mapping.fallback, "false"
    if instead is not None and all(columns.has(name) for name in instead.columns()):
        served = f"coalesce({columns.condition(instead)}, false)"
    return (
        f"SELECT md5_number_lower({request}) AS h, {request} AS i, {time} AS t, "
        f"{optional(mapping.version)} AS v, {optional(mapping.segment)} AS s, "
        f"coalesce({columns.text(texts.question)}, '') AS q, {answer} AS a, "
        f"{optional(texts.context)} AS c FROM {table} "
        f"WHERE i IS NOT NULL AND trim(a) <> '' AND NOT {served}"
    )


def _exchange(row: _Drawn) -> Exchange:
    _, request, at, version, segment, question, answer, context = row
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return Exchange(
        request=request,
        question=question,
        answer=answer,
        context=context,
        at=None if at is None else epoch + timedelta(microseconds=at),
        version=version,
        segment=segment,
    )
