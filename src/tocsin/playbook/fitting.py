"""Whether a plan fits the house: every hand, eye, person and detector that it names is there.

Pure: told from what is declared, long before an alarm asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import BEFORE, Act, Approve, Ask, Gate, Look, Page, Seal, Step, Tell
from tocsin.register.mistakes import Mistake, did_you_mean, shown
from tocsin.register.model import Register

SWITCH = "switch"
STATES = ("on", "off")
FLAGS = "flags"
"""The setting of a switch that names, with commas between, what can be switched."""
OWNER = "owner"
"""The role that the register fills by itself when somebody is called."""


class House(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan can rely on.

    Args:
        hands: the integrations that act.
        eyes: the integrations that look.
        detectors: the names of the detectors by system; None where a file of them cannot be read,
            so that nobody can say which there are.
    """

    register: Register
    hands: frozenset[str]
    eyes: frozenset[str]
    detectors: Mapping[str, frozenset[str]] | None


def unfitting(plan: Plan, house: House, file: str) -> list[Mistake]:
    """Everything that a plan names and the house does not have, by line."""
    return sorted(set(_Fitting(plan, house, file).mistakes()))


class _Fitting:
    def __init__(self, plan: Plan, house: House, file: str) -> None:
        self._plan, self._house, self._file = plan, house, file
        self._register = house.register
        people = house.register.people.values()
        self._roles = {role for person in people for role in person.roles}

    def mistakes(self) -> Iterator[Mistake]:
        for system in self._plan.systems:
            yield from self._known(
                "systems",
                system,
                self._register.systems,
                "system",
                "declare it in register/",
                rule="TP802",
            )
        yield from self._triggers()
        yield from self._chain()
        for step in self._plan.steps.values():
            yield from self._step(step)
            yield from self._carried(step)

    def _step(self, step: Step) -> Iterator[Mistake]:
        at = f"steps.{step.id}"
        match step:
            case Act():
                yield from self._integration(f"{at}.act", step.connector, self._house.hands, "acts")
                yield from self._states(at, step)
                yield from self._items(f"{at}.evidence", step.evidence)
            case Look():
                yield from self._integration(f"{at}.probe", step.probe, self._house.eyes, "looks")
            case Tell():
                hands = self._house.hands
                yield from self._integration(f"{at}.through", step.through, hands, "sends")
                for audience in step.audiences:
                    yield from self._audience(f"{at}.tell", audience)
            case Page():
                yield from self._role(f"{at}.page", step.role, {*self._roles, OWNER})
            case Ask():
                yield from self._role(f"{at}.role", step.role, self._roles)
            case Approve():
                yield from self._role(f"{at}.role", step.role, self._roles)
            case Gate():
                for number, check in enumerate(step.checks):
                    path = f"{at}.gate[{number}].probe"
                    yield from self._integration(path, check.probe, self._house.eyes, "looks")
            case Seal():
                yield from self._items(f"{at}.seal", step.items)
            case _:
                pass

    def _carried(self, step: Step) -> Iterator[Mistake]:
        """Who carries a step: somebody must have each role, or nobody does it."""
        raci = step.raci
        if raci is not None:
            named = (raci.accountable, *raci.responsible, *raci.consulted, *raci.informed)
            for role in dict.fromkeys(named):
                yield from self._role(f"steps.{step.id}.raci", role, {*self._roles, OWNER})

    def _chain(self) -> Iterator[Mistake]:
        """Who must hear of it, and from whom; an audience may also be one that the plan names."""
        heard = {*self._roles, *self._register.people, *self._plan.audiences}
        for number, link in enumerate(self._plan.communication):
            at = f"communication[{number}]"
            yield from self._role(at, link.audience, heard)
            yield from self._role(at, link.by, self._roles)

    def _integration(
        self, path: str, name: str, able: frozenset[str], does: str
    ) -> Iterator[Mistake]:
        there = f"declare it in register/; there are: {_listed(able)}"
        one = self._register.integrations.get(name)
        if not name:
            return  # that none stands there is told by whoever read the plan
        if one is None:
            yield from self._known(path, name, able, "integration", there, rule="TP801")
        elif name not in able:
            found = f"{name} is of kind {one.kind}, and none of that kind {does}"
            remedy = f"name another; there are: {_listed(able)}"
            yield self._mistake(path, found, remedy, rule="TP801")

    def _states(self, at: str, step: Act) -> Iterator[Mistake]:
        one = self._register.integrations.get(step.connector)
        if one is None or one.kind != SWITCH:
            return
        for field, state in (("wanted", step.wanted), ("undo", step.undo)):
            fine = (*STATES, BEFORE) if field == "undo" else STATES
            if state and "{" not in state and state not in fine:
                found = f"{step.connector} is a switch, and {shown(state)} is no state of it"
                remedy = f"write {' or '.join(fine)}"
                yield self._mistake(f"{at}.{field}", found, remedy, rule="TP805")
        flags = sorted({name.strip() for name in one.settings.get(FLAGS, "").split(",")} - {""})
        if step.target and "{" not in step.target and step.target not in flags:
            found = f"{step.connector} has no switch {shown(step.target)}"
            otherwise = f"name it in its `{FLAGS}` in register/; there are: {_listed(flags)}"
            remedy = did_you_mean(step.target, flags, otherwise)
            yield self._mistake(f"{at}.target", found, remedy, rule="TP805")

    def _role(self, path: str, role: str, known: set[str]) -> Iterator[Mistake]:
        otherwise = f"give it to someone in register/; there are: {_listed(known)}"
        if role and role not in known:
            remedy = did_you_mean(role, sorted(known), otherwise)
            yield self._mistake(path, f"nobody has the role {role}", remedy, rule="TP205")

    def _audience(self, path: str, audience: str) -> Iterator[Mistake]:
        people = self._register.people
        known = {*self._roles, *people}
        if audience not in known:
            yield from self._role(path, audience, known)
        elif not any(p.email for p in people.values() if audience in (*p.roles, p.id)):
            yield self._mistake(
                path,
                f"nobody who is {audience} has an address",
                "write their `email` in register/",
                rule="TP806",
            )

    def _items(self, path: str, items: Iterable[str]) -> Iterator[Mistake]:
        systems = self._register.systems
        meant = [systems[name] for name in self._plan.systems or systems if name in systems]
        if self._plan.systems and not meant:
            return  # that the systems are unknown is told already
        known = sorted({item for system in meant for item in system.evidence})
        for item in items:
            otherwise = f"write `evidence = {{ {item} = ... }}` in register/ for the system"
            yield from self._known(path, item, known, "evidence", otherwise, rule="TP804")

    def _triggers(self) -> Iterator[Mistake]:
        detectors = self._house.detectors
        systems = self._plan.systems
        if detectors is None or (systems and not {*systems} & {*self._register.systems}):
            return  # the cause is told already
        every = {name for system in detectors for name in detectors[system]}
        of = systems or detectors
        meant = {name for system in of for name in detectors.get(system, ())}
        outside = self._register.inbound.triggers
        for trigger in self._plan.triggers:
            if trigger in outside:
                continue  # a rule about alarms of other tools pulls it
            if trigger in every - meant:
                yield self._mistake(
                    "triggers",
                    f"{trigger} watches none of the systems of this plan",
                    f"name one of theirs: {_listed(meant)}, or its system in `systems`",
                    rule="TP803",
                )
            else:
                there = f"declare it in detectors/; there are: {_listed(meant)}"
                yield from self._known("triggers", trigger, meant, "detector", there, rule="TP803")

    def _known(
        self, path: str, name: str, known: Iterable[str], what: str, otherwise: str, *, rule: str
    ) -> Iterator[Mistake]:
        names = sorted(known)
        if name not in names:
            remedy = did_you_mean(name, names, otherwise)
            yield self._mistake(path, f"there is no {what} {name}", remedy, rule=rule)

    def _mistake(self, path: str, found: str, remedy: str, *, rule: str) -> Mistake:
        line = self._plan.lines.get(path, 1)
        return Mistake(file=self._file, line=line, path=path, found=found, remedy=remedy, rule=rule)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
