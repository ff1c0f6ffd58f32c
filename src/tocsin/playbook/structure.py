"""What must be true of a plan's shape: every way leads somewhere, and every run comes to an end.

A circle is allowed only through a wait that counts its rounds. A branch ends with `join`, never by
jumping into another branch or ending the plan, so that what its siblings do is never cut off.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tocsin.playbook.assured import mistakes_of_order
from tocsin.playbook.dominance import Place, places_of
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import JOIN, End, NamedMoment, Parallel, Step, Wait
from tocsin.playbook.ways import ways_out
from tocsin.register.mistakes import Mistake, did_you_mean

UNKNOWN_STEP, UNREACHABLE, BETWEEN_BRANCHES, UNBOUNDED = "TP102", "TP103", "TP104", "TP105"
"""Ids of the linter's rules that are told here."""


def mistakes_of_shape(plan: Plan, file: str) -> list[Mistake]:
    """Everything that is wrong with the shape of a plan; without mistakes every run of it ends."""
    unknown = unknown_steps(plan, file, plan.steps)
    circles = circles_of(plan, file)
    if unknown:  # where a misspelt name leads, and what lies behind it, nobody can say
        return [*unknown, *circles]
    places, twice = places_of(plan)
    misplaced = [_clash(plan.steps[name], file) for name in twice]
    misplaced += _wrong_endings(plan, file, places)
    found = [*misplaced, *_unreachable(plan, file, places), *circles]
    return found if misplaced else [*found, *mistakes_of_order(plan, file)]


def _names(step: Step) -> Iterator[tuple[str, str]]:
    yield from ways_out(step)
    if isinstance(step, Parallel):
        yield from ((f"parallel[{n}]", branch) for n, branch in enumerate(step.branches))


def unknown_steps(plan: Plan, file: str, declared: Collection[str]) -> list[Mistake]:
    """Every name of a step that no step has.

    Args:
        declared: the names of all steps in the file, also of those that could not be read.
    """
    return list(_unknown_steps(plan, file, declared))


def _unknown_steps(plan: Plan, file: str, declared: Collection[str]) -> Iterator[Mistake]:
    if plan.start and plan.start not in declared:
        remedy = did_you_mean(plan.start, declared, "name the first step")
        yield Mistake(
            file=file,
            line=plan.lines.get("start", 1),
            path="start",
            found=f"no step is called {plan.start}",
            remedy=remedy,
            rule=UNKNOWN_STEP,
        )
    yield from _unknown_names(plan, file, declared)
    for step in plan.steps.values():
        for field, to in _names(step):
            begins_a_branch = field.startswith("parallel[")
            if not to or to in declared or (to == JOIN and not begins_a_branch):
                continue
            yield Mistake(
                file=file,
                line=step.line,
                path=f"steps.{step.id}.{field}",
                found=f"no step is called {to}",
                remedy=did_you_mean(to, declared, "name a step of this plan"),
                rule=UNKNOWN_STEP,
            )


def _unknown_names(plan: Plan, file: str, declared: Collection[str]) -> Iterator[Mistake]:
    """Every first step, moment and deadline that is named, and is none."""
    moments = {moment.value for moment in NamedMoment}
    asked = [(plan.lines.get("first_steps", 1), "first_steps", s, declared, "step")
             for s in plan.first_steps]  # fmt: skip
    for step in plan.steps.values():
        at = f"steps.{step.id}"
        line = plan.lines.get(f"{at}.from", step.line)
        asked.append((line, f"{at}.from", step.counted_from, {*moments, *declared}, "moment"))
        line = plan.lines.get(f"{at}.before", step.line)
        asked.append((line, f"{at}.before", step.before, plan.deadlines, "deadline"))
    for line, path, name, known, what in asked:
        if name and name not in known:
            among = f"name one of {', '.join(sorted(known)) or 'those that `deadlines:` declares'}"
            yield Mistake(
                file=file,
                line=line,
                path=path,
                found=f"no {what} is called {name}",
                remedy=did_you_mean(name, sorted(known), among),
                rule=UNKNOWN_STEP,
            )


def _clash(step: Step, file: str) -> Mistake:
    return Mistake(
        file=file,
        line=step.line,
        path=f"steps.{step.id}",
        found="it is reached from two different branches",
        remedy=f"end each branch with `{JOIN}` and put this step after the branches, or write it "
        "once for each branch",
        rule=BETWEEN_BRANCHES,
    )


def _unreachable(plan: Plan, file: str, places: dict[str, Place]) -> Iterator[Mistake]:
    for step in plan.steps.values():
        if step.id not in places:
            yield Mistake(
                file=file,
                line=step.line,
                path=f"steps.{step.id}",
                found="no way leads to this step",
                remedy="name it in another step, or remove it",
                rule=UNREACHABLE,
            )


def _wrong_endings(plan: Plan, file: str, places: dict[str, Place]) -> Iterator[Mistake]:
    for step in plan.steps.values():
        place = places.get(step.id, ())
        if isinstance(step, End) and place:
            yield Mistake(
                file=file,
                line=step.line,
                path=f"steps.{step.id}.end",
                found="an end inside a branch would cut off the other branches",
                remedy=f"end the branch with `{JOIN}` and decide after the branches",
                rule=BETWEEN_BRANCHES,
            )
        for field, to in ways_out(step):
            if to == JOIN and not place:
                yield Mistake(file=file, line=step.line, path=f"steps.{step.id}.{field}",
                           found=f"`{JOIN}` outside of any branch",
                           remedy="name the step that follows", rule=BETWEEN_BRANCHES)  # fmt: skip


def circles_of(plan: Plan, file: str, unsound: Collection[str] = ()) -> list[Mistake]:
    """Each step from which one comes back to it without passing a wait that counts its rounds.

    Args:
        unsound: steps with mistakes of their own; what they lead to is not judged.
    """
    return list(_circles(plan, file, unsound))


def _circles(plan: Plan, file: str, unsound: Collection[str]) -> Iterator[Mistake]:
    onward = {
        name: [to for to in _onward(step) if to in plan.steps and name not in unsound]
        for name, step in plan.steps.items()
    }
    settled: set[str] = set()
    while True:
        free = [n for n, to in onward.items() if n not in settled and settled.issuperset(to)]
        if not free:
            break
        settled.update(free)
    for name in plan.steps:
        if name not in settled and _comes_back(name, onward):
            yield Mistake(
                file=file,
                line=plan.steps[name].line,
                path=f"steps.{name}",
                found="from here the plan can come back here for ever",
                remedy="put a wait with rounds_max and on_rounds_max into the circle",
                rule=UNBOUNDED,
            )


def _onward(step: Step) -> Iterator[str]:
    for field, to in _names(step):
        counted = isinstance(step, Wait) and step.rounds_max is not None and field == "next"
        if to != JOIN and not counted:
            yield to


def _comes_back(name: str, onward: dict[str, list[str]]) -> bool:
    seen: set[str] = set()
    ahead = list(onward[name])
    while ahead:
        step = ahead.pop()
        if step == name:
            return True
        if step not in seen:
            seen.add(step)
            ahead += onward[step]
    return False
