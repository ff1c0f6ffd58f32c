"""Looks whether the law or the register is another by now, and asks the law of all incidents then.

What comes into an incident is asked about by itself; only what changes for all of them at once is
looked for here. A law that cannot be read stops nothing: it is told, and looked at again.
"""

from __future__ import annotations

import logging
import threading

from tocsin.desk.law.duties import reckon_all
from tocsin.desk.record import Writer
from tocsin.facts import BrokenLog, Refused, Tampered, Unreachable
from tocsin.world import World

EVERY_SECONDS = 60.0

told = logging.getLogger("tocsin.desk")


class LawWatch:
    """One look after the other; `look` is cheap where nothing changed."""

    def __init__(self, desk: Writer) -> None:
        self._desk = desk
        self._asked: tuple[str, str | None] | None = None

    def look(self) -> int:
        """Ask the law of all incidents where it, or the register, is another than at the last look.

        Returns:
            How many incidents have an entry more by that.
        """
        read = self._desk.law.read()
        if read is None:
            return 0
        now = (read.law.digest, self._desk.knowledge.register_adopted())
        if now == self._asked:
            return 0
        moved = reckon_all(self._desk)
        self._asked = now
        return moved

    def walk(self, stop: threading.Event, every_seconds: float = EVERY_SECONDS) -> None:
        """Look now and then until `stop` is set."""
        while not stop.is_set():
            try:
                moved = self.look()
                if moved:
                    told.info("legal duties of %s incidents moved with the law or register", moved)
                for wrong in self._desk.law.warnings():
                    told.warning("%s", wrong)
            except (Refused, Unreachable, BrokenLog, Tampered) as bad:
                told.warning("the law was not asked: %s", bad)
            stop.wait(every_seconds)


def law_watch(world: World, stop: threading.Event) -> threading.Thread | None:
    """A thread that looks for as long as it is asked to; None where this world asks no law."""
    if world.law is None:
        return None
    watch = LawWatch(Writer(world))
    return threading.Thread(target=watch.walk, args=(stop,), daemon=True)
