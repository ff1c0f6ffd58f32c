"""What entries say of themselves is checked where it can be wrong, and nothing else is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.cli.record import closer_look
from tocsin.cli.record.closer_look import CloserLook
from tocsin.facts import Asserter, Author, Draft, Entry, Proof, incident_log, sshsig
from tocsin.facts.incidents import Noted
from tocsin.facts.record import decode
from tocsin.journal.walk import verify_store
from tocsin.register.statements import ENTRY_NAMESPACE

Keys = dict[str, Path]


def edited(home: Path, statement: str) -> None:
    """What an insider does to the file who first drops what stands in the way."""
    database = sqlite3.connect(home / "journal.db")
    for (name,) in database.execute("select name from sqlite_master where type = 'trigger'"):
        database.execute(f'drop trigger "{name}"')
    database.execute(statement)
    database.commit()
    database.close()


def test_a_signature_that_is_not_the_authors_is_told(staffed: Keyboard, keys: Keys) -> None:
    one = staffed.opened()
    fingerprint = sshsig.fingerprint(sshsig.parse_public(Path(f"{keys['ana']}.pub").read_text()))
    author = Author(who="ana", kind=Asserter.PERSON, proof=Proof.SIGNATURE, key=fingerprint)
    stranger = sshsig.load_private(keys["stranger"].read_bytes())
    with wiring.open_home(staffed.home, warn=print) as opened:
        now = opened.world.clock.now()
        opened.store.append(
            incident_log(one),
            1,
            [Draft(fact=Noted(text="I approve"), happened_at=now)],
            author,
            sign=lambda message: sshsig.sign(message, stranger, ENTRY_NAMESPACE),
        )
    ran = staffed("verify", "--json")
    assert ran.status == 1 and ran.json["consistent"] is True, ran
    (told,) = ran.json["unproven"]
    assert f"{one}/2 says ana signed it" in told
    assert "NOT AS RECORDED" in staffed("verify").out


def test_words_that_are_gone_without_a_record_of_it_are_told(staffed: Keyboard, keys: Keys) -> None:
    one = staffed.opened("a title", "--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "note", one, "a remark")
    edited(staffed.home, "delete from disclosure")
    ran = staffed("verify", "--json")
    assert ran.status == 1 and ran.json["consistent"] is True, ran
    gone = f"of entry incident/{one}/"
    told = [words for words in ran.json["unproven"] if gone in words]
    assert told == [
        f"title {gone}1 is gone, and nobody recorded an erasure",
        f"text {gone}2 is gone, and nobody recorded an erasure",
    ]


def test_only_entries_that_can_be_wrong_about_themselves_are_read(
    staffed: Keyboard, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million entries on an account's word cost what the walk costs."""
    one, ana = staffed.opened(), ("--as", "ana", "--key", keys["ana"])
    for number in range(5):
        staffed.done("incident", "note", one, f"remark {number}")
    staffed.done("incident", "note", one, "a signed one", "--as", "ben", "--key", keys["ben"])
    staffed.done("incident", "dismiss", one, "--because", "a test", *ana)
    staffed.done("incident", "release", one, "declaration", "--because", "counsel agreed", *ana)
    staffed.done("incident", "erase", one, "3", "text", "--because", "Art. 17 GDPR", *ana)
    read: list[str] = []

    def counted(body: bytes, disclosures: Iterable[bytes]) -> Entry:
        entry = decode(body, disclosures)
        read.append(entry.key)
        return entry

    monkeypatch.setattr(closer_look, "decode", counted)
    staffed.sound()
    mine = [key for key in read if key.startswith(f"incident/{one}/")]
    erasure = staffed.done("log", one)["entries"][-1]["seq"]
    assert mine == [f"incident/{one}/{seq}" for seq in (3, 7, 8, erasure - 1, erasure)]


def test_words_that_are_erased_while_the_walk_goes_on_are_no_finding(
    staffed: Keyboard, keys: Keys
) -> None:
    one, ana = staffed.opened(), ("--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "note", one, "a remark")
    staffed.done("incident", "dismiss", one, "--because", "a test", *ana)
    staffed.done("incident", "release", one, "declaration", "--because", "counsel agreed", *ana)
    with wiring.open_home(staffed.home, warn=print) as opened:
        closer = CloserLook(opened.store)
        size = opened.store.size()
        staffed.done("incident", "erase", one, "2", "text", "--because", "Art. 17 GDPR", *ana)
        for index, body, _ in opened.store.walk():
            if index < size and decode(body).log == incident_log(one):
                closer.look(body, [])  # as the walk would see it: the words gone, no erasure yet
        told = closer.told()
    assert told and not [words for words in told if "/2 " in words]


def test_a_walk_without_anyone_to_look_finds_the_same(staffed: Keyboard, keys: Keys) -> None:
    staffed.opened("T", "--as", "ana", "--key", keys["ana"])
    with wiring.open_home(staffed.home, warn=print) as opened:
        seen: list[bytes] = []
        looked = verify_store(opened.store, look=lambda body, words: seen.append(body))
        assert looked == verify_store(opened.store) and seen
