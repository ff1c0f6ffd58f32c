"""No file that may have been meant as a rule is passed over: it is read, or it is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tocsin.facts import Unreachable
from tocsin.wiring.law import FILE_BYTES_MAX, texts_in

RULE = 'title = "x"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "law"
    (made / "own").mkdir(parents=True)
    (made / "own" / "a.toml").write_bytes(b'title = "x"\r\n')
    return made


def told(folder: Path) -> str:
    with pytest.raises(Unreachable) as bad:
        texts_in(folder)
    return str(bad.value)


def test_a_link_is_read_where_it_names_a_file_wherever_that_lies(folder: Path) -> None:
    (folder.parent / "elsewhere").write_text(RULE)
    (folder / "b.toml").symlink_to(folder.parent / "elsewhere")
    assert texts_in(folder) == {"own/a.toml": RULE, "b.toml": RULE}
    whole = folder.parent / "linked"
    whole.symlink_to(folder)
    assert texts_in(whole) == texts_in(folder)


def test_what_cannot_be_read_is_told_all_at_once(folder: Path) -> None:
    (folder / "b.toml").symlink_to("nowhere.toml")
    (folder / "c.toml").symlink_to("c.toml")
    os.mkfifo(folder / "d.toml")
    (folder / "e").symlink_to(folder / "own")
    (folder / "f.toml").write_bytes(b"\xff")
    (folder / "g.toml").write_bytes(b"#" * (FILE_BYTES_MAX + 1))
    said = told(folder)
    for one in (
        "law/b.toml cannot be read: No such file", "law/c.toml cannot be read: Too many levels",
        "law/d.toml cannot be read: not a plain file", "law/e/ cannot be read: a link to a folder",
        "law/f.toml cannot be read: 'utf-8'", "law/g.toml cannot be read: more than",
    ):  # fmt: skip
        assert one in said
    assert said.endswith("or take it away") and said.count("; ") == 1


@pytest.mark.parametrize("kind", ["a file", "a pipe", "a link that leads nowhere"])
def test_what_stands_in_the_folder_s_place_is_told(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "law"
    if kind == "a file":
        place.write_text(RULE)
    elif kind == "a pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("nowhere")
    assert told(place).startswith("law is no folder")
    assert texts_in(tmp_path / "none") == {}


def test_an_editor_s_lock_is_no_rule(folder: Path) -> None:
    (folder / ".#b.toml").symlink_to("ana@host.17")
    (folder / "b.toml").mkdir()
    assert list(texts_in(folder)) == ["own/a.toml"]
