"""`tocsin playbook export`: a plan as a CACAO 2.0 playbook, the same bytes for the same instant."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command, instant
from tocsin.cli.frame.plain_files import plain_bytes, written_new
from tocsin.cli.frame.screen import DONE, WRONG_USE, Answer, Screen
from tocsin.playbook import read_plan
from tocsin.playbook.cacao.send_out import sent
from tocsin.world import RealClock

EXAMPLE = "  tocsin playbook export plan.yaml --to plan.json --created 2026-11-26T12:00Z"


def add(inner: Commands) -> None:
    made = command(inner, "export", run_export, "make a CACAO playbook of a plan", examples=EXAMPLE)
    made.add_argument("plan", type=Path, metavar="PLAN.yaml")
    made.add_argument("--to", type=Path, metavar="FILE.json", help="write the playbook there")
    made.add_argument(
        "--created", type=instant, metavar="INSTANT", help="when it was made (now, if not given)"
    )


def run_export(args: argparse.Namespace, screen: Screen) -> Answer:
    plan, mistakes = read_plan(plain_bytes(args.plan), args.plan.name)
    if plan is None:
        text = "\n".join(map(str, [*mistakes, f"{args.plan}: not exported"]))
        return Answer(data={"ok": False, "mistakes": mistakes}, text=text, status=WRONG_USE)
    playbook = sent(plan, args.created or RealClock().now())
    if args.to is None:
        text = playbook.bytes.decode()
    else:
        written_new(args.to, playbook.bytes)
        text = f"written: {args.to}"
    data = {"ok": True, "mistakes": [], "plan": plan.id, "playbook": playbook.document}
    return Answer(data=data, text=text, status=DONE)
