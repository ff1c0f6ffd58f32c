"""Writes detectors as the YAML that declares them: what is written reads back as the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC

from tocsin.detection.declared.declaration import (
    Basis,
    Calibration,
    Counts,
    Decision,
    Detector,
    Drift,
    Fairness,
    First,
    Harm,
    Measure,
    Quantity,
    Rate,
    Reference,
    Rolling,
    SameHour,
    Silence,
    Span,
    Status,
)
from tocsin.detection.declared.read_values import RUN_LENGTH
from tocsin.facts.logs import LogMapping

_PLAIN = (Measure.PSI, Measure.W1, Measure.JS, Measure.CHI2)


def yaml_of(detectors: Sequence[Detector], log: LogMapping) -> str:
    """The lines of `detectors:`, one for each, as they belong to a log that is read so."""
    lines = [f"  {one.id}: {{{', '.join(_fields(one, log))}}}" for one in detectors]
    return "\n".join(["detectors:", *lines]) + "\n"


def _fields(one: Detector, log: LogMapping) -> Iterator[str]:
    match one:
        case Rate():
            yield f"rate: {_text(one.rate)}"
            yield f"direction: {one.direction.value}"
        case Drift():
            yield f"drift: {_text(one.column)}"
            yield from (f"measure: {m.value}" for m in [one.measure] if m is not None)
        case Quantity():
            yield f"quantity: {_text(one.column)}"
            yield f"statistic: {one.statistic.value}"
            yield f"direction: {one.direction.value}"
        case Fairness():
            yield f"fairness: {one.parity.value}"
            yield f"groups: [{', '.join(map(_text, one.groups))}]"
            yield from (f"compared_with: {_text(c)}" for c in [one.compared_with] if c is not None)
        case Calibration():
            yield f"calibration: {_text(log.decisions.score or '')}"
        case Silence():
            yield f"no-data: {one.after_seconds}s"
    yield from _judging(one, log)
    yield from _watching(one)


def _judging(one: Detector, log: LogMapping) -> Iterator[str]:
    if isinstance(one, Silence):
        return
    yield f"tolerance: {_tolerance(one)}"
    if isinstance(one, Rate | Quantity | Fairness):
        yield f"basis: {one.basis.value}"
    if isinstance(one, Rate | Drift | Quantity):
        yield f"baseline: {_baseline(one)}"
        yield from (f"decision: {d.value}" for d in [one.decision] if d is not Decision.E_SR)
        if one.slices:
            yield f"slices: [{', '.join(slice.value for slice in one.slices)}]"
    yield f"minimum: {one.minimum}"
    if one.run_length != RUN_LENGTH:
        yield f"run_length: {one.run_length}"
    if isinstance(one, Rate | Fairness | Calibration) and one.complete_after_seconds:
        unit = "" if log.at is None else "s"
        yield f"complete_after: {one.complete_after_seconds}{unit}"


def _watching(one: Detector) -> Iterator[str]:
    if one.failure_modes:
        yield f"failure_mode: [{', '.join(mode.value for mode in one.failure_modes)}]"
    if one.techniques:
        yield f"techniques: [{', '.join(one.techniques)}]"
    if one.status is not Status.SHADOW:
        yield f"status: {one.status.value}"
    if one.harm is not Harm.SERIOUS:
        yield f"harm: {one.harm.value}"


def _tolerance(one: Rate | Drift | Quantity | Fairness | Calibration) -> str:
    points = isinstance(one, Quantity) and one.basis is Basis.POINTS
    if points or (isinstance(one, Drift) and one.measure in _PLAIN):
        return f"{one.tolerance:.9f}".rstrip("0").rstrip(".") or "0"
    return (f"{100 * one.tolerance:.7f}".rstrip("0").rstrip(".") or "0") + "%"


def _baseline(one: Rate | Drift | Quantity) -> str:
    match one.baseline:
        case First(requests=n):
            return f"{{first: {n}}}"
        case Span(since=since, until=until):
            return f"{{since: {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}, " \
                   f"until: {until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}}}"  # fmt: skip
        case Counts(requests=n, counted=k):
            return f"{{requests: {n}, counted: {k}}}"
        case Reference():
            return "reference"
        case Rolling(windows=n):
            return f"{{rolling: {n}}}"
        case SameHour(weeks=n):
            return f"{{same_hour: {n}}}"


def _text(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)
