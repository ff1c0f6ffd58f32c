"""`tocsin playbook diff`: what changed between two plans, in words; weaker safety first."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.playbook import Plan, plan_of
from tocsin.playbook.diff import Change, are_different, changes
from tocsin.playbook.show.words import one_line


def add(inner: Commands) -> None:
    diff = command(
        inner, "diff", run_diff,
        "what changed between two plans, in words; exit 1 where safety may be weaker",
        examples="  tocsin playbook diff old.yaml new.yaml",
    )  # fmt: skip
    diff.add_argument("old", type=Path, metavar="OLD.yaml")
    diff.add_argument("new", type=Path, metavar="NEW.yaml")


def run_diff(args: argparse.Namespace, screen: Screen) -> Answer:
    old = plan_of(plain_bytes(args.old), args.old.name)
    new = plan_of(plain_bytes(args.new), args.new.name)
    found = changes(old, new)
    weaker = [change for change in found if change.weaker]
    different = are_different(old, new)
    lines = _summary(old, new, found) if different else _lines(old, new, found)
    return Answer(
        data={
            "same": not found,
            "different_plans": different,
            "weaker": len(weaker),
            "changes": found,
            "old": _named(old),
            "new": _named(new),
        },
        text="\n".join(lines),
        status=PROBLEM if weaker else DONE,
    )


def _named(plan: Plan) -> dict[str, str]:
    return {"plan": plan.id, "version": plan.version, "digest": plan.digest}


def _summary(old: Plan, new: Plan, found: Sequence[Change]) -> Iterator[str]:
    """Of two plans without a step in common nobody reads every line."""
    yield "these are two different plans: no step of one is in the other"
    yield from (
        f"  {way}: {plan.id} version {plan.version}, {len(plan.steps)} steps, "
        f"{one_line(plan.title)}"
        for way, plan in (("old", old), ("new", new))
    )
    weaker = sum(change.weaker for change in found)
    yield f"{len(found)} differences, {weaker} of them weaker; each of them: --json"


def _lines(old: Plan, new: Plan, found: Sequence[Change]) -> Iterator[str]:
    if not found:
        same = old.digest == new.digest
        yield "the same file" if same else "the same plan: only comments or layout differ"
        return
    weaker = [change for change in found if change.weaker]
    if weaker:
        yield "safety may be weaker; look twice:"
        yield from (f"  ! {change.words}" for change in weaker)
    others = [change for change in found if not change.weaker]
    if others:
        yield "other changes:" if weaker else "changes:"
        yield from (f"  - {change.words}" for change in others)
