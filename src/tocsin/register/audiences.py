"""For each audience: whether it is outside, who must approve words to it, and what may flow to it.

The floor is built in. The register may ask for more; for words outside it may ask for less only
where it says why. Counsel's own text flows to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.facts.kinds import Access
from tocsin.facts.statements import Audience
from tocsin.register.model import Person, Register, WordsRule

COMMUNICATIONS, COUNSEL, COMMANDER, EXECUTIVE = (
    "communications", "counsel", "commander", "executive",
)  # fmt: skip
DPO_ROLES = ("dpo", "data-protection-officer", "data-protection")
"""The roles by which a notice finds the data protection officer."""

_OPS = frozenset({Access.OPS})


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How words reach an audience.

    Args:
        outside: whether they leave the organisation, and cannot be taken back.
        approved_by: the roles that must approve, each filled by another person.
        reads: the labels of what may flow into them.
        roles: in the register, whoever has one of them belongs to this audience.
    """

    outside: bool
    approved_by: tuple[str, ...]
    roles: tuple[str, ...]
    reads: frozenset[Access] = _OPS


_USUAL_OUTSIDE = (COMMUNICATIONS, COUNSEL)

FLOOR: Mapping[Audience, Reach] = {
    Audience.RESPONDERS: Reach(
        outside=False, approved_by=(), roles=("responders", "on-call", COMMANDER)
    ),
    Audience.SUPPORT: Reach(outside=False, approved_by=(), roles=("support", "support-lead")),
    Audience.EXECUTIVES: Reach(
        outside=False, approved_by=(COMMANDER,), roles=("executives", EXECUTIVE)
    ),
    Audience.ETHICS_BOARD: Reach(
        outside=False,
        approved_by=(COMMANDER,),
        roles=("ethics-board", "board"),
        reads=_OPS | {Access.BOARD},
    ),
    Audience.CUSTOMERS: Reach(outside=True, approved_by=_USUAL_OUTSIDE, roles=("customers",)),
    Audience.PARTNERS: Reach(outside=True, approved_by=_USUAL_OUTSIDE, roles=("partners",)),
    Audience.AFFECTED_PERSONS: Reach(
        outside=True, approved_by=_USUAL_OUTSIDE, roles=("affected-persons",)
    ),
    Audience.PRESS: Reach(outside=True, approved_by=_USUAL_OUTSIDE, roles=("press",)),
    Audience.REGULATOR: Reach(
        outside=True, approved_by=(COUNSEL, EXECUTIVE), roles=("regulator", "authority")
    ),
}
"""What holds where the register says nothing."""


def reach_of(register: Register, audience: Audience) -> Reach:
    """How words reach this audience under this register."""
    reach = FLOOR[audience]
    rule = next((one for one in register.entity.words if one.audience is audience), None)
    if rule is None:
        return reach
    loosened = rule.loosened_because.strip()
    asked = rule.approved_by if loosened else (*rule.approved_by, *lacking_of(rule))
    return msgspec.structs.replace(reach, approved_by=tuple(dict.fromkeys(asked)))


def approvers_of_notices(register: Register) -> tuple[str, ...]:
    """The roles that must approve a notice: counsel, and whom the register asks for beside."""
    rule = next((one for one in register.entity.words if one.audience is Audience.REGULATOR), None)
    return tuple(dict.fromkeys((COUNSEL, *(rule.approved_by if rule is not None else ()))))


def lacking_of(rule: WordsRule) -> tuple[str, ...]:
    """The roles of the floor that a rule leaves out."""
    return tuple(role for role in FLOOR[rule.audience].approved_by if role not in rule.approved_by)


def people_of(register: Register, audience: Audience) -> tuple[Person, ...]:
    """Who belongs to this audience in the register."""
    roles = set(FLOOR[audience].roles)
    return tuple(one for one in register.people.values() if roles & set(one.roles))


def outside_audience(register: Register, name: str) -> Audience | None:
    """The audience outside that a plan or a person means by this name; None where it is none.

    A person is outside who has a role of an audience outside.
    """
    person = register.people.get(name)
    named = {name, *(person.roles if person is not None else ())}
    for audience, reach in FLOOR.items():
        if reach.outside and named & {audience.value, *reach.roles}:
            return audience
    return None


def outside_address(register: Register, address: str) -> Audience | None:
    """The audience outside whose address this is; None where nobody outside is reached there."""
    for person in register.people.values():
        if person.email == address:
            for role in person.roles:
                found = outside_audience(register, role)
                if found is not None:
                    return found
    return None
