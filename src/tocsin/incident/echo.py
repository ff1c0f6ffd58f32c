"""Whether what comes in is an echo of what we wrote: by provenance, never by the look of a text.

What was written outside is on record: the reference that the far side gave it, the SHA-256 of what
was sent, the key under which it went. Something that comes in about that reference, and carries our
key or those very bytes, is ours; a change that a person made to the same ticket is not. A counter
of hops ends a circle that runs through systems which do not tell whose work they pass on. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tocsin.facts import Entry
from tocsin.facts.runs import Ordered, OutcomeJudged, Receipted

HOPS_HEADER = "tocsin-hops"
"""Names how many hands a message went through since a person or a measurement began it."""

HOPS_MAX = 3
"""A message that came so far starts nothing any more; it is kept, and people see it."""


class Wrote(msgspec.Struct, frozen=True, kw_only=True):
    """Something that we wrote outside.

    Args:
        key: the order's; under it the far side got it.
        sha256: of what was sent; empty where that is not known.
    """

    connector: str
    reference: str
    key: str
    sha256: str


class Provenance:
    """What was written outside, as one log tells it. `apply` takes its entries in order."""

    def __init__(self) -> None:
        self._through: dict[int, str] = {}
        self._by_reference: dict[str, list[Wrote]] = {}

    def apply(self, entry: Entry) -> None:
        """Take one more entry."""
        match entry.fact:
            case Ordered(connector=connector):
                self._through[entry.seq] = connector
            case Receipted(reference=reference, written=written, order=order) if reference:
                self._wrote(entry.log, order, reference, written)
            case OutcomeJudged(reference=reference, order=order) if reference:
                self._wrote(entry.log, order, reference, "")
            case _:
                pass

    @property
    def wrote(self) -> tuple[Wrote, ...]:
        """All that we wrote and know by a name, the first one first."""
        return tuple(one for some in self._by_reference.values() for one in some)

    def _wrote(self, log: str, order: int, reference: str, sha256: str) -> None:
        connector = self._through.get(order, "")
        one = Wrote(connector=connector, reference=reference, key=f"{log}/{order}", sha256=sha256)
        self._by_reference.setdefault(reference, []).append(one)

    def echo_of(self, reference: str, *, key: str = "", sha256: str = "") -> Wrote | None:
        """What an event from outside repeats of ours; None where it is news.

        Args:
            reference: what the event is about, by the far side's own name.
            key: ours, where the event carries it; sha256: of what the event says was written.
        """
        for one in self._by_reference.get(reference, ()):
            if (key and key == one.key) or (sha256 and sha256 == one.sha256):
                return one
        return None


def provenance_of(entries: Iterable[Entry]) -> Provenance:
    """What these entries, of one log or several, say was written outside."""
    found = Provenance()
    for entry in entries:
        found.apply(entry)
    return found


def hops_of(header: str | None) -> int:
    """How many hands a message went through; 0 where it says nothing.

    What cannot be read counts as having come too far: whoever sets the header knows what it means.
    """
    text = (header or "").strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        return HOPS_MAX
    return int(text)


def why_too_far(hops: int) -> str | None:
    """Why a message of so many hops may start nothing; None where it may."""
    if hops < HOPS_MAX:
        return None
    return (
        f"it went through {hops} systems that answer one another, ours among them perhaps; it "
        "starts nothing by itself"
    )
