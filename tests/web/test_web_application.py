"""One application, many parts: each brings its routes, and every answer is as guarded as the next.

A part is a function on the application; nobody has to know who the others are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tocsin.desk import Writer
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal, MemoryVault
from tocsin.web.application import EVERYWHERE, application
from tocsin.world import World


def desk() -> Writer:
    clock, ids = VirtualClock(datetime(2026, 11, 26, 12, tzinfo=UTC)), SeededIds("app")
    return Writer(World(
        clock=clock, ids=ids, journal=MemoryJournal(clock, ids), vault=MemoryVault(),
        connectors={}, probes={}, home=Path("no-home"),
    ))  # fmt: skip


def add_mine(made: FastAPI) -> None:
    @made.get("/mine")
    def mine() -> dict[str, bool]:
        return {"mine": True}

    @made.get("/broken")
    def broken() -> None:
        raise RuntimeError("a secret of the program")


def client() -> TestClient:
    return TestClient(application(desk(), [add_mine]), raise_server_exceptions=False)


def test_a_part_brings_its_routes_and_the_links_stay() -> None:
    asked = client()
    assert asked.get("/mine").json() == {"mine": True}
    assert asked.get("/health").json() == {"ok": True}
    assert asked.get("/l/none").status_code == 409


def test_every_answer_is_guarded_even_where_nothing_is_there() -> None:
    for path in ("/mine", "/none", "/l/none"):
        answer = client().get(path)
        for name, value in EVERYWHERE.items():
            assert answer.headers[name] == value, path


def test_an_error_of_the_program_shows_nothing_of_it() -> None:
    answer = client().get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text and "Traceback" not in answer.text


def test_no_description_is_served_that_nobody_asked_for() -> None:
    for path in ("/openapi.json", "/docs", "/redoc"):
        assert client().get(path).status_code == 404
