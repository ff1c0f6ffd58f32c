"""`tocsin api`: the description of the REST API, and what it offers by which right."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, Parser, command
from tocsin.cli.frame.plain_files import require_free, written_new
from tocsin.cli.frame.screen import Answer, Screen


def add(places: Commands) -> None:
    top = places.add_parser(
        "api",
        help="the REST API that `tocsin web` serves: its description, and what it offers",
        description="Everything that the command line does, over HTTP, for whoever holds a token: "
        "tocsin register token NAME --scope SCOPE",
        epilog="examples:\n  tocsin api openapi --to openapi.json\n  tocsin api list",
    )
    inner = top.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    made = command(inner, "openapi", run_openapi, "the description, as OpenAPI 3.1",
                   examples="  tocsin api openapi --to openapi.json")  # fmt: skip
    made.add_argument("--to", type=Path, metavar="FILE", help="a new file; else it is shown")
    command(inner, "list", run_list, "what is offered, by which scope, and what is not, and why")


def run_openapi(args: argparse.Namespace, screen: Screen) -> Answer:
    # Only those who want the description wait for the server's libraries to load.
    from tocsin.cli.over_http.serving import described_api

    if args.to is not None:
        require_free(args.to)
    found = described_api()
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if args.to is None:
        return Answer(data=found, text=text)
    written_new(args.to, text.encode())
    return Answer(data={"file": str(args.to.resolve())}, text=f"written: {args.to}")


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    from tocsin.cli.over_http.offered import ABSENT
    from tocsin.cli.over_http.serving import offered_operations

    offered = [
        {"method": one.method, "path": one.path, "scope": one.right.value, "command": one.words}
        for one in offered_operations()
    ]
    lines = [f"{row['method']:4} {row['path']:44} {row['scope']}" for row in offered]
    lines += [f"not over HTTP: {words}: it {why}" for words, why in ABSENT.items()]
    return Answer(data={"offered": offered, "absent": dict(ABSENT)}, text="\n".join(lines))
