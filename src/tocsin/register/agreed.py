"""Whether words for an audience are agreed: each role by another proven person, for these bytes.

Each approval is looked at again from the record: the key stood when it was given, its signature is
over the digest of this very text, the person had the role. One person and one key fill one role.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tocsin.facts.entry import Author, Proof
from tocsin.facts.errors import Refused
from tocsin.facts.notices import NoticeApproved, NoticeDeclined
from tocsin.facts.statements import StatementApproved, StatementDeclined
from tocsin.register.audiences import COUNSEL
from tocsin.register.keyring import Keyring
from tocsin.register.model import Register
from tocsin.register.proofs import Disregarded, approvals_needed, person_counts, tier_of
from tocsin.register.statements import WORDS_NAMESPACE, SpokenWord, spoken_word

_Roles = StatementApproved | StatementDeclined | NoticeApproved | NoticeDeclined
_Refusals = StatementDeclined | NoticeDeclined


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said about words for an audience.

    Args:
        erased: the reason is gone, so that the signature cannot be checked again.
    """

    seq: int
    fact: SpokenWord
    author: Author
    at: datetime
    erased: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Words about which people decide, and against what their say is held.

    Args:
        text: the digest of the bytes.
        holders: who holds which role in this incident, beside the register.
    """

    origin: str
    log: str
    text: str
    systems: tuple[str, ...]
    approved_by: tuple[str, ...]
    register: Register
    keyring: Keyring
    holders: Mapping[str, str]


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """How words stand with the people who decide about them.

    Args:
        by: for each role that agreed, who.
        missing: the roles that have not said yes.
        declined_by: who refused them, and in which role.
    """

    by: Mapping[str, Author]
    missing: tuple[str, ...]
    declined_by: tuple[str, str] | None
    disregarded: tuple[Disregarded, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is missing and nobody refused."""
        return not self.missing and self.declined_by is None


def agreed(asked: Asked, said: Iterable[Spoken]) -> Agreed:
    """How the words stand after all that was said about them, in order."""
    by: dict[str, Author] = {}
    declined: tuple[str, str] | None = None
    disregarded: list[Disregarded] = []
    for one in said:
        fact = one.fact
        if not isinstance(fact, _Roles):
            continue
        try:
            check_spoken(asked, one, by)
        except Refused as why:
            disregarded.append(Disregarded(seq=one.seq, why=str(why)))
            continue
        if isinstance(fact, _Refusals):
            declined = (one.author.who, fact.role)
        else:
            by[fact.role] = one.author
    return Agreed(
        by=by,
        missing=tuple(role for role in asked.approved_by if role not in by),
        declined_by=declined,
        disregarded=tuple(disregarded),
    )


def check_spoken(asked: Asked, said: Spoken, by: Mapping[str, Author]) -> None:
    """Passes when this approval or refusal counts.

    Raises:
        Refused: other words, not their role, too weak a proof, or a person who filled a role.
    """
    fact = said.fact
    if _bytes_of(fact) != asked.text:
        raise Refused("these are other words than those that were decided about; look at them anew")
    if isinstance(fact, _Roles):
        if fact.role not in asked.approved_by:
            among = ", ".join(asked.approved_by) or "nobody"
            raise Refused(f"{fact.role} is not asked about these words; asked are: {among}")
        _check_role(asked, said.author, fact.role)
        _check_other_person(said.author, fact.role, by)
    else:
        _check_role(asked, said.author, COUNSEL)
    _check_proof(asked, said)


def _bytes_of(fact: SpokenWord) -> str:
    """The digest of the very bytes that somebody spoke about."""
    return fact.document if isinstance(fact, NoticeApproved | NoticeDeclined) else fact.text


def override_holds(asked: Asked, said: Spoken) -> bool:
    """Whether counsel's word about a flag counts, looked at again from the record."""
    try:
        check_spoken(asked, said, {})
    except Refused:
        return False
    return True


def roles_of(asked: Asked, who: str) -> frozenset[str]:
    """The roles that a person has: in the register, and in this incident."""
    person = asked.register.people.get(who)
    held = {role for role, holder in asked.holders.items() if holder == who}
    return frozenset(held | set(person.roles if person is not None else ()))


def _check_role(asked: Asked, author: Author, role: str) -> None:
    if role not in roles_of(asked, author.who):
        have = sorted(one.id for one in asked.register.people.values() if role in one.roles)
        raise Refused(
            f"{author.who} is not {role}; {', '.join(have) or 'nobody yet'} can say it, or assign "
            "the role in this incident: tocsin incident assign"
        )


def _check_other_person(author: Author, role: str, by: Mapping[str, Author]) -> None:
    for other, earlier in by.items():
        same_key = author.key is not None and author.key == earlier.key
        if other != role and (earlier.who == author.who or same_key):
            raise Refused(
                f"{earlier.who} approved as {other} already; one person and one key fill one role, "
                f"so another {role} must approve"
            )


def _check_proof(asked: Asked, said: Spoken) -> None:
    tier = tier_of(asked.register, asked.systems)
    needed = approvals_needed(asked.register.entity, tier, 1)
    alone = msgspec.structs.replace(needed, people=1, role=None)
    author = said.author
    if author.proof is Proof.LINK:
        raise Refused("a one-time link answers actions, not words; sign them with an enrolled key")
    person_counts(alone, author, said.at, asked.keyring, asked.register)
    if author.proof is Proof.SIGNATURE and not said.erased:
        message = spoken_word(asked.origin, asked.log, said.fact)
        proven = asked.keyring.person_proven(
            message, author.signature or "", WORDS_NAMESPACE, said.at
        )
        if proven != (author.who, author.key):
            raise Refused(
                f"the signature is {proven[0]}'s with key {proven[1]}, not that of {author.who}; "
                "sign with your own key"
            )
