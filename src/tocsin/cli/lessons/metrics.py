"""`tocsin metrics`: what many incidents have in common, each number with its interval."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame.arguments import Commands, command, instant
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.dossier.called import further_calls, ranked_calls
from tocsin.dossier.metrics import Case, Grouped, case_of, metrics_of
from tocsin.dossier.metrics_paper import as_csv, as_svg, as_text
from tocsin.facts import ALARMS_LOG, Access, Entry
from tocsin.facts.alarms import PagingLimited
from tocsin.facts.entry import INCIDENT_PREFIX, ORGANISATION_LOG, SIGNALS_LOG
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
    with wiring.open_home(args.home, warn=screen.say) as opened, screen.waiting("counting"):
        now, store = opened.world.clock.now(), opened.store
        alarms = store.read(ALARMS_LOG)
        ranked = ranked_calls(alarms)
        calls, cases = [call for _, call in ranked], list[Case]()
        counted = Counter(log for log, _ in ranked)
        for log in (ORGANISATION_LOG, SIGNALS_LOG, *store.logs(INCIDENT_PREFIX)):
            entries = store.read(log)
            calls += further_calls(entries, counted[log])
            one = case_of(entries, frozenset({Access.OPS}), now)
            cases += [one] if one is not None else []
        found = metrics_of(
            cases, now, since=args.since, by=Grouped(args.by) if args.by else None, calls=calls,
            shift_hours=_shift_hours(alarms),
        )  # fmt: skip
    for path, made in ((args.csv, as_csv), (args.svg, as_svg)):
        if path is not None:
            written_new(path, made(found).encode())
    return Answer(data=found, text=as_text(found))


def _shift_hours(alarms: list[Entry]) -> int:
    """How long a shift is, as was said last."""
    said = [one.fact.shift_hours for one in alarms if isinstance(one.fact, PagingLimited)]
    return said[-1] if said else SHIFT_HOURS
