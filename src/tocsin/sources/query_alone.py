"""Puts one SELECT to some files, in a process of its own that can do nothing else.

It reads a task from standard input and writes what came of it to standard output, each one JSON
object. Before the text of a person is run, the kernel bounds memory, processor time and the size of
what is written; DuckDB reads no file but those named, opens no connection, loads no extension, and
its settings are locked. Whatever happens here, the process that asked lives on.

It stands alone: it imports nothing of the house, so that nothing of the house is in its memory.
"""

from __future__ import annotations

import hashlib
import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

import duckdb

BATCH = 2048
ROOM_BYTES = 1024 * 1024 * 1024
"""Beside what DuckDB may use: the interpreter, the libraries, what they map and do not use."""

_SETTINGS = (
    "threads = 1",  # sums and unsorted rows come out alike each time
    "TimeZone = 'UTC'",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "max_temp_directory_size = '1GB'",
)


class Wrong(Exception):
    """The question cannot be answered as it is; the message says why."""


def main() -> None:
    """Answer one task."""
    task = json.load(sys.stdin)
    _bound(task)
    try:
        found = answered(task)
    except Wrong as wrong:
        found = {"wrong": str(wrong)}
    except MemoryError:
        found = {"memory": "more memory than allowed"}
    except duckdb.OutOfMemoryException as bad:
        found = {"memory": _first(bad)}
    except (duckdb.Error, OSError) as bad:
        too_large = "File too large" in str(bad)
        found = {"memory": "it is larger"} if too_large else {"wrong": _first(bad)}
    json.dump(found, sys.stdout)


def answered(task: dict[str, Any]) -> dict[str, Any]:
    """What the files answer; the answer itself is in the file that the task names."""
    con = duckdb.connect(":memory:")
    for setting in (*_SETTINGS, f"temp_directory = {_literal(task['spill'])}"):
        con.execute(f"SET {setting}")
    con.execute(f"SET memory_limit = '{task['memory_bytes'] // 1024} KiB'")
    con.execute(f"CREATE VIEW log AS {task['log']}")
    allowed = ", ".join(_literal(path) for path in (*task["files"], task["into"]))
    con.execute(f"SET allowed_paths = [{allowed}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    select, most = checked(con, task["sql"]), task["rows_max"]
    con.execute(f"CREATE TABLE answer AS SELECT * FROM (\n{select}\n) LIMIT {most + 1}")
    counted = con.execute("SELECT count(*) FROM answer").fetchone()
    rows = int(counted[0]) if counted else 0
    columns = [(str(r[0]), str(r[1])) for r in con.execute("DESCRIBE answer").fetchall()]
    con.execute(_written(columns, task, most))
    return {
        "rows": min(rows, most),
        "cut": rows > most,
        "columns": columns,
        "content": _content(con, columns, most),
        "engine": f"DuckDB {duckdb.__version__}",
    }


def checked(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The one SELECT that is written. Raises Wrong."""
    statements = con.extract_statements(sql)
    if len(statements) != 1:
        raise Wrong(f"{len(statements)} statements; write one SELECT on the table `log`")
    [one] = statements
    if one.type != duckdb.StatementType.SELECT:
        raise Wrong(f"a {one.type.name} is no question; write one SELECT on the table `log`")
    return str(one.query).rstrip().rstrip(";")


def _written(columns: list[tuple[str, str]], task: dict[str, Any], most: int) -> str:
    kept, into, formula = task["kept"], task["into"], task["formula"]
    if kept != "csv":
        how = "json" if kept == "jsonl" else kept
        return f"COPY (SELECT * FROM answer LIMIT {most}) TO {_literal(into)} (FORMAT {how})"
    each = ", ".join(_guarded(name, type_, formula) for name, type_ in columns)
    return (
        f"COPY (SELECT {each} FROM answer LIMIT {most}) TO {_literal(into)} "
        "(FORMAT csv, HEADER true)"
    )


def _guarded(name: str, type_: str, formula: str) -> str:
    """A column that no spreadsheet takes for a formula, nor its name."""
    title = f"'{name}" if re.match(formula, name) else name
    if re.match(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL|BOOLEAN)\b", type_):
        return f"{_quoted(name)} AS {_quoted(title)}"
    text = f"CAST({_quoted(name)} AS VARCHAR)"
    return (
        f"CASE WHEN regexp_matches({text}, {_literal(formula)}) THEN concat(chr(39), {text}) "
        f"ELSE {text} END AS {_quoted(title)}"
    )


def _content(con: duckdb.DuckDBPyConnection, columns: list[tuple[str, str]], most: int) -> str:
    whole = hashlib.sha256(json.dumps(columns).encode())
    for digest in sorted(_digests(con, most)):
        whole.update(digest)
    return whole.hexdigest()


def _digests(con: duckdb.DuckDBPyConnection, most: int) -> Iterator[bytes]:
    asked = con.execute(
        f"SELECT sha256(CAST(to_json(a) AS VARCHAR)) FROM (SELECT * FROM answer LIMIT {most}) a"
    )
    while batch := asked.fetchmany(BATCH):
        yield from (bytes.fromhex(str(row[0])) for row in batch)


def _bound(task: dict[str, Any]) -> None:
    seconds, size = int(task["seconds"]) + 1, int(task["bytes_max"])
    memory = int(task["memory_bytes"]) + ROOM_BYTES
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, size),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _first(bad: BaseException) -> str:
    return str(bad).strip().partition("\n")[0][:300]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


if __name__ == "__main__":
    main()
