"""Erased words are gone from the files, and everything else still proves."""

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from journal_checks import ANNA, ORIGIN, check_journal, notes, open_plain, signed, texts_of
from tocsin.facts import Access, Refused
from tocsin.facts.record import hidden_fields
from tocsin.journal.sqlite import Sqlite
from tocsin.journal.store import Store


def holders(folder: Path, secret: bytes) -> list[str]:
    """Every file below `folder` that holds these bytes."""
    return [str(p) for p in folder.rglob("*") if p.is_file() and secret in p.read_bytes()]


def disclosure_of(store, log, seq) -> bytes:
    (entry,) = [e for e in store.stored(log) if e.seq == seq]
    return entry.disclosures[0]


def test_erased_words_read_as_erased_and_proofs_still_hold(store):
    store.append("a", 0, notes("keep", "forget", "keep too"), ANNA)
    store.integrate()
    root = store.root_at(3)
    assert store.erase("a", 2, ["text"]) == 1
    assert store.erase("a", 2, ["text"]) == 0
    assert store.erase("a", 1, ["no-such-field"]) == 0
    assert texts_of(store, "a") == ["keep", "[erased]", "keep too"]
    assert store.read("a")[1].missing == {"text"}
    assert store.root_at(3) == root
    check_journal(store)
    with pytest.raises(Refused, match="no entry a/9"):
        store.erase("a", 9, ["text"])


def test_a_fact_for_counsel_only_can_be_erased_whole(store):
    store.append("a", 0, notes("privileged", access=Access.COUNSEL), ANNA)
    store.erase("a", 1, hidden_fields("noted", Access.COUNSEL))
    assert store.read("a")[0].missing == {"text"}


@pytest.mark.parametrize("mode", ["TRUNCATE", "WAL"])
def test_no_file_of_the_home_holds_erased_words(tmp_path, mode):
    """Words of all lengths, erased in a random order while others are still being written."""
    chance = random.Random(7)
    store = open_plain(tmp_path)
    store.close()
    warned: list[str] = []
    database = Sqlite(
        tmp_path / "journal.db", warned.append, reserve=tmp_path / "reserve", journal_mode=mode
    )
    assert database.journal_mode.upper() == mode
    plain = open_plain(tmp_path)
    store = Store(
        database, origin=ORIGIN, clock=plain.clock, ids=plain._ids,
        sign_checkpoint=signed, on_warning=warned.append,
    )  # fmt: skip
    plain.close()
    words = [chance.randbytes(chance.choice([9, 60, 700, 9_000])).hex() for _ in range(120)]
    for n, word in enumerate(words):
        store.append("a", n, notes(word), ANNA)
    secrets = {n: disclosure_of(store, "a", n + 1) for n in range(0, 120, 40)}
    for secret in secrets.values():
        assert holders(tmp_path, secret[-40:])
    order = [*secrets]
    chance.shuffle(order)
    for n in order:
        store.erase("a", n + 1, ["text"])
        assert holders(tmp_path, secrets[n][-40:]) == []
        assert holders(tmp_path, secrets[n][:24]) == []
    for n, secret in secrets.items():
        chunks = [secret[i : i + 32] for i in range(0, len(secret) - 32, 512)]
        assert all(holders(tmp_path, chunk) == [] for chunk in chunks), n
    check_journal(store)
    store.close()


def test_the_servers_table_files_hold_no_erased_words(postgres_cluster, postgres_url):
    """The write-ahead log does, until it is recycled: that is said where `scrub` is documented."""
    store = open_plain(postgres_url)
    store.append("a", 0, notes("forget me " * 40, "keep me " * 40), ANNA)
    secret, kept = (disclosure_of(store, "a", n)[:60] for n in (1, 2))
    with store.database.writing() as connection:
        connection.execute(text("SELECT 1"))
    with store.database.writer.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
    base = postgres_cluster.data / "base"
    assert holders(base, secret) and holders(base, kept)
    store.erase("a", 1, ["text"])
    assert holders(base, secret) == []
    assert holders(base, kept)
    check_journal(store)
    store.close()


def test_a_place_is_a_file_or_its_folder(tmp_path):
    for place in (tmp_path, tmp_path / "journal.db"):
        open_plain(place).close()
    assert (tmp_path / "journal.db").exists() and (tmp_path / "reserve").exists()
