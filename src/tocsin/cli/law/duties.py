"""`tocsin law duties`, `tocsin law calendar`: what the law asks of incidents, until when, why."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tocsin.cli.frame import reading
from tocsin.cli.frame.arguments import Commands, command, instant
from tocsin.cli.frame.deciding import OR_ORGANISATION
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.law.duties_of_facts import duties_of_facts
from tocsin.cli.law.duties_of_incident import calendar_file, duties_of
from tocsin.cli.law.pack import pack_option
from tocsin.facts import Refused, Unreachable


def add_duties(inner: Commands) -> None:
    made = command(
        inner, "duties", run_duties,
        "what the law asks of an incident, until when, under which reading; nothing is written",
        examples="  tocsin law duties 7K3\n"
        "  tocsin law duties 7K3 --assume harms=death=2026-11-24T08:00+01:00\n"
        "  tocsin law duties --all --json\n"
        "  tocsin law duties --facts incident.json --assume personal_data=no",
    )  # fmt: skip
    made.add_argument("incident", metavar="INCIDENT", nargs="?",
                      help=f"{OR_ORGANISATION}; all when not given")  # fmt: skip
    made.add_argument("--facts", type=Path, metavar="FILE",
                      help='of facts in a file instead, and without a home: facts, one case, or '
                      '{"cases": [...]}, in JSON or TOML')  # fmt: skip
    made.add_argument("--at", type=instant, metavar="INSTANT", help="as it stands then; else now")
    made.add_argument("--assume", action="append", metavar="KEY=VALUE",
                      help="suppose an answer, over what is known; may be repeated")  # fmt: skip
    made.add_argument("--all", action="store_true", help="also what is not asked, and why")
    pack_option(made)
    reading.options(made)


def add_calendar(inner: Commands) -> None:
    made = command(
        inner, "calendar", run_calendar,
        "the duties of an incident as an iCalendar file, with alarms before each instant",
        examples="  tocsin law calendar 7K3 --to duties.ics\n"
        "  tocsin law calendar organisation",
    )  # fmt: skip
    made.add_argument("incident", metavar="INCIDENT", help=OR_ORGANISATION)
    made.add_argument("--to", type=Path, metavar="FILE", help="else ./duties-INCIDENT.ics")
    reading.options(made)


def run_duties(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.facts is None and args.pack is not None:
        raise Refused("--pack is for --facts: an incident is asked by the law that is in force")
    if args.facts is None:
        return duties_of(args, screen)
    if args.incident is not None:
        raise Refused("name an incident or --facts, and not both")
    return duties_of_facts(args, screen)


def run_calendar(args: argparse.Namespace, screen: Screen) -> Answer:
    args.at, args.assume, args.all = None, None, False
    made = calendar_file(args, screen)
    target = args.to or Path(f"duties-{made.name}.ics")
    part = target.with_name(f"{target.name}.part")
    try:
        part.write_bytes(made.text.encode())
        os.replace(part, target)
    except OSError as bad:
        raise Unreachable(f"{target} cannot be written: {bad.strerror or bad}") from None
    return Answer(
        data={
            "incident": made.incident,
            "file": str(target.resolve()),
            "events": made.events,
            "note": made.note,
        },
        text=f"{made.name}: {target}, {made.events} instants; {made.note}",
    )
