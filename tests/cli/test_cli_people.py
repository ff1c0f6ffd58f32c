"""Who may say what at the keyboard: keys, tokens, roles, and words that are for counsel alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_seat import Keyboard, ssh_key

Keys = dict[str, Path]
SECRET = "privileged: we may have breached Art. 5"


def signed(who: str, keys: Keys) -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


def test_the_first_key_is_enrolled_on_the_accounts_word_later_ones_are_vouched_for(
    tocsin: Keyboard, keys: Keys
) -> None:
    tocsin.done("register", "enrol", "ana", f"{keys['ana']}.pub")
    unproven = tocsin.refused("register", "enrol", "ben", f"{keys['ben']}.pub")
    assert "--key" in unproven and "ana" in unproven
    stranger = ("--as", "ana", "--key", keys["stranger"])
    assert tocsin.refused("register", "enrol", "ben", f"{keys['ben']}.pub", *stranger)
    tocsin.done("register", "enrol", "ben", f"{keys['ben']}.pub", *signed("ana", keys))
    assert len(tocsin.done("register", "keys")["keys"]) == 2
    tocsin.sound()


def test_a_key_that_is_not_enrolled_or_is_anothers_or_revoked_asserts_nothing(
    staffed: Keyboard, keys: Keys
) -> None:
    before = len(staffed.done("log", "home")["entries"])
    message = staffed.refused("incident", "open", "--title", "T", *signed("stranger", keys))
    assert "enrol" in message
    staffed.refused("incident", "open", "--title", "T", "--as", "ana", "--key", keys["ben"])
    fingerprint = next(
        key["fingerprint"]
        for key in staffed.done("register", "keys")["keys"]
        if key["person"] == "ben"
    )
    why = ("--because", "left")
    staffed.done("register", "revoke", fingerprint, *why, *signed("ana", keys))
    revoked = staffed.refused("incident", "open", "--title", "T", *signed("ben", keys))
    assert "revoked" in revoked
    assert staffed.done("incident", "list")["incidents"] == []
    assert len(staffed.done("log", "home")["entries"]) == before + 1
    staffed.sound()


def test_a_signed_entry_is_shown_as_proven_and_an_accounts_word_as_not(
    staffed: Keyboard, keys: Keys
) -> None:
    one = staffed.opened("T", *signed("ana", keys))
    staffed.done("incident", "note", one, "on my word", "--as", "ben")
    first, second = staffed.done("log", one)["entries"]
    assert (first["author"]["proof"], second["author"]["proof"]) == ("signature", "account")
    lines = staffed("log", one).out.splitlines()
    assert "not proven" in lines[1] and "not proven" not in lines[0]
    staffed.sound()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not a key at all", "key"),
        (b"", "key"),
        (b"\xff\xfe\x00", "key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "key"),
    ],
)
def test_a_garbled_key_is_told(
    staffed: Keyboard, tmp_path: Path, content: bytes, told: str
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(content)
    for path in (bad, tmp_path / "absent", tmp_path):
        message = staffed.refused("incident", "open", "--title", "T", "--as", "ana", "--key", path)
        assert told in message and str(path) in message
    pub = tmp_path / "bad.pub"
    pub.write_bytes(content)
    assert staffed.refused("register", "enrol", "dan", pub, "--as", "ana")
    assert staffed.refused("register", "enrol", "dan", tmp_path, "--as", "ana")


def test_a_machine_speaks_by_its_token_until_it_is_revoked(
    staffed: Keyboard, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--key" in staffed.refused("register", "token", "monitoring"), "ana is not proven"
    named = ("register", "token", "monitoring")
    assert "did you mean" in staffed.refused(*named, "--scope", "singals", *signed("ana", keys))
    past = ("--until", "2020-01-01T00:00Z")
    assert "past" in staffed.refused(*named, *past, *signed("ana", keys))
    made = staffed.done(*named, *signed("ana", keys))
    home = (staffed.home / "journal.db").read_bytes()
    assert made["token"].encode() not in home, "only its hash is kept"
    monkeypatch.setenv("TOCSIN_TOKEN", made["token"])
    one = staffed.opened("a probe failed")
    entry = staffed.done("log", one)["entries"][0]
    assert entry["author"]["who"] == "monitoring" and entry["author"]["proof"] == "token"
    assert staffed.refused("register", "enrol", "dan", f"{keys['stranger']}.pub")
    assert staffed.refused("register", "adopt") if _altered(staffed) else True
    monkeypatch.setenv(
        "TOCSIN_TOKEN", made["token"][:-1] + ("0" if made["token"][-1] != "0" else "1")
    )
    staffed.refused("incident", "open", "--title", "forged")
    for nonsense in ("x", "tocsin_", "a_b_c_d", "", "_", "ü"):
        monkeypatch.setenv("TOCSIN_TOKEN", nonsense)
        staffed.refused("incident", "open", "--title", "forged")
    monkeypatch.delenv("TOCSIN_TOKEN")
    staffed.done(
        "register", "token-revoke", made["id"], "--because", "leaked", *signed("ana", keys)
    )
    monkeypatch.setenv("TOCSIN_TOKEN", made["token"])
    assert "revoked" in staffed.refused("incident", "open", "--title", "late")
    monkeypatch.delenv("TOCSIN_TOKEN")
    assert len(staffed.done("incident", "list")["incidents"]) == 1
    staffed.sound()


def _altered(tocsin: Keyboard) -> bool:
    file = tocsin.home / "register" / "register.toml"
    file.write_text(file.read_text() + '\n[systems.other]\nowner = "ana"\ntier = 4\n')
    return True


def test_a_role_is_handed_over_only_when_the_incoming_accepts(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one = staffed.opened()
    ana, ben, cleo = (("--as", who, "--key", keys[who]) for who in ("ana", "ben", "cleo"))
    staffed.done("incident", "assign", one, "commander", "ana", *ana)
    staffed.done("incident", "handover", one, "commander", "ben", "--note", "shift ends", *ana)
    holder = staffed.done("incident", "show", one)["roles"][0]["person"]
    assert holder == "ana", "it stays with the one who offered it"
    assert "ben" in staffed.refused("incident", "accept", one, "commander", *cleo)
    assert staffed.refused("incident", "accept", one, "commander", *ana)
    staffed.done("incident", "accept", one, "commander", *ben)
    assert staffed.done("incident", "show", one)["roles"][0]["person"] == "ben"
    assert staffed.refused("incident", "accept", one, "commander", *ben)
    staffed.sound()


def test_counsels_words_are_shown_to_no_other_reader(
    staffed: Keyboard, keys: Keys, tmp_path: Path
) -> None:
    one = staffed.opened()
    staffed.done("incident", "aware", one, "ben", "--standing", "management", "--basis", "mail")
    staffed.done("incident", "claim", one, "the model was swapped")
    staffed.done("incident", "ask", one, "who knew?")
    cleo = ("--as", "cleo")
    staffed.done("incident", "note", one, SECRET, *cleo)
    staffed.done("incident", "claim", one, SECRET, *cleo)
    staffed.done("incident", "ask", one, SECRET, *cleo)
    staffed.done("incident", "grade", one, "C1", "refuted", "--because", SECRET, *cleo)
    staffed.done("incident", "settle", one, "Q1", SECRET, *cleo)
    ruled = ("rule-awareness", one, "2", "--counts-not", "--because", SECRET)
    staffed.done("incident", *ruled, *signed("cleo", keys))
    for words in (
        ("incident", "show", one),
        ("incident", "list"),
        ("log", one),
        ("incident", "evidence", "list", one),
    ):
        for form in ((), ("--json",)):
            ran = staffed(*words, *form)
            assert ran.status == 0
            assert SECRET not in ran.out + ran.err, words + form
    assert SECRET in staffed("log", one, "--reader", "counsel", *signed("cleo", keys)).out
    staffed.done("export", one, "--to", tmp_path / "package")
    files = [file for file in (tmp_path / "package").rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert SECRET.encode() not in file.read_bytes(), file
        assert json.dumps(SECRET).encode() not in file.read_bytes(), file
    staffed.done(
        "export",
        one,
        "--to",
        tmp_path / "c",
        "--reader",
        "counsel",
        "--reader",
        "ops",
        *signed("cleo", keys),
    )
    held = [
        f for f in (tmp_path / "c").rglob("*") if f.is_file() and SECRET.encode() in f.read_bytes()
    ]
    assert held, "counsel's own package holds them"
    staffed.sound()


def test_settling_what_counsel_settled_does_not_tell_the_answer(staffed: Keyboard) -> None:
    one = staffed.opened()
    staffed.done("incident", "ask", one, "who knew?")
    staffed.done("incident", "settle", one, "Q1", SECRET, "--as", "cleo")
    ran = staffed("incident", "settle", one, "Q1", "nobody", "--json")
    assert ran.status == 2 and SECRET not in ran.out + ran.err


def test_closing_over_counsels_question_does_not_tell_it(staffed: Keyboard, keys: Keys) -> None:
    one = staffed.opened()
    staffed.done("incident", "severity", one, "sev4", "--reason", "r", "--basis", "b")
    staffed.done("incident", "ask", one, SECRET, "--as", "cleo")
    staffed.done("incident", "claim", one, SECRET, "--as", "cleo")
    ran = staffed("incident", "close", one, "--because", "over", *signed("ana", keys), "--json")
    assert SECRET not in ran.out + ran.err
    assert ran.status == 2 and "Q1" in ran.out, "it blocks, and is named by its number"


def test_a_person_whose_account_has_no_name_must_say_who_they_are(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", unknown)
    assert "--as" in tocsin.refused("incident", "open", "--title", "T")
    tocsin.done("incident", "open", "--title", "T", "--as", "ana")


def test_a_key_may_be_named_by_environment(
    staffed: Keyboard, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_AS", "ben")
    monkeypatch.setenv("TOCSIN_KEY", str(keys["ben"]))
    one = staffed.opened()
    author = staffed.done("log", one)["entries"][0]["author"]
    assert (author["who"], author["proof"]) == ("ben", "signature")


def test_the_same_key_proves_no_second_person(staffed: Keyboard, keys: Keys) -> None:
    again = staffed.refused("register", "enrol", "dan", f"{keys['ben']}.pub", *signed("ana", keys))
    assert "ben" in again
    home_key = staffed.home / "keys" / "log.key.pub"
    assert staffed.refused("register", "enrol", "dan", home_key, *signed("ana", keys))


def test_an_enrolment_that_ends_in_the_past_or_without_a_zone_is_refused(
    staffed: Keyboard, keys: Keys, tmp_path: Path
) -> None:
    new = ssh_key(tmp_path, "dan", 9)
    enrol = ("register", "enrol", "dan", f"{new}.pub", *signed("ana", keys))
    assert "zone" in staffed.refused(*enrol, "--until", "2030-01-01T00:00")
    assert staffed.refused(*enrol, "--until", "2020-01-01T00:00Z")
    staffed.done(*enrol, "--until", "2099-01-01T00:00Z")


def test_a_role_is_given_under_a_key_and_to_nobody_whom_the_register_does_not_know(
    staffed: Keyboard, keys: Keys
) -> None:
    one, ana = staffed.opened(), signed("ana", keys)
    assign = ("incident", "assign", one)
    assert "enrolled key" in staffed.refused(*assign, "commander", "ana", "--as", "ana")
    said = staffed.refused(*assign, "commander", "ghost", *ana)
    assert "ghost is no person of the register" in said
    assert 'did you mean "commander"' in staffed.refused(*assign, "comander", "ana", *ana)
    staffed.done(*assign, "commander", "ana", *ana)
