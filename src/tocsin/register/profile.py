"""What the register says for the law of an incident about some systems: one profile. Pure.

Everything that is said is put together: a jurisdiction or a role that any part of the register
names is asked about. What is not said is not there, and so unknown; it is never "no".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tocsin.facts.canonical import Json, canonical, sha256_hex
from tocsin.register.model import ProfileAnswer, Register


def profile_of(register: Register, systems: Sequence[str]) -> dict[str, ProfileAnswer]:
    """The answers of `[profile]`, with the jurisdictions and roles of these systems and of the
    organisation itself."""
    found = dict(register.answers)
    about = [register.systems[one] for one in systems if one in register.systems]
    entity = register.entity
    places = (*entity.countries, *(place for one in about for place in one.jurisdictions))
    _join(found, "jurisdictions", places)
    _join(found, "roles", (role.value for one in about for role in one.roles))
    if "sector" not in found:
        _join(found, "sector", entity.sectors)
    return found


def profile_digest(profile: Mapping[str, ProfileAnswer]) -> str:
    """SHA-256 of a profile; the order of its answers is nothing."""
    plain: dict[str, Json] = {
        key: list(value) if isinstance(value, tuple) else value for key, value in profile.items()
    }
    return sha256_hex(canonical(plain))


def _join(found: dict[str, ProfileAnswer], key: str, more: Iterable[str]) -> None:
    before = found.get(key, ())
    listed = before if isinstance(before, tuple) else (str(before),)
    joined = tuple(dict.fromkeys((*listed, *more)))
    if joined:
        found[key] = joined
