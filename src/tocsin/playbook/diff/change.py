"""One difference between two plans, in words, and whether it makes a response less safe. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

import msgspec

from tocsin.playbook.show.words import listed, one_line, span

SHOWN_MAX = 90


class Kind(enum.Enum):
    """What kind of difference it is."""

    ADDED = "step added"
    REMOVED = "step removed"
    RENAMED = "step renamed"
    REORDERED = "steps reordered"
    LEADS = "leads elsewhere"
    WHO = "who carries it"
    TIME = "time"
    GATE = "what it waits for"
    WORDS = "words"
    FRAME = "around the steps"
    DOES = "what it does"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference.

    Args:
        where: the field, as in "steps.stop.approvals".
        weaker: True when an incident may now be stopped later, with fewer eyes, with less evidence
            or unseen, so that whoever reviews should look twice. Never set to praise its absence.
    """

    kind: Kind
    where: str
    words: str
    weaker: bool = False


def quoted(text: str, most: int = SHOWN_MAX) -> str:
    """A text in quotes, not for ever."""
    line = one_line(text)
    return f"“{line if len(line) <= most else line[: most - 1] + '…'}”"


def texts_changed(old: str, new: str) -> str:
    """Where two texts part, with some words around."""
    one, other = one_line(old), one_line(new)
    if one == other:
        return f"only line breaks and spaces differ in {quoted(new)}"
    at = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
              min(len(one), len(other)))  # fmt: skip
    begin = max(0, at - 30)
    dots = "…" if begin else ""
    return f"{quoted(dots + one[begin:])} is now {quoted(dots + other[begin:])}"


def span_change(what: str, old: int | None, new: int | None) -> tuple[str, bool]:
    """A time that was set, shortened, lengthened or dropped; longer is weaker."""
    if old is None:
        return f"{what} is new: {span(new or 0)}", False
    if new is None:
        return f"{what} of {span(old)} is gone", True
    way = "shortened" if new < old else "lengthened"
    return f"{what} is {way} from {span(old)} to {span(new)}", new > old


def names_change(what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Names that are gone, and names that are new; what is gone is weaker."""
    gone = [name for name in old if name not in new]
    come = [name for name in new if name not in old]
    if gone:
        yield f"{what}: {one_line(listed(gone))} gone", True
    if come:
        yield f"{what}: {one_line(listed(come))} new", False
    if not gone and not come and tuple(old) != tuple(new):
        yield f"{what}: now in the order {one_line(listed([*new]))}", False
