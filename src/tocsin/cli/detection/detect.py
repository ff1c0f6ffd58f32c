"""`tocsin detect`: what is wrong with a log, compared with a reference; no home is needed."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.detection import calibrate, explain
from tocsin.cli.detection.detecting import detected
from tocsin.cli.detection.document import document
from tocsin.cli.detection.log_options import LOG, PROFILES, add_detectors, add_reading
from tocsin.cli.detection.plan import Asked
from tocsin.cli.detection.sheet import judging, sheet
from tocsin.cli.frame.arguments import Commands, WrongUse, command
from tocsin.cli.frame.screen import DONE, PROBLEM, WRONG_USE, Answer, Screen


def add(places: Commands) -> None:
    made = command(
        places,
        "detect",
        run_detect,
        "say what is wrong with an inference log, compared with a reference or its own past",
        examples="  tocsin detect logs/november --reference logs/october\n"
        "  tocsin detect today.csv --reference training.parquet --mapping columns.yaml\n"
        "  tocsin detect logs/ --reference ref/ --detectors detectors.yaml --json\n"
        "  tocsin detect logs/ --detectors detectors.yaml   # if none needs a reference\n"
        "  tocsin detect profiles/november --reference profiles/october   # of `tocsin profile`\n"
        "  tocsin detect explain drift-age --from found.json   # how a finding came about\n"
        "  tocsin detect calibrate logs/october   # which alarms a healthy history would raise",
    )
    made.add_argument(
        "log",
        nargs="?",
        metavar="LOG",
        help=f"{LOG}; {PROFILES}",
    )
    made.add_argument(
        "--profiles",
        metavar="DIR",
        help="the same as LOG, where it must be a folder of profiles",
    )
    made.add_argument(
        "--reference",
        metavar="REF",
        help="a log of a time in which all was well, likewise: a month before, the training set; "
        "without it, only what needs none is judged",
    )
    add_detectors(made)
    add_reading(made)
    explain.add(made)
    calibrate.add(made)
    made.add_argument(
        "--to", type=Path, metavar="DIR", help="keep the profiles and what each finding rests on"
    )


def run_detect(args: argparse.Namespace, screen: Screen) -> Answer:
    if (args.log is None) == (args.profiles is None):
        raise WrongUse(
            "name a log, or its profiles, and what it is compared with: "
            "tocsin detect LOG --reference REF\nsee: tocsin detect --help"
        )
    run = detected(
        Asked(
            log=args.log or args.profiles,
            reference=args.reference,
            profiled=args.profiles is not None,
            detectors=args.detectors,
            mapping=args.mapping,
            window=args.window,
            to=args.to,
            labels=args.labels,
            labels_key=args.labels_key,
        ),
        screen,
    )
    status = PROBLEM if run.replay.judged else DONE
    if status == DONE and not judging(run) and not run.same:
        status = WRONG_USE  # that nobody could judge is no good news
    return Answer(data=document(run), text=sheet(run), status=status)
