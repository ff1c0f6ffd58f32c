"""Makes of unfolded steps what a plan may hold: no circle without an end, nothing unreachable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.playbook.cacao.told import Account
from tocsin.playbook.cacao.unfold import PAUSE, Made, Unfolding
from tocsin.playbook.steps import JOIN
from tocsin.playbook.write_yaml import Tree

ROUNDS_MAX = 3


def bounded(unfolding: Unfolding, start: str, told: Account) -> dict[str, dict[str, Tree]]:
    """The steps as a file says them, the first one first; every circle counts its rounds."""
    waits: dict[str, str] = {}
    for made, way in list(_ways_back(unfolding.made, start)):
        to = made.ways[way]
        if to not in waits:
            goal = unfolding.made[to]
            waits[to] = unfolding.again(to, goal.within, ROUNDS_MAX)
            core = goal.core
            told.repaired(core.line if core else 0, core.path if core else "$.workflow",
                          "the steps can come back to this one for ever",
                          f"at most {ROUNDS_MAX} rounds, {PAUSE} apart")  # fmt: skip
        made.ways[way] = waits[to]
    order = list(_reached(unfolding.made, start))
    return {name: _finished(unfolding.made[name]) for name in order}


def _onward(made: Made) -> Iterator[tuple[str, str]]:
    counted = "rounds_max" in made.fields
    for way, to in made.ways.items():
        if to != JOIN and not (counted and way == "next"):
            yield way, to


def _ways_back(steps: Mapping[str, Made], start: str) -> Iterator[tuple[Made, str]]:
    """Every way that leads back to a step which leads to it; without them there is no circle."""
    open_, done = {start}, set[str]()
    stack = [(start, _onward(steps[start]))]
    while stack:
        name, ways = stack[-1]
        for way, to in ways:
            if to in open_:
                yield steps[name], way
            elif to not in done:
                open_.add(to)
                stack.append((to, _onward(steps[to])))
                break
        else:
            stack.pop()
            open_.discard(name)
            done.add(name)


def _reached(steps: Mapping[str, Made], start: str) -> Iterator[str]:
    """All steps to which a way leads, each behind the one that leads to it first."""
    seen, ahead = set[str](), [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            yield name
            ahead += [to for to in reversed(steps[name].ways.values()) if to != JOIN]


def _finished(made: Made) -> dict[str, Tree]:
    fields: dict[str, Tree] = dict(made.fields)
    parallel = tuple(to for way, to in made.ways.items() if way.startswith("parallel["))
    choices: dict[str, Tree] = {
        way.partition(".")[2]: to for way, to in made.ways.items() if way.startswith("choices.")
    }
    if parallel:
        fields["parallel"] = parallel
    if choices:
        fields["choices"] = choices
        fields |= {f: fields.pop(f) for f in ("limit", "on_limit") if f in fields}
    plain = {w: to for w, to in made.ways.items() if not w.startswith(("parallel[", "choices."))}
    return {**fields, **plain}
