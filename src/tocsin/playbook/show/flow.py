"""A plan as boxes and lines: one box for each step, one more where branches come together.

Results of a step that lead to the same place share a line. Each line is there; which of them are
drawn and which are only named is for `layers` to choose. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.show.words import Way, outcomes
from tocsin.playbook.steps import JOIN, Parallel, Step, Wait
from tocsin.playbook.ways import ways_out


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A way from one box to another.

    Args:
        to: a box, or None where the plan has no answer to these results.
        results: what leads along it; empty where branches begin.
        back: True when it leads back to what was done before.
    """

    source: str
    to: str | None
    results: tuple[Way, ...] = ()
    back: bool = False


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes in the order of the file, and all lines between them.

    Args:
        branch: for each step within branches, the step that began them and the branch's number.
    """

    start: str
    boxes: tuple[str, ...]
    lines: tuple[Line, ...]
    branch: Mapping[str, tuple[str, int]]


def meeting(parallel: str) -> str:
    """The box in which the branches of a step come together."""
    return f"{parallel} join"


def begun_by(box: str) -> str | None:
    """The step whose branches come together in this box; None for the box of a step."""
    return box.removesuffix(" join") if box.endswith(" join") else None


def flow_of(plan: Plan) -> Flow:
    """The boxes and lines of a plan that was read without a mistake."""
    branch = dict(_branches(plan))
    boxes: list[str] = []
    for step in plan.steps.values():
        boxes.append(step.id)
        if isinstance(step, Parallel):
            boxes.append(meeting(step.id))
    found = [line for step in plan.steps.values() for line in _lines(step, branch)]
    return Flow(
        start=plan.start, boxes=tuple(boxes), lines=tuple(_turned(plan, found)), branch=branch
    )


def _branches(plan: Plan) -> Iterator[tuple[str, tuple[str, int]]]:
    seen: set[str] = set()
    ahead: list[tuple[str, tuple[str, int] | None]] = [(plan.start, None)]
    while ahead:
        name, inside = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        step = plan.steps[name]
        if inside is not None:
            yield name, inside
        ahead += [(to, inside) for _, to in ways_out(step) if to != JOIN]
        if isinstance(step, Parallel):
            ahead += [(first, (name, n)) for n, first in enumerate(step.branches)]


def _lines(step: Step, branch: Mapping[str, tuple[str, int]]) -> Iterator[Line]:
    source = step.id
    if isinstance(step, Parallel):
        yield from (Line(source=source, to=first) for first in step.branches)
        source = meeting(step.id)
    by_place: dict[str | None, list[Way]] = {}
    for way in outcomes(step):
        to = meeting(branch[step.id][0]) if way.to == JOIN else way.to
        by_place.setdefault(to, []).append(way)
    for place, results in by_place.items():
        yield Line(source=source, to=place, results=tuple(results))


def _turned(plan: Plan, lines: list[Line]) -> Iterator[Line]:
    """The lines, those marked that close a circle: only waits that count their rounds do."""
    onward: dict[str, list[str]] = {}
    counted = [line for line in lines if _is_counted(plan, line)]
    for line in lines:
        if line.to is not None and line not in counted:
            onward.setdefault(line.source, []).append(line.to)
    back: set[Line] = set()
    for line in counted:
        assert line.to is not None
        if _leads(line.to, line.source, onward):
            back.add(line)
        else:
            onward.setdefault(line.source, []).append(line.to)
    for line in lines:
        yield msgspec.structs.replace(line, back=True) if line in back else line


def _is_counted(plan: Plan, line: Line) -> bool:
    step = plan.steps.get(line.source)
    return isinstance(step, Wait) and step.rounds_max is not None and line.to == step.next


def _leads(source: str, to: str, onward: Mapping[str, list[str]]) -> bool:
    seen, ahead = {source}, [source]
    while ahead:
        here = ahead.pop()
        if here == to:
            return True
        for one in onward.get(here, ()):
            if one not in seen:
                seen.add(one)
                ahead.append(one)
    return False
