"""A home's record under attack by an insider: what its own check says, and what others remember.

| attack                          | own check              | remembered head / witness      |
|---------------------------------|------------------------|--------------------------------|
| row edited                      | names the entry        |                                |
| row deleted                     | names the place        |                                |
| tree rebuilt without the key    | checkpoint not by key  |                                |
| tree rebuilt with the key       | passes                 | REWRITTEN                      |
| old backup put back             | passes                 | ROLLED BACK                    |
| key file exchanged              | another key enrolled   |                                |
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from paper_record import KIM, NOON, ORIGIN, PaperClock, key_of

from tocsin.facts import HOME_LOG, Access, Asserter, Author, Draft, Proof
from tocsin.facts.incidents import Noted
from tocsin.facts.records import CheckpointWitnessed, HomeFounded, LogKeyRotated
from tocsin.journal import note, witness_client
from tocsin.journal.export import export
from tocsin.journal.keys import LogKey
from tocsin.journal.rotation import certificate
from tocsin.journal.store import Store, open_store
from tocsin.journal.verify import Trust, verify_bag
from tocsin.journal.verify_home import verify_home
from tocsin.journal.witness import Witness
from tocsin.journal.witness_answers import answers, asked
from tocsin.journal.witness_client import WitnessClient
from tocsin.journal.witness_server import WitnessServer
from tocsin.world import RandomIds

LOG = "incident/7K3"
HOME = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
KEY = key_of(1)


def opened(folder: Path, key: LogKey = KEY) -> Store:
    return open_store(
        folder,
        origin=ORIGIN,
        clock=PaperClock(),
        ids=RandomIds(),
        sign_checkpoint=key.sign_checkpoint,
        on_warning=lambda words: None,
    )


def founded(folder: Path, word: str = "note", entries: int = 4) -> Store:
    folder.mkdir(exist_ok=True)
    store = opened(folder)
    fact = HomeFounded(origin=ORIGIN, key=KEY.public_line, fingerprint=KEY.fingerprint, version="1")
    store.append(HOME_LOG, 0, [Draft(fact=fact, happened_at=NOON)], HOME)
    for number in range(entries):
        noted(store, f"{word} {number}")
    return store


def noted(store: Store, text: str, access: Access = Access.OPS) -> None:
    draft = Draft(fact=Noted(text=text), happened_at=NOON, access=access)
    store.append(LOG, store.head(LOG), [draft], KIM)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = founded(tmp_path / "home")
    yield store
    store.close()


def altered(folder: Path, *statements: str) -> None:
    """What an insider does to the file who first drops what stands in the way."""
    database = sqlite3.connect(folder / "journal.db")
    for (name,) in database.execute("select name from sqlite_master where type = 'trigger'"):
        database.execute(f'drop trigger "{name}"')
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


def test_a_home_trusts_the_key_that_its_founding_enrolled(store: Store) -> None:
    found = verify_home(store, KEY)
    assert found.accepted and found.signed_by == KEY.fingerprint and found.size == 5
    assert found.rollback.startswith("not excluded")
    assert not verify_home(store, KEY, trust=Trust(key=key_of(2).fingerprint)).accepted


def test_an_exchanged_key_file_is_found_out(store: Store) -> None:
    assert "is enrolled" in str(verify_home(store, key_of(2)).breaks)


def test_an_edited_row_is_named(store: Store, tmp_path: Path) -> None:
    altered(
        tmp_path / "home",
        "update entry set body = cast(replace(cast(body as text), 'kim', 'lee') as blob) "
        "where log = 'incident/7K3' and seq = 2",
    )
    found = verify_home(store, KEY)
    assert not found.consistent and "incident/7K3/2" in str(found.breaks)


def test_a_deleted_row_is_named(store: Store, tmp_path: Path) -> None:
    altered(tmp_path / "home", "delete from entry where log = 'incident/7K3' and seq = 2")
    assert "place 2" in str(verify_home(store, KEY).breaks)


def test_a_record_rebuilt_without_the_key_is_found_out(tmp_path: Path) -> None:
    founded(tmp_path / "home").close()
    rebuilt = opened(tmp_path / "home", key_of(9))
    noted(rebuilt, "what never happened")
    assert "not by" in str(verify_home(rebuilt, KEY).breaks)
    rebuilt.close()


def test_a_record_rebuilt_with_the_key_is_found_out_by_what_was_kept(
    store: Store, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(store.checkpoint() or b"")
    rebuilt = founded(tmp_path / "rebuilt", word="forged", entries=6)
    assert verify_home(rebuilt, KEY).accepted, "its own check cannot tell"
    found = verify_home(rebuilt, KEY, trust=Trust(head=kept))
    assert not found.accepted and found.head.startswith("REWRITTEN")
    rebuilt.close()


def test_an_old_backup_is_found_out_by_what_was_kept(tmp_path: Path) -> None:
    store = founded(tmp_path / "home")
    store.close()
    shutil.copytree(tmp_path / "home", tmp_path / "backup")
    store = opened(tmp_path / "home")
    noted(store, "later")
    kept = tmp_path / "kept"
    kept.write_bytes(store.checkpoint() or b"")
    assert verify_home(store, KEY, trust=Trust(head=kept)).accepted
    store.close()
    old = opened(tmp_path / "backup")
    assert verify_home(old, KEY).accepted, "its own check cannot tell"
    found = verify_home(old, KEY, trust=Trust(head=kept))
    assert not found.accepted and found.head.startswith("ROLLED BACK")
    old.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WitnessServer]:
    witness = Witness(tmp_path / "witness", "witness.example", PaperClock())
    witness.add_log(KEY.vkey)
    server = WitnessServer(witness)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
    witness.close()


def test_an_independent_witness_excludes_rollback_and_finds_both_attacks(
    store: Store, server: WitnessServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = answers([asked(server.url, None, store)])
    found = verify_home(store, KEY, answers=near)
    assert found.rollback_up_to is None and not found.accepted, "our own account"
    monkeypatch.setattr(witness_client, "account_mark", lambda: "0" * 64)
    found = verify_home(store, KEY, answers=answers([asked(server.url, None, store)]))
    assert (found.rollback_up_to, found.witnesses) == (5, ("witness.example",))
    assert found.accepted and "asked just now" in found.rollback
    for word, entries, told in (("forged", 6, "REWRITTEN"), ("note", 2, "ROLLED BACK")):
        attacked = founded(tmp_path / word, word=word, entries=entries)
        said = answers([asked(server.url, None, attacked)])
        found = verify_home(attacked, KEY, answers=said)
        assert found.consistent and found.signed_by == KEY.fingerprint
        assert found.rollback.startswith(told) and not found.accepted
        attacked.close()


def test_what_a_witness_once_signed_counts_and_must_fit(
    store: Store, server: WitnessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness_client, "account_mark", lambda: "0" * 64)
    seen = WitnessClient(server.url).cosign(store)
    fact = CheckpointWitnessed(
        witness=seen.witness,
        key=seen.vkey,
        size=seen.size,
        root=seen.root.hex(),
        cosignature=seen.line,
        independent=seen.independent,
    )
    store.append(HOME_LOG, 1, [Draft(fact=fact, happened_at=NOON)], HOME)
    store.put_cosignature(seen.size, seen.line)
    found = verify_home(store, KEY)
    assert found.rollback_up_to == 5 and "ask it now" in found.rollback
    other = note.Verifier(name="w", public=key_of(8).public, kind=note.COSIGNATURE).text()
    values = {name: getattr(fact, name) for name in fact.__struct_fields__}
    lie = CheckpointWitnessed(**{**values, "key": other})
    store.append(HOME_LOG, 2, [Draft(fact=lie, happened_at=NOON)], HOME)
    assert "saw another record" in str(verify_home(store, KEY).breaks)


def test_a_rotated_key_is_trusted_through_its_certificate(tmp_path: Path) -> None:
    store = founded(tmp_path / "home")
    new = key_of(2)
    paper = certificate(KEY, new, store.size(), store.root_at(store.size()))
    fact = LogKeyRotated(
        old=KEY.fingerprint,
        new=new.fingerprint,
        new_key=new.public_line,
        certificate=paper.decode(),
    )
    person = Author(who="kim", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
    store.append(HOME_LOG, 1, [Draft(fact=fact, happened_at=NOON)], person)
    store.close()
    store = opened(tmp_path / "home", new)
    noted(store, "under the new key")
    found = verify_home(store, new, trust=Trust(key=KEY.fingerprint))
    assert found.accepted and found.chain == (KEY.fingerprint, new.fingerprint)
    assert not verify_home(store, KEY).consistent
    store.close()


def test_an_export_of_the_real_record_is_accepted(store: Store, tmp_path: Path) -> None:
    noted(store, "for counsel", Access.COUNSEL)
    store.erase(LOG, 1, ["text"])
    done = export(store, LOG, tmp_path / "package", key=KEY, clock=PaperClock())
    assert (done.entries, done.withheld, done.erased) == (5, 1, 1)
    found = verify_bag(tmp_path / "package", Trust(key=KEY.fingerprint))
    assert found.accepted and found.missing == {1: (0, 1), 5: (1, 0)}
