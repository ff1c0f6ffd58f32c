"""Only the register that was adopted acts; files that merely stand there are told, and do nothing.

| the files                           | commands               | `run` of a plan | `doctor` | exit |
|-------------------------------------|------------------------|-----------------|----------|------|
| are what was adopted                | silent                 | begins          | ok       | 0    |
| name a new integration              | warn                   | refused         | MEND     | 1    |
| were never adopted                  | warn                   | refused         | MEND     | 1    |
| hold an integration of unknown kind | warn; lint: file, line |                 | MEND     | 1    |
| cannot be read, or are gone         | warn; open goes on     |                 | MEND     | 1    |
| declare nothing any more            | warn; adopt refuses    | begins          | MEND     | 1    |
| are those that the vault lost       | warn, and go on        | begins          | MEND     | 1    |
| are not those that the vault lost   | warn; open, note, now  | refused         | MEND     | 1    |
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.desk import people
from tocsin.facts.registers import RegisterAdopted
from tocsin.register.model import Register

PLAN = """\
plan: small
version: "1"
title: turn it off
start: off
steps:
  off:
    act: WHICH
    target: assistant
    wanted: "off"
    next: over
  over:
    end: completed
"""
NEW = '[integrations.another]\nkind = "file-switch"\npath = "another.json"\n'


def plan(folder: Path, connector: str) -> Path:
    file = folder / "plan.yaml"
    file.write_text(PLAN.replace("WHICH", connector))
    return file


def test_a_plan_acts_through_what_was_adopted_and_nothing_else(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path
) -> None:
    one = staffed.opened()
    assert "warning" not in staffed("incident", "ack", one).err
    (staffed.home / "register" / "another.toml").write_text(NEW)
    (staffed.home / "another.json").write_text('{"assistant": "on"}')
    told = staffed("incident", "note", one, "hm").err
    assert "not the register in force" in told and "register adopt" in told
    refused = staffed.refused("incident", "run", one, plan(tmp_path, "another"))
    assert "register adopt" in refused and "another" in refused
    assert "MEND  register in force" in staffed("doctor").out
    staffed.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    staffed.done("incident", "run", one, plan(tmp_path, "another"))
    staffed.done("work", "--until-idle")
    assert "off" in (staffed.home / "another.json").read_text(), "its path is relative to the home"
    assert "MEND" not in staffed("doctor").out


def test_before_any_register_was_adopted_nothing_acts(tocsin: Keyboard, tmp_path: Path) -> None:
    (tocsin.home / "register" / "another.toml").write_text(NEW)
    (tocsin.home / "another.json").write_text('{"assistant": "on"}')
    one = tocsin.opened()
    assert "no register is in force" in tocsin("incident", "ack", one).err
    assert "register adopt" in tocsin.refused("incident", "run", one, plan(tmp_path, "another"))


def test_lint_says_at_which_line_an_integration_cannot_be_used(staffed: Keyboard) -> None:
    (staffed.home / "register" / "another.toml").write_text(NEW.replace("file-switch", "pigeon"))
    ran = staffed("register", "lint")
    assert ran.status == 1 and "another.toml:1: mistake: integrations.another" in ran.out
    assert "pigeon" in ran.out
    adopt = staffed("register", "adopt")
    assert adopt.status == 1 and "another.toml:1: mistake" in adopt.out


@pytest.mark.parametrize("gone", [True, False])
def test_a_register_that_cannot_be_read_never_blocks_opening(staffed: Keyboard, gone: bool) -> None:
    folder = staffed.home / "register"
    if gone:
        folder.rename(staffed.home / "elsewhere")
    else:
        (folder / "secret.toml").symlink_to("/etc/hostname")
    ran = staffed("incident", "open", "--title", "T", "--system", "assistant")
    assert ran.status == 0, ran
    assert "warning" in ran.err and ("secret.toml" in ran.err or str(folder) in ran.err), ran
    assert "not in the register" not in ran.err, "what was adopted still counts"
    assert staffed("doctor").status == 1


def test_an_action_of_a_cancelled_run_does_not_look_as_if_it_would_come(
    staffed: Keyboard, tmp_path: Path
) -> None:
    one = staffed.opened()
    staffed.done("incident", "run", one, plan(tmp_path, "assistant-switch"))
    assert ": ready since" in staffed("incident", "show", one).out
    staffed.done("incident", "cancel", one, "--because", "not wanted")
    (run,) = staffed.done("incident", "show", one)["runs"]
    assert run["standing"] == "ended"
    assert run["actions"][0]["standing"] == "not carried out: the run is over"
    shown = staffed("incident", "show", one).out
    assert "ready" not in shown and "not carried out" in shown


def lost(staffed: Keyboard, *, altered: bool = False) -> Path:
    """The vault's piece with the register in force, taken away or altered."""
    digest = str(staffed.done("register", "adopt")["digest"])
    piece = staffed.home / "vault" / digest[:2] / digest
    piece.chmod(0o600)
    if altered:
        piece.write_bytes(piece.read_bytes().replace(b"Ana", b"Eve"))
    else:
        piece.unlink()
    return piece


@pytest.mark.parametrize("altered", [False, True])
def test_a_register_that_the_vault_lost_is_read_from_files_that_declare_the_same(
    staffed: Keyboard, keys: dict[str, Path], altered: bool
) -> None:
    piece = lost(staffed, altered=altered)
    opened = staffed("incident", "open", "--title", "T", "--system", "assistant", "--json")
    assert opened.status == 0 and opened.json["unregistered"] == [], opened
    assert "cannot be read from the vault" in opened.err
    assert "run: tocsin register adopt" in opened.err
    one = opened.json["incident"]
    for words in (("incident", "note", one, "a remark"), ("now", one)):
        assert "run: tocsin register adopt" in staffed(*words).err
        staffed.done(*words)
    staffed("stop", "assistant", "--as", "ana")
    switch = (staffed.home / "register" / "register.toml").read_text().split('path = "')[1]
    assert "off" in Path(switch.split('"')[0]).read_text(), "the same register stops"
    assert "MEND  register in force" in staffed("doctor").out
    if altered:
        piece.rename(staffed.home / "altered")
    assert staffed.done("register", "adopt")["adopted"] is False
    assert piece.exists() and "MEND" not in staffed("doctor").out
    assert "warning" not in staffed("incident", "note", one, "another").err


def test_a_register_that_the_vault_and_the_files_lost_blocks_no_opening_and_says_the_cure(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    file = staffed.home / "register" / "register.toml"
    lost(staffed)
    file.write_text(file.read_text().replace("Ana Example", "Ana Other"))
    opened = staffed("incident", "open", "--title", "T", "--system", "assistant", "--json")
    assert opened.status == 0 and opened.json["unregistered"] == [], opened
    one = opened.json["incident"]
    staffed.done("incident", "note", one, "privileged words", "--as", "cleo")
    assert "privileged" not in staffed("log", one).out, "whom the files call counsel stays counsel"
    staffed.done("incident", "note", one, "plain words", "--as", "ana")
    assert "plain words" in staffed("log", one).out
    assert "register adopt" in staffed("now", one).err
    for words in (("stop", "assistant"), ("incident", "dismiss", one, "--because", "x")):
        told = staffed.refused(*words, "--as", "ana")
        assert "cannot be read from the vault" in told and "then: tocsin register adopt" in told
    assert "MEND  register in force" in staffed("doctor").out
    assert "register adopt" in staffed("doctor").out
    assert staffed("register", "adopt").status == 2, "another register needs a signature as ever"
    staffed.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    assert "MEND" not in staffed("doctor").out
    assert "warning" not in staffed("stop", "assistant", "--as", "ana").err


def test_files_that_declare_nothing_replace_no_register(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    for file in (staffed.home / "register").glob("*.toml"):
        file.rename(staffed.home / file.name)
    lint = staffed("register", "lint")
    assert lint.status == 0 and "advice: no file declares anything" in lint.out
    ran = staffed("register", "adopt", *ana)
    assert ran.status == 1 and "mistake: no file declares anything" in ran.out
    assert "put back the .toml files" in ran.out
    doctor = staffed("doctor").out
    assert "MEND  register in force: HOME/register/: no file declares anything" in doctor
    assert staffed("stop", "assistant", "--as", "ana").status in (0, 1), "what was adopted counts"
    (staffed.home / "register.toml").rename(staffed.home / "register" / "register.toml")
    assert "MEND" not in staffed("doctor").out


def test_an_empty_register_is_told_and_where_one_is_in_force_to_be_mended(tocsin: Keyboard) -> None:
    """An earlier version let one come into force over another."""
    assert "MEND  register in force" not in tocsin("doctor").out, "a new home is as it should be"
    ran = tocsin("register", "adopt")
    assert ran.status == 0 and "no file declares anything" in ran.err
    assert "nothing is in force, and nothing is declared" in ran.out
    file = tocsin.home / "register" / "one.toml"
    file.write_text('[people.ana]\nname = "Ana"\nemail = "ana@example.org"\n')
    assert "no file declares anything" not in tocsin("register", "lint").out
    tocsin.done("register", "adopt")
    file.unlink()
    empty = Register()
    with wiring.open_home(tocsin.home, warn=print) as opened:
        opened.world.vault.put(io.BytesIO(empty.canonical()))
        fact = RegisterAdopted(digest=empty.digest, systems=0, people=0)
        people.vouched(opened.desk, fact, wiring.HOME_AUTHOR)
    assert "MEND  register in force: HOME/register/: no file declares" in tocsin("doctor").out
