"""What a finding is worth, by its harm and how sure it is; more of either is never worth less.

How sure it is:

    weak    the detector promises nothing: a plain threshold, a baseline that moves along
    fair    it keeps a promise, but the chance of error or the effect is not clear enough yet:
            CUSUM, evidence below 1000 to 1, an interval that reaches into what is tolerated
    strong  evidence of 1000 to 1 or more, and all of the interval beyond what is tolerated; or
            that no data arrives, which leaves nothing to guess

What that is worth:

    harm        weak      fair      strong
    low         record    digest    ticket
    serious     digest    ticket    page
    critical    ticket    page      page

A detector that promises nothing so never calls anybody by itself.
Reading: decision 0024.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping

import msgspec

from tocsin.detection.declared.declaration import (
    Decision,
    Detector,
    Drift,
    Harm,
    Quantity,
    Rate,
    Rolling,
    SameHour,
    Silence,
    Status,
)
from tocsin.facts.alarms import Level
from tocsin.facts.findings import Found


class Sure(enum.Enum):
    """How sure a finding is."""

    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"


EVIDENCE_STRONG = 3.0
"""The decimal logarithm of the evidence from which on a finding can be strong."""

LEVELS: Mapping[Harm, Mapping[Sure, Level]] = {
    Harm.LOW: {Sure.WEAK: Level.RECORD, Sure.FAIR: Level.DIGEST, Sure.STRONG: Level.TICKET},
    Harm.SERIOUS: {Sure.WEAK: Level.DIGEST, Sure.FAIR: Level.TICKET, Sure.STRONG: Level.PAGE},
    Harm.CRITICAL: {Sure.WEAK: Level.TICKET, Sure.FAIR: Level.PAGE, Sure.STRONG: Level.PAGE},
}


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding is worth; `why` says it in words."""

    level: Level
    sure: Sure
    why: str


def worth(detector: Detector, found: Found) -> Worth:
    """What a finding of this detector is worth."""
    sure, why = sureness(detector, found)
    level = LEVELS[detector.harm][sure]
    words = f"{detector.harm.value} harm, {sure.value} evidence ({why}): {level.value}"
    return Worth(level=level, sure=sure, why=words)


def never_calls(detector: Detector) -> str | None:
    """Why no finding of this detector ever calls anybody, in words; None when one can."""
    if detector.status is Status.SHADOW:
        return "is in shadow; `status: live` ends that"
    sure, why = _surest(detector)
    if LEVELS[detector.harm][sure] is Level.PAGE:
        return None
    return f"never calls by itself: {detector.harm.value} harm, and at best {sure.value} ({why})"


def _surest(detector: Detector) -> tuple[Sure, str]:
    """How sure a finding of this detector can be at best."""
    if isinstance(detector, Rate | Drift | Quantity):
        if detector.decision is Decision.THRESHOLD:
            return Sure.WEAK, "a plain threshold promises nothing"
        if isinstance(detector.baseline, Rolling | SameHour):
            return Sure.WEAK, "its baseline moves along, so that it promises nothing"
        if detector.decision is Decision.CUSUM:
            return Sure.FAIR, "CUSUM keeps its promise only for independent windows of one share"
    return Sure.STRONG, "it keeps its promise"


def sureness(detector: Detector, found: Found) -> tuple[Sure, str]:
    """How sure a finding of this detector is, and why, in words."""
    if isinstance(detector, Silence):
        return Sure.STRONG, "nothing arrives"
    surest = _surest(detector)
    if surest[0] is not Sure.STRONG:
        return surest
    evidence = _number(found.evidence)
    if evidence is None:  # an alarm means that its evidence has reached the run length
        evidence = math.log10(detector.run_length)
    if evidence < EVIDENCE_STRONG:
        return Sure.FAIR, f"10^{evidence:.1f} to 1, less than 1000 to 1"
    if not beyond(found):
        return Sure.FAIR, f"the interval {found.low} to {found.high} reaches into what is tolerated"
    return Sure.STRONG, f"10^{evidence:.1f} to 1, and all of the interval beyond what is tolerated"


def beyond(found: Found) -> bool:
    """Whether the whole interval of the effect lies beyond what is tolerated."""
    low, high, tolerated = map(_number, (found.low, found.high, found.tolerated))
    observed, baseline = _number(found.observed), _number(found.baseline)
    if low is None or high is None or tolerated is None or observed is None:
        return False
    rose = baseline is None or observed >= baseline
    return low > tolerated if rose else high < tolerated


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
