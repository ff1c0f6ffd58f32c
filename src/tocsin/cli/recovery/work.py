"""`tocsin recovery work`: what is repaired, by whom until when, and what shows that it helps."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from tocsin.cli.evidence.pieces import plain_file
from tocsin.cli.frame import reading, short
from tocsin.cli.frame.arguments import Commands, Parser, command, instant
from tocsin.cli.frame.deciding import INCIDENT, about_incident
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import Seat, seated
from tocsin.desk.plans.runs import By
from tocsin.desk.recovery import repairing
from tocsin.facts import incident_log
from tocsin.facts.recovery import WorkAdded, WorkKind, WorkShown
from tocsin.incident.repairs import Repair

UNKNOWN_DIGEST = "0" * 64


def add(inner: Commands) -> None:
    top = inner.add_parser(
        "work", help="retraining, repair of data, mitigation of bias: tracked with evidence",
        description=__doc__,
        epilog='examples:\n  tocsin recovery work add 7K3 --kind retraining --owner cleo '
        '--due 2026-12-04T17:00Z --title "retrain on repaired labels" --measure recall '
        "--before 0.71\n  tocsin recovery work evidence 7K3 work-1 --file eval.json --after 0.83\n"
        "  tocsin recovery work done 7K3 work-1",
    )  # fmt: skip
    within = top.add_subparsers(title="commands", metavar="COMMAND", required=True,
                                parser_class=Parser)  # fmt: skip
    made = about_incident(within, "add", run_add, "somebody will repair something", dated=False,
                          examples="  tocsin recovery work add 7K3 --kind prompt-change --owner "
                          'ana --due 2026-12-01T12:00Z --title "refuse names"')  # fmt: skip
    made.add_argument("--kind", required=True, choices=[one.value for one in WorkKind])
    made.add_argument("--title", required=True, metavar="WORDS")
    made.add_argument("--owner", required=True, metavar="PERSON")
    made.add_argument("--due", type=instant, required=True, metavar="INSTANT")
    made.add_argument("--measure", default="", metavar="NAME", help="what shall become better")
    made.add_argument("--before", default="", metavar="VALUE", help="where it stands")
    made.add_argument("--system", default="", metavar="SYSTEM", help="where there are several")
    shown = about_incident(within, "evidence", run_evidence, "keep what shows how far it is",
                           dated=False)  # fmt: skip
    shown.add_argument("work", metavar="WORK", help="its id: work-1")
    shown.add_argument("--file", type=Path, required=True, metavar="FILE")
    shown.add_argument("--says", default="", metavar="WORDS")
    shown.add_argument("--before", default="", metavar="VALUE", help="else as it was added")
    shown.add_argument("--after", default="", metavar="VALUE", help="where the measure stands now")
    over = about_incident(within, "done", run_done, "say that it is done, as its evidence shows",
                          dated=False)  # fmt: skip
    over.add_argument("work", metavar="WORK", help="its id: work-1")
    over.add_argument("--because", default="", metavar="WORDS")
    listed = command(within, "list", run_list, "all work of an incident; exit 1 when any is late")
    listed.add_argument("incident", metavar="INCIDENT", help=INCIDENT)


def run_add(args: argparse.Namespace, screen: Screen) -> Answer:
    fact = WorkAdded(
        work="", system=args.system, work_kind=WorkKind(args.kind), title=args.title,
        owner=args.owner, due_at=args.due, measure=args.measure, before=args.before,
    )  # fmt: skip
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        work, appended = repairing.add_work(
            seat.desk, incident_log(incident), fact, _by(args, seat)
        )
        name = seat.short(incident)
    return Answer(
        data={"incident": incident, "work": work, "repeated": appended.repeated},
        text=f"{work}: {args.owner} by {args.due:%Y-%m-%d %H:%M} UTC\n"
        f"Next: tocsin recovery work evidence {name} {work} --file FILE",
    )


def run_evidence(args: argparse.Namespace, screen: Screen) -> Answer:
    fact = WorkShown(work=args.work, digest=UNKNOWN_DIGEST, before=args.before, after=args.after,
                     says=args.says)  # fmt: skip
    with seated(args, screen) as seat, plain_file(args.file) as file:
        incident = seat.incident(args.incident)
        appended = repairing.show_work(
            seat.desk, incident_log(incident), fact, file, _by(args, seat)
        )
        name = seat.short(incident)
    return Answer(
        data={"incident": incident, "work": args.work, "repeated": appended.repeated},
        text=f"kept as evidence of {args.work}\nNext: tocsin recovery work done {name} {args.work}",
    )


def run_done(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        appended = repairing.finish_work(
            seat.desk, incident_log(incident), args.work, args.because, _by(args, seat)
        )
    return Answer(
        data={"incident": incident, "work": args.work, "repeated": appended.repeated},
        text=f"{args.work} is done",
    )


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    with reading.looking(args, screen) as opened:
        incident = short.find(opened.store, args.incident)
        found = repairing.work_on(opened.desk, incident_log(incident))
        now = opened.world.clock.now()
    late = [one for one in found.values() if one.is_late(now)]
    return Answer(
        data={"incident": incident, "work": [_plain(one, now) for one in found.values()]},
        text="\n".join(_line(one, now) for one in found.values()) or "no work yet",
        status=PROBLEM if late else DONE,
    )


def _plain(one: Repair, now: datetime) -> dict[str, object]:
    fact = one.fact
    return {
        "work": fact.work, "system": fact.system, "kind": fact.work_kind.value,
        "title": fact.title, "owner": fact.owner, "due_at": fact.due_at,
        "measure": fact.measure, "before": fact.before, "done_at": one.done_at,
        "late": one.is_late(now),
        "evidence": [{"digest": e.digest, "before": e.before, "after": e.after, "says": e.says}
                     for e in one.shown],
    }  # fmt: skip


def _line(one: Repair, now: datetime) -> str:
    fact = one.fact
    stands = "done" if one.done_at else "LATE" if one.is_late(now) else "open"
    moved = next(
        (f", {fact.measure} {e.before} -> {e.after}" for e in reversed(one.shown) if e.after),
        f", {fact.measure} {fact.before}" if fact.measure else "",
    )
    return (
        f"{fact.work:8} {stands:5} {fact.work_kind.value}: {fact.title} ({fact.owner}, by "
        f"{fact.due_at:%Y-%m-%d %H:%M} UTC{moved}; {len(one.shown)} pieces of evidence)"
    )


def _by(args: argparse.Namespace, seat: Seat) -> By:
    return By(author=seat.author, sign=seat.sign, client_key=args.client_key)
