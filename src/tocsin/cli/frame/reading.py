"""For whose eyes a command shows something: the option, and the proof that it asks for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from tocsin import wiring
from tocsin.cli.frame import person
from tocsin.cli.frame.arguments import Parser
from tocsin.cli.frame.screen import Screen
from tocsin.desk.evidence.custody import custody_seen
from tocsin.desk.reading import EVERYDAY, READ_NAMESPACE, everyday, labels_proven
from tocsin.facts import Access, Entry
from tocsin.facts.withheld import as_read_by
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


def entries(
    args: argparse.Namespace, opened: Opened, log: str, labels: frozenset[Access], after: int = 0
) -> list[Entry]:
    """The entries of a log for a reader with these labels, which `labels` has given.

    To a visitor nothing is shown that the door does not let them see, whatever the labels are.
    """
    visits = hasattr(args, person.VISITOR)
    store = opened.store if visits else opened.store.for_reader(lambda *_: tuple(Access))
    return as_read_by(store.read(log, after), labels)


def shown(opened: Opened, log: str, after: int = 0) -> list[Entry]:
    """The entries of a log as everybody may read them."""
    return as_read_by(opened.store.read(log, after), EVERYDAY)


def digests(opened: Opened) -> frozenset[str]:
    """The pieces of evidence that everybody may be told of."""
    return frozenset(custody_seen(opened.desk, everyday).pieces)


@contextmanager
def looking(args: argparse.Namespace, screen: Screen) -> Iterator[Opened]:
    """The home for a command that shows something: as everybody may read it.

    A visitor whom another door has proven sees what that door lets them see.
    """
    with wiring.open_home(args.home, warn=screen.say) as opened:
        if not hasattr(args, person.VISITOR):
            opened = wiring.for_reader(opened, lambda *_: EVERYDAY)
        yield opened
