"""What a server is asked in one statement, `tocsin_append`, and what its answer means.

Many appends go in at once, each of them all or nothing, none spoiling another; the function itself
stands in `migrations/versions/0002_append.py`. It answers only about those that it did not write.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tocsin.facts import BrokenLog, Conflict, LeaseLost
from tocsin.facts.record import Prepared, disclosure_digest
from tocsin.journal import leases
from tocsin.journal.batch import Change
from tocsin.journal.database import micros
from tocsin.world import Appended, Lease, State

Told = dict[str, list[int | str | None]]
"""By the place of a change in the question: what became of it, and the row that says why."""


class _Claim(msgspec.Struct):
    key: str
    holder: str
    fence: int
    until: int


class _Asked(msgspec.Struct, omit_defaults=True):
    """One change. Its bytes stand behind those of the changes before it.

    Args:
        size: how many bytes that are.
        sizes: of each entry: the size of its body, then digest and size of what lies beside it.
    """

    log: str
    after: int
    now: int
    size: int
    sizes: list[list[int | str]]
    key: str | None = None
    due: dict[str, int] | None = None
    held: _Claim | None = None
    take: _Claim | None = None


class Question:
    """These changes as one question: `asked` tells what they are, `bytes` is what they write."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes
        parts: list[bytes] = []
        self.asked = msgspec.json.encode([_asked(change, parts) for change in changes]).decode()
        self.bytes = b"".join(parts)

    def answers(self, told: Told) -> list[Appended | Conflict | LeaseLost]:
        """What became of each change, in order. Of a repeated one only DURABLE is known here."""
        return [_answer(change, told.get(str(n))) for n, change in enumerate(self.changes)]


def _asked(change: Change, parts: list[bytes]) -> _Asked:
    begun, work = len(parts), change.work
    sizes = [_sizes(one, parts) for one in change.entries]
    asked = _Asked(
        log=change.log,
        after=change.expected_seq,
        now=micros(change.now),
        size=sum(map(len, parts[begun:])),
        sizes=sizes,
        key=change.client_key,
    )
    if work is not None:
        if work.due is not None:
            asked.due = {key: micros(at) for key, at in work.due.items()}
        asked.held, asked.take = _claim(work.held), _claim(work.take)
    return asked


def _sizes(entry: Prepared, parts: list[bytes]) -> list[int | str]:
    parts.append(entry.body)
    found: list[int | str] = [len(entry.body)]
    for words in entry.disclosures:
        parts.append(words)
        found += (disclosure_digest(words), len(words))
    return found


def _claim(lease: Lease | None) -> _Claim | None:
    if lease is None:
        return None
    return _Claim(lease.key, lease.holder, lease.fence, micros(lease.until))


def _answer(change: Change, told: list[int | str | None] | None) -> Appended | Conflict | LeaseLost:
    after = change.expected_seq
    match told:
        case None:
            return _appended(change.log, after + 1, after + len(change.entries), repeated=False)
        case ["again", int(first), int(last)]:
            return _appended(change.log, first, last, repeated=True)
        case ["conflict", int(head)]:
            return Conflict(change.log, after, head)
        case ["held" | "take" as which, *found] if change.work is not None:
            lease = change.work.held if which == "held" else change.work.take
            assert lease is not None
            row = None if found[0] is None else msgspec.convert(found, type=leases.Piece)
            return leases.lost(lease, row)
    raise BrokenLog(f"the server answered {told!r} to an append; this version does not know that")


def _appended(log: str, first: int, last: int, *, repeated: bool) -> Appended:
    return Appended(log=log, first_seq=first, last_seq=last, state=State.DURABLE, repeated=repeated)
