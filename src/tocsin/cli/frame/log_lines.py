"""Logs as one JSON object a line, for processes that serve: when, how bad, which room, what, where.

No token, no link, no key and no password stands in a line. An error that is nobody's move, but a
fault of the program, is told by its kind and its place: its message may hold anybody's words.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from typing import TextIO

from tocsin.cli.frame.screen import Screen
from tocsin.facts import BrokenLog, ConnectorError, Refused, Unreachable
from tocsin.world import Clock

VARIABLE = "TOCSIN_LOG_FORMAT"
FORMATS = ("text", "json")
LENGTH_MAX = 2_000
FRAMES = 4
OURS = (Refused, Unreachable, ConnectorError, BrokenLog, OSError)
"""Errors whose message says whose move it is, in our own words."""
IDS = ("method", "route", "status", "ms", "token", "log", "run")
"""What a line may carry beside its message: ids and numbers, never words."""

_SECRETS = (
    re.compile(r"tocsin_([A-Za-z0-9]{4,32})_[A-Za-z0-9_-]{16,}"),
    re.compile(r"(/l/[A-Z0-9]{4,12})[A-Za-z0-9._-]{8,}"),
    re.compile(r"(?i)((?:bearer|basic)\s)[A-Za-z0-9._~+/=-]{6,}"),
    re.compile(r"(://[^/\s:@]{1,64}:)[^@\s/]{1,200}(?=@)"),
    re.compile(r"(?i)\b((?:password|passwd|secret|token|api[_-]?key)[\"']?\s*[=:]\s*[\"']?)"
               r"[^\s\"',;&]+"),
    re.compile(r"(-----BEGIN [A-Z ]*(?:PRIVATE KEY|SIGNATURE)-----)[\s\S]*"),
)  # fmt: skip


def option(made: argparse.ArgumentParser) -> None:
    """Add the choice of a format to a command that serves."""
    made.add_argument(
        "--log-format",
        choices=FORMATS,
        default=os.environ.get(VARIABLE, "text"),
        help=f"how it tells what happens, on standard error ({VARIABLE}, else %(default)s)",
    )


def begin(args: argparse.Namespace, screen: Screen, clock: Clock, room: str) -> None:
    """From now on this process tells what happens in the format that was chosen."""
    if args.log_format != "json":
        return
    lines = JsonLines(clock, sys.stderr)
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    told = logging.getLogger(f"tocsin.{room}")
    screen.say_by(lambda text: told.info("%s", text))


def are_begun() -> bool:
    """Whether this process tells what happens as lines of JSON."""
    return any(isinstance(one, JsonLines) for one in logging.getLogger().handlers)


class JsonLines(logging.Handler):
    """Writes each record as one line; what goes wrong in that ends nothing."""

    def __init__(self, clock: Clock, out: TextIO) -> None:
        super().__init__(logging.INFO)
        self._clock, self._out = clock, out

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        line: dict[str, object] = {
            "at": self._clock.now().isoformat(),
            "level": record.levelname.lower(),
            "room": record.name.removeprefix("tocsin."),
            "message": without_secrets(_message(record)),
        }
        line |= {name: getattr(record, name) for name in IDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"], line["where"] = _error(record.exc_info[1])
        try:
            self._out.write(json.dumps(line, default=str) + "\n")
            self._out.flush()
        except (OSError, ValueError):
            pass  # nobody reads it any more; the work goes on


def without_secrets(text: str) -> str:
    """The text with every secret that can be told by its form left out, and no longer than allowed.

    What remains of a token is its public id, by which it can be revoked.
    """
    for pattern in _SECRETS:
        text = pattern.sub(lambda found: f"{found[1]}[left out]", text)
    return text if len(text) <= LENGTH_MAX else f"{text[:LENGTH_MAX]}..."


def _message(record: logging.LogRecord) -> str:
    """The message, with the words of no error but our own."""
    given = record.args
    if isinstance(given, Mapping):
        shown: object = {name: _shown(one) for name, one in given.items()}
    else:
        shown = tuple(_shown(one) for one in given or ())
    try:
        return str(record.msg) % shown if shown else str(record.msg)
    except (TypeError, ValueError):
        return str(record.msg)


def _shown(value: object) -> object:
    if isinstance(value, BaseException) and not isinstance(value, OURS):
        return type(value).__name__
    return value


def _error(error: BaseException) -> tuple[str, list[str]]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = [f"{os.path.basename(one.filename)}:{one.lineno} {one.name}" for one in frames]
    return type(error).__name__, where
