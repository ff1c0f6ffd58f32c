"""`tocsin playbook show`: a plan as a page, as Markdown, as a card for the wall, as pictures."""

from __future__ import annotations

import argparse
from pathlib import Path

from tocsin import __version__
from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import plain_bytes, require_free, written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.playbook import Plan, plan_of
from tocsin.playbook.show import raci_svg, sheet_of, tree_svg

FORMATS = ("html", "md", "card", "svg-tree", "svg-raci")


def add(inner: Commands) -> None:
    show = command(
        inner, "show", run_show,
        "a plan for people: one page, Markdown, a card for the wall, its pictures",
        examples="  tocsin playbook show plan.yaml --to plan.html\n"
        "  tocsin playbook show plan.yaml --format card --to card.html   # print it, hang it up\n"
        "  tocsin playbook show plan.yaml --format md --to plan.md",
    )  # fmt: skip
    show.add_argument("plan", type=Path, metavar="PLAN.yaml")
    show.add_argument(
        "--format", choices=FORMATS, default="html",
        help="html: page for screen and print; md: for a wiki; card: one A4 page; svg-tree, "
        "svg-raci: decision tree and matrix of roles (default %(default)s)",
    )  # fmt: skip
    show.add_argument("--to", type=Path, metavar="FILE", help="else standard output")


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    if args.to is not None:
        require_free(args.to)
    plan = plan_of(plain_bytes(args.plan), args.plan.name)
    text = _drawn(plan, args.format)
    data: dict[str, object] = {"format": args.format, "sheet": sheet_of(plan)}
    if args.to is None:
        return Answer(data={**data, "text": text}, text=text)
    written_new(args.to, text.encode())
    data["file"] = str(args.to.resolve())
    return Answer(
        data=data,
        text=f"{args.to}: {plan.id} version {plan.version}, {len(plan.steps)} steps, as "
        f"{args.format}",
    )


def _drawn(plan: Plan, format: str) -> str:
    if format == "svg-tree":
        return tree_svg(plan)
    if format == "svg-raci":
        return raci_svg(plan)
    # Only those who want pages wait for the templates to load.
    from tocsin.playbook.show import pages

    made = {"html": pages.as_html, "md": pages.as_markdown, "card": pages.as_card}
    return made[format](plan, f"Tocsin {__version__}")
