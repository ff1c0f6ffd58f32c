"""The answer of a simulation in words and figures: the first line says what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.playbook.simulation.calendar import DAY_MS, HOUR_MS, MINUTE_MS
from tocsin.playbook.simulation.engine import Waiting
from tocsin.playbook.simulation.intervals import Estimate, Quantile
from tocsin.playbook.simulation.options import Worth
from tocsin.playbook.simulation.question import Answer, varied
from tocsin.playbook.simulation.study import Study
from tocsin.playbook.simulation.times import Basis, Supposed

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SECOND_MS = 1000
NOTHING_MS, NOTHING_MISSED = 500, 0.0005
"""Changes of the time to contain, and of limits missed, below these are none to be noticed."""


def words_of(answer: Answer, limit: int | None = None) -> str:
    """The whole answer for people.

    Args:
        limit: the one whose hours are drawn; None takes the one that varies most.
    """
    return "\n".join(_lines(answer, limit))


def rests_on(supposed: Sequence[Supposed]) -> str:
    """What the figures rest on, for the first line."""
    assumed = sum(one.basis is Basis.ASSUMED for one in supposed)
    if assumed == len(supposed):
        return (
            f"On assumed times: all {assumed} suppositions are assumed, none is measured. "
            "The figures are no better than these."
        )
    if assumed:
        return (
            f"On partly assumed times: {assumed} of {len(supposed)} suppositions are assumed, "
            "the others measured."
        )
    return f"On measured times: all {len(supposed)} suppositions are measured."


def bottleneck(answer: Answer) -> str | None:
    """The role for which runs wait longest, in all."""
    roles = answer.made.network.roles
    longest = max(zip(map(_waited, answer.study.waiting), roles, strict=True), default=(0, ""))
    return longest[1] if longest[0] else None


def duration_words(ms: float) -> str:
    """A span of time as people say it: "24 s", "35 min", "3.2 h", "2.7 d"."""
    size, sign = abs(ms), "-" if ms < 0 else ""
    if size < 10 * SECOND_MS:
        return f"{sign}{size / SECOND_MS:.1f} s"
    if size < 2 * MINUTE_MS:
        return f"{sign}{size / SECOND_MS:.0f} s"
    if size < 2 * HOUR_MS:
        return f"{sign}{size / MINUTE_MS:.0f} min"
    if size < 2 * DAY_MS:
        return f"{sign}{size / HOUR_MS:.1f} h"
    return f"{sign}{size / DAY_MS:.1f} d"


def hour_words(hour: int) -> str:
    """An hour of the week: "Fri 17:00"."""
    return f"{DAYS[hour // 24]} {hour % 24:02}:00"


def _lines(answer: Answer, limit: int | None) -> Iterator[str]:
    question, study = answer.question, answer.study
    yield rests_on(answer.made.supposed)
    people = "the register's people" if question.register is not None else "supposed people"
    yield (
        f"{question.plan.id} version {question.plan.version}: {study.runs:,} runs, seed "
        f"{question.seed}, {people}"
    )
    yield f"Runs start in the week of {question.monday}; hours are by the clocks of {question.zone}"
    if not question.armed:
        yield "As if it ran by itself and the system were not armed: each act waits for one yes"
    if not study.sure:
        yield (
            f"Not every share is known to {question.precision * 100:g} of a hundred yet; "
            "ask for more --runs"
        )
    yield ""
    yield from _course(answer)
    yield ""
    yield from _limits(answer)
    yield from _map(answer, limit)
    yield from _waits(answer)
    yield from _changes(answer)


def _course(answer: Answer) -> Iterator[str]:
    study = answer.study
    if any(way.stops for one in answer.made.network.activities for way in one.ways):
        yield (
            f"Contained: {_percent(study.contained)}; "
            f"{_within(study.contained_p50, study.contained_p90)}"
        )
    else:
        yield "Contained: this plan has no act with `effect: stop`, so nothing is said of it"
    latest = answer.latest
    if latest.is_later(study.contained_p50):
        when = hour_words(latest.hour)
        yield f"  latest where it starts {when}: {_within(latest.p50, latest.p90)}"
    yield (
        f"Ended: {_within(study.ended_p50, study.ended_p90)}; as completed "
        f"{_percent(study.completed)}"
    )


def _limits(answer: Answer) -> Iterator[str]:
    limits, worst = answer.made.network.limits, {one.limit: one for one in answer.worst}
    if not limits:
        yield "No limit stands in this plan."
        return
    names = [
        one.id + (f" ({duration_words(one.within_ms)})" if one.within_ms else "") for one in limits
    ]
    width = max(map(len, names))
    yield f"{'Limit':{width}}  missed in all runs     worst start"
    for number, name in enumerate(names):
        line = f"{name:{width}}  {_percent(answer.study.missed[number]):22}"
        if number in worst and worst[number].missed.low > answer.study.missed[number].high:
            line += f" {hour_words(worst[number].hour)}: {_percent(worst[number].missed)}"
        yield line.rstrip()


def _map(answer: Answer, limit: int | None) -> Iterator[str]:
    """One limit by the hour of the week at which a run starts."""
    yield ""
    if limit is None:
        chosen = varied(answer.study)
        if not chosen:
            yield "No limit is missed at some hours of the week clearly more often than at others."
            return
        limit = chosen[0]
    name = answer.made.network.limits[limit].id
    yield f'By the hour at which it starts, how many of ten runs miss "{name}"'
    yield "(. fewer than one of twenty, # nineteen of twenty or more)"
    yield "     0     6     12    18"
    for day, name in enumerate(DAYS):
        yield f"{name}  " + "".join(
            _cell(answer.study, limit, day * 24 + hour) for hour in range(24)
        )


def _cell(study: Study, limit: int, hour: int) -> str:
    one = study.hours[hour]
    share = one.missed[limit] / max(1, one.runs)
    if share < 0.05:
        return "."
    return "#" if share > 0.95 else str(min(9, max(1, round(share * 10))))


def _waits(answer: Answer) -> Iterator[str]:
    roles, runs = answer.made.network.roles, answer.study.runs
    if not roles:
        return
    width = max(map(len, roles))
    yield ""
    yield "What people do and are waited for, on average of a run"
    yield f"{'':{width}}  to be at work  to notice  to be free      work"
    rows = sorted(zip(roles, answer.study.waiting, strict=True), key=lambda r: -_waited(r[1]))
    for role, one in rows:
        parts = [duration_words(ms / runs) for ms in (one.hours, one.notice, one.queue, one.work)]
        yield f"{role:{width}}  {parts[0]:>13}  {parts[1]:>9}  {parts[2]:>10}  {parts[3]:>8}"
    found = bottleneck(answer)
    if found is not None:
        yield f"The bottleneck is {found}: no role is waited for longer."


def _changes(answer: Answer) -> Iterator[str]:
    if not answer.worths:
        return
    told = [one for one in answer.worths if not _is_nothing(one)]
    yield ""
    if told:
        head = "What one change is worth"
        width = max(len(head), *(len(one.words) for one in told))
        yield f"{head:{width}}  rank  {'time to contain':32}  rank  limits missed"
    for one in sorted(told, key=lambda w: (w.rank_missed, w.missed.at, w.words)):
        yield f"{one.words:{width}}  {_worth(one)}"
    nothing = [one.words for one in answer.worths if _is_nothing(one)]
    if nothing:
        yield "No change comes of: " + "; ".join(nothing) + "."
    if told:
        yield (
            "The same runs with and without it, missed by 100 runs; minus is better. Changes whose "
            "intervals overlap share a rank."
        )


def _is_nothing(one: Worth) -> bool:
    return _is_small(one.contained_ms, NOTHING_MS) and _is_small(one.missed, NOTHING_MISSED)


def _is_small(one: Estimate, nothing: float) -> bool:
    return max(abs(one.low), abs(one.high)) < nothing


def _worth(one: Worth) -> str:
    time = missed = "no change"
    if not _is_small(one.contained_ms, NOTHING_MS):
        at, low, high = map(duration_words, (one.contained_ms.at, one.contained_ms.low,
                                             one.contained_ms.high))  # fmt: skip
        time = f"{at} ({low} to {high})"
    if not _is_small(one.missed, NOTHING_MISSED):
        figures = (one.missed.at, one.missed.low, one.missed.high)
        at, low, high = (f"{figure * 100:+.1f}" for figure in figures)
        missed = f"{at} ({low} to {high})"
    return f"{one.rank_contained:>4}  {time:32}  {one.rank_missed:>4}  {missed}"


def _waited(one: Waiting) -> int:
    return one.hours + one.notice + one.queue


def _percent(one: Estimate) -> str:
    return f"{one.at * 100:.1f} % ({one.low * 100:.1f} to {one.high * 100:.1f})"


def _within(half: Quantile, nine: Quantile) -> str:
    """How soon half of all runs have come so far, and nine of ten."""
    if half.at is None:
        return "fewer than half ever are"
    said = f"half within {_quantile(half)}"
    if nine.at is None:
        return f"{said}, fewer than nine of ten ever are"
    return f"{said}, nine of ten within {_quantile(nine)}"


def _quantile(one: Quantile) -> str:
    at, low, high = (
        duration_words(part) if part is not None else "never"
        for part in (one.at, one.low, one.high)
    )
    return f"{at} ({low} to {high})"
