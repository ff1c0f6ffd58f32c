"""P3: containment is seen, and nothing goes back into service without a gate. P8: a run that fails
leaves stopped what was stopped, or somebody told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tocsin.facts.runs import Effect, Ending, Verdict
from tocsin.playbook.dominance import Place, ahead
from tocsin.playbook.plan import Plan
from tocsin.playbook.proof.course import Edge, Hits, no_hit
from tocsin.playbook.proof.ground import Ground, property_of
from tocsin.playbook.proof.verdicts import Counter, Property, Standing
from tocsin.playbook.proof.words import SENDABLE
from tocsin.playbook.steps import (
    BEFORE,
    Act,
    Ask,
    End,
    Gate,
    Look,
    Page,
    Parallel,
    Purpose,
    Seal,
    Step,
    Tell,
    Wait,
)
from tocsin.playbook.ways import ANSWERED, DECLINED, DONE, LIMIT

SEEN = "after each stop a probe looks whether it took effect, or a person is asked (where it \
failed, called), on every way to an end; a stop that a probe saw fail is not the end of it; and \
nothing that was stopped goes back into service before a gate that looks at a system of the plan \
has shown it good"
SAFE = "no way to a failed end leaves back in service what was stopped, unless somebody is told \
afterwards"
Key = tuple[str, str]
_SHOWN, _NOT_SHOWN = Verdict.SHOWN.value, Verdict.NOT_SHOWN.value


def containment_seen(ground: Ground) -> Property:
    """P3. A gate is a `gate` step, or a probe with the purpose verify-target, that looks at a
    system which the plan is for, stops or changes."""
    stops = stops_of(ground.plan)
    lifts = list(returns_of(ground.plan))
    keys = {_key(stop): stop for stop in stops}

    looking = (s for s in ground.plan.steps.values() if isinstance(s, Ask | Look | Gate))
    seen = {
        step.id: [" ".join(key) for key, stop in keys.items() if sees_to(step, stop)]
        for step in looking
    }

    def brings(step: Step, _: str) -> Iterable[str]:
        return seen.get(step.id, ())

    def counters() -> Iterator[Counter]:
        surely = ahead(ground.plan, brings) if stops else {}
        for stop in stops:
            if " ".join(_key(stop)) not in surely[stop.id]:
                yield from _unseen(ground, stop)
        yield from _passed_over(ground, stops)
        for lift, stop in lifts:
            yield from _ungated(ground, lift, stop, hits)

    gates = frozenset(_gates_of(ground.plan))

    def hits(edge: Edge) -> bool:
        return edge.result == _SHOWN and edge.step in gates

    about = len(stops) + len(lifts)
    return property_of(ground, "P3", "containment is seen", SEEN, about, counters())


def safe_when_failed(ground: Ground) -> Property:
    """P8."""
    lifts = list(returns_of(ground.plan))
    counters = (one for lift, stop in lifts for one in _left_serving(ground, lift, stop))
    provided = [SENDABLE] if lifts and any(map(_goes_on, ground.plan.steps.values())) else []
    return property_of(ground, "P8", "safe when it fails", SAFE, len(lifts), counters, provided)


def stops_of(plan: Plan) -> list[Act]:
    """The acts that stop something."""
    return [s for s in plan.steps.values() if isinstance(s, Act) and s.effect is Effect.STOP]


def lifts_of(plan: Plan) -> list[tuple[Act, Act]]:
    """The acts that put back into service what was stopped, each with a stop that it takes back."""
    by_place: dict[Key, list[Act]] = {}
    for stop in stops_of(plan):
        by_place.setdefault((stop.connector, stop.target), []).append(stop)
    found: list[tuple[Act, Act]] = []
    for step in plan.steps.values():
        if isinstance(step, Act) and step.effect is not Effect.STOP:
            for stop in by_place.get((step.connector, step.target), ()):
                if _undoes(step, stop):
                    found.append((step, stop))
                    break  # all of them stop the same thing
    return found


def returns_of(plan: Plan) -> Iterator[tuple[Act, Act]]:
    """The acts that may put back into service what was stopped, however they spell it, each with
    the stops of it that want another state."""
    stops = stops_of(plan)
    for step in plan.steps.values():
        if not isinstance(step, Act):
            continue
        taken_back = dict[Key, Act]()  # stops of one place that want one state are one
        for stop in stops:
            if step is not stop and _may_undo(step, stop):
                taken_back.setdefault(_key(stop), stop)
        yield from ((step, stop) for stop in taken_back.values())


def _may_undo(act: Act, stop: Act) -> bool:
    if act.wanted == stop.wanted or not _is_related(act.target, stop.target):
        return False
    if act.effect is Effect.STOP or act.wanted == stop.undo:
        return act.wanted == stop.undo  # what is called a stop may still take another one back
    # another hand that changes a mere part of what was stopped does not put the whole back
    is_part = len(act.target.split(".")) > len(stop.target.split("."))
    return act.connector == stop.connector or not is_part


def sees_to(step: Step, stop: Act, failed: bool = False) -> bool:
    """Whether the step looks for the effect of a stop, or hands it to a person.

    Args:
        failed: whether the stop has failed; then a call counts too, for there is nothing to see.
    """
    match step:
        case Look():
            return step.wanted == stop.wanted and _is_related(step.target, stop.target)
        case Gate():
            return any(c.wanted == stop.wanted and _is_related(c.target, stop.target)
                       for c in step.checks)  # fmt: skip
        case Ask():
            return True
        case Page():
            return failed
        case _:
            return False


def _undoes(act: Act, stop: Act) -> bool:
    if stop.undo is None or stop.undo == BEFORE:
        return act.wanted != stop.wanted
    return act.wanted == stop.undo


def _key(stop: Act) -> Key:
    return (stop.target, stop.wanted)


def _is_related(one: str, other: str) -> bool:
    """Whether two targets are one, or a part of one: assistant and assistant.model."""
    a, b = one.split("."), other.split(".")
    shorter = min(len(a), len(b))
    return a[:shorter] == b[:shorter]


def _unseen(ground: Ground, stop: Act) -> Iterator[Counter]:
    for edge in ground.course.edges[stop.id]:
        if edge.result in (DECLINED, LIMIT):
            continue
        failed = edge.result != DONE

        def hits(one: Edge, failed: bool = failed) -> bool:
            return sees_to(ground.plan.steps[one.step], stop, failed)

        sought = ground.way_on(edge, hits)
        if sought is None:
            continue
        looking = [p.edge.step for p in sought.parts if _looks_there(ground, p.edge, stop)]
        missing = f"nothing looks whether {stop.target} is {stop.wanted} after {stop.id}, and \
nobody is asked"
        standing = Standing.REFUTED
        if looking:
            standing = Standing.NOT_PROVEN
            missing += f"; {looking[0]} looks at it, but for another state"
        yield ground.counter(stop.id, missing, sought, standing=standing)
        return


def _looks_there(ground: Ground, edge: Edge, stop: Act) -> bool:
    step = ground.plan.steps[edge.step]
    return isinstance(step, Look) and _is_related(step.target, stop.target)


def _passed_over(ground: Ground, stops: list[Act]) -> Iterator[Counter]:
    """Probes that saw a stop without effect, after which the run ends as if all were well."""
    for step in ground.plan.steps.values():
        seen = [stop for stop in stops if isinstance(step, Look) and sees_to(step, stop)]
        if not any(_follows(ground, stop, step.id) for stop in seen):
            continue
        edge = next(e for e in ground.course.edges[step.id] if e.result == _NOT_SHOWN)
        for end in ground.completed:
            sought = ground.way_on(edge, lambda one: _does_something(ground, one), end.id)
            if sought is not None:
                missing = f"{step.id} has shown that {seen[0].target} is not {seen[0].wanted}, \
and nothing is done before the run ends as completed"
                yield ground.counter(step.id, missing, sought, last=end.id)
                break


def _follows(ground: Ground, stop: Act, name: str) -> bool:
    edge = next(e for e in ground.course.edges[stop.id] if e.result == DONE)
    return ground.way_on(edge, no_hit, name) is not None


def _does_something(ground: Ground, edge: Edge) -> bool:
    return not isinstance(ground.plan.steps[edge.step], Wait | Seal | Parallel)


def is_gate(step: Step) -> bool:
    """Whether the step shows that something may go back into service."""
    verifies = isinstance(step, Look) and Purpose.VERIFY_TARGET in step.purpose
    return isinstance(step, Gate) or verifies


def _gates_of(plan: Plan) -> Iterator[str]:
    """The gates that look at a system which the plan is for or acts on."""
    acts = (one for one in plan.steps.values() if isinstance(one, Act))
    systems = {*map(_system, plan.systems), *(_system(act.target) for act in acts)}
    for step in plan.steps.values():
        looks = step.checks if isinstance(step, Gate) else (step,) if isinstance(step, Look) else ()
        if is_gate(step) and any(_system(one.target) in systems for one in looks):
            yield step.id


def _system(target: str) -> str:
    return target.partition("@")[0].partition(".")[0]


def _ungated(ground: Ground, lift: Act, stop: Act, hits: Hits) -> Iterator[Counter]:
    if _beside(ground.course.places[stop.id], ground.course.places[lift.id]):
        missing = f"{lift.id} may put {lift.target} back into service beside {stop.id}, in another \
branch, and nobody knows which comes last"
        yield ground.counter(
            lift.id, missing, ground.way_to(lift.id), standing=Standing.NOT_PROVEN, last=lift.id
        )
    edge = next(e for e in ground.course.edges[stop.id] if e.result == DONE)
    sought = ground.way_on(edge, hits, lift.id)
    if sought is not None:
        missing = (
            f"{lift.id} puts {lift.target} back into service, and no gate for a system of the plan \
stands between {stop.id} and it"
        )
        yield ground.counter(lift.id, missing, sought, last=lift.id)


def _beside(one: Place, other: Place) -> bool:
    """Whether two places lie in different branches of the same parallel step."""
    apart = next(((a, b) for a, b in zip(one, other, strict=False) if a != b), None)
    return apart is not None and apart[0].rpartition("[")[0] == apart[1].rpartition("[")[0]


def _left_serving(ground: Ground, lift: Act, stop: Act) -> Iterator[Counter]:
    def hits(edge: Edge) -> bool:
        step, to = ground.plan.steps[edge.step], ground.plan.steps.get(edge.to or "")
        if isinstance(to, End) and to.ending is Ending.COMPLETED:
            return True
        again = isinstance(step, Act) and _key(step) == _key(stop) and step is not lift
        return (again and edge.result == DONE) or _is_told(step, edge.result)

    for edge in ground.course.edges[lift.id]:
        if edge.result in (DECLINED, LIMIT) or hits(edge):
            continue
        sought = ground.way_on(edge, hits)
        if sought is not None:
            missing = f"the run fails after {lift.id} may have put {lift.target} back into \
service, which is neither stopped again nor told to anybody"
            yield ground.counter(lift.id, missing, sought)
            return


def _is_told(step: Step, result: str) -> bool:
    """Whether somebody has heard by this result: words that were sent, or a call answered."""
    if isinstance(step, Tell):
        return result == DONE or _goes_on(step)
    return isinstance(step, Page) and result == ANSWERED


def _goes_on(step: Step) -> bool:
    """Whether the plan makes no difference between words that were sent and words that were not."""
    return isinstance(step, Tell) and step.on_failure == step.next
