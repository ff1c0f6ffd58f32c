"""`tocsin playbook prove`: what holds of every run of a plan, and where not, a way on which it does
not. Needs no home; where there is one, its register says how many people a page calls.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, between, command
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, WRONG_USE, Answer, Screen
from tocsin.facts import Refused
from tocsin.playbook import Plan, read_plan
from tocsin.playbook.proof import (
    Allowances,
    Counter,
    LimitFigure,
    Passed,
    Proof,
    Property,
    Standing,
    prove,
    spoken,
)
from tocsin.register.reach import to_reach
from tocsin.register.strict_yaml import DURATION
from tocsin.world import RealClock

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME_COLUMN, _ID_COLUMN = 24, 20


def add(inner: Commands) -> None:
    said = "say what holds of every run of a plan, or show a way on which it does not"
    one = command(inner, "prove", run_prove, said)
    one.add_argument("plan", type=Path, metavar="PLAN.yaml")
    one.add_argument(
        "--strict", action="store_true", help="what is not proven counts as a problem too"
    )
    one.add_argument(
        "--attempt", type=_span, default=Allowances().attempt_seconds, metavar="60s",
        help="how long one attempt of a hand, or one look of a probe, takes at worst",
    )  # fmt: skip
    one.add_argument(
        "--people", type=_pair(_number), action="append", default=[], metavar="ROLE=N",
        help="how many people a page of this role calls (else as the register says, else one)",
    )  # fmt: skip
    one.add_argument(
        "--deadline", type=_pair(_span), action="append", default=[], metavar="ID=72h",
        help="how long after the run began a deadline of the plan falls",
    )  # fmt: skip


def run_prove(args: argparse.Namespace, _: Screen) -> Answer:
    plan, mistakes = read_plan(plain_bytes(args.plan), args.plan.name)
    if plan is None:
        text = "\n".join(str(one) for one in mistakes)
        first = f"{args.plan.name}: nothing is proven of a plan with mistakes; mend them first"
        return Answer(
            data={"ok": False, "mistakes": mistakes, "proof": None},
            text=f"{first}\n{text}",
            status=WRONG_USE,
        )
    deadlines = dict(args.deadline)
    for name in deadlines:
        if name not in plan.deadlines:
            among = ", ".join(sorted(plan.deadlines)) or "none"
            raise Refused(f"--deadline {name}: the plan declares: {among}")
    for role in dict(args.people):
        if role not in plan.roles:
            among = ", ".join(sorted(plan.roles)) or "nobody"
            raise Refused(f"--people {role}: the plan calls: {among}")
    people = {**_people_of(plan, args.home), **dict(args.people)}
    allowed = Allowances(attempt_seconds=args.attempt, people=people, deadlines=deadlines)
    proof = prove(plan, allowed)
    fine = not proof.refuted and not (args.strict and proof.not_proven)
    return Answer(
        data={"ok": fine, "mistakes": [], "proof": msgspec.to_builtins(proof)},
        text="\n".join(_told(proof)),
        status=DONE if fine else PROBLEM,
    )


def _people_of(plan: Plan, home: Path) -> Mapping[str, int]:
    """By role, how many people the register of the home lets a page call; empty without a home."""
    clock = RealClock()
    try:
        wiring.origin_of(home)
        register, _ = wiring.declared(home, clock)
    except Refused:
        return {}
    found: dict[str, int] = {}
    for role in plan.roles:
        having = [one.id for one in register.people.values() if role in one.roles]
        chain = {r.person.id for one in having for r in to_reach(register, one, clock.now())}
        if chain:
            found[role] = len(chain)
    return found


def _told(proof: Proof) -> Iterator[str]:
    yield f"{proof.plan} version {proof.version}: {_summary(proof)}"
    bounds = proof.bounds
    longest = "without end" if bounds.seconds_at_worst is None else spoken(bounds.seconds_at_worst)
    yield f"no run takes more than {bounds.steps} steps; the shortest is over after " \
        f"{spoken(bounds.seconds_at_best)}, the longest after {longest}"  # fmt: skip
    for name in bounds.open:
        yield f"  without end: {name}"
    for one in proof.properties:
        yield ""
        yield from _property(one)
    shown = [one for one in proof.limits if one.at_best or one.at_worst]
    if shown:
        yield ""
        yield "limits, and when the step can be over (at best .. at worst):"
        yield from (_limit(one) for one in shown)
    yield ""
    yield "this rests on:"
    yield from (f"  - {sentence}" for sentence in proof.abstraction)


def _summary(proof: Proof) -> str:
    refuted, open_ = len(proof.refuted), len(proof.not_proven)
    if not refuted and not open_:
        return f"all {len(proof.properties)} properties are proven"
    told = [f"{n} {word}" for n, word in ((refuted, "refuted"), (open_, "not proven")) if n]
    proven = len(proof.properties) - refuted - open_
    return f"{' and '.join(told)}, {proven} proven"


def _property(one: Property) -> Iterator[str]:
    about = f" (asked of {one.about})" if one.about else " (nothing of the kind is in this plan)"
    yield f"{one.id} {one.name}: {one.standing.value.upper()}{about}"
    yield f"   {one.claim}"
    yield from (f"   provided that {condition}" for condition in one.provided)
    for counter in one.counters:
        yield from _counter(counter)
    if one.more:
        yield f"   and {'' if one.all_counted else 'at least '}{one.more} more"


def _counter(one: Counter) -> Iterator[str]:
    kind = "" if one.standing is Standing.REFUTED else "not proven: "
    yield f"   {one.about} (line {one.line}): {kind}{one.missing}"
    if one.doubt:
        yield f"   {one.doubt}"
    for number, passed in enumerate(one.way, start=1):
        yield _line(f"{number:>6}. ", passed)
        for branch in passed.beside:
            yield from (_line("         ", inner, timed=False) for inner in branch)


def _line(lead: str, one: Passed, timed: bool = True) -> str:
    at = _span_of(one.at_best, one.at_worst) if timed else "meanwhile"
    came = f": {one.came}" if one.came else ""
    return f"{lead}{at:<{_TIME_COLUMN}} {one.step:<{_ID_COLUMN}} {one.does}{came}"


def _limit(one: LimitFigure) -> str:
    reached = _span_of(one.at_best, one.at_worst)
    limit = f"{one.kind} {spoken(one.limit)} from when {one.counted_from}"
    return f"   {one.step:<{_ID_COLUMN}} {limit}: {reached}"


def _span_of(best: int, worst: int | None) -> str:
    return f"{spoken(best)} .. {'without end' if worst is None else spoken(worst)}"


# words of the command line


def _span(text: str) -> int:
    found = DURATION.fullmatch(text)
    if found is None or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r}; write it like 30s, 15m, 72h or 30d")
    return int(found[1]) * _UNITS[found[2]]


def _number(text: str) -> int:
    return between(text, 1, 1000)


def _pair(of: Callable[[str], int]) -> Callable[[str], tuple[str, int]]:
    def pair(text: str) -> tuple[str, int]:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise argparse.ArgumentTypeError(f"{text!r}; write it like NAME=VALUE")
        return name, of(value)

    return pair
