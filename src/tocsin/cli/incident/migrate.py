"""A run goes on by another version of its plan: `tocsin incident migrate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.frame.arguments import Commands
from tocsin.cli.frame.deciding import about_incident
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk.plans.migrating import migrate
from tocsin.desk.plans.runs import By
from tocsin.facts import incident_log


def add(inner: Commands) -> None:
    made = about_incident(
        inner,
        "migrate",
        run_migrate,
        "let a run go on by another version of its plan, from where it stands",
        examples="  tocsin incident migrate 7K3 run-1 plan.yaml --because 'mail is down: call them'"
        " --as ana --key KEY",
        dated=False,
    )
    made.add_argument("run_id", metavar="RUN")
    made.add_argument("plan", type=Path, metavar="PLAN.yaml")
    made.add_argument("--because", required=True)


def run_migrate(args: argparse.Namespace, screen: Screen) -> Answer:
    plan = plain_bytes(args.plan)
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        log = incident_log(incident)
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        appended = migrate(seat.desk, log, args.run_id, plan, args.because, by, file=args.plan.name)
        digest = seat.desk.run(log, args.run_id).plan_digest
        name = seat.short(incident)
    return Answer(
        data={
            "incident": incident,
            "run": args.run_id,
            "plan": digest,
            "entries": [appended.first_seq, appended.last_seq],
        },
        text=f"{name}: {args.run_id} goes on by {args.plan.name} ({digest[:12]})",
    )
