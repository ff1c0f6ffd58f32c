"""What the API offers, as values: an operation, what it takes, who calls it, and what came of it.

Whoever wires the API hands these in; the API itself knows no command.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping

import msgspec

from tocsin.desk.people import Bearer
from tocsin.register.can import Right

PREFIX = "/api/v1"

JsonSchema = Mapping[str, object]


class Takes(enum.Enum):
    """How a parameter is given."""

    ONE = "one"
    MANY = "many"
    YES = "yes"  # a boolean; what is not given is false
    CONTENT = "content"  # of a file: its text, or {"name": ..., "base64": ...}
    CONTENTS = "contents"  # of several files


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an operation takes.

    Args:
        schema: of one value, as JSON Schema.
    """

    name: str
    takes: Takes
    required: bool
    schema: JsonSchema
    about: str = ""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with a request: its bare name, and its bytes."""

    name: str
    data: bytes


Value = str | bool | tuple[str, ...] | Content | tuple[Content, ...]
"""What a parameter was given: texts as they would be typed, or a file."""

Signs = Callable[[bytes, str], str]
"""Gives the armoured signature over a message in a namespace."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that is asked for.

    Args:
        bearer: who asks, as their token proves, or as the key that signs.
        expected: the last entry of the incident that they have seen, if they say so.
        signs: has the caller sign; None where the token is all their proof.
    """

    bearer: Bearer
    values: Mapping[str, Value]
    client_key: str | None = None
    expected: int | None = None
    signs: Signs | None = None


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one parameter, and what would be right."""

    parameter: str
    detail: str


class BadInput(Exception):
    """The request cannot be understood; all that is wrong with it, at once."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__("; ".join(f"{one.parameter}: {one.detail}" for one in wrong))
        self.wrong = wrong


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A file that an operation made."""

    name: str
    data: bytes


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Args:
        status: as the command line's exit status: 0 done, 1 found a problem, 2 wrong use or bad
            input, 3 the outside world failed.
        said: lines for people beside the answer.
        files: what was made; they are the answer then.
    """

    data: object
    status: int
    said: tuple[str, ...] = ()
    files: tuple[Made, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be asked for.

    Args:
        words: its name on the command line.
        about: an incident is what it is about, under the parameter `incident`.
        repeatable: it takes a key that makes a repetition safe.
        example: a body, or parameters, that would be right.
    """

    words: str
    right: Right
    summary: str
    parameters: tuple[Parameter, ...]
    makes_files: bool
    repeatable: bool
    signable: bool
    run: Callable[[Call], Outcome]
    example: Mapping[str, object] = {}

    @property
    def id(self) -> str:
        """Its name in the description: incident_ack."""
        return self.words.replace(" ", "_").replace("-", "_")

    @property
    def path(self) -> str:
        """Where it is found: /api/v1/incident/ack."""
        return f"{PREFIX}/{self.words.replace(' ', '/')}"

    @property
    def method(self) -> str:
        """GET where it only reads and takes no file."""
        return "GET" if self.right is Right.READ and not self.takes_files else "POST"

    @property
    def takes_files(self) -> bool:
        """Whether the content of a file may come with it."""
        return any(one.takes in (Takes.CONTENT, Takes.CONTENTS) for one in self.parameters)

    @property
    def incident(self) -> bool:
        """Whether it is about one incident."""
        return any(one.name == "incident" and one.required for one in self.parameters)
