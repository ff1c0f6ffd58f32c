"""The contract of the record, held on both engines."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from journal_checks import ANNA, T0, notes, texts_of
from tocsin.facts import Conflict, Draft, LeaseLost, Refused
from tocsin.facts.errors import BrokenLog
from tocsin.facts.incidents import Noted
from tocsin.facts.record import decode
from tocsin.journal import merkle, schema, stored
from tocsin.journal.batch import Aside
from tocsin.world import Lease, State, Work

LATER = T0 + timedelta(minutes=5)


def lease(fence: int, holder: str = "w1", key: str = "k", until=LATER) -> Lease:
    return Lease(log="a", key=key, holder=holder, fence=fence, until=until)


def test_what_is_appended_is_read_back(store):
    done = store.append("a", 0, notes("one", "two"), ANNA)
    assert (done.first_seq, done.last_seq, done.repeated) == (1, 2, False)
    store.append("a", 2, notes("three"), ANNA)
    assert texts_of(store, "a") == ["one", "two", "three"]
    assert [e.seq for e in store.read("a", after=1)] == [2, 3]
    assert (store.head("a"), store.head("b"), store.read("b")) == (3, 0, [])


def test_a_wrong_sequence_is_a_conflict_and_writes_nothing(store):
    store.append("a", 0, notes("one"), ANNA)
    for wrong in (0, 2):
        with pytest.raises(Conflict) as bad:
            store.append("a", wrong, notes("two"), ANNA)
        assert (bad.value.log, bad.value.expected, bad.value.found) == ("a", wrong, 1)
    assert texts_of(store, "a") == ["one"]


def test_all_or_nothing(store):
    good, bad = notes("one")[0], Draft(fact=Noted(text="x"), happened_at=T0 + timedelta(days=1))
    with pytest.raises(Refused):
        store.append("a", 0, [good, bad], ANNA)
    with pytest.raises(LeaseLost):
        store.append("a", 0, [good], ANNA, work=Work(due={"k": T0}, held=lease(1)))
    assert store.head("a") == 0 and store.due(LATER, 9) == []


def test_a_client_key_makes_repetition_safe(store):
    first = store.append("a", 0, notes("one"), ANNA, client_key="c")
    again = store.append("a", 0, notes("one"), ANNA, client_key="c")
    moved = store.append("a", 7, notes("one"), ANNA, client_key="c")
    assert (first.first_seq, first.last_seq, first.repeated) == (1, 1, False)
    for repeat in (again, moved):
        assert (repeat.first_seq, repeat.last_seq, repeat.repeated) == (1, 1, True)
    assert store.append("b", 0, notes("one"), ANNA, client_key="c").repeated is False
    assert texts_of(store, "a") == ["one"]


def test_durable_and_integrated_are_told_apart(store):
    done = store.append("a", 0, notes("one"), ANNA, client_key="c")
    assert done.state is (State.DURABLE if store.is_postgres else State.INTEGRATED)
    store.integrate()
    assert store.append("a", 0, notes("one"), ANNA, client_key="c").state is State.INTEGRATED
    assert (store.size(), store.unintegrated(), store.position("a", 1)) == (1, 0, 0)


def test_a_durable_entry_enters_the_tree_without_being_asked(store):
    store.append("a", 0, notes("one"), ANNA)
    for _ in range(400):
        if store.unintegrated() == 0:
            return
        threading.Event().wait(0.01)
    pytest.fail("nobody integrated the entry")


@pytest.mark.parametrize("name", ["", "a\0b", "a\nb", "x" * 201])
def test_a_hostile_name_is_refused(store, name):
    with pytest.raises(Refused):
        store.append(name, 0, notes("one"), ANNA)
    with pytest.raises(Refused):
        store.append("a", 0, notes("one"), ANNA, client_key=name)


def test_one_refused_append_does_not_spoil_the_others(store):
    """All wait in one batch, held back by a first write that is slow."""
    begun, go = threading.Event(), threading.Event()

    def slow(_connection):
        begun.set()
        go.wait(10)

    results = {}

    def write(name, log, seq):
        try:
            results[name] = store.append(log, seq, notes(name), ANNA)
        except Refused as no:
            results[name] = no

    first = threading.Thread(
        target=lambda: store._submit(Aside(logs=frozenset({"slow"}), run=slow))
    )
    first.start()
    begun.wait(10)
    wants = [("a1", "a", 0), ("a1 again", "a", 0), ("wrong", "b", 5), ("b1", "b", 0)]
    threads = [threading.Thread(target=write, args=want) for want in wants]
    for thread in threads:
        thread.start()
        threading.Event().wait(0.05)
    go.set()
    for thread in [first, *threads]:
        thread.join()
    assert isinstance(results["wrong"], Conflict)
    assert sum(isinstance(results[n], Conflict) for n in ("a1", "a1 again")) == 1
    assert (store.head("a"), texts_of(store, "b")) == (1, ["b1"])


def test_pieces_of_work_follow_the_appends(store):
    store.append("a", 0, notes("x"), ANNA, work=Work(due={"k": T0, "later": LATER}))
    assert [(d.key, d.fence, d.last_holder) for d in store.due(T0, 9)] == [("k", 0, None)]
    assert store.next_due() == T0
    store.append("a", 1, notes("x"), ANNA, work=Work(take=lease(1)))
    assert store.due(T0, 9) == [] and store.next_due() == LATER
    store.append("a", 2, notes("x"), ANNA, work=Work(due={"k": T0}, held=lease(1)))
    assert [(d.key, d.fence, d.last_holder) for d in store.due(LATER, 9)] == [("k", 1, "w1")]
    store.append("a", 3, notes("x"), ANNA, work=Work(due={}))
    assert store.due(LATER, 9) == [] and store.next_due() is None


def test_a_lease_is_taken_by_one_only_and_fences_the_other(store):
    store.append("a", 0, [], ANNA, work=Work(due={"k": T0}))
    store.append("a", 0, notes("x"), ANNA, work=Work(take=lease(1)))
    for late in (lease(1, "w2"), lease(2, "w2")):  # too late; and too early, for it is held
        with pytest.raises(LeaseLost):
            store.append("a", 1, notes("y"), ANNA, work=Work(take=late))
    store.clock.sleep(400)
    store.append("a", 1, notes("y"), ANNA, work=Work(take=lease(2, "w2", until=store.clock.now())))
    with pytest.raises(LeaseLost):
        store.append("a", 2, notes("z"), ANNA, work=Work(held=lease(1)))
    store.append("a", 2, notes("z"), ANNA, work=Work(held=lease(2, "w2")))
    assert store.renew(lease(1), LATER) is None
    longer = store.clock.now() + timedelta(hours=1)
    renewed = store.renew(lease(2, "w2"), longer)
    assert renewed is not None and renewed.until == longer
    assert store.next_due() == longer


def test_a_fence_is_never_used_twice(store):
    store.append("a", 0, [], ANNA, work=Work(due={"k": T0}))
    store.append("a", 0, [], ANNA, work=Work(take=lease(1)))
    store.append("a", 0, [], ANNA, work=Work(due={}))
    assert store.renew(lease(1), LATER) is None
    store.append("a", 0, [], ANNA, work=Work(due={"k": T0}))
    assert [(d.fence, d.last_holder) for d in store.due(T0, 9)] == [(1, None)]
    with pytest.raises(LeaseLost):
        store.append("a", 0, [], ANNA, work=Work(take=lease(1, "w2")))


def test_a_lease_of_another_log_is_refused(store):
    with pytest.raises(Refused):
        store.append("b", 0, notes("x"), ANNA, work=Work(held=lease(1)))


def test_due_work_comes_oldest_first_and_limited(store):
    at = {f"k{n}": T0 - timedelta(seconds=n) for n in range(5)}
    store.append("a", 0, [], ANNA, work=Work(due=at))
    assert [d.key for d in store.due(T0, 3)] == ["k4", "k3", "k2"]


FORBIDDEN = [
    *((t, f"UPDATE {t.name} SET {list(t.columns)[-1].name} = NULL") for t in (
        schema.entry, schema.node, schema.checkpoint, schema.client_key, schema.disclosure)),
    *((t, f"DELETE FROM {t.name}") for t in (
        schema.entry, schema.node, schema.checkpoint, schema.client_key)),
]  # fmt: skip


@pytest.mark.parametrize(("table", "statement"), FORBIDDEN, ids=[s for _, s in FORBIDDEN])
def test_the_database_itself_refuses_to_change_the_past(store, table, statement):
    store.append("a", 0, notes(*["x"] * 256), ANNA, client_key="c")  # enough for a stored node
    store.integrate()
    with pytest.raises(BrokenLog, match="append-only"), store.database.writing() as connection:
        connection.execute(text(statement))


def test_replacing_an_entry_is_refused_too(store):
    store.append("a", 0, notes("x"), ANNA)
    if store.is_postgres:
        pytest.skip("REPLACE is of SQLite alone")
    with pytest.raises(BrokenLog, match="append-only"), store.database.writing() as connection:
        connection.execute(text("INSERT OR REPLACE INTO entry VALUES (1, 'a', 1, x'00')"))


def test_truncating_a_table_is_refused_too(store):
    if not store.is_postgres:
        pytest.skip("TRUNCATE is of PostgreSQL alone")
    for table in (*schema.APPEND_ONLY, *schema.DELETE_ONLY):
        with pytest.raises(BrokenLog, match="append-only"), store.database.writing() as connection:
            connection.execute(text(f"TRUNCATE {table}"))


def test_proofs_over_more_than_one_stored_level(store):
    for n in range(3):
        store.append("a", n * 200, notes(*["x"] * 200), ANNA)
        store.integrate()
    assert store.size() == 600
    bodies = [body for _, body, _ in store.walk()]
    for size in (1, 255, 256, 257, 512, 600):
        frontier = merkle.Frontier()
        frontier.extend(merkle.leaf(body) for body in bodies[:size])
        assert store.root_at(size) == frontier.root()
        proof = store.consistency(size, 600)
        merkle.check_consistency(size, 600, store.root_at(size), store.root_at(600), proof)
        for index in {0, 254, size - 1} & set(range(size)):
            path = store.inclusion(index, size)
            leaf = merkle.leaf(bodies[index])
            merkle.check_inclusion(index, size, leaf, path, frontier.root())
    with pytest.raises(ValueError):
        store.root_at(601)
    with pytest.raises(ValueError):
        store.inclusion(600, 600)
    assert [i for i, _, _ in store.walk(598)] == [598, 599]


def test_checkpoints_and_cosignatures_are_kept(store):
    assert store.checkpoint() is None and store.cosignatures(1) == []
    store.append("a", 0, notes("x"), ANNA)
    store.integrate()
    first = store.checkpoint()
    assert first is not None and first.split(b"\n")[1] == b"1"
    for line in ("— w2 b", "— w1 a", "— w1 a"):
        store.put_cosignature(1, line)
    assert store.cosignatures(1) == ["— w1 a", "— w2 b"]
    store.append("a", 1, notes("y"), ANNA)
    store.integrate()
    assert store.checkpoint_at(1) == first != store.checkpoint()


def test_the_first_entry_is_found_after_looks_at_an_empty_record(store):
    for _ in range(3):
        store.integrate()
    store.append("a", 0, notes("x"), ANNA)
    store.integrate()
    assert store.position("a", 1) == 0


def test_a_late_commit_is_found(store):
    """An entry with a lower id becomes visible after others with higher ids are in the tree."""
    if not store.is_postgres:
        pytest.skip("on SQLite nobody else can write meanwhile")
    from tocsin.facts.record import prepare

    (late,) = prepare("late", 0, notes("late"), ANNA, now=T0, salt=lambda: "s")
    database = store.database
    with database.writer.connect() as slow, slow.begin():
        slow.execute(
            text("SELECT tocsin_append('{}', CAST(:asked AS jsonb), :bytes)"),
            {
                "asked": f'[{{"log": "late", "after": 0, "sizes": [[{len(late.body)}]]}}]',
                "bytes": late.body,
            },
        )
        for n in range(5):
            store.append("a", n, notes("x"), ANNA)
            store.integrate()
        assert store.position("late", 1) is None
    for n in range(5, 8):
        store.append("a", n, notes("x"), ANNA)
        store.integrate()
    assert store.position("late", 1) == 5


def test_a_log_is_read_page_by_page(store, monkeypatch):
    for n in range(7):
        store.append("a", n, notes(f"a{n}"), ANNA)
        store.append("b", n, notes(f"b{n}"), ANNA)
    store.erase("a", 4, ["text"])
    store.integrate()
    whole = list(store.stored("a"))
    assert [one.seq for one in whole] == list(range(1, 8))
    assert [len(one.disclosures) for one in whole] == [1, 1, 1, 0, 1, 1, 1]
    assert [decode(one.body, one.disclosures) for one in whole] == store.read("a")
    for size in (1, 2, 3, 7, 8):
        monkeypatch.setattr(stored, "PAGE", size)
        assert list(store.stored("a")) == whole
    assert list(store.stored("nobody wrote this")) == []


def test_work_is_asked_for_by_its_kind_and_that_alone(store):
    keys = ["call/1/0//run-1", "order/2/0//run-1", "stop/3/0//run-1", "callous/4", "plan/5/0//r"]
    work = Work(due=dict.fromkeys(keys, T0))
    store.append("a", 0, [], ANNA, work=work)
    assert [d.key for d in store.due(T0, 9, {"call", "plan"})] == [keys[0], keys[4]]
    assert [d.key for d in store.due(T0, 1, {"stop"})] == [keys[2]]
    assert store.due(T0, 9, {"%", "_rder"}) == [] and len(store.due(T0, 9)) == len(keys)
