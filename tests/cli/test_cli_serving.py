"""What `tocsin web` tells of its home: whether it is ready, and numbers without a name in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_side import Api, api_of

from cli_seat import Keyboard
from tocsin.cli.health.alive import ages, alive
from tocsin.world import RealClock


@pytest.fixture
def api(staffed: Keyboard, keys: dict[str, Path]) -> Iterator[Api]:
    with api_of(staffed, keys) as made:
        yield made


def test_a_home_in_order_is_ready_without_a_token(api: Api) -> None:
    answer = api.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


def test_a_process_that_fell_silent_is_told(api: Api) -> None:
    sign = api.tocsin.home / "alive" / "work"
    sign.parent.mkdir()
    sign.touch()
    os.utime(sign, (1_000_000_000, 1_000_000_000))
    answer = api.client.get("/healthz")
    assert answer.status_code == 503 and "process work" in answer.json()["failing"]


def test_metrics_name_no_person_and_no_incident_and_no_path_that_was_made_up(api: Api) -> None:
    name = api.tocsin.opened("a title that is nobody's business")
    ana = api.caller("ana", "read")
    ana.get("incident show", incident=name)
    api.client.get("/api/v1/made-up-by-somebody")
    told = ana.get("/metrics").text
    assert 'tocsin_http_requests_total{route="/api/v1/incident/show",method="GET"' in told
    assert "tocsin_record_entries " in told and 'tocsin_ready{check="record"} 1' in told
    for word in (name, "nobody's business", "made-up", "ana", "ben", "cleo", "assistant"):
        assert word not in told, word


def test_metrics_are_for_this_machine_or_a_token_that_may_read(api: Api) -> None:
    assert api.client.get("/metrics").status_code == 401
    assert api.caller("pager", "record").get("/metrics").status_code == 403
    assert api.caller("pager", "read").get("/metrics").status_code == 200


def test_signs_of_life_are_given_and_taken_back(tmp_path: Path) -> None:
    with alive(tmp_path, "work"):
        while not (found := ages(tmp_path, RealClock().now())):
            RealClock().sleep(0.01)
        assert found["work"] < 60
    assert ages(tmp_path, RealClock().now()) == {}
