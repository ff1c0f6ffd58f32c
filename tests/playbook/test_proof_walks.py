"""The bounds and ways of a proof, held against every walk of small plans and against real runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from proof_plan import GOOD
from random_plans import plans

from playbook_story import NOON, RULES, Script, Story, found, play
from tocsin.facts.runs import Verdict
from tocsin.playbook import Plan, plan_of
from tocsin.playbook.proof import Allowances, prove
from tocsin.playbook.proof.course import Course, Edge, Exit
from tocsin.playbook.proof.nearest import measured
from tocsin.playbook.proof.search import Part, Search
from tocsin.playbook.proof.walks import NOWHERE, Measure, Walks
from tocsin.playbook.steps import JOIN, Act, Approve, Ask, Call, End, Parallel, Tell, Wait
from tocsin.playbook.ways import DONE, FAILED, ROUNDS, target_of

ALLOWED = Allowances(people={"on-call": 2})
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


class Extent(NamedTuple):
    """Of all walks to somewhere: the most steps, the most and the least seconds."""

    steps: float
    worst: float
    best: float

    def widened(self, other: Extent) -> Extent:
        return Extent(
            max(self.steps, other.steps), max(self.worst, other.worst), min(self.best, other.best)
        )

    def then(self, other: Extent) -> Extent:
        return Extent(self.steps + other.steps, self.worst + other.worst, self.best + other.best)


NONE = Extent(0, 0, 0)
Exits = Mapping[str, Extent]
"""By "join", "lost" and "end"."""


class EveryWalk:
    """Walks every way of a plan with the rounds counted, step for step: slow, and plain.

    Args:
        takes: how long each result of a step that is no parallel one takes, and which there are.
        clear: whether a walk may take a result of a step.
    """

    def __init__(
        self,
        plan: Plan,
        takes: Mapping[str, Mapping[str, tuple[float, float]]],
        clear: Callable[[str, str], bool] = lambda _, __: True,
    ) -> None:
        self._plan, self._takes, self._clear = plan, takes, clear
        self._from = cache(self._walks_from)

    def exits(self) -> Exits:
        return self._from(self._plan.start, ())

    def _walks_from(self, name: str, used: tuple[tuple[str, int], ...]) -> Exits:
        step = self._plan.steps[name]
        if isinstance(step, End):
            return {"end": NONE}
        found: dict[str, Extent] = {}
        for result, extent in self._results(step):
            if not self._clear(name, result):
                continue
            counts = dict(used)
            if isinstance(step, Wait) and step.rounds_max is not None:
                if (result == ROUNDS) is not (counts.get(name, 0) == step.rounds_max):
                    continue
                counts[name] = counts.get(name, 0) + (result == DONE)
            to = target_of(step, result)
            onward: Exits = {"lost" if to is None else "join": NONE}
            if to is not None and to != JOIN:
                onward = self._from(to, tuple(sorted(counts.items())))
            for exit, rest in onward.items():
                whole = extent.then(rest)
                found[exit] = whole if exit not in found else found[exit].widened(whole)
        return found

    def _results(self, step: object) -> Iterator[tuple[str, Extent]]:
        if not isinstance(step, Parallel):
            for result, (best, worst) in self._takes[step.id].items():  # type: ignore[attr-defined]
                yield result, Extent(1, worst, best)
            return
        branches = [self._from(first, ()) for first in step.branches]
        if all("join" in branch for branch in branches):
            yield DONE, _together([branch["join"] for branch in branches])
        ended = [[b[e] for e in ("join", "lost") if e in b] for b in branches]
        if all(ended) and any("lost" in branch for branch in branches):
            each = [ways[0].widened(ways[-1]) for ways in ended]
            yield FAILED, _together(each)


def _together(branches: list[Extent]) -> Extent:
    return Extent(
        1 + sum(b.steps for b in branches),
        max(b.worst for b in branches),
        max(b.best for b in branches),
    )


def course_of(plan: Plan) -> Course:
    return Course(plan, ALLOWED)


def every_walk(
    plan: Plan, clear: Callable[[str, str], bool] = lambda _, __: True
) -> tuple[Exits, bool]:
    """All walks, and whether the plan has one counted wait at most in each of its places."""
    course = course_of(plan)
    takes = {n: {e.result: (e.best, e.worst) for e in edges} for n, edges in course.edges.items()}
    counted = [course.places[n] for n in course.places if course.rounds_max(n)]
    return EveryWalk(plan, takes, clear).exits(), len(counted) == len(set(counted))


def _shortest(exits: Exits) -> float:
    return min(extent.best for extent in exits.values())


@MANY
@given(plans(7))
def test_no_walk_is_longer_or_shorter_than_the_bounds(plan: Plan) -> None:
    bounds = prove(plan, ALLOWED).bounds
    exits, is_exact = every_walk(plan)
    steps = max(extent.steps for extent in exits.values())
    worst = max(extent.worst for extent in exits.values())
    assert bounds.steps >= steps and bounds.seconds_at_best <= _shortest(exits)
    assert bounds.seconds_at_worst is None or bounds.seconds_at_worst >= worst
    if is_exact:
        assert bounds.steps == steps
        assert bounds.seconds_at_worst == (None if worst == float("inf") else worst)
        assert bounds.seconds_at_best == _shortest(exits)


@MANY
@given(plans(7), st.data())
def test_a_way_that_keeps_clear_is_found_whenever_there_is_one(
    plan: Plan, data: st.DataObject
) -> None:
    course = course_of(plan)
    measured(course)
    kept = data.draw(st.sets(st.sampled_from(sorted(course.places)), min_size=1, max_size=3))

    def hits(edge: Edge) -> bool:
        return edge.step in kept

    exits, is_exact = every_walk(plan, lambda name, _: name not in kept)
    way = Search(course, hits).to_end()
    if exits:
        assert way is not None
    if is_exact:
        assert (way is None) is not bool(exits)
    if way is not None:
        assert not any(part.edge.step in kept for part in _flat(way))
        assert _is_joined(plan, way)
    late = Walks(course, Measure.WORST, hits)
    longest = max((extent.worst for extent in exits.values()), default=-1.0)
    assert late.longest(Exit.END, Exit.LOST).length >= longest
    if is_exact and not exits:
        assert late.longest(Exit.END, Exit.LOST) is NOWHERE


def _flat(way: list[Part]) -> Iterator[Part]:
    for part in way:
        yield part
        for branch in part.beside:
            yield from _flat(list(branch))


def _is_joined(plan: Plan, way: list[Part]) -> bool:
    """Whether each part begins where the one before led to, from the very first step on."""
    tos = [plan.start, *(part.edge.to for part in way)]
    last = plan.steps.get(tos[-1] or "")
    follows = all(part.edge.step == to for part, to in zip(way, tos, strict=False))
    return follows and (tos[-1] is None or isinstance(last, End))


VERDICTS = (Verdict.SHOWN, Verdict.NOT_SHOWN, Verdict.UNDETERMINED)


def whims(plan: Plan, chance: random.Random) -> Script:
    """People and machines who do what they like, and nobody may answer at all."""
    steps = plan.steps.values()
    return Script(
        probes={s: tuple(chance.choices(VERDICTS, k=6)) for s in plan.steps},
        orders={s.id: chance.choice(("done", "failed")) for s in steps
                if isinstance(s, Act | Tell)},
        short=frozenset(item for item in plan.evidence if chance.random() < 0.3),
        approve={s.id: chance.choice(("approve", "decline", None)) for s in steps
                 if isinstance(s, Act | Approve)},
        choose={s.id: chance.choice((*s.choices, None)) for s in steps if isinstance(s, Ask)},
        answer={s: chance.random() < 0.5 for s in plan.steps},
    )  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans(8), st.integers(0, 10**6))
def test_a_real_run_ends_within_the_bounds(plan: Plan, seed: int) -> None:
    assume(not any(isinstance(step, Call) for step in plan.steps.values()))
    bounds = prove(plan, ALLOWED).bounds
    assume(not bounds.open)
    told = Story(plan, RULES, found())
    play(told, whims(plan, random.Random(seed)), turns=3000)
    assert not told.run.is_open
    assert len(told.path()) <= bounds.steps
    assert bounds.seconds_at_worst is not None
    slack = timedelta(seconds=len(told.entries))  # the story winds its clock on with every piece
    assert told.now - NOON <= timedelta(seconds=bounds.seconds_at_worst) + slack


def test_what_a_round_surely_brings_lies_behind_its_end() -> None:
    plan = """\
plan: p
version: "1"
title: T
communication: [{audience: board, within: 30m, by: lead}]
steps:
  again: {wait: 1m, rounds_max: 3, next: tell, on_rounds_max: over}
  tell: {tell: board, subject: S, text: T, through: mail, next: again, on_failure: again}
  over: {end: completed}
"""
    proof = prove(plan_of(plan.encode()))
    assert [p.standing.value for p in proof.properties if p.id == "P4"] == ["proven"]
    assert (proof.bounds.steps, proof.bounds.seconds_at_best) == (3 * 2 + 1, 180)


def test_circles_inside_of_circles_are_bounded_from_above() -> None:
    plan = plan_of(b"""\
plan: p
version: "1"
title: T
steps:
  look: {probe: eye, target: t, wanted: w, next: outer, on_not_shown: inner}
  inner: {wait: 10s, rounds_max: 3, next: look, on_rounds_max: outer}
  outer: {wait: 1m, rounds_max: 2, next: look, on_rounds_max: over}
  over: {end: completed}
""")
    exits, is_exact = every_walk(plan)
    bounds = prove(plan, ALLOWED).bounds
    assert not is_exact and (exits["end"].steps, bounds.steps) == (15, 18)


def test_a_plan_of_a_thousand_steps_in_one_line_is_proven() -> None:
    good = plan_of(GOOD.encode())
    head, _, rest = GOOD.partition("steps:\n")
    waits = 1000 - len(good.steps)
    names = [*(f"w{n}" for n in range(waits)), "together"]
    more = "".join(f"  {one}: {{wait: 1s, next: {to}}}\n" for one, to in pairwise(names))
    text = head.replace("start: together", "start: w0").replace("within: 30m", "within: 1h")
    plan = plan_of(f"{text}steps:\n{more}{rest}".encode())
    assert len(plan.steps) == 1000
    proof = prove(plan)
    assert not proof.refuted and not proof.not_proven
    assert proof.bounds.steps == waits + prove(good).bounds.steps


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(plans(8), st.integers(0, 10**6), st.data())
def test_what_no_way_goes_around_is_met_in_every_real_run(
    plan: Plan, seed: int, data: st.DataObject
) -> None:
    """Before a step where no way to it keeps clear; after a result where no way on does."""
    assume(not any(isinstance(step, Call) for step in plan.steps.values()))
    assume(not prove(plan, ALLOWED).bounds.open)
    names = sorted(n for n, step in plan.steps.items() if not isinstance(step, End))
    kept = data.draw(st.sets(st.sampled_from(names), min_size=1, max_size=3))
    course = course_of(plan)
    measured(course)
    search = Search(course, lambda edge: edge.step in kept)
    told = play(Story(plan, RULES, found()), whims(plan, random.Random(seed)), turns=3000)
    moves = told.run.moves
    for n, move in enumerate(moves):
        if search.to(move.step) is None:
            assert kept & {one.step for one in moves[:n]}, move
        edge = next(e for e in course.edges[move.step] if e.result == move.result)
        if search.on(edge) is None:
            assert kept & {one.step for one in moves[n + 1 :]}, move


def test_branches_in_branches_may_lie_deep() -> None:
    depth = 300
    steps = "".join(
        f"  b{n}: {{parallel: [b{n + 1}, w{n}], next: {'join' if n else 'over'}}}\n"
        f"  w{n}: {{wait: 1s, next: join}}\n"
        for n in range(depth)
    )
    head = 'plan: p\nversion: "1"\ntitle: T\ncommunication: [{audience: a, within: 1h, by: b}]\n'
    last = f"  b{depth}: {{wait: 7s, next: join}}\n  over: {{end: completed}}\n"
    proof = prove(plan_of(f"{head}steps:\n{steps}{last}".encode()))
    assert (proof.bounds.steps, proof.bounds.seconds_at_worst) == (2 * depth + 1, 7)
    assert [p.id for p in proof.refuted] == ["P4"]


def test_limits_that_count_from_very_far_get_sound_bounds() -> None:
    def figures(counted: int) -> list[tuple[int, int | None]]:
        steps = "".join(
            f"  s{n}: {{wait: 1s, next: s{n + 1}, soft: 1h"
            f"{f', from: s{n - 400}' if 400 <= n < 400 + counted else ''}}}\n"
            for n in range(999)
        )
        head = 'plan: p\nversion: "1"\ntitle: T\nsteps:\n'
        proof = prove(plan_of(f"{head}{steps}  s999: {{end: completed}}\n".encode()))
        return [(f.at_best, f.at_worst) for f in proof.limits if "over" in f.counted_from]

    assert figures(100) == [(400, 400)] * 100
    for best, worst in figures(500)[-50:]:
        assert best <= 400 and worst is not None and 400 <= worst <= 401


def test_behind_a_round_that_is_used_up_nothing_is_sure() -> None:
    """After the second look no third one follows: its only round is used up by then."""
    plan = plan_of(b"""\
plan: p
version: "1"
title: T
steps:
  look: {seal: [model], budget: 1s, next: again, on_insufficient: again}
  again: {wait: 1s, rounds_max: 1, next: look, on_rounds_max: over}
  over: {end: completed}
""")
    course = course_of(plan)
    edge = course.edges["look"][0]
    way = Search(course, lambda one: one.step == "look").on(edge)
    assert way is not None and [part.edge.result for part in way] == ["sealed", "rounds"]
