"""`tocsin detect explain`: how a finding came about, in words and as a drawing."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.detection.explanation import chart, explained
from tocsin.cli.detection.finding import answered, chosen
from tocsin.cli.detection.home_findings import told_by_home
from tocsin.cli.frame.arguments import Parser, command_within
from tocsin.cli.frame.plain_files import plain_bytes, written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.facts import Refused

ANSWER_MOST = 256 * 1024 * 1024


def add(around: Parser) -> None:
    made = command_within(
        around, "explain", run_explain,
        "say how a finding came about: what was measured, why then, what it promises",
        examples="  tocsin detect explain drift-age --from found.json --svg age.svg\n"
        "  tocsin detect explain 4f3a91   # a finding that an incident of the home tells of",
    )  # fmt: skip
    made.add_argument(
        "finding",
        metavar="FINDING|DETECTOR",
        help="the id of a finding (its beginning will do), or a detector",
    )
    made.add_argument(
        "--from",
        dest="answer",
        type=Path,
        metavar="FILE",
        help="an answer of `tocsin detect --json`; without it, the home is asked",
    )
    made.add_argument("--svg", type=Path, metavar="FILE", help="draw it into this file as well")


def run_explain(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.answer is not None:
        data = plain_bytes(args.answer, "an answer of `tocsin detect --json`", ANSWER_MOST)
        found = answered(data, str(args.answer))
    else:
        found = told_by_home(args.home, args.finding, screen)
    one = chosen(found, args.finding)
    text = explained(one)
    if args.svg is not None:
        svg = chart(one)
        if svg is None:
            raise Refused(
                f"{one.detector}: nothing that led to it is remembered, so there is nothing to "
                "draw; leave --svg out"
            )
        written_new(args.svg, svg.encode())
        text += f"\n\ndrawn in {args.svg}"
    return Answer(data={"finding": one, "text": text}, text=text)
