"""The detectors of a log for which nobody declared any: everything that can be watched, evenly.

All of them together keep one run length. Everything is compared with a reference; nothing is
watched that the mapping does not name, and nothing that it names goes unwatched without a word.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tocsin.detection.declared.declaration import (
    Basis,
    Calibration,
    Declaration,
    Detector,
    Direction,
    Drift,
    Fairness,
    Measure,
    Parity,
    Quantity,
    Rate,
    Reference,
    Slice,
    Statistic,
    Status,
)
from tocsin.detection.declared.read import watched
from tocsin.facts.confusion import (
    ACCURACY,
    BASE_RATE,
    PRECISION,
    RECALL,
    SELECTED,
    every_rate,
)
from tocsin.facts.failure_modes import FailureMode
from tocsin.facts.logs import LogMapping

FAMILY_RUN_LENGTH = 10_000
MINIMUM = 100
RATE_TOLERANCE, QUANTITY_TOLERANCE = 0.10, 0.20
KS_TOLERANCE, TV_TOLERANCE, MISSING_TOLERANCE, UNSEEN_TOLERANCE = 0.02, 0.03, 0.02, 0.02
RISE_TOLERANCE = 0.002
IMPACT_TOLERANCE, ODDS_TOLERANCE = 0.2, 0.1
CALIBRATION_TOLERANCE = 0.05
BETTER_HIGH = frozenset({ACCURACY, RECALL, PRECISION})
"""Rates of which less is worse."""

EITHER_WAY = frozenset({SELECTED, BASE_RATE})
"""Rates of which neither more nor less is better: any change is told."""

_MODES: Mapping[str, FailureMode] = {
    "hallucination": FailureMode.HALLUCINATION,
    "ungrounded": FailureMode.HALLUCINATION,
    "matches_pattern": FailureMode.PROMPT_INJECTION,
    "contains_trigger": FailureMode.DATA_POISONING,
    "repeated": FailureMode.DATA_POISONING,
    "nearly_repeated": FailureMode.DATA_POISONING,
    SELECTED: FailureMode.DRIFT,
    BASE_RATE: FailureMode.DRIFT,
}
_OF_A_WORD = (FailureMode.DATA_POISONING, FailureMode.DRIFT)
"""What one word that rises may mean: a trigger, or something that everybody asks about today."""

_SIGNS = re.compile(r"[^A-Za-z0-9._-]+")
_EVERY = frozenset({Direction.UP, Direction.DOWN})


def usual_declaration(
    log: LogMapping, *, latency: Sequence[str] = (), cost: Sequence[str] = (), digest: str = ""
) -> Declaration:
    """All that can be watched of a log that is read by this mapping, against a reference.

    Args:
        log: names its columns of numbers; those it may find by itself are watched by nobody.
        latency, cost: columns of numbers of which more is worse.
        digest: of what the mapping came from.
    """
    detectors = tuple(_named_apart([*_rates(log), *_drifts(log), *_quantities(log, latency, cost),
                                    *_fairness(log)]))  # fmt: skip
    return Declaration(
        system="log",
        digest=digest,
        log=watched(log, detectors),
        detectors=detectors,
        family_run_length=FAMILY_RUN_LENGTH,
    )


def _slices(log: LogMapping) -> tuple[Slice, ...]:
    """What a log tells apart, by name."""
    known = ((Slice.VERSION, log.version), (Slice.SEGMENT, log.segment))
    return tuple(one for one, column in known if column is not None)


def _rates(log: LogMapping) -> Iterator[Detector]:
    for rate in (*every_rate(log), *log.texts.rates):
        ways = _EVERY if rate in EITHER_WAY else _worse(rate)
        for direction in sorted(ways, key=lambda way: way.value, reverse=True):
            yield Rate(
                id=rate if len(ways) == 1 else f"{rate}-{direction.value}",
                rate=rate,
                window_seconds=log.window_seconds,
                direction=direction,
                tolerance=RATE_TOLERANCE,
                basis=Basis.RELATIVE,
                baseline=Reference(),
                minimum=MINIMUM,
                run_length=FAMILY_RUN_LENGTH,
                slices=_slices(log),
                status=Status.LIVE,
                failure_modes=(_MODES.get(rate, FailureMode.DEGRADATION),),
            )


def _worse(rate: str) -> frozenset[Direction]:
    return frozenset({Direction.DOWN if rate in BETTER_HIGH else Direction.UP})


def _drifts(log: LogMapping) -> Iterator[Detector]:
    score = log.decisions.score
    numbers = [*(log.numbers or ()), *log.texts.numbers]
    categories = [name for name in log.categories if name not in numbers]
    categories += log.texts.categories
    for name in numbers:
        yield _drift(f"drift-{name}", name, Measure.KS, KS_TOLERANCE, log)
    for name in categories:
        yield _drift(f"drift-{name}", name, Measure.TV, TV_TOLERANCE, log)
    if score is not None and score not in (*numbers, *categories):
        yield _drift(f"drift-{score}", score, Measure.KS, KS_TOLERANCE, log)
    for name in (*numbers, *categories):
        yield _drift(f"missing-{name}", name, Measure.MISSING, MISSING_TOLERANCE, log)
    for name in categories:
        yield _drift(f"unseen-{name}", name, Measure.UNSEEN, UNSEEN_TOLERANCE, log)
    for name in log.texts.categories:
        one = _drift(f"rise-{name}", name, Measure.RISE, RISE_TOLERANCE, log)
        yield msgspec.structs.replace(one, failure_modes=_OF_A_WORD)


def _drift(id: str, column: str, measure: Measure, tolerance: float, log: LogMapping) -> Drift:
    return Drift(
        id=id,
        column=column,
        window_seconds=log.profile_seconds,
        tolerance=tolerance,
        baseline=Reference(),
        minimum=MINIMUM,
        run_length=FAMILY_RUN_LENGTH,
        measure=measure,
        status=Status.LIVE,
        failure_modes=(FailureMode.DRIFT,),
    )


def _quantities(log: LogMapping, latency: Sequence[str], cost: Sequence[str]) -> Iterator[Detector]:
    for column in (*latency, *cost):
        yield Quantity(
            id=f"p95-{column}",
            column=column,
            statistic=Statistic.P95,
            window_seconds=log.profile_seconds,
            direction=Direction.UP,
            tolerance=QUANTITY_TOLERANCE,
            basis=Basis.RELATIVE,
            baseline=Reference(),
            minimum=MINIMUM,
            run_length=FAMILY_RUN_LENGTH,
            status=Status.LIVE,
            failure_modes=(FailureMode.DEGRADATION,),
        )


def _fairness(log: LogMapping) -> Iterator[Detector]:
    known = log.decisions
    labelled = known.truth is not None
    if known.decided is not None and known.groups:
        yield _parity(Parity.DISPARATE_IMPACT, IMPACT_TOLERANCE, Basis.RELATIVE, log)
    if known.decided is not None and labelled and known.groups:
        yield _parity(Parity.EQUALISED_ODDS, ODDS_TOLERANCE, Basis.POINTS, log)
    if known.score is not None and labelled:
        yield Calibration(
            id="calibration",
            window_seconds=log.profile_seconds,
            tolerance=CALIBRATION_TOLERANCE,
            minimum=MINIMUM,
            run_length=FAMILY_RUN_LENGTH,
            status=Status.LIVE,
            failure_modes=(FailureMode.DEGRADATION,),
        )


def _parity(parity: Parity, tolerance: float, basis: Basis, log: LogMapping) -> Fairness:
    return Fairness(
        id=parity.value,
        parity=parity,
        groups=log.decisions.groups,
        compared_with=None,
        window_seconds=log.profile_seconds,
        tolerance=tolerance,
        basis=basis,
        minimum=MINIMUM,
        run_length=FAMILY_RUN_LENGTH,
        status=Status.LIVE,
        failure_modes=(FailureMode.UNFAIR_OUTCOME,),
    )


def _named_apart(detectors: Sequence[Detector]) -> Iterator[Detector]:
    """The detectors under names that a declaration may hold, each name once."""
    taken: set[str] = set()
    for one in detectors:
        name = _SIGNS.sub("_", one.id)[:60] or "detector"
        name = name if name[0].isalnum() else f"x{name}"
        numbered = (f"{name}.{number}" for number in itertools.count(2))
        found = next(each for each in itertools.chain([name], numbered) if each not in taken)
        taken.add(found)
        yield msgspec.structs.replace(one, id=found)
