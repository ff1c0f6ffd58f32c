"""Each fault of disk and server is its own clear error, and leaves a record that is valid."""

import os
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest
from sqlalchemy import event, text

from journal_checks import ANNA, T0, check_journal, notes, open_plain, texts_of
from tocsin.facts import Refused, Unreachable
from tocsin.facts.errors import BrokenLog
from tocsin.journal.postgres import lock_key
from tocsin.journal.reserve import Reserve


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    store = open_plain(folder)
    store.append("a", 0, notes("one"), ANNA)
    store.close()
    return folder


# Files and servers that cannot be used


def test_no_record_and_none_wanted(tmp_path):
    with pytest.raises(Refused, match="tocsin init"):
        open_plain(tmp_path, create=False)
    assert not (tmp_path / "journal.db").exists()


def test_no_folder(tmp_path):
    with pytest.raises(Unreachable, match="not a folder"):
        open_plain(tmp_path / "no" / "such")


def test_not_a_database(home):
    (home / "journal.db").write_bytes(b"something else entirely\n" * 500)
    with pytest.raises(Unreachable, match="not a database"):
        open_plain(home)


@pytest.mark.parametrize("keep", [0, 1, 100, 4096, 20_000])
def test_a_truncated_file(home, keep):
    data = (home / "journal.db").read_bytes()
    assert len(data) > keep
    (home / "journal.db").write_bytes(data[:keep])
    with pytest.raises((Unreachable, BrokenLog)):
        open_plain(home)
    assert (home / "journal.db").stat().st_size == keep  # and it is kept as it was found


def test_every_truncated_page_is_noticed(home):
    data = (home / "journal.db").read_bytes()
    for keep in range(4096, len(data), 4096):
        (home / "journal.db").write_bytes(data[:keep])
        with pytest.raises((Unreachable, BrokenLog)):
            open_plain(home)


def test_a_locked_database(home):
    store = open_plain(home)
    store.database._busy_seconds = 0.2
    store.database.close()  # so that the next connection waits briefly
    other = sqlite3.connect(home / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unreachable, match="locked by another process"):
        store.append("a", 1, notes("two"), ANNA)
    other.rollback()
    store.append("a", 1, notes("two"), ANNA)
    check_journal(store)
    store.close()


def test_a_read_only_file_can_be_read(home):
    """Root may write anywhere, so `query_only` stands for a disk that refuses."""
    store = open_plain(home)

    @event.listens_for(store.database.writer, "connect")
    def refuse(connection, _entry):
        connection.execute("PRAGMA query_only = ON")

    store.database.close()
    with pytest.raises(Unreachable, match="read-only"):
        store.append("a", 1, notes("two"), ANNA)
    assert texts_of(store, "a") == ["one"]
    check_journal(store)
    store.close()


def test_an_unreachable_server():
    with pytest.raises(Unreachable, match="cannot be reached"):
        open_plain("postgresql://tocsin@127.0.0.1:1/none")


def test_a_missing_database_on_the_server(postgres_url):
    with pytest.raises(Unreachable, match="does not exist"):
        open_plain(postgres_url.rpartition("/")[0] + "/no_such_database")


@pytest.mark.parametrize("url", ["mysql://x", "postgresql://x:notaport/y", "nonsense"])
def test_not_an_address(url):
    with pytest.raises(Refused):
        open_plain(url)


def test_a_password_is_never_told():
    with pytest.raises(Unreachable) as bad:
        open_plain("postgresql://tocsin:sesame@127.0.0.1:1/none")
    assert "sesame" not in str(bad.value)


END_ALL = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    " AND datname = current_database()"
)


def test_a_server_that_goes_away_and_comes_back(postgres_url):
    import psycopg

    store = open_plain(postgres_url)
    store.append("a", 0, notes("one"), ANNA)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(END_ALL)
        assert store.due(T0, 1) == [] and store.head("a") == 1
        admin.execute(END_ALL)
    store.append("a", 1, notes("two"), ANNA, client_key="c")
    check_journal(store)
    store.close()


@pytest.mark.parametrize("key", [None, "c"], ids=["no-key", "key"])
def test_a_server_that_goes_away_while_it_is_asked(postgres_url, key):
    """Nobody knows what became of the question: it is asked again only where that is harmless."""
    import psycopg

    store = open_plain(postgres_url)
    store.append("a", 0, notes("one"), ANNA)
    store.integrate()
    store._background.stop()
    found: list[object] = []

    def append():
        try:
            found.append(store.append("a", 1, notes("two"), ANNA, client_key=key))
        except Unreachable as bad:
            found.append(bad)

    writer = threading.Thread(target=append)
    with (
        psycopg.connect(postgres_url) as holder,
        psycopg.connect(postgres_url, autocommit=True) as admin,
    ):
        holder.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key("log/a"),))
        writer.start()
        waiting = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while (pid := admin.execute(waiting).fetchone()) is None:
            time.sleep(0.01)
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
        holder.rollback()
        writer.join(20)
    (answer,) = found
    if key is None:
        assert isinstance(answer, Unreachable) and store.head("a") == 1
    else:
        assert not isinstance(answer, Unreachable) and not answer.repeated
    store.append("a", store.head("a"), notes("three"), ANNA)
    check_journal(store)
    store.close()


def test_a_commit_that_fails_at_the_very_end_is_not_acknowledged(postgres_url):
    """The function has answered by then; only the commit itself is still to come."""
    import psycopg

    store = open_plain(postgres_url)
    store.append("a", 0, notes("one"), ANNA)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'no space'; END $$"
        )
        admin.execute(
            "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        with pytest.raises(Unreachable, match="no space"):
            store.append("a", 1, notes("two"), ANNA)
        assert store.head("a") == 1
        admin.execute("DROP TRIGGER late ON entry")
    store.append("a", 1, notes("two"), ANNA)
    assert texts_of(store, "a") == ["one", "two"]
    check_journal(store)
    store.close()


# A full disk


def test_the_reserve_keeps_the_record_writable(home):
    """The database may not grow until the reserve is released, as on a full disk."""
    store = open_plain(home)
    raised: list[str] = []
    limit = {"pages": 0}

    @event.listens_for(store.database.writer, "checkout")
    def bound(connection, _entry, _proxy):
        connection.execute(f"PRAGMA max_page_count = {limit['pages'] or 2**30}")

    with store.database.reading() as connection:
        limit["pages"] = connection.scalar(text("PRAGMA page_count"))

    def warned(message: str) -> None:
        raised.append(message)
        limit["pages"] += 100

    store.database.reserve._warn = warned
    store.database.reserve._free = lambda _folder: 0 if limit["pages"] else 1 << 40
    assert (home / "reserve").stat().st_size == 4 * 1024 * 1024
    n = 1
    while not raised:
        assert n < 200
        store.append("a", n, notes("x" * 3000), ANNA)
        n += 1
    assert "reserve" in raised[0] and not (home / "reserve").exists()
    check_journal(store)
    limit["pages"] = 1  # full again, and nothing left to release
    with pytest.raises(Unreachable, match="disk is full"):
        for _ in range(200):
            store.append("a", n, notes("x" * 3000), ANNA)
            n += 1
    limit["pages"] = 0
    store.append("a", store.head("a"), notes("space again"), ANNA)
    assert (home / "reserve").exists() and "is back" in raised[-1]
    check_journal(store)
    store.close()


def test_a_real_full_disk(tmp_path):
    """On a file system of 12 MiB, where such a one may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("NO SMALL FILE SYSTEM: this account may not mount one")
    try:
        store = open_plain(folder)
        store.database.reserve._free = lambda _folder: 1 << 40
        store.database.reserve.keep()
        n, acknowledged = 0, []
        with pytest.raises(Unreachable, match="disk is full"):
            while True:
                store.append("a", n, notes(f"{n} " + "x" * 30_000), ANNA)
                acknowledged.append(n)
                n += 1
        assert any("reserve" in w for w in store.warnings)
        assert len(acknowledged) > 100
        assert [int(t.split()[0]) for t in texts_of(store, "a")] == acknowledged
        check_journal(store)
        store.close()
        check_journal(open_plain(folder))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_no_reserve_is_made_where_space_is_short(tmp_path):
    warned: list[str] = []
    Reserve(tmp_path / "reserve", warned.append, free=lambda _: 1000).keep()
    assert os.listdir(tmp_path) == [] and warned == []
    Reserve(tmp_path / "no" / "reserve", warned.append, free=lambda _: 1 << 40).keep()
    assert len(warned) == 1
