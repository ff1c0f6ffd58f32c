"""How incidents stand while a batch of signals is decided, asked once for each; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from tocsin.facts.marks import Mark
from tocsin.signals.echoes import Written


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an incident stands: open or not, and since when.

    Args:
        ended: "closed", "dismissed" or "merged"; empty while it is open.
        goes_on_as: the incident into which it was merged.
        split_from: the incident of which it was a part.
        systems: what it is about.
    """

    incident: str
    opened_at: datetime
    ended: str = ""
    goes_on_as: str = ""
    split_from: str = ""
    systems: tuple[str, ...] = ()


class Incidents:
    """How incidents stand, as a batch is decided.

    Args:
        standing: gives how an incident stands; None for one that is not in the record yet.
        open_about: gives the open incidents about a system, the newest first.
        new_id: gives the id of the incident that would be opened under this name.
        written: gives what of ours a mark names; None for another's mark.
    """

    def __init__(
        self,
        standing: Callable[[str], Standing | None],
        open_about: Callable[[str], Iterable[Standing]],
        new_id: Callable[[str], str],
        written: Callable[[Mark], Written | None] = lambda _: None,
    ) -> None:
        self._standing, self._open_about, self.new_id = standing, open_about, new_id
        self.written = written
        self._known: dict[str, Standing | None] = {}
        self._about: dict[str, list[Standing]] = {}

    def standing(self, incident: str) -> Standing | None:
        """How it stands; where it was merged, how that one does."""
        for _ in range(10):
            if incident not in self._known:
                self._known[incident] = self._standing(incident)
            one = self._known[incident]
            if one is None or not one.goes_on_as:
                return one
            incident = one.goes_on_as
        return one

    def goes_on_in(self, incident: str, systems: Iterable[str]) -> tuple[str, str]:
        """Where what is about these systems goes on, and words if that is a part split off it.

        No part that is about all that the whole is about: what is alike stays where it is.
        """
        whole = self.standing(incident)
        if whole is None:
            return incident, ""
        about = (one for system in systems for one in self.open_about(system))
        parts = (one for one in about if one.split_from == whole.incident)
        part = next((one for one in parts if {*whole.systems} - {*one.systems}), None)
        if part is None:
            return whole.incident, ""
        return part.incident, f", and {part.incident} was split off {whole.incident} for that"

    def open_about(self, system: str) -> list[Standing]:
        """The open incidents about a system, the newest first."""
        if system not in self._about:
            self._about[system] = list(self._open_about(system))
        return self._about[system]
