"""Types that are read from outside are learned while one thread alone knows them.

How to read a struct is worked out when it is first read. Two threads that do so at once can end the
process: the second finds what the first has only begun. So it is done where the struct is written
down, which Python does once, whoever imports it.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

Known = TypeVar("Known")


def learned(kind: type[Known]) -> type[Known]:
    """The same type, and all that it holds, ready to be read by any number of threads."""
    msgspec.json.Decoder(kind)
    return kind
