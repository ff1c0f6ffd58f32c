"""`tocsin postmortem propose`: how a plan, detectors or a clause is to read, told as a diff."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.frame.arguments import Parser, command_within
from tocsin.cli.frame.deciding import INCIDENT, saying
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.cli.lessons.proposed_text import version_of
from tocsin.desk.evidence import lessons
from tocsin.desk.plans.runs import By
from tocsin.facts.lessons import ChangeKind


def add_propose(around: Parser) -> None:
    """Add the word to `tocsin postmortem`."""
    made = command_within(
        around, "propose", run_propose,
        "propose how a plan, detectors or a contract's clause shall read; exit 1 on lint errors",
        examples="  tocsin postmortem propose 7K3 --action action-1 --playbook new/stop.yaml\n"
        "  tocsin postmortem propose 7K3 --action action-2 --clause new.txt --replaces old.txt",
    )  # fmt: skip
    made.add_argument("incident", metavar="INCIDENT", help=INCIDENT)
    made.add_argument("--action", required=True, metavar="ID", help="the item that it carries out")
    which = made.add_mutually_exclusive_group(required=True)
    for one in ChangeKind:
        which.add_argument(f"--{one.value}", type=Path, metavar="FILE", help="as it is to read")
    made.add_argument(
        "--replaces", type=Path, metavar="FILE",
        help="as it reads now; else the file of the same name in the home",
    )  # fmt: skip
    saying(made, dated=False)


def run_propose(args: argparse.Namespace, screen: Screen) -> Answer:
    of, file = next(
        (one, path) for one in ChangeKind if (path := getattr(args, one.value)) is not None
    )
    version = version_of(args.home, of, file, args.replaces)
    with seated(args, screen) as seat:
        incident = seat.incident(args.incident)
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        appended = lessons.proposed(seat.desk, incident, args.action, version, by)
        name = seat.short(incident)
    text = version.text
    checked = "no linter reads it" if text.errors is None else f"{text.errors} lint errors"
    again = " (it was on record already)" if appended.repeated else ""
    lines = [f"{name}: {of.value} {text.name} is proposed for {args.action}; {checked}{again}"]
    lines += [f"  - {line}" for line in text.told.splitlines()]
    lines += [f"  lint: {line}" for line in text.lint.splitlines()]
    return Answer(
        data={
            "incident": incident,
            "short": name,
            "action": args.action,
            "of": of,
            "before": text.before,
            "after": text.after,
            "told": text.told.splitlines(),
            "errors": text.errors,
            "lint": text.lint.splitlines(),
            "repeated": appended.repeated,
        },
        text="\n".join(lines),
        status=PROBLEM if text.errors else DONE,
    )
