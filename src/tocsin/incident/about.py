"""Which systems an incident is about: those it was opened about, and those that came since.

None ever leaves it. Those it was opened about come first, as they were named; the others follow by
name, so that the order in which they came makes no difference to anybody who reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tocsin.facts import Entry
from tocsin.facts.incidents import Opened, Widened


class About(msgspec.Struct):
    """What one log says of that. Grows with the fold.

    Args:
        opened: None while nothing opened it, as far as can be read.
        widened: what came since, with the entries that say so.
        systems: all of them.
    """

    opened: tuple[str, ...] | None = None
    widened: list[tuple[int, tuple[str, ...]]] = []
    systems: tuple[str, ...] = ()

    def take(self, entry: Entry) -> None:
        """Take one more entry; a second opening changes nothing."""
        match entry.fact:
            case Opened(systems=named):
                self.opened = named if self.opened is None else self.opened
            case Widened(systems=more):
                self.widened.append((entry.seq, more))
            case _:
                return
        self.systems = about(self.opened or (), (more for _, more in self.widened))

    def at(self, seq: int) -> tuple[str, ...]:
        """Those it was about after this entry of its log."""
        return about(self.opened or (), (more for place, more in self.widened if place <= seq))


def about(opened: Sequence[str], widened: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """All of them, each once."""
    more = {name for some in widened for name in some}
    return (*dict.fromkeys(opened), *sorted(more.difference(opened)))
