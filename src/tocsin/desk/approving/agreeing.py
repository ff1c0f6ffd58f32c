"""What people say about bytes that are to go out: who is asked, in which role, and that it holds.

Words for an audience and notices to authorities go by these same rules, so that neither is an
easier way out than the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.desk.loaded.rules import holders
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.facts import Author, Proof, Refused
from tocsin.register.agreed import Agreed, Asked, Spoken, agreed, check_spoken, roles_of
from tocsin.register.mistakes import did_you_mean
from tocsin.register.statements import SpokenWord, spoken_word

One = TypeVar("One")


class OnRecord(Protocol):
    """Something that a person said, as a fold keeps it."""

    @property
    def seq(self) -> int: ...

    @property
    def fact(self) -> SpokenWord: ...

    @property
    def author(self) -> Author: ...

    @property
    def at(self) -> datetime: ...

    @property
    def erased(self) -> bool: ...


def asked_about(desk: Writer, known: Known, text: str, approved_by: tuple[str, ...]) -> Asked:
    """What people decide about these bytes, and against what their say is held.

    Args:
        text: the digest of the bytes.
        approved_by: the roles that are asked.
    """
    return Asked(
        origin=desk.world.journal.origin,
        log=known.log,
        text=text,
        systems=known.systems,
        approved_by=approved_by,
        register=desk.knowledge.register(),
        keyring=desk.knowledge.keyring(),
        holders=holders(known.entries),
    )


def spoken(said: Iterable[OnRecord]) -> list[Spoken]:
    """What people said, in the order in which they did."""
    return [
        Spoken(seq=one.seq, fact=one.fact, author=one.author, at=one.at, erased=one.erased)
        for one in said
    ]


def named(by_id: Mapping[str, One], id: str, nothing: str) -> One:
    """What has this id. Raises Refused, naming those there are.

    Args:
        nothing: how to say that there is none: "no notice is".
    """
    wanted = id.upper()
    if wanted in by_id:
        return by_id[wanted]
    among = f"there are: {', '.join(by_id) or 'none yet'}"
    raise Refused(f"{nothing} called {id} here; {did_you_mean(id, by_id, among)}")


def signed(desk: Writer, log: str, word: SpokenWord, by: By) -> Author:
    """Who says it, with their signature over the word where they sign."""
    if by.sign is None:
        return by.author
    signature = by.sign(spoken_word(desk.world.journal.origin, log, word))
    return msgspec.structs.replace(by.author, signature=signature, proof=Proof.SIGNATURE)


def held(asked: Asked, before: Sequence[Spoken], word: Spoken) -> Agreed:
    """How it stood before this word, which holds. Raises Refused where it does not."""
    stood = agreed(asked, before)
    check_spoken(asked, word, stood.by)
    return stood


def check_open_to(stood: Agreed, id: str, role: str) -> None:
    """Raise Refused where this role said yes already, or somebody refused."""
    if role in stood.by:
        raise Refused(f"{stood.by[role].who} approved {id} as {role} already")
    if stood.declined_by is not None:
        who, refused_as = stood.declined_by
        raise Refused(f"{who} refused {id} as {refused_as}; draft it anew, and ask again")


def role_asked(asked: Asked, before: Sequence[Spoken], who: str, id: str) -> str:
    """The role in which this person is asked: the first that has not said yes."""
    mine = [role for role in asked.approved_by if role in roles_of(asked, who)]
    missing = [role for role in mine if role in agreed(asked, before).missing]
    if not mine:
        among = ", ".join(asked.approved_by) or "nobody, it can be sent"
        raise Refused(f"{who} is not asked about {id}; asked are: {among}")
    return (missing or mine)[0]


def reason(because: str) -> str:
    """Why, in words. Raises Refused where nothing is said."""
    if not because.strip():
        raise Refused("say why: --because ...")
    return because.strip()
