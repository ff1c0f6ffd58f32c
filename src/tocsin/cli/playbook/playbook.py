"""`tocsin playbook`: write, check, rehearse and show response plans before they are needed."""

from __future__ import annotations

from tocsin.cli.frame.arguments import Commands, Parser
from tocsin.cli.playbook.diff import add as add_diff
from tocsin.cli.playbook.export_cacao import add as add_export
from tocsin.cli.playbook.import_cacao import add as add_import
from tocsin.cli.playbook.lint import add as add_lint
from tocsin.cli.playbook.new import add as add_new
from tocsin.cli.playbook.prove import add as add_prove
from tocsin.cli.playbook.schema import add as add_schema
from tocsin.cli.playbook.show import add as add_show
from tocsin.cli.playbook.simulate import add as add_simulate

EACH = (
    add_new,
    add_lint,
    add_prove,
    add_simulate,
    add_import,
    add_export,
    add_show,
    add_diff,
    add_schema,
)
"""What can be done with a plan, in the order in which help names it."""


def add(places: Commands) -> None:
    top = places.add_parser(
        "playbook",
        help="write, check and show response plans before they are needed",
        description="Response plans: YAML files, strictly read; see playbooks/README.md.",
        epilog="examples:\n  tocsin playbook new --to plan.yaml\n  tocsin playbook lint plan.yaml\n"
        "  tocsin playbook prove plan.yaml\n  tocsin playbook show plan.yaml --to plan.html",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    for one in EACH:
        one(inner)
    _add_short(places)


def _add_short(places: Commands) -> None:
    """`tocsin plan lint`, as it was called first; scripts rely on it."""
    top = places.add_parser(
        "plan",
        help="the same check by its first name: tocsin plan lint",
        description="What `tocsin playbook lint` does, as it was called first.",
        epilog="examples:\n  tocsin plan lint plan.yaml",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    add_lint(inner)
