"""Whoever edits the record under us is found, and the first entry that breaks is named."""

import gc
import sqlite3

import pytest

from journal_checks import ANNA, ORIGIN, T0, check_journal, notes, open_plain, signed
from tocsin.facts import Tampered
from tocsin.facts.errors import BrokenLog
from tocsin.facts.record import Prepared
from tocsin.journal import merkle
from tocsin.journal.batch import Change
from tocsin.journal.walk import verify_store


@pytest.fixture
def home(tmp_path):
    """A record of 600 entries in three logs, closed."""
    store = open_plain(tmp_path)
    for n in range(6):
        store.append(f"log/{n % 3}", n // 3 * 100, notes(*["words"] * 100), ANNA)
    check_journal(store)
    store.close()
    return tmp_path


def edit(home, *statements):
    """What an insider with the file does: triggers go first."""
    connection = sqlite3.connect(home / "journal.db")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


EARLY = [  # far from the tail: found by the walk
    ("UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'anna', 'otto') AS BLOB) "
     "WHERE id = 42", "entry log/0/42: its bytes do not match its leaf 41"),
    ("DELETE FROM entry WHERE id = 42", "the entry at place 41 of the tree is missing"),
    ("DELETE FROM checkpoint WHERE size = 200", "the place 100 in the tree is empty"),
    ("UPDATE checkpoint SET hashes = substr(hashes, 1, 41 * 32) WHERE size = 100",
     "the place 41 in the tree is empty"),
    ("UPDATE checkpoint SET hashes = substr(hashes, 1, 41 * 32) || zeroblob(32) || "
     "substr(hashes, 42 * 32 + 1) WHERE size = 100",
     "entry log/0/42: its bytes do not match its leaf 41"),
    ("UPDATE checkpoint SET first_entry = 51 WHERE size = 100",
     "entry log/0/51: its bytes do not match its leaf 0"),
    ("UPDATE entry SET log = 'other' WHERE id = 42", "entry other/42: its bytes say that it is log/0/42"),  # noqa: E501
    ("UPDATE entry SET seq = 999 WHERE id = 42", "entry log/0/999: its bytes say that it is log/0/42"),  # noqa: E501
    ("UPDATE disclosure SET body = upper(body) WHERE entry = 42",
     "entry log/0/42: the words beside it are not its own"),
    ("INSERT INTO disclosure SELECT 42, digest, body FROM disclosure WHERE entry = 43",
     "entry log/0/42: the words beside it are not its own"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "named"), EARLY, ids=[s[:40] for s, _ in EARLY])
def test_an_edit_is_named(home, statement, named):
    edit(home, statement)
    store = open_plain(home)
    assert verify_store(store).first_broken == named
    store.close()


LATE = [
    "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'anna', 'otto') AS BLOB) WHERE id = 590",  # noqa: E501
    "DELETE FROM entry WHERE id = 600",
    "DELETE FROM entry WHERE id = 590",
    "DELETE FROM checkpoint WHERE size = 500",
    "UPDATE checkpoint SET entries = 99 WHERE size = 600",
    "UPDATE checkpoint SET entries = 101 WHERE size = 600",
    "UPDATE checkpoint SET hashes = substr(hashes, 1, 99 * 32) WHERE size = 600",
    "UPDATE checkpoint SET hashes = zeroblob(3200) WHERE size = 600",
    "UPDATE checkpoint SET first_entry = 502 WHERE size = 600",
    "UPDATE node SET hash = zeroblob(32) WHERE idx = 1",
    "DELETE FROM node",
    "DELETE FROM checkpoint WHERE size = 600",
    "DELETE FROM checkpoint",
    "UPDATE checkpoint SET root = zeroblob(32) WHERE size = 600",
    "UPDATE checkpoint SET note = replace(note, '600', '601') WHERE size = 600",
    "INSERT INTO entry VALUES (601, 'log/0', 201, x'7b7d')",
]


@pytest.mark.parametrize("statement", LATE)
def test_a_record_whose_tail_does_not_fit_is_not_opened(home, statement):
    edit(home, statement)
    with pytest.raises(Tampered):
        open_plain(home)


def test_a_rebuilt_tree_without_the_old_checkpoints_shows_where_it_departs(home):
    """Someone edits an entry and its leaf; the tree above, and the last checkpoint, are rebuilt."""
    store = open_plain(home)
    walked = [(i, body) for i, body, _ in store.walk()]
    store.close()
    forged = walked[150][1].replace(b"anna", b"otto")
    frontier = merkle.Frontier()
    leaves = [merkle.leaf(forged if i == 150 else body) for i, body in walked]
    nodes = frontier.extend(leaves)
    connection = sqlite3.connect(home / "journal.db")
    edit(home)
    connection.execute("UPDATE entry SET body = ? WHERE id = 151", (forged,))
    hashes = b"".join(leaves[100:200])
    connection.execute("UPDATE checkpoint SET hashes = ? WHERE size = 200", (hashes,))
    for level, index, hash_ in nodes:
        connection.execute(
            "UPDATE node SET hash = ? WHERE level = ? AND idx = ?", (hash_, level, index)
        )
    connection.commit()
    with pytest.raises(Tampered):
        open_plain(home)
    root = frontier.root()
    note = signed(600, root)  # with the key: only a witness, or a remembered head, knows better
    connection.execute("UPDATE checkpoint SET root = ?, note = ? WHERE size = 600", (root, note))
    connection.commit()
    connection.close()
    again = open_plain(home)
    walked_again = verify_store(again)
    # Every byte fits its leaf and the last root; the older checkpoints give the forger away.
    assert walked_again.first_broken == "entry log/1/1: the checkpoint of size 200 does not fit"
    again.close()


def test_a_record_of_another_origin_is_not_opened(home):
    with pytest.raises(Tampered, match="exchanged"):
        open_plain(home, origin=ORIGIN + "/other")


def test_a_record_that_shrinks_while_open_is_not_signed(home, tmp_path):
    """An old copy is put back under a running process: it must not sign a second history."""
    old = (home / "journal.db").read_bytes()
    store = open_plain(home)
    store.append("log/0", 200, notes("x"), ANNA)
    store.database.close()
    (home / "journal.db").write_bytes(old)
    with pytest.raises(Tampered, match="old copy"):
        store.append("log/0", 200, notes("y"), ANNA)
    store.close()


def test_another_database_is_not_taken_for_a_record(tmp_path):
    connection = sqlite3.connect(tmp_path / "journal.db")
    connection.execute("CREATE TABLE entry (x)")
    connection.commit()
    connection.close()
    with pytest.raises(BrokenLog, match="not a record"):
        open_plain(tmp_path)


def test_bytes_that_are_no_entry_are_named_however_deep_they_nest(tmp_path):
    """Whoever has the key can put any bytes into the tree; reading them must not end the walk."""
    store = open_plain(tmp_path)
    nested = b'{"fact":{"kind":' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
    prepared = Prepared(log="a", seq=1, body=nested, disclosures=(), leaf=merkle.leaf(nested))
    change = Change(log="a", expected_seq=0, entries=[prepared], client_key=None, work=None, now=T0)
    store.append_prepared(change)
    assert str(verify_store(store).first_broken).startswith("entry a/1: not an entry")
    store.close()


def test_the_walk_leaves_the_collector_as_it_found_it(home):
    store = open_plain(home)
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            assert verify_store(store).first_broken is None
            assert gc.isenabled() is enabled
        finally:
            gc.enable()
    store.close()
