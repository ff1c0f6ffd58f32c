"""A finding as `tocsin detect` writes it and `tocsin detect explain` reads it again.

What is read is outside data: it is checked field by field, and what does not fit is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.detection.compared.people import columns_of
from tocsin.detection.declared.declaration import Declaration, Fairness, Status
from tocsin.detection.engine.replay import Judged
from tocsin.detection.engine.scan import State
from tocsin.detection.findings.account import Account, Step, account
from tocsin.detection.findings.grouping import effect, mode_of
from tocsin.detection.findings.levels import worth
from tocsin.detection.findings.sentences import counted, for_the_file, sentence, worse_off
from tocsin.detection.moments import Moments
from tocsin.facts import Refused
from tocsin.facts.findings import Sign
from tocsin.facts.learned import learned

Moment = str | int
"""An instant as ISO 8601, or the number of a row where the log tells no time."""


class WindowTold(msgspec.Struct, frozen=True, kw_only=True):
    """One window on the way to an alarm, as `detection.findings.account.Step` has it."""

    since: Moment
    until: Moment
    rows: int
    counted: int
    value: float | None
    held: float | None
    raised: bool


class WorstTold(msgspec.Struct, frozen=True, kw_only=True):
    """The window since the change in which most was amiss."""

    since: Moment
    value: float


class CourseTold(msgspec.Struct, frozen=True, kw_only=True):
    """How the finding came about, as `detection.findings.account.Account` has it."""

    slice: str
    needed: float | None
    unit: str
    before_rows: int
    tolerance: str
    windows: tuple[WindowTold, ...]


class FindingTold(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. Shares run from 0 to 1.

    Args:
        column: what the finding is about: a column, a rate, or the columns of the group.
        segment: of the log, or else the group.
        rate: whose share was observed, where it was that of a rate.
        worse_off: of `group` and `compared_with`, the one that fares worse.
        effect: observed less baseline; of a drift the distance, of fairness the ratio or the
            difference of shares, as its tolerance is written.
        rows, counted: all that were judged since the change, and those whose share is `observed`.
        until: where it was over; None where it lasts up to the end of the log.
        evidence: the decimal logarithm of the evidence when it was raised.
        level: what it would do in a home, by its detector's harm and how sure it is: page, ticket,
            digest or record. In shadow it does nothing of this.
    """

    finding: str
    detector: str
    kind: str
    column: str
    segment: str | None
    version: str | None
    group: str | None
    compared_with: str | None
    worse_off: str | None
    measure: str
    effect: float
    low: float
    high: float
    baseline: float
    observed: float
    tolerated: float
    since: Moment
    since_region: tuple[Moment, Moment]
    until: Moment | None
    rows: int
    counted: int
    evidence: float | None
    confidence: float
    promise: str
    profiles: tuple[str, ...]
    sentence: str
    for_the_file: str
    failure_mode: str
    status: str
    harm: str
    level: str = ""
    level_because: str = ""
    rate: str | None = None
    worst: WorstTold | None = None
    course: CourseTold | None = None


@learned
class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """As much of the answer of `tocsin detect` as explaining needs."""

    findings: tuple[FindingTold, ...]


def told(
    one: Judged, declared: Declaration, state: State, moments: Moments, profiles: tuple[str, ...]
) -> FindingTold:
    """A finding as it is written."""
    found = one.found
    first, last = found.since_from or found.since, found.since_until or found.since
    way, worthy = account(one, declared, state), worth(one.detector, found)
    return FindingTold(
        finding=found.finding,
        detector=found.detector,
        kind=found.sign.value,
        column=_column(one, declared),
        segment=found.segment or found.group,
        rate=found.metric if found.sign in (Sign.RATE, Sign.UNFAIR) else None,
        version=found.version,
        group=found.group,
        compared_with=found.compared_with,
        worse_off=worse_off(found),
        measure=found.measure,
        effect=effect(found, one.detector),
        low=float(found.low),
        high=float(found.high),
        baseline=float(found.baseline),
        observed=float(found.observed),
        tolerated=float(found.tolerated),
        since=moments.begins(found.since),
        since_region=(moments.begins(first), moments.begins(last)),
        until=None if one.over is None else moments.ends(one.over.seen_until),
        rows=found.requests,
        counted=counted(found),
        evidence=float(found.evidence) if found.evidence else None,
        confidence=float(found.confidence),
        promise=found.promise,
        profiles=profiles,
        sentence=sentence(found, one.detector, moments),
        for_the_file=for_the_file(found, one.detector, moments, lasting(one, moments), profiles),
        failure_mode=mode_of(found, one.detector).value,
        status=one.detector.status.value,
        harm=one.detector.harm.value,
        level=worthy.level.value,
        level_because=because(one),
        worst=None if way is None else _worst(one, way, moments),
        course=None if way is None else _course(way, moments),
    )


def _column(one: Judged, declared: Declaration) -> str:
    if isinstance(one.detector, Fairness) and one.found.group is not None:
        return columns_of(one.found.group, one.detector.groups)
    if one.found.sign is Sign.CALIBRATION:
        return declared.log.decisions.score or one.found.metric
    return one.found.metric


def because(one: Judged) -> str:
    """Why it has its level, for people."""
    shadow = one.detector.status is Status.SHADOW
    in_shadow = "; in shadow, where it calls nobody" if shadow else ""
    return f"{worth(one.detector, one.found).why}{in_shadow}"


def lasting(one: Judged, moments: Moments) -> str:
    """Whether it lasts, for people."""
    if one.over is None:
        return f"it lasts up to the end, {moments.until(one.found.seen_until)}"
    return f"it was over by {moments.until(one.over.seen_until)}"


def answered(data: bytes, file: str) -> tuple[FindingTold, ...]:
    """The findings in an answer that was kept.

    Raises:
        Refused: these bytes are no answer of `tocsin detect --json`.
    """
    try:
        return msgspec.json.decode(data, type=Answered).findings
    except msgspec.MsgspecError as bad:
        raise Refused(
            f"{file}: no answer of `tocsin detect --json` ({bad}); make one: "
            f"tocsin detect LOG --reference REF --json > {file}"
        ) from None


def chosen(findings: Sequence[FindingTold], name: str) -> FindingTold:
    """The finding of this id, or the worst of this detector.

    Raises:
        Refused: there is none; names those there are.
    """
    for one in findings:
        if name == one.detector or (len(name) >= 3 and one.finding.startswith(name)):
            return one
    there = ", ".join(dict.fromkeys(one.detector for one in findings)) or "none"
    raise Refused(f"no finding is called {name!r}, and no detector with one; there are: {there}")


def _worst(one: Judged, way: Account, moments: Moments) -> WorstTold | None:
    """Where it was farthest from the baseline, on the side of what was observed."""
    before = float(one.found.baseline)
    side = 1 if float(one.found.observed) >= before else -1
    shown = [(step.value, step) for step in way.steps
             if step.value is not None and step.at >= one.found.since]  # fmt: skip
    if not shown:
        return None
    value, step = max(shown, key=lambda pair: side * (pair[0] - before))
    return WorstTold(since=moments.begins(step.at), value=round(value, 6))


def _course(way: Account, moments: Moments) -> CourseTold:
    return CourseTold(
        slice=way.slice,
        needed=_rounded(way.needed),
        unit=way.unit,
        before_rows=way.before_rows,
        tolerance=way.tolerance,
        windows=tuple(_window(step, moments) for step in way.steps),
    )


def _window(step: Step, moments: Moments) -> WindowTold:
    return WindowTold(
        since=moments.begins(step.at),
        until=moments.ends(step.until),
        rows=step.rows,
        counted=step.counted,
        value=_rounded(step.value),
        held=_rounded(step.held),
        raised=step.raised,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
