"""The help teaches: every command says what it does, in words that people use."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tocsin.cli.commands import WORDS, adding, parser
from tocsin.cli.frame.arguments import Parser, WrongUse
from tocsin.cli.frame.taught import EXIT_STATUS

MAP = Path(__file__).parents[2] / "ARCHITECTURE.md"
CODE = re.compile("`[^`]+`")
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


def words_added(*adds: Callable[..., None]) -> list[str]:
    top = Parser(prog="tocsin")
    places = top.add_subparsers()
    for add in adds:
        add(places)
    return list(places.choices)


@pytest.mark.parametrize("module", WORDS)
def test_a_line_loads_the_one_module_that_adds_its_word(module: str) -> None:
    for word in WORDS[module]:
        assert words_added(*adding(word)) == list(WORDS[module])


@pytest.mark.parametrize("module", WORDS)
def test_the_map_names_the_folder_of_each_word(module: str) -> None:
    folder = module.split(".")[0]
    rows = [one for one in MAP.read_text().splitlines() if one.startswith("|")]
    for word in WORDS[module]:
        named = [one for one in rows if {f"`{word}`", f"`{folder}`"} <= set(CODE.findall(one))]
        assert named, f"ARCHITECTURE.md: say in the table of cli/ that {word} lies in {folder}"


def test_a_line_without_a_known_word_is_understood_by_all() -> None:
    every = [word for words in WORDS.values() for word in words]
    assert words_added(*adding(None)) == words_added(*adding("incidant")) == every


@pytest.mark.parametrize("line", [
    ["log", "7K3", "--json"], ["--json", "log", "7K3"],
    ["--home", "log", "log", "7K3"], ["--json", "--home=x", "log", "7K3"],
])  # fmt: skip
def test_options_of_every_command_may_stand_before_it(line: list[str]) -> None:
    args = parser(line).parse_args(line)
    assert args == parser().parse_args(line)
    assert args.run.__module__ == "tocsin.cli.record.log"


def test_the_modules_of_other_commands_are_not_waited_for() -> None:
    script = (
        "import sys; from tocsin.cli.commands import parser; parser(['log', '7K3']);"
        "print(*(one for one in sys.modules if one.startswith('tocsin.cli.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    named = [one for one in loaded.stdout.decode().split() if one.count(".") > 2]
    beyond = [one for one in named if not one.startswith("tocsin.cli.frame.")]
    assert "tocsin.cli.frame.arguments" in named and beyond == ["tocsin.cli.record.log"]


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
def test_help_says_what_each_argument_is_and_shows_the_command_at_work(name: str) -> None:
    command = ALL[name]
    text = command.format_help()
    bare = [one.dest for one in command._actions
            if not one.help and not isinstance(one, argparse._SubParsersAction)]  # fmt: skip
    assert not bare, f"say what they are, in the command or in tocsin.cli.frame.taught: {bare}"
    if command.get_default("run") is not None:
        assert "\n  tocsin " in text and EXIT_STATUS in text
    assert text == command.format_help(), "asked again it says the same"


def test_what_is_not_understood_leads_to_the_help_of_the_command_that_was_meant() -> None:
    line = ["law", "duties", "7K3", "--htlm", "x"]
    with pytest.raises(WrongUse, match="--htlm x\nsee: tocsin law duties --help"):
        parser(line).parse_args(line)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_example_is_a_command_that_is_understood(name: str) -> None:
    import shlex

    ALL[name].format_help()  # which gives it one where it has none
    for line in (ALL[name].epilog or "").splitlines():
        said = re.split(r"\s{2,}#|\s{6,}", line.strip())[0]
        if said.startswith("tocsin ") and "..." not in said.replace("SHA256:...", ""):
            ALL["tocsin"].parse_args(shlex.split(said)[1:])
