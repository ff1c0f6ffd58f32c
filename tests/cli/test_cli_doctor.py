"""What is amiss with a home is a finding in the doctor's list, each with what to do about it."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from test_cli_homes import NOBODY, as_nobody

from cli_seat import Keyboard, command_line, copied
from tocsin.journal.keys import LogKey


def sick(tocsin: Keyboard) -> dict[str, tuple[str, str]]:
    """What is to be mended: by what was looked at, what was seen and the remedy."""
    ran = tocsin("doctor", "--json")
    assert ran.status in (0, 1), ran
    found = {
        one["what"]: (one["seen"], one["remedy"]) for one in ran.json["findings"] if not one["ok"]
    }
    assert (ran.status == 1) is bool(found) and all(remedy for _, remedy in found.values()), ran
    return found


def test_a_sound_home_has_nothing_to_mend_and_is_left_as_it_was(staffed: Keyboard) -> None:
    before = staffed.sound()["root"]
    assert sick(staffed) == {}
    assert staffed.sound()["root"] == before
    assert not [*staffed.home.glob(".doctor*"), *(staffed.home / "vault").glob(".doctor*")]


def test_guards_that_somebody_removed_are_named(tocsin: Keyboard) -> None:
    with sqlite3.connect(tocsin.home / "journal.db") as record:
        record.execute("DROP TRIGGER entry_no_delete")
        record.execute("DROP TRIGGER disclosure_no_update")
    found = sick(tocsin)
    assert found["append-only by the database"][0] == (
        "missing: disclosure_no_update, entry_no_delete"
    )


@pytest.mark.parametrize("wrong", ["gone", "another", "open to all"])
def test_a_key_that_is_gone_or_another_is_a_finding(tocsin: Keyboard, wrong: str) -> None:
    key = tocsin.home / "keys" / "log.key"
    if wrong == "open to all":
        key.chmod(0o644)
    else:
        key.unlink()
    if wrong == "another":
        LogKey.create(key.with_name("other"), "incidents.example.com")
        key.with_name("other").rename(key)
    seen, remedy = sick(tocsin)["home"]
    assert "key" in seen and remedy


def test_a_vault_that_cannot_be_read_is_a_finding(tocsin: Keyboard) -> None:
    shutil.rmtree(tocsin.home / "vault")
    (tocsin.home / "vault").write_text("not a folder")
    assert sick(tocsin)


def test_a_detector_that_compares_with_no_reference_is_a_finding(tocsin: Keyboard) -> None:
    file = tocsin.home / "detectors" / "assistant.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        "system: assistant\ndetectors:\n  d: {drift: age, tolerance: 5%, baseline: reference}\n"
    )
    seen, remedy = sick(tocsin)["detectors without their reference"]
    assert seen.startswith("1; the first: detectors/assistant.yaml:3: ") and "lint" in remedy
    file.write_text("reference: training.parquet\n" + file.read_text())
    assert "detectors without their reference" not in sick(tocsin)


def test_a_register_whose_bytes_are_gone_from_the_vault_is_a_finding(staffed: Keyboard) -> None:
    for piece in (staffed.home / "vault").glob("??/*"):
        piece.unlink()
    assert "register in force" in sick(staffed)


def test_a_record_that_takes_no_write_is_a_finding(tocsin: Keyboard) -> None:
    with tempfile.TemporaryDirectory() as folder:  # where another account can go
        Path(folder).chmod(0o755)
        home = copied(tocsin.home, Path(folder) / "home")
        as_nobody(home)
        for file in home.glob("journal.db*"):
            file.chmod(0o444)
        home.chmod(0o555)
        ran = command_line(home, "doctor", "--json", before=NOBODY)
    assert ran.status == 1, ran
    found = {one["what"] for one in ran.json["findings"] if not one["ok"]}
    assert {"writing to the record", "home folder"} <= found or "home" in found, ran


def test_on_a_server_the_same_is_asked(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    tocsin = Keyboard(tmp_path / "home")
    monkeypatch.setenv("TOCSIN_DATABASE_URL", postgres_url)
    tocsin.done("init")
    tocsin.done("verify")
    assert sick(tocsin) == {}
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("ALTER TABLE node DISABLE TRIGGER node_no_update")
    assert sick(tocsin)["append-only by the database"][0] == "missing: node_no_update"
