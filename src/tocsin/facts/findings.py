"""Facts about what detectors claim of a system, with effect, interval and what the claim promises.

Numbers are decimal strings, so that nothing is rounded on the way into a regulator's file. Shares
run from 0 to 1.
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import RESPONDERS, Digest, Instant, Kind


class Sign(enum.Enum):
    """What kind of thing was noticed."""

    RATE = "rate"  # a share of requests rose or fell
    DRIFT = "drift"  # a distribution is another
    NO_DATA = "no-data"  # nothing arrives that could be judged
    UNFAIR = "unfair"  # a group fares worse than another by more than is tolerated
    CALIBRATION = "calibration"  # predicted chances are not the shares that come true
    QUANTITY = "quantity"  # a mean or a quantile rose or fell: latency, cost


class Found(Kind, frozen=True, tag="found"):
    """A detector claims that something is wrong with a system since an instant.

    Args:
        finding: the same change seen by the same detector has the same id.
        version, segment: the slice it was seen in; None means in all together.
        baseline, observed: the share before and since the change; for a drift, distances.
        low, high: the interval of `observed` at `confidence`.
        tolerated: up to where the detector is silent by design.
        since: when the change began, as estimated; `seen_until` ends the last window looked at.
        requests, bad: since the change, all and those that went wrong.
        promise: what the alarm guarantees, in words, such as its run length.
        summaries: window summaries in the vault that it rests on.
        declared: the digest of the detectors' declaration.
        caused_by: the place in the record of the action that explains it; None for a new cause.
        group: of people, such as `sex=Female, race=Other`; None where none is told apart.
        measure: what `baseline`, `observed` and `tolerated` are values of, such as `share`,
            `ks`, `psi`, `ratio of shares`, `p95`.
        since_from, since_until: the change began in here, inclusive, as likely as not told
            otherwise: a likelihood region; None where none can be given.
        compared_with: the group of people beside which `group` fares otherwise; None where none is.
        evidence: the e-value's decimal logarithm when it was raised; empty where the detector
            has none.
        by_rows: the log tells no time: its instants are numbers of rows, at a row a second.
    """

    asserted_by = RESPONDERS
    finding: str
    detector: str
    system: str
    sign: Sign
    metric: str
    version: str | None
    segment: str | None
    baseline: str
    observed: str
    low: str
    high: str
    confidence: str
    tolerated: str
    since: Instant
    seen_until: Instant
    requests: int
    bad: int
    promise: str
    summaries: tuple[Digest, ...]
    declared: Digest
    caused_by: str | None
    group: str | None = None
    measure: str = ""
    since_from: Instant | None = None
    since_until: Instant | None = None
    evidence: str = ""
    compared_with: str | None = None
    by_rows: bool = False


class Subsided(Kind, frozen=True, tag="subsided"):
    """A detector no longer claims what it found; it says nothing about why."""

    asserted_by = RESPONDERS
    finding: str
    detector: str
    observed: str
    seen_until: Instant
    requests: int


FindingFact = Found | Subsided
