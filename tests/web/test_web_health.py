"""Whoever watches this process is told what fails and no more, and makes it look only so often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tocsin.exercise.clock import VirtualClock
from tocsin.web.health import Check, Health


class Looking:
    """Looks at what a test says, and counts how often."""

    def __init__(self, *seen: Check) -> None:
        self.seen, self.looks = seen, 0

    def __call__(self) -> Sequence[Check]:
        self.looks += 1
        return self.seen


def client(looking: Looking) -> tuple[TestClient, VirtualClock]:
    clock, made = VirtualClock(datetime(2026, 11, 26, 12, tzinfo=UTC)), FastAPI()
    Health(looking, clock).add(made)
    return TestClient(made), clock


DISK = Check(name="disk", ok=False, seen="nearly full")
RECORD = Check(name="record", ok=True, seen="read")


def test_it_is_ready_when_all_is_well_and_says_nothing_else() -> None:
    asked, _ = client(Looking(RECORD))
    answer = asked.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_it_names_what_fails_and_stays_alive() -> None:
    asked, _ = client(Looking(RECORD, DISK))
    answer = asked.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "failing": {"disk": "nearly full"}}
    assert asked.get("/healthz/live").json() == {"ok": True}


def test_a_thousand_questions_are_one_look_until_a_moment_has_passed() -> None:
    looking = Looking(DISK)
    asked, clock = client(looking)
    for _ in range(50):
        asked.get("/healthz")
    assert looking.looks == 1
    looking.seen = (RECORD,)
    clock.sleep(3)
    assert asked.get("/healthz").status_code == 200 and looking.looks == 2
