"""`tocsin metrics`: what many incidents have in common, each number with its interval."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, command, instant
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.dossier.metrics import Grouped, case_of, metrics_of
from tocsin.dossier.metrics_paper import as_csv, as_svg, as_text
from tocsin.facts import ALARMS_LOG, Access, Entry
from tocsin.facts.alarms import PagingLimited, Ranked
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.incident.alarms import SHIFT_HOURS


def add(places: Commands) -> None:
    made = command(
        places, "metrics", run_metrics,
        "what many incidents have in common: times, counts, false alarms, pages, work",
        examples="  tocsin metrics\n  tocsin metrics --since 2026-07-01T00:00Z --by severity\n"
        "  tocsin metrics --by quarter --csv metrics.csv --svg metrics.svg",
    )  # fmt: skip
    made.add_argument(
        "--since", type=instant, metavar="INSTANT", help="only incidents opened from then on"
    )
    made.add_argument(
        "--by", choices=[one.value for one in Grouped], help="tell times apart by this"
    )
    made.add_argument("--csv", type=Path, metavar="FILE", help="also as a table, in a new file")
    made.add_argument("--svg", type=Path, metavar="FILE", help="also as a drawing, in a new file")


def run_metrics(args: argparse.Namespace, screen: Screen) -> Answer:
    for path in (args.csv, args.svg):
        if path is not None:
            require_free(path)
    everyday = frozenset({Access.OPS})
    with wiring.open_home(args.home, warn=screen.say) as opened, screen.waiting("counting"):
        now = opened.world.clock.now()
        cases = (
            case_of(opened.store.read(log), everyday, now)
            for log in opened.store.logs(INCIDENT_PREFIX)
        )
        pages, hours = _pages(opened.store.read(ALARMS_LOG))
        found = metrics_of(
            [one for one in cases if one is not None], now, since=args.since,
            by=Grouped(args.by) if args.by else None, pages=pages, shift_hours=hours,
        )  # fmt: skip
    for path, made in ((args.csv, as_csv), (args.svg, as_svg)):
        if path is not None:
            written_new(path, made(found).encode())
    return Answer(data=found, text=as_text(found))


def _pages(entries: list[Entry]) -> tuple[list[datetime], int]:
    """When findings called people, and how long a shift is."""
    pages, hours = list[datetime](), SHIFT_HOURS
    for entry in entries:
        if isinstance(entry.fact, Ranked) and entry.fact.pages:
            pages.append(entry.happened_at)
        elif isinstance(entry.fact, PagingLimited):
            hours = entry.fact.shift_hours
    return pages, hours
