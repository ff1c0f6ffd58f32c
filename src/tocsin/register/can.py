"""What a subject may do: one decision for every door, refused unless something allows it.

It gives what is said with the proof that was shown and the scopes of the token it came with. How
many people a decision needs, and how they must be proven, stays with `proofs`; both must pass.
"""

from __future__ import annotations

import enum

import msgspec

from tocsin.facts.entry import Proof
from tocsin.facts.errors import Refused
from tocsin.facts.kinds import Access, Asserter


class Right(enum.Enum):
    """What can be asked of a door. A token's scope has the same word."""

    READ = "read"  # what is recorded and declared
    RECORD = "record"  # open incidents, say what was found
    RESPOND = "respond"  # start and steer plans, stop, tell people
    DECIDE = "decide"  # what only a person decides: approve, dismiss, close, release
    ADMINISTER = "administer"  # the register, keys and tokens, arming, the home itself
    SIGNAL = "signals"  # send alarms in


LABELS = frozenset({Access.BOARD, Access.COUNSEL})
"""Texts that a token reads only when a scope of the same word says so."""

SCOPES = frozenset(right.value for right in Right) | frozenset(label.value for label in LABELS)
"""Every scope that a token can have."""

OF_PEOPLE = frozenset({Right.DECIDE, Right.ADMINISTER})
"""Rights that no machine and no process of Tocsin's own ever has."""

COUNSEL_ROLE = "counsel"
BOARD_ROLES = frozenset({"board", "ethics-board", "executive", COUNSEL_ROLE})
"""Who reads what is for the board."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and what is known of them.

    Args:
        roles: of the register in force.
        scopes: what the token allows with which the request came; None when it came with none.
        known: whether the register in force names them; for machines without meaning.
    """

    who: str
    kind: Asserter
    proof: Proof
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    known: bool = True


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about.

    Args:
        access: the label of what would be read.
        readers: the members of counsel's space of this incident; None where none was made, and
            then everybody reads there who has the role of counsel.
    """

    access: Access = Access.OPS
    readers: frozenset[str] | None = None


OPEN = About()
"""What every responder may read."""


def can(subject: Subject, right: Right, about: About = OPEN) -> bool:
    """Whether this subject has this right about this."""
    return why_not(subject, right, about) is None


def check_can(subject: Subject, right: Right, about: About = OPEN) -> None:
    """Passes when this subject has this right. Raises Refused, with what would make it so."""
    why = why_not(subject, right, about)
    if why is not None:
        raise Refused(why)


def accesses(subject: Subject, readers: frozenset[str] | None = None) -> frozenset[Access]:
    """The labels of an incident's texts that this subject may read; for those who render.

    Args:
        readers: the members of counsel's space of that incident, as in `About`.
    """
    asked = ((one, About(access=one, readers=readers)) for one in Access)
    return frozenset(one for one, about in asked if can(subject, Right.READ, about))


def why_not(subject: Subject, right: Right, about: About = OPEN) -> str | None:
    """Why this subject lacks the right, and what would give it; None when they have it."""
    if subject.kind is not Asserter.PERSON and right in OF_PEOPLE:
        return (
            f"{subject.who} is a {subject.kind.value}, and {right.value} is for people; ask a "
            "person of the register"
        )
    lacks = _scope_lacked(subject, right) or _proof_lacked(subject, right)
    if lacks is None and right in _READING:
        lacks = _label_lacked(subject, about)
    return lacks


_READING = frozenset({Right.READ, Right.RESPOND, Right.DECIDE})
"""Rights that need the text they are about. Anyone may write to counsel or to the board."""


def _scope_lacked(subject: Subject, right: Right) -> str | None:
    if subject.scopes is None:
        if subject.proof is Proof.TOKEN:
            return f"the token of {subject.who} has no scope at all; {_issue(right.value)}"
        return None
    if right.value not in subject.scopes:
        may = ", ".join(sorted(subject.scopes)) or "nothing"
        return f"the token of {subject.who} may {may}, not {right.value}; {_issue(right.value)}"
    return None


def _proof_lacked(subject: Subject, right: Right) -> str | None:
    if subject.proof is Proof.LINK and right not in (Right.READ, Right.DECIDE):
        return (
            f"{subject.who} came by a one-time link, which answers one question and no more; "
            "use a token, or the command line"
        )
    if subject.kind is Asserter.MACHINE and subject.proof is not Proof.TOKEN:
        return f"{subject.who} is a machine without a token; {_issue(right.value)}"
    if subject.kind is Asserter.PERSON and subject.scopes is not None and not subject.known:
        return (
            f"{subject.who} is not in the register in force; add them to a file in register/, "
            "then: tocsin register adopt"
        )
    return None


def _label_lacked(subject: Subject, about: About) -> str | None:
    label = about.access
    if label not in LABELS or subject.kind in (Asserter.WORKER, Asserter.HOME):
        return None
    if subject.scopes is not None and label.value not in subject.scopes:
        return f"this is for {label.value}; {_issue(label.value)}"
    if label is Access.BOARD:
        if subject.kind is Asserter.MACHINE or subject.roles & BOARD_ROLES:
            return None
        return f"this is for the board; it is read with one of the roles {_all(BOARD_ROLES)}"
    if about.readers is not None:
        if subject.who in about.readers:
            return None
        return "this stands in counsel's space; a member of it can admit you: tocsin counsel"
    if subject.kind is Asserter.PERSON and COUNSEL_ROLE in subject.roles:
        return None
    return "this is for counsel; ask someone who has that role in the register"


def _issue(scope: str) -> str:
    return f"issue one that may: tocsin register token NAME --scope {scope}"


def _all(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles))
