"""What the logs of all incidents hold of one kind, read again only where one has grown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from tocsin.facts.entry import INCIDENT_PREFIX

if TYPE_CHECKING:
    from tocsin.desk.loaded.known import Knowledge, Known
    from tocsin.world import Journal

Thing = TypeVar("Thing")


class Gleaned(Generic[Thing]):
    """All that `found_in` finds in the incidents' logs, whoever wrote there. Threads may share it.

    Asking costs one look at the record, and a reading of what others wrote since the last time.

    Args:
        found_in: what one log holds. It looks at the runs and the systems, not at the entries: what
            this process wrote itself is not read.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        journal: Journal,
        found_in: Callable[[Known], Iterable[Thing]],
    ) -> None:
        self._knowledge, self._journal, self._found_in = knowledge, journal, found_in
        self._lock = threading.Lock()
        self._mark = 0
        self._heads: dict[str, int] = {}  # of the logs that have grown, and were not read since
        self._read: dict[str, int] = {}
        self._found: dict[str, tuple[Thing, ...]] = {}

    def now(self, here: Known | None = None) -> list[Thing]:
        """What they hold at this moment.

        Args:
            here: the log that is being decided about, with all that is supposed of it. It stands
                for its log, which is not read.
        """
        with self._lock:
            self._look()
            self._read_on(None if here is None else here.log)
            return self._all(here)

    def as_last_seen(self, here: Known | None = None) -> list[Thing]:
        """As `now`, but of the other logs what was known when it was last asked: costs nothing."""
        with self._lock:
            return self._all(here)

    def _all(self, here: Known | None) -> list[Thing]:
        own = None if here is None else here.log
        others = [one for log, found in self._found.items() if log != own for one in found]
        return others if here is None else [*self._found_in(here), *others]

    def _look(self) -> None:
        mark, heads = self._journal.grown(self._mark, INCIDENT_PREFIX)
        self._heads.update(heads)
        self._mark = mark

    def _read_on(self, own: str | None) -> None:
        for log in [log for log in self._heads if log != own]:
            if self._read.get(log, 0) < self._heads[log]:
                self._take(log, self._heads[log])
            del self._heads[log]

    def _take(self, log: str, head: int) -> None:
        known = self._knowledge.load_up_to(log, head)
        try:
            found = tuple(self._found_in(known))
            self._read[log] = known.last_seq
        finally:
            self._knowledge.keep(known)
        if found:
            self._found[log] = found
        else:
            self._found.pop(log, None)
