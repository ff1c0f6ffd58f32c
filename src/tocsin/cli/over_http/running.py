"""Carries an operation out as its command does, for whom the door has proven, in an open home.

No account of the server vouches for anybody, nothing is read from its environment, and files that
come or go lie in a folder of this one call, which is gone when it ends.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.frame import short
from tocsin.cli.frame.arguments import Parser
from tocsin.cli.frame.person import VISITOR, Person
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.over_http.offered import MADE, OFFERED
from tocsin.cli.over_http.operations import Command, is_written, name_of
from tocsin.cli.over_http.readers import allowed_to, check_readers
from tocsin.facts import Entry
from tocsin.register.can import Right
from tocsin.web.api.operation import BadInput, Call, Content, Made, Outcome, Value, Wrong

FILE_BYTES_MAX = 64 * 1024 * 1024
FILES_MAX = 2_000


class Quiet(Screen):
    """Keeps what is said beside the answer, for whoever asked."""

    def __init__(self, opened: wiring.Opened) -> None:
        super().__init__(json=True, clock=opened.world.clock)
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


class Runner:
    """Runs commands in a home that is held open."""

    def __init__(self, opened: wiring.Opened) -> None:
        self._opened, self._written_at = opened, wiring.written_at(opened.home)

    def __call__(self, parser: Parser, words: str, call: Call) -> Outcome:
        """What the command answers.

        Raises:
            BadInput: parameters that the command does not understand, all at once.
            Refused, ConnectorError, Unreachable, BrokenLog: as the command itself.
        """
        opened = self._seen_by(call, words)
        with tempfile.TemporaryDirectory(prefix="tocsin-") as name, wiring.holding(opened):
            folder = Path(name)
            args = _arguments(Command(words, parser), call, folder)
            args.home = opened.home
            setattr(args, VISITOR, _visitor(call))
            self._check_readers(args, call)
            screen = Quiet(opened)
            answer: Answer = args.run(args, screen)
            files = tuple(_made(folder / "out")) if words in MADE else ()
        return Outcome(data=answer.data, status=answer.status, said=tuple(screen.said), files=files)

    def _seen_by(self, call: Call, words: str) -> wiring.Opened:
        """The home as the caller sees it; decisions are made upon all of it."""
        opened = self._as_declared()
        seen = wiring.for_reader(opened, allowed_to(call.bearer.subject, opened.store))
        if OFFERED[words] is Right.READ:
            return seen
        desk = opened.desk
        incident = call.values.get("incident")
        if call.expected is not None and isinstance(incident, str):
            log = short.log_meant(opened.store, incident)
            desk = desk.expecting(log, call.expected)
        return msgspec.structs.replace(seen, world=opened.world, desk=desk)

    def _as_declared(self) -> wiring.Opened:
        """The home with its register's files as they are now; they are read when one changed."""
        written = wiring.written_at(self._opened.home)
        if written != self._written_at:
            self._opened, self._written_at = wiring.reread(self._opened), written
        return self._opened

    def _check_readers(self, args: argparse.Namespace, call: Call) -> None:
        store = self._opened.store

        def log() -> list[Entry]:
            named = getattr(args, "incident", None) or getattr(args, "log", None)
            return store.read(short.log_meant(store, named)) if named else []

        check_readers(call.bearer.subject, getattr(args, "reader", None) or (), log)


def _visitor(call: Call) -> Person:
    return Person(author=call.bearer.author, key=None, signs=call.signs)


def _arguments(command: Command, call: Call, folder: Path) -> argparse.Namespace:
    """What the parser would have made of it; everything that is not given has its default."""
    args = argparse.Namespace(
        json=True, person=None, key=None, run=command.parser.get_default("run")
    )
    wrong: list[Wrong] = []
    for action in command.parser._actions:
        if action.dest not in ("help", "json", "home") and action.default != argparse.SUPPRESS:
            setattr(args, action.dest, _default(action))
    for action in command.actions():
        name = name_of(action)
        if is_written(command.words, action):
            if command.words in MADE:
                (folder / "out").mkdir(exist_ok=True)
                setattr(args, action.dest, folder / "out" / MADE[command.words])
        elif call.values.get(name, False) is not False:
            try:
                setattr(args, action.dest, _converted(action, call.values[name], folder))
            except argparse.ArgumentTypeError as bad:
                wrong.append(Wrong(parameter=name, detail=str(bad)))
    if call.client_key is not None:
        args.client_key = call.client_key
    wrong.extend(_exclusive(command.parser, call))
    if wrong:
        raise BadInput(*wrong)
    return args


def _default(action: argparse.Action) -> object:
    if action.dest in ("person", "key"):
        return None
    if isinstance(action.default, str) and callable(action.type):
        return action.type(action.default)
    return [] if action.nargs == "*" and action.default is None else action.default


def _converted(action: argparse.Action, value: Value, folder: Path) -> object:
    if isinstance(value, bool):
        return action.const
    if isinstance(value, tuple):
        return [_one(action, one, folder) for one in value]
    return _one(action, value, folder)


def _one(action: argparse.Action, value: str | Content, folder: Path) -> object:
    if isinstance(value, Content):
        return _kept(value, folder / f"in-{action.dest}")
    typed: object = value
    if callable(action.type):
        try:
            typed = action.type(value)
        except (TypeError, ValueError):
            raise argparse.ArgumentTypeError(f"{value[:70]!r} is no such value") from None
    if action.choices is not None and typed not in action.choices:
        listed = ", ".join(str(getattr(one, "value", one)) for one in action.choices)
        raise argparse.ArgumentTypeError(f"{value[:70]!r}; choose one of: {listed}")
    return typed


def _kept(content: Content, folder: Path) -> Path:
    """The file that was sent, under its own name, in a folder that holds nothing else."""
    folder.mkdir(exist_ok=True)
    number = sum(1 for _ in folder.iterdir())
    within = folder / str(number)
    within.mkdir()
    path = within / content.name
    path.write_bytes(content.data)
    return path


def _exclusive(parser: Parser, call: Call) -> Iterator[Wrong]:
    """Of parameters that exclude each other, one is given at most; exactly one where needed."""
    for group in parser._mutually_exclusive_groups:
        names = [name_of(action) for action in group._group_actions]
        given = [name for name in names if call.values.get(name) not in (None, False)]
        if len(given) > 1:
            detail = f"not allowed together with {given[0]}; give one of them"
            yield Wrong(parameter=given[1], detail=detail)
        if group.required and not given:
            yield Wrong(parameter=names[0], detail=f"give one of: {', '.join(names)}")


def _made(folder: Path) -> Iterator[Made]:
    """What the command wrote, by its place below `folder`."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if len(paths) > FILES_MAX or sum(path.stat().st_size for path in paths) > FILE_BYTES_MAX:
        raise BadInput(Wrong(
            parameter="",
            detail=f"more than {FILES_MAX} files or {FILE_BYTES_MAX} bytes; use the command line "
            "where the home is",
        ))  # fmt: skip
    for path in paths:
        yield Made(name=path.relative_to(folder).as_posix(), data=path.read_bytes())
