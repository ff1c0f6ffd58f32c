"""Puts a person's own SELECT to the files of a log, read only, within bounds of time and size.

The text is run in a process of its own (`query_alone`), which is ended when its time is over. Each
file's digest is taken before; a file that is another one afterwards is told. Rows stand in the
table `log` as they stand in the files, with the columns that its folders name.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tocsin.facts import Refused, Unreachable
from tocsin.facts.formulas import BEGINS_A_FORMULA
from tocsin.facts.learned import learned
from tocsin.facts.queries import FileRead, QueryFound, QueryWanted
from tocsin.sources.partitions import Found, digest_of, with_keys

ALONE = Path(__file__).with_name("query_alone.py")
GRACE_SECONDS = 2.0
"""What the process has beside its time, to start and to write down what it found."""

SQL_LETTERS_MAX = 1_000_000
_FUNCTIONS = (
    "random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "now", "today", "age",
    "current_date", "current_time", "current_timestamp", "current_localtime",
    "current_localtimestamp", "get_current_time", "get_current_timestamp", "transaction_timestamp",
    "localtime", "localtimestamp", "txid_current", "current_query_id", "current_connection_id",
    "current_transaction_id", "current_setting", "duckdb_settings", "nextval", "currval",
    "sample", "tablesample", "reservoir", "bernoulli", "duckdb_memory", "duckdb_temporary_files",
)  # fmt: skip
_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_NO_CODE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


class Lying(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the log, ready to be read.

    Args:
        table: it as SQL, with its columns as they were found out.
        path: what is read: the file, or a copy of its whole lines.
    """

    found: Found
    table: str
    path: Path
    columns: tuple[str, ...]


@learned
class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the process gives back; one of `wrong` and `memory` where it has no answer."""

    rows: int = 0
    cut: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    content: str = ""
    engine: str = ""
    wrong: str = ""
    memory: str = ""


def asked(
    lying: Sequence[Lying], wanted: QueryWanted, aside: Path, into: Path, untold: Sequence[str]
) -> QueryFound:
    """Write what the files answer to `into`.

    Args:
        aside: a folder of this question's own.
        untold: what could not be opened.

    Raises:
        Refused: not one SELECT, or it takes more time, memory or room than allowed.
        Unreachable: the process that asks cannot be started.
    """
    check_text(wanted)
    if not lying:
        raise Refused("; ".join(["the log has no file that can be asked", *untold]))
    read = [
        FileRead(file=one.found.file, bytes=one.path.stat().st_size, sha256=digest_of(one.path))
        for one in lying
    ]
    answer = aside / f"answer.{wanted.kept.value}"
    told = _answer(wanted, lying, aside, answer)
    changed = [
        f"{one.found.file} changed while it was asked: its digest is of what it was before"
        for one, before in zip(lying, read, strict=True)
        if one.path.stat().st_size != before.bytes or digest_of(one.path) != before.sha256
    ]
    shutil.copyfile(answer, into)
    return QueryFound(
        rows=told.rows,
        cut=told.cut,
        columns=told.columns,
        content=told.content,
        engine=told.engine,
        read=tuple(read),
        untold=(*untold, *changed),
        varies=varies(wanted.sql),
    )


def varies(sql: str) -> tuple[str, ...]:
    """What in a text depends on the moment or on chance, in the order of the alphabet."""
    words = set(_WORD.findall(_NO_CODE.sub(" ", sql.lower())))
    return tuple(sorted(words & set(_FUNCTIONS)))


def check_text(wanted: QueryWanted) -> None:
    """Passes when there is a text of a size that can be asked. Raises Refused."""
    if not wanted.sql.strip():
        raise Refused("nothing is asked; write --sql 'SELECT count(*) FROM log'")
    if len(wanted.sql) > SQL_LETTERS_MAX or "\0" in wanted.sql:
        raise Refused(f"a question has at most {SQL_LETTERS_MAX:,} letters, and no zero byte")


def _answer(wanted: QueryWanted, lying: Sequence[Lying], aside: Path, answer: Path) -> _Told:
    task = {
        "log": " UNION ALL BY NAME ".join(
            f"SELECT * FROM {with_keys(one.table, one.columns, one.found.keys)}" for one in lying
        ),
        "files": [str(one.path) for one in lying],
        "into": str(answer),
        "spill": str(aside / "spill"),
        "sql": wanted.sql,
        "kept": wanted.kept.value,
        "formula": BEGINS_A_FORMULA,
        "seconds": wanted.seconds,
        "rows_max": wanted.rows_max,
        "bytes_max": wanted.bytes_max,
        "memory_bytes": wanted.memory_bytes,
    }
    said = _run(json.dumps(task).encode(), wanted.seconds + GRACE_SECONDS, aside, wanted)
    try:
        told = msgspec.json.decode(said, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(_too_much(wanted)) from None
    if told.memory:
        raise Refused(f"{_too_much(wanted)} ({told.memory})")
    if told.wrong:
        raise Refused(f"--sql: {told.wrong}")
    return told


def _run(task: bytes, seconds: float, aside: Path, wanted: QueryWanted) -> bytes:
    try:
        ran = subprocess.run(
            [sys.executable, "-E", "-P", str(ALONE)],
            input=task,
            capture_output=True,
            timeout=seconds,
            cwd=aside,
            env=_ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(
            f"no answer within {wanted.seconds:g} s; ask for less, or allow more: --seconds"
        ) from None
    except OSError as bad:
        raise Unreachable(f"the question cannot be put: {bad.strerror}") from bad
    return ran.stdout if ran.returncode == 0 else b""


def _too_much(wanted: QueryWanted) -> str:
    return (
        f"the answer takes more than {wanted.memory_bytes // 2**20} MiB of memory, "
        f"{wanted.bytes_max // 2**20} MiB of room or {wanted.seconds:g} s; ask for less: fewer "
        "columns, a sum instead of rows"
    )


_ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
"""Nothing of ours: no secret that stands in the environment reaches the question."""
