"""`tocsin playbook schema`: the JSON Schema of a plan, for editors that help to write one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.plain_files import written_new
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.playbook.schema import schema


def add(inner: Commands) -> None:
    made = command(
        inner, "schema", run_schema,
        "the JSON Schema of a plan (draft 2020-12), for editors; a plan names it in its first "
        "line: # yaml-language-server: $schema=playbook.schema.json",
        examples="  tocsin playbook schema --to playbooks/playbook.schema.json",
    )  # fmt: skip
    made.add_argument("--to", type=Path, metavar="FILE", help="else standard output")


def run_schema(args: argparse.Namespace, screen: Screen) -> Answer:
    document = schema()
    text = schema_text()
    if args.to is None:
        return Answer(data=document, text=text)
    written_new(args.to, text.encode())
    return Answer(data={"file": str(args.to.resolve())}, text=f"{args.to}: {document['title']}")


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
