"""What a candidate must show before a system comes back, as a team declares it before it looks.

A gate is passed by a candidate that passes every criterion. Each is tested at the whole error: the
chance that one which is too bad passes all of them is at most that of the one it fails.
"""

from __future__ import annotations

import enum

import msgspec

from tocsin.detection.declared.declaration import Basis, Direction, Parity, Slice


class Concern(enum.Enum):
    """What a criterion is about. A gate has one of each, or says why not."""

    PERFORMANCE = "performance"
    FAIRNESS = "fairness"
    SAFETY = "safety"
    ATTACK = "attack-replay"


class NotWorse(msgspec.Struct, frozen=True, kw_only=True, tag="not-worse"):
    """A share may be worse than that of the baseline by less than a margin (non-inferiority).

    Args:
        measure: a rate of the log.
        margin: a share of the baseline's, or points.
        minimum: so many must be judged of the candidate and of the baseline.
        each: by what requests are told apart, each slice of which must pass.
    """

    id: str
    concern: Concern
    measure: str
    worse: Direction
    margin: float
    basis: Basis
    minimum: int
    each: Slice | None = None


class Bounded(msgspec.Struct, frozen=True, kw_only=True, tag="bounded"):
    """A share is at most so large, whatever the baseline's is."""

    id: str
    concern: Concern
    measure: str
    at_most: float
    minimum: int
    each: Slice | None = None


class Alike(msgspec.Struct, frozen=True, kw_only=True, tag="alike"):
    """No group of people fares worse than the one compared with by more than is tolerated.

    Args:
        set_aside: groups by name of which it is known beforehand that they are too few to judge.
    """

    id: str
    concern: Concern
    parity: Parity
    groups: tuple[str, ...]
    compared_with: str | None
    tolerance: float
    basis: Basis
    minimum: int
    set_aside: tuple[str, ...] = ()


class Withstands(msgspec.Struct, frozen=True, kw_only=True, tag="withstands"):
    """Of attacks that are replayed, at most this share succeeds."""

    id: str
    concern: Concern
    at_most: float
    minimum: int


Criterion = NotWorse | Bounded | Alike | Withstands


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A share of requests, in ten-thousandths, and for how long it is watched."""

    share: int
    watch_seconds: int


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A whole gate. `digest` is that of its file.

    Args:
        confidence: of every bound.
        looks: how often a candidate may be measured by a criterion; the error is shared by them.
        watched_by: detectors of the system; a finding of one while a stage is watched ends it.
        attested_by: vendors who must attest that their part is sound.
        seen_by: the eye that sees what share is served; None takes the register's.
        without: of what no criterion is about, and why.
    """

    system: str
    digest: str
    baseline: str
    confidence: float
    looks: int
    criteria: tuple[Criterion, ...]
    stages: tuple[Stage, ...]
    watched_by: tuple[str, ...]
    attested_by: tuple[str, ...]
    seen_by: str | None
    without: tuple[tuple[Concern, str], ...] = ()

    @property
    def error(self) -> float:
        """The chance with which one look may let pass what is just too bad."""
        return (1 - self.confidence) / self.looks
