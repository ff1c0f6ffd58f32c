"""Writes BagIt 1.0 packages that appear whole or not at all, with every file listed and sealed.

Source: RFC 8493. Stricter than it: lists are sorted, names are plain ASCII, nothing is unlisted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.facts import Refused, Unreachable
from tocsin.journal.verify_bag import DECLARATION, MANIFEST, SEAL, TAG_MANIFEST


class OpenBag:
    """A package that is being written. Every file is on disk before its digest is listed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._payload: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._payload_bytes = 0

    def add(self, path: str, data: bytes | Iterable[bytes]) -> str:
        """Write a file and list it; what lies under `data/` is payload. Gives its SHA-256."""
        listed = self._payload if path.startswith("data/") else self._tags
        if path in listed:
            raise ValueError(f"{path} is in the package already")
        digest, size = self._write(path, [data] if isinstance(data, bytes) else data)
        listed[path] = digest
        self._payload_bytes += size if listed is self._payload else 0
        return digest

    def close_payload(self, info: dict[str, str]) -> bytes:
        """List the payload and describe the package; gives the list, over which time is stamped.

        Args:
            info: lines of bag-info.txt, plain ASCII.
        """
        manifest = _listing(self._payload)
        self.add(MANIFEST, manifest)
        self.add("bagit.txt", DECLARATION)
        oxum = f"{self._payload_bytes}.{len(self._payload)}"
        lines = sorted({**info, "Payload-Oxum": oxum}.items())
        self.add("bag-info.txt", "".join(f"{k}: {v}\n" for k, v in lines).encode("ascii"))
        return manifest

    def seal(self, sign: Callable[[bytes], str]) -> str:
        """List all other files and sign that list. Gives its SHA-256; nothing is added after."""
        tag_manifest = _listing(self._tags)
        digest, _ = self._write(TAG_MANIFEST, [tag_manifest])
        self._write(SEAL, [sign(tag_manifest).encode("ascii")])
        return digest

    def _write(self, path: str, chunks: Iterable[bytes]) -> tuple[str, int]:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with target.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest(), size


@contextmanager
def new_bag(to: Path) -> Iterator[OpenBag]:
    """A package that stands at `to` when the block ends well, and leaves no trace when it fails.

    Raises:
        Refused: there is something at `to`, or a half-written package beside it.
        Unreachable: the disk is full, read-only or gone.
    """
    to = Path(os.path.abspath(to))
    partial = to.with_name(f".{to.name}.partial")
    if os.path.lexists(to):
        raise Refused(f"{to} exists already; name a directory that does not")
    if not to.parent.is_dir():
        raise Refused(f"{to.parent} is not a directory; make it first")
    lock, ours = _begun(partial, to)
    done = False
    try:
        yield OpenBag(partial)
        _sync_tree(partial)
        partial.chmod(0o755)
        if os.path.lexists(to):
            raise Refused(f"{to} appeared while the package was written; nothing was replaced")
        partial.rename(to)
        _sync(to.parent)
        done = True
    except OSError as bad:
        raise Unreachable(f"cannot write the evidence package {to}: {bad.strerror}") from bad
    finally:
        if not done:  # a renaming that failed may have taken place all the same
            for place in (partial, to):
                if _is_there(place, ours):
                    shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def _begun(partial: Path, to: Path) -> tuple[int, os.stat_result]:
    """The folder that is being written, locked for as long as the handle is open."""
    try:
        if os.path.lexists(partial):
            _clear_killed(partial)
        partial.mkdir(mode=0o700)
        lock = _locked(partial)
    except FileExistsError:
        raise _written_elsewhere(partial) from None
    except OSError as bad:
        raise Unreachable(f"cannot write beside {to}: {bad.strerror}") from None
    if lock is None:
        raise _written_elsewhere(partial)
    return lock, os.fstat(lock)


def _clear_killed(partial: Path) -> None:
    """Remove what an export left behind that was killed. Raises Refused while one is at work."""
    lock = _locked(partial)
    if lock is None:
        raise _written_elsewhere(partial)
    try:
        shutil.rmtree(partial)
    finally:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """A handle that locks this folder until it is closed, or its process ends; None if taken."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _written_elsewhere(partial: Path) -> Refused:
    return Refused(f"{partial} is being written by another export; wait for it, or name another")


def _is_there(place: Path, folder: os.stat_result) -> bool:
    """Whether this very folder stands at this place, and nobody else's."""
    try:
        return os.path.samestat(place.lstat(), folder)
    except OSError:
        return False


def _listing(digests: dict[str, str]) -> bytes:
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode("ascii")


def _sync_tree(root: Path) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        _sync(Path(folder))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
