"""A home as one file: the record at one moment, the evidence it names, and all that was declared.

The file is a plain tar that other tools read: `manifest-sha256.txt` in it is what `sha256sum -c`
wants. It is written beside its name and takes it when it was read again and is whole. The record is
copied first, so that every piece of evidence that it names is among those that come after it.

Not modelled: what is deleted from the vault while the copy is being made.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from tocsin import __version__
from tocsin.facts import Refused, Unreachable
from tocsin.facts.learned import learned
from tocsin.journal.copying import Tip, copied, copy_file, outside
from tocsin.journal.migrate import tables_step
from tocsin.journal.opening import database_at
from tocsin.journal.sqlite import FILE
from tocsin.wiring.live import open_home
from tocsin.wiring.places import Warn, origin_of, unusable
from tocsin.wiring.whereabouts import MARK, database_url
from tocsin.world import Clock

TOLD, MANIFEST = "backup.json", "manifest-sha256.txt"
FORMAT = 1
KEYS = "keys"
LEFT_OUT = {"alive", "reserve", MARK, "service", f"{FILE}.new", f"{FILE}-wal", f"{FILE}-shm"}
"""What a home makes anew by itself, or what belongs to the machine."""

CHUNK_BYTES = 1024 * 1024
DATABASE_HEAD = b"SQLite format 3\0"
Progress = Callable[[int, int | None], None]


@learned
class BackedUp(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, as it says itself.

    Args:
        tables: the step of the record's tables; an older version reads no newer one.
        size, root: entries under the last checkpoint, and the root over them in hexadecimal.
        keys: whether the key that signs the record is in it.
        engine: "sqlite" or "postgresql": where the record lay. In the file it is SQLite always.
    """

    format: int
    version: str
    tables: str
    made_at: datetime
    origin: str
    size: int
    root: str
    keys: bool
    engine: str


def back_up(
    home: Path,
    to: Path,
    *,
    keys: bool,
    clock: Clock,
    warn: Warn,
    progress: Progress,
    older: bool = False,
) -> tuple[Path, BackedUp]:
    """Write the backup of a home, and read it again; its path and what it holds.

    Args:
        to: the file; or a folder, in which it gets a name of its own.
        older: also where the record is of an older version, as before an upgrade.

    Raises:
        Refused: no home, or the file is there already.
        Unreachable: something cannot be read or written; nothing was left behind.
    """
    origin, now = origin_of(home), clock.now()
    target = to / name_of(origin, now) if to.is_dir() else to
    if target.resolve().is_relative_to(home.resolve()):
        raise Refused(f"{target} lies in the home that it saves; give a place outside of {home}")
    if target.exists():
        raise Refused(f"{target} is there already; give another name, or a folder")
    part = target.with_name(target.name + ".part")
    try:
        with tempfile.TemporaryDirectory(prefix=".tocsin-", dir=target.parent) as aside:
            record = Path(aside, FILE)
            tip, tables = _record_copied(home, record, warn, older)
            told = BackedUp(
                format=FORMAT,
                version=__version__,
                tables=tables,
                made_at=now.astimezone(UTC),
                origin=origin,
                size=tip.size,
                root=tip.root,
                keys=keys,
                engine="postgresql" if database_url() else "sqlite",
            )
            _write(part, home, record, told, Path(aside), progress)
        check_whole(part)
        os.replace(part, target)
        _sync(target.parent)
    except OSError as bad:
        raise Unreachable(
            f"{bad.filename or target}: {bad.strerror or bad}; make room or correct its rights, "
            "and back up again"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return target, told


def name_of(origin: str, at: datetime) -> str:
    """The name of a backup that is made into a folder; sorted, the latest is last."""
    plain = "".join(c if c.isalnum() or c in ".-" else "-" for c in origin)
    return f"tocsin-{plain}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"


def outdated(folder: Path, origin: str, keep: int) -> list[Path]:
    """The backups of this origin in a folder beyond the `keep` latest, by their names."""
    prefix = name_of(origin, datetime(2000, 1, 1, tzinfo=UTC)).removesuffix("20000101T000000Z.tar")
    found = sorted(one for one in folder.glob("*.tar") if one.name.startswith(prefix))
    return found[: max(len(found) - keep, 0)]


def check_whole(backup: Path) -> BackedUp:
    """What a backup says of itself, when each of its files is as its manifest says.

    Raises:
        Refused: it is no backup of ours, or not whole; says which file.
        OSError: it cannot be read.
    """
    seen: dict[str, str] = {}
    told, manifest = b"", b""
    try:
        with tarfile.open(backup, "r:") as tar:
            for member in tar:
                if not member.isreg() or not is_plain(member.name) or member.name in seen:
                    raise Refused(f"{backup}: {member.name!r} has no place in a backup")
                file = tar.extractfile(member)
                assert file is not None
                if member.name == MANIFEST:
                    manifest = file.read()
                    continue
                digest, start = _digest(file)
                seen[member.name] = digest
                if member.name == TOLD:
                    told = start
    except (tarfile.TarError, EOFError) as bad:
        raise Refused(f"{backup} is no backup, or was cut short ({bad}); use another") from None
    wanted = _listed(manifest)
    for name in sorted(wanted.keys() | seen.keys()):
        if wanted.get(name) != seen.get(name):
            what = "is missing" if name not in seen else "is not as its manifest says"
            raise Refused(f"{backup}: {name} {what}; the backup was altered: use another")
    return _told(backup, told)


def is_plain(name: str) -> bool:
    """Whether a name stays within the folder in which it is unpacked."""
    parts = name.split("/")
    return bool(name) and "\\" not in name and not any(p in ("", ".", "..") for p in parts)


def _told(backup: Path, data: bytes) -> BackedUp:
    try:
        told = msgspec.json.decode(data, type=BackedUp)
    except msgspec.DecodeError as bad:
        raise Refused(f"{backup}: {TOLD}: {bad}; it is no backup of ours") from None
    if told.format > FORMAT:
        raise Refused(f"{backup} was made by Tocsin {told.version}; restore it with that version")
    return told


def _record_copied(home: Path, to: Path, warn: Warn, older: bool) -> tuple[Tip, str]:
    url = database_url()
    if url and not older:
        with open_home(home, warn=warn) as opened:
            opened.store.integrate()
            database = opened.store.database
            return copied(database, to), tables_step(database) or ""
    database = database_at(url or home, warn, create=False, home=home)
    try:
        tables = tables_step(database) or ""
        if url and outside(database):
            raise Refused(
                "entries of the record have no proof yet; run `tocsin verify` with the version "
                "that wrote them, then try again"
            )
        return copied(database, to), tables
    finally:
        database.close()


def _write(
    part: Path, home: Path, record: Path, told: BackedUp, aside: Path, progress: Progress
) -> None:
    listed: dict[str, str] = {}
    files = [(FILE, record), *_files_of(home, told.keys)]
    total, done = sum(path.stat().st_size for _, path in files), 0
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, tarfile.open(fileobj=out, mode="w:") as tar:
        about = msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"
        listed[TOLD] = _add(tar, TOLD, io.BytesIO(about), len(about), 0o600)
        for name, path in files:
            whole = _whole(path, aside)
            with whole.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                listed[name] = _add(tar, name, file, size, path.stat().st_mode & 0o700)
            done += size
            progress(done, total)
        text = "".join(f"{digest}  {name}\n" for name, digest in sorted(listed.items())).encode()
        _add(tar, MANIFEST, io.BytesIO(text), len(text), 0o600)
        tar.close()
        out.flush()
        os.fsync(out.fileno())


def _files_of(home: Path, keys: bool) -> Iterator[tuple[str, Path]]:
    """Every file of a home but the record, by the name it has in the backup; no links."""

    def cannot(bad: OSError) -> None:
        raise unusable(home, bad)

    for folder, within, names in os.walk(home, onerror=cannot):
        within.sort()
        place = Path(folder).relative_to(home)
        if place == Path("vault"):
            within[:] = [one for one in within if one != "incoming"]
        if place == Path():
            within[:] = [one for one in within if one not in LEFT_OUT]
            within[:] = [one for one in within if keys or one != KEYS]
        for name in sorted(names):
            path = Path(folder, name)
            of_database = name.endswith(("-wal", "-shm", "-journal", ".part"))
            if path.is_symlink() or not path.is_file() or of_database:
                continue
            if place == Path() and (name in LEFT_OUT or name == FILE):
                continue
            yield (place / name).as_posix(), path


def _whole(path: Path, aside: Path) -> Path:
    """The file itself; of a database that may be written to, a copy of one moment."""
    if path.suffix != ".db" or path.parent == aside:
        return path
    with path.open("rb") as file:
        if file.read(len(DATABASE_HEAD)) != DATABASE_HEAD:
            return path
    copy = aside / f"{hashlib.sha256(str(path).encode()).hexdigest()}.db"
    copy_file(path, copy)
    return copy


class _Hashing(io.RawIOBase):
    """Reads a file and knows the digest of what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.sha256 = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


def _add(tar: tarfile.TarFile, name: str, file: BinaryIO, size: int, mode: int) -> str:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, mode
    hashing = _Hashing(file)
    tar.addfile(info, cast("BinaryIO", hashing))
    return hashing.sha256.hexdigest()


def _digest(file: object) -> tuple[str, bytes]:
    """The digest of a file, and its first piece."""
    reading, sha256, first = cast("BinaryIO", file), hashlib.sha256(), b""
    while chunk := reading.read(CHUNK_BYTES):
        first = first or chunk
        sha256.update(chunk)
    return sha256.hexdigest(), first


def _listed(manifest: bytes) -> dict[str, str]:
    lines = manifest.decode("utf-8", "replace").splitlines()
    pairs = (line.partition("  ") for line in lines)
    return {name: digest for digest, _, name in pairs}


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
