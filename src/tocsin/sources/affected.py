"""Lists the decisions of a log that a failure touched: one line each, in order of time.

Each part of the log is read once. What is held in memory does not grow with the log: what is found
is laid aside as a table, sorted on disk where need be, and written out in one go. A row that cannot
be judged, or has no time, is no affected decision and is counted, so that it can be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import msgspec

from tocsin.facts import Refused
from tocsin.facts.affected import AffectedAsked, AffectedFound, Written
from tocsin.facts.confusion import every_rate
from tocsin.facts.formulas import BEGINS_A_FORMULA
from tocsin.facts.logs import Condition, LogMapping
from tocsin.sources.columns import CannotRead, Columns, literal, quoted
from tocsin.sources.engine import Engine
from tocsin.sources.profile import Rows
from tocsin.sources.shelf import Part
from tocsin.sources.where import check_where
from tocsin.sources.windows import microseconds

NOTHING = "CAST(NULL AS VARCHAR)"
MISSING = "missing"
_TOLD = (
    "at", "row", "request", "subject", "version", "segment", "group", "decision", "counts", "file",
    "content",
)  # fmt: skip


class Lying(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the log as it lies there now.

    Args:
        content: the digest under which its rows are counted.
        moved: where its rows begin, in microseconds, in a log that tells no time.
    """

    rows: Rows
    file: str
    content: str
    moved: int = 0


def listed(
    engine: Engine, parts: Sequence[Lying], asked: AffectedAsked, mapping: LogMapping,
    aside: Path, into: Path,
) -> AffectedFound:  # fmt: skip
    """Write the decisions that were asked for.

    Args:
        aside: a folder in which tables may be laid aside.
        into: the file they are written to; what it holds is written over.

    Raises:
        CannotRead: a column that is needed is not there, or is not what it should be.
    """
    told = list[str]()
    tables = list[Path]()
    for place, part in enumerate(parts):
        tables.append(aside / f"affected-{place}.parquet")
        engine.copy(_selected(engine, part, asked, mapping), tables[-1], {})
    if not tables:
        into.write_bytes(b"")
        return AffectedFound(decisions=0, subjects=None, untold=(), by_rows=mapping.at is None)
    found = f"read_parquet([{', '.join(literal(str(path)) for path in tables)}])"
    [row] = engine.rows(
        "SELECT count_if(t IS NOT NULL AND meant), count_if(t IS NULL), "
        "count_if(t IS NOT NULL AND meant IS NULL), "
        f"count(DISTINCT subject) FILTER (t IS NOT NULL AND meant), "
        f"count_if(t IS NOT NULL AND meant AND subject IS NULL) FROM {found}"
    )
    counted = (number or 0 for number in cast("tuple[int | None, ...]", row))  # of no row: NULL
    decisions, untimed, unjudged, subjects, nameless = counted
    engine.rows(_written(found, asked.written, into, by_rows=mapping.at is None))
    if untimed:
        told.append(f"{untimed} rows have no time that can be read, and may lie in the span")
    if unjudged:
        told.append(f"of {unjudged} rows the log does not say whether they are meant")
    found_of: int | None = subjects
    if mapping.decisions.subject is None:
        found_of = None
        told.append("the log names no subject (`subject:` under `log:`), so that nobody is counted")
    elif nameless:
        told.append(f"{nameless} of these decisions name no subject")
    return AffectedFound(
        decisions=decisions,
        subjects=found_of,
        untold=tuple(told),
        by_rows=mapping.at is None,
    )


def gone(parts: Sequence[Part]) -> list[str]:
    """What to tell of parts that are counted and cannot be listed from any more, by name."""
    return [
        f"{part.file} held {part.rows} rows, some of them perhaps of this span, and "
        + (f"cannot be read now: {part.reason}" if part.reason else "is gone from the log")
        for part in parts
    ]


def changed(engine: Engine, sealed: bytes, kept: Sequence[Part], aside: Path) -> list[str]:
    """What to tell of parts that are others now than when the summaries were sealed, by name."""
    if not sealed:
        return []
    path = aside / "sealed.parquet"
    path.write_bytes(sealed)
    said = engine.rows(
        "SELECT decode(value) FROM parquet_kv_metadata("
        f"{literal(str(path))}) WHERE decode(key) = 'files'"
    )
    lines = str(said[0][0]).splitlines() if said else []
    then = {file: content for content, _, file in (line.partition("  ") for line in lines)}
    return [
        f"{part.file} was corrected since: listed is what it says now"
        for part in kept
        if then.get(part.file, part.content) != part.content
    ]


def _selected(engine: Engine, part: Lying, asked: AffectedAsked, mapping: LogMapping) -> str:
    """All rows of a part in the slice and the span that are meant, or may be."""
    columns = engine.columns(part.rows.table)
    if asked.where is not None:
        check_where(engine, part.rows.table, columns, asked.where)

    def text(column: str | None) -> str:
        if column is None or (column in mapping.assumed and not columns.has(column)):
            return NOTHING
        return columns.text(column)

    own = mapping.decisions
    decided = "CAST(NULL AS BOOLEAN)"
    if own.decided is not None:
        decided = columns.condition(own.decided)
    selected = {
        "t": f"({part.rows.time}) + {part.moved}",
        "row": f"({part.rows.time}) // 1000000 + 1",
        "request": text(mapping.request),
        "subject": text(own.subject),
        "version": text(mapping.version),
        "segment": text(mapping.segment),
        "group": _group(columns, own.groups),
        "decision": f"({decided})",
        "counts": _counts(columns, asked, mapping),
        "meant": _meant(columns, asked, mapping),
        "file": literal(part.file),
        "content": literal(part.content),
    }
    named = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in selected.items())
    slice = [f"NOT ({_instead(columns, mapping)})"]
    slice += [
        f"{selected[name]} = {literal(value)}"
        for name, value in (("version", asked.version), ("segment", asked.segment))
        if value is not None
    ]
    if asked.versions:
        among = ", ".join(literal(one) for one in asked.versions)
        slice.append(f"{selected['version']} IN ({among})")
    if asked.group is not None:
        slice.append(_in_group(columns, asked.group, own.groups))
    first, end = microseconds(asked.since), microseconds(asked.until)
    return (
        f"SELECT * FROM (SELECT {named} FROM {part.rows.table} WHERE "
        + " AND ".join(f"({one})" for one in slice)
        + f") WHERE (t IS NULL OR (t >= {first} AND t < {end})) AND (meant IS NULL OR meant)"
    )


def _instead(columns: Columns, mapping: LogMapping) -> str:
    """Whether somebody else served a row in the system's stead."""
    there = mapping.fallback is not None and all(
        columns.has(name) or name not in mapping.assumed for name in mapping.fallback.columns()
    )
    if mapping.fallback is None or not there:
        return "false"
    return f"coalesce({columns.condition(mapping.fallback)}, false)"


def _counts(columns: Columns, asked: AffectedAsked, mapping: LogMapping) -> str:
    if asked.rate is None:
        return "CAST(NULL AS BOOLEAN)"
    rates = every_rate(mapping)
    if asked.rate not in rates:
        known = ", ".join(rates) or "none"
        raise CannotRead(f"the log has no rate {asked.rate!r}", f"it has: {known}; or list all")
    return f"({columns.share(rates[asked.rate])})"


def _meant(columns: Columns, asked: AffectedAsked, mapping: LogMapping) -> str:
    """Whether a row is asked for; missing where that cannot be said."""
    terms = ["true"]
    if asked.rate is not None:
        counts = _counts(columns, asked, mapping)
        terms.append(counts if asked.counts else f"NOT {counts}")
    if asked.where is not None:
        terms.append(f"({_condition(columns, asked.where)})")
    return f"({' AND '.join(terms)})"


def _group(columns: Columns, groups: Sequence[str]) -> str:
    """The groups of people as a finding names them: `sex=Female, race=Other`."""
    if not groups:
        return NOTHING
    each = ", ', ', ".join(
        f"{literal(name + '=')}, coalesce({columns.text(name)}, {literal(MISSING)})"
        for name in groups
    )
    return f"concat({each})"


def _in_group(columns: Columns, group: str, groups: Sequence[str]) -> str:
    """Whether a row is about this group, which may be told by some of the columns only."""
    left, terms = group, list[str]()
    for name in groups:
        if not left.startswith(f"{name}="):
            continue
        after = [f", {other}=" for other in groups[groups.index(name) + 1 :]]
        end = min((left.find(one) for one in after if one in left), default=len(left))
        value, left = left[len(name) + 1 : end], left[end + 2 :]
        terms.append(f"coalesce({columns.text(name)}, {literal(MISSING)}) = {literal(value)}")
    if left or not terms:
        known = ", ".join(groups) or "none"
        raise CannotRead(f"the log does not tell the group {group!r}", f"its groups are: {known}")
    return " AND ".join(terms)


def _written(found: str, written: Written, into: Path, *, by_rows: bool) -> str:
    """The statement that writes the decisions, sorted and numbered."""
    values = {name: quoted(name) for name in _TOLD}
    values["at"] = "strftime(make_timestamp(t), '%Y-%m-%dT%H:%M:%S.%fZ')"
    del values["at" if by_rows else "row"]
    how = "FORMAT json"
    if written is Written.CSV:
        how = "FORMAT csv, HEADER true"
        begins = literal(BEGINS_A_FORMULA)
        for name in ("request", "subject", "version", "segment", "group", "file"):
            sql = values[name]
            values[name] = (
                f"CASE WHEN regexp_matches({sql}, {begins}) "
                f"THEN concat(chr(39), {sql}) ELSE {sql} END"
            )
    order = "t, file, request NULLS FIRST, subject NULLS FIRST, version NULLS FIRST, segment, " + (
        '"group", decision, counts, content'
    )
    named = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in values.items())
    return (
        f"COPY (SELECT row_number() OVER () AS item, * FROM (SELECT {named} FROM {found} "
        f"WHERE t IS NOT NULL AND meant ORDER BY {order})) "
        f"TO {literal(str(into))} ({how}, USE_TMP_FILE false)"
    )


def _condition(columns: Columns, where: Condition) -> str:
    try:
        return columns.condition(where)
    except CannotRead as bad:  # the log is as it should be; the question is not
        raise Refused(f"--where: {bad.reason}") from None
