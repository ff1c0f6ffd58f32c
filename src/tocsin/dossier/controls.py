"""Which controls of which framework the record evidences, and what is missing. Pure.

A control counts as evidenced only where every piece that it names is shown; a control that no
record can show says so and is never counted as a gap or as fulfilled. Whether a control is
fulfilled is for an auditor to judge: this shows what there is to look at.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Something that evidences controls: shown where all that it lists is there.

    Args:
        facts: kinds of fact, of each of which the record must hold one at least.
        steps: kinds or purposes of steps, of each of which a plan must have one.
        declared: what the register or the home's files must hold.
        next: the first step of whoever lacks it.
    """

    id: str
    says: str
    next: str
    facts: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One control, in our own words.

    Args:
        evidence: ids of pieces; empty where `beyond` says what else would show it.
        grade: how well its source was read: P, S, M or ?.
    """

    id: str
    says: str
    grade: str
    evidence: tuple[str, ...] = ()
    beyond: str = ""


class Framework(msgspec.Struct, frozen=True, kw_only=True):
    """A set of controls, and from when until when it stands (the last day is exclusive)."""

    id: str
    title: str
    version: str
    compared_on: date
    source: str
    controls: tuple[Control, ...]
    from_: date | None = None
    until: date | None = None
    notes: tuple[str, ...] = ()

    def stands_on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.from_ is None or self.from_ <= day) and (
            self.until is None or day < self.until
        )


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What the record holds of one kind of fact.

    Args:
        logs: the logs that hold it, the newest first, at most a few.
    """

    count: int
    latest_at: datetime
    logs: tuple[str, ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """All that was looked at. A name that is not there was not found."""

    facts: Mapping[str, Recorded] = {}
    steps: Mapping[str, tuple[str, ...]] = {}  # by kind or purpose: the plans that have it
    declared: Mapping[str, int] = {}


class State(enum.Enum):
    """How a control stands by what was looked at."""

    EVIDENCED = "evidenced"
    PARTLY = "partly"
    GAP = "gap"
    BEYOND = "beyond"  # no record of ours can show it


class PieceSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A piece with what was found of it, and what was not."""

    piece: Piece
    found: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def shown(self) -> bool:
        """Whether all of it is there."""
        return not self.lacking


class ControlSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A control as it stands."""

    control: Control
    state: State
    pieces: tuple[PieceSeen, ...]


def controls_seen(
    framework: Framework, pieces: Mapping[str, Piece], seen: Seen
) -> tuple[ControlSeen, ...]:
    """Every control of a framework, in its order."""
    return tuple(_control_seen(one, pieces, seen) for one in framework.controls)


def _control_seen(control: Control, pieces: Mapping[str, Piece], seen: Seen) -> ControlSeen:
    found = tuple(piece_seen(pieces[id], seen) for id in control.evidence)
    return ControlSeen(control=control, state=_state(found), pieces=found)


def _state(found: Sequence[PieceSeen]) -> State:
    if not found:
        return State.BEYOND
    if all(one.shown for one in found):
        return State.EVIDENCED
    return State.PARTLY if any(one.found for one in found) else State.GAP


def piece_seen(piece: Piece, seen: Seen) -> PieceSeen:
    """What was found of a piece: each kind of fact, step and declaration by itself."""
    found: list[str] = []
    lacking: list[str] = []
    for kind in piece.facts:
        known = seen.facts.get(kind)
        if known is None:
            lacking.append(f"fact {kind}")
        else:
            found.append(f"{known.count} x {kind}, last {known.latest_at:%Y-%m-%d}"
                         f" in {', '.join(known.logs)}")  # fmt: skip
    for step in piece.steps:
        plans = seen.steps.get(step, ())
        if plans:
            found.append(f"step {step} of {', '.join(plans)}")
        else:
            lacking.append(f"step {step}")
    for name in piece.declared:
        count = seen.declared.get(name, 0)
        (found if count else lacking).append(f"{count} {name}" if count else f"no {name}")
    return PieceSeen(piece=piece, found=tuple(found), lacking=tuple(lacking))
