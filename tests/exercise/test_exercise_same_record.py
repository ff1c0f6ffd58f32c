"""The record in memory and the one on disk answer alike, whatever is asked of them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journal_checks import ANNA, T0, notes, open_plain
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal
from tocsin.facts import Refused
from tocsin.world import Journal, Lease, State, Work

LOGS = st.sampled_from(["incident/A", "incident/B"])
KEYS = st.sampled_from(["order/1", "order/2"])
HOLDERS = st.sampled_from(["one", "two"])
MINUTES = st.integers(-2, 4)
OFFSETS = st.sampled_from([0, 0, 0, 0, 1, -1])
CLIENTS = st.sampled_from([None, None, None, "c1", "c2"])


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing asked of both records. Instants are in minutes from now; fences and seqs are
    offsets from what is right, so that most steps are allowed and some are not."""

    log: str
    drafts: int
    seq_offset: int
    client_key: str | None
    due: dict[str, int] | None
    take: tuple[str, str, int, int] | None  # key, holder, offset of the fence, until
    held: tuple[str, str, int, int] | None
    renew: tuple[str, str, int, int] | None
    wind: int


LEASES = st.none() | st.tuples(KEYS, HOLDERS, OFFSETS, MINUTES)
STEPS = st.builds(
    Step,
    log=LOGS,
    drafts=st.integers(0, 3),
    seq_offset=OFFSETS,
    client_key=CLIENTS,
    due=st.none() | st.dictionaries(KEYS, MINUTES),
    take=LEASES,
    held=LEASES,
    renew=LEASES,
    wind=st.integers(0, 2),
)


class Pair:
    """Both records under one clock, and what both were asked."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(T0)
        self.disk = open_plain(folder, clock=self.clock, ids=SeededIds("disk"))
        self.both: list[Journal] = [MemoryJournal(self.clock, SeededIds("memory")), self.disk]
        self.fences: dict[tuple[str, str], int] = {}

    def take(self, step: Step) -> None:
        self.same(lambda journal: self.append(journal, step))
        if step.renew is not None:
            lease = self.lease(step.log, step.renew, newest=True)
            assert lease is not None
            self.same(lambda journal: journal.renew(lease, lease.until + timedelta(minutes=1)))
        self.clock.wind(timedelta(minutes=step.wind))
        now = self.clock.now()
        for limit in (1, 9):
            self.same(lambda journal, limit=limit: journal.due(now, limit))  # type: ignore[misc]
        self.same(lambda journal: journal.next_due())
        self.same(lambda journal: journal.logs("incident/"))
        self.same(lambda journal: [(e.seq, e.fact) for e in journal.read(step.log, after=1)])
        for due in self.disk.due(now + timedelta(days=1), 99):
            self.fences[due.log, due.key] = due.fence

    def append(self, journal: Journal, step: Step) -> object:
        now = self.clock.now()
        work = Work(
            due=step.due and {key: now + timedelta(minutes=at) for key, at in step.due.items()},
            take=self.lease(step.log, step.take, newest=False),
            held=self.lease(step.log, step.held, newest=True),
        )
        answer = journal.append(
            step.log,
            journal.head(step.log) + step.seq_offset,
            notes(*map(str, range(step.drafts))),
            ANNA,
            client_key=step.client_key,
            work=work,
        )
        return msgspec.structs.replace(answer, state=State.DURABLE)

    def lease(
        self, log: str, words: tuple[str, str, int, int] | None, *, newest: bool
    ) -> Lease | None:
        if words is None:
            return None
        key, holder, offset, minutes = words
        fence = self.fences.get((log, key), 0) + offset + (0 if newest else 1)
        until = self.clock.now() + timedelta(minutes=minutes)
        return Lease(log=log, key=key, holder=holder, fence=fence, until=until)

    def same(self, ask: Callable[[Journal], object]) -> None:
        answers = [_answer(ask, journal) for journal in self.both]
        assert answers[0] == answers[1]


def _answer(ask: Callable[[Journal], object], journal: Journal) -> object:
    try:
        return ask(journal)
    except Refused as refused:
        return type(refused)


def compared(steps: Sequence[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pair = Pair(Path(folder))
        try:
            for step in steps:
                pair.take(step)
        finally:
            pair.disk.close()


def test_a_piece_taken_and_finished_in_one_append_reuses_no_fence_either() -> None:
    plain = {"drafts": 0, "seq_offset": 0, "client_key": None, "held": None, "renew": None}
    steps = [
        Step(log="incident/A", due={"order/1": 0}, take=None, wind=0, **plain),
        Step(log="incident/A", due={}, take=("order/1", "one", 0, 1), wind=0, **plain),
        Step(log="incident/A", due={"order/1": 0}, take=None, wind=0, **plain),
    ]
    compared(steps)


slow = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=12, deadline=None, suppress_health_check=slow)
@given(steps=st.lists(STEPS, min_size=5, max_size=12))
def test_both_records_answer_alike(steps: list[Step]) -> None:
    compared(steps)


@pytest.mark.proof
@settings(max_examples=150, deadline=None, suppress_health_check=slow)
@given(steps=st.lists(STEPS, min_size=5, max_size=25))
def test_both_records_answer_alike_over_many_histories(steps: list[Step]) -> None:
    compared(steps)
