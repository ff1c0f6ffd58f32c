"""The ports through which anything outside is reached, and the only real time and randomness.

A live world reads the real clock and acts on real systems, a drill's neither; `wiring` chooses.
"""

from __future__ import annotations

import enum
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from tocsin.facts import Author, Draft, Entry
from tocsin.facts.affected import AffectedAsked, AffectedFound
from tocsin.facts.custody import Fixity
from tocsin.facts.opinions import Exchange, Opinion
from tocsin.facts.record import Signer
from tocsin.facts.runs import Outcome, Repeatable, Verdict
from tocsin.facts.summaries import ReferenceRead, Refreshed, Served, Unread, WindowSummary


class Clock(Protocol):
    """Tells the time. Nobody else does."""

    def now(self) -> datetime:
        """This instant, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Let this much time pass."""


class Ids(Protocol):
    """Gives ids and salts. Nobody else draws random numbers."""

    def incident(self) -> str:
        """A new incident's id: ten characters of Crockford's base 32, of which three usually do."""

    def salt(self) -> str:
        """128 random bits as text."""

    def fraction(self) -> float:
        """A random number from 0 inclusive to 1 exclusive, for jitter only."""


class State(enum.Enum):
    """How far an entry has come. Only durable entries are acknowledged."""

    DURABLE = "durable"  # on disk; a crash does not lose it
    INTEGRATED = "integrated"  # in the tree, under a signed checkpoint


class Appended(msgspec.Struct, frozen=True, kw_only=True):
    """What an append achieved: entries `first_seq` to `last_seq` inclusive are at least durable."""

    log: str
    first_seq: int
    last_seq: int
    state: State
    repeated: bool  # True: this client key had been used before; nothing was written again


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right of one worker to record on one piece of work until an instant."""

    log: str
    key: str
    holder: str
    fence: int  # grows by one with every claim of this piece of work; never reused
    until: datetime


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work that falls due at an instant: an order to carry out, a timer, a limit.

    Args:
        fence: how often it has been claimed so far; the next lease has `fence + 1`.
        last_holder: who held it last, and whose lease has run out; None when nobody ever did.
    """

    log: str
    key: str
    at: datetime
    fence: int
    last_holder: str | None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What an append changes about its log's pieces of work, in the very same transaction.

    Args:
        due: all pieces of work of this log from now on, by key; None leaves them as they are.
            A piece that stays keeps its lease and fence. Derived from the facts: rebuildable.
        take: take this lease, if the piece of work still has `take.fence - 1` and nobody holds it.
        held: append only if this lease is still the newest on its piece of work.
    """

    due: Mapping[str, datetime] | None = None
    take: Lease | None = None
    held: Lease | None = None


Grown = tuple[int, dict[str, int]]
"""The mark to ask with at the next look; the `head` of each log that has grown, by its name."""


class Journal(Protocol):
    """The record: facts are appended, and read, and nothing else."""

    @property
    def origin(self) -> str:
        """The name under which this record signs its checkpoints."""

    def head(self, log: str) -> int:
        """The sequence number of the last entry of `log`; 0 when there is none."""

    def read(self, log: str, after: int = 0, limit: int | None = None) -> list[Entry]:
        """The entries of `log` after `after` (exclusive), in order; `limit`: so many at most."""

    def logs(self, prefix: str = "") -> list[str]:
        """The names of all logs that begin with `prefix`, sorted."""

    def grown(self, mark: int, prefix: str = "") -> Grown:
        """Which of those logs have grown since an earlier look gave `mark`; 0 names all.

        A log may be named that has not; none is left out that has, whoever wrote there. Cheap.
        """

    def append(
        self,
        log: str,
        expected_seq: int,
        drafts: Sequence[Draft],
        author: Author,
        *,
        client_key: str | None = None,
        work: Work | None = None,
        sign: Signer | None = None,
    ) -> Appended:
        """Write all of `drafts` after entry `expected_seq`, or nothing. Returns when durable.

        Args:
            client_key: makes a repetition safe: the second call with the same key and log writes
                nothing and gives the first answer, whatever `expected_seq` says.

        Raises:
            Conflict: the log has moved on. Load, decide and append again.
            LeaseLost: `work.held` is no longer the newest lease, or `work.take` came too late.
            Refused: a draft may not be recorded as it is.
            Unreachable: disk full, read-only, locked for too long, server away.
        """

    def due(self, now: datetime, limit: int, kinds: Collection[str] = ()) -> list[Due]:
        """Pieces of work due at `now` or before that nobody holds, the oldest first.

        Where `kinds` are named, only those whose key begins with one of them and a slash."""

    def next_due(self) -> datetime | None:
        """When the next piece of work falls due or its lease runs out; None when there is none."""

    def renew(self, lease: Lease, until: datetime) -> Lease | None:
        """The lease prolonged to `until`, or None when it is lost."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence in the vault: its SHA-256 in hexadecimal, and its size in bytes."""

    digest: str
    size: int


class Vault(Protocol):
    """Evidence by content hash. Custody is recorded by the desk; holds are asked of the record."""

    def put(self, source: BinaryIO) -> Stored:
        """Store all of `source`, atomically and durably; storing it again changes nothing."""

    def open(self, digest: str) -> BinaryIO:
        """The evidence, opened for reading. Raises Refused when it is not there."""

    def check(self, digest: str, read: Callable[[int], None] | None = None) -> Fixity:
        """Read it again and compare it with its digest; `read` is told the size of each chunk."""

    def digests(self) -> Iterator[str]:
        """The digest of every piece of evidence, sorted."""

    def delete(self, digest: str, *, held_by: Sequence[str]) -> None:
        """Destroy the evidence. Raises Refused when `held_by` names a hold."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One wanted state of the outside world, complete before it is tried.

    Args:
        key: the place of the order in the record; a repetition has the same, a new order another.
        wanted: the state the target shall be in, not the verb that gets it there.
    """

    key: str
    target: str
    wanted: str
    origin: str = ""  # the record's name; with the key it marks whatever goes out
    hops: int = 1  # how many systems it has gone through when it arrives


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen before and after an act; never what was merely asked."""

    key: str
    outcome: Outcome
    before: str
    after: str
    reference: str = ""  # the far side's own name for what it took
    written: str = ""  # the SHA-256 of what we wrote there


class Connector(Protocol):
    """A hand and an eye on one outside system."""

    @property
    def repeatable(self) -> Repeatable:
        """What happens when the same order arrives twice."""

    def look(self, target: str) -> str:
        """The target's present state. Never changes anything. Raises ConnectorError."""

    def act(self, order: Order) -> Receipt:
        """Bring the target to the wanted state.

        Raises:
            ConnectorError: refused, unanswered, or obeyed in word and not in deed.
        """

    def find(self, order: Order) -> Receipt | None:
        """What the far side knows of an order whose answer was lost; None when it never arrived.

        Raises:
            ConnectorError: the far side cannot say. Then only a person can.
        """


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe saw: a verdict on a hypothesis, from a sample, at a stated chance of error."""

    hypothesis: str
    sample: int
    error: str  # the chance of a wrong SHOWN, as a decimal string
    verdict: Verdict
    seen: str
    value: str = ""  # what was found, where the look is for something


class Probe(Protocol):
    """An independent look after an act, by other means than the hand that acted."""

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        """Whether the outside shows that `target` is in the state `wanted`.

        Args:
            since: when the last act before this look was over; what the outside did before that
                says nothing about its effect.
        """


class Produced(msgspec.Struct, frozen=True, kw_only=True):
    """One item of evidence as it was secured, and whether it is enough.

    Args:
        data: the bytes; empty when nothing could be had.
        count, wanted: how many things it holds, and how many were asked for.
        sufficient: judged by whoever produced it, by reading it again at its source.
    """

    item: str
    producer: str
    name: str
    data: bytes
    count: int
    wanted: int
    sufficient: bool
    why: str


class Producer(Protocol):
    """Secures items of evidence from one outside system. Never changes it."""

    def produce(self, item: str, seconds: float) -> Produced:
        """The item as it is now, within this time. What cannot be had is insufficient."""


class Source(Protocol):
    """The inference log of one system."""

    def served(self, rate: str, since: datetime) -> Served:
        """What was served at `since` or later, and how many of it count for this rate."""

    def refresh(self) -> Refreshed:
        """Read what is new or another in the log, once. Raises Unreachable."""

    def unread(self) -> Sequence[Unread]:
        """All partitions that cannot be read now, told before or not. Raises Unreachable."""

    def affected(self, question: AffectedAsked, into: Path) -> AffectedFound:
        """Write the decisions that were asked for, in order of time. Raises Unreachable."""

    def windows(self, since: datetime | None = None) -> Sequence[WindowSummary]:
        """All windows that end after `since`, the shorter first where they end together."""

    def evidence(self, since: datetime, until: datetime) -> bytes:
        """The summaries of all windows that lie in this span in part, as one Parquet file."""


Reference = Callable[[], ReferenceRead]
"""Reads what a system's log is compared with, once. Raises Refused, Unreachable."""


class Judge(Protocol):
    """A model that is asked whether answers rest on what they were given."""

    @property
    def name(self) -> str:
        """The model, and the digest of what it is told: those whose verdicts may stand together."""

    def judge(self, one: Exchange) -> Opinion:
        """What it makes of one exchange; an observation, which decides nothing.

        Raises:
            ConnectorError: it was not reached, or will not be asked now.
        """


class Courier(Protocol):
    """Gives words to one address that may be kept nowhere else: a one-time link."""

    def deliver(self, key: str, address: str, subject: str, body: str) -> str:
        """What the far side said when it took them. Raises ConnectorError."""


LawFiles = Callable[[], tuple[Mapping[str, str], Mapping[str, str]]]
"""The texts of the law pack, and of a home's own over it, by path. Raises Unreachable."""

Beat = Callable[[], None]
"""Tells a watch outside, if it is time to, that we are alive. Raises ConnectorError: not heard."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Everything outside, as one value. A drill is another world, not a flag.

    Args:
        connectors, probes, producers, beats: by the id of their integration; `log/SYSTEM` is the
            producer that secures a system's own inference log.
        sources: inference logs, by the id of their system; and what they are compared with.
    """

    clock: Clock
    ids: Ids
    journal: Journal
    vault: Vault
    connectors: Mapping[str, Connector]
    probes: Mapping[str, Probe]
    home: Path
    producers: Mapping[str, Producer] = {}
    sources: Mapping[str, Source] = {}
    references: Mapping[str, Reference] = {}
    beats: Mapping[str, Beat] = {}
    couriers: Mapping[str, Courier] = {}
    law: LawFiles | None = None


class RealClock:
    """The machine's clock, which never goes back within one process."""

    def __init__(self) -> None:
        self._last = datetime.now(UTC)

    def now(self) -> datetime:
        self._last = max(self._last, datetime.now(UTC))
        return self._last

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class RandomIds:
    """Ids and salts from the operating system's random source."""

    ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U

    def incident(self) -> str:
        return "".join(secrets.choice(self.ALPHABET) for _ in range(10))

    def salt(self) -> str:
        return secrets.token_urlsafe(16)

    def fraction(self) -> float:
        return secrets.randbelow(2**32) / 2**32
