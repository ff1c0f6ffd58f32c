"""What the register says of alarms from outside: who may send them, how many, where each goes.

Rules are tried in order; the first that fits a signal decides. Their version is a digest of all of
them, so that every decision names the rules it was made by.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from tocsin.facts.canonical import canonical, sha256_hex
from tocsin.facts.signals import Urgency

WITHIN_MINUTES = 30
APPLIED = 3
"""How rules are applied, in the version of all rules: another way decides otherwise by the same.

2: labels count however many there are, and so does each text of a log. 3: what newly names a system
or an alert is no repetition, and a rule fits where one of several listed alerts does.
"""
A_MINUTE, A_MINUTE_IN_ALL, A_MINUTE_UNPROVEN = 120_000, 240_000, 60
WAITING_MAX = 500_000


class Does(enum.Enum):
    """What a rule lets a signal do, if its source was proven; else it waits in triage."""

    INCIDENT = "incident"  # join one that is open, else open one and start the plans that name it
    TRIAGE = "triage"
    KEEP = "keep"  # it is on record, and nobody is told


class Unproven(enum.Enum):
    """What becomes of a signal that nothing proves."""

    TRIAGE = "triage"
    REFUSE = "refuse"


class SignalRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which signals it is about, and what becomes of them.

    Args:
        sources, formats: of these; empty means all.
        labels: a signal must say each of these; `*` at the end stands for any ending.
        systems: it must be about one of these; empty means any, or none.
        at_least: this urgent or more; a signal that does not say how urgent it is passes.
        system: what it is about, where it names no system of the register.
        group_by: `system`, `name`, `source`, or labels; what is alike in these is one thing.
        within_minutes: of the last new signal of the group.
    """

    name: str
    sources: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    systems: tuple[str, ...] = ()
    at_least: Urgency | None = None
    system: str | None = None
    group_by: tuple[str, ...] = ("system",)
    within_minutes: int = WITHIN_MINUTES
    does: Does = Does.INCIDENT


DEFAULT_RULES = (
    SignalRule(name="default-news", formats=("mlflow",), does=Does.KEEP),
    SignalRule(name="default", at_least=Urgency.ERROR),
    SignalRule(name="default-lesser", at_least=Urgency.WARNING, does=Does.TRIAGE),
    SignalRule(name="default-rest", does=Does.KEEP),
)
"""What holds after the rules of the register: only what is an error or worse opens an incident."""


class SignalPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared under `[signals]`.

    Args:
        unproven: what nothing proves; it never opens an incident or starts a run.
        anonymous: whether people may use the form without a code.
        a_minute, in_all, unproven_a_minute: as many signals are taken in a minute: from one
            source, from all, and of what nothing proves; people's form has as many of its own.
        waiting_max: so many may wait to be decided; beyond that none is acknowledged. What nothing
            proves has half of that room, so that it never keeps a proven alarm out.
    """

    unproven: Unproven = Unproven.TRIAGE
    anonymous: bool = False
    a_minute: int = A_MINUTE
    in_all: int = A_MINUTE_IN_ALL
    unproven_a_minute: int = A_MINUTE_UNPROVEN
    waiting_max: int = WAITING_MAX
    rules: tuple[SignalRule, ...] = ()

    def room(self, *, proven: bool) -> int:
        """How many may wait before one more is turned away."""
        return self.waiting_max if proven else (self.waiting_max + 1) // 2

    @property
    def all_rules(self) -> tuple[SignalRule, ...]:
        """The rules of the register, then those that always hold."""
        return (*self.rules, *DEFAULT_RULES)

    @property
    def triggers(self) -> frozenset[str]:
        """What a plan may name as its trigger: rules that open incidents, and alerts they name."""
        opening = [one for one in self.all_rules if one.does is Does.INCIDENT]
        named = [one.labels["alertname"] for one in opening if "alertname" in one.labels]
        return frozenset([one.name for one in opening] + named)

    @property
    def version(self) -> str:
        """The first digits of the digest of all rules, and of how they are applied."""
        kept = msgspec.json.decode(msgspec.json.encode(self.all_rules))
        return sha256_hex(canonical({"applied": APPLIED, "rules": kept}))[:8]


BY_DEFAULT = SignalPolicy()
