"""`tocsin law seal` names the files of a pack; a home whose shipped law lost one says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli_law import written

from cli_seat import Keyboard
from small_law import SMALL
from tocsin.duties.read_files import NAMES

CLOSED = """
[[closure]]
calendar = "DE"
day = 2026-12-24
works = false
because = "closed by decree"
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return written(tmp_path / "pack", dict(SMALL))


@pytest.fixture
def bare(tmp_path: Path) -> Keyboard:
    """Somebody who has no home yet."""
    return Keyboard(tmp_path / "nowhere")


def test_a_pack_is_advised_to_name_its_files_until_it_does(bare: Keyboard, pack: Path) -> None:
    listed = ("law", "list", "--pack", pack)
    assert any("nothing tells when a file of it is lost" in o for o in bare.done(*listed)["advice"])
    made = bare.done("law", "seal", pack)
    assert made["files"] == len(SMALL) and made["changed"] == []
    found = bare.done(*listed)
    assert found["advice"] == [] and found["digest"] == made["digest"]
    (pack / "counting.toml").unlink()
    assert "counting.toml: named, and not there" in bare.refused(*listed)


def test_what_is_meant_is_named_anew_and_told(bare: Keyboard, pack: Path) -> None:
    bare.done("law", "seal", pack)
    assert bare.done("law", "seal", pack)["changed"] == []
    (pack / "closures.toml").write_text(CLOSED)
    (pack / "facts.toml").write_text((pack / "facts.toml").read_text() + "# read again\n")
    said = ["+ closures.toml", "~ facts.toml is another"]
    assert bare.done("law", "seal", pack)["changed"] == said
    (pack / "closures.toml").unlink()
    assert bare.done("law", "seal", pack)["changed"] == ["- closures.toml is no more"]


def test_a_pack_with_a_mistake_is_not_named_whole(bare: Keyboard, pack: Path) -> None:
    (pack / "closures.toml").write_text("nonsense = 1\n")
    assert "closures.toml:1" in bare.refused("law", "seal", pack)
    assert not (pack / NAMES).exists()
    assert "no file that ends with" in bare.refused("law", "seal", pack / "nowhere")


def test_what_is_laid_over_the_shipped_law_can_be_named_as_well(
    bare: Keyboard, pack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.wiring.law.shipped", lambda: pack)
    monkeypatch.setattr("tocsin.cli.law.seal.shipped", lambda: pack)
    assert "files.toml is missing" in bare.refused("law", "list", status=3)
    bare.done("law", "seal", pack)
    own = written(bare.home / "law", {"closures.toml": CLOSED})
    bare.done("law", "seal", own)
    assert bare("law", "list").status == 0
    (own / "closures.toml").unlink()
    assert "(own) files.toml:2: mistake: closures.toml" in bare.refused("law", "list")
