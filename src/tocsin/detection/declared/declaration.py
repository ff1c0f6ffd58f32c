"""What a team declares: the detector owns threshold, basis, baseline and window."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.logs import LogMapping

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


class Reference(msgspec.Struct, frozen=True, tag="reference"):
    """All windows of another log that is handed in: a training set, a month that was well."""


class Rolling(msgspec.Struct, frozen=True, tag="rolling"):
    """The windows just before the one that is judged; it voids the guarantee, and says so."""

    windows: int


class SameHour(msgspec.Struct, frozen=True, tag="same-hour"):
    """The windows of the same hour in so many weeks before; it voids the guarantee likewise."""

    weeks: int


Baseline = First | Span | Counts | Reference | Rolling | SameHour


class Decision(enum.Enum):
    """By what it is decided that a window is too much."""

    E_SR = "e-sr"  # evidence that may be watched for ever; keeps its run length
    CUSUM = "cusum"  # quicker; its run length holds only for independent windows of one share
    THRESHOLD = "threshold"  # each window by itself; promises nothing


class Status(enum.Enum):
    """Whether anybody is told of what a detector finds."""

    SHADOW = "shadow"  # it is being tried: its findings are kept and shown, and start nothing
    LIVE = "live"


class Harm(enum.Enum):
    """How much what it watches can hurt people, as whoever declares it judges."""

    LOW = "low"
    SERIOUS = "serious"
    CRITICAL = "critical"  # is told at once, whatever is silenced or over the budget


class _Watching(msgspec.Struct, frozen=True, kw_only=True):
    """What every detector may say: what a finding of it points to, and whom it may wake.

    Args:
        techniques: ids of MITRE ATLAS.
    """

    failure_modes: tuple[FailureMode, ...] = ()
    techniques: tuple[str, ...] = ()
    status: Status = Status.SHADOW
    harm: Harm = Harm.SERIOUS


class Rate(_Watching, frozen=True, kw_only=True, tag="rate"):
    """Notices that a share of requests left its baseline by more than is tolerated.

    Args:
        window_seconds: the length of the windows it goes through.
        tolerance: a share, from 0 to 1, of the baseline or in points.
        minimum: so many requests since the change make a finding; fewer never do.
        run_length: a healthy stream raises a false alarm once in so many windows at most, on
            average, over all slices together.
        slices: what is judged apart, beside all requests together.
        complete_after_seconds: a window is judged so long after its end, when its labels have
            come; 0 judges it at once.
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
    decision: Decision = Decision.E_SR
    complete_after_seconds: int = 0


class Measure(enum.Enum):
    """How far apart two distributions are, each with its own scale."""

    KS = "ks"  # numbers: the largest difference of cumulative shares, 0 to 1
    TV = "tv"  # categories: total variation, 0 to 1
    PSI = "psi"  # population stability index over tenths of the baseline, 0 and up
    JS = "js"  # Jensen-Shannon distance, base 2, 0 to 1
    W1 = "w1"  # Wasserstein distance in the column's own unit, over the baseline's scale
    CHI2 = "chi2"  # Cramer's V of the two columns of counts, 0 to 1
    MISSING = "missing"  # the share that is missing or no number
    UNSEEN = "unseen"  # the share of values that the baseline does not have
    RISE = "rise"  # categories: by how much the share of the one value rose that rose most


class Drift(_Watching, frozen=True, kw_only=True, tag="drift"):
    """Notices that the values of a column are distributed otherwise than in the baseline.

    Args:
        tolerance: the distance up to which it is silent, in the unit of its measure.
        measure: None is Kolmogorov-Smirnov for numbers and total variation for categories.
    """

    id: str
    column: str
    window_seconds: int
    tolerance: float
    baseline: First | Span | Reference | Rolling | SameHour
    minimum: int
    run_length: int
    measure: Measure | None = None
    slices: tuple[Slice, ...] = ()
    decision: Decision = Decision.E_SR


class Parity(enum.Enum):
    """What must be alike for all groups of people."""

    DISPARATE_IMPACT = "disparate-impact"  # the share that is decided favourably
    EQUAL_OPPORTUNITY = "equal-opportunity"  # the same, among those whose truth is positive
    EQUALISED_ODDS = "equalised-odds"  # that, and the same among those whose truth is negative
    CALIBRATION = "calibration"  # that predicted chances come true, in each group


class Fairness(_Watching, frozen=True, kw_only=True, tag="fairness"):
    """Notices that a group of people fares worse than another by more than is tolerated.

    Args:
        groups: columns that tell people apart; each alone, and all together (intersections).
        compared_with: the group all others are compared with; None takes the largest.
        tolerance: of RELATIVE, a group's share may be lower by so much: 0.2 is the rule of four
            fifths; of POINTS, it may differ by so much.
        once: it looks once, at all that there is; its run length is of such looks, and it has no
            part in that of a family.
        minimum: so many judged people in a group, or it says that there are not enough data.
    """

    id: str
    parity: Parity
    groups: tuple[str, ...]
    compared_with: str | None
    window_seconds: int
    tolerance: float
    basis: Basis
    minimum: int
    run_length: int
    complete_after_seconds: int = 0
    once: bool = False


class Calibration(_Watching, frozen=True, kw_only=True, tag="calibration"):
    """Notices that predicted chances differ from the shares that come true by too much.

    Args:
        tolerance: of the expected calibration error over tenths of the scale, from 0 to 1.
    """

    id: str
    window_seconds: int
    tolerance: float
    minimum: int
    run_length: int
    complete_after_seconds: int = 0


class Statistic(enum.Enum):
    """What is watched of a column of numbers."""

    MEAN = "mean"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"


class Quantity(_Watching, frozen=True, kw_only=True, tag="quantity"):
    """Notices that a mean or a quantile left its baseline by more than is tolerated.

    Latency and cost are such. Tolerance and baseline are as for a rate.
    """

    id: str
    column: str
    statistic: Statistic
    window_seconds: int
    direction: Direction
    tolerance: float
    basis: Basis
    baseline: First | Span | Reference | Rolling | SameHour
    minimum: int
    run_length: int
    slices: tuple[Slice, ...] = ()
    decision: Decision = Decision.E_SR


class Silence(_Watching, frozen=True, kw_only=True, tag="no-data"):
    """Notices that nothing has arrived for longer than it may."""

    id: str
    after_seconds: int


Detector = Rate | Drift | Fairness | Calibration | Quantity | Silence


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """All detectors of one system, and how its log is read. `digest` is that of the file.

    Args:
        family_run_length: healthy, ALL detectors together raise a false alarm once in so many
            windows at most, on average; None where each keeps its own run length alone.
        reference: where the log lies that detectors with `baseline: reference` compare with, or
            the folder of its profiles; None where it is handed in.
    """

    system: str
    digest: str
    log: LogMapping
    detectors: tuple[Detector, ...]
    family_run_length: int | None = None
    reference: str | None = None
