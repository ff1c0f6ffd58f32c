"""`tocsin profile`: an inference log becomes small profiles, which stand in for it ever after.

Each file is read once. What was read is kept file by file, so that whoever is interrupted goes on
where he was. Needs no home.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.detection.log_options import LOG, add_reading, labelled, labels_of
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, WRONG_USE, Answer, Screen
from tocsin.detection.conventions.convention import Convention, conventional, in_words
from tocsin.detection.conventions.spans import window_for
from tocsin.detection.conventions.taking import Reading
from tocsin.detection.declared.read_log import mapping_of
from tocsin.facts import Refused
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import Refreshed, Unread
from tocsin.register.strict_yaml import DURATION, SECONDS
from tocsin.world import RealClock

TOLD_MOST = 20
LARGE = 1_000_000
"""A log of more rows is kept in few windows: of 20 million it would be thousands."""


def add(places: Commands) -> None:
    made = command(
        places, "profile", run_profile,
        "read an inference log once and keep what its windows hold, for `tocsin detect`",
        examples="  tocsin profile log/ --to profiles\n"
        "  tocsin profile 'log/date=*/*.parquet' --to profiles --window 1h --progress\n"
        "  tocsin profile decisions.csv --to profiles --mapping mapping.yaml --json\n"
        "  tocsin profile 'sqlite:///app.db?table=answers' --to profiles",
    )  # fmt: skip
    made.add_argument("log", metavar="LOG", help=LOG)
    made.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="where the profiles are kept"
    )
    add_reading(made)
    made.add_argument("--progress", action="store_true", help="tell it also where no screen is")


def run_profile(args: argparse.Namespace, screen: Screen) -> Answer:
    kept = _how(args, screen)
    source = wiring.profiled_log(args.log, kept, args.to, RealClock())
    try:
        found = source.refresh(screen.pace(f"profiling {args.log}", always=args.progress))
        windows = source.windows()
        unread = source.unread()
    finally:
        source.close()
    wide = [one for one in windows if one.seconds == kept.mapping.profile_seconds]
    rows = sum(cell.requests + cell.by_fallback for one in wide for cell in one.cells)
    status = DONE
    if unread:
        status = PROBLEM if rows else WRONG_USE
    elif not rows:
        status = WRONG_USE
    readings = [Reading(column=c, taken_for=t, because=b) for c, t, b in kept.readings]
    return Answer(
        data={
            "log": kept.log,
            "to": str(args.to),
            "ok": status == DONE,
            "rows": rows,
            "read": found.rows,
            "windows": len(wide),
            "window": kept.mapping.window_seconds,
            "unit": "rows" if kept.mapping.at is None else "seconds",
            "files": {
                "new": found.new,
                "changed": found.changed,
                "repeated": found.repeated,
                "waiting": found.waiting,
                "unread": unread,
            },
            "columns": readings,
            "remarks": _remarks(kept, found),
            "mapping": kept.mapping,
        },
        text="\n".join(_lines(args, kept, readings, found, rows, len(wide), unread)),
        status=status,
    )


def _lines(
    args: argparse.Namespace, kept: wiring.KeptLog, readings: Sequence[Reading], found: Refreshed,
    rows: int, windows: int, unread: Sequence[Unread],
) -> list[str]:  # fmt: skip
    lines = list(in_words(readings))
    lines += _some(_remarks(kept, found))
    lines += _some([f"{one.file}: {one.reason}; {one.remedy}" for one in unread])
    lines += [f"{file}: it is being written, and was left for later" for file in found.waiting]
    unit = "rows" if kept.mapping.at is None else "seconds"
    files = len(found.new) + len(found.changed)
    lines.append(
        f"read {found.rows:,} rows of {files} new or changed files; {args.to} now holds {rows:,} "
        f"rows in {windows:,} windows of {kept.mapping.profile_seconds:,} {unit}"
    )
    if not rows:
        lines.append(f"nothing of {args.log} is in any window")
    return lines


def _remarks(kept: wiring.KeptLog, found: Refreshed) -> list[str]:
    return list(dict.fromkeys([*kept.remarks, *found.remarks]))


def _some(told: Sequence[str]) -> list[str]:
    more = [f"and {len(told) - TOLD_MOST} more such remarks"] if len(told) > TOLD_MOST else []
    return [*told[:TOLD_MOST], *more]


def _how(args: argparse.Namespace, screen: Screen) -> wiring.KeptLog:
    """How the log is read: as a file says, as it was before, or by convention."""
    log, before = wiring.name_of(args.log), wiring.kept_in(args.to)
    if before is not None and before.log != log:
        raise Refused(
            f"{args.to} holds profiles of {before.log}; name another folder for those of {log}"
        )
    labels, look = None, None
    if args.labels is not None or args.labels_key is not None:
        labels, look = labels_of(args.labels, args.labels_key, wiring.look_at(args.log))
    if args.mapping is not None:
        mapping, mistakes = mapping_of(plain_bytes(args.mapping, "a mapping"), args.mapping.name)
        if mapping is None:
            raise Refused("\n".join(str(mistake) for mistake in mistakes))
        mapping = labelled(_with_window(mapping, args.window), labels)
        return wiring.KeptLog(
            log=log, mapping=mapping, reference=mapping, described=args.mapping.name
        )
    if before is not None and labels is None:
        if before.described is not None:
            screen.say(f"read as {before.described} said before; --mapping names another")
        mapping = _with_window(before.mapping, args.window)
        return msgspec.structs.replace(
            before, mapping=mapping, reference=_with_window(before.reference, args.window)
        )
    look = look or wiring.look_at(args.log)
    usual = conventional(look)
    length = window_for(look, usual.mapping.at)[0] if look.rows > LARGE else 0
    kept = _by_convention(log, usual, args.window, length)
    return msgspec.structs.replace(kept, mapping=labelled(kept.mapping, labels))


def _by_convention(log: str, found: Convention, window: str | None, length: int) -> wiring.KeptLog:
    """As the convention says; a large log in windows of this length, so that they stay few."""
    length = max(length, found.mapping.window_seconds)
    usual = msgspec.structs.replace(found.mapping, window_seconds=length, profile_seconds=length)
    return wiring.KeptLog(
        log=log,
        mapping=_with_window(usual, window),
        reference=found.reference,
        readings=tuple((r.column, r.taken_for, r.because) for r in found.readings),
        remarks=found.remarks,
    )


def _with_window(mapping: LogMapping, window: str | None) -> LogMapping:
    if window is None:
        return mapping
    duration, rows = DURATION.fullmatch(window), window.isdecimal() and len(window) < 10
    if mapping.at is None and not (rows and 0 < int(window) < 10**9):
        raise Refused(f"--window {window}: the log tells no time; give a number of rows, as 5000")
    if mapping.at is not None and (duration is None or not int(duration[1])):
        raise Refused(f"--window {window}: give a time, such as 5m, 1h or 1d")
    length = int(duration[1]) * SECONDS[duration[2]] if duration is not None else int(window)
    return msgspec.structs.replace(mapping, window_seconds=length, profile_seconds=length)
