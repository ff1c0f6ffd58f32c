"""Evidence in and out, with custody on record; holds; destruction only where nothing forbids it.

What leaves the vault is recorded before it leaves; what is destroyed is recorded before it is
destroyed, and only after every log was asked for holds. Each of these may be repeated after a crash
and then finishes what it began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

from tocsin.desk.loaded.repeating import wish
from tocsin.desk.people import actor, check_decision, check_decision_by
from tocsin.desk.plans.runs import By
from tocsin.desk.reading import Seen
from tocsin.desk.record import DESK_AUTHOR, Writer, draft
from tocsin.facts import HOME_LOG, Access, Draft, Entry, Fact, Refused, Unreachable, Unreadable
from tocsin.facts.custody import (
    EvidenceAcquired,
    EvidenceCopied,
    EvidenceDeleted,
    EvidenceViewed,
    Fixity,
    FixityChecked,
    HoldPlaced,
    HoldReleased,
)
from tocsin.facts.kinds import Kind
from tocsin.facts.record import hidden_fields
from tocsin.facts.records import Erased
from tocsin.facts.withheld import as_read_by
from tocsin.incident.custody import Custody, Hold, as_seen, custody, names_of, overdue_checks
from tocsin.incident.decide_custody import delete_evidence, hold, release
from tocsin.incident.refusals import access_for
from tocsin.register.model import Decision
from tocsin.world import Appended

Erase = Callable[[str, int, Sequence[str]], int]
"""Destroys the words of fields of an entry in the record's own files; how many were there."""


def custody_known(desk: Writer) -> Custody:
    """All evidence and all holds, from every log of the record."""
    journal = desk.world.journal
    return custody(journal.read(log) for log in journal.logs())


def custody_seen(desk: Writer, seen: Seen) -> Custody:
    """As `custody_known`, for somebody who may not read everything; to look, not to decide upon."""
    journal = desk.world.journal
    shown = custody(as_read_by(journal.read(log), seen(log)) for log in journal.logs())
    return as_seen(custody_known(desk), shown)


def take_in(
    desk: Writer, log: str, source: BinaryIO, *, name: str, origin: str, because: str, by: By,
    access: Access | None = None,
) -> str:  # fmt: skip
    """Put a piece of evidence into the vault, and give its digest.

    Args:
        name: what it is called.
        origin: where it comes from.
        access: who may be told of it and get it; what counsel takes in is counsel's when not given.
    """
    _check_there(desk, log)
    stored = desk.world.vault.put(source)
    fact = EvidenceAcquired(
        digest=stored.digest, size=stored.size, name=name, source=origin, because=because
    )
    allowed = access_for(actor(desk, by.author.who), access)
    _record(desk, log, fact, by, allowed)
    return stored.digest


def view(desk: Writer, log: str, digest: str, because: str, by: By) -> BinaryIO:
    """The evidence, opened for reading; that it was viewed, by whom and why, is on record.

    Raises:
        Refused: it is not there, or not what its digest says.
    """
    _check_intact(desk, digest)
    _record(desk, log, EvidenceViewed(digest=digest, because=because), by, _label(desk, digest))
    return desk.world.vault.open(digest)


def copy_out(desk: Writer, log: str, digest: str, to: str, because: str, by: By) -> BinaryIO:
    """As `view`, for a copy that will lie at `to`, outside the vault."""
    _check_intact(desk, digest)
    fact = EvidenceCopied(digest=digest, to=to, because=because)
    _record(desk, log, fact, by, _label(desk, digest))
    return desk.world.vault.open(digest)


def place_hold(
    desk: Writer,
    log: str,
    because: str,
    by: By,
    *,
    systems: Sequence[str] = (),
    people: Sequence[str] = (),
    digests: Sequence[str] = (),
) -> Appended:
    """Forbid deletion from now on: of all evidence of this incident, or of what is named."""
    _check_there(desk, log)

    def judge(_: list[Entry]) -> list[Draft]:
        return hold(
            custody_known(desk),
            actor(desk, by.author.who),
            desk.world.clock.now(),
            log=log,
            because=because,
            systems=systems,
            people=people,
            digests=digests,
            access=_narrowest(desk, digests),
        )

    asked = wish(
        HoldPlaced,
        systems=tuple(sorted(set(systems))),
        people=tuple(sorted(set(people))),
        digests=tuple(sorted(set(digests))),
        because=because,
    )
    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign, wish=asked)


def release_hold(
    desk: Writer, log: str, name: str, because: str, by: By, *, second: bool = False
) -> Appended:
    """End one hold of this incident. Raises Refused when the register asks for more proof.

    Args:
        second: another person has asked for it, as `desk.evidence.holds.end` has seen.
    """
    check = check_decision_by if second else check_decision
    check(desk, Decision.HOLD_RELEASE, log, by.author)

    def judge(_: list[Entry]) -> list[Draft]:
        return release(
            custody_known(desk),
            actor(desk, by.author.who),
            desk.world.clock.now(),
            log=log,
            hold=name,
            because=because,
            kind=by.author.kind,
        )

    asked = wish(HoldReleased, hold=name, because=because)
    return desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign, wish=asked)


def destroy(
    desk: Writer, log: str, digest: str, because: str, by: By, *, kept_until: datetime | None = None
) -> None:
    """Destroy a piece of evidence that nothing holds and the record does not need.

    Raises:
        Refused: a hold stands, the record needs it, or the register asks for more proof.
    """
    check_decision(desk, Decision.DELETION, log, by.author)
    if not _was_left_behind(desk, digest):
        desk.decide(
            log,
            lambda _: delete_evidence(
                custody_known(desk),
                actor(desk, by.author.who),
                desk.world.clock.now(),
                digest=digest,
                because=because,
                kept_until=kept_until,
            ),
            by.author,
            client_key=by.client_key,
            sign=by.sign,
            wish=wish(EvidenceDeleted, digest=digest, because=because, kept_until=kept_until),
        )
    # A hold may have been placed in another log at this very moment: it wins.
    held_by = names_of(custody_known(desk).holds_on(digest))
    if held_by:
        kept = "a hold was placed at the same moment, so the bytes were kept"
        with desk.world.vault.open(digest) as file:
            label = _label(desk, digest)
            take_in(
                desk, log, file, name=digest, origin="the vault", because=kept, by=by, access=label
            )
    desk.world.vault.delete(digest, held_by=held_by)


def recheck(
    desk: Writer, every: timedelta, tell: Callable[[int, int], None] | None = None
) -> Iterator[tuple[str, Fixity | Unreachable]]:
    """Read again each piece that was not read for so long; what was found is on record.

    Each finding is given as soon as it is on record. A piece that cannot be read now comes with the
    reason instead, is not recorded, and holds up none of the others.

    Args:
        tell: told how many bytes were read, and how many there are to read by the record.
    """
    known = custody_known(desk)
    due = overdue_checks(known, desk.world.clock.now(), every)
    total, done = sum(known.pieces[digest].size for digest in due), 0

    def read(more: int) -> None:
        nonlocal done
        done += more
        if tell is not None:
            tell(done, total)

    for digest in due:
        try:
            fixity = desk.world.vault.check(digest, read)
        except Unreachable as unread:
            yield digest, unread
            continue
        log = min(known.pieces[digest].logs, default=HOME_LOG)
        checked = Draft(
            fact=FixityChecked(digest=digest, fixity=fixity),
            happened_at=desk.world.clock.now(),
            access=known.pieces[digest].access,
        )
        desk.decide(log, lambda _, checked=checked: [checked], DESK_AUTHOR)  # type: ignore[misc]
        yield digest, fixity


def erase_words(
    desk: Writer, log: str, seq: int, fields: Sequence[str], because: str, by: By, erase: Erase
) -> int:
    """Destroy words of an entry for good; how many fields were still there. Its place remains.

    Raises:
        Refused: a hold stands, or these fields of this entry cannot be erased.
    """
    check_decision(desk, Decision.ERASURE, log, by.author)
    fact = Erased(log=log, seq=seq, fields=tuple(sorted(set(fields))), because=because)

    def judge(entries: list[Entry]) -> list[Draft]:
        _check_erasable(entries, fact)
        held_by = names_of(holds_on_log(custody_known(desk), log))
        if held_by:
            raise Refused(
                f"words of {log} cannot be erased while these holds stand: {', '.join(held_by)}; "
                "release them first"
            )
        if any(_says_the_same(entry.fact, fact) for entry in entries):
            return []  # it was recorded before a crash; what remains is to destroy the words
        return [draft(fact, desk.world.clock.now())]

    asked = wish(Erased, log=log, seq=seq, fields=fact.fields, because=because)
    desk.decide(log, judge, by.author, client_key=by.client_key, sign=by.sign, wish=asked)
    gone = erase(log, seq, fact.fields)
    desk.knowledge.forget(log)
    return gone


def _record(desk: Writer, log: str, fact: Fact, by: By, access: Access) -> None:
    _check_there(desk, log)
    now = desk.world.clock.now()
    made = Draft(fact=fact, happened_at=now, access=access)
    desk.decide(log, lambda _: [made], by.author, client_key=by.client_key, sign=by.sign)


def _label(desk: Writer, digest: str) -> Access:
    """Who may be told what is done with this piece: those who may be told of it."""
    piece = custody_known(desk).pieces.get(digest)
    return piece.access if piece is not None else Access.OPS


def _narrowest(desk: Writer, digests: Sequence[str]) -> Access:
    labels = {_label(desk, digest) for digest in digests}
    return next(one for one in (Access.COUNSEL, Access.BOARD, Access.OPS) if one in labels | _ALL)


_ALL = frozenset({Access.OPS})  # where no piece is named, everybody is told


def _check_there(desk: Writer, log: str) -> None:
    if desk.world.journal.head(log) == 0:
        raise Refused(f"there is no {log}; open the incident first")


def _check_intact(desk: Writer, digest: str) -> None:
    fixity = desk.world.vault.check(digest)
    if fixity is not Fixity.INTACT:
        raise Refused(
            f"evidence {digest[:12]} is {fixity.value} in the vault; bring back a copy whose "
            "SHA-256 is that digest, and take it in again"
        )


def _was_left_behind(desk: Writer, digest: str) -> bool:
    """Whether its destruction is on record, and the bytes are still there after a crash."""
    piece = custody_known(desk).pieces.get(digest)
    gone = piece is not None and bool(piece.chain) and not piece.in_vault
    return gone and digest in set(desk.world.vault.digests())


def holds_on_log(known: Custody, log: str) -> list[Hold]:
    """The holds that stand on a log: its own, and those on its systems and people."""
    systems = known.systems.get(log, frozenset())
    people = known.people.get(log, frozenset())
    return [
        one
        for one in known.holds
        if one.everything or one.log == log or one.systems & systems or one.people & people
    ]


def _check_erasable(entries: Sequence[Entry], wanted: Erased) -> None:
    if not 1 <= wanted.seq <= len(entries):
        raise Refused(f"{wanted.log} has entries 1 to {len(entries)}, and no {wanted.seq}")
    entry = entries[wanted.seq - 1]
    fact = entry.fact
    name = fact.kind if isinstance(fact, Unreadable) else _tag(fact)
    can = () if isinstance(fact, Unreadable) else hidden_fields(name, entry.access)
    for field in wanted.fields:
        if field not in can:
            raise Refused(
                f"{field} of {entry.key} ({name}) cannot be erased; what can: "
                f"{', '.join(can) or 'nothing'}"
            )


def _says_the_same(fact: object, wanted: Erased) -> bool:
    return isinstance(fact, Erased) and (fact.log, fact.seq, fact.fields) == (
        wanted.log,
        wanted.seq,
        wanted.fields,
    )


def _tag(fact: Kind) -> str:
    return str(fact.__struct_config__.tag)
