"""The files of a log: which there are, what they are written in, and whether they are whole yet.

A partition is one file. Names that begin with a dot or an underscore, or end as writers name what
they have not finished, are not partitions. `key=value` folders on the way give columns.
"""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from tocsin.facts import Unreachable
from tocsin.sources.columns import CannotRead, literal, quoted
from tocsin.sources.csv_text import csv_reader

PARQUET, CSV, JSON, ARROW = "parquet", "csv", "json", "arrow"
FIELDS_MOST = 2000
"""A record in lines that has more is read as one text: its names are data, not fields."""
SUFFIXES = {
    ".parquet": PARQUET, ".pq": PARQUET, ".csv": CSV, ".tsv": CSV,
    ".jsonl": JSON, ".ndjson": JSON, ".json": JSON,
    ".arrow": ARROW, ".feather": ARROW, ".ipc": ARROW,
}  # fmt: skip
_PACKED = (".gz", ".zst")
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".inprogress", ".crc", ".swp", ".lock")
_CHUNK_BYTES = 1024 * 1024
_MAGIC, _ARROW_MAGIC = b"PAR1", b"ARROW1"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A partition as the file system shows it.

    Args:
        file: its name below the log's folder, as it is told to people.
        identity: another whenever the file was written or replaced.
        keys: columns that stand in the names of its folders.
        content: what it holds is known by this, whatever order it stands in; None is its bytes.
    """

    file: str
    path: Path
    size: int
    modified: float
    identity: str
    keys: tuple[tuple[str, str], ...]
    content: str | None = None


def place_of(place: str, home: Path) -> Path:
    """Where a log lies: absolute as it is, else below the home; may be a pattern."""
    return home / place.removeprefix("file:")


def partitions(place: Path) -> Iterator[Found]:
    """The partitions of a log, by name. A folder that is not there yet has none.

    Raises:
        Unreachable: the folder cannot be listed.
    """
    text = str(place)
    if any(letter in text for letter in "*?["):
        paths, root = sorted(map(Path, glob.glob(text, recursive=True))), _fixed(place)
    elif place.is_dir():
        paths, root = sorted(_below(place)), place
    else:
        paths, root = ([place] if place.exists() else []), place.parent
    named = root == place
    for path in paths:
        name = path.name.lower()
        if name.startswith((".", "_")) or name.endswith(_UNFINISHED):
            continue
        if named and _written_in(path) is None:
            continue
        try:
            seen = path.stat()
        except FileNotFoundError:
            continue
        except OSError as bad:
            raise Unreachable(f"cannot look at {path}: {bad.strerror}; mend its rights") from bad
        if stat.S_ISREG(seen.st_mode):
            yield Found(
                file=str(path.relative_to(root)),
                path=path,
                size=seen.st_size,
                modified=seen.st_mtime,
                identity=f"{seen.st_size}:{seen.st_mtime_ns}:{seen.st_ctime_ns}:{seen.st_ino}",
                keys=_keys(path.relative_to(root)),
            )


def _below(folder: Path) -> Iterator[Path]:
    def fail(bad: OSError) -> None:
        raise Unreachable(f"cannot list {bad.filename}: {bad.strerror}; mend its rights")

    for inside, folders, names in os.walk(folder, onerror=fail, followlinks=True):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")))
        yield from (Path(inside) / name for name in names)


def _fixed(pattern: Path) -> Path:
    """The part of a pattern before its first wild card."""
    parts: list[str] = []
    for part in pattern.parts[:-1]:
        if any(letter in part for letter in "*?["):
            break
        parts.append(part)
    return Path(*parts)


def _keys(inside: Path) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition("=") for part in inside.parts[:-1])
    return tuple((name, value) for name, sign, value in pairs if sign and name)


def _written_in(path: Path) -> str | None:
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return SUFFIXES.get(os.path.splitext(name)[1])


def format_of(path: Path) -> str:
    """What a partition is written in, by its name or else by how it begins."""
    known = _written_in(path)
    if known is not None:
        return known
    with path.open("rb") as file:
        begin = file.read(64).lstrip()
    if begin.startswith(_MAGIC):
        return PARQUET
    if begin.startswith(_ARROW_MAGIC):
        return ARROW
    return JSON if begin.startswith((b"{", b"[")) else CSV


def is_whole(path: Path) -> bool:
    """Whether a Parquet file has its end, which is written last."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) < 3 * len(_MAGIC):
            return False
        file.seek(-len(_MAGIC), os.SEEK_END)
        return file.read() == _MAGIC


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_lines(source: BinaryIO, into: BinaryIO, size: int) -> str:
    """Copy the whole lines among the first `size` bytes; gives the SHA-256 of what was copied."""
    found, held, left = hashlib.sha256(), b"", size
    while left > 0 and (chunk := source.read(min(left, _CHUNK_BYTES))):
        left -= len(chunk)
        lines, end, rest = (held + chunk).rpartition(b"\n")
        found.update(lines + end)
        into.write(lines + end)
        held = rest
    return found.hexdigest()


def is_packed(path: Path) -> bool:
    """Whether the file is compressed as a whole, so that a part of it says nothing."""
    return path.name.lower().endswith(_PACKED)


def reader(path: Path, written: str, types: Mapping[str, str] | None = None) -> str:
    """An SQL table of everything in a file.

    Args:
        types: its columns, where they are known: then lines are not read to find them out.

    Raises:
        CannotRead: the name or the first line of the file makes it unreadable.
    """
    if any(letter in str(path) for letter in "*?["):
        raise CannotRead("its name has *, ? or [ in it", "rename it")
    at = literal(str(path))
    if written == PARQUET:
        return f"read_parquet({at}, hive_partitioning=false)"
    if written == CSV:
        return csv_reader(path)
    lines = "auto" if path.name.lower().endswith((".json", ".json.gz")) else "newline_delimited"
    known = "sample_size=-1"
    if types:
        each = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
        known = f"columns={{{each}}}"
    fields = f"field_appearance_threshold=0, map_inference_threshold={FIELDS_MOST}"
    return f"read_json({at}, format='{lines}', {known}, {fields}, hive_partitioning=false)"


def with_keys(table: str, names: Sequence[str], keys: tuple[tuple[str, str], ...]) -> str:
    """The table with the columns that its folders name, where it has none of that name itself."""
    added = {name: value for name, value in keys if name not in names}
    if not added:
        return table
    given = ", ".join(f"{literal(value)} AS {quoted(name)}" for name, value in added.items())
    return f"(SELECT *, {given} FROM {table})"
