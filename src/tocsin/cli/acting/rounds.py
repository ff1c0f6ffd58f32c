"""The watchman's rounds beside the work: evidence is read again, and witnesses are asked."""

from __future__ import annotations

import threading
from datetime import timedelta

from tocsin.cli.frame.screen import Screen
from tocsin.cli.record.witnessing import cosigned, record_cosigned
from tocsin.desk.evidence import custody
from tocsin.desk.evidence.held_outside import look_at_held
from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.facts.custody import Fixity
from tocsin.facts.holds import Kept
from tocsin.wiring import Opened
from tocsin.wiring.analysis import held_in_registries


class Rounds:
    """Walks through an open home, and tells what it finds.

    Args:
        evidence_every: a piece of evidence is read again when this has passed since it was read.
    """

    def __init__(self, opened: Opened, screen: Screen, evidence_every: timedelta) -> None:
        self._opened, self._screen, self._evidence_every = opened, screen, evidence_every
        self.broken: BrokenLog | None = None
        """Why the walk stopped by itself; None while nothing did not fit."""

    def walk(self, stop: threading.Event, every: timedelta) -> None:
        """Go round at once and then every so often, until `stop` is set."""
        while True:
            try:
                self.once()
            except BrokenLog as broken:
                self._screen.say(f"STOP: {broken}")
                self.broken = broken
                stop.set()
            if stop.wait(every.total_seconds()):
                return

    def once(self) -> bool:
        """One round; whether it found all in order. What cannot be done now is told.

        Raises:
            BrokenLog: the record, or a witness's memory of it, does not fit: stop.
        """
        try:
            in_order = self._evidence_is_intact() & self._held_is_there()
            self._opened.store.integrate()
            record_cosigned(self._opened, cosigned(self._opened, self._screen))
        except (Unreachable, Refused) as bad:
            self._screen.say(f"rounds: {bad}")
            return False
        return in_order

    def _evidence_is_intact(self) -> bool:
        in_order = True
        for digest, found in custody.recheck(self._opened.desk, self._evidence_every):
            if found is Fixity.INTACT:
                continue
            in_order = False
            if isinstance(found, Fixity):
                self._screen.say(f"ALARM: evidence {digest[:12]} is {found.value}; tell counsel")
            else:
                self._screen.say(f"rounds: evidence {digest[:12]} could not be read: {found}")
        return in_order

    def _held_is_there(self) -> bool:
        in_order = True
        ask = held_in_registries(self._opened)
        for looked in look_at_held(self._opened.desk, self._evidence_every, ask):
            if looked.kept is Kept.KEPT:
                continue
            in_order = False
            what = f"{looked.target} in {looked.place}, under hold {looked.hold}"
            if looked.kept is Kept.BROKEN:
                self._screen.say(f"ALARM: {what}: {looked.seen}; tell counsel")
            else:
                self._screen.say(f"rounds: {what} could not be looked at: {looked.seen}")
        return in_order
