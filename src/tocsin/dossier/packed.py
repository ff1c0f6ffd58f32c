"""Files in one ZIP archive, stored: the same files give the same bytes everywhere. Pure.

Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

_VERSION, _UTF8, _STORED = 20, 0x0800, 0
_TIME, _DATE = 0, 0x0021  # midnight of 1 January 1980: the archive tells no time
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The archive of these files, in this order."""
    local, central = bytearray(), bytearray()
    for name, data in files.items():
        place, spelt = len(local), name.encode()
        said = struct.pack(
            "<HHHHHLLLHH", _VERSION, _UTF8, _STORED, _TIME, _DATE, zlib.crc32(data), len(data),
            len(data), len(spelt), 0,
        )  # fmt: skip
        local += _LOCAL + said + spelt + data
        central += _CENTRAL + struct.pack("<H", _VERSION) + said
        central += struct.pack("<HHHLL", 0, 0, 0, 0, place) + spelt
    end = struct.pack(
        "<HHHHLLH", 0, 0, len(files), len(files), len(central), len(local), 0
    )  # fmt: skip
    return bytes(local + central + _END + end)
