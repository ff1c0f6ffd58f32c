"""`tocsin controls` shows what the record evidences, names what is missing, and needs no home."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cli_seat import Keyboard

BY = ("--as", "ana")


@pytest.fixture
def home(tmp_path: Path) -> Keyboard:
    """A home in which one incident was opened, judged and closed."""
    made = Keyboard(tmp_path / "home")
    made.done("init", "--origin", "demo.invalid/controls")
    return made


def control(found: Any, id: str) -> Any:
    (framework,) = found["frameworks"]
    return next(one for one in framework["controls"] if one["id"] == id)


def test_without_a_home_everything_is_a_gap_and_the_catalogue_is_shown(tmp_path: Path) -> None:
    found = Keyboard(tmp_path / "nowhere").done("controls")
    assert found["home"] is None and len(found["frameworks"]) == 8
    for one in found["frameworks"]:
        assert one["counts"]["evidenced"] == one["counts"]["partly"] == 0


def test_what_the_record_shows_is_counted_and_named(home: Keyboard) -> None:
    before = control(home.done("controls", "nist-sp-800-61r3"), "RS.MA-03")
    assert before["state"] == "gap" and before["unverified"]
    incident = home.done("incident", "open", "--title", "It fails", *BY)["incident"]
    home.done("incident", "severity", incident, "sev2", "--reason", "r", "--basis", "b", *BY)
    after = control(home.done("controls", "nist-sp-800-61r3"), "RS.MA-03")
    assert after["state"] == "evidenced"
    assert "severity-judged" in after["evidence"][0]["found"][0]


def test_one_control_and_only_gaps(home: Keyboard) -> None:
    (only,) = home.done("controls", "eu-ai-act", "--control", "art. 73")["frameworks"]
    assert [one["id"] for one in only["controls"]] == ["Art. 73"]
    (gaps,) = home.done("controls", "eu-ai-act", "--gaps")["frameworks"]
    assert {one["state"] for one in gaps["controls"]} <= {"gap", "partly"}
    assert home("controls", "--gaps", "--require").status == 1
    assert home("controls", "--require").status == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [(("nist-ai-rfm",), "nist-ai-rmf"), (("eu-ai-act", "--control", "Art. 733"), "Art. 73")],
)
def test_what_is_not_there_is_told_with_what_was_meant(
    home: Keyboard, words: tuple[str, ...], says: str
) -> None:
    said = home("controls", *words)
    assert said.status == 2 and says in said.err


def test_own_mappings_are_added_and_their_mistakes_told(home: Keyboard) -> None:
    folder = home.home / "controls"
    folder.mkdir()
    own = 'framework = "ours"\ntitle = "Ours"\nversion = "1"\nsource = "the board"\n'
    own += 'compared_on = 2026-01-01\n[[control]]\nid = "1"\nsays = "S."\n'
    own += 'evidence = ["incident-record"]\n'
    (folder / "ours.toml").write_text(own)
    assert control(home.done("controls", "ours"), "1")["state"] == "gap"
    (folder / "ours.toml").write_text(own.replace("incident-record", "incident-recrod"))
    said = home("controls")
    assert said.status == 2 and "controls/ours.toml:9" in said.err
    (folder / "ours.toml").write_bytes(b"\xff\xfe")
    assert home("controls").status == 2


def test_people_read_the_next_step_and_the_caution(home: Keyboard) -> None:
    said = home("controls", "sr-11-7")
    assert "NOT IN FORCE since 2026-04-17" in said.out and "[unverified]" in said.out
    assert "Next: tocsin" in said.out and "auditor" in said.out


def test_own_mappings_that_cannot_be_read_are_told_and_never_waited_for(home: Keyboard) -> None:
    folder = home.home / "controls"
    folder.mkdir()
    (folder / "a.toml").symlink_to("nowhere")
    os.mkfifo(folder / "b.toml")
    (folder / "c.toml").write_bytes(b"\xff")
    said = home.refused("controls")
    for one in ("controls/a.toml cannot be read", "controls/b.toml cannot be read: not a plain",
                "controls/c.toml cannot be read: 'utf-8'"):  # fmt: skip
        assert one in said
