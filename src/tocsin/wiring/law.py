"""Reads the files of the law: the pack beside the sources or in the package, and HOME/law over it.

Nothing that may have been meant as a rule is passed over: a link is read where it names a file, and
what cannot be read is told. The shipped pack names its files, so that one that is lost is told.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from tocsin.duties.read_files import NAMES
from tocsin.facts import Unreachable

FOLDER = "law"
ENDING = ".toml"
FILE_BYTES_MAX = 1024 * 1024
_EDITORS_LOCK = ".#"
_REMEDY = "put the file itself there, or a link to it, and see who may read it, or take it away"


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
    """The texts of a folder, by their paths within it. Raises Unreachable with all that is none."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    for name, path in rule_files(folder, wrong):
        try:
            found[name] = _text(path)
        except (OSError, ValueError) as bad:
            said = bad.strerror if isinstance(bad, OSError) else bad
            wrong.append(f"{folder.name}/{name} cannot be read: {said}")
    if wrong:
        raise Unreachable(f"{', '.join(sorted(wrong))}; {_REMEDY}")
    return found


def rule_files(folder: Path, wrong: list[str]) -> Iterator[tuple[str, Path]]:
    """Each rule file of a folder by its path within; `wrong` takes which folders none can list."""

    def failed(bad: OSError) -> None:
        wrong.append(f"{_within(folder, Path(bad.filename))} cannot be listed: {bad.strerror}")

    if not folder.is_dir():
        wrong += [f"{folder.name} is no folder"] if os.path.lexists(folder) else []
        return
    for at, folders, files in os.walk(folder, onerror=failed):
        for name in sorted(folders):
            if (link := Path(at, name)).is_symlink():
                wrong.append(f"{_within(folder, link)}/ cannot be read: a link to a folder")
        for name in sorted(files):
            if name.endswith(ENDING) and not name.startswith(_EDITORS_LOCK):
                yield Path(at, name).relative_to(folder).as_posix(), Path(at, name)


def _within(folder: Path, path: Path) -> str:
    return Path(folder.name, path.relative_to(folder)).as_posix()


def _text(path: Path) -> str:
    """The text of a plain file. Raises OSError, or ValueError where it is none, or too large."""
    # Without O_NONBLOCK the opening of a pipe waits until somebody writes into it.
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise ValueError("not a plain file")
        data = file.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise ValueError(f"more than {FILE_BYTES_MAX:,} bytes")
    return data.decode().replace("\r\n", "\n").replace("\r", "\n")
