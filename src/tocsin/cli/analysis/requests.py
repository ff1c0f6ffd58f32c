"""`tocsin analysis requests`: requests of a list of affected decisions, ready for a replay."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tocsin.cli.frame.arguments import Commands
from tocsin.cli.frame.deciding import about_incident, access
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk.evidence.affected import lists_on
from tocsin.desk.evidence.querying import ask_log
from tocsin.desk.plans.runs import By
from tocsin.facts import Refused, incident_log
from tocsin.facts.findings import Found
from tocsin.facts.queries import Kept, QueryWanted
from tocsin.facts.replays import Expected
from tocsin.incident.affected import list_meant
from tocsin.incident.failing_set import REQUESTS_MAX, question, requests_listed, set_of
from tocsin.incident.replay_set import read_set, told_lines
from tocsin.wiring.analysis import log_asked, request_column


def add(inner: Commands) -> None:
    made = about_incident(
        inner, "requests", run_requests,
        "cut the requests that failed out of the log, as a set for a replay",
        examples="  tocsin analysis requests 7K3 --ask question --serves on --to failing.jsonl\n"
        "  tocsin analysis requests 7K3 --ask question --not-matches '(?i)refund' "
        "--to failing.jsonl",
        dated=False,
    )  # fmt: skip
    made.add_argument("--list", dest="digest", metavar="SHA256", help="where there are several")
    made.add_argument("--ask", required=True, metavar="COLUMN", help="holds what was asked")
    for name in ("equals", "matches", "not-matches"):
        made.add_argument(f"--{name}", metavar="TEXT", help="what is expected of each answer")
    made.add_argument("--rejects", action="store_true", default=None, help="it must be refused")
    made.add_argument("--serves", metavar="WHO", help='"on", "off" or "version:N" must answer')
    made.add_argument("--to", type=Path, required=True, metavar="FILE", help="a new file")
    access(made)


def run_requests(args: argparse.Namespace, screen: Screen) -> Answer:
    require_free(args.to)
    expected = Expected(
        equals=args.equals, matches=args.matches, not_matches=args.not_matches,
        rejects=args.rejects, serves=args.serves,
    )  # fmt: skip
    if not expected.says_something:
        raise Refused("say what is expected of each answer: --not-matches ..., --serves on, ...")
    with seated(args, screen) as seat, screen.waiting("asking the log"):
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        known = list_meant(lists_on(seat.desk, log), args.digest)
        system = next(
            entry.fact.system
            for entry in seat.store.read(log)
            if isinstance(entry.fact, Found) and entry.fact.finding == known.fact.finding
        )
        with seat.world.vault.open(known.fact.list) as piece:
            requests, nameless = requests_listed(piece.read())
        sql = question(requests[:REQUESTS_MAX], request_column(seat.opened, system), args.ask)
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        with tempfile.TemporaryDirectory(prefix="tocsin-requests-") as folder:
            into = Path(folder) / "answer.jsonl"
            wanted = QueryWanted(sql=sql, kept=Kept.LINES)
            asked = ask_log(
                seat.desk, log, system, wanted, log_asked(seat.opened, system), into, by,
                args.access,
            )  # fmt: skip
            data, left = set_of(into.read_bytes(), expected)
        items, mistakes = read_set(data, args.to.name)
        if mistakes:
            raise Refused(told_lines(mistakes))
        name = seat.short(incident)
    written_new(args.to, data)
    told = [
        *([f"{nameless} decisions of the list name no request"] if nameless else []),
        *([f"{left} rows were empty, or of a request that stands twice"] if left else []),
        *([f"the list names {len(requests)}; the first {REQUESTS_MAX} were asked for"]
          if len(requests) > REQUESTS_MAX else []),
    ]  # fmt: skip
    return Answer(
        data={
            "incident": incident, "list": known.fact.list, "query": asked.fact.query,
            "file": str(args.to), "requests": len(items), "untold": told,
        },
        text="\n".join(
            [
                f"{len(items)} requests of list {known.fact.list[:12]}: {args.to}",
                f"what the log holds of them is sealed as {asked.fact.query}",
                *(f"NOT TOLD: {one}" for one in told),
                f"Next: tocsin analysis replay {name} --set {args.to} --against NAME",
            ]
        ),
    )  # fmt: skip
