"""`tocsin detect calibrate`: what detectors would have done in a history that was healthy."""

from __future__ import annotations

import argparse

from tocsin.cli.detection.calibrate_sheet import document, sheet
from tocsin.cli.detection.detecting import calibration
from tocsin.cli.detection.log_options import LOG, PROFILES, add_detectors, add_reading
from tocsin.cli.detection.plan import Asked
from tocsin.cli.frame.arguments import Parser, command_within
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen


def add(around: Parser) -> None:
    made = command_within(
        around, "calibrate", run_calibrate,
        "replay a healthy history: the alarms it would have raised, a tolerance, what it finds",
        examples="  tocsin detect calibrate logs/october\n"
        "  tocsin detect calibrate logs/october --detectors detectors.yaml --json",
    )  # fmt: skip
    made.add_argument(
        "healthy",
        metavar="HEALTHY",
        help=f"a log of a time in which all was well: {LOG}; {PROFILES}",
    )
    add_detectors(made)
    add_reading(made)


def run_calibrate(args: argparse.Namespace, screen: Screen) -> Answer:
    run = calibration(
        Asked(
            log=args.healthy,
            reference=args.healthy,
            detectors=args.detectors,
            mapping=args.mapping,
            window=args.window,
            labels=args.labels,
            labels_key=args.labels_key,
        ),
        screen,
    )
    raised = any(one.judged for one in run.found.proposals)
    return Answer(data=document(run), text=sheet(run), status=PROBLEM if raised else DONE)
