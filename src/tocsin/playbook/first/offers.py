"""What a register offers as answers for a first plan; else the names of the examples. Pure."""

from __future__ import annotations

import msgspec

from tocsin.register.model import Register, System

SWITCHES = ("switch", "file-switch")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What can be answered: the default, empty where there is none, and what is known."""

    default: str = ""
    known: tuple[str, ...] = ()


class Offers:
    """The answers that a register suggests.

    Args:
        register: empty where there is no home.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        people = register.people.values()
        self._roles = tuple(sorted({role for person in people for role in person.roles}))

    @property
    def systems(self) -> Offer:
        known = tuple(self._register.systems)
        return Offer(default=known[0] if len(known) == 1 else "", known=known)

    @property
    def on_call(self) -> Offer:
        return Offer(default=self._role("on-call", "call"), known=self._roles)

    @property
    def commander(self) -> Offer:
        return Offer(default=self._role("incident-commander", "commander"), known=self._roles)

    @property
    def counsel(self) -> str:
        return self._role("counsel", "counsel", "legal")

    def owner(self, commander: str) -> str:
        """Who looks after the plan: who leads data science, else who leads the response."""
        found = self._role("data-science-lead", "data-science")
        return found if not self._roles or found in self._roles else commander

    def _role(self, otherwise: str, *parts: str) -> str:
        named = (role for part in parts for role in self._roles if part in role)
        return otherwise if otherwise in self._roles else next(named, otherwise)

    def _system(self, name: str) -> System | None:
        return self._register.systems.get(name)

    def switch(self, system: str) -> Offer:
        """The switch of the system; by hand where the register knows none."""
        one = self._system(system)
        known = [i.id for i in self._register.integrations.values() if i.kind in SWITCHES]
        default = (one.switch if one is not None else None) or "none"
        return Offer(default=default, known=(*known, "none"))

    def target(self, system: str, switch: str) -> str:
        """What the switch switches: its first flag of this system, else the system."""
        one = self._register.integrations.get(switch)
        flags = (one.settings.get("flags", "") if one is not None else "").split(",")
        named = [flag.strip() for flag in flags if flag.strip().startswith(f"{system}.")]
        return named[0] if named else system

    def fallback(self, system: str) -> Offer:
        one = self._system(system)
        others = tuple(name for name in self._register.systems if name != system)
        return Offer(default=(one.fallback if one is not None else None) or "people", known=others)

    def eye(self, system: str) -> str:
        one = self._system(system)
        return (one.seen_by if one is not None else None) or "system-seen"

    def _of_kind(self, kind: str) -> str:
        found = (i.id for i in self._register.integrations.values() if i.kind == kind)
        return next(found, "")

    @property
    def registry(self) -> str:
        """The hand that puts versions back, or empty."""
        return self._of_kind("mlflow")

    def model(self, registry: str) -> str:
        one = self._register.integrations.get(registry)
        named = one.settings.get("target", "") if one is not None else ""
        return named or "model@production"

    @property
    def finder(self) -> str:
        return self._of_kind("mlflow-target") or "rollback-target"

    @property
    def mail(self) -> str:
        return self._of_kind("smtp") or "mail"

    def vendor(self, system: str) -> Offer:
        one = self._system(system)
        known = tuple(vendor.name for vendor in one.vendors) if one is not None else ()
        return Offer(default=known[0] if known else "", known=known)

    def evidence(self, system: str) -> tuple[str, ...]:
        """The items that can be secured for the system."""
        one = self._system(system)
        found = tuple(one.evidence) if one is not None else ()
        return found or ("model", "configuration", "requests")

    def recovery_target(self, system: str) -> str:
        one = self._system(system)
        minutes = one.recovery_target_minutes if one is not None else None
        return f"{minutes}m" if minutes else "45d"
