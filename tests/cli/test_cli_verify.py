"""What `tocsin verify` says when others are asked: every verdict by itself, whatever one is.

| the witness                        | consistent | rollback                  | exit |
|------------------------------------|------------|---------------------------|------|
| has seen this, and no more         | yes        | excluded up to N by it    | 0    |
| has seen more than is here         | yes        | ROLLED BACK               | 1    |
| remembers other entries            | yes        | REWRITTEN                 | 1    |
| does not know this record          | yes        | not excluded              | 1    |
| has another key than the register's| yes        | not excluded              | 1    |
| runs under our own account         | yes        | not excluded              | 1    |
| does not answer                    | yes        | not excluded              | 3    |

An evidence package stands still while its record grows:

| the witness                                   | rollback                  | exit |
|-----------------------------------------------|---------------------------|------|
| cosigned this very checkpoint, whatever since | excluded up to N by it    | 0    |
| has seen a size from which growth is proven   | excluded up to N by it    | 0    |
| has seen a size from which it is not          | not excluded              | 1    |
| has seen more than the package holds          | not excluded              | 1    |
| remembers other entries at its size           | REWRITTEN                 | 1    |
| does not answer                               | not excluded              | 3    |
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from cli_seat import Keyboard, Ran, command_line, copied, ssh_key
from tocsin import wiring
from tocsin.facts import HOME_LOG, Draft, Refused
from tocsin.facts.records import CheckpointWitnessed
from tocsin.journal import note, witness_client
from tocsin.journal.packed import Packed
from tocsin.journal.witness import Witness
from tocsin.journal.witness_answers import Standing, asked_of_package
from tocsin.journal.witness_server import WitnessServer
from tocsin.world import RealClock

NAME = "witness.example.com"
NOBODY_THERE = "http://127.0.0.1:9"


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    witness = Witness(tmp_path / "witness", NAME, RealClock())
    yield witness
    witness.close()


@pytest.fixture
def url(witness: Witness) -> Iterator[str]:
    server = WitnessServer(witness)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.url
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The witness runs under an account that is not ours."""
    monkeypatch.setattr(witness_client, "account_mark", lambda: "0" * 64)


@pytest.fixture
def known(staffed: Keyboard, witness: Witness) -> Keyboard:
    """A home whose record the witness was told of."""
    witness.add_log(staffed.done("witness", "key")["vkey"])
    return staffed


def verdicts(ran: Ran, status: int) -> dict[str, object]:
    """The answer, whose other verdicts must stand whatever the witness said."""
    assert ran.status == status, ran
    found: dict[str, object] = ran.json
    assert found["consistent"] is True and found["breaks"] is None, ran
    assert str(found["signed_by"]).startswith("SHA256:") and found["unconfirmed"] is None, ran
    assert found["accepted"] is (status == 0), ran
    assert found["witness_holds"] is (status == 0), ran
    return found


@pytest.mark.usefixtures("elsewhere")
def test_a_witness_that_saw_all_of_it_excludes_a_rollback(known: Keyboard, url: str) -> None:
    known.opened()
    found = verdicts(known("verify", "--witness", url, "--json"), 0)
    assert (found["rollback_up_to"], found["witnesses"]) == (found["size"], [NAME])
    text = known("verify", "--witness", url).out
    assert f"rollback: excluded up to {found['size']} by witness {NAME} (asked just now)" in text


@pytest.mark.usefixtures("elsewhere")
def test_an_old_backup_put_back_is_a_verdict_beside_the_others(
    known: Keyboard, url: str, tmp_path: Path
) -> None:
    known.opened()
    backup = Keyboard(copied(known.home, tmp_path / "backup"))
    known.opened("what the backup does not hold")
    size = known.done("verify", "--witness", url)["size"]
    old = backup.done("verify")["size"]
    found = verdicts(backup("verify", "--witness", url, "--json"), 1)
    words = f"the witness {NAME} has seen {size} entries, this record has {old}"
    assert found["rollback"] == f"ROLLED BACK: {words}" and found["rollback_up_to"] is None
    lines = backup("verify", "--witness", url).out.splitlines()
    assert lines[0].startswith("consistent: yes") and lines[1].startswith("signed by: SHA256:")
    assert lines[2] == f"rollback: ROLLED BACK: {words}"
    assert lines[-1].startswith("Stop."), "and it says what to do"


@pytest.mark.usefixtures("elsewhere")
def test_a_record_rewritten_with_its_own_key_is_a_verdict_beside_the_others(
    known: Keyboard, url: str, tmp_path: Path
) -> None:
    forged = Keyboard(copied(known.home, tmp_path / "forged"))
    known.opened("what happened")
    known.done("verify", "--witness", url)
    forged.opened("what did not happen")
    for _ in range(2):  # at the very same size, and at a larger one
        found = verdicts(forged("verify", "--witness", url, "--json"), 1)
        assert str(found["rollback"]).startswith("REWRITTEN")
        forged.opened("more")


def test_a_witness_that_does_not_answer_leaves_the_other_verdicts(staffed: Keyboard) -> None:
    found = verdicts(staffed("verify", "--witness", NOBODY_THERE, "--json"), 3)
    assert f"not excluded: witness did not answer at {NOBODY_THERE}" in str(found["rollback"])
    lines = staffed("verify", "--witness", NOBODY_THERE).out.splitlines()
    assert lines[0].startswith("consistent: yes") and lines[1].startswith("signed by: SHA256:")
    assert lines[2].startswith("rollback: not excluded: witness did not answer")


def test_what_is_wrong_beside_a_silent_witness_is_still_a_problem(staffed: Keyboard) -> None:
    stranger = "SHA256:" + "A" * 43
    ran = staffed("verify", "--witness", NOBODY_THERE, "--key", stranger, "--json")
    assert ran.status == 1 and "you expect" in ran.json["unconfirmed"], ran
    assert "did not answer" in ran.json["rollback"]


@pytest.mark.usefixtures("elsewhere")
def test_of_two_witnesses_both_must_settle_it(known: Keyboard, url: str) -> None:
    both = ("--witness", NOBODY_THERE, "--witness", url)
    found = verdicts(known("verify", *both, "--json"), 3)
    assert "did not answer" in str(found["rollback"]) and NAME in str(found["rollback"])
    assert found["rollback_up_to"] is None


@pytest.mark.usefixtures("elsewhere")
def test_a_witness_that_does_not_know_the_record_settles_nothing(
    staffed: Keyboard, url: str
) -> None:
    found = verdicts(staffed("verify", "--witness", url, "--json"), 1)
    assert "not excluded" in str(found["rollback"]) and "does not know" in str(found["rollback"])


def test_a_witness_under_our_own_account_settles_nothing(known: Keyboard, url: str) -> None:
    found = verdicts(command_line(known.home, "verify", "--witness", url, "--json"), 1)
    assert "own account" in str(found["rollback"]) and found["rollback_up_to"] is None


@pytest.mark.usefixtures("elsewhere")
def test_a_witness_of_the_register_is_believed_under_its_key_alone(
    known: Keyboard, url: str, witness: Witness, tmp_path: Path
) -> None:
    other = Witness(tmp_path / "other", NAME, RealClock())
    register = known.home / "register" / "witness.toml"
    declared = f'[integrations.{{}}]\nkind = "witness"\nurl = "{url}/"\nsettings.key = "{{}}"\n'
    register.write_text(declared.format("w", other.about().vkey))
    other.close()
    found = verdicts(known("verify", "--witness", url, "--json"), 1)
    assert "another key" in str(found["rollback"])
    register.write_text(declared.format("w", witness.about().vkey))
    assert verdicts(known("verify", "--witness", url, "--json"), 0)["witnesses"] == [NAME]


def test_an_address_that_is_no_witness_is_wrong_use(staffed: Keyboard) -> None:
    assert "not the http or https address" in staffed.refused("verify", "--witness", "ftp://x")


@pytest.mark.usefixtures("elsewhere")
def test_a_record_that_is_cut_is_inconsistent_whatever_a_witness_says(
    known: Keyboard, url: str
) -> None:
    known.opened()
    data = (known.home / "journal.db").read_bytes()
    (known.home / "journal.db").write_bytes(data.replace(b'"ana"', b'"eve"'))
    ran = known("verify", "--witness", url, "--json")
    assert ran.status == 1 and ran.json["consistent"] is False, ran


def invented(home: Keyboard) -> int:
    """What whoever holds database and signing key records: a cosignature by nobody. Its size."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
    with wiring.open_home(home.home, warn=print) as opened:
        store, size = opened.store, opened.store.size()
        signed = note.parse_note(store.checkpoint() or b"")
        witness = note.Verifier(name=NAME, public=note.public_bytes(key), kind=note.COSIGNATURE)
        now = opened.world.clock.now()
        fact = CheckpointWitnessed(
            witness=NAME,
            key=witness.text(),
            size=size,
            root=store.root_at(size).hex(),
            cosignature=note.cosign(signed, NAME, key, now),
            independent=True,
        )
        drafts = [Draft(fact=fact, happened_at=now)]
        store.append(HOME_LOG, store.head(HOME_LOG), drafts, wiring.HOME_AUTHOR)
    return size


@pytest.mark.usefixtures("elsewhere")
def test_a_cosignature_by_an_invented_key_excludes_nothing(
    known: Keyboard, url: str, witness: Witness, tmp_path: Path
) -> None:
    declared(known, url, witness)
    genuine = known.done("verify")["size"]
    known.done("witness", "ask")
    later = invented(known)
    assert later > genuine
    found = known.done("verify")
    assert (found["rollback_up_to"], found["witnesses"]) == (genuine, [NAME])
    (known.home / "register" / "witness.toml").unlink()
    found = known.done("verify")
    assert found["rollback_up_to"] is None and found["witnesses"] == []
    assert found["rollback"].startswith("not excluded") and NAME in found["rollback"]


def test_lint_and_doctor_tell_of_a_witness_whose_key_nobody_names(staffed: Keyboard) -> None:
    assert staffed.done("doctor")["ok"] is True
    (staffed.home / "register" / "witness.toml").write_text(
        f'[integrations.w]\nkind = "witness"\nurl = "{NOBODY_THERE}"\n'
    )
    told = staffed.done("register", "lint")["mistakes"]
    assert any("settings.key" in one["found"] and one["advice"] for one in told)
    doctor = staffed("doctor", "--json")
    assert doctor.status == 1, doctor
    differs, sick = [finding for finding in doctor.json["findings"] if not finding["ok"]]
    assert "not the register in force" in differs["seen"] and "adopt" in differs["remedy"]
    assert sick["seen"] == "w" and "settings.key" in sick["remedy"]


def packed(home: Keyboard, incident: object, to: Path) -> tuple[object, ...]:
    """What checks a package that is made now, by the key that the reader was told."""
    home.done("export", incident, "--to", to)
    return ("verify", to, "--key", home.done("key", "show")["key"])


def declared(home: Keyboard, url: str, witness: Witness) -> Path:
    """The register of this home names the witness, with its key."""
    file = home.home / "register" / "witness.toml"
    vkey = witness.about().vkey
    file.write_text(f'[integrations.w]\nkind = "witness"\nurl = "{url}"\nsettings.key = "{vkey}"\n')
    home.done("register", "adopt", "--as", "ana", "--key", ssh_key(home.home, "ana", 1))
    return file


@pytest.fixture
def reader(tmp_path: Path) -> Keyboard:
    """Someone without a home, who was sent a package."""
    return Keyboard(tmp_path / "reader")


@pytest.mark.usefixtures("elsewhere")
def test_a_package_that_the_witness_cosigned_is_settled_whatever_it_has_seen_since(
    known: Keyboard, url: str, witness: Witness, reader: Keyboard, tmp_path: Path
) -> None:
    one = known.opened()
    declared(known, url, witness)
    check = packed(known, one, tmp_path / "package")
    known.opened("later")
    known.done("verify", "--witness", url)
    found = verdicts(reader(*check, "--witness", url, "--json"), 0)
    assert (found["rollback_up_to"], found["witnesses"]) == (found["size"], [NAME])
    assert (
        f"rollback: excluded up to {found['size']} by witness {NAME}"
        in reader(*check, "--witness", url).out
    )
    unconfirmed = reader("verify", check[1], "--witness", url, "--json")
    assert unconfirmed.status == 1 and unconfirmed.json["witness_holds"] is True, unconfirmed


@pytest.mark.usefixtures("elsewhere")
def test_a_package_that_proves_its_growth_from_what_the_witness_saw_is_settled(
    known: Keyboard, url: str, witness: Witness, reader: Keyboard, tmp_path: Path
) -> None:
    one = known.opened()
    file = declared(known, url, witness)
    known.done("witness", "ask")
    file.unlink()
    known.done("incident", "note", one, "later")
    check = packed(known, one, tmp_path / "package")
    found = verdicts(reader(*check, "--witness", url, "--json"), 0)
    assert found["rollback_up_to"] == found["size"]


@pytest.mark.usefixtures("elsewhere")
def test_a_package_that_does_not_prove_its_growth_is_not_settled(
    known: Keyboard, url: str, reader: Keyboard, tmp_path: Path
) -> None:
    one = known.opened()
    seen = known.done("verify", "--witness", url)["size"]
    known.done("incident", "note", one, "later")
    check = packed(known, one, tmp_path / "package")
    found = verdicts(reader(*check, "--witness", url, "--json"), 1)
    assert f"not excluded: the witness at {url} has seen {seen} entries" in str(found["rollback"])
    known.done("verify", "--witness", url)
    found = verdicts(reader(*check, "--witness", url, "--json"), 1)
    assert "not excluded" in str(found["rollback"]) and "has seen" in str(found["rollback"])
    assert "ROLLED BACK" not in str(found["rollback"]), "a package may be older than its record"


@pytest.mark.usefixtures("elsewhere")
def test_a_package_of_a_rewritten_record_is_found_out_by_the_witness(
    known: Keyboard, url: str, reader: Keyboard, tmp_path: Path
) -> None:
    forged = Keyboard(copied(known.home, tmp_path / "forged"))
    known.opened("what happened")
    known.done("verify", "--witness", url)
    check = packed(forged, forged.opened("what did not happen"), tmp_path / "package")
    assert verdicts_alone(reader, check) is True
    found = verdicts(reader(*check, "--witness", url, "--json"), 1)
    assert str(found["rollback"]).startswith("REWRITTEN")
    assert "Stop." in reader(*check, "--witness", url).out


def verdicts_alone(reader: Keyboard, check: tuple[object, ...]) -> object:
    """Whether the package is accepted when no witness is asked."""
    return reader(*check, "--json").json["accepted"]


def test_a_witness_that_does_not_answer_leaves_a_packages_other_verdicts(
    staffed: Keyboard, reader: Keyboard, tmp_path: Path
) -> None:
    check = packed(staffed, staffed.opened(), tmp_path / "package")
    found = verdicts(reader(*check, "--witness", NOBODY_THERE, "--json"), 3)
    assert "witness did not answer" in str(found["rollback"])
    stranger = (*check[:2], "--key", "SHA256:" + "A" * 43)
    assert reader(*stranger, "--witness", NOBODY_THERE).status == 1


@pytest.mark.usefixtures("elsewhere")
def test_a_policy_counts_what_its_witness_says_now_and_pins_its_key(
    known: Keyboard, url: str, witness: Witness, reader: Keyboard, tmp_path: Path
) -> None:
    policy = tmp_path / "policy"
    line = f"log {known.done('witness', 'key')['vkey']}\nwitness w {{}} {url}\nquorum w\n"
    policy.write_text(line.format(witness.about().vkey))
    check = (*packed(known, known.opened(), tmp_path / "package")[:2], "--policy", policy)
    ran = reader(*check, "--json")
    assert ran.status == 1 and "quorum" in ran.json["unconfirmed"], "it is not in the package"
    verdicts(reader(*check, "--witness", url, "--json"), 0)
    other = Witness(tmp_path / "other", NAME, RealClock())
    policy.write_text(line.format(other.about().vkey))
    other.close()
    ran = reader(*check, "--witness", url, "--json")
    assert ran.status == 1 and "another key" in ran.json["rollback"], ran


@pytest.mark.usefixtures("elsewhere")
def test_a_line_in_a_witness_s_name_that_it_did_not_sign_settles_nothing(
    known: Keyboard, url: str, witness: Witness, reader: Keyboard, tmp_path: Path
) -> None:
    one = known.opened()
    declared(known, url, witness)
    known.done("witness", "ask")
    check = packed(known, one, tmp_path / "package")
    forged = Packed(tmp_path / "package", reader(*check, "--json").json["root"])
    assert asked_of_package(url, None, forged).standing is Standing.EXCLUDED
    log, mine = forged.head.signatures
    assert mine.name == NAME, "the package carries its cosignature"
    lie = replace(mine, value=mine.value[:-1] + bytes([mine.value[-1] ^ 1]))
    forged.head = replace(forged.head, note=replace(forged.head.note, signatures=(log, lie)))
    said = asked_of_package(url, None, forged)
    assert said.standing is Standing.UNCONFIRMED and "does not hold" in said.words


def test_a_package_that_changes_while_it_is_checked_is_told(
    staffed: Keyboard, reader: Keyboard, tmp_path: Path
) -> None:
    check = packed(staffed, staffed.opened(), tmp_path / "package")
    assert reader(*check).status == 0
    with pytest.raises(Refused, match="changed while"):
        Packed(tmp_path / "package", "0" * 64)
