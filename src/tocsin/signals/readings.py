"""What bodies were read as, for when the same comes again: bounded in number and in bytes."""

from __future__ import annotations

from collections import OrderedDict

from tocsin.signals.model import Reading

COUNT_MAX = 4096
BYTES_MAX = 8 * 1024 * 1024
"""Of bodies; what they are read as takes several times as much."""

_Key = tuple[object, ...]


class Readings:
    """The newest readings; one that alone would fill half the room is not kept."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max, self._bytes = bytes_max, 0
        self._kept: OrderedDict[_Key, tuple[Reading, int]] = OrderedDict()

    def get(self, key: _Key) -> Reading | None:
        """What was kept under this key, if it still is."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: _Key, reading: Reading, size: int) -> None:
        """Keep what a body of so many bytes was read as; the oldest give way."""
        if size * 2 > self._bytes_max or key in self._kept:
            return
        self._kept[key] = (reading, size)
        self._bytes += size
        while len(self._kept) > COUNT_MAX or self._bytes > self._bytes_max:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone
