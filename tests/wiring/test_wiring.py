"""The live world of a home: founded once, opened whole, and honest about what cannot be used."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tocsin import wiring
from tocsin.facts import HOME_LOG, Refused
from tocsin.facts.records import HomeFounded
from tocsin.facts.registers import RegisterAdopted

SWITCH = """
[integrations.switch]
kind = "file-switch"
path = "{place}"
settings = {{ states = "on,off" }}

[integrations.seen]
kind = "file-state"
path = "{place}"

[integrations.broken]
kind = "webhook"
url = "http://127.0.0.1:9/orders"
secret = "env:NOWHERE"
settings = {{ repeatable = "sometimes" }}

[integrations.strange]
kind = "carrier-pigeon"
path = "roof"
"""


def found(home: Path, origin: str | None = None) -> wiring.Founded:
    return wiring.found(home, origin, lambda text: None)


def test_founding_twice_is_founding_once(tmp_path: Path) -> None:
    first = found(tmp_path / "home", "acme.example/record")
    second = found(tmp_path / "home")
    assert (first.new, second.new) == (True, False)
    assert (first.key, first.origin) == (second.key, second.origin)
    with wiring.open_home(tmp_path / "home", warn=print) as opened:
        (entry,) = opened.store.read(HOME_LOG)
        assert isinstance(entry.fact, HomeFounded)
        assert entry.fact.fingerprint == first.key == opened.key.fingerprint


def test_a_record_keeps_its_origin(tmp_path: Path) -> None:
    found(tmp_path, "acme.example/record")
    with pytest.raises(Refused, match="for ever"):
        found(tmp_path, "other.example/record")


def test_what_is_no_home_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="init"), wiring.open_home(tmp_path, warn=print):
        pass


def test_hands_and_eyes_come_from_the_register_and_what_is_broken_stops_nothing(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    found(home)
    place = tmp_path / "switch.json"
    place.write_text('{"assistant": "on"}')
    (home / "register" / "integrations.toml").write_text(SWITCH.format(place=place))
    with wiring.open_home(home, warn=print) as opened:
        assert not opened.world.connectors and not opened.world.probes
        assert "no register is in force" in (opened.difference or "")
        adopt(opened)
        assert opened.difference is not None, "the files hold mistakes still"
        assert opened.world.connectors["switch"].look("assistant") == "on"
        assert set(opened.world.probes) == {"seen"}
        told = {m.path: m for m in opened.mistakes if m.found == "cannot be used"}
    assert set(told) == {"integrations.broken", "integrations.strange"}
    assert "carrier-pigeon" in told["integrations.strange"].remedy
    strange = told["integrations.strange"]
    assert (strange.file, strange.line) == ("integrations.toml", 17)


def test_what_was_not_adopted_is_neither_hand_nor_eye_and_what_was_is_at_once(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    found(home)
    files = home / "register" / "integrations.toml"
    files.write_text('[integrations.one]\nkind = "file-switch"\npath = "one.json"\n')
    (home / "one.json").write_text('{"assistant": "on"}')
    with wiring.open_home(home, warn=print) as opened:
        adopt(opened)
        assert opened.difference is None
        assert opened.world.connectors["one"].look("assistant") == "on", "relative to the home"
    files.write_text('[integrations.two]\nkind = "file-switch"\npath = "one.json"\n')
    with wiring.open_home(home, warn=print) as working, wiring.open_home(home, warn=print) as other:
        assert "not the register in force" in (working.difference or "")
        assert set(working.world.connectors) == {"one"}, "the files alone change nothing"
        assert "two" not in working.world.connectors
        adopt(other)
        assert set(working.world.connectors) == {"two"}, "a process at work follows what is adopted"


def test_a_register_that_cannot_be_read_back_gives_no_hand(tmp_path: Path) -> None:
    home = tmp_path / "home"
    found(home)
    file = home / "register" / "one.toml"
    file.write_text('[integrations.one]\nkind = "file-switch"\npath = "one.json"\n')
    with wiring.open_home(home, warn=print) as opened:
        digest = adopt(opened)
    (home / "vault" / digest[:2] / digest).unlink()
    with wiring.open_home(home, warn=print) as opened:
        assert set(opened.world.connectors) == {"one"}, "the files declare the very same"
    file.write_text(file.read_text().replace("one.json", "two.json"))
    with wiring.open_home(home, warn=print) as opened:
        assert not opened.world.connectors
        with pytest.raises(Refused):
            _ = opened.in_force


def adopt(opened: wiring.Opened) -> str:
    """Put what the files declare into force, mistakes and all, as an older version might have."""
    register = opened.declared
    digest = opened.world.vault.put(io.BytesIO(register.canonical())).digest
    fact = RegisterAdopted(
        digest=digest, systems=len(register.systems), people=len(register.people)
    )
    opened.desk.record(HOME_LOG, lambda _: [fact], wiring.HOME_AUTHOR)
    return digest
