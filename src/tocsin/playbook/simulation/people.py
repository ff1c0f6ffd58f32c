"""Who can do what: the people of the register, or those that are supposed, as workers with hours.

The people of a role are asked before their deputies, and deputies before theirs; among those who
can begin at the same instant the first of that order does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tocsin.playbook.plan import Plan
from tocsin.playbook.simulation.calendar import Span, spans_of
from tocsin.playbook.simulation.network import Worker
from tocsin.playbook.simulation.times import OFFICE, Staff, Supposed, Times
from tocsin.register.model import Hours, Register

OWNER = "owner"
"""The role that the register fills by itself: who answers for the system."""


class Staffing:
    """The workers of one plan, each person once however many roles they have.

    Args:
        register: None where there is none; then people are supposed, as many as a role needs. Who
            is called by the plan is supposed to be there at any hour, the others in office hours.
        needed: how many different people of a role are needed at once.
        monday: the instant from which milliseconds are counted.
    """

    def __init__(
        self,
        register: Register | None,
        times: Times,
        plan: Plan,
        needed: Mapping[str, int],
        monday: datetime,
    ) -> None:
        self.workers: list[Worker] = []
        self.supposed: dict[str, Supposed] = {}
        self.own: dict[str, tuple[int, ...]] = {}
        self._register, self._times, self._monday = register, times, monday
        self._systems, self._called, self._needed = plan.systems, plan.roles, needed
        self._by_person: dict[str, int] = {}
        self._spans: dict[tuple[tuple[Hours, ...], str], tuple[Span, ...]] = {}

    def of_role(self, role: str) -> tuple[int, ...]:
        """Who can act for a role, the first to be asked first; empty when nobody can."""
        staff = self._times.staff.get(role)
        if staff is None and self._register is None:
            hours = () if role in self._called else OFFICE
            people = self._needed.get(role, 1)
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

    def everyone(self) -> tuple[int, ...]:
        """All people of the register."""
        return tuple(map(self._person, self._register.people if self._register else ()))

    def _having(self, role: str) -> list[str]:
        register = self._register or Register()
        systems = [register.systems[name] for name in self._systems if name in register.systems]
        owners = [name for one in systems for name in (one.owner, one.deputy) if name]
        having = [one.id for one in register.people.values() if role in one.roles]
        if role == OWNER or (not having and role in self._called):
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
