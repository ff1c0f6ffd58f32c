"""Facts about counsel's space of an incident: who may read it, who writes the cause, opinions.

What counsel writes is an entry with access `counsel`, of whatever kind. These facts say who, beside
the law, has that access in this incident, and what is claimed for it. They are themselves entries
for everyone, so that membership can neither be withheld nor erased: their reasons are to be plain.

Source: FRCP 26(b)(5)(A) (what a privilege log says); 26(b)(3) (work product).
"""

from __future__ import annotations

import enum

from tocsin.facts.kinds import Instant, Kind, Words


class Privilege(enum.Enum):
    """On what ground a text is withheld."""

    ATTORNEY_CLIENT = "attorney-client"
    WORK_PRODUCT = "work-product"
    LEGAL_ADVICE = "legal-advice"  # legal professional privilege outside the United States
    COMMON_INTEREST = "common-interest"
    OTHER = "other"


class CounselSpaceOpened(Kind, frozen=True, tag="counsel-space-opened"):
    """Counsel opened a space of their own in this incident. Who is in it from the first."""

    members: tuple[str, ...]
    because: Words


class CounselAdmitted(Kind, frozen=True, tag="counsel-admitted"):
    """Counsel let somebody read and write in counsel's space."""

    person: str
    because: Words


class CounselRemoved(Kind, frozen=True, tag="counsel-removed"):
    """Somebody reads nothing more of counsel's space. What they read before is not unread."""

    person: str
    because: Words


class RootCauseAssigned(Kind, frozen=True, tag="root-cause-assigned"):
    """It was decided who writes the root cause, from when on, and under privilege or not.

    Until then nobody writes it. Counsel decides; the commander where the register has no counsel.
    """

    person: str
    from_at: Instant
    privileged: bool
    because: Words


class OpinionGiven(Kind, frozen=True, tag="opinion-given"):
    """What somebody thinks, kept apart from what they saw: in no report and in no statement.

    Args:
        about: a claim, a question or an entry, as people name it: C1, Q2, 17; empty for none.
    """

    about: str
    opinion: Words


class PrivilegeAsserted(Kind, frozen=True, tag="privilege-asserted"):
    """Counsel says on what ground one entry is withheld, in words that do not reveal it.

    Args:
        entry: its number in this log.
        category: under which a categorical log counts it; empty: by the ground alone.
        description: the nature of the text, as the other side may read it.
    """

    entry: int
    privilege: Privilege
    category: str
    description: Words
    basis: Words


PrivilegeFact = (
    CounselSpaceOpened
    | CounselAdmitted
    | CounselRemoved
    | RootCauseAssigned
    | OpinionGiven
    | PrivilegeAsserted
)

COUNSELS_OWN = frozenset({CounselSpaceOpened, CounselAdmitted, CounselRemoved, PrivilegeAsserted})
"""Kinds that only counsel of the incident may assert; the fold enforces it."""
