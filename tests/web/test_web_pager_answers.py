"""Who takes a call at the pager has answered it here: only signed news, and each only once."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from desk_register import adopted, enrolled
from desk_world import BY_ANA, LOG, NOON, Hand, facts, opened, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.plans.runs import start_run
from tocsin.facts import Refused
from tocsin.facts.reach import PageAnswered, PageUnanswered
from tocsin.incident.timeline import words_of
from tocsin.register.pager_answers import answer_in, is_signed
from tocsin.web.application import application
from tocsin.web.pager_answers import BODY_BYTES_MAX, PATH, add_pager_answers
from tocsin.world import Order, Receipt

SECRET, OLD = "a secret of the pager", "the one before"
CALL = """
plan: call
version: 1
title: Call somebody
steps:
  call: {page: on-call, text: It fails, within: 5m, next: done, on_unanswered: lost}
  done: {end: completed}
  lost: {end: failed}
"""


class Pager(Hand):
    def act(self, order: Order) -> Receipt:
        done = super().act(order)
        return Receipt(key=order.key, outcome=done.outcome, before="", after="called",
                       reference=f"tocsin.example/{order.key}")  # fmt: skip


@pytest.fixture
def desk() -> Writer:
    made = enrolled(adopted(Writer(world_of({"pager": Pager(), "mail": Hand()}))))
    opened(made.world)
    start_run(made, LOG, CALL.encode(), BY_ANA)
    run_until_idle(made.world, until=NOON)
    return made


@pytest.fixture
def door(desk: Writer) -> TestClient:
    return TestClient(
        application(desk, [lambda made: add_pager_answers(made, desk, lambda: [OLD, SECRET])])
    )


def news(desk: Writer, kind: str = "incident.acknowledged", who: str = "Ana") -> bytes:
    (order,) = desk.run(LOG, "run-1").orders
    event = {"id": "E1", "event_type": kind, "agent": {"summary": who},
             "data": {"id": "P1", "incident_key": f"tocsin.example/{LOG}/{order}"}}  # fmt: skip
    return json.dumps({"event": event}).encode()


def signed(body: bytes, *secrets: str) -> dict[str, str]:
    made = (hmac.new(one.encode(), body, hashlib.sha256).hexdigest() for one in secrets)
    return {"X-PagerDuty-Signature": ",".join(f"v1={one}" for one in made)}


def test_who_takes_the_call_there_ends_the_calling_here(desk: Writer, door: TestClient) -> None:
    body = news(desk)
    assert door.post(PATH, content=body, headers=signed(body, "other", SECRET)).status_code == 202
    (answered,) = facts(desk.world, PageAnswered)
    assert answered.person == "ana" and words_of(answered) == "ana took the call at the pager"
    run_until_idle(desk.world)
    assert facts(desk.world, PageUnanswered) == [] and not desk.run(LOG, "run-1").is_open
    again = door.post(PATH, content=body, headers=signed(body, SECRET))
    assert again.status_code == 202 and len(facts(desk.world, PageAnswered)) == 1


def test_a_name_that_nobody_here_has_is_recorded_as_it_is(desk: Writer, door: TestClient) -> None:
    body = news(desk, who="Zed\u202e Unknown")
    door.post(PATH, content=body, headers=signed(body, SECRET))
    assert facts(desk.world, PageAnswered)[0].person == "Zed Unknown"


def test_unsigned_other_and_unreadable_news_answer_nothing(desk: Writer, door: TestClient) -> None:
    body = news(desk)
    assert door.post(PATH, content=body).status_code == 401
    assert door.post(PATH, content=body, headers=signed(body, "wrong")).status_code == 401
    assert door.post(PATH, content=body, headers=signed(b"other", SECRET)).status_code == 401
    for other in (news(desk, "incident.resolved"), b'{"event":{"id":"1","event_type":"x"}}'):
        assert door.post(PATH, content=other, headers=signed(other, SECRET)).status_code == 202
    for bad in (b"", b"[]", b'{"event":7}', b"[" * 5000, b"\xff"):
        assert door.post(PATH, content=bad, headers=signed(bad, SECRET)).status_code == 400
    large = b"x" * (BODY_BYTES_MAX + 1)
    assert door.post(PATH, content=large, headers=signed(large, SECRET)).status_code == 413
    assert facts(desk.world, PageAnswered) == []


@given(st.binary(max_size=200), st.text(max_size=80))
def test_whatever_comes_is_told_and_never_believed_unsigned(body: bytes, header: str) -> None:
    assert not is_signed(header, body, [SECRET])
    try:
        answer_in(body)
    except Refused as told:
        assert "webhook v3" in str(told)
