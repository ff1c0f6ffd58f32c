"""Every command is an operation, or stands in the table of what has no place over HTTP.

So nothing is offered that nobody thought about, and nothing is forgotten.
"""

from __future__ import annotations

import argparse

import pytest

from tocsin.cli.over_http.offered import ABSENT, MADE, NOT_OVER_HTTP, OFFERED
from tocsin.cli.over_http.operations import (
    Command,
    commands,
    is_written,
    name_of,
    operations,
    takes_of,
)
from tocsin.register.can import Right
from tocsin.web.api.operation import Operation, Outcome, Takes

ALL = commands()
NAMES = [one.words for one in ALL]


def made() -> list[Operation]:
    return operations(lambda parser, words, call: Outcome(data={}, status=0))


@pytest.mark.parametrize("command", ALL, ids=NAMES)
def test_each_command_is_offered_or_says_why_not(command: Command) -> None:
    offered, absent = command.words in OFFERED, command.words in ABSENT
    assert offered or absent, (
        f"`tocsin {command.words}` is new: give it a right in cli/over_http/offered.py, or a "
        "reason there why it has no place over HTTP"
    )
    assert not (offered and absent)


def test_the_table_names_only_what_there_is() -> None:
    gone = {*OFFERED, *ABSENT, *NOT_OVER_HTTP, *MADE} - set(NAMES)
    assert not gone, f"no command is called {sorted(gone)}"
    for words, names in NOT_OVER_HTTP.items():
        command = next(one for one in ALL if one.words == words)
        known = {name_of(action) for action in command.parser._actions}
        assert set(names) <= known, words


def test_what_must_be_written_somewhere_is_the_answer() -> None:
    for command in ALL:
        for action in command.actions() if command.words in OFFERED else ():
            needed = is_written(command.words, action) and action.required
            assert not needed or command.words in MADE, f"{command.words}: name it in MADE"


def test_paths_and_names_are_one_for_each() -> None:
    found = made()
    assert len({one.path for one in found}) == len({one.id for one in found}) == len(OFFERED)


@pytest.mark.parametrize("one", made(), ids=lambda one: one.words)
def test_each_operation_has_a_right_and_parameters_that_can_be_said(one: Operation) -> None:
    assert isinstance(one.right, Right) and one.right is not Right.SIGNAL
    assert one.summary
    names = [parameter.name for parameter in one.parameters]
    assert len(names) == len(set(names)), "two parameters of one name"
    assert not {"as", "home", "json", "client_key"} & set(names)
    for parameter in one.parameters:
        assert parameter.schema["type"] in ("string", "integer", "number")


def test_only_what_reads_is_a_get_and_only_that_needs_no_more_than_reading() -> None:
    for one in made():
        if one.method == "GET":
            assert one.right is Right.READ, one.words


READS_AS_SOMEBODY = {"actions", "actions list", "counsel log", "statements"}
"""Commands without `--reader` that take who asks only to know what they may read."""


def signed(command: Command) -> bool:
    return any("--as" in action.option_strings for action in command.parser._actions)


def test_whatever_records_for_a_person_needs_more_than_reading() -> None:
    for command in ALL:
        reads = command.takes("reader") or command.words in READS_AS_SOMEBODY
        if signed(command) and command.words in OFFERED and not reads:
            assert OFFERED[command.words] is not Right.READ, command.words


def test_no_text_names_a_place_on_the_server() -> None:
    """A file is content that is sent, a place to write, or left out; a text may look like none."""
    places = {"LOG", "PATH", "DIR", "FILE", "FOLDER", "PLACE", "CSV", "DATABASE"}
    for command in ALL:
        for action in command.actions() if command.words in OFFERED else ():
            said = {str(action.metavar).upper(), name_of(action).upper()}
            text = takes_of(action) in (Takes.ONE, Takes.MANY)
            assert not (text and said & places) or command.words == "log", (
                f"{command.words}: {name_of(action)} may name a file of the server; leave it out "
                "by NOT_OVER_HTTP"
            )


def test_a_kind_of_action_that_nobody_thought_about_is_told() -> None:
    parser = argparse.ArgumentParser()
    action = parser.add_argument("-v", action="count")
    with pytest.raises(ValueError, match="has no meaning over HTTP"):
        takes_of(action)


def test_what_must_be_written_somewhere_is_the_answer_of_its_operation() -> None:
    missing = {
        one.words
        for one in ALL
        if one.words in OFFERED
        for action in one.actions()
        if is_written(one.words, action) and action.required
    } - MADE.keys()
    assert not missing, "over HTTP there is no place to name, so its file is answered"
