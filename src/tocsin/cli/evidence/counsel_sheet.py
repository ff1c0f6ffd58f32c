"""What `tocsin counsel show` and `tocsin counsel log` show, and to whom."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tocsin.cli.frame import reading, short
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.desk.evidence.counsel import counsel_of
from tocsin.dossier.privilege_log import Category, Withheld, as_csv, by_category, privilege_log
from tocsin.facts import Access, Entry, Gone, Refused, Unreadable, incident_log
from tocsin.facts.withheld import as_read_by
from tocsin.incident.privilege import Space, opinions_for, space_of, why_no_cause
from tocsin.incident.timeline import words_of


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        log = incident_log(incident)
        readers = reading.labels(args, opened, log)
        now = opened.world.clock.now()
        named = counsel_of(opened.desk)
        entries = reading.entries(args, opened, log, frozenset(Access))
        held = [e for e in entries if e.access is Access.COUNSEL]
        found = space_of(as_read_by(entries, readers))
        why = why_no_cause(found, now, counsel=bool(named))
        name = short.shortest(incident, short.incidents(opened.store))
    mine = held if Access.COUNSEL in readers else []
    opinions = opinions_for(found, readers)
    inside = sorted(found.members or ())
    head = f"{name}: counsel's space: {', '.join(inside)}" if found.is_open else (
        f"{name}: counsel has no space here; who has the role counsel reads what is for counsel: "
        f"{', '.join(sorted(named)) or 'NOBODY, for the register names none'}"
    )  # fmt: skip
    lines = [head, f"  {_cause(found, why)}", f"  {len(held)} entries are for counsel"]
    lines += [f"  {one.seq:>5}  {one.author.who}: {words_of(one.fact)}" for one in mine]
    lines += [f"  opinion of {one.by} on {one.about or 'it all'}: {one.text}" for one in opinions]
    return Answer(
        data={
            "incident": incident,
            "open": found.is_open,
            "members": inside,
            "counsel": sorted(found.counsel or named),
            "cause": found.cause,
            "cause_not_written": why,
            "for_counsel": len(held),
            "entries": mine,
            "opinions": opinions,
        },
        text="\n".join(lines),
    )


def run_log(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.csv is not None:
        require_free(args.csv)
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        log = incident_log(incident)
        args.reader = [Access.OPS, Access.COUNSEL]
        entries = reading.entries(args, opened, log, reading.labels(args, opened, log))
        if any(_is_withheld(entry) for entry in entries):
            raise Refused("the privilege log is counsel's; ask a member of counsel's space")
        name = short.shortest(incident, short.incidents(opened.store))
        lines = privilege_log(entries, space_of(entries), counsel_of(opened.desk), name)
    rows: Sequence[Withheld] | Sequence[Category] = (
        by_category(lines) if args.categorical else lines
    )
    if args.csv is not None:
        kind = Category if args.categorical else Withheld
        written_new(args.csv, as_csv(rows, kind).encode())
    open_ = [line.entry for line in lines if line.privilege == "to be asserted"]
    text = [_line(row) for row in rows] or [f"{name}: nothing is withheld for counsel"]
    if open_:
        text.append(
            f"{len(open_)} have no ground yet: tocsin counsel assert {name} {open_[0]} --ground ..."
        )
    return Answer(
        data={"incident": incident, "withheld": rows, "without_ground": open_, "csv": _path(args)},
        text="\n".join(text),
    )


def _is_withheld(entry: Entry) -> bool:
    fact = entry.fact
    withheld = isinstance(fact, Unreadable) and fact.why is Gone.WITHHELD
    return withheld and entry.access is Access.COUNSEL


def _cause(found: Space, why: str | None) -> str:
    if why is not None or found.cause is None:
        return why or ""
    how = "under privilege" if found.cause.privileged else "not under privilege"
    return f"the root cause is written by {found.cause.person}, {how}, as {found.cause.by} decided"


def _line(row: Withheld | Category) -> str:
    if isinstance(row, Category):
        return f"{row.documents:>5}  {row.category} ({row.privilege}), {row.since:%Y-%m-%d} on"
    return (
        f"{row.control}  {row.at:%Y-%m-%d}  {row.kind}  {row.author} -> "
        f"{', '.join(row.recipients) or 'nobody'}  {row.privilege}: {row.description}"
    )


def _path(args: argparse.Namespace) -> str | None:
    path: Path | None = args.csv
    return str(path.resolve()) if path is not None else None
