"""A keyboard for tests: runs the real command in this process and keeps what each stream got."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tocsin.cli import commands
from tocsin.cli.frame.arguments import Parser
from tocsin.cli.over_http import operations
from tocsin.facts import sshsig

VARIABLES = ("TOCSIN_HOME", "TOCSIN_AS", "TOCSIN_KEY", "TOCSIN_TOKEN", "TOCSIN_DATABASE_URL")
RESERVE_IS_KEPT = b"kept small for tests\n"

REGISTER = """\
[people.ana]
name = "Ana Example"
email = "ana@example.org"
roles = ["commander"]

[people.ben]
name = "Ben Example"
email = "ben@example.org"
roles = ["commander"]

[people.cleo]
name = "Cleo Example"
email = "cleo@example.org"
roles = ["counsel"]

[integrations.assistant-switch]
kind = "file-switch"
path = "SWITCH"

[systems.assistant]
name = "Customer assistant"
owner = "ana"
deputy = "ben"
tier = 2
roles = ["deployer"]
jurisdictions = ["DE"]
switch = "assistant-switch"
recovery_target = "4h"
"""


def kept_parser(words: Sequence[str] = ()) -> Parser:
    """The parser of the command that a line names, made once for it and what it takes from outside.

    A process of a person makes one and ends. These tests give thousands of commands in one process,
    and made the same parser for each: a quarter of their CPU. The door over HTTP keeps its own too.
    """
    outside = ((k, v) for k, v in os.environ.items() if k.startswith(("TOCSIN_", "XDG_", "HOME")))
    return _made(commands._command_of(words), tuple(sorted(outside)))


@lru_cache(maxsize=256)
def _made(word: str | None, outside: object) -> Parser:
    return commands.parser([] if word is None else [word])


line = import_module("tocsin.cli.main")
line.parser = operations.parser = kept_parser  # type: ignore[attr-defined]


class Ran:
    """What a command gave back."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def json(self) -> Any:
        """The one JSON document; fails when there is none, or more than one."""
        return json.loads(self.out)

    def __repr__(self) -> str:
        return f"<exit {self.status}\nout: {self.out}\nerr: {self.err}>"


class Keyboard:
    """Gives commands in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *words: object) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        given = ["--home", str(self.home), *map(str, words)]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = line.main(given)
            except SystemExit as ended:  # --help and --version, as argparse does it
                status = int(ended.code or 0)
        return Ran(status, out.getvalue(), err.getvalue())

    def done(self, *words: object) -> Any:
        """The JSON answer of a command that must succeed."""
        ran = self(*words, "--json")
        assert ran.status == 0, ran
        return ran.json

    def refused(self, *words: object, status: int = 2) -> str:
        """The message of a command that must fail with this status, told on both streams."""
        ran = self(*words, "--json")
        assert ran.status == status, ran
        assert ran.json["exit"] == status, ran
        message = str(ran.json["error"])
        assert message in ran.err, ran
        assert "Traceback" not in ran.err, ran
        return message

    def opened(self, title: str = "it invents refunds", *more: object) -> str:
        """The id of a new incident."""
        return str(
            self.done("incident", "open", "--title", title, "--system", "assistant", *more)[
                "incident"
            ]
        )

    def sound(self) -> Any:
        """The verdict on the record, which must be sound."""
        return self.done("verify")


def command_line(
    home: Path, *words: object, before: tuple[str, ...] = (), env: dict[str, str] | None = None
) -> Ran:
    """The command in a process of its own.

    Args:
        before: words to put before it, such as those that change the account.
    """
    around = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")}
    ended = subprocess.run(
        [*before, sys.executable, "-m", "tocsin", "--home", str(home), *map(str, words)],
        env=around | (env or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


def ssh_key(folder: Path, name: str, seed: int) -> Path:
    """An SSH key file as ssh-keygen writes it, with its .pub beside it."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    path = folder / name
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    (folder / f"{name}.pub").write_text(f"{sshsig.public_of(key)} {name}\n")
    return path


def copied(template: Path, to: Path) -> Path:
    """A home of one's own."""
    shutil.copytree(template, to)
    return to


Made = Callable[[], Path]
