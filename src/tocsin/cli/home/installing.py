"""`tocsin init --service`: the units of a home are written, and what to do with them is said."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame import person
from tocsin.cli.frame.screen import Answer
from tocsin.cli.home.units import Installed, units
from tocsin.facts import Refused, Unreachable

FOLDER = "service"


def options(init: argparse.ArgumentParser) -> None:
    """Add what the units depend on."""
    made = init.add_argument_group("as services of systemd")
    made.add_argument("--service", action="store_true",
                      help="also write units that keep everything running")  # fmt: skip
    made.add_argument("--to", type=Path, metavar="DIR",
                      help="where the units go (default: HOME/service)")  # fmt: skip
    made.add_argument("--user", metavar="ACCOUNT",
                      help="the account that runs them, and owns the home")  # fmt: skip
    made.add_argument("--writes", type=Path, action="append", default=[], metavar="DIR",
                      help="another folder they may write: that of a switch's file")  # fmt: skip
    made.add_argument("--backups", type=Path, metavar="DIR",
                      help="also make a backup there each night")  # fmt: skip


def written(home: wiring.Founded, args: argparse.Namespace) -> Answer:
    """Write the units, and say how they are installed.

    Raises:
        Refused: a name or a path that a unit cannot hold.
        Unreachable: the folder cannot be written.
    """
    made = Installed(
        command=_command(),
        home=home.home,
        user=_plain(args.user or person.account(), "account"),
        writes=tuple(Path(_plain(str(one.absolute()), "folder")) for one in args.writes),
        backups=None if args.backups is None else args.backups.absolute(),
    )
    _plain(str(made.home), "home")
    folder: Path = args.to or home.home / FOLDER
    found = units(made)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as bad:
        raise Unreachable(f"{folder}: {bad.strerror}; give a folder that can be written") from None
    names = sorted(found)
    lines = [f"{len(names)} units in {folder}: {', '.join(names)}", "Next, as root:"]
    if folder != Path("/etc/systemd/system"):
        lines.append(f"  cp {folder}/tocsin* /etc/systemd/system/")
    lines += [
        "  systemctl daemon-reload",
        "  systemctl enable --now tocsin.target"
        + (" tocsin-backup.timer" if made.backups is not None else ""),
        "Secrets that the register names as env:NAME, and TOCSIN_DATABASE_URL, go into "
        "/etc/tocsin/environment, which only root may read.",
    ]
    return Answer(
        data={"home": str(home.home), "key": home.key, "origin": home.origin, "new": home.new,
              "units": [str(folder / name) for name in names]},
        text="\n".join(lines),
    )  # fmt: skip


def _command() -> Path:
    """The `tocsin` beside the Python that runs this, else the one on the path."""
    beside = Path(sys.executable).with_name("tocsin")
    if beside.exists():
        return beside
    found = shutil.which("tocsin")
    if found is None:
        raise Refused("no `tocsin` command is installed that a service could start; install it")
    return Path(found)


def _plain(text: str, what: str) -> str:
    if not text.isprintable() or not text or (what == "account" and " " in text):
        raise Refused(f"{what} {text!r} cannot stand in a unit; give another")
    return text
