"""Proving a plan of a thousand steps, against reading the same plan."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import TypeVar

from bench.table import Table, paired
from tocsin.playbook import plan_of
from tocsin.playbook.proof import prove

Of = TypeVar("Of")
STEPS, ROUNDS, LIMIT_SECONDS = 1000, 5, 2.0
_HEAD = """\
plan: bench
version: "1"
title: T
communication:
  - {audience: lead, within: 30m, by: commander}
  - {audience: board, within: 60d, by: commander}
audiences: {customers: {where: outside, approved_by: [communications]}}
steps:
"""
_END = """\
  last: {tell: board, subject: S, text: T, through: mail, next: over, on_failure: over}
  over: {end: completed}
"""
_ONE = """\
  b{n}: {{parallel: [s{n}, k{n}, t{n}], next: o{n}}}
  s{n}: {{act: hand, target: system-{n}, wanted: off, effect: stop, undo: on, next: p{n},
          on_failure: a{n}}}
  p{n}: {{probe: eye, target: system-{n}, wanted: off, next: join, on_not_shown: w{n}}}
  w{n}: {{wait: 10s, rounds_max: 3, next: p{n}, on_rounds_max: a{n}}}
  a{n}: {{ask: Q, role: on-call, choices: {{x: join, y: join}}, limit: 15m, on_limit: x}}
  k{n}: {{seal: [item-{n}], budget: 60s, next: join, on_insufficient: join}}
  t{n}: {{tell: lead, subject: S, text: T, through: mail, next: join, on_failure: join}}
  o{n}: {{approve: S, role: communications, next: c{n}, on_declined: d{n}, limit: 1h,
          on_limit: d{n}}}
  c{n}: {{approve: S, role: counsel, next: x{n}, on_declined: d{n}, limit: 1h, on_limit: d{n}}}
  x{n}: {{tell: customers, subject: S, text: T, through: mail, next: d{n}, on_failure: d{n}}}
  d{n}: {{decide: [{{when: severity == 'sev1', next: r{n}}}], otherwise: {on}, undetermined: {on}}}
  r{n}: {{act: hand, target: model-{n}, wanted: good, evidence: [item-{n}], undo: before,
          approvals: 2, soft: 20m, limit: 1h, from: run, on_limit: {on}, next: {mid},
          on_declined: {on}, on_failure: {on}}}
"""
_GATED = """\
  g{n}: {{gate: [{{probe: eye, target: system-{n}, wanted: good, criterion: safety}}], next: l{n},
          on_not_shown: {on}, on_undetermined: {on}}}
  l{n}: {{act: hand, target: system-{n}, wanted: on, undo: off, next: {on}, on_failure: {on}}}
"""


def text_of(steps: int, *, good: bool) -> bytes:
    """A plan of this many steps: one containment and recovery after another, each with branches,
    a circle and words that go outside; without its gates when it is not good."""
    size = 14 if good else 13
    many = (steps - 2) // size
    parts = [_HEAD]
    for n in range(many):
        on = f"b{n + 1}" if n + 1 < many else "last"
        mid = f"g{n}" if good else f"l{n}"
        parts.append(_ONE.format(n=n, on=on, mid=mid))
        gated = _GATED.format(n=n, on=on)
        parts.append(gated if good else "  l" + gated.split("\n  l", 1)[1])
    return "".join([*parts, _END]).encode()


def run() -> Table:
    """CPU seconds of this process."""
    rows, met = [], True
    for name, good in (("nothing refuted", True), ("70 lifts without a gate", False)):
        text = text_of(STEPS, good=good)
        plan = plan_of(text)
        proven, read, ratio = paired(_timed(prove, plan), _timed(plan_of, text), ROUNDS)
        met = met and proven < LIMIT_SECONDS
        rows.append([name, str(len(plan.steps)), f"{read:.2f}", f"{proven:.2f}", f"{ratio:.2f}"])
    return Table(
        title="Proving a plan of a thousand steps",
        columns=["plan", "steps", "read, CPU s", "proven, CPU s", "proven/read"],
        rows=rows,
        note="All eight properties, bounds and limits, against reading the same bytes strictly. "
        f"Limit: {LIMIT_SECONDS:.0f} CPU seconds. Medians of {ROUNDS} interleaved rounds, ratios "
        "taken within a round.",
        met=met,
    )


def _timed(work: Callable[[Of], object], of: Of) -> Callable[[], float]:
    def seconds() -> float:
        begun = process_time()
        work(of)
        return process_time() - begun

    return seconds
