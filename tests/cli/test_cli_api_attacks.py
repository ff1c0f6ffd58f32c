"""Whoever wants more of the API than their token allows: nothing is done, and nothing is shown."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from api_side import Api, api_of
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli_seat import Keyboard
from tocsin.cli.frame import listening
from tocsin.cli.over_http.serving import offered_operations
from tocsin.register.can import Right
from tocsin.web.api.limits import OF_FAILURES
from tocsin.web.api.operation import BadInput
from tocsin.web.api.problem import Problem
from tocsin.web.api.reading import read_body
from tocsin.world import RealClock

SECRET = "the-advice-of-counsel-canary"
OPERATIONS = offered_operations()
READS = [one for one in OPERATIONS if one.method == "GET"]
NOTE = next(one for one in OPERATIONS if one.words == "incident note")


@pytest.fixture
def api(staffed: Keyboard, keys: dict[str, Path]) -> Iterator[Api]:
    with api_of(staffed, keys) as made:
        yield made


def test_no_operation_is_reached_without_a_token_or_by_another_scope(api: Api) -> None:
    """Default deny, over all of them: each right alone opens its own operations and no other."""
    callers = {right: api.caller("ana", right.value) for right in Right}
    for one in OPERATIONS:
        asked = api.client.request(one.method, one.path)
        assert asked.status_code == 401, one.words
        for right, caller in callers.items():
            if right is not one.right:
                answer = api.client.request(one.method, one.path, headers=caller._headers({}))
                assert answer.status_code == 403, (one.words, right)


def test_no_reading_operation_shows_counsels_words_to_whoever_may_only_read(api: Api) -> None:
    name = api.tocsin.opened()
    counsel = ("--access", "counsel", "--as", "cleo", "--key", api.keys["cleo"])
    api.tocsin.done("incident", "note", name, SECRET, *counsel)
    api.tocsin.done("incident", "claim", name, SECRET, *counsel)
    api.tocsin.done("incident", "ask", name, SECRET, *counsel)
    caller = api.caller("ana", "read", "board", "counsel")
    for one in READS:
        values: dict[str, Any] = {}
        for parameter in one.parameters:
            if parameter.name in ("incident", "log"):
                values[parameter.name] = name
            elif parameter.name == "reader":
                values[parameter.name] = ["counsel", "board", "ops"]
            elif parameter.required:
                values[parameter.name] = one.example[parameter.name]
        for without in ({}, {"reader"}):
            asked = {k: v for k, v in values.items() if k not in without}
            answer = caller.get(one.path, **asked)
            assert answer.status_code < 500, (one.words, answer.text)
            assert SECRET.encode() not in answer.content, one.words


@pytest.mark.parametrize("verb", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_another_verb_does_nothing(api: Api, verb: str) -> None:
    ana = api.caller("ana", *(one.value for one in Right))
    name = api.tocsin.opened()
    before = len(api.tocsin.done("log", name)["entries"])
    answer = api.client.request(verb, "/api/v1/incident/note", headers=ana._headers({}),
                                params={"incident": name, "text": "x"})  # fmt: skip
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"
    over = api.client.post(f"/api/v1/incident/show?incident={name}",
                           headers=ana._headers({"X-HTTP-Method-Override": "GET"}))  # fmt: skip
    assert over.status_code == 405
    assert len(api.tocsin.done("log", name)["entries"]) == before


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/incident/show/", "/api/v1//incident/show", "/API/v1/incident/show",
        "/api/v1/incident/show%2f", "/api/v1/incident/./show", "/api/v1/incident/list/../show",
        "/api/v1/init", "/api/v1/key/rotate", "/api/v1/work", "/api/v1/incident%20show",
        "/api/v2/incident/show", "/api/v1/incident/show;x=1", "/api/v1/incident/show%00",
    ],
)  # fmt: skip
def test_a_path_that_only_looks_like_one_is_none(api: Api, path: str) -> None:
    answer = api.client.get(path, headers=api.caller("ana", "read")._headers({}))
    assert answer.status_code in (400, 404), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_that_is_not_known_says_nothing_of_those_that_are(api: Api) -> None:
    good = api.token("ana", "read")
    known = "_".join((*good.split("_", 2)[:2], "A" * 22))
    unknown = "tocsin_ZZZZZZZZZZ_" + "A" * 22
    said = [
        api.client.get("/api/v1/incident/list", headers={"Authorization": f"Bearer {one}"}).json()
        for one in (known, unknown)
    ]
    assert said[0] == said[1] and said[0]["status"] == 401


def test_guessing_is_slowed_down_by_where_it_comes_from(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = RealClock().now()
    monkeypatch.setattr(RealClock, "now", lambda _: moment)  # or a slow machine earns new guesses
    wrong = {"Authorization": "Bearer tocsin_ZZZZZZZZZZ_" + "A" * 22}
    guesses = [
        api.client.get("/api/v1/incident/list", headers=wrong)
        for _ in range(OF_FAILURES.at_once + 1)
    ]
    assert {one.status_code for one in guesses[:-1]} == {401}
    assert guesses[-1].status_code == 429 and int(guesses[-1].headers["retry-after"]) >= 1


def test_a_fault_of_the_program_is_told_as_one_and_shows_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the program")

    monkeypatch.setattr("tocsin.cli.over_http.running._arguments", broken)
    answer = api.caller("ana", "read").get("incident list")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_too_deep_too_large_or_no_json_is_told(api: Api) -> None:
    ana = api.caller("ana", "record")
    headers = ana._headers({"Content-Type": "application/json"})
    for body, status in (
        (b"[" * 100_000, 400), (b'{"a":' * 50_000, 400), (b"[]", 400), (b"1", 400),
        (b'{"incident"', 400), (b"\xff\xfe", 400), (b'{"text": "' + b"x" * 5_000_000, 413),
        (b'{"text": "\\ud800"}', 400), (b'{"text": NaN}', 400), (b"", 400),
    ):  # fmt: skip
        answer = api.client.post("/api/v1/incident/note", content=body, headers=headers)
        assert answer.status_code == status, body[:20]
        assert "Traceback" not in answer.text
    form = api.client.post("/api/v1/incident/note", data={"text": "x"}, headers=ana._headers({}))
    assert form.status_code == 415


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(one=st.sampled_from(OPERATIONS), values=st.dictionaries(st.text(max_size=12), JSON_VALUES))
def test_whatever_is_sent_is_understood_or_refused(one: Any, values: dict[str, Any]) -> None:
    named = {p.name: value for p, value in zip(one.parameters, values.values(), strict=False)}
    for body in (values, named):
        try:
            read_body(one, json.dumps(body).encode())
        except (BadInput, Problem) as told:
            assert str(told)


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "Tocsin-Sign-With"])
def test_no_header_breaks_out_of_its_line(api: Api, name: str) -> None:
    ana = api.caller("ana", "record")
    wanted = {"incident": api.tocsin.opened(), "text": "x"}
    for value in ("a b", "é" * 3, "x" * 500, "SHA256:x", '"1", "2"'):
        headers = {**ana._headers({}), name: value.encode("latin-1")}
        answer = api.client.post("/api/v1/incident/note", json=wanted, headers=headers)
        fits = name == "Idempotency-Key" and value == "SHA256:x"
        assert answer.status_code in ((200,) if fits else (400, 409)), (value, answer.text)


def test_words_of_others_break_out_of_no_header_of_ours(api: Api) -> None:
    ana = api.caller("ana", "record")
    evil = "x\r\nSet-Cookie: a=b\r\n\r\n<script>"
    answer = ana.post("incident open", {"title": "t", "system": [evil]})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers and "\n" not in answer.headers["tocsin-said"]


def test_no_cookie_is_set_and_no_other_site_may_ask(api: Api) -> None:
    answer = api.client.options("/api/v1/incident/note", headers={
        "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})  # fmt: skip
    assert answer.status_code == 405
    for one in (answer, api.client.get("/healthz")):
        assert not {"set-cookie", "access-control-allow-origin"} & set(one.headers)


def test_a_head_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HEAD_SECONDS_MAX", 0.3)
    config = uvicorn.Config(FastAPI(), http=listening.Impatient, log_level="critical")
    server, line = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    serving = threading.Thread(target=server.run, kwargs={"sockets": [line]}, daemon=True)
    serving.start()
    try:
        with socket.create_connection(line.getsockname(), timeout=20) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            assert slow.recv(100) == b""
        with socket.create_connection(line.getsockname(), timeout=20) as quick:
            quick.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert quick.recv(100).startswith(b"HTTP/1.1 404")
    finally:
        server.should_exit = True
        serving.join(20)


def test_a_name_that_stands_twice_and_what_is_missing_are_told_by_name(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.caller('ana', 'record', 'decide').token}"}
    headers["Content-Type"] = "application/json"
    path = "/api/v1/incident/open"
    for body, name in (
        ('{"title": "a", "title": "b"}', "title"),
        ('{"title": "a", "plan": {"name": "x", "name": "y"}}', "name"),
    ):
        answer = api.client.post(path, content=body, headers=headers)
        assert answer.status_code == 400, answer.text
        assert f'names \\"{name}\\" twice' in answer.text, answer.text
    wrong = api.caller("ana", "respond", "decide", "record").post(
        "incident/assign", {"person": "ben"}
    )
    assert wrong.status_code == 400, wrong.text
    role, to, person = (wrong.text.index(f'"{one}"') for one in ("role", "to", "person"))
    assert max(role, to) < person, wrong.text
