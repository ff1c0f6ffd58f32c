"""Which key or token proves whom at which instant, as a pure fold of the home's own log.

One key proves one person for ever: a second enrolment for someone else is disregarded and told. A
revoked key proves nothing afterwards, and still proves what was recorded before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec

from tocsin.facts import sshsig
from tocsin.facts.entry import Author, Entry, Proof
from tocsin.facts.errors import Refused
from tocsin.facts.kinds import Asserter
from tocsin.facts.records import HomeFounded, LogKeyRotated
from tocsin.facts.registers import (
    KeyEnrolled,
    KeyRevoked,
    PersonTokenIssued,
    TokenIssued,
    TokenRevoked,
)
from tocsin.register.key_strength import check_strength
from tocsin.register.tokens import EnrolledToken, same_secret, token_ended, token_parts


class EnrolledKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that proves a person from `enrolled_at` (inclusive) to its end (exclusive).

    Args:
        enrolled_by: who vouched for it; an account alone vouches weakly.
    """

    person: str
    key: str
    fingerprint: str
    enrolled_at: datetime
    enrolled_by: Author
    valid_until: datetime | None = None
    revoked_at: datetime | None = None


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the home log that changes nothing, and why."""

    seq: int
    why: str


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """All keys and tokens that were ever enrolled, and the record's own keys.

    Args:
        keys: by fingerprint.
        tokens: by public id.
        log_keys: fingerprints of keys that sign the record; they can never prove a person.
        doubts: enrolments that were disregarded.
    """

    keys: Mapping[str, EnrolledKey] = {}
    tokens: Mapping[str, EnrolledToken] = {}
    log_keys: frozenset[str] = frozenset()
    doubts: tuple[Doubt, ...] = ()

    @classmethod
    def replay(cls, entries: Iterable[Entry], since: Keyring | None = None) -> Keyring:
        """The keyring after these entries of the home log, going on from `since`."""
        before = since or cls()
        growing = _Growing(before)
        for entry in entries:
            try:
                growing.take(entry)
            except Refused as why:
                growing.doubts.append(Doubt(seq=entry.seq, why=str(why)))
        return cls(
            keys=growing.keys,
            tokens=growing.tokens,
            log_keys=frozenset(growing.log_keys),
            doubts=tuple(growing.doubts),
        )

    def standing(self, fingerprint: str, at: datetime) -> EnrolledKey | None:
        """The enrolled key with this fingerprint, if it proves its person at this instant."""
        key = self.keys.get(fingerprint)
        return key if key is not None and _ended(key, at) is None else None

    def keys_of(self, person: str, at: datetime) -> tuple[EnrolledKey, ...]:
        """The keys that prove this person at this instant, the oldest first."""
        found = [k for k in self.keys.values() if k.person == person and _ended(k, at) is None]
        return tuple(sorted(found, key=lambda key: key.enrolled_at))

    def check_standing(self, person: str, fingerprint: str, at: datetime) -> EnrolledKey:
        """The enrolled key, which proves this person at this instant.

        Raises:
            Refused: not enrolled, another's, not yet or no longer valid.
        """
        key = self.keys.get(fingerprint)
        if key is None:
            raise Refused(
                f"key {fingerprint or '(none named)'} is not enrolled for anyone; "
                f"enrol it first: tocsin register enrol {person} FILE.pub"
            )
        if key.person != person:
            raise Refused(
                f"key {fingerprint} is enrolled for {key.person}, not for {person}; "
                "use a key of your own"
            )
        ended = _ended(key, at)
        if ended is not None:
            raise Refused(f"key {fingerprint} of {person} {ended}; use or enrol another key")
        return key

    def person_proven(
        self, message: bytes, armoured: str, namespace: str, at: datetime
    ) -> tuple[str, str]:
        """Who signed this message with a key that stood at this instant.

        Returns:
            the person's id and the fingerprint of the key.

        Raises:
            Refused: the signature does not hold, or its key did not stand.
        """
        try:
            public = sshsig.verify(message, armoured, namespace)
        except ValueError as bad:
            raise Refused(
                f"the signature does not hold: {bad}; sign these very bytes again with "
                f"namespace {namespace}"
            ) from None
        fingerprint = sshsig.fingerprint(public)
        known = self.keys.get(fingerprint)
        person = known.person if known else "PERSON"
        return self.check_standing(person, fingerprint, at).person, fingerprint

    def token_proven(self, token_text: str, at: datetime) -> EnrolledToken:
        """The token that this text is; takes the same time for every wrong secret.

        Raises:
            Refused: no such token, wrong secret, revoked or expired. The first two are told alike,
                and the secret is never quoted.
        """
        token_id, secret = token_parts(token_text)
        token = self.tokens.get(token_id)
        same = same_secret(token, secret)
        if token is None or not same:
            raise Refused(
                "this token is not known; issue one: tocsin register token MACHINE --scope SCOPE"
            )
        ended = token_ended(token, at)
        if ended is not None:
            raise Refused(f"token {token_id} of {token.holder} {ended}; issue a new one")
        return token

    def machine_proven(self, token_text: str, at: datetime, scope: str) -> str:
        """Which machine speaks with this token.

        Raises:
            Refused: as `token_proven`, or a person's token, or outside its scopes.
        """
        token = self.token_proven(token_text, at)
        if token.machine is None:
            raise Refused(
                f"token {token.token} is {token.holder}'s, a person's; a machine needs one of its "
                "own: tocsin register token MACHINE --scope SCOPE"
            )
        if scope not in token.scopes:
            raise Refused(
                f"token {token.token} of {token.machine} may "
                f"{', '.join(token.scopes) or 'nothing'}, not {scope}; issue one with that scope"
            )
        return token.machine

    def enrolment(
        self, person: str, line: str, valid_until: datetime | None, at: datetime
    ) -> KeyEnrolled:
        """The fact that this public key proves this person from now on.

        Args:
            line: a line as in a .pub file.

        Raises:
            Refused: not a key, too weak, the record's own, another's, or already enrolled.
        """
        try:
            public = sshsig.parse_public(line)
        except ValueError as bad:
            raise Refused(f"not an SSH public key: {bad}; give the line of a .pub file") from None
        fact = KeyEnrolled(
            person=person,
            key=public,
            fingerprint=sshsig.fingerprint(public),
            valid_until=valid_until,
        )
        check_enrolment(self.keys, self.log_keys, fact, at)
        return fact

    def revocation(self, fingerprint: str, because: str, at: datetime) -> KeyRevoked:
        """The fact that this key proves nobody from now on. Raises Refused."""
        key = self.keys.get(fingerprint)
        if key is None:
            raise Refused(f"key {fingerprint} is not enrolled; see: tocsin register keys")
        if key.revoked_at is not None and key.revoked_at <= at:
            raise Refused(f"key {fingerprint} of {key.person} is revoked already")
        return KeyRevoked(person=key.person, fingerprint=fingerprint, because=because)


def check_enrolment(
    keys: Mapping[str, EnrolledKey], log_keys: Collection[str], fact: KeyEnrolled, at: datetime
) -> None:
    """Passes when this enrolment may stand beside the keys there are.

    Raises:
        Refused: weak, the record's own key, another person's, or already enrolled.
    """
    try:
        matches = sshsig.fingerprint(fact.key) == fact.fingerprint
    except ValueError as bad:
        raise Refused(f"not an SSH public key: {bad}; give the line of a .pub file") from None
    if not matches:
        raise Refused(f"the fingerprint {fact.fingerprint} is not this key's; enrol the .pub line")
    check_strength(fact.key)
    if fact.fingerprint in log_keys:
        raise Refused(
            f"key {fact.fingerprint} signs this record itself and can prove no person; "
            "make a key for the person: ssh-keygen -t ed25519"
        )
    if fact.valid_until is not None and fact.valid_until <= at:
        raise Refused(f"the key would have ended before now ({fact.valid_until.isoformat()})")
    known = keys.get(fact.fingerprint)
    if known is None:
        return
    if known.person != fact.person:
        raise Refused(
            f"key {fact.fingerprint} is enrolled for {known.person}; one key proves one person: "
            f"make another for {fact.person}: ssh-keygen -t ed25519"
        )
    ended = _ended(known, at)
    if ended is None:
        raise Refused(f"key {fact.fingerprint} is already enrolled for {fact.person}")
    raise Refused(f"key {fact.fingerprint} of {fact.person} {ended}; enrol a new key")


_VOUCHED = (KeyEnrolled, KeyRevoked, TokenIssued, PersonTokenIssued, TokenRevoked)
"""What counts only when a person, or the home at its founding, asserts it."""


class _Growing:
    """The keyring while it is read."""

    def __init__(self, before: Keyring) -> None:
        self.keys = dict(before.keys)
        self.tokens = dict(before.tokens)
        self.log_keys = set(before.log_keys)
        self.doubts = list(before.doubts)

    def take(self, entry: Entry) -> None:
        if isinstance(
            entry.fact, KeyEnrolled | KeyRevoked | TokenIssued | PersonTokenIssued | TokenRevoked
        ):
            _check_voucher(entry.author)
        match entry.fact:
            case HomeFounded(fingerprint=fingerprint) | LogKeyRotated(new=fingerprint):
                self.log_keys.add(fingerprint)
            case KeyEnrolled() as fact:
                self._enrol(entry, fact)
            case KeyRevoked(fingerprint=fingerprint):
                key = self.keys.get(fingerprint)
                if key is not None and key.revoked_at is None:
                    at = entry.recorded_at
                    self.keys[fingerprint] = msgspec.structs.replace(key, revoked_at=at)
            case TokenIssued() as fact:
                self._issue(entry, fact, machine=fact.machine)
            case PersonTokenIssued() as fact:
                check_signed(entry.author)
                self._issue(entry, fact, person=fact.person)
            case TokenRevoked(token=token_id):
                token = self.tokens.get(token_id)
                if token is not None and token.revoked_at is None:
                    at = entry.recorded_at
                    self.tokens[token_id] = msgspec.structs.replace(token, revoked_at=at)
            case _:
                pass

    def _enrol(self, entry: Entry, fact: KeyEnrolled) -> None:
        check_enrolment(self.keys, self.log_keys, fact, entry.recorded_at)
        self.keys[fact.fingerprint] = EnrolledKey(
            person=fact.person,
            key=fact.key,
            fingerprint=fact.fingerprint,
            enrolled_at=entry.recorded_at,
            enrolled_by=entry.author,
            valid_until=fact.valid_until,
        )

    def _issue(
        self,
        entry: Entry,
        fact: TokenIssued | PersonTokenIssued,
        *,
        machine: str | None = None,
        person: str | None = None,
    ) -> None:
        if fact.token in self.tokens:
            raise Refused(f"token {fact.token} was issued before; give the new one another id")
        self.tokens[fact.token] = EnrolledToken(
            token=fact.token,
            machine=machine,
            person=person,
            sha256=fact.sha256,
            scopes=fact.scopes,
            issued_at=entry.recorded_at,
            expires_at=fact.expires_at,
        )


def _check_voucher(author: Author) -> None:
    if author.kind in {Asserter.WORKER, Asserter.MACHINE}:
        raise Refused(
            f"{author.who} is a {author.kind.value} and vouches for nobody; "
            "a person must enrol or revoke"
        )


def check_signed(author: Author) -> None:
    """Passes when this author signed, as whoever vouches for a person's token must. Refused."""
    if author.proof is not Proof.SIGNATURE:
        raise Refused(
            f"{author.who} is proven by {author.proof.value} only; a token that speaks for a "
            "person is vouched for by a signature"
        )


def _ended(key: EnrolledKey, at: datetime) -> str | None:
    """Why the key proves nobody at this instant; None when it stands."""
    if at < key.enrolled_at:
        return f"was enrolled only at {key.enrolled_at.isoformat()}"
    if key.revoked_at is not None and at >= key.revoked_at:
        return f"was revoked at {key.revoked_at.isoformat()}"
    if key.valid_until is not None and at >= key.valid_until:
        return f"was valid until {key.valid_until.isoformat()}"
    return None
