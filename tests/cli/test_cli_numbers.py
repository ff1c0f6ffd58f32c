"""No number that somebody types is too large for what takes it: every argument of every command."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_side import api_of

from cli_seat import Keyboard
from tocsin.cli.commands import parser
from tocsin.cli.frame.arguments import NUMBER_MAX

STRANGE = ["9" * 23, "9" * 5000, "-1", "-" + "9" * 23, str(2**63), "1e3", "0x10", "1_0", "", "²"]
LARGEST = 2**63 - 1


def arguments_of(
    made: argparse.ArgumentParser, path: str = "tocsin"
) -> Iterator[tuple[str, argparse.Action]]:
    """Every argument of every command."""
    for action in made._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from arguments_of(inner, f"{path} {name}")
        else:
            yield f"{path} {action.dest}", action
    for name, inner in getattr(made, "within", {}).items():
        yield from arguments_of(inner, f"{path} {name}")


ALL = dict(arguments_of(parser()))


def read(action: argparse.Action, text: str) -> object:
    """What the argument makes of it; None where it refuses, as a parser takes a refusal."""
    assert callable(action.type)
    with contextlib.suppress(argparse.ArgumentTypeError, TypeError, ValueError):
        return action.type(text)
    return None


NUMBERS = {name: one for name, one in ALL.items()
           if callable(one.type) and type(read(one, "7")) is int}  # fmt: skip


def test_there_are_numbers_to_ask() -> None:
    assert len(NUMBERS) >= 25
    assert "tocsin log after" in NUMBERS


def test_no_argument_takes_any_number_there_is() -> None:
    unbounded = [name for name, one in ALL.items() if one.type in (int, float)]
    assert not unbounded, "bound them: tocsin.cli.frame.arguments.whole, amount"


@pytest.mark.parametrize("text", STRANGE, ids=lambda one: one[:8] or "empty")
def test_every_number_is_bounded_or_refused(text: str) -> None:
    for name, action in NUMBERS.items():
        found = read(action, text)
        assert found is None or (isinstance(found, int) and 0 <= found <= LARGEST), name


def test_a_number_beyond_every_log_is_told_and_not_met_with_a_traceback(staffed: Keyboard) -> None:
    one = staffed.opened()
    for text in ("9" * 23, "9" * 5000):
        said = staffed.refused("log", one, "--after", text)
        assert f"give a whole number from 0 to {NUMBER_MAX:,}" in said
        for words in (
            ("yes", one, text),
            ("counsel", "opinion", one, "o", "--about", text),
            ("notice", "receipt", one, text, "--reference", "r"),
            ("signals", "explain", text),
        ):
            ran = staffed(*words, "--json")
            assert ran.status in (1, 2), ran
            assert "Traceback" not in ran.err, ran
    assert staffed.done("log", one, "--after", NUMBER_MAX)["entries"] == []


def test_over_http_such_a_number_is_a_mistake_of_the_caller(
    staffed: Keyboard, keys: dict[str, Path]
) -> None:
    one = staffed.opened()
    with api_of(staffed, keys) as api:
        ana = api.caller("ana", "read")
        for text in ("9" * 23, "9" * 400, "-1"):
            for asked in (ana.get("log", log=one, after=text),
                          ana.get(f"incidents/{one}/timeline", after=text)):  # fmt: skip
                assert asked.status_code == 400, asked.text
                assert "after" in asked.text
