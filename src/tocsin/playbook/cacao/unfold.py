"""Unfolds the steps of a foreign playbook into steps of ours, each written once for each place.

CACAO gives control back: a branch ends, and the step that began it goes on with what follows. Ours
name what follows. So a step is written anew for each place from which its branch goes back, as one
would copy it by hand; the depth of the file does not matter, the number of steps does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import msgspec

from tocsin.playbook.cacao.core import CoreStep
from tocsin.playbook.cacao.edges import Chain, Graph, Ways
from tocsin.playbook.cacao.phrases import Phrases
from tocsin.playbook.cacao.told import Account, Names
from tocsin.playbook.cacao.vocabulary import END, SWITCH, WHILE
from tocsin.playbook.steps import JOIN
from tocsin.playbook.write_yaml import Tree

STEPS_MAX = 1000
ROUNDS_MAX = 100
PAUSE = "1m"
DONE, CANNOT, YES, NO, NONE = "done", "cannot", "yes", "no", "none of these"

WHOLE = ({"yes", "no"}, {"true", "false"})
"""Cases beside which there is no other."""


class TooMany(Exception):
    """The steps unfold to more than a plan may hold."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a step is written.

    Args:
        within: the branches of ours in which it stands, the outermost first.
        back: the step of ours to which the end of its branch leads; None outside of all branches.
        around: by id, the steps that began the branches around it, as steps of ours.
        after: by id, what follows those, as steps of ours.
        failing: whether this is what the playbook does about a failure; then another one stops it.
    """

    within: tuple[str, ...] = ()
    back: str | None = None
    around: Mapping[str, str] = {}
    after: Mapping[str, str] = {}
    failing: bool = False


class Made(msgspec.Struct, kw_only=True):
    """A step of ours in the making: what it says, and where it leads, way by way."""

    name: str
    fields: dict[str, Tree]
    ways: dict[str, str]
    within: tuple[str, ...]
    core: CoreStep | None = None


class Unfolding:
    """One unfolding. `made` holds all steps by name when `all_from` has returned."""

    def __init__(self, graph: Graph, phrases: Phrases, told: Account) -> None:
        self.made: dict[str, Made] = {}
        self._graph, self._phrases, self._told = graph, phrases, told
        self._names = Names((JOIN,))
        self._given: dict[tuple[str, tuple[str, ...], str | None], str] = {}
        self._ends: dict[str, str] = {}
        self._ahead: deque[tuple[CoreStep, Place, str]] = deque()

    def all_from(self, start: Chain) -> str:
        """The name of the first step; all others are in `made`.

        Raises:
            TooMany: more than a plan may hold.
        """
        first = self._chain(start, Place())
        while self._ahead:
            step, place, name = self._ahead.popleft()
            self._write(step, place, name)
        return first

    def end(self, wish: str, ending: str, key: str = "") -> str:
        """An end outside of all branches, one for each key."""
        key = key or wish
        if key not in self._ends:
            name = self._ends[key] = self._names.new(wish, ending)
            self.made[name] = Made(name=name, fields={"end": ending}, ways={}, within=())
        return self._ends[key]

    def stopped(self, within: tuple[str, ...]) -> str:
        """Where a run goes that can go no further: the failed end, or out of its branch."""
        return JOIN if within else self.end("stopped", "failed")

    def again(self, step: str, within: tuple[str, ...], rounds: int) -> str:
        """A wait that leads back to a step, so often and no more."""
        name = self._new(Made(
            name=self._names.new(f"{step}-again", step),
            fields={"wait": PAUSE, "rounds_max": rounds},
            ways={"next": step, "on_rounds_max": self.stopped(within)},
            within=within,
        ))  # fmt: skip
        return name

    def _new(self, made: Made) -> str:
        if len(self.made) >= STEPS_MAX:
            raise TooMany
        self.made[made.name] = made
        return made.name

    def _chain(self, chain: Chain, place: Place, owner: Made | None = None) -> str:
        """Where a chain of steps begins, each of which goes back to begin the next.

        Args:
            owner: the step that begins them; led back to it, they do not begin anew inside.
        """
        if not chain:
            return self._over(place)
        target = self._lead(chain[-1], place)
        around = {owner.core.id: owner.name} if owner is not None and owner.core else {}
        for name in reversed(chain[:-1]):
            around = {**place.around, **around}
            target = self._lead(name, msgspec.structs.replace(place, back=target, around=around))
        return target

    def _over(self, place: Place) -> str:
        return place.back if place.back is not None else self.end("over", "completed")

    def _lead(self, name: str, place: Place) -> str:
        """The step of ours that stands for a step of theirs at a place."""
        step = self._graph.steps[name]
        if name in place.after:
            return place.after[name]
        if step.type == END:
            if place.back is not None:
                return place.back
            wish = step.text("name")
            return self.end(wish, "completed", name) if wish else self._over(place)
        if name in place.around:
            return place.around[name]
        key = (name, place.within, place.back)
        if key not in self._given:
            if len(self._given) >= STEPS_MAX:
                raise TooMany
            if any(name == other for other, _, _ in self._given):
                self._told.repaired(step.line, step.path, "several branches lead to this step",
                                    "written once for each")  # fmt: skip
            self._given[key] = self._names.new(step.text("name"), name)
            self._ahead.append((step, place, self._given[key]))
        return self._given[key]

    def _write(self, step: CoreStep, place: Place, name: str) -> None:
        ways = self._graph.ways[step.id]
        delayed = self._phrases.span(step, "delay")
        own = self._names.new(f"{name}-now", name) if delayed else name
        if delayed:
            self._new(Made(name=name, fields={"wait": delayed}, ways={"next": own},
                           within=place.within, core=step))  # fmt: skip
        made = Made(name=own, fields={}, ways={}, within=place.within, core=step)
        self._new(made)
        match step.type:
            case "parallel":
                self._parallel(made, place, ways)
            case "if-condition" | "switch-condition" | "while-condition":
                self._condition(made, step, place, ways)
            case "playbook-action" if self._phrases.called(step):
                self._call(made, step, place, ways)
            case _:
                self._action(made, step, place, ways)

    def _action(self, made: Made, step: CoreStep, place: Place, ways: Ways) -> None:
        made.fields = self._phrases.action(step)
        made.ways[f"choices.{DONE}"] = self._chain(ways.next, place, made)
        made.ways[f"choices.{CANNOT}"] = self._failed(ways, place, made)
        limit = self._phrases.span(step, "timeout")
        if limit:
            made.fields |= {"limit": limit, "on_limit": CANNOT}

    def _call(self, made: Made, step: CoreStep, place: Place, ways: Ways) -> None:
        made.fields = {"call": self._phrases.called(step)}
        made.ways = {
            "next": self._chain(ways.next, place, made),
            "on_failure": self._failed(ways, place, made),
        }
        limit = self._phrases.span(step, "timeout")
        if limit:
            made.fields["limit"] = limit
            made.ways["on_limit"] = made.ways["on_failure"]

    def _failed(self, ways: Ways, place: Place, made: Made) -> str:
        """Where a failure leads: as the step says, else as the playbook says, else to its end."""
        if ways.failure is not None:
            return self._chain(ways.failure, place, made)
        if ways.whatever:
            return self._chain(ways.next, place, made)
        stopped = self.stopped(place.within)
        if place.failing or not self._graph.failed:
            return stopped
        handling = Place(within=place.within, back=stopped, around=place.around, failing=True)
        return self._chain(self._graph.failed, handling)

    def _inner(self, made: Made, step: CoreStep, place: Place, ways: Ways) -> tuple[Place, str]:
        """The place of a branch that goes back to what follows this step; and what follows."""
        follows = self._chain(ways.next, place, made) if ways.next else None
        inner = msgspec.structs.replace(
            place,
            back=follows if follows is not None else place.back,
            around={**place.around, step.id: made.name},
            after={**place.after, **({ways.next[0]: follows} if follows is not None else {})},
        )
        return inner, follows if follows is not None else self._over(place)

    def _condition(self, made: Made, step: CoreStep, place: Place, ways: Ways) -> None:
        inner, follows = self._inner(made, step, place, ways)
        made.fields = self._phrases.condition(step)
        if step.type == WHILE:
            again = self.again(made.name, place.within, ROUNDS_MAX)
            self._told.repaired(step.line, step.path, "a loop that CACAO does not bound",
                                f"at most {ROUNDS_MAX} rounds, {PAUSE} apart")  # fmt: skip
            inner = msgspec.structs.replace(
                inner, back=again, around={**inner.around, step.id: again}
            )
        for case, chain in ways.branches.items():
            word = NONE if case.lower() == "default" and step.type == SWITCH else case
            made.ways[f"choices.{word}"] = self._chain(chain, inner)
        otherwise = NONE if step.type == SWITCH else NO
        if {case.lower() for case in ways.branches} not in WHOLE:
            made.ways.setdefault(f"choices.{otherwise}", follows)

    def _parallel(self, made: Made, place: Place, ways: Ways) -> None:
        assert made.core is not None
        follows = self._chain(ways.next, place, made) if ways.next else self._over(place)
        around = {**dict.fromkeys(place.around, JOIN), made.core.id: JOIN}
        after = dict.fromkeys((*place.after, *ways.next[:1]), JOIN)
        for number, chain in enumerate(ways.branches.values()):
            within = (*place.within, f"{made.name}[{number}]")
            inner = Place(within=within, back=JOIN, around=around, after=after)
            first = self._chain(chain, inner)
            if first != JOIN:
                made.ways[f"parallel[{number}]"] = first
        while sum(way.startswith("parallel[") for way in made.ways) < 2:
            idle = self._names.new("nothing-to-do", "idle")
            number, within = len(made.ways) + len(ways.branches), (*place.within, f"{idle}")
            self._new(Made(name=idle, fields={"wait": "1s"}, ways={"next": JOIN}, within=within))
            made.ways[f"parallel[{number}]"] = idle
        made.ways["next"] = follows
        if ways.failure is not None:
            made.ways["on_failure"] = self._chain(ways.failure, place, made)
