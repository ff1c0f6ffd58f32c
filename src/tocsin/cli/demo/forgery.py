"""Two forgeries of an evidence package, as someone with the files would make them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tocsin.facts import sshsig
from tocsin.journal.keys import SEAL_NAMESPACE

ENTRIES = Path("data", "log", "entries.jsonl")


def altered_copy(package: Path, to: Path) -> Path:
    """A copy in which one byte of one entry is another."""
    _copied(package, to)
    _alter(to / ENTRIES)
    return to


def resealed_copy(package: Path, to: Path, key: Path) -> Path:
    """A copy in which the byte is changed, every manifest made anew, and all signed by `key`."""
    _copied(package, to)
    _alter(to / ENTRIES)
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        lines = (to / manifest).read_text().splitlines()
        (to / manifest).write_text("".join(_listed(to, line) for line in lines))
    message = (to / "tagmanifest-sha256.txt").read_bytes()
    forged = sshsig.sign(message, sshsig.load_private(key.read_bytes()), SEAL_NAMESPACE)
    (to / "tagmanifest-sha256.txt.sig").write_text(forged)
    return to


def _listed(bag: Path, line: str) -> str:
    name = line.split(maxsplit=1)[1]
    return f"{hashlib.sha256((bag / name).read_bytes()).hexdigest()}  {name}\n"


def _copied(package: Path, to: Path) -> None:
    shutil.copytree(package, to)
    for path in [to, *to.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def _alter(entries: Path) -> None:
    data = entries.read_bytes()
    place = data.index(b"sev2")
    entries.write_bytes(data[:place] + b"sev4" + data[place + 4 :])
