"""On PostgreSQL an entry is never skipped, however late it is committed.

The integrator looks only above a floor. Each test drives the floor up between transactions that
overlap, and says where it must stand; then the late entry must still be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Connection, text

from journal_checks import ANNA, T0, check_journal, notes, open_plain
from tocsin.facts.record import prepare
from tocsin.journal.postgres import LEARN_FROM, Postgres
from tocsin.journal.store import Store


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    """A record whose tree grows only when it is told to."""
    opened = open_plain(postgres_url)
    opened._background.stop()
    looked(opened)
    yield opened
    check_journal(opened)
    opened.close()


def floor(store: Store) -> int:
    """Below which, inclusive, the integrator of this process looks no more."""
    assert isinstance(store.database, Postgres)
    return store.database._floor


def grown(store: Store, mark: int) -> tuple[int, list[str]]:
    """The mark after looks that are enough for it to rise if it may, and the logs they named."""
    named: set[str] = set()
    for _ in range(3):
        store.append("others", store.head("others"), notes(*"x" * (LEARN_FROM + 1)), ANNA)
        mark, heads = store.grown(mark)
        named |= set(heads) - {"others"}
    return mark, sorted(named)


def looked(store: Store) -> None:
    """Others append, and the integrator looks, often enough for the floor to rise if it may."""
    for _ in range(3):
        store.append("others", store.head("others"), notes("x"), ANNA)
        store.integrate()


def insert(store: Store, connection: Connection, log: str) -> int:
    """Write the first entry of a log in this open transaction; the entry's id."""
    (entry,) = prepare(log, 0, notes(log), ANNA, now=T0, salt=lambda: "s")
    asked = f'[{{"log": "{log}", "after": 0, "sizes": [[{len(entry.body)}]]}}]'
    connection.execute(
        text("SELECT tocsin_append('{}', CAST(:asked AS jsonb), :bytes)"),
        {"asked": asked, "bytes": entry.body},
    )
    id_ = connection.scalar(text("SELECT id FROM entry WHERE log = :log"), {"log": log})
    assert isinstance(id_, int)
    return id_


@contextmanager
def transaction(store: Store) -> Iterator[Connection]:
    with store.database.writer.connect() as connection, connection.begin():
        yield connection


def test_the_floor_rises_over_what_is_settled(store: Store) -> None:
    """Else the other tests would show nothing."""
    before = floor(store)
    looked(store)
    assert before < floor(store) < store.size() + 1
    looked(store)
    assert floor(store) >= before + 3


def test_the_floor_rises_past_one_of_two_overlapping_commits_and_not_past_the_other(
    store: Store,
) -> None:
    with transaction(store) as late:
        with transaction(store) as early:
            first = insert(store, early, "early")
            looked(store)
            assert floor(store) < first
            second = insert(store, late, "late")
            looked(store)
            assert floor(store) < first
        looked(store)
        assert first <= floor(store) < second
        assert store.position("early", 1) is not None
        assert store.position("late", 1) is None
    store.integrate()
    assert store.position("late", 1) == store.size() - 1
    looked(store)
    assert floor(store) > second


def test_the_later_of_two_overlapping_transactions_commits_first(store: Store) -> None:
    with transaction(store) as early:
        first = insert(store, early, "early")
        with transaction(store) as late:
            second = insert(store, late, "late")
            looked(store)
        looked(store)
        assert store.position("late", 1) is not None
        assert floor(store) < first < second
    looked(store)
    assert store.position("early", 1) is not None
    assert floor(store) > second


def test_a_transaction_that_is_idle_before_it_draws_its_ids_holds_the_floor(store: Store) -> None:
    with transaction(store) as idle:
        store.database.lock(idle, ["idle"])
        looked(store)
        drawn = floor(store)
        looked(store)
        assert floor(store) == drawn
        id_ = insert(store, idle, "idle")
        looked(store)
        assert floor(store) == drawn < id_
    looked(store)
    assert store.position("idle", 1) is not None and floor(store) > id_


def test_an_idle_transaction_that_writes_nothing_holds_nothing_up(
    store: Store, postgres_url: str
) -> None:
    with psycopg.connect(postgres_url) as reader:
        reader.execute("SELECT count(*) FROM entry")
        before = floor(store)
        looked(store)
        looked(store)
        assert floor(store) > before


def test_a_prepared_transaction_holds_the_floor_and_is_found_when_it_is_committed(
    store: Store, postgres_url: str
) -> None:
    """It belongs to no connection, and outlives them all."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        (most,) = admin.execute("SHOW max_prepared_transactions").fetchone() or ("0",)
        if most == "0":
            pytest.skip("NO PREPARED TRANSACTIONS: this server allows none")
        with store.database.writer.connect() as connection:
            id_ = insert(store, connection, "prepared")
            connection.execute(text("PREPARE TRANSACTION 'late'"))
        looked(store)
        looked(store)
        assert floor(store) < id_ and store.position("prepared", 1) is None
        admin.execute("COMMIT PREPARED 'late'")
    looked(store)
    assert store.position("prepared", 1) is not None and floor(store) > id_


def test_nothing_is_trusted_of_a_server_that_went_away(store: Store, postgres_url: str) -> None:
    """After a crash it may give out once more ids that were drawn and never used."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        (last,) = admin.execute("SELECT last_value FROM entry_id").fetchone() or (0,)
        admin.execute("SELECT setval('entry_id', %s)", (last + 50,))
        looked(store)
        looked(store)
        assert floor(store) > last + 50
        # All ids above the last entry were lost in the crash; here a few are given once more.
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        admin.execute("SELECT setval('entry_id', %s)", (last + 1,))
    store.append("again", 0, notes("x"), ANNA)
    store.integrate()
    assert store.position("again", 1) is not None


def test_a_look_names_the_log_of_an_entry_that_was_committed_late(store: Store) -> None:
    mark, _ = grown(store, 0)
    with transaction(store) as late:
        second = insert(store, late, "late")
        with transaction(store) as early:
            insert(store, early, "early")
        mark, named = grown(store, mark)
        assert named == ["early"] and 0 < mark < second
        mark, _ = grown(store, mark)
        assert mark < second
    mark, named = grown(store, mark)
    assert "late" in named
    mark, _ = grown(store, mark)
    assert mark > second
    assert grown(store, mark)[1] == []


def test_a_look_names_what_gets_the_numbers_that_a_crash_gave_back(
    store: Store, postgres_url: str
) -> None:
    mark, _ = grown(store, 0)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        (last,) = admin.execute("SELECT last_value FROM entry_id").fetchone() or (0,)
        admin.execute("SELECT setval('entry_id', %s)", (last + 50,))
        for _ in range(3):
            looked(store)
            mark, _ = store.grown(mark)
        (last,) = admin.execute("SELECT max(id) FROM entry").fetchone() or (0,)
        admin.execute("SELECT setval('entry_id', %s)", (last + 50,))
        for _ in range(3):
            store.integrate()
            mark, _ = store.grown(mark)
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        admin.execute("SELECT setval('entry_id', %s)", (last,))
    assert mark <= last
    store.append("again", 0, notes("x"), ANNA)
    assert "again" in store.grown(mark)[1]
