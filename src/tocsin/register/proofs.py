"""Whether a decision of people stands: enough people, enough proofs, none of them counted twice.

Two people are two names *and* two keys. A worker, a machine and the home cannot approve, nor can
whoever asked for the order when four eyes are wanted. Every refusal says what would be allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from tocsin.facts.courses import ApprovalAsked
from tocsin.facts.entry import Author, Entry, Proof
from tocsin.facts.errors import Refused
from tocsin.facts.kinds import Asserter
from tocsin.facts.runs import Approved, Declined, Effect, Ordered
from tocsin.register.keyring import Keyring
from tocsin.register.links import Links
from tocsin.register.model import Decision, Entity, ProofRule, Register
from tocsin.register.statements import (
    ORDER_NAMESPACE,
    OrderWord,
    Verdict,
    order_digest,
    word_statement,
)

STRENGTH = {Proof.SIGNATURE: 3, Proof.LINK: 2, Proof.TOKEN: 1, Proof.ACCOUNT: 0}
"""How strong a person's proof is. Whoever issued a token has seen it, so a link is worth more; a
machine's token proves no person, and neither does a process."""

WEAKEST_APPROVAL = Proof.LINK
"""The weakest proof by which an approval of an order counts."""

FINAL = frozenset({Decision.AWARENESS, Decision.DUTY, Decision.HOLD_RELEASE, Decision.DELETION,
                   Decision.ERASURE})  # fmt: skip
"""Decisions that cannot be taken back, or that the law asks about."""


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs. `proof` is the weakest that counts; `role` None means any."""

    people: int
    proof: Proof
    role: str | None = None


class Disregarded(msgspec.Struct, frozen=True, kw_only=True):
    """An approval or refusal that does not count, and what would have made it count."""

    seq: int
    why: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an order stands with the people who decide about it.

    Args:
        authors: those whose approval counts, in order; for a refusal, the one who refused.
        missing: how many more people must approve.
    """

    verdict: Verdict
    authors: tuple[Author, ...]
    missing: int
    disregarded: tuple[Disregarded, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of `authors`."""
        return tuple(author.who for author in self.authors)


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """One person's approval or refusal.

    Args:
        at: the instant of recording, at which the proof must have stood.
        erased: the reason is gone from the record, so the signature over it, which was checked when
            it was written, cannot be checked again.
    """

    fact: Approved | Declined
    author: Author
    at: datetime
    erased: bool = False


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """An order, or what a step asks, about which people decide, and by which rules.

    Args:
        origin: the record's name, so that a signature is good for this record alone.
        requested_by: who asked for it; with four eyes they cannot approve it themselves.
    """

    origin: str
    log: str
    seq: int
    order: Ordered | ApprovalAsked
    needed: Needed
    requested_by: tuple[Author, ...] = ()

    @property
    def digest(self) -> str:
        """What an approval must name."""
        return order_digest(self.origin, self.log, self.seq, self.order)

    @property
    def destroys(self) -> bool:
        """Whether it is about an order that may destroy evidence."""
        return isinstance(self.order, Ordered) and self.order.effect is Effect.DESTROY

    @property
    def evidence(self) -> tuple[str, ...]:
        """The items that an order waits for."""
        return self.order.evidence if isinstance(self.order, Ordered) else ()


def proof_needed(entity: Entity, decision: Decision, tier: int | None) -> Needed:
    """What the organisation asks for a decision about systems of this tier.

    Rules for the tier and rules for all tiers add up to the strictest. Without a rule an approval
    needs one signature, and any other decision the name of an account.

    Args:
        tier: of the most critical system concerned; None (unknown systems) counts as the strictest.
    """
    rules = [rule for rule in entity.proofs if rule.decision is decision and _applies(rule, tier)]
    if not rules:
        weakest = Proof.SIGNATURE if decision is Decision.APPROVAL else Proof.ACCOUNT
        return Needed(people=1, proof=weakest)
    roles = sorted({rule.role for rule in rules if rule.role is not None})
    return Needed(
        people=max(rule.people for rule in rules),
        proof=max((rule.proof for rule in rules), key=STRENGTH.__getitem__),
        role=roles[0] if roles else None,
    )


def decision_needed(
    register: Register, keyring: Keyring, decision: Decision, tier: int | None, at: datetime
) -> Needed:
    """What a decision about an incident needs: what the organisation asks for, or the usual.

    Without a rule, and once anybody's key stands, what cannot be taken back needs a signature.
    """
    ruled = any(rule.decision is decision for rule in register.entity.proofs)
    proves = any(keyring.standing(one, at) for one in keyring.keys)
    if not ruled and proves and decision in FINAL:
        return Needed(people=1, proof=Proof.SIGNATURE)
    return proof_needed(register.entity, decision, tier)


def check_decides(
    needed: Needed,
    author: Author,
    at: datetime,
    keyring: Keyring,
    register: Register,
    *,
    adopted: bool,
) -> None:
    """Passes when this author alone may take a decision that needs this.

    A person of the register; before any was adopted, the person whose account it is.

    Raises:
        Refused: as `person_counts`, or a name that no register knows.
    """
    if adopted and author.who not in register.people:
        raise Refused(
            f"{author.who} is not in the register in force, so this is not theirs to decide; say "
            "who you are: --as PERSON --key FILE; or add them to a file in register/, then: "
            "tocsin register adopt"
        )
    own = author.kind is Asserter.PERSON and author.account == author.who
    if not adopted and own and needed.proof is Proof.ACCOUNT and needed.role is None:
        return
    if not adopted and author.proof is Proof.ACCOUNT and needed.proof is Proof.ACCOUNT:
        raise Refused(
            f"{author.who} is only a name that was typed at account {author.account or 'unknown'}, "
            "and no register is in force that knows it; leave out --as, or name them in a file in "
            "register/, then: tocsin register adopt"
        )
    person_counts(needed, author, at, keyring, register)


def approvals_needed(entity: Entity, tier: int | None, asked: int) -> Needed:
    """What an order needs whose plan asks for this many approvals.

    The register may ask for more than the plan, never for any where the plan asks for none: a
    reversible stop passes every gate. An account's word approves nothing, whatever a register says:
    Tocsin itself works under an account, and would approve what it wants to do.
    """
    needed = proof_needed(entity, Decision.APPROVAL, tier)
    people = max(asked, needed.people) if asked else 0
    proof = max((needed.proof, WEAKEST_APPROVAL), key=STRENGTH.__getitem__)
    return msgspec.structs.replace(needed, people=people, proof=proof)


def tier_of(register: Register, systems: Iterable[str]) -> int | None:
    """The tier of the most critical of these systems; None when one of them is not registered."""
    names = list(systems)
    if not names or any(name not in register.systems for name in names):
        return None
    return min(register.systems[name].tier for name in names)


def approval_standing(
    question: Question, decisions: Iterable[Entry], keyring: Keyring, register: Register
) -> Standing:
    """How an order stands after these entries of its log, in order.

    The first refusal that counts before enough approvals ends the matter; what comes after enough
    approvals is too late. Entries about other orders are passed over.
    """
    standing = Standing(verdict=Verdict.WAITING, authors=(), missing=question.needed.people)
    links = Links()
    if question.needed.people == 0:
        standing = msgspec.structs.replace(standing, verdict=Verdict.APPROVED)
    for entry in decisions:
        fact = entry.fact
        if entry.log != question.log or entry.seq <= question.seq:
            continue
        if not isinstance(fact, Approved | Declined) or fact.order != question.seq:
            links.take(entry)
            continue
        erased = "because" in entry.missing
        vote = Vote(fact=fact, author=entry.author, at=entry.recorded_at, erased=erased)
        try:
            standing = standing_after(question, standing, vote, keyring, register, links)
        except Refused as why:
            told = Disregarded(seq=entry.seq, why=str(why))
            standing = msgspec.structs.replace(standing, disregarded=(*standing.disregarded, told))
        links.take(entry)
    return standing


def standing_after(
    question: Question,
    standing: Standing,
    vote: Vote,
    keyring: Keyring,
    register: Register,
    links: Links,
) -> Standing:
    """How an order stands once this person has decided.

    Args:
        links: the one-time links of this log, as they stood before this vote.

    Raises:
        Refused: the decision does not count, and what would make it count.
    """
    fact, author = vote.fact, vote.author
    check_names(question, fact)
    if standing.verdict is not Verdict.WAITING:
        raise Refused(
            f"too late: the action is already {standing.verdict.value}; "
            "to take back what was done, start its undo"
        )
    person_counts(question.needed, author, vote.at, keyring, register)
    if author.proof is Proof.LINK:
        links.check(author, question.seq, question.digest, vote.at)
    if author.proof is Proof.SIGNATURE and not vote.erased:
        check_word(question, fact, author, vote.at, keyring)
    if isinstance(fact, Declined):
        return msgspec.structs.replace(standing, verdict=Verdict.DECLINED, authors=(author,))
    _check_four_eyes(question, standing.authors, author)
    missing = standing.missing - 1
    return msgspec.structs.replace(
        standing,
        verdict=Verdict.WAITING if missing else Verdict.APPROVED,
        authors=(*standing.authors, author),
        missing=missing,
    )


def person_counts(
    needed: Needed, author: Author, at: datetime, keyring: Keyring, register: Register
) -> None:
    """Passes when this author may take part in a decision that needs this.

    Raises:
        Refused: not a person, not in the needed role, a key that did not stand, or too weak.
    """
    if author.kind is not Asserter.PERSON or author.proof not in STRENGTH:
        raise Refused(
            f"{author.who} is a {author.kind.value} (proof: {author.proof.value}) and cannot "
            "decide for people; ask a person to sign with an enrolled key"
        )
    if STRENGTH[author.proof] < STRENGTH[needed.proof]:
        raise Refused(
            f"{author.who} is proven by {author.proof.value}, but this decision needs "
            f"{needed.proof.value}; {_REMEDY[needed.proof]}"
        )
    if author.proof is not Proof.SIGNATURE and author.who not in register.people:
        raise Refused(f"{author.who} is not in the register; add them to a file in register/")
    if author.proof is Proof.SIGNATURE:
        keyring.check_standing(author.who, author.key or "", at)
    person = register.people.get(author.who)
    if needed.role and (person is None or needed.role not in person.roles):
        raise Refused(
            f"{author.who} does not have the role {needed.role}, which this decision needs; "
            "ask someone who has, or give the role in the register"
        )


def check_vouching(keyring: Keyring, register: Register, author: Author, at: datetime) -> None:
    """Passes when this author may enrol or revoke keys and tokens at this instant.

    While nobody is enrolled the home's own people found the trust, proven by no more than an
    account. From the first standing key on, only a person with an enrolled key vouches for another.
    One is enough, whatever an older register says: else nobody could put a better one into force.

    Raises:
        Refused: a worker or machine, or a person not proven well enough.
    """
    standing = [key for key in keyring.keys.values() if keyring.standing(key.fingerprint, at)]
    vouching = sorted({key.person for key in standing})
    at_home = author.kind in {Asserter.PERSON, Asserter.HOME} and author.proof is not Proof.TOKEN
    if not vouching and at_home:
        return
    if vouching and author.kind is Asserter.PERSON and author.proof is not Proof.SIGNATURE:
        raise Refused(
            f"{author.who} is proven by {author.proof.value} only; keys and tokens are vouched for "
            f"by someone whose key is enrolled ({', '.join(vouching)}): add --as PERSON --key FILE"
        )
    needed = proof_needed(register.entity, Decision.ENROLMENT, None)
    signed = msgspec.structs.replace(needed, proof=Proof.SIGNATURE)
    person_counts(signed, author, at, keyring, register)


def check_names(question: Question, fact: OrderWord) -> None:
    """Passes when these words are about the order of this question as it stands."""
    if fact.order_digest != question.digest:
        raise Refused(
            f"this names order {fact.order_digest[:12]}, but entry {question.seq} of "
            f"{question.log} is {question.digest[:12]}; look at the action again and decide about "
            "what stands there"
        )


def check_word(
    question: Question, fact: OrderWord, author: Author, at: datetime, keyring: Keyring
) -> None:
    """Passes when the author's signature holds over just these words about this order."""
    message = word_statement(question.origin, question.log, fact)
    person, fingerprint = keyring.person_proven(
        message, author.signature or "", ORDER_NAMESPACE, at
    )
    if (person, fingerprint) != (author.who, author.key):
        raise Refused(
            f"the signature is {person}'s with key {fingerprint}, but the approval is in the name "
            f"of {author.who} with key {author.key}; sign with your own key"
        )


def _check_four_eyes(question: Question, before: Sequence[Author], author: Author) -> None:
    for earlier in before:
        if earlier.who == author.who:
            raise Refused(f"{author.who} has approved already; a second person is needed")
        if _proof_of(earlier) == _proof_of(author):
            raise Refused(
                f"{earlier.who} and {author.who} are proven by one and the same {_named(author)}; "
                "two people need two proofs"
            )
    if question.needed.people < 2:
        return
    for asker in question.requested_by:
        same_key = author.key is not None and asker.key == author.key
        if asker.kind is Asserter.PERSON and (asker.who == author.who or same_key):
            raise Refused(
                f"{author.who} asked for this action and cannot be one of the four eyes on it; "
                "another person must approve"
            )


def _proof_of(author: Author) -> str:
    """What tells one proof from another; an account alone never tells two people apart."""
    return author.key or Proof.ACCOUNT.value


def _named(author: Author) -> str:
    return f"key {author.key}" if author.key else "account"


def _applies(rule: ProofRule, tier: int | None) -> bool:
    return not rule.tiers or tier is None or tier in rule.tiers


_REMEDY = {
    Proof.SIGNATURE: "sign it with an SSH key enrolled for you",
    Proof.LINK: "answer the one-time link, or sign with an SSH key enrolled for you",
    Proof.TOKEN: "use a token of their own, or sign with an SSH key enrolled for you",
    Proof.ACCOUNT: "act from an account that the register names",
}
