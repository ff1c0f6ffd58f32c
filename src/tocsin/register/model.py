"""What an organisation knows before anything fails, as one frozen value with one digest.

A register holds only what was declared: every reference has been checked by `read`, no secret
stands in it (only where one is found), and equal registers have equal digests.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.facts.canonical import canonical, sha256_hex
from tocsin.facts.entry import Proof
from tocsin.facts.learned import learned
from tocsin.facts.statements import Audience
from tocsin.register.inbound import BY_DEFAULT, SignalPolicy


class SystemRole(enum.Enum):
    """What the organisation is to a system in law. Source: AI Act Art. 3; GDPR Art. 4(7), (8)."""

    PROVIDER = "provider"
    DEPLOYER = "deployer"
    IMPORTER = "importer"
    DISTRIBUTOR = "distributor"
    CONTROLLER = "controller"
    PROCESSOR = "processor"
    MANUFACTURER = "manufacturer"


class Decision(enum.Enum):
    """Decisions of people for which the organisation may ask a proof."""

    APPROVAL = "approval"  # an order of a plan may be carried out
    OVERRIDE = "override"  # an act goes ahead before its evidence is sealed
    ENROLMENT = "enrolment"  # a key or a token is enrolled or revoked
    DISMISSAL = "dismissal"  # this is no incident
    CLOSURE = "closure"
    AWARENESS = "awareness"  # counsel judges whether an awareness counts
    DUTY = "duty"  # a duty of law is not required, or its later reading is relied on
    HOLD_RELEASE = "hold-release"
    DELETION = "deletion"  # of evidence
    ERASURE = "erasure"  # of words in the record


BY_TWO = frozenset({Decision.APPROVAL, Decision.OVERRIDE, Decision.HOLD_RELEASE})
"""Decisions that two people can take: about an action of a plan or a hold, which waits for both."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The base of everything the register holds."""


class Vendor(Part, frozen=True):
    """Someone outside who supplies a part of a system. `clause` is the contract's, if any."""

    name: str
    contact: str
    clause: str | None = None


class Integration(Part, frozen=True):
    """A way to an outside system. `secret` says where the secret is found, never what it is.

    Args:
        kind: which connector or probe serves it: "webhook", "file-switch".
        place: a URL or a path.
        secret: "env:NAME" or "file:PATH".
        settings: what else this kind of integration needs, as text.
    """

    id: str
    kind: str
    place: str
    secret: str | None = None
    settings: Mapping[str, str] = {}


class System(Part, frozen=True):
    """An AI system worth defending.

    Args:
        tier: from 1 (its failure harms at once) to 4.
        jurisdictions: ISO 3166-1 or 3166-2 codes of where it is used: "DE", "US-CA".
        recovery_target_minutes: within which it shall serve again.
        log: where its inference log is found.
        fallback: the system that serves when this one is off.
        switch: the integration that turns it off.
        seen_by: the integration that shows whether a stop, or its undo, took effect.
        evidence: by item, the integration that secures it; "log" is the system's own log.
        built_by: the people who built it; of two who let it come back one must be none of them.
        sign_off: the model whose version must be signed off by a validator before it comes back.
    """

    id: str
    name: str
    owner: str
    tier: int
    deputy: str | None = None
    roles: tuple[SystemRole, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    data_sets: tuple[str, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    log: str | None = None
    fallback: str | None = None
    switch: str | None = None
    recovery_target_minutes: int | None = None
    seen_by: str | None = None
    evidence: Mapping[str, str] = {}
    integrations: tuple[str, ...] = ()
    built_by: tuple[str, ...] = ()
    sign_off: str | None = None


class Hours(Part, frozen=True):
    """When someone works, by the clock on their own wall.

    Args:
        days: 0 is Monday; the day on which the span begins.
        from_minute: minutes after midnight, inclusive.
        to_minute: exclusive; not after `from_minute` means the span ends on the next day.
    """

    days: tuple[int, ...]
    from_minute: int
    to_minute: int


class Person(Part, frozen=True):
    """Someone who can be reached and can decide.

    Args:
        deputies: whom to reach instead, in this order.
        hours: empty means always.
        time_zone: IANA name.
        reach: how to reach them, in words or integration ids, best first.
        keys: public SSH keys to be enrolled for them; what is only declared here proves nothing.
    """

    id: str
    name: str
    email: str | None = None
    phone: str | None = None
    roles: tuple[str, ...] = ()
    deputies: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    time_zone: str = "UTC"
    reach: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class ProofRule(Part, frozen=True):
    """What a decision needs: how many people, proven how, in which role.

    Args:
        tiers: for systems of these tiers; empty means all.
        people: 1 or 2; two means two people and two proofs.
        proof: the weakest proof that counts.
    """

    decision: Decision
    proof: Proof
    people: int = 1
    tiers: tuple[int, ...] = ()
    role: str | None = None


class WordsRule(Part, frozen=True):
    """Who must approve words to an audience, instead of the usual ones.

    Args:
        approved_by: roles, each filled by another person.
        loosened_because: why a role is left out that is asked for otherwise; empty where none is.
    """

    audience: Audience
    approved_by: tuple[str, ...]
    loosened_because: str = ""


class Entity(Part, frozen=True):
    """The organisation itself, as the law will ask about it.

    Args:
        countries: ISO 3166-1 codes of where it is established.
        employees: head count, if declared.
        turnover_eur: last year's, in whole euros, if declared.
    """

    legal_name: str = ""
    sectors: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    employees: int | None = None
    turnover_eur: int | None = None
    proofs: tuple[ProofRule, ...] = ()
    words: tuple[WordsRule, ...] = ()


_LATER = ("built_by", "sign_off")
"""Fields of a system that registers in older records lack."""


ProfileAnswer = str | int | bool | tuple[str, ...]
"""An answer about the organisation; a date or an instant stands as ISO 8601 writes it."""


@learned
class Register(Part, frozen=True):
    """All that was declared, each kind by id.

    Args:
        signals, profile: stand only where they were declared, so that registers without them keep
            their digest.
    """

    systems: Mapping[str, System] = {}
    integrations: Mapping[str, Integration] = {}
    people: Mapping[str, Person] = {}
    entity: Entity = Entity()
    signals: SignalPolicy | UnsetType = UNSET
    profile: Mapping[str, ProfileAnswer] | UnsetType = UNSET

    @property
    def answers(self) -> Mapping[str, ProfileAnswer]:
        """What was answered about the organisation for the law, by key of a legal fact."""
        return {} if isinstance(self.profile, UnsetType) else self.profile

    @property
    def inbound(self) -> SignalPolicy:
        """What holds for alarms from outside, declared or not."""
        return BY_DEFAULT if isinstance(self.signals, UnsetType) else self.signals

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the whole register; the order of files is nothing."""
        return sha256_hex(self.canonical())

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is declared."""
        return self == Register()

    def canonical(self) -> bytes:
        """The register as canonical JSON: what is kept in the vault when it comes into force.

        What older versions did not know is left out where nothing is said, so that a register that
        says no more than it did keeps its digest.
        """
        plain = msgspec.json.decode(msgspec.json.encode(self))
        for system in plain["systems"].values():
            for field in _LATER:
                if not system[field]:
                    del system[field]
        return canonical(plain)


def register_kept(data: bytes) -> Register:
    """The register whose canonical JSON `data` is.

    Raises:
        ValueError: not a register as this version writes it.
    """
    try:
        return msgspec.json.decode(data, type=Register)
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise ValueError(f"not a register: {bad}") from None
