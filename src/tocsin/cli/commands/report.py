"""`tocsin report`: what happened, on paper: one HTML page and the same as Markdown."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tocsin import wiring
from tocsin.cli import short
from tocsin.cli.arguments import Commands, command
from tocsin.cli.screen import Answer, Screen
from tocsin.detection.series import series_of
from tocsin.dossier.account import Account, account_of
from tocsin.dossier.gaps import gaps
from tocsin.dossier.stream import Mark, Stream
from tocsin.dossier.stream_found import stream_of
from tocsin.facts import Access, Refused, Unreachable, incident_log
from tocsin.facts.findings import Found, Sign
from tocsin.wiring import Opened
from tocsin.wiring.kept import windows_kept

BEFORE, AFTER, DAY = timedelta(minutes=15), timedelta(minutes=15), timedelta(days=1)


def add(places: Commands) -> None:
    made = command(
        places, "report", run_report,
        "the report of an incident, as one HTML page and as Markdown",
        examples="  tocsin report 7K3 --to ./report-7K3\n"
        "  tocsin report 7K3 --to ./for-counsel --reader counsel --reader ops",
    )  # fmt: skip
    made.add_argument("incident")
    made.add_argument("--to", type=Path, metavar="DIR", help="a folder; else ./report-INCIDENT")
    made.add_argument(
        "--reader", action="append", type=Access, choices=list(Access),
        metavar="{ops,board,counsel}", help="for whose eyes (may be repeated; else ops)",
    )  # fmt: skip


def run_report(args: argparse.Namespace, screen: Screen) -> Answer:
    # Only those who want paper wait for the templates to load.
    from tocsin.dossier.report import Paper, as_html, as_markdown

    readers = frozenset(args.reader or [Access.OPS])
    with wiring.open_home(args.home, warn=screen.say) as opened:
        incident = short.find(opened.store, args.incident)
        name = short.shortest(incident, short.incidents(opened.store))
        account = account_of(opened.store.read(incident_log(incident)), readers)
        streams = list(_streams(opened, account, screen))
        paper = Paper(
            name=name,
            made_at=opened.world.clock.now(),
            origin=opened.store.origin,
            key=opened.key.fingerprint,
            readers=", ".join(_WHOM[one] for one in Access if one in readers),
        )
    folder = args.to or Path(f"report-{name}")
    html, markdown = folder / "report.html", folder / "report.md"
    _write(folder, html, as_html(account, paper, streams))
    _write(folder, markdown, as_markdown(account, paper, streams))
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


def _streams(opened: Opened, account: Account, screen: Screen) -> Iterator[Stream]:
    """One drawing for each thing that a detector reported, from the summaries of the log."""
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
            mapping, windows = windows_kept(source.evidence(_before(found), until))
        except (Refused, Unreachable) as bad:
            screen.say(f"no drawing of {found.metric}: {bad}")
            continue
        measured = series_of(found, windows, mapping.decisions.groups)
        yield stream_of(
            found, measured, alarm=min(entry.recorded_at, until), marks=_marks(account),
            rows=mapping.at is None,
        )  # fmt: skip


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


_WHOM = {Access.OPS: "responders", Access.BOARD: "the board", Access.COUNSEL: "counsel"}
