"""Which rule decides about a signal, what system it is about, and what is one thing with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from tocsin.facts.signals import Urgency
from tocsin.register.inbound import Does, SignalPolicy, SignalRule
from tocsin.register.model import Register, System
from tocsin.signals.model import LABEL_SHOWN_MAX, Signal, may_name, plain

_ORDER = {urgency: place for place, urgency in enumerate(Urgency)}


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules say of a signal.

    Args:
        rule: the one that fits; `version` is that of all rules.
        group: a digest of what is alike in all signals of one thing.
        alike: that, in words.
    """

    rule: SignalRule
    version: str
    systems: tuple[str, ...]
    group: str
    alike: str

    @property
    def named(self) -> str:
        """The rule and its version, as decisions name it."""
        return f"{self.rule.name}@{self.version}"


class Rules:
    """The rules of a register, ready to be asked often."""

    def __init__(self, policy: SignalPolicy, systems: Mapping[str, System]) -> None:
        self.version = policy.version
        self._rules = policy.all_rules
        self._by_name = _names(systems.values())

    @classmethod
    def of(cls, register: Register) -> Rules:
        """The rules of this register."""
        return cls(register.inbound, register.systems)

    def judge(self, signal: Signal, source: str, format_: str) -> Ruled:
        """What the first rule that fits says; the last of those that always hold fits all."""
        named = self.systems_named(signal)
        for rule in self._rules:
            if fits(rule, signal, source, format_, named):
                systems = named or ((rule.system,) if rule.system else ())
                parts = tuple(_part(one, signal, source, systems) for one in rule.group_by)
                return Ruled(
                    rule=rule,
                    version=self.version,
                    systems=systems,
                    group=_digest(rule.name, parts),
                    alike=", ".join(_shown(name, value) for name, value in parts),
                )
        raise AssertionError("the last rule fits every signal")

    def systems_named(self, signal: Signal) -> tuple[str, ...]:
        """The systems of the register that a signal names, by id or name: one of each thing."""
        found = dict.fromkeys(self._named(labels) for labels in signal.things)
        return tuple(one for one in found if one is not None)

    def _named(self, labels: Mapping[str, str]) -> str | None:
        for text in may_name(labels):
            found = self._by_name.get(text.lower())
            if found is not None:
                return found
        return None


def fits(
    rule: SignalRule, signal: Signal, source: str, format_: str, named: tuple[str, ...]
) -> bool:
    """Whether a rule is about this signal."""
    if rule.sources and source not in rule.sources:
        return False
    if rule.formats and format_ not in rule.formats:
        return False
    if rule.systems and not set(rule.systems) & set(named):
        return False
    said, least = signal.urgency, rule.at_least
    if least is not None and said is not Urgency.UNSAID and is_worse(least, said):
        return False
    return any(
        all(_alike(wanted, labels.get(name)) for name, wanted in rule.labels.items())
        for labels in signal.things
    )


def opens(ruled: Ruled, *, proven: bool) -> bool:
    """Whether a signal that fires may open an incident and start a run."""
    return proven and ruled.rule.does is Does.INCIDENT


def is_worse(one: Urgency, other: Urgency) -> bool:
    """Whether the first is more urgent."""
    return _ORDER[one] < _ORDER[other]


def _alike(wanted: str, found: str | None) -> bool:
    if found is None:
        return False
    return found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted


def _part(name: str, signal: Signal, source: str, systems: tuple[str, ...]) -> tuple[str, str]:
    if name == "system":
        # What names no system of ours is one thing only with what fails alike at its source.
        return ("system", systems[0]) if systems else ("source", f"{source}: {signal.name}")
    if name == "source":
        return "source", source
    if name == "name":
        return "name", signal.name
    return name, signal.labels.get(name, "")


def _shown(name: str, value: str) -> str:
    """What is alike, in words; a source that names nothing that fails is named alone."""
    text = plain(value.removesuffix(": "), LABEL_SHOWN_MAX)
    return f"{name} {text or '(none)'}"


def _digest(rule: str, parts: Iterable[tuple[str, str]]) -> str:
    text = "\x1f".join([rule, *(f"{len(value)}:{name}={value}" for name, value in parts)])
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _names(systems: Iterable[System]) -> dict[str, str]:
    found: dict[str, str] = {}
    for system in systems:
        found.setdefault(system.name.lower(), system.id)
    for system in systems:
        found[system.id.lower()] = system.id
    return found
