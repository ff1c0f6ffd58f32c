"""The dictionary of legal facts: each key with its type and the question that asks for it.

Rules of law and conditions of plans name legal facts by these keys, and by no others.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping

import msgspec


class KeyType(enum.Enum):
    """What kind of value a legal fact has."""

    INSTANT = "instant"  # with its zone
    DATE = "date"
    YES_NO = "yes-no"
    CHOICE = "choice"  # one of `choices`
    CHOICES = "choices"  # a list of them
    COUNT = "count"
    TEXT = "text"
    HARMS = "harms"  # a list of harms: its kind, and when somebody became aware of it
    AWARENESS = "awareness"  # a list: instant, person, class of person, basis


class LegalKey(msgspec.Struct, frozen=True, kw_only=True):
    """One legal fact that can be known.

    Args:
        key: as vectors name it: "system.route". "submitted.*" and the like stand for each name.
        question: what to ask a person, in plain words.
        choices: the values that a choice may have, each with what it means.
        answered_by: the kind of fact in the record that answers it: "became-aware".
        set_once: True for what belongs to the organisation or the system, not to the incident.
        spelt_also: other spellings that are read as this key.
        same_as: other words for a choice, each with the choice as which it is read.
        counts_as: choices that are of a wider kind as well, each with the choices that it is.
    """

    key: str
    type: KeyType
    question: str
    answered_by: str
    choices: Mapping[str, str] = {}
    set_once: bool = False
    spelt_also: tuple[str, ...] = ()
    same_as: Mapping[str, str] = {}
    counts_as: Mapping[str, tuple[str, ...]] = {}

    def choice(self, word: str) -> str:
        """The choice that a word means, however its letters and its hyphens are written; any other
        word stays what it is.
        """
        if word in self.choices or word in self.same_as:
            return self.same_as.get(word, word)
        folded = {_folded(one): one for one in (*self.same_as, *self.choices)}
        meant = folded.get(_folded(word), word)
        return self.same_as.get(meant, meant)

    def widened(self, words: Iterable[str]) -> tuple[str, ...]:
        """These words, and after them each choice that counts as one of them."""
        found = list(dict.fromkeys(words))
        for word in found:  # grows: what counts as one that counts as it
            found += [one for one, wider in self.counts_as.items()
                      if word in wider and one not in found]  # fmt: skip
        return tuple(found)


class Dictionary(msgspec.Struct, frozen=True, kw_only=True):
    """All legal facts of a pack, by key."""

    keys: Mapping[str, LegalKey]

    def find(self, name: str) -> LegalKey | None:
        """The entry for a key as it is spelt, "submitted.initial" under "submitted.*"."""
        if name in self.keys:
            return self.keys[name]
        for entry in self.keys.values():
            if name in entry.spelt_also:
                return entry
            if entry.key.endswith(".*") and name.startswith(entry.key[:-1]):
                return entry
        return None


def _folded(word: str) -> str:
    return re.sub(r"[\s_-]+", "-", word.strip().lower())
