"""Reads what each detector watches: every kind with its own fields, nothing taken for granted.

Which way is worse, and what a tolerance is a share of, go without saying for no detector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from tocsin.detection.declared.declaration import (
    Basis,
    Calibration,
    Decision,
    Detector,
    Direction,
    Drift,
    Fairness,
    Harm,
    Measure,
    Parity,
    Quantity,
    Rate,
    Silence,
    Slice,
    Statistic,
    Status,
)
from tocsin.detection.declared.read_against import AGAINST, modes_of, techniques_of
from tocsin.detection.declared.read_baseline import baseline_of, baseline_of_rate
from tocsin.detection.declared.read_values import (
    RUN_LENGTH,
    among,
    length,
    one_of,
    plain_number,
    run_length,
    said,
    share,
    tells_rows,
    words,
)
from tocsin.facts.confusion import (
    ACCURACY,
    BASE_RATE,
    FALSE_POSITIVES,
    PRECISION,
    RECALL,
    SELECTED,
    every_rate,
)
from tocsin.facts.logs import Decisions, LogMapping
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.strict_yaml import NAME, Fields

_CHANGE = ("direction", "tolerance", "basis", "baseline", "minimum", "run_length", "slices")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "rate": (*_CHANGE, "decision", "complete_after"),
    "drift": ("measure", "tolerance", "baseline", "minimum", "run_length", "slices", "decision"),
    "fairness": ("groups", "compared_with", "tolerance", "basis", "minimum", "run_length",
                 "complete_after"),
    "calibration": ("tolerance", "minimum", "run_length", "complete_after"),
    "quantity": ("statistic", *_CHANGE, "decision"),
    "no-data": (),
}  # fmt: skip
"""What a detector of each kind may say beside its kind."""

OF_ALL = ("status", "harm", *AGAINST)
MINIMUM = 100
RELATIVE_MOST = 10.0
SHARES = frozenset({None, Measure.KS, Measure.TV, Measure.MISSING, Measure.UNSEEN, Measure.RISE})
"""Measures that are shares, so that a tolerance of them may be written in %."""

_WORSE = ", whichever is worse"
_OF_WHAT = " (15% of 4% is 0.6%) or points (4% + 15%)"
_LABELLED = ("decided", "truth")
_DERIVED: Mapping[str, tuple[str, ...]] = {
    SELECTED: ("decided",),
    BASE_RATE: ("truth",),
    **dict.fromkeys((ACCURACY, RECALL, FALSE_POSITIVES, PRECISION), _LABELLED),
}
"""What the log must tell for these rates to exist by themselves."""

_NEEDS: Mapping[Parity, tuple[str, ...]] = {
    Parity.DISPARATE_IMPACT: ("decided",),
    Parity.EQUAL_OPPORTUNITY: _LABELLED,
    Parity.EQUALISED_ODDS: _LABELLED,
    Parity.CALIBRATION: ("score", "truth"),
}


def detectors_in(top: Fields, log: LogMapping) -> Iterator[Detector]:
    """Every detector that can be read; what is wrong with the others is gathered."""
    node = top.fields.get("detectors")
    reading = top.reading
    if node is None or not isinstance(node.value, dict) or not node.value:
        reading.wrong(node.line if node else top.line, "detectors", "no detectors",
                      "write each as `name:` with what it watches beneath")  # fmt: skip
        return
    for name, body in node.value.items():
        path = f"detectors.{name}"
        if not NAME.fullmatch(name):
            reading.wrong(body.line, path, shown(name), "name it in letters, digits, - and _")
        elif not isinstance(body.value, dict):
            reading.wrong(body.line, path, "no fields", f"say one of {', '.join(FIELDS)}")
        else:
            found = _detector(name, Fields(reading, path, body.line, body.value), log)
            if found is not None:
                yield found


def _detector(name: str, f: Fields, log: LogMapping) -> Detector | None:
    kinds = [kind for kind in FIELDS if kind in f.fields]
    if len(kinds) != 1:
        told = f"says {' and '.join(kinds)}" if kinds else "does not say what it watches"
        f.reading.wrong(f.line, f.path, told, f"say exactly one of {', '.join(FIELDS)}")
        return None
    [kind] = kinds
    f.only((kind, *FIELDS[kind], *OF_ALL))
    return msgspec.structs.replace(
        _KINDS[kind](name, f, log),
        failure_modes=modes_of(f),
        techniques=techniques_of(f),
        status=one_of(f, "status", Status, Status.SHADOW),
        harm=one_of(f, "harm", Harm, Harm.SERIOUS),
    )


def _rate(name: str, f: Fields, log: LogMapping) -> Rate:
    direction, basis = _direction(f), _basis(f)
    return Rate(
        id=name,
        rate=_rate_named(f, log),
        window_seconds=log.window_seconds,
        direction=direction,
        tolerance=_tolerance(f, direction, basis),
        basis=basis,
        baseline=baseline_of_rate(f, rows=tells_rows(log)),
        minimum=_minimum(f),
        run_length=_run_length(f, log, log.window_seconds),
        slices=_slices(f),
        decision=one_of(f, "decision", Decision, Decision.E_SR),
        complete_after_seconds=_complete_after(f, log),
    )


def _rate_named(f: Fields, log: LogMapping) -> str:
    rate = f.text("rate")
    known = (*every_rate(log), *log.texts.rates)
    if not rate or rate in known:
        return rate
    lacking = _lacking(log.decisions, _DERIVED[rate]) if rate in _DERIVED else []
    if lacking:
        f.wrong("rate", f"{rate} needs to know more of a row", _write(lacking))
    else:
        other = f"declare it under `log.rates`; there are: {', '.join(known)}"
        f.wrong("rate", shown(rate), did_you_mean(rate, known, other))
    return rate


def _drift(name: str, f: Fields, log: LogMapping) -> Drift:
    measure = one_of(f, "measure", Measure, Measure.KS) if "measure" in f.fields else None
    scale = {
        Measure.PSI: ("a number such as 0.2: PSI is no share and has no %", 1e6),
        Measure.W1: ("a number of the column's own scales, such as 0.1", 1e6),
    }.get(measure or Measure.KS, ("a number from 0 to 1 without %", 1.0))
    shares = measure in SHARES
    return Drift(
        id=name,
        column=f.text("drift"),
        window_seconds=log.profile_seconds,
        tolerance=share(f, "tolerance") if shares else plain_number(f, "tolerance", *scale),
        baseline=baseline_of(f, rows=tells_rows(log)),
        minimum=_minimum(f),
        run_length=_run_length(f, log, log.profile_seconds),
        measure=measure,
        slices=_slices(f),
        decision=one_of(f, "decision", Decision, Decision.E_SR),
    )


def _fairness(name: str, f: Fields, log: LogMapping) -> Fairness:
    parity = one_of(f, "fairness", Parity, Parity.DISPARATE_IMPACT)
    f.text("fairness")
    lacking = _lacking(log.decisions, _NEEDS[parity])
    if lacking:
        f.wrong("fairness", f"{parity.value} needs to know more of a row", _write(lacking))
    known = log.decisions.groups
    if not known:
        f.wrong("fairness", "no columns of groups", "write `groups: [...]` under `log:`")
    groups = words(f, "groups") if "groups" in f.fields else known
    if known:
        among(f, "groups", groups, known, f"name it under `log.groups`; there: {', '.join(known)}")
    if "groups" in f.fields and not groups:
        f.wrong("groups", "names no column", "write the columns, or leave it out for all")
    basis = _basis(f)
    if parity is Parity.CALIBRATION and basis is Basis.RELATIVE and "basis" in f.fields:
        f.wrong("basis", "relative", "write points: chances are compared with shares, 0.05 apart")
    return Fairness(
        id=name,
        parity=parity,
        groups=tuple(dict.fromkeys(groups)),
        compared_with=f.optional("compared_with"),
        window_seconds=log.profile_seconds,
        tolerance=share(f, "tolerance"),
        basis=basis,
        minimum=_minimum(f),
        run_length=_run_length(f, log, log.profile_seconds),
        complete_after_seconds=_complete_after(f, log),
    )


def _calibration(name: str, f: Fields, log: LogMapping) -> Calibration:
    score, lacking = f.text("calibration"), _lacking(log.decisions, ("score", "truth"))
    if lacking:
        f.wrong("calibration", "chances need a score and a truth", _write(lacking))
    elif score and score != log.decisions.score:
        f.wrong("calibration", shown(score), f"write {log.decisions.score}, the `score` of the log")
    return Calibration(
        id=name,
        window_seconds=log.profile_seconds,
        tolerance=share(f, "tolerance"),
        minimum=_minimum(f),
        run_length=_run_length(f, log, log.profile_seconds),
        complete_after_seconds=_complete_after(f, log),
    )


def _quantity(name: str, f: Fields, log: LogMapping) -> Quantity:
    direction, basis = _direction(f), _basis(f)
    points = basis is Basis.POINTS
    what = "a number in the column's own unit, such as 250; % goes with `basis: relative`"
    return Quantity(
        id=name,
        column=f.text("quantity"),
        statistic=said(f, "statistic", Statistic, Statistic.MEAN, ": what is watched of it"),
        window_seconds=log.profile_seconds,
        direction=direction,
        tolerance=plain_number(f, "tolerance", what, 1e9)
        if points
        else _tolerance(f, direction, basis),
        basis=basis,
        baseline=baseline_of(f, rows=tells_rows(log)),
        minimum=_minimum(f),
        run_length=_run_length(f, log, log.profile_seconds),
        slices=_slices(f),
        decision=one_of(f, "decision", Decision, Decision.E_SR),
    )


def _silence(name: str, f: Fields, log: LogMapping) -> Silence:
    f.text("no-data")
    if tells_rows(log):
        f.wrong("no-data", "a log that tells no time", "remove it: rows do not say how late it is")
        return Silence(id=name, after_seconds=1)
    return Silence(id=name, after_seconds=f.seconds("no-data") or 1)


def _direction(f: Fields) -> Direction:
    return said(f, "direction", Direction, Direction.UP, _WORSE)


def _basis(f: Fields) -> Basis:
    if "basis" not in f.fields:
        f.wrong("basis", "not said", f"write relative{_OF_WHAT}")
        return Basis.RELATIVE
    return one_of(f, "basis", Basis, Basis.RELATIVE)


def _tolerance(f: Fields, direction: Direction, basis: Basis) -> float:
    """A fall is at most the whole, and so is a difference of shares; a rise may be several."""
    rises = direction is Direction.UP and basis is Basis.RELATIVE
    return share(f, "tolerance", RELATIVE_MOST if rises else 1.0)


def _minimum(f: Fields) -> int:
    return f.number("minimum", 1, 999_999) or MINIMUM


def _run_length(f: Fields, log: LogMapping, window_seconds: int) -> int:
    return run_length(f, "run_length", window_seconds, rows=tells_rows(log)) or RUN_LENGTH


def _complete_after(f: Fields, log: LogMapping) -> int:
    return length(f, "complete_after", rows=tells_rows(log)) or 0


def _slices(f: Fields) -> tuple[Slice, ...]:
    given = words(f, "slices")
    for one in given:
        if one not in {s.value for s in Slice}:
            f.wrong("slices", shown(one), "write version, segment, or both")
    return tuple(s for s in Slice if s.value in given)


def _lacking(decisions: Decisions, needed: tuple[str, ...]) -> list[str]:
    return [field for field in needed if getattr(decisions, field) is None]


def _write(lacking: list[str]) -> str:
    shown = {"decided": "decided: prediction == 1", "truth": "truth: label == 1",
             "score": "score: probability"}  # fmt: skip
    return f"write {' and '.join(f'`{shown[field]}`' for field in lacking)} under `log:`"


_KINDS: Mapping[str, Callable[[str, Fields, LogMapping], Detector]] = {
    "rate": _rate,
    "drift": _drift,
    "fairness": _fairness,
    "calibration": _calibration,
    "quantity": _quantity,
    "no-data": _silence,
}
