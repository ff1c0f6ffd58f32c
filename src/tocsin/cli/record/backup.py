"""`tocsin backup`, `restore` and `upgrade`: a home as one file, put back, brought forward."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin import __version__, wiring
from tocsin.cli.frame import person
from tocsin.cli.frame.arguments import Commands, command, count
from tocsin.cli.frame.plain_files import whole_bytes
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.desk.plans.runs import By
from tocsin.facts import Refused, Unreachable
from tocsin.world import RealClock

KEY_BYTES_MAX = 64 * 1024


def add(places: Commands) -> None:
    backup = command(
        places, "backup", run_backup,
        "write the whole home into one file, while everything goes on, and check that file",
        examples="  tocsin backup --to /backups             # a name of its own, with the date\n"
        "  tocsin backup --to /backups --keep 14   # and no more than 14 of this home\n"
        "  tocsin backup --to it.tar --without-keys",
    )  # fmt: skip
    backup.add_argument("--to", type=_place, required=True, metavar="PLACE",
                        help="a file that is not there yet, or a folder")  # fmt: skip
    backup.add_argument("--without-keys", action="store_true",
                        help="leave out the key that signs the record: whoever has it and the "
                        "record can write another history")  # fmt: skip
    backup.add_argument(
        "--keep", type=count, metavar="N", help="in a folder: delete the older ones beyond N"
    )
    restore = command(
        places, "restore", run_restore,
        "put a home back from a backup; every run in it is paused until a person looks",
        examples='  tocsin --home ./home restore BACKUP --because "the disk was lost"',
    )  # fmt: skip
    restore.add_argument("backup", type=Path, help="what `tocsin backup` wrote")
    restore.add_argument("--because", required=True, metavar="REASON",
                         help="why; it is recorded")  # fmt: skip
    restore.add_argument("--replace", action="store_true",
                         help="move the home that stands there aside first")  # fmt: skip
    restore.add_argument(
        "--signing-key", type=Path, metavar="FILE", help="the record's, where the backup has none"
    )
    person.options(restore)
    upgrade = command(
        places, "upgrade", run_upgrade,
        "bring a record of an older version forward, after a backup that leads back",
        examples="  systemctl stop tocsin-work tocsin-watch tocsin-web\n"
        "  tocsin upgrade --to /backups",
    )  # fmt: skip
    upgrade.add_argument(
        "--to", type=_place, required=True, metavar="PLACE", help="where the backup goes"
    )


def _place(text: str) -> Path:
    """A file, or a folder that is there. Used as an argument type."""
    path = Path(text)
    if text.endswith("/") and not path.is_dir():  # a file of that name would be no folder's backup
        raise argparse.ArgumentTypeError(f"there is no folder {text}; make it: mkdir -p {text}")
    return path


def run_backup(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.keep is not None and not args.to.is_dir():
        raise Refused(f"--keep deletes older backups in a folder, and {args.to} is none")
    path, told = wiring.back_up(
        args.home,
        args.to,
        keys=not args.without_keys,
        clock=RealClock(),
        warn=screen.say,
        progress=screen.progress("backed up", "bytes"),
    )
    deleted = []
    for old in wiring.outdated(args.to, told.origin, args.keep) if args.keep else []:
        try:
            old.unlink()
        except OSError as bad:
            raise Unreachable(f"{old}: {bad.strerror}; the new backup {path} is whole") from None
        deleted.append(str(old))
    holds = "with the key that signs it: guard it like the home" if told.keys else "without keys"
    gone = f"\n{len(deleted)} older deleted" if deleted else ""
    return Answer(
        data={"backup": str(path), "holds": told, "deleted": deleted},
        text=f"{path}: {told.size:,} entries of {told.origin}, {holds}; read again and whole\n"
        f"The way back: tocsin --home DIR restore {path} --because REASON{gone}",
    )


def _signing_key(path: Path | None) -> bytes | None:
    what = "the key file that signs the record: --signing-key FILE"
    return None if path is None else whole_bytes(path, what, KEY_BYTES_MAX)


def run_restore(args: argparse.Namespace, screen: Screen) -> Answer:
    because = args.because.strip()
    if not because:
        raise Refused("say why it is restored: --because REASON; it is recorded")
    clock, acting = RealClock(), person.acting(args)
    made = wiring.restore(
        args.backup,
        args.home,
        because,
        By(author=acting.author, sign=acting.signer()),
        replace=args.replace,
        at=clock.now(),
        warn=screen.say,
        key=_signing_key(args.signing_key),
    )
    told, lines = made.backup, []
    if made.replaced:
        lines.append(f"what stood there lies in {made.replaced}")
    if made.paused:
        runs = "; ".join(f"tocsin incident resume {one}" for one in made.paused)
        lines.append(
            f"{len(made.paused)} runs are paused: look at what was done since, then {runs}"
        )
    return Answer(
        data={
            "home": str(made.home),
            "holds": told,
            "replaced": None if made.replaced is None else str(made.replaced),
            "paused": made.paused,
        },
        text="\n".join(
            [
                f"{made.home} is back as it was at {told.made_at:%Y-%m-%d %H:%M} UTC, "
                f"{told.size:,} entries",
                *lines,
                "Facts recorded since then are not in it; a witness or an earlier package that saw "
                "more will say so. Next: tocsin verify --witness URL, tocsin doctor",
            ]
        ),
    )


def run_upgrade(args: argparse.Namespace, screen: Screen) -> Answer:
    found = wiring.tables_of(args.home, screen.say)
    if found == wiring.NEWEST:
        return Answer(
            data={"from": found, "to": found, "backup": None},
            text=f"nothing to do: the record is as Tocsin {__version__} needs it (step {found})",
        )
    path, told = wiring.back_up(
        args.home, args.to, keys=True, clock=RealClock(), warn=screen.say,
        progress=screen.progress("backed up", "bytes"), older=True,
    )  # fmt: skip
    wiring.bring_forward(args.home, screen.say)
    return Answer(
        data={"from": found, "to": wiring.NEWEST, "backup": str(path), "holds": told},
        text=f"the record went from step {found} to {wiring.NEWEST} and opens\n"
        f"The way back: install the former version, then: tocsin --home {args.home} restore "
        f'{path} --replace --because "the upgrade is taken back"',
    )
