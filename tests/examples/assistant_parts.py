"""The example assistant's modules and processes, as the tests use them."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "assistant"


def part(name: str) -> ModuleType:
    """A module of the example, which imports its neighbours by their plain names."""
    if str(EXAMPLE) not in sys.path:
        sys.path.append(str(EXAMPLE))
    return importlib.import_module(name)


@contextmanager
def running(
    program: str, *arguments: str, python: str = sys.executable
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A program of the example, listening; killed at the end if it is not gone by then."""
    process = subprocess.Popen(
        [python, program, *arguments],
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"{program} ended without a word: {process.wait()}"
        yield json.loads(line)["listening"], process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert process.stdout is not None
        process.stdout.close()


def call(address: str, body: object = None, seconds: float = 30) -> tuple[int, dict[str, object]]:
    """Status and JSON of a GET, or of a POST when there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=seconds) as heard:
            return heard.status, json.load(heard)
    except urllib.error.HTTPError as bad:
        return bad.code, json.loads(bad.read())
