"""Files that people name: only plain ones are read, and nothing that is there is written over.

A device or a pipe may never end, and may not be a file at all; it is refused without a wait.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tocsin.facts import Refused, Unreachable
from tocsin.register.strict_yaml import FILE_BYTES_MAX


def plain_bytes(path: Path, what: str = "a plan's file", most: int = FILE_BYTES_MAX) -> bytes:
    """What a plain file holds; of one that is too large only one byte more than `most`.

    Raises:
        Refused: it cannot be read, or is a device, a pipe or a folder.
    """
    try:
        # Without O_NONBLOCK the opening of a pipe waits until somebody writes into it.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Refused(f"{path}: not a plain file; name {what}")
            return file.read(most + 1)
    except OSError as bad:
        raise Refused(f"{path}: {bad.strerror}; name {what}") from None


def whole_bytes(path: Path, what: str, most: int = FILE_BYTES_MAX) -> bytes:
    """As `plain_bytes`, of a file that must not be larger than `most`.

    Raises:
        Refused: as there; or it is larger.
    """
    data = plain_bytes(path, what, most)
    if len(data) > most:
        raise Refused(f"{path}: more than {most:,} bytes; name {what}")
    return data


def written_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, whole or not at all; nothing is ever written over.

    Raises:
        Refused: something is there already, be it a link that leads nowhere.
        Unreachable: it cannot be written there.
    """
    require_free(path)
    try:
        file = path.open("xb")
    except FileExistsError:
        raise _taken(path) from None
    except OSError as bad:
        raise _unwritten(path, bad) from None
    try:
        with file:
            file.write(data)
    except OSError as bad:
        path.unlink(missing_ok=True)  # half a plan would be taken for a whole one
        raise _unwritten(path, bad) from None


def require_free(path: Path) -> None:
    """Nothing is there yet; said before people are asked, or work is done.

    Raises:
        Refused: something is there.
    """
    if os.path.lexists(path):
        raise _taken(path)


def _taken(path: Path) -> Refused:
    return Refused(f"{path} is there already; name another file, or remove it")


def _unwritten(path: Path, bad: OSError) -> Unreachable:
    return Unreachable(f"{path}: {bad.strerror}; name another file")
