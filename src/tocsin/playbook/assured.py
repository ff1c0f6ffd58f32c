"""What has surely happened when a step is reached, on whatever way: evidence sealed, values found.

An order that names evidence, or what a probe found, must have both behind it on every way. Whether
a seal was enough is asked at the act itself; that one was tried is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import JOIN, Act, Look, Parallel, Seal, Step
from tocsin.playbook.templates import steps_asked
from tocsin.playbook.ways import ways_out
from tocsin.register.mistakes import Mistake, did_you_mean

Place = tuple[str, ...]
"""In which branch a step stands: the steps and branches that lead to it, the outermost first."""

Assured = frozenset[str]


def mistakes_of_order(plan: Plan, file: str, places: Mapping[str, Place]) -> Iterator[Mistake]:
    """Every act or look that asks for evidence or a value which a way to it may not have brought.

    Args:
        places: in which branch each step stands; the plan has no mistake of shape.
    """
    assured = _Journey(plan, places).assured()
    for step in plan.steps.values():
        if not isinstance(step, Act | Look) or step.id not in assured:
            continue
        here = assured[step.id]
        for item in step.evidence if isinstance(step, Act) else ():
            if _sealed(item) not in here:
                yield _unsealed(plan, step, item, file)
        for field, text in (("target", step.target), ("wanted", step.wanted)):
            for asked in steps_asked(text):
                if _shown(asked) not in here and asked in plan.steps:
                    yield _unshown(step, field, asked, file)


def _unsealed(plan: Plan, step: Step, item: str, file: str) -> Mistake:
    seals = "seal it in a step that comes before this one on every way"
    found = f"a way leads here on which {item} is not sealed before"
    if item not in plan.evidence:
        found, seals = f"no step seals {item}", did_you_mean(item, plan.evidence, seals)
    return Mistake(
        file=file, line=step.line, path=f"steps.{step.id}.evidence", found=found, remedy=seals
    )


def _unshown(step: Step, field: str, asked: str, file: str) -> Mistake:
    return Mistake(
        file=file,
        line=step.line,
        path=f"steps.{step.id}.{field}",
        found=f"a way leads here on which {asked} has found nothing",
        remedy=f"let every way here come through the `next` of {asked}",
    )


class _Journey:
    """Follows every way through a plan and keeps, for each step, what all ways to it share."""

    def __init__(self, plan: Plan, places: Mapping[str, Place]) -> None:
        self._plan, self._places = plan, places
        self._at: dict[str, Assured] = {}
        self._joined: dict[Place, Assured] = {}
        self._ahead: list[tuple[str, Assured]] = [(plan.start, frozenset())]

    def assured(self) -> Mapping[str, Assured]:
        while self._ahead:
            name, brought = self._ahead.pop()
            known = self._at.get(name)
            here = brought if known is None else known & brought
            if here != known:
                self._at[name] = here
                self._go_on(self._plan.steps[name], here)
        return self._at

    def _go_on(self, step: Step, here: Assured) -> None:
        if isinstance(step, Parallel):
            self._ahead += [(first, here) for first in step.branches]
            if step.on_failure is not None:
                self._lead(step, step.on_failure, here)
            self._leave(step)
            return
        for field, to in ways_out(step):
            self._lead(step, to, _gained(step, field, here))

    def _lead(self, step: Step, to: str, carried: Assured) -> None:
        if to != JOIN:
            self._ahead.append((to, carried))
            return
        place = self._places[step.id]
        known = self._joined.get(place)
        self._joined[place] = carried if known is None else known & carried
        around = self._plan.steps[place[-1].rpartition("[")[0]]
        assert isinstance(around, Parallel)
        self._leave(around)

    def _leave(self, step: Parallel) -> None:
        """Go on after branches, with what any of them brought: all of them have ended."""
        inner = [(*self._places[step.id], f"{step.id}[{n}]") for n in range(len(step.branches))]
        brought = [self._joined[place] for place in inner if place in self._joined]
        if len(brought) == len(inner):
            self._lead(step, step.next, frozenset().union(*brought))


def _gained(step: Step, field: str, here: Assured) -> Assured:
    match step:
        case Seal():
            return here | {_sealed(item) for item in step.items}
        case Look():
            return here | {_shown(step.id)} if field == "next" else here - {_shown(step.id)}
        case _:
            return here


def _sealed(item: str) -> str:
    return f"sealed {item}"


def _shown(step: str) -> str:
    return f"shown {step}"
