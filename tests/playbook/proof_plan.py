"""A small plan of which everything is proven, and how its proof is asked for."""

from __future__ import annotations

from tocsin.playbook import Plan, plan_of
from tocsin.playbook.proof import Allowances, Counter, Passed, Proof, Property, prove

GOOD = """\
plan: p
version: "1"
title: T
communication:
  - {audience: lead, within: 30m, by: commander}
audiences:
  customers: {where: outside, approved_by: [communications]}
  lead: {where: inside}
continuity: {fallback: people, recovery_target: 4h}
start: together
steps:
  together: {parallel: [stop, keep], next: tell-lead}
  stop: {act: switch, target: assistant.model, wanted: off, effect: stop, undo: on, next: seen,
         on_failure: by-hand}
  seen: {probe: eye, target: assistant, wanted: off, next: join, on_not_shown: settle,
         on_undetermined: settle}
  settle: {wait: 10s, rounds_max: 3, next: seen, on_rounds_max: by-hand}
  by-hand: {ask: "Done by hand?", role: on-call, choices: {done: join, cannot: join}, limit: 15m,
            on_limit: cannot}
  keep: {seal: [model], budget: 60s, next: join, on_insufficient: join}
  tell-lead: {tell: lead, subject: S, text: T, through: mail, next: ok-words, on_failure: ok-words}
  ok-words: {approve: the words, role: communications, next: ok-counsel, on_declined: repair,
             limit: 1h, on_limit: repair}
  ok-counsel: {approve: the words, role: counsel, next: tell-customers, on_declined: repair,
               limit: 1h, on_limit: repair}
  tell-customers: {tell: customers, subject: S, text: T, through: mail, next: repair,
                   on_failure: repair}
  repair: {act: registry, target: model, wanted: good, undo: before, evidence: [model],
           approvals: 2, limit: 30m, soft: 20m, next: gate, on_limit: not-solved,
           on_declined: not-solved, on_failure: not-solved}
  gate:
    gate: [{probe: eye, target: assistant, wanted: good, criterion: performance}]
    next: lift
    on_not_shown: not-solved
    on_undetermined: not-solved
  lift: {act: switch, target: assistant.model, wanted: on, undo: off, next: over,
         on_failure: stop-again}
  over: {end: completed}
  stop-again: {act: switch, target: assistant.model, wanted: off, effect: stop, undo: on,
               next: seen-again, on_failure: call}
  seen-again: {probe: eye, target: assistant, wanted: off, next: not-solved, on_not_shown: call,
               on_undetermined: call}
  call: {page: on-call, text: T, within: 5m, next: not-solved, on_unanswered: tell-again}
  tell-again: {tell: lead, subject: U, text: T, through: mail, next: not-solved,
               on_failure: not-solved}
  not-solved: {end: failed}
"""


def changed(*pairs: tuple[str, str], text: str = GOOD) -> Plan:
    """The good plan with these words in the place of others, each of which stands there once."""
    for before, after in pairs:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return plan_of(text.encode())


def proof_of(plan: Plan | str, allowed: Allowances | None = None) -> Proof:
    return prove(plan_of(plan.encode()) if isinstance(plan, str) else plan, allowed)


def of(proof: Proof, id: str) -> Property:
    return next(one for one in proof.properties if one.id == id)


def only(proof: Proof, id: str) -> Counter:
    """The one counter-example of a property."""
    (counter,) = of(proof, id).counters
    return counter


def way(counter: Counter) -> list[str]:
    """Its way as "step result", a branch in brackets."""
    return [_told(passed) for passed in counter.way]


def _told(passed: Passed) -> str:
    branches = [" ".join(_told(inner) for inner in branch) for branch in passed.beside]
    beside = f" [{' | '.join(branches)}]" if branches else ""
    return f"{passed.step} {passed.result}".strip() + beside
