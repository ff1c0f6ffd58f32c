"""The words of the command line: what a command, an option and the value of an argument are."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn, TypeAlias

from tocsin.cli.frame.screen import Answer, Screen
from tocsin.facts.moments import instant_written

Run = Callable[[argparse.Namespace, Screen], Answer]
Place = tuple[str, int]
"""Where to listen: host and port."""

AMOUNT_MAX = 1_000_000.0
COUNT_MAX = 64
NUMBER_MAX = 10**12  # no log, inbox or list of ours ever has so many
PORT_MAX = 65535
_DIGITS_MAX = 19
A_YEAR = timedelta(days=366)


class WrongUse(Exception):
    """The command line cannot be understood; the message says what would be right."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises WrongUse and keeps the line breaks of examples.

    Where a command takes both a place and words of its own, `within` holds the parsers of those
    words: `detect LOG` and `detect explain`. A place that is called so is written as `./explain`.
    """

    def __init__(self, **words: object) -> None:
        words.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        words.setdefault("allow_abbrev", False)
        super().__init__(**words)  # type: ignore[arg-type]
        self.within: dict[str, Parser] = {}

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As ever, by the parser of the first word where it has one of its own."""
        words = list(args or ())
        place = next((i for i, word in enumerate(words) if word != "--json"), None)
        inner = self.within.get(words[place]) if place is not None else None
        if inner is None or place is None:
            return super().parse_known_args(args, namespace)
        return inner.parse_known_args([*words[:place], *words[place + 1 :]], namespace)

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        """As ever; what is not understood leads to the help of the command that was meant."""
        found, left = self.parse_known_args(args, namespace)
        if left:
            raise WrongUse(
                f"unrecognized arguments: {' '.join(left)}\nsee: {self._meant(args)} --help"
            )
        return found

    def _meant(self, words: Sequence[str] | None) -> str:
        """The whole name of the command that these words ask for."""
        meant: argparse.ArgumentParser = self
        for word in words or ():
            places = [one for one in meant._actions if isinstance(one, argparse._SubParsersAction)]
            inner = dict(getattr(meant, "within", {}))
            for one in places:
                inner |= one.choices
            meant = inner.get(word, meant)
        return meant.prog

    def format_help(self) -> str:
        """The help, with what each argument is, an example and the exit status."""
        from tocsin.cli.frame.taught import complete

        complete(self)
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"{message}\nsee: {self.prog} --help")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def everywhere(parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS) -> None:
    """Add the options that every command takes, before or after its name."""
    shared = parser.add_argument_group("everywhere")
    quiet = default is argparse.SUPPRESS
    shared.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS if quiet else False,
        help="one JSON document on standard output",
    )
    shared.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS if quiet else default_home(),
        help="where the record lives (TOCSIN_HOME, else ./.tocsin)",
    )


def command(
    places: Commands,
    name: str,
    run: Run,
    help: str,
    *,
    examples: str = "",
) -> Parser:
    """A command of the line: its name, what runs it, one line of help and worked examples."""
    made = places.add_parser(
        name, help=help, description=help, epilog=f"examples:\n{examples}" if examples else None
    )
    everywhere(made)
    made.set_defaults(run=run)
    return made


def command_within(around: Parser, name: str, run: Run, help: str, *, examples: str = "") -> Parser:
    """A command whose name is a word of another one, which takes a place instead."""
    made = Parser(
        prog=f"{around.prog} {name}",
        description=help,
        epilog=f"examples:\n{examples}" if examples else None,
    )
    everywhere(made)
    made.set_defaults(run=run)
    around.within[name] = made
    return made


def default_home() -> Path:
    """The home that is used when no `--home` is given."""
    return Path(os.environ.get("TOCSIN_HOME") or ".tocsin")


def instant(text: str) -> datetime:
    """An instant with its time zone, as ISO 8601. Used as an argument type."""
    try:
        value = instant_written(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an instant; write it like 2026-11-23T14:05+01:00"
        ) from None
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} has no time zone; write it like {value.isoformat(timespec='minutes')}+01:00 "
            f"or {value.isoformat(timespec='minutes')}Z"
        )
    try:
        at = value.astimezone(UTC)
        _ = at - A_YEAR, at + A_YEAR  # what is told in other zones, or falls due after it, has room
        return at
    except OverflowError:
        raise argparse.ArgumentTypeError(f"{text!r} lies beyond the calendar") from None


def no_instant(text: str) -> datetime:
    """Refuses every instant. Used as an argument type where a person's word is true as it is said.

    A decision cannot be dated back: it counts from the moment at which it is recorded.
    """
    raise argparse.ArgumentTypeError(
        f"{text!r}: this is true from the moment it is recorded and cannot be dated; leave it out"
    )


def span(text: str) -> float:
    """A number of hours, minutes or seconds above zero. Used as an argument type."""
    value = amount(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text!r}; give a number above 0")
    return value


def count(text: str) -> int:
    """A whole number from 1 to 64. Used as an argument type."""
    return between(text, 1, COUNT_MAX)


def number_in(text: str, least: int, most: int) -> int | None:
    """The whole number that these digits are; None where they are none, or it lies outside."""
    digits = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    return int(text) if digits and least <= int(text) <= most else None


def between(text: str, least: int, most: int, called: str = "whole number") -> int:
    """As `number_in`, for argument types: tells what is allowed where it is none."""
    number = number_in(text, least, most)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text[:70]!r}; give a {called} from {least} to {most:,}")
    return number


def whole(text: str) -> int:
    """A whole number that a log can hold, such as the place of an entry. Used as an argument type.

    Where less is allowed, the command says so itself.
    """
    return between(text, 0, NUMBER_MAX)


def port(text: str) -> int:
    """The number of a port; 0 takes any that is free. Used as an argument type."""
    return between(text, 0, PORT_MAX, "port")


def amount(text: str) -> float:
    """A number of hours, minutes or seconds that a calendar can hold. Used as an argument type."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= AMOUNT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r}; give a number from 0 to {AMOUNT_MAX:,.0f}")
    return value


def place(text: str) -> Place:
    """HOST:PORT; port 0 takes any that is free. Used as an argument type."""
    host, colon, number = text.rpartition(":")
    if not colon or not host or not number.isdecimal() or int(number) > PORT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r}; write it like 127.0.0.1:8600")
    return host.strip("[]"), int(number)
