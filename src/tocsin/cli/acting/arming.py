"""`tocsin arm`, `disarm`, `rehearse`: what Tocsin may do to a system by itself."""

from __future__ import annotations

import argparse

import msgspec

from tocsin.cli.frame.arguments import Commands, command, whole
from tocsin.cli.frame.carrying_out import carried_out, is_completed
from tocsin.cli.frame.deciding import saying
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.frame.seat import seated
from tocsin.desk.acting import arming
from tocsin.desk.plans.runs import By

ACTS_PER_HOUR = 6


def add(places: Commands) -> None:
    arm = command(
        places, "arm", run_arm,
        "let Tocsin act on a system by itself, once stop and undo were seen to work there",
        examples="  tocsin rehearse assistant\n  tocsin arm assistant --acts-per-hour 6",
    )  # fmt: skip
    arm.add_argument("system")
    arm.add_argument("--acts-per-hour", type=whole, default=ACTS_PER_HOUR, metavar="N",
                     help="never more actions an hour than this (default %(default)s)")  # fmt: skip
    saying(arm)
    disarm = command(places, "disarm", run_disarm, "let Tocsin only look at a system by itself")
    disarm.add_argument("system")
    disarm.add_argument("--because", required=True)
    saying(disarm)
    rehearse = command(
        places, "rehearse", run_rehearse,
        "turn a system off and on again, each looked at: what must work before it is armed",
    )  # fmt: skip
    rehearse.add_argument("system")
    rehearse.add_argument("--flag", help="which of the system's switches; else the first")
    saying(rehearse)


def run_arm(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        arming.arm(seat.desk, args.system, args.acts_per_hour, by)
    return Answer(
        data={"system": args.system, "armed": True, "acts_per_hour": args.acts_per_hour},
        text=f"{args.system} is armed: Tocsin acts by itself, at most {args.acts_per_hour} times "
        "an hour; a person's own stop is not bound by this. To end it: "
        f"tocsin disarm {args.system}",
    )


def run_disarm(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        arming.disarm(seat.desk, args.system, args.because, by)
    return Answer(
        data={"system": args.system, "armed": False},
        text=f"Tocsin only looks at {args.system} by itself from now on",
    )


def run_rehearse(args: argparse.Namespace, screen: Screen) -> Answer:
    with seated(args, screen) as seat:
        by = By(author=seat.author, sign=seat.sign, client_key=args.client_key)
        started = arming.rehearse(seat.desk, args.system, by, flag=args.flag)
        out = carried_out(seat, screen, started.incident, started.log, started.run)
        name = seat.short(started.incident)
        good = is_completed(out) and out.shown
        if good:
            arming.end_rehearsal(seat.desk, started.incident, by)
    text = f"{name}: {args.system} was stopped and started again, and both were SEEN"
    if not good:
        text = f"{name}: the rehearsal did NOT show both; see: tocsin log {name}"
    return Answer(
        data=msgspec.to_builtins(out) | {"short": name, "rehearsed": good},
        text=text,
        status=DONE if good else PROBLEM,
    )
