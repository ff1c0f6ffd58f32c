"""`[signals]` is read whole or its mistakes told whole; without it a register keeps its digest."""

from __future__ import annotations

import msgspec

from tocsin.facts.signals import Urgency
from tocsin.register.inbound import BY_DEFAULT, Does, SignalPolicy, SignalRule, Unproven
from tocsin.register.mistakes import mistakes_only
from tocsin.register.model import Register, register_kept
from tocsin.register.read import read_register

HOUSE = """
[entity]
legal_name = "House"
[people.ana]
[systems.fraud]
owner = "ana"
tier = 1
"""
GOOD = """
[signals]
unproven = "refuse"
anonymous = "yes"
a_minute = 100

[[signals.rules]]
name = "gpus"
sources = ["prom"]
labels = { job = "gpu*" }
at_least = "warning"
system = "fraud"
group_by = ["name"]
within = "2h"
does = "triage"
"""


def read(text: str) -> tuple[Register, list[str]]:
    register, told = read_register({"house.toml": (HOUSE + text).encode()})
    return register, [f"{one.path}: {one.found}; {one.remedy}" for one in mistakes_only(told)]


def test_what_is_declared_is_read() -> None:
    register, told = read(GOOD)
    assert told == []
    policy = register.inbound
    assert (policy.unproven, policy.anonymous, policy.a_minute) == (Unproven.REFUSE, True, 100)
    (rule,) = policy.rules
    assert (rule.within_minutes, rule.does, rule.at_least) == (120, Does.TRIAGE, Urgency.WARNING)
    assert register_kept(register.canonical()) == register
    assert policy.version != BY_DEFAULT.version


def test_the_version_of_the_rules_says_how_they_are_applied_too() -> None:
    assert BY_DEFAULT.version == "3cd2730d", (
        "raise APPLIED where rules decide otherwise than before"
    )


def test_without_it_a_register_is_the_same_to_the_byte() -> None:
    register, _ = read("")
    assert register.inbound == SignalPolicy()
    assert b"signals" not in register.canonical()
    assert msgspec.json.decode(register.canonical()).keys() == {
        "entity", "integrations", "people", "systems",
    }  # fmt: skip


def test_every_mistake_is_told_at_once() -> None:
    _, told = read(
        """
[signals]
unproven = "maybe"
anonymous = true
minute = 3
[[signals.rules]]
name = "default"
formats = ["nagios"]
system = "fraude"
does = "incidnt"
within = "soon"
[[signals.rules]]
name = "default"
"""
    )
    text = "\n".join(told)
    for part in (
        "signals.unproven: 'maybe'", "signals.anonymous: true or false", "signals.minute: a key",
        'does not begin with "default"', "'nagios'", '"fraude", a system nobody declared',
        'did you mean "fraud"?', "'incidnt'", "'soon'", "two rules named",
    ):  # fmt: skip
        assert part in text, (part, text)


def test_a_plan_may_name_rules_that_open_incidents_and_the_alerts_that_they_name() -> None:
    drift = SignalRule(name="drift", labels={"alertname": "ModelDrift"})
    gpus = SignalRule(name="gpus", does=Does.TRIAGE)
    policy = SignalPolicy(rules=(drift, gpus))
    assert policy.triggers == {"drift", "ModelDrift", "default"}
