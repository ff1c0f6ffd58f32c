"""Requests that are put to a version again, what is expected of each answer, and what came."""

from __future__ import annotations

import msgspec

from tocsin.facts.learned import learned


@learned
class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer must be; everything that is said must hold.

    Args:
        equals: the answer, letter by letter.
        matches, not_matches: a regular expression that is found in it, or is not.
        rejects: whether the request must be refused, or must not be.
        serves: who must answer, as a canary asks it: "on", "off" (the fallback), "version:N".
    """

    equals: str | None = None
    matches: str | None = None
    not_matches: str | None = None
    rejects: bool | None = None
    serves: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether anything at all is expected."""
        return any(getattr(self, name) is not None for name in self.__struct_fields__)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a set.

    Args:
        request: what is asked: a text, or a JSON object.
    """

    id: str
    request: str | dict[str, object]
    expected: Expected


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one request.

    Args:
        text: the answer; None where there is none that can be judged.
        rejected: the far side refused the request in a way that it was declared to refuse.
        serves: "on", "off" or "version:N"; None where it does not say.
        version: that it says it is; None where it does not say.
        why: there is no answer, in words; empty where there is one.
        tries: how often it was asked until it answered.
    """

    text: str | None = None
    rejected: bool = False
    serves: str | None = None
    version: str | None = None
    why: str = ""
    tries: int = 1
