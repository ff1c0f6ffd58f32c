"""Checks the record of a home against its own proofs, its founding key and its witnesses.

Separate verdicts, as for an evidence package. A home trusts the key that its founding enrolled and
the keys that followed by rotation; a reader may demand more. Whether an old copy was put back can
only be said by a witness that is asked now, or by a checkpoint that was kept elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from tocsin.facts import HOME_LOG, BrokenLog, Tampered, sshsig
from tocsin.facts.record import decode
from tocsin.facts.records import CheckpointWitnessed, HomeFounded, LogKeyRotated
from tocsin.journal import merkle, note
from tocsin.journal.keys import LogKey
from tocsin.journal.policy import Policy, parse_policy
from tocsin.journal.rotation import trusted_keys
from tocsin.journal.store import Store
from tocsin.journal.verify import Trust
from tocsin.journal.walk import Look, Progress, verify_store
from tocsin.journal.witness_answers import Answers

NO_HEAD = "no remembered head was given"
NO_WITNESS = "not excluded: no independent witness has cosigned this record"


class HomeVerdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of a home's record, each question by itself.

    Args:
        breaks: the first thing that does not hold; None if all is consistent.
        waiting: durable entries that have no place in the tree yet.
        chain: fingerprints of the record's keys, the oldest first; the last one signs now.
        unconfirmed: why the signer is not the one that is expected; None if it is.
        rollback_up_to: the size up to which a witness excludes that an old copy was put back.
        rollback: in words, up to where a rollback is excluded, and by whom.
        answers: what witnesses said that were asked now; None when this rests on what they signed.
        head_holds: whether the record only added to the remembered head; None without one.
    """

    consistent: bool
    breaks: str | None = None
    size: int = 0
    root: str = ""
    waiting: int = 0
    chain: tuple[str, ...] = ()
    unconfirmed: str | None = None
    rollback_up_to: int | None = None
    witnesses: tuple[str, ...] = ()
    rollback: str = NO_WITNESS
    answers: Answers | None = None
    head: str = NO_HEAD
    head_holds: bool | None = None

    @property
    def accepted(self) -> bool:
        """Consistent, signed by the expected key, and not older than what is remembered."""
        return self._but_for_witnesses and self.witness_holds is not False

    @property
    def lacks_only_answers(self) -> bool:
        """Whether nothing is amiss but that a witness that was asked gave no usable answer."""
        return self._but_for_witnesses and self.answers is not None and self.answers.only_silent

    @property
    def witness_holds(self) -> bool | None:
        """Whether every witness that was asked excludes a rollback; None when none was asked."""
        return None if self.answers is None else self.answers.hold

    @property
    def _but_for_witnesses(self) -> bool:
        return self.consistent and self.unconfirmed is None and self.head_holds is not False

    @property
    def signed_by(self) -> str | None:
        """The fingerprint of the key that signs; None if nothing holds."""
        return self.chain[-1] if self.chain else None


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    witness: str
    key: str
    size: int


def verify_home(
    store: Store,
    key: LogKey,
    *,
    trust: Trust | None = None,
    pinned: Collection[str] = (),
    answers: Answers | None = None,
    look: Look | None = None,
    progress: Progress | None = None,
) -> HomeVerdicts:
    """The verdicts on the whole record of a home.

    Args:
        key: the home's key file; it must be the one that the record enrolled.
        trust: what the reader demands beyond that.
        pinned: verifier keys of witnesses that the register vouches for. A policy of the reader's
            stands in their place. What the record itself says of a witness vouches for nothing:
            who can write a cosignature into it can also invent the key.
        answers: what the witnesses said that the reader asked just now.
        look: as for `verify_store`, as is `progress`; what it finds is its own verdict.

    Raises:
        ValueError: the policy or the remembered head that was brought cannot be read.
    """
    trust = trust or Trust()
    policy = None if trust.policy is None else parse_policy(trust.policy.read_bytes())
    kept = None if trust.head is None else _kept(trust.head)
    walked = verify_store(store, look=look, progress=progress)
    if walked.first_broken is not None:
        return HomeVerdicts(consistent=False, breaks=walked.first_broken, size=walked.size)
    try:
        chain, head, recorded = _signed_chain(store, key, walked.size, walked.root)
        recorded_seen = [_seen(store, fact) for fact in recorded if fact.independent]
    except (BrokenLog, ValueError) as bad:
        return HomeVerdicts(consistent=False, breaks=str(bad), size=walked.size)
    vouched = dict.fromkeys(pinned) if policy is None else _named(policy)
    by = "the register" if policy is None else "your policy"
    rollback = _rollback(recorded_seen, vouched, by) if answers is None else _answered(answers)
    head_holds, head_words = (None, NO_HEAD) if kept is None else _compared(store, head, kept)
    return HomeVerdicts(
        consistent=True,
        size=walked.size,
        root=walked.root.hex(),
        waiting=walked.waiting,
        chain=tuple(chain),
        unconfirmed=_unconfirmed(store, chain, head, trust.key, policy, key, answers),
        rollback_up_to=rollback.up_to,
        witnesses=rollback.witnesses,
        rollback=rollback.words,
        answers=answers,
        head=head_words,
        head_holds=head_holds,
    )


def _signed_chain(
    store: Store, key: LogKey, size: int, root: bytes
) -> tuple[list[str], note.Checkpoint, list[CheckpointWitnessed]]:
    facts = _facts_about_itself(store)
    founded = [fact for fact in facts if isinstance(fact, HomeFounded)]
    rotated = [fact.certificate.encode() for fact in facts if isinstance(fact, LogKeyRotated)]
    if len(founded) != 1 or founded[0].origin != key.origin:
        raise Tampered(f"the record holds no founding of {key.origin}, or more than one")
    chain = trusted_keys(founded[0].fingerprint, rotated)
    verifier = _enrolled(facts, key.origin, chain[-1])
    signed = store.checkpoint_at(size)
    if signed is None:
        raise Tampered(f"there is no checkpoint of size {size}")
    head = note.parse_checkpoint(signed)
    if not verifier.signed(head.note) or (head.origin, head.root) != (key.origin, root):
        raise Tampered(f"the checkpoint of size {size} is not by {chain[-1]} over this tree")
    return chain, head, [fact for fact in facts if isinstance(fact, CheckpointWitnessed)]


def _enrolled(facts: Sequence[object], origin: str, fingerprint: str) -> note.Verifier:
    """What checks the notes of the record's own key, from the line by which it was enrolled."""
    lines = [fact.key for fact in facts if isinstance(fact, HomeFounded)]
    lines += [fact.new_key for fact in facts if isinstance(fact, LogKeyRotated)]
    line = next((one for one in lines if sshsig.fingerprint(one) == fingerprint), None)
    if line is None:
        raise Tampered(f"the record does not hold the key {fingerprint} that should sign it")
    return note.Verifier(name=origin, public=base64.b64decode(line.split()[1])[-32:])


def _facts_about_itself(store: Store) -> list[HomeFounded | LogKeyRotated | CheckpointWitnessed]:
    """What the record says of its founding, keys and witnesses; the rest of the log is let go."""
    facts = (decode(one.body, one.disclosures).fact for one in store.stored(HOME_LOG))
    about = HomeFounded | LogKeyRotated | CheckpointWitnessed
    return [fact for fact in facts if isinstance(fact, about)]


def _seen(store: Store, fact: CheckpointWitnessed) -> _Seen:
    signed = store.checkpoint_at(fact.size)
    if signed is None:
        raise Tampered(f"witness {fact.witness} saw size {fact.size}; its checkpoint is not here")
    verifier = note.parse_verifier(fact.key)
    cosigned = note.parse_note(note.with_signatures(signed, [fact.cosignature]))
    if verifier.cosigned_at(cosigned) is None or store.root_at(fact.size).hex() != fact.root:
        raise Tampered(f"witness {fact.witness} saw another record at size {fact.size}")
    return _Seen(witness=fact.witness, key=fact.key, size=fact.size)


def _named(policy: Policy) -> dict[str, str | None]:
    """The reader's own names for the witnesses of their policy, by verifier key."""
    return {verifier.text(): name for name, verifier in policy.witnesses.items()}


class _Rollback(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which size a rollback is excluded, and by whom."""

    words: str
    up_to: int | None = None
    witnesses: tuple[str, ...] = ()


def _rollback(recorded: Sequence[_Seen], vouched: Mapping[str, str | None], by: str) -> _Rollback:
    """What follows from cosignatures of the past, of witnesses that somebody vouches for.

    Args:
        vouched: by verifier key, another name to call the witness by.
        by: who vouches for them.
    """
    counted = [one for one in recorded if one.key in vouched and one.size > 0]
    if counted:
        up_to = max(one.size for one in counted)
        last = {vouched[one.key] or one.witness for one in counted if one.size == up_to}
        names = tuple(sorted(last))
        words = (
            f"excluded up to {up_to} by witness {', '.join(names)} (by what it signed then, with "
            f"a key that {by} names; ask it now to be sure)"
        )
        return _Rollback(words=words, up_to=up_to, witnesses=names)
    said = sorted({one.witness for one in recorded})
    if not said:
        return _Rollback(words=NO_WITNESS)
    words = f"not excluded: what witness {', '.join(said)} is said to have signed does not count"
    return _Rollback(words=f"{words}, for {by} does not name its key")


def _answered(answers: Answers) -> _Rollback:
    """What witnesses say now outweighs what they signed in the past."""
    return _Rollback(words=answers.words, up_to=answers.up_to, witnesses=answers.witnesses)


def _unconfirmed(
    store: Store,
    chain: Sequence[str],
    head: note.Checkpoint,
    expected: str | None,
    policy: Policy | None,
    key: LogKey,
    answers: Answers | None,
) -> str | None:
    if chain[-1] != key.fingerprint:
        return (
            f"the key file holds {key.fingerprint}, but the record is signed by {chain[-1]}; put "
            "that key back from a copy"
        )
    if expected is not None and expected not in chain:
        return f"you expect {expected}, but the record is signed by {chain[-1]}"
    if policy is not None:
        if not any((v.name, v.public) == (key.origin, key.public) for v in policy.logs):
            return f"your policy does not list the key of {key.origin}"
        given = answers.lines(head.size) if answers is not None else ()
        lines = [*store.cosignatures(head.size), *given]
        signed = note.with_signatures(store.checkpoint_at(head.size) or b"", lines)
        try:
            cosigners = policy.cosigners(note.parse_checkpoint(signed))
        except ValueError as bad:
            return f"under the checkpoint of size {head.size} {bad}"
        if not policy.reached(set(cosigners)):
            return f"your policy's quorum {policy.quorum!r} of witnesses is not reached"
    return None


def _compared(store: Store, head: note.Checkpoint, kept: note.Checkpoint) -> tuple[bool, str]:
    if kept.origin != head.origin:
        return False, f"the remembered head is of {kept.origin}, another record"
    if kept.size > head.size:
        return False, f"ROLLED BACK: you remember {kept.size} entries, this has {head.size}"
    try:
        proof = store.consistency(kept.size, head.size)
        merkle.check_consistency(kept.size, head.size, kept.root, head.root, proof)
    except Tampered:
        return False, f"REWRITTEN: the first {kept.size} entries are not those that you remember"
    return True, f"only added to the {kept.size} entries that you remember"


def _kept(path: Path) -> note.Checkpoint:
    try:
        return note.parse_checkpoint(path.read_bytes())
    except ValueError as bad:
        raise ValueError(f"the remembered head {path} cannot be read: {bad}") from None
