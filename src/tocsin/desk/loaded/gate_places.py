"""Which gates stand in which incident's log, and what is shown by them there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from tocsin.facts.recovery import RECOVERY_LOG
from tocsin.incident.recovery import Held, Registered

if TYPE_CHECKING:
    from tocsin.desk.loaded.known import Known


class GateThere(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident's log holds of a gate; `gate` is None of one that stands elsewhere."""

    log: str
    system: str
    gate: Registered | None
    held: Held


def gates_in(known: Known) -> Iterator[GateThere]:
    """The gates of one log, and what was shown in it by one that stands for every incident."""
    recovery = known.recovery
    for system, gate in recovery.registered.items():
        held = recovery.of(gate).copied()
        yield GateThere(log=known.log, system=system, gate=gate, held=held)
    for (place, system), other in recovery.held.items():
        if place.startswith(f"{RECOVERY_LOG}/"):
            yield GateThere(log=known.log, system=system, gate=None, held=other.copied())
