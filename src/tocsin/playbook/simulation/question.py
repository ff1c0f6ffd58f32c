"""One question to the simulation and its whole answer: the same bytes for the same question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import sqrt

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation.calendar import HOURS_OF_WEEK, hour_starts
from tocsin.playbook.simulation.compiling import Compiled, compiled
from tocsin.playbook.simulation.engine import Engine, Outcome
from tocsin.playbook.simulation.intervals import Estimate, Quantile, share
from tocsin.playbook.simulation.options import Worth, worths
from tocsin.playbook.simulation.study import (
    FRESH,
    Hour,
    Progress,
    Study,
    contained_quantile,
    is_missed,
    studied,
)
from tocsin.playbook.simulation.times import Times
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register

ORDINARY_WEEK = date(2027, 1, 11)
"""A week in which no clock changes; taken where nobody names one."""

OPTION_RUNS = 12 * HOURS_OF_WEEK
WORST_RUNS = 1000
WORST_LIMITS = 6
CLEARLY = 167 + 3 * sqrt(2 * 167)
"""What the variation between 168 hours is above when chance alone hardly ever explains it."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked.

    Args:
        register: None where there is none.
        zone: by whose clocks the hours of the week are told.
        week: any day of the week in which runs start.
        precision: half the width of the interval of a share at which it is sure enough.
        armed: whether acts that ask for nobody go ahead by themselves; told in words only, for the
            plan itself says it (`parties.unarmed`).
        with_options: whether it is also asked what single changes would be worth.
    """

    plan: Plan
    file: str
    register: Register | None
    times: Times
    zone: str
    week: date = ORDINARY_WEEK
    seed: int = 1
    runs_max: int = 60 * HOURS_OF_WEEK
    precision: float = 0.01
    armed: bool = True
    with_options: bool = True

    @property
    def monday(self) -> date:
        """The day on which the week begins."""
        return self.week - timedelta(days=self.week.weekday())


class Worst(msgspec.Struct, frozen=True, kw_only=True):
    """The hour at whose start a limit was missed most, measured anew with runs of its own.

    The highest of 168 figures is too high by its very choice; so those runs are not counted here.
    """

    limit: int
    hour: int
    missed: Estimate


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The hour at whose start it takes longest to contain, measured anew like the worst ones."""

    hour: int
    p50: Quantile
    p90: Quantile

    def is_later(self, usual: Quantile) -> bool:
        """Whether it takes clearly longer then than usually."""
        if usual.high is None or self.p50.low is None:
            return usual.high is not None
        return self.p50.low > usual.high


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """All that the simulation says."""

    question: Question
    made: Compiled
    study: Study
    worst: tuple[Worst, ...]
    latest: Latest
    worths: tuple[Worth, ...]


def answered(
    question: Question, progress: Progress = lambda done, total: None
) -> tuple[Answer | None, list[Mistake]]:
    """The answer, or None and the roles that nobody has."""
    made, starts, mistakes = _compiled(question)
    if made is None:
        return None, mistakes
    hours = [(start - starts[0]) // timedelta(milliseconds=1) for start in starts]
    study = studied(
        made.network, question.seed, hours, question.runs_max, question.precision, progress
    )
    worst = _worst(made, study, question.seed, hours)
    latest = _latest(made, study, question.seed, hours)
    changes: tuple[Worth, ...] = ()
    if question.with_options:
        changes = worths(made, study, question.seed, hours, OPTION_RUNS, progress)
    return Answer(
        question=question, made=made, study=study, worst=worst, latest=latest, worths=changes
    ), []


def limits_of(question: Question) -> list[str] | None:
    """The limits that are measured, by name; None where there are roles that nobody has."""
    made, _, _ = _compiled(question)
    return [one.id for one in made.network.limits] if made is not None else None


def _compiled(question: Question) -> tuple[Compiled | None, list[datetime], list[Mistake]]:
    starts = hour_starts(question.zone, datetime.combine(question.monday, time()))
    made, mistakes = compiled(
        question.plan, question.file, question.register, question.times, starts[0]
    )
    return made, starts, mistakes


def varied(study: Study) -> list[int]:
    """The limits that clearly depend on the hour at which a run starts, the most varied first."""
    spread = []
    for limit, overall in enumerate(study.missed):
        each = study.runs / HOURS_OF_WEEK
        squares = sum((hour.missed[limit] - each * overall.at) ** 2 for hour in study.hours)
        by_chance = each * overall.at * (1 - overall.at)
        if by_chance and squares / by_chance > CLEARLY:
            spread.append((-squares, limit))
    return [limit for _, limit in sorted(spread)]


def _worst(made: Compiled, study: Study, seed: int, hours: Sequence[int]) -> tuple[Worst, ...]:
    found = []
    for limit in sorted(varied(study)[:WORST_LIMITS]):
        hour = max(study.hours, key=lambda one: (one.missed[limit], -one.hour)).hour
        outcomes = _anew(made, seed, hour, hours)
        missed = sum(is_missed(made.network.limits[limit], one.moments) for one in outcomes)
        found.append(Worst(limit=limit, hour=hour, missed=share(missed, WORST_RUNS)))
    return tuple(found)


def _latest(made: Compiled, study: Study, seed: int, hours: Sequence[int]) -> Latest:
    def how_late(one: Hour) -> tuple[float, int]:
        at = one.contained_p50.at
        return (at if at is not None else float("inf")), -one.hour

    hour = max(study.hours, key=how_late).hour
    outcomes = _anew(made, seed, hour, hours)
    return Latest(
        hour=hour,
        p50=contained_quantile(outcomes, 0.5),
        p90=contained_quantile(outcomes, 0.9),
    )


def _anew(made: Compiled, seed: int, hour: int, hours: Sequence[int]) -> list[Outcome]:
    """Runs that start within one hour and have nothing in common with those of the study."""
    engine, first = Engine(made.network, seed), FRESH + hour * WORST_RUNS
    return [engine.run(first + number, hours[hour]) for number in range(WORST_RUNS)]
