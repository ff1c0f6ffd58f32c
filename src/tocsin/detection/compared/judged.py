"""What a judge's verdicts say of a rate, with the judge's own errors taken out or told.

A judge errs. On exchanges that people labelled it is counted how often it notices what is not
grounded (sensitivity) and how often it lets pass what is (specificity); the observed share is then
corrected. Source: Rogan and Gladen, Am. J. Epidemiology 107 (1978).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import msgspec

from tocsin.detection.declared.declaration import CONFIDENCE
from tocsin.detection.statistics.shares import interval


class JudgeErrors(msgspec.Struct, frozen=True, kw_only=True):
    """How a judge did on labelled exchanges of which it gave a verdict.

    Args:
        noticed: of the `ungrounded`, those it called so.
        passed: of the `grounded`, those it called so.
    """

    noticed: int
    ungrounded: int
    passed: int
    grounded: int


class UngroundedShare(msgspec.Struct, frozen=True, kw_only=True):
    """The share of answers that are not grounded, by the judge's word or corrected for its errors.

    Args:
        low, high: at the usual confidence; of the corrected one all three uncertainties are in it.
        why: why there is none; empty where there is one.
    """

    share: float | None
    low: float
    high: float
    why: str = ""


def errors_of(verdicts: Mapping[str, bool | None], labels: Mapping[str, bool]) -> JudgeErrors:
    """How the verdicts on labelled requests compare with the labels; no verdict is no error.

    Args:
        verdicts, labels: by request, whether it is grounded.
    """
    both = [(said, labels[r]) for r, said in verdicts.items() if said is not None and r in labels]
    return JudgeErrors(
        noticed=sum(not said for said, is_so in both if not is_so),
        ungrounded=sum(not is_so for _, is_so in both),
        passed=sum(said for said, is_so in both if is_so),
        grounded=sum(is_so for _, is_so in both),
    )


def observed(bad: int, judged: int) -> UngroundedShare:
    """The share as the judge says, uncorrected, with the interval that chance alone gives it."""
    if not judged:
        return UngroundedShare(share=None, low=0.0, high=1.0, why="no verdict")
    low, high = interval(bad, judged, 1 - CONFIDENCE)
    return UngroundedShare(share=bad / judged, low=low, high=high)


def corrected(bad: int, judged: int, errors: JudgeErrors) -> UngroundedShare:
    """The share with the judge's errors taken out.

    Each of the three shares may lie anywhere in its own interval, at a third of the error; the ends
    are the worst of all corners, so that the interval holds however the three depend.
    """
    if not (judged and errors.ungrounded and errors.grounded):
        return UngroundedShare(
            share=None, low=0.0, high=1.0,
            why="needs verdicts on labelled exchanges of both kinds",
        )  # fmt: skip
    each = (1 - CONFIDENCE) / 3
    rate = interval(bad, judged, each)
    sensitivity = interval(errors.noticed, errors.ungrounded, each)
    specificity = interval(errors.passed, errors.grounded, each)
    if sensitivity[0] + specificity[0] <= 1:
        return UngroundedShare(
            share=None, low=0.0, high=1.0,
            why="the judge may be no better than chance on the labelled exchanges",
        )  # fmt: skip
    corners = [_true(*corner) for corner in itertools.product(rate, sensitivity, specificity)]
    best = _true(bad / judged, errors.noticed / errors.ungrounded, errors.passed / errors.grounded)
    return UngroundedShare(share=best, low=min(corners), high=max(corners))


def _true(rate: float, sensitivity: float, specificity: float) -> float:
    return min(max((rate + specificity - 1) / (sensitivity + specificity - 1), 0.0), 1.0)
