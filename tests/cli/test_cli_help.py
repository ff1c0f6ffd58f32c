"""The help teaches: every command says what it does, in words that people use."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from tocsin.cli.arguments import parser

UNSPOKEN = re.compile(r"\b(fold|folds|folded|receipt|desk|bundle|inject|seq|enum)\b", re.IGNORECASE)


def commands(of: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield of
    for inner in getattr(of, "within", {}).values():
        yield from commands(inner)
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in dict.fromkeys(action.choices.values()):
                yield from commands(inner)


ALL = {command.prog: command for command in commands(parser())}


def test_the_commands_that_were_promised_are_there() -> None:
    promised = [
        "init",
        "doctor",
        "register",
        "incident",
        "work",
        "log",
        "verify",
        "export",
        "witness",
    ]
    assert {f"tocsin {name}" for name in {*promised, "witness"}} <= ALL.keys()


@pytest.mark.parametrize("name", sorted(ALL))
def test_help_says_what_a_command_does_in_plain_words(name: str) -> None:
    command = ALL[name]
    assert command.description and len(command.description) > 10
    text = command.format_help()
    assert not UNSPOKEN.search(text), UNSPOKEN.search(text)
    assert "--json" in text or any(
        isinstance(action, argparse._SubParsersAction) for action in command._actions
    )


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_example_is_a_command_that_is_understood(name: str) -> None:
    import shlex

    for line in (ALL[name].epilog or "").splitlines():
        said = re.split(r"\s{2,}#|\s{6,}", line.strip())[0]
        if said.startswith("tocsin ") and "..." not in said.replace("SHA256:...", ""):
            parser().parse_args(shlex.split(said)[1:])
