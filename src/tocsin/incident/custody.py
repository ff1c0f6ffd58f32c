"""What was done to evidence, what must not be deleted, and which piece is due for another look.

Holds work across incidents, so this folds the logs of all of them, and the home's. When something
cannot be read, it is taken to forbid deletion. Opening an incident is itself a hold on the
incident's evidence: it begins with the declaration, and again with every reopening.

Source: PREMIS 3.0 (fixity, deletion); ISO/IEC 27037 5.4, 6.1 (chain of custody).
Not modelled: whom a piece of evidence speaks of. A hold on a person covers the evidence of every
incident in which that person wrote, filled a role or became aware; for others, name the digests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from tocsin.facts import BrokenLog, Entry, Gone, NewerVersion, Refused, Unreadable
from tocsin.facts.courses import RunMigrated
from tocsin.facts.custody import (
    CustodyFact,
    EvidenceAcquired,
    EvidenceCopied,
    EvidenceDeleted,
    EvidenceExported,
    EvidenceViewed,
    FixityChecked,
    HoldPlaced,
    HoldReleased,
)
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.incidents import (
    Assigned,
    BecameAware,
    Claimed,
    ClaimGraded,
    Closed,
    Dismissed,
    Linked,
    Opened,
    Relation,
    Reopened,
    Widened,
)
from tocsin.facts.kinds import Asserter
from tocsin.facts.registers import RegisterAdopted
from tocsin.facts.runs import RunStarted
from tocsin.incident.pieces import Handling, Piece

DECLARATION = "declaration"
"""The id of the hold that opening an incident is."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What must not be deleted. With no `digests`, all evidence of the log's incident is meant.

    Args:
        everything: the hold itself cannot be read, so it is taken to cover all there is.
    """

    log: str
    id: str
    since: datetime
    by: str
    because: str
    systems: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    everything: bool = False

    @property
    def name(self) -> str:
        """How a person names it, across incidents."""
        return f"{self.log.removeprefix(INCIDENT_PREFIX)}/{self.id}"


class Custody(msgspec.Struct, frozen=True, kw_only=True):
    """All evidence and all holds, as of the entries that were folded.

    Args:
        holds: those in force.
        needed: digests that the record itself rests on (plans of runs, registers), and why.
    """

    pieces: Mapping[str, Piece]
    holds: tuple[Hold, ...]
    needed: Mapping[str, str]
    systems: Mapping[str, frozenset[str]]
    people: Mapping[str, frozenset[str]]
    ended: frozenset[str]  # logs of incidents that are over
    merged_into: Mapping[str, str]  # log to log
    holds_ever: Mapping[str, int]  # how many were placed in a log

    def chain(self, digest: str) -> tuple[Handling, ...]:
        """The chain of custody of a piece; empty when nobody recorded anything about it."""
        piece = self.pieces.get(digest)
        return piece.chain if piece else ()

    def holds_on(self, digest: str) -> tuple[Hold, ...]:
        """Every hold in force that covers this digest."""
        return tuple(hold for hold in self.holds if self._covers(hold, digest))

    def _covers(self, hold: Hold, digest: str) -> bool:
        if hold.everything or digest in hold.digests:
            return True
        piece = self.pieces.get(digest)
        logs = piece.logs if piece else frozenset()
        if not hold.digests and hold.log in logs:
            return True
        return any(
            hold.systems & self.systems.get(log, frozenset())
            or hold.people & self.people.get(log, frozenset())
            for log in logs
        )


def custody(logs: Iterable[Iterable[Entry]]) -> Custody:
    """What whole logs say about evidence. Give all of them: a hold in one may cover another's.

    Raises:
        BrokenLog: a sequence number is missing in a log.
        NewerVersion: a kind of fact that this version does not know might be a hold.
    """
    folding = _Folding()
    for log in logs:
        for place, entry in enumerate(log, start=1):
            if entry.seq != place:
                raise BrokenLog(f"log {entry.log}: entry {entry.seq} stands at place {place}")
            folding.take(entry)
    return folding.frozen()


def as_seen(whole: Custody, seen: Custody) -> Custody:
    """What a reader sees, without the pieces whose every acquisition is for others' eyes.

    An entry for everybody may name such a piece: an old one, or a claim that counsel's file bears.

    Args:
        seen: the same logs, as this reader may read them.
    """
    hidden = {
        digest
        for digest, piece in whole.pieces.items()
        if piece.acquired and not (digest in seen.pieces and seen.pieces[digest].acquired)
    }
    pieces = {digest: one for digest, one in seen.pieces.items() if digest not in hidden}
    return msgspec.structs.replace(seen, pieces=pieces)


def may_delete(known: Custody, digest: str) -> None:
    """Passes when nothing forbids to destroy a piece of evidence.

    Raises:
        Refused: holds cover it, all of them named; or the record itself rests on it.
    """
    if digest in known.needed:
        raise Refused(f"{digest[:12]} is {known.needed[digest]}; the record cannot be read without")
    holds = known.holds_on(digest)
    if holds:
        lines = [f"{h.name}, since {h.since:%Y-%m-%d %H:%M} UTC: {h.because}" for h in holds]
        raise Refused(
            f"evidence {digest[:12]} is on hold; a person must release each of these first:\n- "
            + "\n- ".join(lines)
        )


def overdue_checks(known: Custody, now: datetime, every: timedelta) -> list[str]:
    """The pieces whose bytes were last looked at `every` or longer ago, the longest first."""
    seen = [
        (piece.last_checked_at, digest)
        for digest, piece in known.pieces.items()
        if piece.in_vault and piece.last_checked_at is not None
    ]
    return [digest for at, digest in sorted(seen) if at + every <= now]


def hold_id(known: Custody, log: str) -> str:
    """The id that the next hold placed in `log` gets."""
    return f"H{known.holds_ever.get(log, 0) + 1}"


class _Folding:
    """A working copy of all custody: grows in place."""

    def __init__(self) -> None:
        self.chains: dict[str, list[Handling]] = {}
        self.logs: dict[str, set[str]] = {}
        self.holds: dict[tuple[str, str], Hold] = {}
        self.holds_ever: dict[str, int] = {}
        self.needed: dict[str, str] = {}
        self.systems: dict[str, set[str]] = {}
        self.people: dict[str, set[str]] = {}
        self.ended: set[str] = set()
        self.merged_into: dict[str, str] = {}

    def frozen(self) -> Custody:
        return Custody(
            pieces={
                digest: Piece(
                    digest=digest, chain=tuple(self.chains.get(digest, ())), logs=frozenset(logs)
                )
                for digest, logs in self.logs.items()
            },
            holds=tuple(self.holds.values()),
            needed=self.needed,
            systems={log: frozenset(systems) for log, systems in self.systems.items()},
            people={log: frozenset(people) for log, people in self.people.items()},
            ended=frozenset(self.ended),
            merged_into=self.merged_into,
            holds_ever=self.holds_ever,
        )

    def take(self, entry: Entry) -> None:
        fact = entry.fact
        self._met(entry.log, entry.author.who)
        if isinstance(fact, Unreadable):
            self._unreadable(entry, fact)
        elif isinstance(fact, CustodyFact):
            self._handled(entry, fact)
        else:
            self._course(entry)

    def _unreadable(self, entry: Entry, fact: Unreadable) -> None:
        if fact.why is Gone.NEWER:
            raise NewerVersion(
                f"entry {entry.key} is {fact.kind!r}, written by a newer version of Tocsin; it may "
                "be a hold, so nothing is deleted: use the version that wrote it"
            )
        if fact.kind == "hold-placed":
            self._place(entry, self._next_hold(entry.log), None)
        elif fact.kind in ("incident-opened", "incident-reopened"):
            self._declare(entry, f"[{fact.why.value}]")

    def _handled(self, entry: Entry, fact: CustodyFact) -> None:
        match fact:
            case HoldPlaced():
                self._next_hold(entry.log)
                self._place(entry, fact.hold, fact)
            case HoldReleased():
                if entry.author.kind is Asserter.PERSON:
                    self.holds.pop((entry.log, fact.hold), None)
            case (
                EvidenceAcquired()
                | EvidenceCopied()
                | EvidenceViewed()
                | EvidenceExported()
                | FixityChecked()
                | EvidenceDeleted()
            ):
                self._name(entry.log, fact.digest)
                self.chains.setdefault(fact.digest, []).append(
                    Handling(
                        log=entry.log,
                        seq=entry.seq,
                        at=entry.happened_at,
                        recorded_at=entry.recorded_at,
                        by=entry.author.who,
                        author=entry.author,
                        access=entry.access,
                        fact=fact,
                    )
                )
            case _:
                assert_never(fact)

    def _course(self, entry: Entry) -> None:
        fact = entry.fact
        match fact:
            case Widened():
                self.systems.setdefault(entry.log, set()).update(fact.systems)
            case Opened():
                self.systems.setdefault(entry.log, set()).update(fact.systems)
                self._declare(entry, f"incident declared: {fact.title}")
            case Reopened():
                self._declare(entry, f"incident reopened: {fact.because}")
            case Closed() | Dismissed():
                self.ended.add(entry.log)
            case Linked() if fact.relation is Relation.MERGED_INTO:
                self.ended.add(entry.log)
                self.merged_into[entry.log] = INCIDENT_PREFIX + fact.other
            case Claimed() | ClaimGraded():
                for digest in fact.evidence:
                    self._name(entry.log, digest)
            case Assigned() | BecameAware():
                self._met(entry.log, fact.person)
            case RunStarted():
                self.needed[fact.plan_digest] = f"the plan of run {fact.run} in {entry.log}"
            case RunMigrated():
                self.needed[fact.to_digest] = f"the plan of run {fact.run} in {entry.log}"
            case RegisterAdopted():
                self.needed[fact.digest] = "a register that was in force"
            case _:
                return

    def _declare(self, entry: Entry, because: str) -> None:
        self.ended.discard(entry.log)
        self.merged_into.pop(entry.log, None)
        self.holds[entry.log, DECLARATION] = Hold(
            log=entry.log,
            id=DECLARATION,
            since=entry.happened_at,
            by=entry.author.who,
            because=because,
        )

    def _place(self, entry: Entry, id: str, fact: HoldPlaced | None) -> None:
        self.holds[entry.log, id] = Hold(
            log=entry.log,
            id=id,
            since=entry.happened_at,
            by=entry.author.who,
            because=fact.because if fact else "[not readable]",
            systems=frozenset(fact.systems if fact else ()),
            people=frozenset(fact.people if fact else ()),
            digests=frozenset(fact.digests if fact else ()),
            everything=fact is None,
        )

    def _next_hold(self, log: str) -> str:
        self.holds_ever[log] = self.holds_ever.get(log, 0) + 1
        return f"H{self.holds_ever[log]}"

    def _name(self, log: str, digest: str) -> None:
        self.logs.setdefault(digest, set()).add(log)

    def _met(self, log: str, person: str) -> None:
        self.people.setdefault(log, set()).add(person)


def unfinished_end(known: Custody, log: str) -> str | None:
    """The log in which the incident of `log` still goes on, following mergers; None when over."""
    seen: set[str] = set()
    while log in known.merged_into and log not in seen:
        seen.add(log)
        log = known.merged_into[log]
    return None if log in known.ended else log


def names_of(holds: Sequence[Hold]) -> list[str]:
    """The names of holds, as `world.Vault.delete` asks for them."""
    return [hold.name for hold in holds]
