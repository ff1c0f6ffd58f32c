"""Evidence in a local folder: stored whole and durably or not at all, and never served altered.

A piece lies under its SHA-256 as `ab/abcd...`, read-only. Writing goes to `incoming/` on the same
file system, then to disk, then to its name in one step; a crash leaves only files in `incoming/`,
which `sweep` removes. Whoever reads gets `Tampered` in the place of the end when a byte differs.

Not modelled: what a disk keeps of deleted blocks. `delete` takes the name away and frees the bytes;
snapshots, backups and worn flash cells are beyond it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import io
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from tocsin.facts import Refused, Tampered, Unreachable
from tocsin.facts.custody import Fixity
from tocsin.world import Stored

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined,unused-ignore]

CHUNK_BYTES = 1024 * 1024
_INCOMING = "incoming"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHELF = re.compile(r"[0-9a-f]{2}")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_SHELF_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_REMEDY = {
    errno.ENOSPC: "the disk is full; free some space and store it again",
    errno.EDQUOT: "the account's share of the disk is used up; free some space and store it again",
    errno.EFBIG: "the file is larger than this account may write; raise its limit",
    errno.EROFS: "the disk is read-only; mount it for writing",
    errno.EACCES: "this account may not; give it the vault's folder",
    errno.EPERM: "this account may not; give it the vault's folder",
}


class FolderVault:
    """The whole of `world.Vault` on a folder. Threads and processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / _INCOMING
        with _spoken("open the vault", root):
            for folder in (root, self._incoming):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder.is_symlink():
                    raise Refused(f"{folder} is a link; the vault must be a folder of its own")
                _sync_folder(folder.parent)

    def put(self, source: BinaryIO) -> Stored:
        """Store all of `source`; storing the same bytes again changes nothing.

        Raises:
            Unreachable: disk full, read-only, or forbidden; not known to be stored: put it again.
            Tampered: this digest is there already, with other bytes; keep both and look.
        """
        with _spoken("store evidence", self._root):
            path, file = self._begin()
        try:
            digest, size = self._fill(file, source)
            with _spoken("store evidence", self._root):
                os.fchmod(file, 0o400)
                os.fsync(file)
                self._shelve(path, digest)
        finally:
            _take_away(path, file)
            os.close(file)
        return Stored(digest=digest, size=size)

    def open(self, digest: str) -> BinaryIO:
        """The evidence, to be read once from its beginning.

        At the end the bytes are known: reading on gives `Tampered` when they were not the ones.
        """
        return _reader(self._opened(digest), digest)

    def open_checked(self, digest: str) -> BinaryIO:
        """As `open`, but read through beforehand: no altered piece gives even its first byte."""
        file = self._opened(digest)
        try:
            with _spoken("read evidence", self._root):
                intact = _digest_of(file) == digest
                os.lseek(file, 0, os.SEEK_SET)
            if not intact:
                raise Tampered(_altered(digest))
        except (Tampered, Unreachable):
            os.close(file)
            raise
        return _reader(file, digest)

    def check(self, digest: str, read: Callable[[int], None] | None = None) -> Fixity:
        """Read the evidence again and compare it with its digest.

        Args:
            read: told of each chunk how many bytes it has, as it is read.
        """
        try:
            file = self._opened(digest)
        except Tampered:
            return Fixity.ALTERED
        except Refused:
            _require_digest(digest)
            return Fixity.ABSENT
        try:
            with _spoken("read evidence", self._root):
                same = _digest_of(file, read) == digest
                return Fixity.INTACT if same else Fixity.ALTERED
        finally:
            os.close(file)

    def digests(self) -> Iterator[str]:
        """The digest of every piece of evidence, sorted; whatever else lies there is passed by."""
        with _spoken("list the vault", self._root):
            shelves = sorted(name for name in os.listdir(self._root) if _SHELF.fullmatch(name))
        for shelf in shelves:
            with _spoken("list the vault", self._root):
                names = sorted(os.listdir(self._root / shelf))
            yield from (n for n in names if _DIGEST.fullmatch(n) and n.startswith(shelf))

    def delete(self, digest: str, *, held_by: Sequence[str]) -> None:
        """Destroy the evidence; refused while any hold stands.

        Args:
            held_by: the holds on it, as the record tells them (`incident.custody`).
        """
        _require_digest(digest)
        if held_by:
            raise Refused(
                f"evidence {digest[:12]} is on hold ({', '.join(held_by)}); release the hold first"
            )
        with _spoken("delete evidence", self._root), self._shelf(digest) as shelf:
            try:
                os.unlink(digest, dir_fd=shelf)
            except FileNotFoundError:
                raise Refused(_absent(digest)) from None
            os.fsync(shelf)

    def sweep(self) -> int:
        """How many leavings of crashed writers were removed; a live writer is spared."""
        removed = 0
        with _spoken("sweep the vault", self._root):
            for path in sorted(self._incoming.iterdir()):
                removed += _swept(path)
        return removed

    def _begin(self) -> tuple[Path, int]:
        number = 0
        while True:
            path = self._incoming / f"{os.getpid()}-{number}"
            number += 1
            try:
                file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileExistsError:
                continue
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_nlink:  # a sweep between creation and lock took the name away
                return path, file
            os.close(file)

    def _fill(self, file: int, source: BinaryIO) -> tuple[str, int]:
        found, size = hashlib.sha256(), 0
        while chunk := source.read(CHUNK_BYTES):
            found.update(chunk)
            size += len(chunk)
            with _spoken("store evidence", self._root):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[os.write(file, rest) :]
        return found.hexdigest(), size

    def _shelve(self, path: Path, digest: str) -> None:
        folder = self._root / digest[:2]
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        _sync_folder(self._root)  # also when another made the folder and has not come to this yet
        with self._shelf(digest) as shelf:
            fixity = self.check(digest)
            if fixity is Fixity.ALTERED:
                raise Tampered(_altered(digest))
            if fixity is Fixity.ABSENT:
                os.rename(path, digest, dst_dir_fd=shelf)
            os.fsync(shelf)

    @contextlib.contextmanager
    def _shelf(self, digest: str) -> Iterator[int]:
        try:
            shelf = os.open(self._root / digest[:2], _SHELF_FLAGS)
        except FileNotFoundError:
            raise Refused(_absent(digest)) from None
        except OSError as bad:
            if bad.errno in (errno.ELOOP, errno.ENOTDIR):
                raise Tampered(f"{self._root / digest[:2]} is not a folder of the vault") from None
            raise
        try:
            yield shelf
        finally:
            os.close(shelf)

    def _opened(self, digest: str) -> int:
        _require_digest(digest)
        with _spoken("read evidence", self._root), self._shelf(digest) as shelf:
            try:
                file = os.open(digest, _READ | os.O_NONBLOCK, dir_fd=shelf)
            except FileNotFoundError:
                raise Refused(_absent(digest)) from None
            except OSError as bad:
                if bad.errno == errno.ELOOP:
                    raise Tampered(f"evidence {digest[:12]} was replaced by a link") from None
                raise
            if not stat.S_ISREG(os.fstat(file).st_mode):
                os.close(file)
                raise Tampered(f"evidence {digest[:12]} was replaced by something not a file")
            return file


class _CheckedBytes(io.RawIOBase):
    """The bytes of a file, once through; in the place of a wrong end stands `Tampered`."""

    def __init__(self, file: int, digest: str) -> None:
        self._file, self._digest, self._found = file, digest, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, into: Buffer) -> int:
        view = memoryview(into).cast("B")
        with _spoken("read evidence", Path(self._digest[:12])):
            chunk = os.read(self._file, len(view))
        if not chunk and len(view) and self._found.hexdigest() != self._digest:
            raise Tampered(_altered(self._digest))
        self._found.update(chunk)
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            os.close(self._file)
        super().close()


def _reader(file: int, digest: str) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_CheckedBytes(file, digest), CHUNK_BYTES))


def _take_away(path: Path, file: int) -> None:
    """The file is at this name no more. Once it was moved, the name may be another writer's."""
    with contextlib.suppress(OSError):
        if os.path.samestat(os.fstat(file), path.lstat()):
            path.unlink()


def _swept(path: Path) -> bool:
    try:
        file = os.open(path, _READ)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(file), path.lstat()):
            return False  # its writer finished meanwhile, and the name is another's
        path.unlink()
    except (BlockingIOError, FileNotFoundError):
        return False  # its writer lives, or has just finished
    finally:
        os.close(file)
    return True


def _digest_of(file: int, read: Callable[[int], None] | None = None) -> str:
    found = hashlib.sha256()
    while chunk := os.read(file, CHUNK_BYTES):
        found.update(chunk)
        if read is not None:
            read(len(chunk))
    return found.hexdigest()


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _spoken(what: str, where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as bad:
        said = _REMEDY.get(bad.errno or 0, os.strerror(bad.errno or errno.EIO))
        raise Unreachable(f"cannot {what} ({where}): {said}") from bad


def _require_digest(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise Refused(
            f"{digest[:80]!r} is not a digest; evidence is named by "
            "64 lower-case hexadecimal digits"
        )


def _absent(digest: str) -> str:
    return f"no evidence {digest[:12]} in the vault; list what is there"


def _altered(digest: str) -> str:
    return (
        f"evidence {digest[:12]} is not what was stored: its bytes no longer match its digest. "
        "Keep it as it is, and bring the piece back from a copy"
    )
