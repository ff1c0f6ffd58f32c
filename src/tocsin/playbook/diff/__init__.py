"""What changed between two plans, in words, with what makes a response less safe set apart."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tocsin.facts.runs import Effect
from tocsin.playbook.diff.change import Change, Kind
from tocsin.playbook.diff.frame_changes import frame_changes
from tocsin.playbook.diff.renaming import renamed, with_names
from tocsin.playbook.diff.step_changes import step_changes
from tocsin.playbook.plan import Plan
from tocsin.playbook.show.words import kind_of, one_line, sentence
from tocsin.playbook.steps import Act, Call, Decide, End, Parallel, Step, Wait

__all__ = ["Change", "Kind", "changes"]


def changes(old: Plan, new: Plan) -> tuple[Change, ...]:
    """Every difference between two plans but comments and layout; none where there is none.

    Steps come in the order of the new plan, then those that are gone, then what stands around them.
    """
    return tuple(_changes(old, new))


def are_different(old: Plan, new: Plan) -> bool:
    """Whether they have no step in common, be it by another name; ends are alike everywhere."""
    shared = {*renamed(_bare(old), _bare(new)).values(), *(old.steps.keys() & new.steps.keys())}
    return old.id != new.id and all(isinstance(new.steps[name], End) for name in shared)


def _changes(old: Plan, new: Plan) -> Iterator[Change]:
    old, new = _bare(old), _bare(new)
    names = renamed(old, new)
    before = with_names(old, names)
    was = {name: past for past, name in names.items()}
    for step in new.steps.values():
        if step.id in was:
            yield Change(kind=Kind.RENAMED, where=f"steps.{step.id}",
                         words=f"{was[step.id]} is called {step.id} now")  # fmt: skip
        if step.id in before.steps:
            yield from step_changes(before.steps[step.id], step)
        else:
            yield _added(step)
    for step in before.steps.values():
        if step.id not in new.steps:
            yield _removed(step)
    kept = [name for name in before.steps if name in new.steps]
    if kept != [name for name in new.steps if name in before.steps]:
        yield Change(kind=Kind.REORDERED, where="steps",
                     words="the steps stand in another order in the file")  # fmt: skip
    yield from frame_changes(before, new)


def _bare(plan: Plan) -> Plan:
    """The plan without the lines of its file, which any comment moves."""
    rules = tuple(msgspec.structs.replace(rule, line=0) for rule in plan.severity)
    return msgspec.structs.replace(plan, severity=rules)


def _added(step: Step) -> Change:
    destroys = isinstance(step, Act) and step.effect is Effect.DESTROY
    words = f"{step.id} is new ({kind_of(step)[0]}): {one_line(sentence(step))}"
    return Change(kind=Kind.ADDED, where=f"steps.{step.id}", words=words, weaker=destroys)


def _removed(step: Step) -> Change:
    """A step that is gone; without it something may happen later, unseen, unkept or untold."""
    harmless = isinstance(step, Wait | Decide | Parallel | End | Call) or (
        isinstance(step, Act) and step.effect is not Effect.STOP and not step.purpose
    )
    words = f"{step.id} is gone ({kind_of(step)[0]}): {one_line(sentence(step))}"
    return Change(kind=Kind.REMOVED, where=f"steps.{step.id}", words=words, weaker=not harmless)
