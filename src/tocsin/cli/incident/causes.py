"""What moved with a change that was found: `tocsin incident causes`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timedelta

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, command, instant
from tocsin.cli.frame.deciding import INCIDENT
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.incident.causes_sheet import as_text
from tocsin.desk.evidence.affected import finding_meant, span_end, summaries_of
from tocsin.detection.compared.causes import causes_of
from tocsin.facts import Entry, Refused, Unreachable, incident_log
from tocsin.facts.findings import Found
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import WindowSummary
from tocsin.wiring import Opened
from tocsin.world import Source

LOOKED_BACK = timedelta(days=7)


def add(inner: Commands) -> None:
    made = command(
        inner,
        "causes",
        run_causes,
        "what moved with a change: columns, versions, segments, sources, rates; ranked",
        examples="  tocsin incident causes 7K3\n  tocsin incident causes 7K3 --sealed --json",
    )
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument("--finding", metavar="ID", help="the finding, where there are several")
    made.add_argument(
        "--until",
        type=instant,
        metavar="INSTANT",
        help="up to this instant: 2026-11-27T08:00Z; without it, until it subsided, or now",
    )
    made.add_argument(
        "--sealed", action="store_true", help="ask what was sealed with the finding, not the log"
    )


def run_causes(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        entries = opened.store.read(incident_log(incident))
        found = finding_meant(entries, args.finding)
        now = opened.world.clock.now()
        until = args.until or span_end(entries, found.finding, now)
        mapping, windows, rests_on = _windows(opened, entries, found, until, screen, args.sealed)
    until = min(until, max((w.until for w in windows), default=until))
    causes = causes_of(found, windows, until, mapping.decisions.groups)
    return Answer(
        data={"incident": incident, "system": found.system, "rests_on": rests_on, "causes": causes},
        text=as_text(causes, found, rests_on),
    )


def _windows(
    opened: Opened, entries: Sequence[Entry], found: Found, until: datetime, screen: Screen,
    sealed: bool,
) -> tuple[LogMapping, Sequence[WindowSummary], str]:  # fmt: skip
    """How the log was read, its windows, and on what they rest: the log, or what was sealed."""
    from tocsin.wiring.kept import windows_kept

    source = None if sealed else opened.world.sources.get(found.system)
    if source is not None:
        try:
            data = _from(source, found.since - LOOKED_BACK, until)
            return *windows_kept(data), f"the log of {found.system} as it is now"
        except (Unreachable, Refused) as bad:
            screen.say(f"the log cannot be asked ({bad}); what was sealed is")
    data = summaries_of(opened.desk, entries, found)
    if data:
        return *windows_kept(data), f"what was sealed with finding {found.finding}"
    raise Refused(
        f"no summaries are sealed with finding {found.finding}, and no log of {found.system} is "
        "read here"
    )


def _from(source: Source, since: datetime, until: datetime) -> bytes:
    source.refresh()
    return source.evidence(since, until)
