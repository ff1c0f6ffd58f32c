"""For whose eyes a command shows something: the option, and the proof that it asks for."""

from __future__ import annotations

import argparse

from tocsin.cli import person
from tocsin.cli.arguments import Parser
from tocsin.desk.reading import EVERYDAY, READ_NAMESPACE, labels_proven
from tocsin.facts import Access, Entry
from tocsin.incident.privilege import as_read_by
from tocsin.wiring import Opened

WHOM = {Access.OPS: "responders", Access.BOARD: "the board", Access.COUNSEL: "counsel"}


WHOSE = "for whose eyes (may be repeated; ops when not given)"


def options(made: Parser, help: str = WHOSE) -> None:
    """Add `--reader`, and who the reader is: counsel's and the board's text asks for a proof."""
    option(made, help)
    person.options(made)


def option(made: Parser, help: str = WHOSE) -> None:
    """Add `--reader` to a command that asks who gives it anyway."""
    made.add_argument(
        "--reader",
        action="append",
        type=Access,
        choices=list(Access),
        metavar="{ops,board,counsel}",
        help=f"{help}; all but ops needs --as and --key",
    )


def labels(args: argparse.Namespace, opened: Opened, log: str) -> frozenset[Access]:
    """The labels that were asked for, proven. Raises Refused where they are not this reader's."""
    wanted = frozenset(args.reader or EVERYDAY)
    if wanted <= EVERYDAY:
        return wanted
    acting = person.acting(args)
    return labels_proven(opened.desk, log, acting.author, wanted, acting.signer(READ_NAMESPACE))


def shown(opened: Opened, log: str, after: int = 0) -> list[Entry]:
    """The entries of a log as everybody may read them: the only way by which doors read."""
    return as_read_by(opened.store.read(log, after), EVERYDAY)
