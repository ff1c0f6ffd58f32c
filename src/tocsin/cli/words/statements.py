"""`tocsin statements`: all words that were for audiences, when, and what was promised to whom."""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path

from tocsin.cli.frame import person
from tocsin.cli.frame.arguments import Commands, command, command_within
from tocsin.cli.frame.deciding import INCIDENT
from tocsin.cli.frame.plain_files import written_new
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.cli.words.sheet import (
    looked_data,
    looked_lines,
    next_command,
    promise_line,
    row_data,
    row_line,
    told_line,
)
from tocsin.desk.words import saying
from tocsin.desk.words.statement_files import shipped_statements, templates_in, templates_of
from tocsin.facts import Access, Refused, incident_log
from tocsin.facts.formulas import plain_cell
from tocsin.facts.withheld import as_read_by
from tocsin.incident.statements import Statement, promised, statements_of
from tocsin.register.can import Subject, accesses
from tocsin.register.mistakes import mistakes_only

COLUMNS = ("statement", "audience", "moment", "state", "drafted_at", "drafted_by", "written_at",
           "text", "corrects", "corrected_by", "next_update_at")  # fmt: skip


def add(places: Commands) -> None:
    made = command(
        places, "statements", run_statements,
        "all words for audiences: to whom, when, how they stand, what was promised",
        examples="  tocsin statements 7K3\n  tocsin statements 7K3 --text S1\n"
        "  tocsin statements 7K3 --csv told.csv\n  tocsin statements lint",
    )  # fmt: skip
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument("--text", metavar="S1", help="one of them, to the byte, with its flags")
    made.add_argument("--csv", type=Path, metavar="FILE", help="the list, as a new file")
    person.options(made)
    command_within(
        made, "lint", run_lint, "say everything that is wrong in the templates",
        examples="  tocsin statements lint",
    )  # fmt: skip


def run_statements(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log, now = incident_log(incident), seat.now()
        readers, entries = _readers(seat), seat.world.journal.read(log)
        statements = statements_of(as_read_by(entries, readers))
        every = statements_of(entries).by_id
        if args.text:
            return _one(seat, incident, args.text, readers)
        shown = [one for one in statements.by_id.values() if one.access in readers]
        due = promised(statements)
        told = [one for one in statements.told if not one.statement]
        if args.csv is not None:
            written_new(args.csv, _table(shown))
        lines = [*map(row_line, shown), *map(told_line, told)] or ["nothing was said yet"]
        lines += [promise_line(one, now) for one in due]
        late = any(one.is_late(now) for one in due)
        hidden = len(every) - len(shown)
        lines += [f"{hidden} for other eyes"] * bool(hidden)
    return Answer(
        data={
            "incident": incident,
            "statements": [row_data(one) for one in shown],
            "told": told,
            "promised": [
                {"audience": one.audience, "due_at": one.due_at, "made_at": one.made_at,
                 "statement": one.statement, "late": one.is_late(now)}
                for one in due
            ],
            "hidden": hidden,
        },
        text="\n".join([*lines, f"written to {args.csv}"] if args.csv else lines),
        status=PROBLEM if late else DONE,
    )  # fmt: skip


def run_lint(args: argparse.Namespace, _: Screen) -> Answer:
    shipped, wrong = templates_in(shipped_statements())
    own, mistakes = templates_of(args.home)
    told = [*wrong, *mistakes]
    lines = [str(one) for one in told]
    good = not mistakes_only(told)
    home = sum(one not in shipped.values() for one in own.values())
    lines.append(f"{len(own)} templates, {home} of this home; {len(lines) or 'no'} mistakes")
    return Answer(
        data={"ok": good, "mistakes": told, "templates": sorted(own), "own": home},
        text="\n".join(lines),
        status=DONE if good else PROBLEM,
    )


def _one(seat: Seat, incident: str, id: str, readers: frozenset[Access]) -> Answer:
    looked = saying.look(seat.desk, incident_log(incident), id)
    if looked.statement.access not in readers:
        raise Refused(f"{looked.statement.id} is for the board; it is read with one of its roles")
    name = seat.short(incident)
    return Answer(
        data=looked_data(looked, incident, next_command(looked, name, seat.register)),
        text="\n".join(looked_lines(looked, name, seat.register)),
    )


def _readers(seat: Seat) -> frozenset[Access]:
    author = seat.author
    roles = seat.actor.roles
    return accesses(Subject(who=author.who, kind=author.kind, proof=author.proof, roles=roles))


def _table(shown: list[Statement]) -> bytes:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for one in shown:
        row = row_data(one)
        table.writerow([plain_cell(_plain(row[name])) for name in COLUMNS])
    return out.getvalue().encode()


def _plain(value: object) -> str:
    if value is None:
        return ""
    return str(getattr(value, "value", value))
