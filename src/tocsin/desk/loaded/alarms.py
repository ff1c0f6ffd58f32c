"""What the logs of alarms say, read on where they have grown; what was read is not folded again."""

from __future__ import annotations

import threading

from tocsin.desk.loaded.known import Known
from tocsin.incident.alarms import Alarms, alarms_in


class AlarmsRead:
    """The alarms of each log as they were last read. Threads may share it."""

    def __init__(self) -> None:
        self._read: dict[str, Alarms] = {}
        self._lock = threading.Lock()

    def of(self, known: Known) -> Alarms:
        """What the log of alarms that is known so far says; what is only supposed is left out."""
        with self._lock:
            before = self._read.get(known.log)
            if before is not None and before.read > len(known.entries):  # others read further
                return alarms_in(known.entries)
            now = self._read[known.log] = alarms_in(known.entries, before)
            return now
