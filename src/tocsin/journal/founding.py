"""Tells a record whose making was broken off from one that was cut short.

Both are a file that is all but empty. A mark stands beside the file from before its first byte
until its tables are on disk, and nothing is acknowledged before that: with the mark the file may be
made anew, without it never.
"""

from __future__ import annotations

import os
from pathlib import Path

from tocsin.facts import Refused, Unreachable

PAGE_BYTES_MIN = 512
"""No database of SQLite is smaller; a smaller file would be taken for a new, empty one."""


class Founding:
    """The making of the record in one file. Several processes may be at it at once."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._mark = record.with_name(record.name + ".new")
        self._allowed = False

    def begun(self, *, create: bool) -> bool:
        """Whether the file is still to be made; its mark stands before that.

        Raises:
            Refused: there is no record, or an unfinished one, and none is to be made.
            Unreachable: the file was cut short, or cannot be looked at.
        """
        try:
            size = self._size()
            if size is None:
                self._check_folder(create)
                self._mark.touch()
                sync_folder(self._record.parent)
                self._allowed = True
                return True
            marked = self._mark.exists()
            self._allowed = create and marked
            # Whoever makes it takes the mark away last, so an old size means nothing by now.
            if size < PAGE_BYTES_MIN and not marked and (self._size() or 0) < PAGE_BYTES_MIN:
                raise self._cut_short()
        except OSError as bad:
            raise Unreachable(f"{self._record} cannot be used: {bad.strerror}") from bad
        return False

    def check_may_found(self) -> None:
        """Nothing, if a database without tables here was never more than that.

        Raises:
            Refused: its making was broken off, and it is not to be made now.
            Unreachable: it held a record once.
        """
        if self._allowed:
            return
        raise self._not_made() if self._mark.exists() else self._cut_short()

    def ended(self) -> None:
        """The tables are on disk."""
        try:
            self._mark.unlink(missing_ok=True)
        except OSError as bad:
            if self._allowed:
                raise Unreachable(f"{self._mark} cannot be deleted: {bad.strerror}") from bad

    def _check_folder(self, create: bool) -> None:
        if not create:
            raise self._not_made()
        if not self._record.parent.is_dir():
            folder = self._record.parent
            raise Unreachable(f"{folder} is not a folder that can be read; create it first")

    def _size(self) -> int | None:
        return self._record.stat().st_size if self._record.exists() else None

    def _not_made(self) -> Refused:
        return Refused(f"there is no record at {self._record}; make one with `tocsin init`")

    def _cut_short(self) -> Unreachable:
        return Unreachable(
            f"the record {self._record} is all but empty: it was cut short. Put a copy back; only "
            "if nothing was ever recorded here, delete the file and start again"
        )


def sync_folder(folder: Path) -> None:
    """Names made and deleted in the folder are on disk.

    A rollback journal deleted on the way to write-ahead logging could otherwise come back after a
    power cut, and undo everything.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # such a folder cannot be opened here (Windows), or only read: nothing was made
    try:
        os.fsync(handle)
    except OSError as bad:
        raise Unreachable(f"{folder} could not be synced to disk: {bad.strerror}") from bad
    finally:
        os.close(handle)
