"""Who can do what: the people of the register, or those that are supposed, as workers with hours.

The people of a role are asked before their deputies, and deputies before theirs; among those who
can begin at the same instant the first of that order does.
"""

from __future__ import annotations

from datetime import datetime

from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation.calendar import Span, spans_of
from tocsin.playbook.simulation.network import Worker
from tocsin.playbook.simulation.parties import APPROVER, role_asked
from tocsin.playbook.simulation.times import OFFICE, Staff, Supposed, Times
from tocsin.playbook.steps import Act, Page, Step
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Hours, Register

OWNER = "owner"
"""The role that the register fills by itself: who answers for the system."""


class Staffing:
    """The workers of one plan, each person once however many roles they have.

    Args:
        register: None where there is none; then people are supposed, as many as a role needs. Who
            is called by the plan is supposed to be there at any hour, the others in office hours.
        monday: the instant from which milliseconds are counted.
        ruled: the role that the register asks of whoever approves an act.
    """

    def __init__(
        self,
        register: Register | None,
        times: Times,
        plan: Plan,
        file: str,
        monday: datetime,
        ruled: str | None,
    ) -> None:
        self.workers: list[Worker] = []
        self.supposed: dict[str, Supposed] = {}
        self.own: dict[str, tuple[int, ...]] = {}
        self.mistakes: list[Mistake] = []
        self._register, self._times, self._monday = register, times, monday
        self._plan, self._file, self._ruled = plan, file, ruled
        self._by_person: dict[str, int] = {}
        self._spans: dict[tuple[tuple[Hours, ...], str], tuple[Span, ...]] = {}

    def for_step(self, step: Step, people: int) -> tuple[int, ...]:
        """Who can do a step that so many must do; where too few can, that is a mistake.

        An act is approved by those who are accountable for it, then, where they are too few, by
        those who are consulted, by those who carry it, and by anybody of the register.
        """
        role = role_asked(step, self._ruled) or APPROVER
        workers = self.of_role(role)
        if len(workers) < people and isinstance(step, Act) and self._register is not None:
            raci = step.raci
            more = (*raci.consulted, *raci.responsible) if raci is not None else ()
            chain = [*workers, *(one for other in more for one in self.of_role(other))]
            everyone = map(self._person, self._register.people)
            workers = tuple(dict.fromkeys([*chain, *everyone]))
        if len(workers) < people:
            self._too_few(step, role, len(workers), people)
        return workers

    def of_role(self, role: str) -> tuple[int, ...]:
        """Who can act for a role, the first to be asked first; empty when nobody can."""
        staff = self._times.staff.get(role)
        if staff is None and self._register is None:
            hours = () if role in self._plan.roles else OFFICE
            people = self._needed(role)
            staff = Staff(name=f"default for the people of {role}", people=people, hours=hours)
        if staff is not None:
            return self._supposed(role, staff)
        first = self._having(role)
        self.own[role] = tuple(map(self._person, first))
        chain = dict.fromkeys(first)
        known = self._register.people if self._register is not None else {}
        for one in (waiting := list(first)):
            more = [name for name in known[one].deputies if name in known and name not in chain]
            chain |= dict.fromkeys(more)
            waiting += more
        return tuple(map(self._person, chain))

    def _too_few(self, step: Step, role: str, there: int, people: int) -> None:
        field = {Page: "page", Act: "approvals"}.get(type(step), "role")
        path = f"steps.{step.id}.{field}"
        said = f"[roles.{role}] staff = {{ people = {people}, basis = "
        self.mistakes.append(
            Mistake(
                file=self._file,
                line=self._plan.lines.get(path, step.line),
                path=path,
                found=f"{people} must say yes, and {there} can" if there else f"nobody is {role}",
                remedy=f"give the role to somebody in register/, or write `{said}"
                '"assumed" }` in the file of times',
            )
        )

    def _needed(self, role: str) -> int:
        """How many different people of a role a step asks for at once."""
        acts = [step for step in self._plan.steps.values() if isinstance(step, Act)]
        asked = [step.approvals for step in acts if role_asked(step, self._ruled) == role]
        return max(1, *asked) if asked else 1

    def _having(self, role: str) -> list[str]:
        register = self._register or Register()
        systems = [
            register.systems[name] for name in self._plan.systems if name in register.systems
        ]
        owners = [name for one in systems for name in (one.owner, one.deputy) if name]
        having = [one.id for one in register.people.values() if role in one.roles]
        if role == OWNER or (not having and role in self._plan.roles):
            having += owners  # a call that would reach nobody goes to who answers for the system
        return [name for name in dict.fromkeys(having) if name in register.people]

    def _supposed(self, role: str, staff: Staff) -> tuple[int, ...]:
        if role not in self.own:
            self.supposed[role] = staff
            first = len(self.workers)
            for number in range(1, staff.people + 1):
                spans = self._laid_out(staff.hours, staff.time_zone)
                self.workers.append(Worker(id=f"{role} {number}", spans=spans))
            self.own[role] = tuple(range(first, first + staff.people))
        return self.own[role]

    def _person(self, name: str) -> int:
        if name not in self._by_person:
            person = (self._register or Register()).people[name]
            spans = self._laid_out(person.hours, person.time_zone)
            self._by_person[name] = len(self.workers)
            self.workers.append(Worker(id=name, spans=spans))
        return self._by_person[name]

    def _laid_out(self, hours: tuple[Hours, ...], zone: str) -> tuple[Span, ...] | None:
        if not hours:
            return None
        if (hours, zone) not in self._spans:
            self._spans[hours, zone] = tuple(spans_of(hours, zone, self._monday))
        return self._spans[hours, zone]
