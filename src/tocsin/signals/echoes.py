"""Whether a signal is our own work that comes back, or went through too many systems already. Pure.

What carries our mark about an order of the record is an echo: it opens nothing and calls nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tocsin.facts import Entry
from tocsin.facts.marks import (
    HOPS_ATTRIBUTE,
    HOPS_FIELD,
    HOPS_HEADER,
    MARK_ATTRIBUTE,
    MARK_FIELD,
    MARK_HEADER,
    Mark,
    hops_of,
    mark_in,
)
from tocsin.facts.signals import SignalsJoined
from tocsin.signals.model import Signal

_SAID = (
    (MARK_HEADER.lower(), HOPS_HEADER.lower()),
    (f"ce-{MARK_ATTRIBUTE}", f"ce-{HOPS_ATTRIBUTE}"),
)
_LABELS = ((MARK_FIELD, HOPS_FIELD), (MARK_ATTRIBUTE, HOPS_ATTRIBUTE))
HEADERS = _SAID[0]
"""Headers that a door keeps beside a body, so that both can be told."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What of ours a mark names.

    Args:
        incident: whose order it is; empty where no such order stands in the record.
        what: the order in words.
    """

    incident: str = ""
    what: str = ""


def mark_of(said: Mapping[str, str], signal: Signal) -> Mark | None:
    """The mark that a signal carries: beside the body, in its labels, or as its own key."""
    texts = [said.get(mark, "") for mark, _ in _SAID] if said else []
    texts += [signal.labels.get(mark, "") for mark, _ in _LABELS]
    return next((mark for text in (*texts, signal.key) if (mark := mark_in(text))), None)


def hops_in(said: Mapping[str, str], signal: Signal) -> int:
    """How many systems a signal went through, as it says; the most where it says so twice."""
    texts = [said.get(hops) for _, hops in _SAID] + [signal.labels.get(h) for _, h in _LABELS]
    return max(map(hops_of, texts))


def hops_before(entries: Iterable[Entry]) -> int:
    """How many systems that went through which an incident was told of; what it sends adds one."""
    return max((e.fact.hops for e in entries if isinstance(e.fact, SignalsJoined)), default=0)
