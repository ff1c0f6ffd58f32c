"""Space kept back on the record's disk, so that the record can still be written when it is full."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

BYTES = 4 * 1024 * 1024
FREE_BYTES_WANTED = 16 * BYTES


class Reserve:
    """A file that is deleted when the disk is full, and made again when there is space.

    Args:
        free: gives how many bytes are free where the file lies.
    """

    def __init__(
        self,
        path: Path,
        warn: Callable[[str], None],
        *,
        size: int = BYTES,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        self._path, self._warn, self._size = path, warn, size
        self._free = free or (lambda folder: shutil.disk_usage(folder).free)
        self._released = False
        self._refused = False

    def keep(self) -> None:
        """Make the file if it is not there and space is plenty. Never fails: it warns, once."""
        if self._refused or self._path.exists():
            return
        try:
            if self._free(self._path.parent) < FREE_BYTES_WANTED:
                return
            self._write()
        except OSError as bad:
            self._refused = True
            self._warn(f"no reserve of disk space can be kept at {self._path}: {bad.strerror}")
            return
        if self._released:
            self._released = False
            self._warn("there is disk space again; the reserve for the record is back")

    def release(self) -> bool:
        """Give the space back to the disk. False when there was none to give."""
        try:
            self._path.unlink()
        except OSError:
            return False
        self._released = True
        self._warn(
            "the disk is full; the record is now written from its reserve of "
            f"{self._size // 1024} KiB. Free some space soon"
        )
        return True

    def tend(self) -> None:
        """Bring the reserve back once it has been used and there is space again."""
        if self._released:
            self.keep()

    def _write(self) -> None:
        part = self._path.with_name(self._path.name + ".part")
        with part.open("wb") as file:
            for _ in range(0, self._size, 65536):
                file.write(b"\0" * min(65536, self._size))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
