"""Logs as lines of JSON: what happened can be searched; no secret and no word stands in them."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli_seat import Keyboard
from tocsin.cli.frame.log_lines import JsonLines, without_secrets
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import Unreachable

SECRET = "s3cr3t-Canary_000000000000"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Told:
    """A logger whose lines a test reads."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.logger = logging.Logger("tocsin.desk")
        self.logger.addHandler(JsonLines(VirtualClock(NOON), self.out))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture
def told() -> Iterator[Told]:
    yield Told()


def test_a_line_says_when_how_bad_which_room_and_what(told: Told) -> None:
    told.logger.warning("%s: %s", "worker-1", Unreachable("the server is away"))
    assert told.lines == [
        {"at": "2026-11-26T12:00:00+00:00", "level": "warning", "room": "desk",
         "message": "worker-1: the server is away"}
    ]  # fmt: skip


def test_a_fault_of_the_program_is_told_by_kind_and_place_and_not_by_its_words(
    told: Told,
) -> None:
    try:
        raise ValueError(f"somebody wrote {SECRET}")
    except ValueError as fault:
        told.logger.warning("%s failed: %s", "w", fault, exc_info=True)
    line = told.lines[0]
    assert SECRET not in json.dumps(line)
    assert line["message"] == "w failed: ValueError" and line["error"] == "ValueError"
    assert "test_cli_log_lines.py" in line["where"][-1]


@pytest.mark.parametrize(
    "text",
    [
        f"refused tocsin_7K3ABC_{SECRET} here",
        f"GET /l/7K3ABCDEFG-{SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"postgresql://tocsin:{SECRET}@db/tocsin",
        f'{{"password": "{SECRET}", "x": 1}}',
        f"https://x/?api_key={SECRET}&a=b",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END",
    ],
)
def test_a_secret_that_is_known_by_its_form_is_left_out(told: Told, text: str) -> None:
    told.logger.error("%s", text)
    assert SECRET not in told.out.getvalue() and "[left out]" in told.lines[0]["message"]


def test_the_public_id_of_a_token_stays_so_that_it_can_be_revoked() -> None:
    assert without_secrets(f"x tocsin_7K3ABC_{SECRET} y") == "x 7K3ABC[left out] y"


@given(st.text(max_size=200))
def test_whatever_is_told_is_one_line_of_json(text: str) -> None:
    told = Told()
    told.logger.info("%s", text)
    assert len(told.out.getvalue().splitlines()) == 1 and told.lines[0]["level"] == "info"


def test_a_process_that_serves_tells_in_json_when_it_is_asked_to(tocsin: Keyboard) -> None:
    words = [sys.executable, "-m", "tocsin", "--home", str(tocsin.home), "work", "--until-idle",
             "--patience-seconds", "0", "--log-format", "json"]  # fmt: skip
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert ran.returncode == 0 and lines, ran
    assert all(line["room"] == "work" and line["level"] == "info" for line in lines)
    assert "is at work in" in lines[0]["message"]


def test_a_disk_that_is_full_ends_nothing(tmp_path: Path) -> None:
    out = io.StringIO()
    out.close()
    logger = logging.Logger("tocsin.desk")
    logger.addHandler(JsonLines(VirtualClock(NOON), out))
    logger.warning("nobody reads this")
