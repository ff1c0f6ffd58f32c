"""One command, one answer, one exit status: 0 done, 1 problem, 2 wrong use, 3 the world failed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tocsin.cli.commands import parser
from tocsin.cli.frame.arguments import WrongUse
from tocsin.cli.frame.screen import PROBLEM, WORLD_FAILED, WRONG_USE, Answer, Screen
from tocsin.facts import BrokenLog, ConnectorError, Refused, Unreachable
from tocsin.world import RealClock

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    screen = Screen(json="--json" in words, clock=RealClock())
    try:
        args = parser(words).parse_args(words)
        return screen.show(_answer(args, screen))
    except WrongUse as wrong:
        return screen.show(_failed(str(wrong), WRONG_USE, screen))
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; nothing is wrong with the command.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        screen.say("interrupted; what was acknowledged is on record")
        return INTERRUPTED


def _answer(args: argparse.Namespace, screen: Screen) -> Answer:
    try:
        answer: Answer = args.run(args, screen)
    except Refused as refused:
        return _failed(str(refused), WRONG_USE, screen)
    except BrokenLog as broken:
        return _failed(str(broken), PROBLEM, screen)
    except (ConnectorError, Unreachable) as away:
        return _failed(str(away), WORLD_FAILED, screen)
    return answer


def _failed(message: str, status: int, screen: Screen) -> Answer:
    screen.say(f"tocsin: {message}")
    return Answer(data={"error": message, "exit": status}, text="", status=status)
