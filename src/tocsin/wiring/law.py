"""Reads the files of the law: the pack beside the sources or in the package, and HOME/law over it.

A link that leads out of its folder is not followed, and what is no text in UTF-8 cannot be read.
The shipped pack names its files, so that one that is lost is told; without those names it is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tocsin.duties.read_files import NAMES
from tocsin.facts import Unreachable

FOLDER = "law"
ENDING = ".toml"


class HomeLaw:
    """The law of one home, read anew each time."""

    def __init__(self, home: Path) -> None:
        self._own = home / FOLDER

    def texts(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The texts of both, by their paths within the folder. Raises Unreachable."""
        pack = texts_in(shipped())
        if NAMES not in pack:
            raise Unreachable(
                f"{FOLDER}/{NAMES} is missing, which names the files of the law; put back the "
                "folder as it was shipped, or name what is there now: tocsin law seal DIR"
            )
        return pack, texts_in(self._own)


def shipped() -> Path:
    """The folder of the law that travels with Tocsin. Raises Unreachable."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / FOLDER, package.parents[1] / FOLDER):
        if place.is_dir():
            return place
    raise Unreachable(f"{FOLDER}/ is not part of this installation")


def texts_in(folder: Path) -> dict[str, str]:
    """The texts of a folder, by their paths within it. Raises Unreachable."""
    found = {}
    for name, path in _files(folder):
        try:
            found[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as bad:
            raise Unreachable(f"{folder.name}/{name} cannot be read: {bad}") from None
    return found


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    real = folder.resolve()
    for path in sorted(folder.rglob(f"*{ENDING}")):
        if path.is_file() and path.resolve().is_relative_to(real):
            yield path.relative_to(folder).as_posix(), path
