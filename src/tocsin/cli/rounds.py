"""The watchman's rounds beside the work: evidence is read again, and witnesses are asked."""

from __future__ import annotations

import threading
from datetime import timedelta

from tocsin.cli.screen import Screen
from tocsin.cli.witnessing import cosigned, record_cosigned
from tocsin.desk import custody
from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.facts.custody import Fixity
from tocsin.wiring import Opened

EVIDENCE_EVERY = timedelta(hours=24)


class Rounds:
    """Walks through an open home at once and then every so often, until told to stop."""

    def __init__(self, opened: Opened, screen: Screen, every: timedelta) -> None:
        self._opened, self._screen, self._every = opened, screen, every

    def walk(self, stop: threading.Event) -> None:
        """Go round until `stop` is set. What cannot be done now is told and tried next time."""
        while True:
            try:
                self.once()
            except (Unreachable, Refused) as bad:
                self._screen.say(f"rounds: {bad}")
            except BrokenLog as broken:
                self._screen.say(f"STOP: {broken}")
                stop.set()
            if stop.wait(self._every.total_seconds()):
                return

    def once(self) -> None:
        """One round."""
        for digest, fixity in custody.recheck(self._opened.desk, EVIDENCE_EVERY):
            if fixity is not Fixity.INTACT:
                self._screen.say(f"ALARM: evidence {digest[:12]} is {fixity.value}; tell counsel")
        self._opened.store.integrate()
        record_cosigned(self._opened, cosigned(self._opened, self._screen))
