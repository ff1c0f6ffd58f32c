"""Looks, as often as asked, whether what a hold covers in a registry of models is still there.

A hold forbids Tocsin to delete; a clean-up of the registry knows nothing of it. So each version
whose lineage was sealed under a hold is asked for again, and what is gone or another is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import msgspec

from tocsin.desk.evidence.custody import custody_known
from tocsin.desk.record import DESK_AUTHOR, Writer
from tocsin.facts import ConnectorError, Entry, Refused, Tampered, Unreachable
from tocsin.facts.analysis import LineageRead
from tocsin.facts.holds import HoldChecked, Kept
from tocsin.facts.learned import learned
from tocsin.facts.lineage import Origin, RunState

Ask = Callable[[LineageRead], Origin | None]
"""What the registry says of this version now; None where it has it no more.

Raises ConnectorError, Refused: it cannot be asked now."""


@learned
class _Sealed(msgspec.Struct, frozen=True):
    origin: Origin


def look_at_held(desk: Writer, every: timedelta, ask: Ask) -> Iterator[HoldChecked]:
    """Ask for each version under a hold that was not asked for so long; each answer is on record
    as soon as it is there."""
    held: dict[str, list[str]] = {}
    for hold in custody_known(desk).holds:
        held.setdefault(hold.log, []).append(hold.id)
    for log, holds in held.items():
        entries = desk.world.journal.read(log)
        for read in _versions(entries):
            looked = _last_look(entries, target_of(read))
            now = desk.world.clock.now()
            if looked is not None and now - looked.recorded_at < every:
                continue
            kept, seen = _compared(desk, read, ask)
            for hold_id in holds:
                fact = HoldChecked(
                    hold=hold_id, place=read.integration, target=target_of(read), kept=kept,
                    seen=seen,
                )  # fmt: skip
                desk.record(log, lambda _, fact=fact: [fact], DESK_AUTHOR)  # type: ignore[misc]
                yield fact


def target_of(read: LineageRead) -> str:
    """How the registry names what was read."""
    return f"{read.model} {read.version}"


def changes(then: Origin, now: Origin | None) -> list[str]:
    """What is gone or another since a lineage was sealed; empty where all is there."""
    if now is None:
        return ["the version is gone"]
    found: list[str] = []
    if then.run_state is RunState.ACTIVE and now.run_state is not RunState.ACTIVE:
        found.append(f"its run {then.run} is {now.run_state.value}")
    if then.run != now.run:
        found.append(f"it names the run {now.run or 'none'}, and named {then.run or 'none'}")
    if then.source != now.source:
        found.append("its files lie elsewhere")
    if now.run_state is RunState.ACTIVE:
        lost = [one.shown for one in then.data if one not in now.data]
        found += [f"the data set {name} is gone or another" for name in lost]
    return found


def _versions(entries: Sequence[Entry]) -> list[LineageRead]:
    """The first reading of each version: what was sealed first is what must still be there."""
    found: dict[str, LineageRead] = {}
    for entry in entries:
        if isinstance(entry.fact, LineageRead):
            found.setdefault(f"{entry.fact.integration}/{target_of(entry.fact)}", entry.fact)
    return list(found.values())


def _last_look(entries: Sequence[Entry], target: str) -> Entry | None:
    looks = [e for e in entries if isinstance(e.fact, HoldChecked) and e.fact.target == target]
    return looks[-1] if looks else None


def _compared(desk: Writer, read: LineageRead, ask: Ask) -> tuple[Kept, str]:
    try:
        with desk.world.vault.open(read.document) as file:
            then = msgspec.json.decode(file.read(), type=_Sealed).origin
        changed = changes(then, ask(read))
    except (ConnectorError, Refused, Tampered, Unreachable, msgspec.DecodeError) as cannot:
        return Kept.UNKNOWN, str(cannot)
    if changed:
        return Kept.BROKEN, "; ".join(changed)
    return Kept.KEPT, "the version, its run and its data sets are as they were sealed"
