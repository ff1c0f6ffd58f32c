"""`tocsin report`: what happened, on paper: one HTML page and the same as Markdown."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.incident.causes_sheet import in_short
from tocsin.detection.compared.causes import causes_of
from tocsin.detection.findings.series import series_of
from tocsin.dossier.account import Account, account_of
from tocsin.dossier.gaps import gaps
from tocsin.dossier.stream import Mark
from tocsin.dossier.stream_found import stream_of
from tocsin.facts import Access, Entry, Refused, Unreachable, incident_log
from tocsin.facts.findings import Found, Sign
from tocsin.facts.logs import LogMapping
from tocsin.facts.summaries import WindowSummary
from tocsin.wiring import Opened
from tocsin.wiring.kept import windows_kept

if TYPE_CHECKING:
    from tocsin.dossier.report import Seen

BEFORE, AFTER, DAY = timedelta(minutes=15), timedelta(minutes=15), timedelta(days=1)
LOOKED_BACK = timedelta(days=7)


def add(places: Commands) -> None:
    made = command(
        places, "report", run_report,
        "the report of an incident, as one HTML page and as Markdown",
        examples="  tocsin report 7K3 --to ./report-7K3\n"
        "  tocsin report 7K3 --to ./for-counsel --reader counsel --reader ops --as cleo --key FILE",
    )  # fmt: skip
    made.add_argument("incident")
    made.add_argument("--to", type=Path, metavar="DIR", help="a folder; else ./report-INCIDENT")
    reading.options(made)


def run_report(args: argparse.Namespace, screen: Screen) -> Answer:
    # Only those who want paper wait for the templates to load.
    from tocsin.dossier.report import Paper, as_html, as_markdown

    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        name = short.shortest(incident, short.incidents(opened.store))
        log = incident_log(incident)
        readers = reading.labels(args, opened, log)
        account = account_of(reading.entries(args, opened, log, readers), readers)
        seen = list(_seen(opened, account, screen))
        paper = Paper(
            name=name,
            made_at=opened.world.clock.now(),
            origin=opened.store.origin,
            key=opened.key.fingerprint,
            readers=", ".join(reading.WHOM[one] for one in Access if one in readers),
        )
    folder = args.to or Path(f"report-{name}")
    html, markdown = folder / "report.html", folder / "report.md"
    _write(folder, html, as_html(account, paper, seen))
    _write(folder, markdown, as_markdown(account, paper, seen))
    missing = gaps(account)
    return Answer(
        data={
            "incident": incident,
            "html": str(html.resolve()),
            "markdown": str(markdown.resolve()),
            "gaps": missing,
            "entries": account.incident.seq,
        },
        text=f"{name}: {html} and {markdown}; {len(missing)} gaps are told in it",
    )


def _seen(opened: Opened, account: Account, screen: Screen) -> Iterator[Seen]:
    """For each thing that a detector reported a drawing, and what moved with it."""
    drawn: set[tuple[str, str, str | None]] = set()
    for entry, found in account.findings:
        place = (found.system, found.metric, found.group)
        if place in drawn or found.caused_by is not None:
            continue
        drawn.add(place)
        source = opened.world.sources.get(found.system)
        if source is None:
            screen.say(f"the log of {found.system} is not watched here: no drawing of it")
            continue
        until = (account.last or found.seen_until) + AFTER
        try:
            mapping, windows = windows_kept(source.evidence(found.since - LOOKED_BACK, until))
        except (Refused, Unreachable) as bad:
            screen.say(f"no drawing of {found.metric}: {bad}")
            continue
        yield _one(account, entry, found, mapping, [w for w in windows if w.at <= until])


def _one(
    account: Account, entry: Entry, found: Found, mapping: LogMapping,
    windows: Sequence[WindowSummary],
) -> Seen:  # fmt: skip
    from tocsin.dossier.report import Seen

    groups = mapping.decisions.groups
    drawn = [w for w in windows if w.at >= _before(found)]
    if found.sign is Sign.DRIFT:
        drawn = list(windows)  # what was before is what it is compared with
    stream = stream_of(
        found, series_of(found, drawn, groups), alarm=entry.recorded_at, marks=_marks(account),
        rows=mapping.at is None,
    )  # fmt: skip
    over = account.subsided.get(found.finding)
    causes = causes_of(found, windows, over or (windows[-1].until if windows else found.since),
                       groups)  # fmt: skip
    return Seen(stream=stream, moved=tuple(in_short(causes)))


def _before(found: Found) -> datetime:
    """From when on it is drawn: drifts and quantities are kept by the hour, rates by the minute."""
    return found.since - (BEFORE if found.sign is Sign.RATE else 4 * DAY)


def _marks(account: Account) -> list[Mark]:
    return [
        Mark(at=action.ended_at, text=f"{action.order.target} {action.after or '?'}")
        for action in account.actions
        if action.ended_at is not None and not action.order.wanted.startswith(("paged:", "sent:"))
    ]


def _write(folder: Path, path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, path)
    except OSError as bad:
        raise Unreachable(f"{path}: {bad.strerror}; name another folder: --to DIR") from None
