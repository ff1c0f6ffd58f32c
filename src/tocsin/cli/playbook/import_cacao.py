"""`tocsin playbook import`: a CACAO playbook as a plan of ours, with all that was mended or lost.

Nothing of a foreign file is executed, now or later: its commands become questions to people.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import plain_bytes, written_new
from tocsin.cli.frame.screen import DONE, WRONG_USE, Answer, Screen
from tocsin.playbook.cacao.bring_in import Imported, imported
from tocsin.playbook.cacao.json_tree import FILE_BYTES_MAX

EXAMPLE = "  tocsin playbook import phishing.json --to phishing.yaml"


def add(inner: Commands) -> None:
    made = command(inner, "import", run_import, "make a plan of a CACAO playbook", examples=EXAMPLE)
    made.add_argument("playbook", type=Path, metavar="PLAYBOOK.json")
    made.add_argument(
        "--only-asking",
        action="store_true",
        help="leave aside what a Tocsin of others put into it; every step asks a person",
    )
    made.add_argument("--to", type=Path, metavar="PLAN.yaml", help="write the plan there")


def run_import(args: argparse.Namespace, screen: Screen) -> Answer:
    data = plain_bytes(args.playbook, "a CACAO playbook's file", FILE_BYTES_MAX)
    found = imported(data, args.playbook.name, only_asking=args.only_asking)
    if found.plan is None:
        # What was mended or lost on the way concerns nobody where there is no plan.
        told = [*map(str, found.mistakes), f"{args.playbook}: not imported"]
        return Answer(data=_data(found), text="\n".join(told), status=WRONG_USE)
    told = [*map(str, found.repairs), *map(str, found.losses)]
    for line in told:
        screen.say(line)
    screen.say(
        f"{args.playbook}: {len(found.plan.steps)} steps, {len(found.repairs)} repairs, "
        f"{len(found.losses)} things not carried"
    )
    hands = sorted(found.plan.connectors)
    if hands:
        screen.say(
            f"this plan came in our own extension and acts through {', '.join(hands)}: read it "
            "before you use it, or import it with --only-asking"
        )
    if args.to is None:
        return Answer(data=_data(found), text=found.yaml, status=DONE)
    written_new(args.to, found.yaml.encode())
    return Answer(data=_data(found), text=f"written: {args.to}", status=DONE)


def _data(found: Imported) -> dict[str, object]:
    return {
        "ok": found.plan is not None,
        "plan": found.plan.id if found.plan else None,
        "acts_through": sorted(found.plan.connectors) if found.plan else [],
        "yaml": found.yaml or None,
        "mistakes": found.mistakes,
        "repairs": found.repairs,
        "losses": found.losses,
    }
