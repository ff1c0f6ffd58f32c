"""A record on paper: entries, tree and checkpoint in memory, for tests of what is read from it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tocsin.facts import Access, Author, Draft, Proof
from tocsin.facts.incidents import Acknowledged, Claimed, Grade, Opened
from tocsin.facts.kinds import Asserter
from tocsin.facts.record import leaf_hash, prepare
from tocsin.journal import merkle
from tocsin.journal.keys import LogKey

ORIGIN = "tocsin.example/house"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KIM = Author(who="kim", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
LOG = "incident/7K3"
SECRET = "what only counsel may read"


class StoredLine(NamedTuple):
    index: int | None
    seq: int
    body: bytes
    disclosures: tuple[bytes, ...]


class PaperClock:
    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def key_of(number: int, origin: str = ORIGIN) -> LogKey:
    return LogKey(origin, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


class PaperRecord:
    """Everything that a stored record can be asked, and the ways an insider can change it."""

    def __init__(self, key: LogKey | None = None) -> None:
        self.key = key or key_of(1)
        self.lines: list[tuple[str, int, bytes, tuple[bytes, ...]]] = []
        self.leaves: list[bytes] = []
        self.signed: bytes | None = None
        self.cosigned: dict[int, list[str]] = {}
        self._salts = itertools.count()

    def append(self, log: str, *drafts: Draft) -> None:
        after = sum(line[0] == log for line in self.lines)
        for p in prepare(
            log, after, drafts, KIM, now=NOON, salt=lambda: f"salt{next(self._salts):018d}"
        ):
            self.lines.append((log, p.seq, p.body, p.disclosures))
            self.leaves.append(p.leaf)
        self.sign()

    def rebuild(self) -> None:
        """What someone does who has changed `lines` and wants the tree to agree again."""
        self.leaves = [leaf_hash(body) for _, _, body, _ in self.lines]

    def sign(self) -> None:
        self.signed = self.key.sign_checkpoint(self.size(), self.root_at(self.size()))

    def size(self) -> int:
        return len(self.leaves)

    def root_at(self, size: int) -> bytes:
        tree = merkle.Frontier()
        tree.extend(self.leaves[:size])
        return tree.root()

    def node(self, level: int, index: int) -> bytes:
        tree = merkle.Frontier()
        tree.extend(self.leaves[index << level : (index + 1) << level])
        return tree.root()

    def checkpoint(self) -> bytes | None:
        return self.signed

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return merkle.inclusion_proof(index, size, self.node)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency_proof(old, new, self.node)

    def cosignatures(self, size: int) -> Sequence[str]:
        return list(self.cosigned.get(size, []))

    def stored(self, log: str) -> Iterator[StoredLine]:
        for index, (name, seq, body, disclosures) in enumerate(self.lines):
            if name == log:
                yield StoredLine(index, seq, body, disclosures)


def opened() -> Draft:
    fact = Opened(
        title="The assistant invents refunds",
        systems=("assistant",),
        unregistered=(),
        discovered_at=NOON,
        occurred_at=None,
    )
    return Draft(fact=fact, happened_at=NOON)


def noted(words: str) -> Draft:
    return Draft(fact=Acknowledged(note=words), happened_at=NOON)


def claimed(words: str, access: Access = Access.OPS) -> Draft:
    fact = Claimed(claim="c1", statement=words, grade=Grade.SUSPECTED, evidence=())
    return Draft(fact=fact, happened_at=NOON, access=access)


def small_record() -> PaperRecord:
    """Two logs, interleaved, with a counsel's entry in the second place of the first."""
    record = PaperRecord()
    record.append(LOG, opened())
    record.append("home", noted("founded"))
    record.append(LOG, claimed(SECRET, Access.COUNSEL), noted("looking"))
    record.append("home", noted("more"))
    record.append(LOG, claimed("the prompt was changed"))
    return record
