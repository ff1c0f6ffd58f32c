"""What is due by when: `tocsin incident deadline`."""

from __future__ import annotations

import argparse

from tocsin.cli.frame.arguments import Commands, instant
from tocsin.cli.frame.deciding import about_incident, decided
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.incident import decide


def add(inner: Commands) -> None:
    deadline = about_incident(
        inner,
        "deadline",
        run_deadline,
        "say by when something must be done; plans count with it",
        examples="  tocsin incident deadline 7K3 early-report --at 2026-11-25T14:05+01:00 "
        '--basis "aware since 14:05 on the 23rd"',
        dated=None,
    )
    deadline.add_argument("deadline", metavar="ID", help="as plans name it under `deadlines:`")
    deadline.add_argument("--at", dest="due_at", type=instant, required=True,
                          help="by when it is surely in time")  # fmt: skip
    deadline.add_argument("--latest", type=instant, help="the latest that can be argued for")
    deadline.add_argument("--basis", required=True, help="how it was reckoned")
    deadline.add_argument("--source", default="", help="the article it comes from")
    deadline.set_defaults(at=None)


def run_deadline(args: argparse.Namespace, screen: Screen) -> Answer:
    return decided(
        args,
        screen,
        lambda said: decide.set_deadline(
            said.incident,
            said.actor,
            said.at,
            deadline=args.deadline,
            conservative_at=args.due_at,
            latest_at=args.latest,
            basis=args.basis,
            source=args.source,
        ),
        f"{args.deadline} is due by {args.due_at:%Y-%m-%d %H:%M} UTC",
        registered=True,
        oneself=True,
    )
