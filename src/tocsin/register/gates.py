"""What one proven person may let go where the plan asks for more, and whether it stands.

Breaking the glass stands in for a second approval, and only for what can be taken back. Overriding
stands in for evidence that could not be had. Both are words about one order, signed like an
approval, and are read again from the record before the act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from tocsin.facts.entry import Author, Entry, Proof
from tocsin.facts.errors import Refused
from tocsin.facts.gates import Countersigned, EvidenceSealed, GlassBroken, SealOverridden
from tocsin.register.keyring import Keyring
from tocsin.register.model import Decision, Entity, Register
from tocsin.register.proofs import (
    STRENGTH,
    Disregarded,
    Needed,
    Question,
    check_names,
    check_word,
    person_counts,
    proof_needed,
)
from tocsin.register.statements import OrderWord


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Words about an order, who said them, and when they were recorded.

    Args:
        erased: the reason is gone, so that the signature cannot be checked again.
    """

    fact: OrderWord
    author: Author
    at: datetime
    erased: bool = False


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Glass that was broken and counts: who did it, and until when a second must look."""

    seq: int
    author: Author
    countersign_by: datetime


def override_needed(entity: Entity, tier: int | None) -> Needed:
    """What letting an act go without its evidence needs: a signature at the least."""
    needed = proof_needed(entity, Decision.OVERRIDE, tier)
    strongest = max((needed.proof, Proof.SIGNATURE), key=STRENGTH.__getitem__)
    return msgspec.structs.replace(needed, proof=strongest)


def check_glass(question: Question, said: Said, keyring: Keyring, register: Register) -> None:
    """Passes when this person may let this order go alone.

    Raises:
        Refused: it cannot be taken back, one approval is enough, or the proof is too weak.
    """
    if question.destroys:
        raise Refused(
            f"action {question.seq} may destroy evidence and cannot be taken back, so that two "
            "people must approve it; what one person can do at once is stop the system: "
            "tocsin stop SYSTEM"
        )
    if question.needed.people < 2:
        raise Refused(
            f"action {question.seq} needs one person's approval only; approve it instead: "
            "tocsin incident approve"
        )
    _check_said(question, question.needed, said, keyring, register)


def glass_broken(
    question: Question, entries: Iterable[Entry], keyring: Keyring, register: Register
) -> tuple[Broken | None, tuple[Disregarded, ...]]:
    """The breaking of glass that lets this order go, if there is one; and those that do not."""
    doubts: list[Disregarded] = []
    for entry, said in _about(question, entries):
        if not isinstance(said.fact, GlassBroken):
            continue
        try:
            check_glass(question, said, keyring, register)
        except Refused as why:
            doubts.append(Disregarded(seq=entry.seq, why=str(why)))
            continue
        by = said.fact.countersign_by
        return Broken(seq=entry.seq, author=entry.author, countersign_by=by), tuple(doubts)
    return None, tuple(doubts)


def check_countersign(
    question: Question, broken: Author, said: Said, keyring: Keyring, register: Register
) -> None:
    """Passes when this second person may say whether they stand by what the first did alone.

    Raises:
        Refused: the same person or key, or a proof weaker than an approval's.
    """
    if said.author.who == broken.who:
        raise Refused(
            f"{broken.who} let this action go; another person must countersign it, with a key of "
            "their own"
        )
    _check_said(question, question.needed, said, keyring, register)
    if said.author.key is None or said.author.key == broken.key:
        raise Refused(
            f"{broken.who} and {said.author.who} are proven by one and the same "
            f"{'key ' + broken.key if broken.key else 'account'}; two people need two proofs"
        )


def check_override(
    question: Question, needed: Needed, said: Said, keyring: Keyring, register: Register
) -> None:
    """Passes when this person may let this order go without the evidence it names.

    Raises:
        Refused: items that the order does not name, or a proof that is too weak.
    """
    assert isinstance(said.fact, SealOverridden)
    foreign = [item for item in said.fact.items if item not in question.evidence]
    if foreign or not said.fact.items:
        there = ", ".join(question.evidence) or "none"
        raise Refused(
            f"action {question.seq} does not wait for {', '.join(foreign) or 'nothing'}; the "
            f"evidence it names: {there}"
        )
    _check_said(question, needed, said, keyring, register)


def items_overridden(
    question: Question,
    needed: Needed,
    entries: Iterable[Entry],
    keyring: Keyring,
    register: Register,
) -> frozenset[str]:
    """The evidence without which this order may go, because enough proven people said so."""
    by: dict[str, dict[str, str]] = {}  # by item, who let it go, with which key
    for _, said in _about(question, entries):
        if not isinstance(said.fact, SealOverridden):
            continue
        try:
            check_override(question, needed, said, keyring, register)
        except Refused:
            continue
        for item in said.fact.items:
            by.setdefault(item, {})[said.author.who] = said.author.key or ""
    return frozenset(
        item
        for item, people in by.items()
        if min(len(people), len(set(people.values()))) >= needed.people
    )


def seals(entries: Iterable[Entry]) -> dict[str, list[EvidenceSealed]]:
    """The evidence that was asked for in this log, by item: of each producer the best it gave.

    An item that was sealed sufficient once stays so: what was secured then is still there.
    """
    best: dict[str, dict[str, EvidenceSealed]] = {}
    for entry in entries:
        fact = entry.fact
        if not isinstance(fact, EvidenceSealed):
            continue
        before = best.setdefault(fact.item, {}).get(fact.producer)
        if before is None or not before.sufficient:
            best[fact.item][fact.producer] = fact
    return {item: list(by.values()) for item, by in best.items()}


def unsealed(items: Iterable[str], sealed: dict[str, list[EvidenceSealed]]) -> dict[str, str]:
    """Those of these items that are not sealed sufficient, each with what is missing."""
    found: dict[str, str] = {}
    for item in items:
        by = sealed.get(item, [])
        lacking = [one.why for one in by if not (one.sufficient and one.digest and one.size)]
        if not by:
            found[item] = "nobody has secured it"
        elif lacking:
            found[item] = "; ".join(lacking)
    return found


def _check_said(
    question: Question, needed: Needed, said: Said, keyring: Keyring, register: Register
) -> None:
    check_names(question, said.fact)
    if said.author.proof is Proof.LINK:
        raise Refused("a link can approve or refuse and nothing else; sign with your key")
    person_counts(needed, said.author, said.at, keyring, register)
    if said.author.proof is Proof.SIGNATURE and not said.erased:
        check_word(question, said.fact, said.author, said.at, keyring)


def _about(question: Question, entries: Iterable[Entry]) -> Iterator[tuple[Entry, Said]]:
    for entry in entries:
        fact = entry.fact
        if not isinstance(fact, GlassBroken | SealOverridden | Countersigned):
            continue
        if entry.log != question.log or fact.order != question.seq or entry.seq <= question.seq:
            continue
        erased = "because" in entry.missing
        yield entry, Said(fact=fact, author=entry.author, at=entry.recorded_at, erased=erased)
