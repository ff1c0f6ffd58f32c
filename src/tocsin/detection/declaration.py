"""What a team declares: the detector owns threshold, basis, baseline and window."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.summaries import LogMapping

CONFIDENCE = 0.95
"""Of the intervals that findings carry."""

BASELINE_ERROR = 0.001
"""The chance that the true share before lies beyond the bound that a detector takes for it."""


class Slice(enum.Enum):
    """By what requests may be told apart."""

    VERSION = "version"
    SEGMENT = "segment"


class Basis(enum.Enum):
    """What a tolerance is a share of: 15 % on 4 % allow 4.6 % relative, and 19 % in points."""

    RELATIVE = "relative"
    POINTS = "points"


class Direction(enum.Enum):
    """Which way is worse."""

    UP = "up"
    DOWN = "down"


class First(msgspec.Struct, frozen=True, tag="first"):
    """The windows from the first on, until they hold so many requests."""

    requests: int


class Span(msgspec.Struct, frozen=True, tag="span"):
    """The windows that lie in a span of time."""

    since: datetime
    until: datetime


class Counts(msgspec.Struct, frozen=True, tag="counts"):
    """Numbers known from elsewhere, of all requests together."""

    requests: int
    counted: int


Baseline = First | Span | Counts


class _Watching(msgspec.Struct, frozen=True, kw_only=True):
    """What every detector may say: what a finding of it points to.

    Args:
        techniques: ids of MITRE ATLAS.
    """

    failure_modes: tuple[FailureMode, ...] = ()
    techniques: tuple[str, ...] = ()


class Rate(_Watching, frozen=True, kw_only=True, tag="rate"):
    """Notices that a share of requests left its baseline by more than is tolerated.

    Args:
        window_seconds: the length of the windows it goes through.
        tolerance: a share, from 0 to 1, of the baseline or in points.
        minimum: so many requests since the change make a finding; fewer never do.
        run_length: a healthy stream raises a false alarm once in so many windows at most, on
            average, over all slices together.
        slices: what is judged apart, beside all requests together.
    """

    id: str
    rate: str
    window_seconds: int
    direction: Direction
    tolerance: float
    basis: Basis
    baseline: Baseline
    minimum: int
    run_length: int
    slices: tuple[Slice, ...]


class Drift(_Watching, frozen=True, kw_only=True, tag="drift"):
    """Notices that the values of a column are distributed otherwise than in the baseline.

    Args:
        tolerance: the distance up to which it is silent, from 0 to 1: Kolmogorov-Smirnov for
            numbers, total variation for categories.
    """

    id: str
    column: str
    window_seconds: int
    tolerance: float
    baseline: First | Span
    minimum: int
    run_length: int


class Silence(_Watching, frozen=True, kw_only=True, tag="no-data"):
    """Notices that nothing has arrived for longer than it may."""

    id: str
    after_seconds: int


Detector = Rate | Drift | Silence


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """All detectors of one system, and how its log is read. `digest` is that of the file."""

    system: str
    digest: str
    log: LogMapping
    detectors: tuple[Detector, ...]
