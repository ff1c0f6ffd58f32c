"""Cases worked by hand against a law pack: each expectation missed, with its trace. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from tocsin.duties.contradictions import first_awareness
from tocsin.duties.duty import Duty, Standing
from tocsin.duties.law import Law
from tocsin.duties.raised import duties_raised, duty_of
from tocsin.duties.worked import Expected, Outcome, Worked
from tocsin.register.mistakes import did_you_mean

_COUNTS = (Standing.RAISED, Standing.OPEN)
_STANDINGS = {
    Outcome.DUE: _COUNTS,
    Outcome.ANTICIPATORY: (Standing.ANTICIPATORY,),
    Outcome.NOT_IN_FORCE: (Standing.NOT_IN_FORCE, Standing.WATCH),
    Outcome.NOT_APPLICABLE: (Standing.NOT_RAISED,),
    Outcome.RAISED: (Standing.RAISED,),
    Outcome.NOT_RAISED: tuple(one for one in Standing if one not in _COUNTS),
    Outcome.OPEN: (Standing.OPEN,),
}


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """One expectation that is not met.

    Args:
        what: "status", "due", "latest_arguable", "immediately_from", "open" or "rule".
        trace: how the deadline that was found came about, and why the duty stands as it does.
    """

    case: str
    rule: str
    what: str
    expected: str
    found: str
    trace: tuple[str, ...] = ()


def checked(law: Law, cases: Iterable[Worked], *, at: datetime) -> tuple[Miss, ...]:
    """All expectations that are not met, in the order of the cases.

    Args:
        at: as of when, for cases that do not say so.
    """
    return tuple(miss for case in cases for miss in _missed(law, case, at))


def _missed(law: Law, case: Worked, at: datetime) -> Iterator[Miss]:
    when = case.at or at
    if case.place is not None:
        when = case.at or first_awareness(case.facts) or at  # a vector holds on whatever day
        rules = [one.rule for one in case.expected]
        found = [duty_of(law, rule, case.facts, at=when, place=case.place) for rule in rules]
        duties = {duty.rule.id: duty for duty in found if duty is not None}
    else:
        duties = {duty.rule.id: duty for duty in duties_raised(law, case.facts, at=when)}
    for one in case.expected:
        duty = duties.get(one.rule)
        if duty is None:
            known = dict.fromkeys(rule.id for rule in law.rules)
            remedy = did_you_mean(one.rule, known, "see: tocsin law list")
            yield Miss(case=case.id, rule=one.rule, what="rule", expected="a rule of this name",
                       found=f"none; {remedy}")  # fmt: skip
            continue
        yield from _compared(case, one, duty)


def _compared(case: Worked, expected: Expected, duty: Duty) -> Iterator[Miss]:
    trace = tuple(traced(duty))

    def miss(what: str, wanted: str, found: str) -> Miss:
        return Miss(case=case.id, rule=expected.rule, what=what, expected=wanted, found=found,
                    trace=trace)  # fmt: skip

    if duty.standing not in _STANDINGS[expected.outcome]:
        yield miss("status", expected.outcome.value, duty.standing.value)
        return
    for name, wanted in expected.instants.items():
        found = instant_named(duty, name)
        if found != wanted:
            yield miss(name, _told(wanted), _told(found))
    unasked = [key for key in expected.asks if key not in duty.missing]
    if unasked:
        yield miss("open", ", ".join(expected.asks), ", ".join(duty.missing) or "nothing missing")


def instant_named(duty: Duty, name: str) -> datetime | None:
    """The instant of a duty under the name that cases give it."""
    if name == "immediately_from":
        return duty.immediately_from
    if duty.deadline is None:
        return None
    return duty.deadline.conservative if name == "due" else duty.deadline.latest


def traced(duty: Duty) -> Iterator[str]:
    """How a duty came to stand as it does: its reason, then each clock with what moved it."""
    yield f"{duty.standing.value}: {duty.why}"
    for clock in duty.clocks:
        yield f"{clock.clock.paragraph}: from {clock.started_by} {_told(clock.started_at)}"
        for step in clock.deadline.steps:
            only = " (latest only)" if step.latest_only else ""
            yield f"  {step.paragraph}: {step.says}: {_told(step.at)}{only}"


def _told(instant: datetime | None) -> str:
    return "none" if instant is None else instant.isoformat()
