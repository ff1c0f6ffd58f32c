"""Whether an author's signature is really theirs: before an entry is written, and ever after.

Nothing is believed because an entry says so: the signature must hold over these very bytes, by the
named key, enrolled for the named person when it was recorded.
"""

from __future__ import annotations

import enum
from datetime import datetime

from tocsin.facts.entry import Author, Entry, Proof
from tocsin.facts.errors import Refused, Tampered
from tocsin.facts.record import Signer, statement
from tocsin.register.keyring import Keyring
from tocsin.register.statements import (
    ENTRY_NAMESPACE,
    ORDER_NAMESPACE,
    WORDS_NAMESPACE,
    OrderWord,
    SpokenWord,
    spoken_word,
    word_statement,
)


class Checked(enum.Enum):
    """What looking at an entry's signature showed; one that does not hold is an error instead."""

    HOLDS = "holds"
    UNSIGNED = "unsigned"  # the author was proven in another way
    WORDS_GONE = "words-gone"  # signed over words that are erased or withheld


def checked_signer(sign: Signer, author: Author, keyring: Keyring, at: datetime) -> Signer:
    """Signs as `sign` does, and gives on only a signature that proves this author at this instant.

    Without it a caller could name anyone's key and hand in any text. What it gives raises Refused.
    """

    def signed(message: bytes) -> str:
        armoured = sign(message)
        proven = keyring.person_proven(message, armoured, ENTRY_NAMESPACE, at)
        if proven != (author.who, author.key):
            raise Refused(
                f"signed by {proven[0]} with key {proven[1]}, but in the name of {author.who} "
                f"with key {author.key}; sign with the key you name"
            )
        return armoured

    return signed


def check_signature(entry: Entry, body: bytes, origin: str, keyring: Keyring) -> Checked:
    """What the signature of an entry shows, checked from the record alone.

    Args:
        body: the bytes of this entry.
        origin: the record's name.

    Raises:
        Tampered: the entry says it is signed, and that does not hold.
    """
    author = entry.author
    if author.proof is not Proof.SIGNATURE:
        return Checked.UNSIGNED
    message, namespace = statement(body, origin), ENTRY_NAMESPACE
    if isinstance(entry.fact, OrderWord | SpokenWord) and entry.missing:
        return Checked.WORDS_GONE
    if isinstance(entry.fact, SpokenWord):
        message, namespace = spoken_word(origin, entry.log, entry.fact), WORDS_NAMESPACE
    elif isinstance(entry.fact, OrderWord):
        message, namespace = word_statement(origin, entry.log, entry.fact), ORDER_NAMESPACE
    try:
        proven = keyring.person_proven(
            message, author.signature or "", namespace, entry.recorded_at
        )
    except Refused as why:
        raise Tampered(f"entry {entry.key} says {author.who} signed it, but {why}") from None
    if proven != (author.who, author.key):
        raise Tampered(
            f"entry {entry.key} says {author.who} signed it with key {author.key}, but it was "
            f"{proven[0]} with key {proven[1]}"
        )
    return Checked.HOLDS
