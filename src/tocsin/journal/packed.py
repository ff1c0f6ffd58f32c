"""The record inside an evidence package, as far as a witness needs it: its checkpoint and growth.

Nothing is verified here; whoever checks the package has done so, and the witness checks the proof.
"""

from __future__ import annotations

from pathlib import Path

from tocsin.facts import Refused
from tocsin.journal import note
from tocsin.journal.verify import CHECKPOINT, GROWTH


class GrowthUnproven(Exception):
    """The package holds no proof that the record grew from this size to its own.

    Args:
        old: the size from which growth was to be shown; `size` is the package's.
    """

    def __init__(self, old: int, size: int) -> None:
        super().__init__(f"no proof of growth from {old} entries to {size}")
        self.old, self.size = old, size


class Packed:
    """What a package can show a witness.

    Args:
        path: of a package that was found consistent.
        root: the root of its checkpoint, in hex, as it was found then.

    Raises:
        Refused: the package is not the one any more that was checked.
    """

    def __init__(self, path: Path, root: str) -> None:
        self._path = path
        self._signed = (path / CHECKPOINT).read_bytes()
        self.head = note.parse_checkpoint(self._signed)
        if self.head.root.hex() != root:
            raise Refused(f"{path} changed while it was being checked; check it again")

    def checkpoint(self) -> bytes | None:
        """The signed checkpoint, with the cosignatures that came with it."""
        return self._signed

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof of growth that the package holds.

        Raises:
            GrowthUnproven: it holds none from this size.
        """
        if old in (0, new):
            return []
        try:
            lines = (self._path / f"{GROWTH}{old}").read_text("ascii").splitlines()
            return [note.parse_hash(line) for line in lines]
        except (FileNotFoundError, ValueError):
            raise GrowthUnproven(old, new) from None
