"""What is measured in a run: which moments are watched for, when it is contained, which limits run.

Containment is what a probe has shown after an act that stops the harm; where no probe looks at such
an act, that it was done. Limits are those of the plan (of its steps, of its communication, of
recovery, that a call is answered) and those that were named beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.facts.runs import Effect, Ending, Verdict
from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation.network import CONTAINED, Limit
from tocsin.playbook.simulation.times import Times
from tocsin.playbook.steps import Act, Ask, End, Look, NamedMoment, Page, Step, Tell
from tocsin.playbook.ways import (
    ANSWERED,
    APPROVED,
    DONE,
    LIMIT,
    SEALED,
    UNANSWERED,
    results_of,
    ways_out,
)

BEGINS, ENDS = "begins", "ends"
"""Moments of a step that are no results of it."""

GOOD = frozenset({DONE, APPROVED, SEALED, ANSWERED, Verdict.SHOWN.value})
"""Results by which a step has done what it is there for; of a question, every answer has."""


class Measures:
    """The moments of a plan by step and result, and its limits."""

    def __init__(self, plan: Plan, times: Times, recovery_minutes: int | None) -> None:
        self._plan, self._times = plan, times
        self._by_place: dict[tuple[str, str], int] = {("", ""): CONTAINED}
        self.stops = dict(self._stops())
        self.limits = (
            *self._of_steps(),
            *self._of_words(),
            *self._of_recovery(recovery_minutes),
            *self._named(),
        )

    @property
    def count(self) -> int:
        """How many moments there are."""
        return len(self._by_place)

    def moment(self, step: str, result: str) -> int:
        """The moment at which a step has this result, begins or ends."""
        return self._by_place.setdefault((step, result), len(self._by_place))

    def marks(self, step: str, result: str) -> tuple[int, ...]:
        """The moments that a result of a step fixes."""
        places = ((step, result), (step, ENDS))
        return tuple(self._by_place[place] for place in places if place in self._by_place)

    def begins(self, step: str) -> tuple[int, ...]:
        """The moments that the beginning of a step fixes."""
        place = (step, BEGINS)
        return (self._by_place[place],) if place in self._by_place else ()

    def since(self, step: Step) -> int:
        """The moment from which the limits of a step count; -1 for when it begins."""
        if step.before or step.counted_from in _NAMED:
            return self.moment(self._plan.start, BEGINS)
        return self.moment(step.counted_from, ENDS) if step.counted_from else -1

    def within_ms(self, step: Step, seconds: int | None) -> int | None:
        """A limit of a step as milliseconds after `since`; None where nobody knows when it is."""
        if seconds is None or not step.before:
            return None if seconds is None else seconds * 1000
        deadline = self._times.deadlines.get(step.before)
        return None if deadline is None else max(0, deadline - seconds * 1000)

    def _stops(self) -> Iterator[tuple[tuple[str, str], tuple[int, ...]]]:
        """For each result that contains: the acts, as moments, one of which must have been done."""
        shown: dict[tuple[str, str], tuple[int, ...]] = {}
        for step in self._plan.steps.values():
            if not isinstance(step, Act) or step.effect is not Effect.STOP:
                continue
            looks = list(_looks_at(self._plan, step))
            if not looks:
                yield (step.id, DONE), (-1,)
            for look in looks:
                place = look, Verdict.SHOWN.value
                shown[place] = (*shown.get(place, ()), self.moment(step.id, DONE))
        yield from shown.items()

    def _of_steps(self) -> Iterator[Limit]:
        for step in self._plan.steps.values():
            seconds: int | None = getattr(step, "limit_seconds", None)
            hard = self.within_ms(step, seconds)
            waits = not isinstance(step, Act) or step.approvals
            if hard is not None and waits:
                missed = self.moment(step.id, LIMIT)
                yield Limit(id=f"{step.id}: limit", within_ms=hard, missed_by=missed)
            soft = self.within_ms(step, step.soft_seconds)
            if soft is not None:
                since = self.since(step)
                yield Limit(
                    id=f"{step.id}: soft limit",
                    within_ms=soft,
                    counted_from=self.moment(step.id, BEGINS) if since < 0 else since,
                    met_by=(self.moment(step.id, ENDS),),
                    owed=False,
                )
            if isinstance(step, Page):
                missed = self.moment(step.id, UNANSWERED)
                yield Limit(id=f"{step.id}: somebody answers", within_ms=0, missed_by=missed)

    def _of_words(self) -> Iterator[Limit]:
        steps = self._plan.steps.values()
        for link in self._plan.communication:
            told = [s.id for s in steps if isinstance(s, Tell) and link.audience in s.audiences]
            called = [s.id for s in steps if isinstance(s, Page) and s.role == link.audience]
            yield Limit(
                id=f"{link.audience} hears of it",
                within_ms=link.within_seconds * 1000,
                met_by=(
                    *(self.moment(step, DONE) for step in told),
                    *(self.moment(step, ANSWERED) for step in called),
                ),
            )

    def _of_recovery(self, minutes: int | None) -> Iterator[Limit]:
        own = self._plan.continuity
        seconds = own.recovery_target_seconds if own else (minutes * 60 if minutes else None)
        ends = [
            step.id
            for step in self._plan.steps.values()
            if isinstance(step, End) and step.ending is Ending.COMPLETED
        ]
        if seconds is not None and ends:
            met = tuple(self.moment(step, Ending.COMPLETED.value) for step in ends)
            yield Limit(id="recovery target", within_ms=seconds * 1000, met_by=met)

    def _named(self) -> Iterator[Limit]:
        steps = self._plan.steps
        for one in self._times.limits:
            met = [(name, result) for name in one.steps for result in _good(steps[name])]
            since = self.moment(one.counted_from, ENDS) if one.counted_from else -1
            yield Limit(
                id=one.id,
                within_ms=one.within_ms,
                counted_from=since,
                met_by=tuple(self.moment(name, result) for name, result in met),
            )


_NAMED = frozenset(moment.value for moment in NamedMoment)


def _good(step: Step) -> Iterable[str]:
    if isinstance(step, Ask):
        return step.choices
    if isinstance(step, End):
        return (step.ending.value,)
    results = results_of(step)
    return sorted(GOOD & results) or sorted(results)


def _looks_at(plan: Plan, act: Act) -> Iterator[str]:
    """The probes after an act that look whether it took effect.

    They want what it wanted, of its target or of what its target is part of. Where none does, the
    probe that follows it at once is meant for it, whatever the words.
    """
    after = plan.steps.get(act.next)
    seen: set[str] = set()
    ahead = [act.next]
    found = []
    while ahead:
        name = ahead.pop()
        if name in seen or name not in plan.steps:
            continue
        seen.add(name)
        step = plan.steps[name]
        if isinstance(step, Look) and step.wanted == act.wanted and _is_part(act, step):
            found.append(name)
        ahead += [to for _, to in ways_out(step)]
    if not found and isinstance(after, Look):
        found = [after.id]
    yield from sorted(found)


def _is_part(act: Act, look: Look) -> bool:
    one, other = f"{act.target}.", f"{look.target}."
    return one.startswith(other) or other.startswith(one)
