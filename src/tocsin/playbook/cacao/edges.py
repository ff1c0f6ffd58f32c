"""Where the steps of a foreign playbook lead, with every edge mended that leads nowhere.

An edge is a chain of ids: what is carried out one after the other. Version 1 of CACAO writes such
lists; a step that does nothing of its own is replaced by what it leads to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import msgspec

from tocsin.playbook.cacao.core import Core, CoreStep, text_of
from tocsin.playbook.cacao.json_tree import Json
from tocsin.playbook.cacao.told import Account, Names
from tocsin.playbook.cacao.vocabulary import (
    ACTION,
    ANY_UUID,
    END,
    IF,
    PARALLEL,
    START,
    SWITCH,
    WHILE,
)
from tocsin.register.mistakes import shown

Chain = tuple[str, ...]
DEFAULT = "default"


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """Where a step leads.

    Args:
        next: what follows it, however it ended where `whatever` holds, else when it succeeded.
        failure: what follows a failure; None where the step does not say.
        branches: by condition, case or number, what it begins and waits for.
    """

    next: Chain = ()
    whatever: bool = False
    failure: Chain | None = None
    branches: Mapping[str, Chain] = {}

    @property
    def all(self) -> Iterator[str]:
        for chain in (self.next, self.failure or (), *self.branches.values()):
            yield from chain


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """All steps of a foreign playbook, where each leads, and what is begun first.

    Args:
        steps: those of the file, and one for each id that is named and missing.
        ways: of every step that does something of its own.
        failed: what follows a failure where a step does not say it; empty when nothing does.
    """

    steps: Mapping[str, CoreStep]
    ways: Mapping[str, Ways]
    start: Chain
    failed: Chain


def graph_of(core: Core, told: Account) -> Graph:
    """The steps of a playbook with every edge mended."""
    mending = _Mending(core, told)
    ways = {step.id: mending.ways(step) for step in core.steps.values()}
    start, failed = mending.start(ways), mending.exception()
    steps = {**core.steps, **mending.missing}
    ways |= {name: Ways() for name in mending.missing}
    skipped = dict(_skipped(steps, ways, told))
    ways = {name: _through(one, skipped) for name, one in ways.items() if name not in skipped}
    return Graph(
        steps=steps,
        ways=_meeting(steps, ways, told),
        start=_replaced(start, skipped),
        failed=tuple(s for s in _replaced(failed, skipped) if steps[s].type != END),
    )


class _Mending:
    """Reads the edges of steps; every id that it gives is that of a step."""

    def __init__(self, core: Core, told: Account) -> None:
        self.missing: dict[str, CoreStep] = {}
        self._core, self._steps, self._told = core, core.steps, told
        self._by_uuid = {
            found.group().lower(): name
            for name in core.steps
            if (found := ANY_UUID.search(name)) is not None
        }

    def start(self, ways: Mapping[str, Ways]) -> Chain:
        """The step that is begun first: the one that is named, else the likeliest."""
        node = self._core.fields.get("workflow_start")
        said, path = text_of(node), "$.workflow_start"
        if said in self._steps:
            if self._steps[said].type != START:
                self._told.repaired(node or 1, path, "the first step is no start step",
                                    "begun there all the same")  # fmt: skip
            return (said,)
        led_to = {to for one in ways.values() for to in one.all}
        starts = [name for name, step in self._steps.items() if step.type == START]
        free = [name for name in self._steps if name not in led_to]
        likeliest = [*starts, *free, *self._steps][0]
        found = f"no step is called {shown(said)}" if said else "missing"
        self._told.repaired(node or 1, path, found, f"begun with {shown(likeliest)}")
        return (likeliest,)

    def exception(self) -> Chain:
        node = self._core.fields.get("workflow_exception")
        said = text_of(node)
        if said and said not in self._steps:
            found = f"no step is called {shown(said)}"
            done = "a failure ends the plan as failed"
            self._told.repaired(node or 1, "$.workflow_exception", found, done)
        return (said,) if said in self._steps else ()

    def ways(self, step: CoreStep) -> Ways:
        if step.type == END:
            for field in ("on_completion", "on_success", "on_failure"):
                if field in step.fields:
                    self._told.repaired(step.fields[field], f"{step.path}.{field}",
                                        "an end that leads on", "left out")  # fmt: skip
            return Ways()
        after = self._after(step)
        match step.type:
            case "if-condition" | "while-condition":
                return self._if(step, after)
            case "switch-condition":
                return msgspec.structs.replace(after, branches=dict(self._cases(step)))
            case "parallel":
                chains = self._each(step, "next_steps")
                branches = {str(n): (one,) for n, one in enumerate(chains, start=1)}
                return msgspec.structs.replace(after, branches=branches)
            case _:
                if not after.next and step.id not in self.missing:
                    self._told.repaired(step.line, step.path, "it leads nowhere",
                                        "taken for the last step of its branch")  # fmt: skip
                return after

    def _after(self, step: CoreStep) -> Ways:
        done, success = self._each(step, "on_completion"), self._each(step, "on_success")
        failure = self._each(step, "on_failure") if "on_failure" in step.fields else None
        if done and (success or failure):
            self._told.repaired(step.fields["on_completion"], f"{step.path}.on_completion",
                "it stands beside on_success or on_failure, which CACAO forbids",
                "it counts where those do not say what follows")  # fmt: skip
        whatever = bool(done) and not success and failure is None
        return Ways(next=success or done, whatever=whatever, failure=failure)

    def _if(self, step: CoreStep, after: Ways) -> Ways:
        true, false = self._each(step, "on_true"), self._each(step, "on_false")
        if not true and not false and step.type == IF and (after.failure is not None):
            done = "on_success taken for on_true, on_failure for on_false"
            self._told.repaired(step.line, step.path, "a condition without on_true", done)
            return Ways(branches={"yes": after.next, "no": after.failure})
        if not true and not false:
            self._told.repaired(step.line, f"{step.path}.on_true", "nothing follows when it holds",
                                "what follows the step follows in both cases")  # fmt: skip
        branches = {"yes": true, "no": false} if false or not after.next else {"yes": true}
        return msgspec.structs.replace(after, branches=branches)

    def _cases(self, step: CoreStep) -> Iterator[tuple[str, Chain]]:
        node = step.fields.get("cases")
        path = f"{step.path}.cases"
        if node is None or not isinstance(node.value, dict | tuple) or not node.value:
            self._told.repaired(step.line, path, "no cases", "what follows the step follows it")
            return
        if isinstance(node.value, dict):
            cases = Names()
            for case, to in node.value.items():
                yield cases.exactly(case.strip() or "(empty)"), self._chain(to, f"{path}.{case}")
            return
        self._told.repaired(node, path, "a list of cases", "taken for a dictionary")
        for number, to in enumerate(node.value):
            case = str(number + 1)
            if isinstance(to.value, dict):
                words = ("case", "condition", "value", "when", "name")
                case = next((text_of(to.value[w]) for w in words if w in to.value), "") or case
            yield case, self._chain(to, f"{path}[{number}]")

    def _each(self, step: CoreStep, field: str) -> Chain:
        node = step.fields.get(field)
        return self._chain(node, f"{step.path}.{field}") if node is not None else ()

    def _chain(self, node: Json, path: str) -> Chain:
        """The steps that a value names: an id, a list of ids, or an object that holds one."""
        match node.value:
            case str():
                return (self._one(node, node.value.strip(), path),) if node.value.strip() else ()
            case tuple():
                return tuple(
                    s for i, n in enumerate(node.value) for s in self._chain(n, f"{path}[{i}]")
                )
            case dict():
                words = ("next_step", "next", "on_completion", "step", "step_id", "id", "target")
                inner = next((node.value[w] for w in words if w in node.value), None)
                return self._chain(inner, path) if inner is not None else ()
            case _:
                self._told.repaired(
                    node, path, f"{shown(node.value)} is no id of a step", "left out"
                )
                return ()

    def _one(self, node: Json, said: str, path: str) -> str:
        if said in self._steps or said in self.missing:
            return said
        uuid = ANY_UUID.search(said)
        same = [name for name in self._steps if name.lower() == said.lower()]
        if not same and uuid is not None and uuid.group().lower() in self._by_uuid:
            same = [self._by_uuid[uuid.group().lower()]]
        if same:
            self._told.repaired(node, path, f"no step is called {shown(said)}",
                                f"{shown(same[0])} is meant")  # fmt: skip
            return same[0]
        type_ = END if said.lower().startswith("end") else ACTION
        instead = "its branch ends there" if type_ == END else "a person is asked what to do there"
        self._told.repaired(node, path, f"no step is called {shown(said)}", instead)
        words = f"This playbook leads to the step {said} here, but does not hold it"
        name = Json(line=node.line, value=words if type_ == ACTION else "end")
        self.missing[said] = CoreStep(
            id=said, line=node.line, path=path, type=type_, fields={"name": name}
        )
        return said


def _skipped(
    steps: Mapping[str, CoreStep], ways: Mapping[str, Ways], told: Account
) -> Iterator[tuple[str, Chain]]:
    """Steps that do nothing of their own, and what stands in their place."""
    for name, step in steps.items():
        one = ways[name]
        if step.type == START:
            yield name, one.next
        elif step.type == PARALLEL:
            real = [c for c in one.branches.values() if _does_something(c, one.next, steps)]
            if len(real) < 2:
                found = "fewer than two branches that do something"
                told.repaired(step.line, f"{step.path}.next_steps", found, "done in turn")
                yield name, (*(s for chain in real for s in chain), *one.next)
        elif step.type in (SWITCH, WHILE) and not any(one.branches.values()):
            yield name, one.next


def _does_something(chain: Chain, after: Chain, steps: Mapping[str, CoreStep]) -> bool:
    return chain[:1] != after[:1] and any(steps[name].type != END for name in chain)


def _through(one: Ways, skipped: Mapping[str, Chain]) -> Ways:
    return msgspec.structs.replace(
        one,
        next=_replaced(one.next, skipped),
        failure=None if one.failure is None else _replaced(one.failure, skipped),
        branches={key: _replaced(chain, skipped) for key, chain in one.branches.items()},
    )


def _replaced(chain: Chain, skipped: Mapping[str, Chain]) -> Chain:
    """The chain without steps that are skipped; one that is skipped into itself vanishes."""
    found: list[str] = []
    ahead, seen = list(reversed(chain)), set[str]()
    while ahead:
        name = ahead.pop()
        if name not in skipped:
            found.append(name)
        elif name not in seen:
            seen.add(name)
            ahead += reversed(skipped[name])
    return tuple(found)


def _meeting(
    steps: Mapping[str, CoreStep], ways: dict[str, Ways], told: Account
) -> dict[str, Ways]:
    """The ways, where branches that run into the same step without an end are joined before it."""
    found = dict(ways)
    for name, one in ways.items():
        if steps[name].type != PARALLEL or one.next or one.failure:
            continue
        distances = [_distances(chain, ways) for chain in one.branches.values() if chain]
        common = set(distances[0]).intersection(*distances[1:]) - {name} if distances else set()
        real = [s for s in common if steps[s].type != END]
        if real:
            meets = min(real, key=lambda s: (sum(d[s] for d in distances), s))
            told.repaired(steps[name].line, f"{steps[name].path}.on_completion",
                          "missing, and all branches run into the same step",
                          f"{shown(meets)} follows once, when all branches have ended")  # fmt: skip
            found[name] = msgspec.structs.replace(one, next=(meets,))
    return found


def _distances(chain: Chain, ways: Mapping[str, Ways]) -> dict[str, int]:
    found = {name: 0 for name in chain[:1]}
    ahead = deque(found)
    while ahead:
        name = ahead.popleft()
        for to in ways[name].all if name in ways else ():
            if to not in found:
                found[to] = found[name] + 1
                ahead.append(to)
    return found
