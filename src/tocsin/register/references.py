"""Whether what the register names is there, and what it lacks: checked across all files.

What is named and not there is a mistake; what would be missed in an incident is advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import combinations

from tocsin.facts.entry import Proof
from tocsin.register.audiences import DPO_ROLES, lacking_of
from tocsin.register.formats import verifier_key_wrong
from tocsin.register.mistakes import did_you_mean, shown
from tocsin.register.model import (
    BY_TWO,
    Decision,
    Integration,
    Person,
    ProofRule,
    Register,
    System,
)
from tocsin.register.table import Table

Places = dict[tuple[str, str], Table]
"""Where each part of the register stands: by room and id."""

LEADING_ROLES = {
    "commander": "who leads when an incident is open",
    "counsel": "who judges what the law asks",
}
OWN_LOG = "log"
"""What `evidence` names when an item comes from the system's own inference log."""

WITNESS = "witness"
"""The kind of an integration that vouches for how large the record was."""

ALWAYS_SIGNED = frozenset({Decision.OVERRIDE, Decision.ENROLMENT})
"""Decisions that need a signature whatever a rule asks; the first enrolment alone does not."""

_OFFICERS = frozenset({"privacy", "dpo", "dsb", "datenschutz"})
"""Words of a role by which its people look like data protection officers."""

_WISHED = {
    "deputy": "say who answers when the owner is away",
    "switch": "name the integration that turns it off",
    "seen_by": "name the integration that shows whether the switch took effect",
    "fallback": "name the system that serves when this one is off",
    "log": "say where its inference log is found",
    "recovery_target_minutes": 'say within what time it must serve again: "4h"',
    "jurisdictions": "say where it is used: duties follow from it",
    "roles": "say what you are to it: provider, deployer, controller",
}
_WRITTEN = {"recovery_target_minutes": "recovery_target"}


def references_told(register: Register, places: Places, *, has_entity: bool) -> None:
    """Tell, at their places, of names that lead nowhere and of what is missing."""
    for name, system in register.systems.items():
        table = places["systems", name]
        _system_references(register, system, table)
        _system_wishes(system, table)
    for name, person in register.people.items():
        _person_references(register, person, places["people", name])
    for name, integration in register.integrations.items():
        if integration.kind == WITNESS:
            _witness_told(integration, places["integrations", name])
    _rules_told(register, places)
    _shared_keys_told(register, places)
    if has_entity:
        _entity_references(register, places["entity", ""])
        _words_told(register, places["entity", ""])
    elif places:
        table = next(iter(places.values()))
        table.source.tell(
            (), "no [entity] in any file", "say who you are: name, sectors, countries", advice=True
        )
    _roles_told(register, places)
    _officer_told(register, places)


def _rules_told(register: Register, places: Places) -> None:
    for rule in register.inbound.rules:
        table = places["signals", ""]
        for name in (*rule.systems, *([rule.system] if rule.system else [])):
            if name not in register.systems:
                remedy = did_you_mean(name, register.systems, "declare it, or name one that is")
                table.tell("rules", f'{rule.name}: "{name}", a system nobody declared', remedy)


def rule_told(rule: ProofRule, table: Table) -> None:
    """Tell of a rule that nobody could ever keep, or that asks for less than what counts."""
    if rule.decision is Decision.APPROVAL and rule.proof is Proof.ACCOUNT:
        table.tell(
            "proof",
            '"account" for approval: the account under which Tocsin works could approve what '
            "Tocsin wants to do",
            'write "signature" or "link"',
        )
    if rule.decision in ALWAYS_SIGNED and rule.proof is not Proof.SIGNATURE:
        table.tell(
            "proof",
            f'"{rule.proof.value}" for {rule.decision.value}, which needs a signature anyway',
            'write "signature"',
            advice=True,
        )
    if rule.people > 1 and rule.decision not in BY_TWO:
        *more, last = sorted(one.value for one in BY_TWO)
        can = f"{', '.join(more)} and {last}"
        table.tell(
            "people",
            f"{rule.people} people for {rule.decision.value}, which one person decides",
            f"leave it out, and ask for a role or a signature; only {can} wait for two",
        )


def _system_references(register: Register, system: System, table: Table) -> None:
    _known(table, "owner", [system.owner], register.people, "person")
    _known(table, "deputy", [system.deputy], register.people, "person")
    _known(table, "built_by", system.built_by, register.people, "person")
    _known(table, "switch", [system.switch], register.integrations, "integration")
    _known(table, "seen_by", [system.seen_by], register.integrations, "integration")
    _known(table, "integrations", system.integrations, register.integrations, "integration")
    secured_by = [by for by in system.evidence.values() if by != OWN_LOG]
    _known(table, "evidence", secured_by, register.integrations, "integration")
    _known(table, "fallback", [system.fallback], register.systems, "system")
    if system.deputy is not None and system.deputy == system.owner:
        table.tell("deputy", f'the owner "{system.owner}" again', "name another person")
    if system.fallback == system.id:
        table.tell("fallback", "the system itself", "name another that serves when this is off")
    elif system.fallback is not None and _circle(register, system):
        table.tell(
            "fallback", "systems that fall back on each other in a circle", "let one end it",
            advice=True,
        )  # fmt: skip


def _system_wishes(system: System, table: Table) -> None:
    for field, remedy in _WISHED.items():
        written = _WRITTEN.get(field, field)
        if field == "seen_by" and system.switch is None:
            continue
        if not getattr(system, field) and not table.has(written):
            table.source.tell(table.path, f'no "{written}"', remedy, advice=True)


def _person_references(register: Register, person: Person, table: Table) -> None:
    _known(table, "deputies", person.deputies, register.people, "person")
    if person.id in person.deputies:
        table.tell("deputies", "the person themself", "name another person")
    if not (person.email or person.phone or person.reach or table.has("email")):
        table.source.tell(
            table.path, "no way to reach them", "add an e-mail, a phone or reach", advice=True
        )


def _witness_told(witness: Integration, table: Table) -> None:
    """Whoever writes the record could make up a witness: only a key that stands here counts."""
    remedy = 'write its verifier key, as it was told when the witness was set up: "name+hash+key"'
    key = witness.settings.get("key")
    if key is None:
        found = 'no "settings.key", so what this witness signed counts for nothing later'
        table.source.tell(table.path, found, remedy, advice=True)
    elif verifier_key_wrong(key):
        table.tell("settings", shown(key), remedy)


def _shared_keys_told(register: Register, places: Places) -> None:
    owners: dict[str, str] = {}
    for name, person in register.people.items():
        for key in person.keys:
            owner = owners.setdefault(key, name)
            if owner != name:
                places["people", name].tell(
                    "keys", f'a key that is also given for "{owner}"', "one key proves one person"
                )


def _entity_references(register: Register, table: Table) -> None:
    rules = register.entity.proofs
    for rule in rules:
        able = [p for p in register.people.values() if rule.role is None or rule.role in p.roles]
        if len(able) >= rule.people:
            continue
        who = f"with the role {rule.role}" if rule.role else "in the register"
        table.tell(
            "proofs",
            f"{rule.decision.value} needs {rule.people}, but there is {len(able)} {who}",
            "name enough people, or ask for fewer",
        )
    for one, other in combinations(rules, 2):
        if _contradict(one, other):
            table.tell(
                "proofs",
                f"two rules for {one.decision.value} ask for {one.role} and for {other.role}",
                "ask for one role in each tier",
            )


def _words_told(register: Register, table: Table) -> None:
    seen = set()
    for number, rule in enumerate(register.entity.words):
        name, place = rule.audience.value, (*table.path, "words", number)
        if rule.audience in seen:
            table.source.tell(place, f"{name} a second time", "write one rule for each audience")
        seen.add(rule.audience)
        for role in rule.approved_by:
            if not any(role in person.roles for person in register.people.values()):
                table.source.tell(
                    place, f"nobody has the role {role}", "give it to somebody, or ask another role"
                )
        lacking = " and ".join(lacking_of(rule))
        if lacking and not rule.loosened_because:
            remedy = f'add {lacking} to "approved_by", or say why not: loosened_because = "..."'
            table.source.tell(place, f"words to {name} without a yes of {lacking}", remedy)
        elif lacking:
            table.source.tell(
                place, f"words to {name} go without a yes of {lacking}",
                f"this is less than is usual; you said why: {shown(rule.loosened_because)}",
                advice=True,
            )  # fmt: skip


def _contradict(one: ProofRule, other: ProofRule) -> bool:
    meet = not one.tiers or not other.tiers or set(one.tiers) & set(other.tiers)
    roles = {one.role, other.role} - {None}
    return one.decision is other.decision and bool(meet) and len(roles) == 2


def _roles_told(register: Register, places: Places) -> None:
    filled = {role for person in register.people.values() for role in person.roles}
    for role, meaning in LEADING_ROLES.items():
        if register.people and role not in filled:
            table = places["people", next(iter(register.people))]
            table.source.tell(
                ("people",), f'nobody has the role "{role}"', f"say {meaning}", advice=True
            )


def _officer_told(register: Register, places: Places) -> None:
    """Advise where a role reads like the data protection officer's, and no notice finds it."""
    for person in register.people.values():
        for place, role in enumerate(person.roles):
            words = set(re.split(r"[^a-z]+", role.lower()))
            means = {"data", "protection"} <= words or words & _OFFICERS
            if role not in DPO_ROLES and means:
                table = places["people", person.id]
                table.source.tell(
                    (*table.path, "roles", place), f'role "{role}"',
                    "notices name as data protection officer who has one of the roles: "
                    f"{', '.join(DPO_ROLES)}; write one of them where that is meant",
                    advice=True,
                )  # fmt: skip


def _known(
    table: Table,
    field: str,
    names: Iterable[str | None],
    among: Mapping[str, object],
    kind: str,
) -> None:
    for name in names:
        if name and name not in among:
            otherwise = f"declare the {kind} in a file of the register, or name one that is there"
            table.tell(
                field, f'"{name}", a {kind} nobody declared', did_you_mean(name, among, otherwise)
            )


def _circle(register: Register, system: System) -> bool:
    seen = {system.id}
    after = register.systems.get(system.fallback or "")
    while after is not None:
        if after.id in seen:
            return after.id == system.id
        seen.add(after.id)
        after = register.systems.get(after.fallback or "")
    return False
