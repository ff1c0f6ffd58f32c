"""Each command as an operation: its path from its name, its parameters from its parser's actions.

What a parser does not know - by which right, which files it makes - the table of `offered` says.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from tocsin.cli.commands import parser
from tocsin.cli.frame import arguments
from tocsin.cli.frame.arguments import Parser
from tocsin.cli.frame.taught import SAMPLES, meaning
from tocsin.cli.over_http.offered import MADE, NOT_OVER_HTTP, OFFERED, PLACES_TO_WRITE
from tocsin.facts import Access
from tocsin.web.api.limits import TEXT_LENGTH_MAX
from tocsin.web.api.operation import Call, JsonSchema, Operation, Outcome, Parameter, Takes

OF_THE_DOOR = frozenset({"help", "home", "json", "person", "key_file", "client_key"})
"""What the door itself gives: where the record is, who asks, and the key of a repetition."""

Runs = Callable[[Parser, str, Call], Outcome]


class Command:
    """A command of the line: its words and its parser."""

    def __init__(self, words: str, parser: Parser) -> None:
        self.words, self.parser = words, parser

    def actions(self) -> Iterator[argparse.Action]:
        """What it takes over HTTP."""
        left_out = NOT_OVER_HTTP.get(self.words, ())
        for action in self.parser._actions:
            if not _of_the_door(action) and name_of(action) not in left_out:
                yield action

    def takes(self, dest: str) -> bool:
        """Whether it has an option or a place of this name."""
        return any(action.dest == dest for action in self.parser._actions)


def commands() -> list[Command]:
    """Every command of the line, in the order of help."""
    return list(_within(parser(), ()))


def operations(run: Runs) -> list[Operation]:
    """Every command that is offered, as an operation.

    Args:
        run: carries one out, given its parser and its name.
    """
    return [_operation(one, run) for one in commands() if one.words in OFFERED]


def name_of(action: argparse.Action) -> str:
    """How a parameter is called: as its option, else as its place."""
    long = [one for one in action.option_strings if one.startswith("--")]
    return long[0][2:].replace("-", "_") if long else action.dest


def takes_of(action: argparse.Action) -> Takes:
    """How a parameter is given.

    Raises:
        ValueError: an action of a kind that has no meaning over HTTP.
    """
    if isinstance(action, argparse._StoreConstAction):
        return Takes.YES
    several = isinstance(action, argparse._AppendAction) or action.nargs in ("+", "*")
    if action.type is Path:
        return Takes.CONTENTS if several else Takes.CONTENT
    if several:
        return Takes.MANY
    if isinstance(action, argparse._StoreAction):
        return Takes.ONE
    raise ValueError(f"{action.dest}: {type(action).__name__} has no meaning over HTTP")


def is_written(words: str, action: argparse.Action) -> bool:
    """Whether this names where the command writes."""
    return action.type is Path and name_of(action) in PLACES_TO_WRITE


def _within(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[Command]:
    if isinstance(parser, Parser) and parser.get_default("run") is not None:
        yield Command(" ".join(words), parser)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield from _within(inner, (*words, word))
    if isinstance(parser, Parser):
        for word, inner in parser.within.items():
            yield from _within(inner, (*words, word))


def _operation(one: Command, run: Runs) -> Operation:
    parser = one.parser
    taken = [action for action in one.actions() if not is_written(one.words, action)]
    return Operation(
        words=one.words,
        right=OFFERED[one.words],
        summary=parser.description or "",
        parameters=tuple(_parameter(action) for action in taken),
        makes_files=one.words in MADE,
        repeatable=one.takes("client_key"),
        signable=_is_signed(parser),
        run=partial(run, parser, one.words),
        example=_example(taken),
    )


def _parameter(action: argparse.Action) -> Parameter:
    takes = takes_of(action)
    optional = action.nargs in ("?", "*") or bool(action.option_strings and not action.required)
    return Parameter(
        name=name_of(action),
        takes=takes,
        required=not optional and takes is not Takes.YES,
        schema=_schema(action),
        about=_about(action),
    )


def _about(action: argparse.Action) -> str:
    said = meaning(action)
    with_default = {**vars(action), "prog": "tocsin"}
    return said % with_default if "%(" in said else said


def _schema(action: argparse.Action) -> JsonSchema:
    if action.choices is not None:
        return {"type": "string", "enum": [_as_typed(one) for one in action.choices]}
    found = _OF_TYPE.get(action.type)
    if found is not None:
        return found
    return {"type": "string", "maxLength": TEXT_LENGTH_MAX}


def _as_typed(choice: object) -> str:
    return choice.value if isinstance(choice, Access) else str(choice)


_OF_TYPE: Mapping[object, JsonSchema] = {
    arguments.whole: {"type": "integer", "minimum": 0, "maximum": arguments.NUMBER_MAX},
    arguments.count: {"type": "integer", "minimum": 1, "maximum": arguments.COUNT_MAX},
    arguments.amount: {"type": "number", "minimum": 0, "maximum": arguments.AMOUNT_MAX},
    arguments.span: {"type": "number", "exclusiveMinimum": 0, "maximum": arguments.AMOUNT_MAX},
    arguments.instant: {"type": "string", "format": "date-time"},
}

_EXAMPLES: Mapping[str, object] = {**SAMPLES, "plan": "plan: stop-it\nversion: '1'\n"}
_BY_SCHEMA: Mapping[str, object] = {"integer": 12, "number": 1, "string": "text"}


def _example(actions: list[argparse.Action]) -> Mapping[str, object]:
    """A request with everything that is required."""
    found: dict[str, object] = {}
    for action in actions:
        parameter = _parameter(action)
        if not parameter.required:
            continue
        one = _EXAMPLES.get(parameter.name)
        if one is None or "enum" in parameter.schema or "format" in parameter.schema:
            one = _first(parameter.schema)
        elif parameter.schema["type"] == "string":
            one = str(one)
        several = parameter.takes in (Takes.MANY, Takes.CONTENTS)
        found[parameter.name] = [one] if several else one
    return found


def _first(schema: JsonSchema) -> object:
    listed = schema.get("enum")
    if isinstance(listed, list):
        return listed[0]
    if schema.get("format") == "date-time":
        return "2026-11-26T16:00:00Z"
    return _BY_SCHEMA[str(schema["type"])]


def _of_the_door(action: argparse.Action) -> bool:
    if isinstance(action, argparse._HelpAction | argparse._VersionAction):
        return True
    signs = action.dest == "key" and action.type is Path
    return (
        signs
        or action.dest in OF_THE_DOOR
        or action.help == argparse.SUPPRESS
        or action.type is arguments.no_instant
    )


def _is_signed(parser: Parser) -> bool:
    return any(one.dest == "person" and "--as" in one.option_strings for one in parser._actions)
