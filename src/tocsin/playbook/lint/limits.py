"""Time: the limits of a plan can be kept, and its own promise of recovery too."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.facts.runs import Effect, Ending
from tocsin.playbook.earliest import Measure, least_seconds, waited
from tocsin.playbook.lint.rule import Family, Told
from tocsin.playbook.lint.subject import Subject, ended
from tocsin.playbook.steps import (
    Act,
    Approve,
    Ask,
    Call,
    End,
    Gate,
    NamedMoment,
    Page,
    Seal,
    Step,
    Wait,
)

LIMITS = Family(3, "Time")
_FROM_THE_START = {moment.value for moment in NamedMoment} - {NamedMoment.AWARE.value}


@LIMITS.error(
    "TP301",
    "limit-over-before-it-begins",
    "A limit that is over before its step can begin gives nobody a chance.",
    bad="""
      redecide:
        ask: Let people decide anew about every applicant on the list. Done?
        role: hiring-lead
        choices: {done: rest, cannot: failed}
        limit: 10d
        on_limit: cannot
        purpose: [redecide]
        raci: {accountable: hiring-lead, responsible: [hiring-lead], consulted: [counsel]}
      rest:
        wait: 2d
        next: words
      words:
        approve: The letter to the applicants
        role: communications
        limit: 1d   # <-
        from: redecide
    """,
    good="""
      redecide:
        ask: Let people decide anew about every applicant on the list. Done?
        role: hiring-lead
        choices: {done: words, cannot: failed}
        limit: 10d
        on_limit: cannot
        purpose: [redecide]
        raci: {accountable: hiring-lead, responsible: [hiring-lead], consulted: [counsel]}
      words:
        approve: The letter to the applicants
        role: communications
        limit: 1d
    """,
)
def over_before_it_begins(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        since = step.counted_from
        if not since or since == step.id:
            continue
        if since in _FROM_THE_START:
            begins = subject.least_seconds.get(step.id, 0)
        elif since in subject.plan.steps:
            begins = least_seconds(subject.plan, since=since).get(step.id, 0)
        else:
            continue
        for field, seconds in (("limit", limit_of(step)), ("soft", step.soft_seconds)):
            if seconds is not None and begins >= seconds:
                yield Told(
                    f"steps.{step.id}.{field}",
                    f"the waits before this step take {told(begins)} from there, and its limit is "
                    f"{told(seconds)}",
                    "shorten the waits, or let the limit be longer than they are",
                )


@LIMITS.error(
    "TP302",
    "limit-from-a-step-gone-around",
    "A limit that counts from a step which a way goes around begins to count at no moment at all.",
    bad="""
      redecide:
        ask: Let people decide anew about every applicant on the list. Done?
        role: hiring-lead
        choices: {done: words, cannot: failed}
        limit: 10d
        from: lift   # <-
        on_limit: cannot
    """,
    good="""
      redecide:
        ask: Let people decide anew about every applicant on the list. Done?
        role: hiring-lead
        choices: {done: words, cannot: failed}
        limit: 10d
        on_limit: cannot
    """,
)
def from_a_step_gone_around(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        since = step.counted_from
        behind = subject.behind.get(step.id, frozenset())
        if since in subject.plan.steps and ended(since) not in behind:
            yield Told(
                f"steps.{step.id}.from",
                f"a way leads here on which {since} has not ended",
                "count from a step that lies before this one on every way, or from a moment",
            )


LIMITS.told_elsewhere(
    "TP303",
    "soft-after-hard",
    "A warning that comes after the limit warns nobody.",
    bad="""
      stop-by-hand:
        ask: The switch did not show its effect. Route applications to people by hand. Done?
        role: on-call
        choices: {done: meanwhile, cannot: meanwhile}
        limit: 15m
        soft: 20m   # <-
        on_limit: cannot
    """,
    good="""
      stop-by-hand:
        ask: The switch did not show its effect. Route applications to people by hand. Done?
        role: on-call
        choices: {done: meanwhile, cannot: meanwhile}
        limit: 15m
        on_limit: cannot
    """,
)


@LIMITS.advice(
    "TP304",
    "question-shorter-than-its-call",
    "Whoever has five minutes to answer a call cannot answer its question within one.",
    bad="""
      stop-by-hand:
        ask: The switch did not show its effect. Route applications to people by hand. Done?
        role: on-call
        choices: {done: meanwhile, cannot: meanwhile}
        limit: 1m   # <-
        on_limit: cannot
    """,
    good="""
      stop-by-hand:
        ask: The switch did not show its effect. Route applications to people by hand. Done?
        role: on-call
        choices: {done: meanwhile, cannot: meanwhile}
        limit: 15m
        on_limit: cannot
    """,
)
def shorter_than_its_call(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        if not isinstance(step, Ask | Approve) or step.limit_seconds is None:
            continue
        behind = subject.behind.get(step.id, frozenset())
        calls = [
            page
            for page in subject.steps
            if isinstance(page, Page) and page.role == step.role and ended(page.id) in behind
        ]
        longest = max((page.within_seconds for page in calls), default=0)
        if step.limit_seconds < longest and not step.counted_from and not step.before:
            yield Told(
                f"steps.{step.id}.limit",
                f"{step.role} has {told(longest)} to answer a call, and only "
                f"{told(step.limit_seconds)} to answer this",
                f"give them {told(longest)} or more",
            )


@LIMITS.advice(
    "TP305",
    "waits-for-ever",
    "A question that nobody answers holds the plan for ever: say what follows when time is up.",
    bad="""
      retrain:   # <-
        ask: Retrain without the proxies of the group. Is the candidate ready?
        role: data-science-lead
        choices: {ready: fair, not-possible: redecide}
    """,
    good="""
      retrain:
        ask: Retrain without the proxies of the group. Is the candidate ready?
        role: data-science-lead
        choices: {ready: fair, not-possible: redecide}
        limit: 5d
        on_limit: not-possible
    """,
)
def waits_for_ever(subject: Subject) -> Iterator[Told]:
    for step in subject.steps:
        gated = isinstance(step, Act) and step.approvals and step.effect is not Effect.STOP
        asks = isinstance(step, Ask | Approve | Call) or gated
        if asks and limit_of(step) is None:
            remedy = "write `limit:` and `on_limit:`"
            yield Told(f"steps.{step.id}", "it is waited for without an end", remedy)


@LIMITS.error(
    "TP306",
    "recovery-not-before-its-target",
    "A plan whose best way is longer than the recovery that it promises cannot keep its promise.",
    at="continuity",
    bad="""
      board-agrees:
        approve: The ranking may serve again
        role: ethics-board
        limit: 5d
        on_limit: redecide
        on_declined: redecide
        next: rest
        raci: {accountable: incident-commander, responsible: [ethics-board]}
      rest:
        wait: 40d
        next: lift
    """,
    good="""
      board-agrees:
        approve: The ranking may serve again
        role: ethics-board
        limit: 5d
        on_limit: redecide
        on_declined: redecide
        next: lift
        raci: {accountable: incident-commander, responsible: [ethics-board]}
    """,
)
def not_before_its_target(subject: Subject) -> Iterator[Told]:
    yield from _late(subject, waited, "its waits alone take", "shorten the waits, or promise later")


@LIMITS.advice(
    "TP307",
    "recovery-target-without-slack",
    "Where people may take longer than the promised recovery allows, the promise rests on luck.",
    bad="""
      continuity: {fallback: manual-review, recovery_target: 2d}   # <-
    """,
    good="""
      continuity: {fallback: manual-review, recovery_target: 30d}
    """,
)
def without_slack(subject: Subject) -> Iterator[Told]:
    if not any(True for _ in not_before_its_target(subject)):
        took = "the waits and limits on its best way take up to"
        yield from _late(subject, allowed, took, "shorten limits on that way, or promise later")


def _late(subject: Subject, measure: Measure, took: str, remedy: str) -> Iterator[Told]:
    continuity = subject.plan.continuity
    if continuity is None:
        return
    at = least_seconds(subject.plan, measure)
    back = [at[lift.id] + measure(lift) for lift in subject.lifts if lift.id in at]
    back = back or [
        at[end.id]
        for end in subject.steps
        if isinstance(end, End) and end.ending is Ending.COMPLETED and end.id in at
    ]
    target = continuity.recovery_target_seconds
    if back and min(back) > target:
        found = f"{took} {told(min(back))}, and it promises {told(target)}"
        yield Told("continuity", found, remedy)


def allowed(step: Step) -> int:
    """How long a step may take before its limit is over; nothing where it has none."""
    match step:
        case Wait():
            return step.seconds
        case Seal():
            return step.seconds
        case Page():
            return step.within_seconds
        case Gate():
            return 0
        case _:
            return limit_of(step) or 0


def limit_of(step: Step) -> int | None:
    """The hard limit of a step."""
    return step.limit_seconds if isinstance(step, Act | Ask | Approve | Call) else None


def told(seconds: int) -> str:
    """A span as people write it in plans, in the units that it needs: "12d 5h"."""
    parts: list[str] = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{seconds // size}{unit}")
            seconds %= size
    return " ".join(parts) or "0s"
