"""Pieces of evidence as people name them: by a digest, or any start of it that means one piece."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from tocsin.desk import Writer
from tocsin.desk.evidence import custody
from tocsin.desk.reading import Seen, everyday
from tocsin.facts import Refused

_START = re.compile(r"[0-9a-f]{1,64}")


def piece_named(desk: Writer, typed: str, *, in_vault: bool = False, seen: Seen = everyday) -> str:
    """The whole digest of the piece that was meant.

    Args:
        in_vault: whether it must still be in the vault's custody.
        seen: the labels of a log's entries that whoever names it may read; what others alone may
            see is not there for them.

    Raises:
        Refused: not a digest, of no piece, or the start of several.
    """
    wanted = typed.lower()
    if not _START.fullmatch(wanted):
        raise Refused(
            f"{typed[:70]!r} is no digest of evidence: 64 hexadecimal digits, or the first of "
            "them; see: tocsin incident evidence list INCIDENT"
        )
    pieces = custody.custody_seen(desk, seen).pieces
    known = [one for one, piece in pieces.items() if one.startswith(wanted)]
    if len(known) != 1:
        found = f"{len(known)} pieces begin so" if known else "no piece begins so"
        raise Refused(
            f"evidence {typed!r}: {found}; see: tocsin incident evidence list INCIDENT, or take "
            "it in first: tocsin incident evidence add INCIDENT FILE"
        )
    if in_vault and not pieces[known[0]].in_vault:
        raise Refused(f"evidence {known[0][:12]} is not in the vault any more; name another piece")
    return known[0]


def plain_file(path: Path) -> BinaryIO:
    """The file, opened for reading.

    Raises:
        Refused: it cannot be read, or is no plain file: a pipe or a device has no end of its own.
    """
    try:
        # Not blocking: a pipe without a writer must not hold the command for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as bad:
        raise Refused(f"{path}: {bad.strerror}; name a file that can be read") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Refused(f"{path} is no plain file; copy what it holds into one, and add that")
    return os.fdopen(handle, "rb")


class Counted:
    """A file that tells how much of it was read."""

    def __init__(self, source: BinaryIO, step: Callable[[int, int | None], None]) -> None:
        self._source, self._step, self._read = source, step, 0
        self._size = os.fstat(source.fileno()).st_size

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        chunk = self._source.read(size)
        self._read += len(chunk)
        if chunk:
            self._step(self._read, max(self._size, self._read))
        return chunk

    @property
    def stream(self) -> BinaryIO:
        """This, for those who only read."""
        return cast(BinaryIO, self)
