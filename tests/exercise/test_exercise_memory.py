"""The record in memory keeps the contract of `world.Journal`, so that a drill may stand on it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal, MemoryVault
from tocsin.facts import Asserter, Author, Conflict, Draft, LeaseLost, Proof, Refused
from tocsin.facts.custody import Fixity
from tocsin.facts.incidents import Acknowledged
from tocsin.facts.runs import LimitPassed
from tocsin.world import Lease, Work

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ANNA = Author(who="anna", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
LOG = "incident/A"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def journal(clock: VirtualClock) -> MemoryJournal:
    return MemoryJournal(clock, SeededIds("memory"))


def note(text: str) -> Draft:
    return Draft(fact=Acknowledged(note=text), happened_at=START)


def lease(fence: int, until: datetime, holder: str = "one", key: str = "order/1") -> Lease:
    return Lease(log=LOG, key=key, holder=holder, fence=fence, until=until)


def test_what_was_appended_is_read_back(journal: MemoryJournal) -> None:
    answer = journal.append(LOG, 0, [note("a"), note("b")], ANNA)
    assert (answer.first_seq, answer.last_seq, answer.repeated) == (1, 2, False)
    assert [e.fact for e in journal.read(LOG)] == [Acknowledged(note="a"), Acknowledged(note="b")]
    assert [e.key for e in journal.read(LOG, after=1)] == ["incident/A/2"]
    assert (journal.head(LOG), journal.logs("incident/"), journal.logs("home")) == (2, [LOG], [])


def test_who_has_not_seen_the_last_entry_writes_nothing(journal: MemoryJournal) -> None:
    journal.append(LOG, 0, [note("a")], ANNA)
    with pytest.raises(Conflict) as moved:
        journal.append(LOG, 0, [note("b")], ANNA)
    assert (moved.value.expected, moved.value.found) == (0, 1)
    assert journal.head(LOG) == 1


def test_the_same_client_key_writes_once_and_gives_the_first_answer(
    journal: MemoryJournal,
) -> None:
    first = journal.append(LOG, 0, [note("a")], ANNA, client_key="k")
    again = journal.append(LOG, 7, [note("other")], ANNA, client_key="k")
    assert again.repeated and (again.first_seq, again.last_seq) == (first.first_seq, 1)
    assert journal.head(LOG) == 1
    assert not journal.append("incident/B", 0, [note("a")], ANNA, client_key="k").repeated


def test_one_bad_draft_keeps_all_out_and_takes_no_lease(journal: MemoryJournal) -> None:
    journal.append(LOG, 0, [note("a")], ANNA, work=Work(due={"order/1": START}))
    forbidden = LimitPassed(run="r", step="s", entry=1, choice=None)  # a worker's word
    bad = Draft(fact=forbidden, happened_at=START)
    with pytest.raises(Refused, match="may be asserted by"):
        journal.append(LOG, 1, [note("b"), bad], ANNA, work=Work(take=lease(1, START + MINUTE)))
    assert journal.head(LOG) == 1
    assert [d.fence for d in journal.due(START, 9)] == [0]


def test_a_taken_piece_is_nobody_elses_until_its_lease_runs_out(
    journal: MemoryJournal, clock: VirtualClock
) -> None:
    journal.append(LOG, 0, [note("a")], ANNA, work=Work(due={"order/1": START}))
    assert [(d.key, d.fence, d.last_holder) for d in journal.due(START, 9)] == [
        ("order/1", 0, None)
    ]
    journal.append(LOG, 1, [note("b")], ANNA, work=Work(take=lease(1, START + MINUTE)))
    assert journal.due(START, 9) == []
    assert journal.next_due() == START + MINUTE
    with pytest.raises(LeaseLost):
        second = lease(2, START + 2 * MINUTE, "two")
        journal.append(LOG, 2, [note("c")], ANNA, work=Work(take=second))
    clock.wind(MINUTE)
    assert [(d.fence, d.last_holder) for d in journal.due(clock.now(), 9)] == [(1, "one")]
    journal.append(LOG, 2, [note("c")], ANNA, work=Work(take=lease(2, START + 2 * MINUTE, "two")))
    assert journal.head(LOG) == 3


def test_who_lost_the_lease_may_record_nothing(journal: MemoryJournal, clock: VirtualClock) -> None:
    old, new = lease(1, START + MINUTE), lease(2, START + 3 * MINUTE, "two")
    journal.append(LOG, 0, [], ANNA, work=Work(due={"order/1": START}))
    journal.append(LOG, 0, [], ANNA, work=Work(take=old))
    journal.append(LOG, 0, [note("late, yet nobody else came")], ANNA, work=Work(held=old))
    clock.wind(2 * MINUTE)
    journal.append(LOG, 1, [], ANNA, work=Work(take=new))
    with pytest.raises(LeaseLost):
        journal.append(LOG, 1, [note("zombie")], ANNA, work=Work(held=old))
    assert journal.renew(old, START + 9 * MINUTE) is None
    renewed = journal.renew(new, START + 9 * MINUTE)
    assert renewed is not None and journal.next_due() == START + 9 * MINUTE
    journal.append(LOG, 1, [note("done")], ANNA, work=Work(held=new, due={}))
    assert journal.next_due() is None


def test_a_piece_that_stays_keeps_its_lease_and_one_that_returns_reuses_no_fence(
    journal: MemoryJournal, clock: VirtualClock
) -> None:
    journal.append(LOG, 0, [], ANNA, work=Work(due={"order/1": START}))
    journal.append(LOG, 0, [], ANNA, work=Work(take=lease(1, START + MINUTE)))
    journal.append(LOG, 0, [], ANNA, work=Work(due={"order/1": START, "timer/2": START}))
    assert [d.key for d in journal.due(START, 9)] == ["timer/2"]
    journal.append(LOG, 0, [], ANNA, work=Work(due={}))
    journal.append(LOG, 0, [], ANNA, work=Work(due={"order/1": START}))
    assert [d.fence for d in journal.due(START, 9)] == [1]


def test_another_logs_work_is_left_alone_and_the_oldest_comes_first(
    journal: MemoryJournal,
) -> None:
    journal.append("incident/B", 0, [], ANNA, work=Work(due={"x": START}))
    journal.append(LOG, 0, [], ANNA, work=Work(due={"y": START - MINUTE, "z": START + MINUTE}))
    assert [d.key for d in journal.due(START, 9)] == ["y", "x"]
    assert [d.key for d in journal.due(START, 1)] == ["y"]
    assert journal.next_due() == START - MINUTE


@given(seed=st.text(max_size=8))
def test_the_same_seed_writes_the_same_bytes(seed: str) -> None:
    one, two, other = SeededIds(seed), SeededIds(seed), SeededIds(seed + "!")
    drawn = [(i.incident(), i.salt(), i.fraction()) for i in (one, two, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0][0]) == 10 and len(drawn[0][1]) == 22 and 0 <= drawn[0][2] < 1
    assert one.salt() == two.salt() != drawn[0][1]


def test_a_virtual_clock_sleeps_by_advancing_and_never_goes_back(clock: VirtualClock) -> None:
    clock.sleep(72 * 3600)
    assert clock.now() == START + timedelta(hours=72)
    assert clock.wind_to(clock.now()) == clock.now()
    with pytest.raises(Refused, match="wound back"):
        clock.wind_to(START)
    with pytest.raises(Refused, match="wound back"):
        clock.sleep(-1)
    with pytest.raises(Refused, match="no time zone"):
        VirtualClock(datetime(2026, 1, 1))


def test_the_vault_in_memory_notices_alteration_and_obeys_holds() -> None:
    vault = MemoryVault()
    stored = vault.put(io.BytesIO(b"evidence"))
    assert stored == vault.put(io.BytesIO(b"evidence"))
    assert vault.open(stored.digest).read() == b"evidence"
    assert vault.check(stored.digest) is Fixity.INTACT
    with pytest.raises(Refused, match="on hold"):
        vault.delete(stored.digest, held_by=["declared"])
    vault.contents[stored.digest] = b"altered"
    assert vault.check(stored.digest) is Fixity.ALTERED
    vault.delete(stored.digest, held_by=[])
    assert vault.check(stored.digest) is Fixity.ABSENT and list(vault.digests()) == []
    with pytest.raises(Refused, match="no evidence"):
        vault.open(stored.digest)
