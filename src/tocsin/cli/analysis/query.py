"""`tocsin analysis query`: a question put to the log of the incident's system, and sealed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tocsin.cli.evidence.pieces import plain_file
from tocsin.cli.frame.arguments import Commands, span, whole
from tocsin.cli.frame.deciding import about_incident, access
from tocsin.cli.frame.plain_files import require_free
from tocsin.cli.frame.screen import PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.evidence.querying import TEXT_BYTES_MAX, Asked, ask_log, text_of
from tocsin.desk.plans.runs import By
from tocsin.desk.reading import labels_of, space
from tocsin.facts import Entry, Refused, incident_log
from tocsin.facts.queries import Kept, QueryWanted
from tocsin.incident.analysis import analysis_of
from tocsin.incident.fold import replay
from tocsin.incident.refusals import require_known
from tocsin.wiring.analysis import log_asked

SECONDS_MAX, ROWS_MAX = 3600.0, 10_000_000
_KEPT = {".parquet": Kept.PARQUET, ".jsonl": Kept.LINES}


def add(inner: Commands) -> None:
    made = about_incident(
        inner, "query", run_query,
        "ask the system's log by SQL, read only, and seal question and answer",
        examples="  tocsin analysis query 7K3 --sql "
        "'SELECT version, avg(latency_ms) FROM log GROUP BY 1' --to latency.csv\n"
        "  tocsin analysis query 7K3 --again Q1 --to latency-again.csv",
        dated=False,
    )  # fmt: skip
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--sql", metavar="SELECT", help="on the table `log`: all rows as they stand")
    which.add_argument("--file", type=Path, metavar="FILE", help="a file that holds it")
    which.add_argument("--again", metavar="Q1", help="a question that was asked before")
    made.add_argument("--system", metavar="NAME", help="whose log, where there are several")
    made.add_argument("--to", type=Path, required=True, metavar="FILE",
                      help="a new file: .parquet, .jsonl, else a table for people")  # fmt: skip
    made.add_argument("--seconds", type=span, default=60.0, help="how long it may take (60)")
    made.add_argument("--rows", type=whole, default=100_000, help="how many it may answer (100000)")
    access(made)


def run_query(args: argparse.Namespace, screen: Screen) -> Answer:
    require_free(args.to)
    if not 1 <= args.rows <= ROWS_MAX or args.seconds > SECONDS_MAX:
        raise Refused(f"--rows is from 1 to {ROWS_MAX:,}, --seconds up to {SECONDS_MAX:,.0f}")
    with seated(args, screen) as seat, screen.waiting("asking the log"):
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        entries = seat.store.read(log)
        require_known(replay(entries))
        system, sql = _question(args, seat, entries)
        wanted = QueryWanted(
            sql=sql,
            kept=_KEPT.get(args.to.suffix.lower(), Kept.CSV),
            seconds=args.seconds,
            rows_max=args.rows,
        )
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        ask = log_asked(seat.opened, system)
        asked = ask_log(seat.desk, log, system, wanted, ask, args.to, by, args.access)
        name = seat.short(incident)
    return Answer(
        data={
            "incident": incident,
            "query": asked.fact.query,
            "entry": asked.seq,
            "file": str(args.to),
            "fact": asked.fact,
            "same": asked.same,
            "untold": asked.found.untold,
            "varies": asked.found.varies,
            "read": asked.found.read,
        },
        text="\n".join(_told(asked, args.to, name)),
        status=PROBLEM if asked.same is False else 0,
    )


def _question(args: argparse.Namespace, seat: Seat, entries: Sequence[Entry]) -> tuple[str, str]:
    """The system and the text that are meant. Raises Refused."""
    if args.again is not None:
        log = incident_log(seat.incident(args.incident))
        labels = labels_of(seat.desk, seat.author, space(seat.desk, log))
        system, sql = text_of(seat.desk, analysis_of(entries, labels), args.again)
        if args.system not in (None, system):
            raise Refused(f"{args.again} was asked of {system}; leave --system out")
        return system, sql
    system = args.system or _only_system(entries)
    if args.file is None:
        return system, str(args.sql)
    with plain_file(args.file) as file:
        try:
            return system, file.read(TEXT_BYTES_MAX).decode()
        except UnicodeDecodeError as bad:
            raise Refused(f"{args.file} is no text: {bad.reason} at {bad.start}") from None


def _only_system(entries: Sequence[Entry]) -> str:
    systems = replay(entries).systems
    if len(systems) != 1:
        known = ", ".join(systems) or "none"
        raise Refused(f"the incident is about: {known}; name whose log is asked: --system NAME")
    return systems[0]


def _told(asked: Asked, to: Path, name: str) -> list[str]:
    fact, found = asked.fact, asked.found
    rows = "1 row" if fact.rows == 1 else f"{fact.rows} rows"
    lines = [
        f"{fact.query}: {rows}: {to}",
        f"sealed as evidence {fact.result[:12]}; {len(found.read)} files read by {fact.engine}",
    ]
    if fact.cut:
        lines.append("CUT: there are more rows; ask for fewer, or allow more: --rows")
    lines += [f"NOT TOLD: {one}" for one in found.untold]
    if found.varies:
        lines.append(f"it may answer otherwise next time: it uses {', '.join(found.varies)}")
    if asked.same is not None:
        lines.append(
            "the SAME answer as the first time" if asked.same else "ANOTHER answer than the first"
        )
    lines.append(f"Next: tocsin analysis weigh {name} H1 --evidence {fact.result[:12]} --supports")
    return lines
