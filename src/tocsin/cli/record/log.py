"""`tocsin log`: the timeline of an incident, or of the home itself, as it stands in the record."""

from __future__ import annotations

import argparse

import msgspec

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, command, whole
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.facts import ALARMS_LOG, HOME_LOG, Entry, incident_log
from tocsin.facts.entry import ORGANISATION_LOG, SHADOW_PREFIX
from tocsin.incident.timeline import TimelineRow, timeline


def add(places: Commands) -> None:
    made = command(
        places,
        "log",
        run_log,
        "the timeline: what happened, when it was true and when it was written",
        examples="  tocsin log 7K3\n  tocsin log home\n"
        "  tocsin log alarms              # what each finding did, and why\n"
        "  tocsin log shadow/assistant\n  tocsin log 7K3 --reader counsel --as cleo --key FILE",
    )
    made.add_argument(
        "log",
        metavar="INCIDENT|home|alarms|organisation|shadow/SYSTEM",
        nargs="?",
        default=HOME_LOG,
    )
    made.add_argument("--after", type=whole, default=0, help="only entries after this number")
    reading.options(made)


def run_log(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        log = args.log
        if log not in (HOME_LOG, ALARMS_LOG, ORGANISATION_LOG) and not log.startswith(
            SHADOW_PREFIX
        ):
            log = incident_log(short.find(opened.store, args.log))
        readers = reading.labels(args, opened, log)
        entries = reading.entries(args, opened, log, readers, args.after)
    rows = timeline(entries, readers)
    shown = [entry for entry in entries if entry.access in readers]
    return Answer(
        data={
            "log": log,
            "entries": [_plain(entry) for entry in shown],
            "withheld": len(entries) - len(shown),
        },
        text="\n".join(map(_line, rows)) or f"{log}: no entry yet",
    )


def _line(row: TimelineRow) -> str:
    if row.hidden:
        return f"{row.seq:>5}  {row.text}"
    late = f" (recorded {row.recorded_at:%Y-%m-%d %H:%M:%S})" if row.late else ""
    weak = f" [{row.proven}]" if row.weakly_proven else ""
    # What someone wrote over several lines must not look like lines of the record itself.
    text = "\n       | ".join(row.text.splitlines())
    return f"{row.seq:>5}  {row.happened_at:%Y-%m-%d %H:%M:%S}  {row.who}{weak}: {text}{late}"


def _plain(entry: Entry) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(entry)
    return plain
