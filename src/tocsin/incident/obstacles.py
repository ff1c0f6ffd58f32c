"""What stands between a candidate and a share of requests: everything that its gate still asks.

Nothing is passed by silence: what was not measured, or could not be told, stands in the way as
much as what failed. What was measured before its gate was registered does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from tocsin.facts.recovery import Passing, share_words
from tocsin.incident.recovery import SIGN_OFF, STAGES, Held, Registered, StageTurn


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is still asked.

    Args:
        what: as a shortcut names it.
        said: what is missing, in words; by how much it failed, or what more is needed.
        failed: it was measured and failed; else it is open or cannot be told.
    """

    what: str
    said: str
    failed: bool = False


def candidate_obstacles(
    gate: Registered, held: Held, candidate: str, now: datetime
) -> list[Obstacle]:
    """What a candidate itself must still show: every criterion, every attestation."""
    found = [*_criteria(gate, held, candidate), *_attestations(gate, held)]
    return [one for one in found if not skipped(held, candidate, one.what, now)]


def stage_obstacles(
    gate: Registered,
    held: Held,
    candidate: str,
    stage: int,
    now: datetime,
    since: datetime | None,
) -> list[Obstacle]:
    """What stands before this stage, from 1; one beyond the last asks for all that there is.

    Args:
        since: when the system was stopped last; what was watched before that does not count.
    """
    found = candidate_obstacles(gate, held, candidate, now)
    if skipped(held, candidate, STAGES, now):
        return found
    for before in range(1, stage):
        why = _unwatched(gate, held.turn(candidate, before, since), before)
        if why is not None and not _watch_skipped(held, candidate, before, now, since):
            found.append(why)
    return found


def next_stage(
    gate: Registered, held: Held, candidate: str, now: datetime, since: datetime | None
) -> int:
    """The first stage whose watch neither passed nor is skipped; else one beyond the last."""
    for stage in range(1, gate.stages + 1):
        turn = held.turn(candidate, stage, since)
        passed = turn is not None and turn.ended and turn.ended.result is Passing.PASSED
        if not passed and not _watch_skipped(held, candidate, stage, now, since):
            return stage
    return gate.stages + 1


def _watch_skipped(
    held: Held, candidate: str, stage: int, now: datetime, since: datetime | None
) -> bool:
    """Whether a shortcut lets the watch over a stage pass: its share was seen to be served."""
    turn = held.turn(candidate, stage, since)
    served = turn is not None and turn.watch is not None
    return served and skipped(held, candidate, f"watch {stage}", now)


def skipped(held: Held, candidate: str, what: str, now: datetime) -> bool:
    """Whether a shortcut that stands lets this pass."""
    one = held.shortcuts.get((candidate, what))
    return one is not None and one.stands(now)


def skippable(gate: Registered) -> tuple[str, ...]:
    """What a shortcut may name."""
    watches = (f"watch {stage}" for stage in range(1, gate.stages + 1))
    attested = (f"attestation {vendor}" for vendor in gate.fact.vendors)
    return (*gate.fact.criteria, *attested, *watches, STAGES, SIGN_OFF)


def _criteria(gate: Registered, held: Held, candidate: str) -> Iterator[Obstacle]:
    for name in gate.fact.criteria:
        one = held.latest(candidate, name)
        if one is None:
            yield Obstacle(what=name, said=f"{name}: not measured yet")
        elif one.at < gate.at:
            yield Obstacle(what=name, said=f"{name}: measured before the gate was registered")
        elif one.fact.result is not Passing.PASSED:
            failed = one.fact.result is Passing.FAILED
            yield Obstacle(what=name, said=f"{name}: {one.fact.said}", failed=failed)


def _attestations(gate: Registered, held: Held) -> Iterator[Obstacle]:
    for vendor in gate.fact.vendors:
        if vendor not in held.attested:
            yield Obstacle(what=f"attestation {vendor}", said=f"{vendor} has not attested yet")


def _unwatched(gate: Registered, turn: StageTurn | None, stage: int) -> Obstacle | None:
    what, share = f"watch {stage}", share_words(gate.fact.shares[stage - 1])
    if turn is None:
        return Obstacle(what=what, said=f"stage {stage} ({share}) was not served yet")
    if turn.watch is None:
        return Obstacle(what=what, said=f"stage {stage} ({share}) was not yet seen to be served")
    if turn.ended is None:
        said = f"stage {stage} ({share}) is watched until {turn.watch.until:%Y-%m-%d %H:%M} UTC"
        return Obstacle(what=what, said=said)
    if turn.ended.result is not Passing.PASSED:
        failed = turn.ended.result is Passing.FAILED
        said = f"the watch over stage {stage} ({share}): {turn.ended.because}"
        return Obstacle(what=what, said=said, failed=failed)
    return None
