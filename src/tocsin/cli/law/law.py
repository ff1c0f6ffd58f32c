"""`tocsin law`: the law as data, what it says, where it comes from, and which duties it raises."""

from __future__ import annotations

from tocsin.cli.frame.arguments import Commands, Parser
from tocsin.cli.law.check import add as add_check
from tocsin.cli.law.coverage import add as add_coverage
from tocsin.cli.law.diff import add as add_diff
from tocsin.cli.law.list import add as add_list
from tocsin.cli.law.record import ON_RECORD
from tocsin.cli.law.seal import add as add_seal
from tocsin.cli.law.show import add as add_show

EACH = (add_list, add_show, add_coverage, add_diff, add_check, add_seal)
"""What can be done with the law, in the order in which help names it."""


def add(places: Commands) -> None:
    top = places.add_parser(
        "law",
        help="the law as data: which rules there are, since when, and what they ask",
        description="Rules of law as cited data; see law/README.md. Decision support, not legal "
        "advice.",
        epilog="examples:\n  tocsin law list\n  tocsin law list --regime eu --unverified\n"
        "  tocsin law show eu/dora/19/initial\n  tocsin law coverage\n"
        "  tocsin law diff shipped new-law\n  tocsin law check\n"
        "  tocsin law duties --facts incident.json",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    for one in (*EACH, *ON_RECORD):
        one(inner)
