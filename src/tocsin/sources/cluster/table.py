"""A log that is a table of a cluster: profiled where it lies, by window, into the same folder.

A partition is one window of the profile's length. It is profiled again when its number of rows or
its first or last time is another; a correction that changes none of them is not noticed. Rows are
never fetched one by one.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import ibis
import msgspec

from tocsin.facts import Refused, Unreachable
from tocsin.facts.grids import Grid
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Refreshed
from tocsin.sources.cluster import REMEDY
from tocsin.sources.cluster.asked import Row, micros, profile_rows
from tocsin.sources.cluster.values import Values
from tocsin.sources.columns import CannotRead, literal
from tocsin.sources.engine import Engine
from tocsin.sources.grid import fitted, per_scale_of
from tocsin.sources.pace import Told
from tocsin.sources.profile import numbers_of
from tocsin.sources.shelf import Part, Shelf
from tocsin.sources.windows import window_of

WINDOW = "tocsin_window_"
WINDOWS_TOGETHER = 24
SAMPLED = 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JSON = (
    "{w: 'BIGINT', seconds: 'INTEGER', v: 'VARCHAR', s: 'VARCHAR', o: 'BOOLEAN', kind: 'VARCHAR', "
    "name: 'VARCHAR', bucket: 'BIGINT', value: 'VARCHAR', n: 'BIGINT', hits: 'BIGINT', "
    "total: 'DOUBLE', first: 'BIGINT', last: 'BIGINT'}"
)
_Answer = TypeVar("_Answer")
_ERRORS = (
    ("ibis.common.exceptions", "IbisError"), ("pyspark.errors", "PySparkException"),
    ("py4j.protocol", "Py4JError"), ("trino.exceptions", "Error"),
    ("google.api_core.exceptions", "GoogleAPIError"),
    ("clickhouse_connect.driver.exceptions", "ClickHouseError"),
    ("snowflake.connector", "Error"), ("databricks.sql.exc", "Error"), ("duckdb", "Error"),
)  # fmt: skip
"""What each engine raises; those that are not installed raise nothing."""


def opened(log: str) -> Any:
    """The table as Ibis has it.

    Raises:
        Refused: it is not named, or what is needed to reach it is not installed.
        Unreachable: the cluster does not answer, or has no such table.
    """
    parts = urlsplit(log)
    asked = dict(parse_qsl(parts.query))
    table = asked.pop("table", "")
    if not table:
        raise Refused(f"{log}: which table? write ?table=NAME at its end")
    try:
        url = urlunsplit(parts._replace(query=urlencode(asked)))
        return _told(parts.scheme, lambda: ibis.connect(url).table(table))
    except ImportError as bad:
        raise Refused(f"{parts.scheme} cannot be reached: {bad}; {REMEDY}") from bad


class ClusterIntake:
    """Brings a shelf up to a table. Whoever calls is alone with the shelf.

    Args:
        name: what the table is called when people are told of it.
        table: as `opened` gives it.
    """

    def __init__(
        self, name: str, table: Any, shelf: Shelf, engine: Engine, mapping: LogMapping
    ) -> None:
        self._name, self._table, self._shelf = name, table, shelf
        self._engine, self._mapping = engine, mapping

    def refreshed(self, told: Told | None = None) -> Refreshed:
        """Profile every window that is new or another.

        Args:
            told: takes how far it is: rows read, rows to read, rows read.

        Raises:
            Unreachable: the cluster does not answer, or a column is not what the mapping says.
        """
        return _told(self._name, lambda: self._refreshed(told))

    def _refreshed(self, told: Told | None) -> Refreshed:
        known, first = self._shelf.parts(), list[int]()
        new, changed = list[str](), list[str]()
        rows = untimed = done = 0
        wanted = dict[int, Part]()
        for begin, part in self._windows():
            if begin is None:
                untimed = part.rows
                continue
            was = known.get(part.file)
            if was is not None and was.identity == part.identity:
                continue
            (new if was is None else changed).append(part.file)
            first += [p.first for p in (part, was) if p is not None and p.first is not None]
            wanted[begin] = part
            rows += part.rows
        begins = sorted(wanted)
        grids = self._grids() if begins else {}
        for place in range(0, len(begins), WINDOWS_TOGETHER):
            some = {b: wanted[b] for b in begins[place : place + WINDOWS_TOGETHER]}
            self._take_in(some, grids)
            done += sum(part.rows for part in some.values())
            if told is not None:
                told(done, rows, done)
        remarks = (f"{self._name}: {untimed} rows have no time",) if untimed else ()
        return Refreshed(
            new=tuple(new), changed=tuple(changed), remarks=remarks, rows=rows,
            earliest=window_of(min(first), self._mapping) if first else None,
        )  # fmt: skip

    def _windows(self) -> Iterator[tuple[int | None, Part]]:
        """What the table holds of each window, with the second in which it begins."""
        timed, unit = windowed(self._table, self._mapping), self._mapping.unit
        at = Values(timed).at(self._mapping.at or "")
        asked = timed.group_by(WINDOW).agg(n=timed.count(), first=at.min(), last=at.max())
        for each in asked.to_pyarrow().to_pylist():
            begin = each[WINDOW]
            first, last = micros(each["first"], unit), micros(each["last"], unit)
            name = (
                "" if begin is None else f"{_EPOCH + timedelta(seconds=begin):%Y-%m-%dT%H:%M:%SZ}"
            )
            yield begin, Part(
                file=name, folder="", identity=f"{each['n']}:{first}:{last}", settled=True,
                rows=each["n"], first=first, last=last,
            )  # fmt: skip

    def _grids(self) -> dict[str, Grid]:
        """The frozen grids, with those of columns that had none, fitted on some rows."""
        known = self._shelf.grids()
        names = [n for n in numbers_of(Values(self._table), self._mapping) if n not in known]
        if not names:
            return known
        into = self._shelf.incoming / "sample.parquet"
        values = Values(self._table)
        drawn = self._table.select(**{f"x{i}": values.number(n) for i, n in enumerate(names)})
        pq = importlib.import_module("pyarrow.parquet")
        pq.write_table(drawn.limit(SAMPLED).to_pyarrow(), into)
        sample = f"(SELECT *, 0 AS t FROM read_parquet({literal(str(into))}))"
        fine = per_scale_of(self._mapping.profile_seconds)
        new = fitted(self._engine, lambda _: sample, dict(enumerate(names)), SAMPLED, fine)
        self._shelf.freeze(new)
        return self._shelf.grids()

    def _take_in(self, wanted: Mapping[int, Part], grids: Mapping[str, Grid]) -> None:
        timed = windowed(self._table, self._mapping)
        some = timed.filter(timed[WINDOW].isin(list(wanted))).drop(WINDOW)
        length, parted = self._mapping.profile_seconds * 1_000_000, dict[int, list[Row]]()
        for row in profile_rows(some, self._mapping, grids):
            if row.w is not None:
                begin = (row.w - row.w % length) // 1_000_000
                parted.setdefault(begin, []).append(row)
        with self._shelf.together():
            for begin, part in wanted.items():
                content = self._kept(parted.get(begin, []), part)
                self._shelf.note(msgspec.structs.replace(part, content=content))

    def _kept(self, rows: Sequence[Row], part: Part) -> str:
        lines = self._shelf.incoming / "rows.jsonl"
        written = sorted(msgspec.json.encode(row) for row in rows)
        lines.write_bytes(b"\n".join(written) + b"\n")
        content = sha256(f"{self._name} {part.file} ".encode() + lines.read_bytes()).hexdigest()
        into = self._shelf.incoming / "summary.parquet"
        read = f"read_json({literal(str(lines))}, format='newline_delimited', columns={_JSON})"
        said = {"file": f"{self._name} {part.file}", "content": content}
        self._engine.copy(f"SELECT * FROM {read} ORDER BY ALL", into, said)
        self._shelf.keep(into, content)
        return content


def windowed(table: Any, mapping: LogMapping) -> Any:
    """The table with the second in which each row's window begins, under WINDOW."""
    values, length = Values(table), mapping.profile_seconds
    if mapping.at is None:
        raise CannotRead("no column of times is named", "name it under `log:`")
    second = values.seconds(mapping.at, mapping.unit)
    return table.mutate(**{WINDOW: (second / length).floor().cast("int64") * length})


def _told(name: str, ask: Callable[[], _Answer]) -> _Answer:
    """What is asked of the cluster; whatever its client raises is told as its failure."""
    try:
        return ask()
    except CannotRead as bad:
        raise Unreachable(f"{name}: {bad}") from bad
    except _known_errors() as bad:
        said = str(bad).strip().partition("\n")[0]
        raise Unreachable(f"{name} cannot be read: {type(bad).__name__}: {said}") from bad


def _known_errors() -> tuple[type[Exception], ...]:
    found: list[type[Exception]] = [OSError, RuntimeError]
    for module, name in _ERRORS:
        if module.partition(".")[0] in sys.modules:
            found.append(getattr(importlib.import_module(module), name))
    return tuple(found)
