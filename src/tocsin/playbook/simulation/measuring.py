"""Takes times from the record of incidents and drills: how long people and machines really took.

Only time counts in which somebody who could answer was at work. What was waited for in vain, until
a limit passed or a call gave up, counts too: as at least that long. Where fewer than five came to
an end nothing is measured, for of three answers nobody knows how slow the tenth is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import exp, log, sqrt
from statistics import NormalDist, fmean, pstdev

import msgspec

from tocsin.facts import Entry
from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.reach import PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import (
    Answered,
    Approved,
    Asked,
    Attempted,
    Declined,
    Effect,
    LimitPassed,
    Ordered,
    Outcome,
    Receipted,
    RunStarted,
)
from tocsin.playbook.simulation.calendar import Span, merged, spans_of
from tocsin.playbook.simulation.draws import P90, Spread
from tocsin.playbook.simulation.times import Basis, StepKind, Timing, What
from tocsin.register.model import Person, Register
from tocsin.register.reach import is_working

ENDED_LEAST = 5
SIGMA_LEAST, SIGMA_MOST = 0.05, 3.5
_ROUNDS = 200
_NORMAL = NormalDist()
_WAITED = (Asked, ApprovalAsked, Ordered, PageBegan)

Times = dict[tuple[str, What], Timing]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One time that was taken.

    Args:
        places: of what it tells, as a file of times names it: "steps.ask-commander", "kinds.ask".
        ended: False where it was waited for in vain, so that it is at least this long.
    """

    places: tuple[str, ...]
    what: What
    ms: int
    ended: bool


def measured(logs: Iterable[Sequence[Entry]], register: Register, plan: str) -> Times:
    """What the logs of incidents say about times, for the steps of a plan and for all plans.

    Args:
        plan: the id of the plan; only its own runs tell of its steps.
    """
    found: dict[tuple[str, What], list[Seen]] = {}
    for entries in logs:
        for seen in _taken(entries, register, plan):
            for place in seen.places:
                found.setdefault((place, seen.what), []).append(seen)
    times: Times = {}
    for (place, what), some in sorted(
        found.items(), key=lambda item: (item[0][0], item[0][1].value)
    ):
        ended = [one.ms for one in some if one.ended]
        spread = fitted(ended, [one.ms for one in some if not one.ended])
        if spread is None:
            continue
        source = f"{len(ended)} in the record" + (
            f", and {len(some) - len(ended)} waited for in vain" if len(some) > len(ended) else ""
        )
        name = f"{place}.{what.value}"
        times[place, what] = Timing(name=name, basis=Basis.MEASURED, source=source, spread=spread)
        if what is What.REACTION and place != f"kinds.{StepKind.PAGE.value}":
            # The record knows when a question was answered, not when somebody began to think.
            work = Spread(median_ms=1, p90_ms=1)
            times[place, What.WORK] = Timing(
                name=f"{place}.{What.WORK.value}",
                basis=Basis.MEASURED,
                source=f"{source}: within the reaction",
                spread=work,
            )
    return times


def fitted(ended: Sequence[int], at_least: Sequence[int]) -> Spread | None:
    """The log-normal spread of these times, of which some were only seen not to end so far.

    Source: the EM algorithm for a normal sample that is cut off on the right.
    """
    if len(ended) < ENDED_LEAST:
        return None
    known, cut = [log(max(1, ms)) for ms in ended], [log(max(1, ms)) for ms in at_least]
    mu, sigma = fmean(known), min(SIGMA_MOST, max(SIGMA_LEAST, pstdev(known)))
    for _ in range(_ROUNDS if cut else 0):
        first, second = list(known), [one * one for one in known]
        for one in cut:
            above = (one - mu) / sigma
            rate = _rate(above)
            first.append(mu + sigma * rate)
            second.append(mu * mu + sigma * sigma + sigma * (one + mu) * rate)
        mu = fmean(first)
        sigma = min(SIGMA_MOST, max(SIGMA_LEAST, sqrt(max(0.0, fmean(second) - mu * mu))))
    median = max(1, round(exp(mu)))
    return Spread(median_ms=median, p90_ms=max(median, round(exp(mu + P90 * sigma))))


def _rate(above: float) -> float:
    """The mean of a standard normal beyond a point; far out, what it comes near to."""
    return above + 1 / above if above > 6 else _NORMAL.pdf(above) / _NORMAL.cdf(-above)


def _taken(entries: Sequence[Entry], register: Register, plan: str) -> Iterator[Seen]:
    own, begun = set[str](), dict[int, Entry]()
    attempts: dict[int, datetime] = {}
    calls: dict[int, datetime] = {}
    for entry in entries:
        fact, at = entry.fact, entry.happened_at
        if isinstance(fact, RunStarted) and fact.plan == plan:
            own.add(fact.run)
        elif isinstance(fact, _WAITED):
            begun[entry.seq] = entry
            if isinstance(fact, PageBegan):
                calls[entry.seq] = at
        elif isinstance(fact, Attempted):
            attempts[fact.order] = at
        elif isinstance(fact, Receipted) and fact.outcome is Outcome.DONE:
            yield from _machine(begun.get(fact.order), attempts.get(fact.order), at, own)
        elif isinstance(fact, PageAnswered | PageUnanswered):
            yield from _called(begun.get(fact.page), calls, entry, register, own)
        elif isinstance(fact, Answered | Approved | Declined | LimitPassed):
            yield from _asked(begun.get(_asked_of(fact)), entry, register, own)


def _asked_of(fact: Answered | Approved | Declined | LimitPassed) -> int:
    if isinstance(fact, Answered):
        return fact.asked
    return fact.entry if isinstance(fact, LimitPassed) else fact.order


def _machine(
    order: Entry | None, since: datetime | None, at: datetime, own: set[str]
) -> Iterator[Seen]:
    fact = order.fact if order is not None else None
    if isinstance(fact, Ordered) and since is not None and fact.effect is not Effect.TELL:
        places = _places(fact.run, fact.step, StepKind.ACT, own)
        yield Seen(places=places, what=What.TAKES, ms=_ms(at - since), ended=True)


def _called(
    page: Entry | None,
    calls: dict[int, datetime],
    entry: Entry,
    register: Register,
    own: set[str],
) -> Iterator[Seen]:
    """How long the person took who was being called; a call to somebody off work tells nothing."""
    fact, at = (page.fact if page is not None else None), entry.happened_at
    if page is None or not isinstance(fact, PageBegan):
        return
    since, calls[page.seq] = calls[page.seq], at
    if isinstance(entry.fact, PageUnanswered) and (entry.fact.lost or entry.fact.refused):
        return  # they may never have been called
    answered = isinstance(entry.fact, PageAnswered)
    who = entry.fact.person if isinstance(entry.fact, PageUnanswered) else entry.author.who
    person = register.people.get(who)
    if person is None or not is_working(person, since):
        return
    places = _places(fact.run, fact.step, StepKind.PAGE, own)
    yield Seen(places=places, what=What.REACTION, ms=_ms(at - since), ended=answered)


def _asked(asked: Entry | None, entry: Entry, register: Register, own: set[str]) -> Iterator[Seen]:
    fact = asked.fact if asked is not None else None
    if asked is None or not isinstance(fact, Asked | ApprovalAsked | Ordered):
        return
    kind = StepKind.ASK if isinstance(fact, Asked) else StepKind.APPROVE
    people = list(register.people.values())
    if isinstance(fact, Ordered):
        people = [one for one in people if one.id == entry.author.who]
    else:
        people = [one for one in people if fact.role in one.roles] or people
    ms = _at_work(people, asked.happened_at, entry.happened_at)
    ended = not isinstance(entry.fact, LimitPassed)
    places = _places(fact.run, fact.step, kind, own)
    yield Seen(places=places, what=What.REACTION, ms=ms, ended=ended)


def _places(run: str, step: str, kind: StepKind, own: set[str]) -> tuple[str, ...]:
    everywhere = f"kinds.{kind.value}"
    return (f"steps.{step}", everywhere) if run in own else (everywhere,)


def _at_work(people: Sequence[Person], since: datetime, until: datetime) -> int:
    """The milliseconds between two instants in which at least one of these people was at work."""
    if not people or any(not one.hours for one in people):
        return _ms(until - since)
    midnight = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    spans: list[Span] = []
    for one in people:
        spans += spans_of(one.hours, one.time_zone, midnight)
    begin, end = ((at - midnight) // timedelta(milliseconds=1) for at in (since, until))
    inside = (min(end, closes) - max(begin, opens) for opens, closes in merged(spans))
    return max(1, sum(max(0, one) for one in inside))


def _ms(span: timedelta) -> int:
    return max(1, span // timedelta(milliseconds=1))
