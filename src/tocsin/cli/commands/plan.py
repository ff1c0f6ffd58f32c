"""`tocsin plan lint`: whether a plan can be run, told before it is needed. Needs no home."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin.cli.arguments import Commands, Parser, command
from tocsin.cli.screen import DONE, PROBLEM, Answer, Screen
from tocsin.facts import Refused
from tocsin.playbook import read_plan


def add(places: Commands) -> None:
    top = places.add_parser(
        "plan",
        help="check a response plan before it is needed",
        description="Response plans: YAML files, strictly read; see playbooks/README.md.",
        epilog="examples:\n  tocsin plan lint plan.yaml",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    lint = command(inner, "lint", run_lint, "say every mistake of a plan at once")
    lint.add_argument("plan", type=Path, metavar="PLAN.yaml")


def run_lint(args: argparse.Namespace, screen: Screen) -> Answer:
    try:
        data = args.plan.read_bytes()
    except OSError as bad:
        raise Refused(f"{args.plan}: {bad.strerror}; name a plan's file") from None
    plan, mistakes = read_plan(data, args.plan.name)
    lines = [str(mistake) for mistake in mistakes]
    if plan is not None:
        lines.append(
            f"{plan.id} version {plan.version}: {len(plan.steps)} steps; acts through "
            f"{', '.join(sorted(plan.connectors)) or 'nothing'}, looks through "
            f"{', '.join(sorted(plan.probes)) or 'nothing'}"
        )
    return Answer(
        data={
            "ok": plan is not None,
            "mistakes": mistakes,
            "plan": plan.id if plan else None,
            "digest": plan.digest if plan else None,
        },
        text="\n".join(lines),
        status=DONE if plan is not None else PROBLEM,
    )
