"""`tocsin playbook lint`: whether a plan can be run, told before it is needed. Where there is a
home, it is checked against that home too; it needs none.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin import wiring
from tocsin.cli.arguments import Commands, command
from tocsin.cli.screen import DONE, PROBLEM, Answer, Screen
from tocsin.facts import Refused
from tocsin.playbook import Plan, draft_plan, unfitting
from tocsin.register.mistakes import Mistake
from tocsin.world import RealClock


def add(inner: Commands) -> None:
    lint = command(inner, "lint", run_lint, "say every mistake of a plan at once")
    lint.add_argument("plan", type=Path, metavar="PLAN.yaml")


def run_lint(args: argparse.Namespace, screen: Screen) -> Answer:
    try:
        data = args.plan.read_bytes()
    except OSError as bad:
        raise Refused(f"{args.plan}: {bad.strerror}; name a plan's file") from None
    draft, mistakes = draft_plan(data, args.plan.name)
    plan = None if mistakes else draft
    unchecked = None
    if draft is not None:
        lacking, unchecked = _against_home(draft, args)
        mistakes = sorted([*mistakes, *lacking])
    lines = [str(mistake) for mistake in mistakes]
    if plan is not None:
        lines.append(
            f"{plan.id} version {plan.version}: {len(plan.steps)} steps; acts through "
            f"{', '.join(sorted(plan.connectors)) or 'nothing'}, looks through "
            f"{', '.join(sorted(plan.probes)) or 'nothing'}"
        )
    if unchecked is not None:
        lines.append(f"not checked against a register, people and detectors: {unchecked}")
    return Answer(
        data={
            "ok": not mistakes,
            "mistakes": mistakes,
            "plan": plan.id if plan else None,
            "digest": plan.digest if plan else None,
            "unchecked": unchecked,
        },
        text="\n".join(lines),
        status=DONE if not mistakes else PROBLEM,
    )


def _against_home(plan: Plan, args: argparse.Namespace) -> tuple[list[Mistake], str | None]:
    """What the home lacks of what the plan names; or why that cannot be said."""
    try:
        wiring.origin_of(args.home)
        register, _ = wiring.declared(args.home, RealClock())
    except Refused as bad:
        return [], str(bad)
    return unfitting(plan, wiring.house_of(args.home, register), args.plan.name), None
