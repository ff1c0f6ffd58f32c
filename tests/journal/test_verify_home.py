"""A home's record under attack by an insider: what its own check says, and what others remember.

| attack                          | own check              | remembered head / witness      |
|---------------------------------|------------------------|--------------------------------|
| row edited                      | names the entry        |                                |
| row deleted                     | names the place        |                                |
| tree rebuilt without the key    | checkpoint not by key  |                                |
| tree rebuilt with the key       | passes                 | REWRITTEN                      |
| old backup put back             | passes                 | ROLLED BACK                    |
| key file exchanged              | signed by: NO          |                                |
| cosignature by an invented key  | does not count         | witness that is asked          |
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
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
    found = verify_home(store, key_of(2))
    assert found.consistent and not found.accepted and found.breaks is None
    assert found.signed_by == KEY.fingerprint
    assert "key file holds" in str(found.unconfirmed) and KEY.fingerprint in str(found.unconfirmed)


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


def cosigned_by(store: Store, key: LogKey, size: int, name: str = "witness.example") -> str:
    """Record a genuine cosignature by this key, which may be anyone's. Gives its verifier key."""
    signed = store.checkpoint_at(size) or b""
    vkey = note.Verifier(name=name, public=key.public, kind=note.COSIGNATURE).text()
    fact = CheckpointWitnessed(
        witness=name,
        key=vkey,
        size=size,
        root=store.root_at(size).hex(),
        cosignature=note.cosign(note.parse_note(signed), name, key.private, NOON),
        independent=True,
    )
    draft = Draft(fact=fact, happened_at=NOON)
    store.append(HOME_LOG, store.head(HOME_LOG), [draft], HOME)
    return vkey


def test_what_a_witness_once_signed_counts_if_the_register_names_its_key(store: Store) -> None:
    vkey = cosigned_by(store, key_of(7), 5)
    found = verify_home(store, KEY, pinned=[vkey])
    assert (found.rollback_up_to, found.witnesses) == (5, ("witness.example",))
    assert "ask it now" in found.rollback and "the register names" in found.rollback
    assert found.accepted and found.witness_holds is None


def test_a_witness_that_never_was_excludes_nothing(store: Store, tmp_path: Path) -> None:
    """Whoever has the record's key can write such a cosignature, with a key made up for it."""
    cosigned_by(store, key_of(7), 5)
    for pins in ([], [note.Verifier(name="w", public=key_of(8).public, kind=4).text()]):
        found = verify_home(store, KEY, pinned=pins)
        assert found.rollback_up_to is None and found.witnesses == ()
        assert found.rollback.startswith("not excluded") and "witness.example" in found.rollback
        assert "the register does not name its key" in found.rollback
    genuine = cosigned_by(store, key_of(8), 6, "genuine.example")
    cosigned_by(store, key_of(7), 7)
    found = verify_home(store, KEY, pinned=[genuine])
    assert (found.rollback_up_to, found.witnesses) == (6, ("genuine.example",))


def test_a_policy_stands_in_the_place_of_the_register(store: Store, tmp_path: Path) -> None:
    listed, registered = cosigned_by(store, key_of(7), 5), cosigned_by(store, key_of(8), 6)
    policy = tmp_path / "policy"
    policy.write_text(f"log {KEY.vkey}\nwitness mine {listed}\nquorum none\n")
    found = verify_home(store, KEY, trust=Trust(policy=policy), pinned=[registered])
    assert (found.rollback_up_to, found.witnesses) == (5, ("mine",)), found.rollback
    assert "your policy names" in found.rollback and found.accepted
    policy.write_text(f"log {KEY.vkey}\nquorum none\n")
    found = verify_home(store, KEY, trust=Trust(policy=policy), pinned=[listed, registered])
    assert found.rollback_up_to is None and "your policy does not name" in found.rollback


def test_a_policys_quorum_counts_what_a_witness_says_now(
    store: Store, server: WitnessServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy"
    vkey = server.witness.verifier.text()
    policy.write_text(f"log {KEY.vkey}\nwitness w {vkey}\nquorum w\n")
    trust = Trust(policy=policy)
    assert "quorum" in str(verify_home(store, KEY, trust=trust).unconfirmed)
    monkeypatch.setattr(witness_client, "account_mark", lambda: "0" * 64)
    said = answers([asked(server.url, vkey, store)])
    assert verify_home(store, KEY, trust=trust, answers=said).accepted
    lie = note.cosign(note.parse_note(store.checkpoint() or b""), "w", key_of(8).private, NOON)
    (line,) = said.lines(5) if said is not None else ()
    store.put_cosignature(5, f"{line.split()[0]} {line.split()[1]} {_blamed(line, lie)}\n")
    found = verify_home(store, KEY, trust=trust, answers=said)
    assert "does not hold" in str(found.unconfirmed) and found.consistent


def _blamed(line: str, lie: str) -> str:
    """Another's signature under the key hash of this line."""
    mine, other = (note.base64_bytes(one.split()[2]) for one in (line, lie))
    return note.base64_text(mine[:4] + other[4:])


def test_a_recorded_cosignature_must_fit_whoever_it_is_by(store: Store) -> None:
    vkey = cosigned_by(store, key_of(7), 5)
    (fact,) = [e.fact for e in store.read(HOME_LOG) if isinstance(e.fact, CheckpointWitnessed)]
    other = note.Verifier(name="w", public=key_of(8).public, kind=note.COSIGNATURE).text()
    lie = msgspec.structs.replace(fact, key=other)
    store.append(HOME_LOG, 2, [Draft(fact=lie, happened_at=NOON)], HOME)
    assert "saw another record" in str(verify_home(store, KEY, pinned=[vkey]).breaks)


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
    old = verify_home(store, KEY)
    assert old.consistent and not old.accepted and old.signed_by == new.fingerprint
    store.close()


def test_an_export_of_the_real_record_is_accepted(store: Store, tmp_path: Path) -> None:
    noted(store, "for counsel", Access.COUNSEL)
    store.erase(LOG, 1, ["text"])
    done = export(store, LOG, tmp_path / "package", key=KEY, clock=PaperClock())
    assert (done.entries, done.withheld, done.erased) == (5, 1, 1)
    found = verify_bag(tmp_path / "package", Trust(key=KEY.fingerprint))
    assert found.accepted and found.missing == {1: (0, 1), 5: (1, 0)}
