"""A share: who is served is the same everywhere, and whoever cannot tell is not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import Reason

from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome
from tocsin.switch.flagd import flagd
from tocsin.switch.hand import SwitchHand, SwitchSettings
from tocsin.switch.provider import SwitchProvider
from tocsin.switch.server import app
from tocsin.switch.state import CONTEXT, State, Switch, part_of, public_text, signed, verified
from tocsin.switch.store import SwitchFolder
from tocsin.world import Order

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
FLAG = "model"


@pytest.fixture
def folder(tmp_path: Path) -> SwitchFolder:
    made = SwitchFolder(tmp_path / "switch")
    made.declare({FLAG: Switch(on=True), "search": Switch(on=True)}, NOON)
    return made


def served(folder: SwitchFolder) -> TestClient:
    return TestClient(app(folder))


@given(st.text(min_size=1), st.integers(0, 9999), st.integers(0, 9999))
def test_a_growing_share_keeps_whom_it_had(key: str, one: int, other: int) -> None:
    small, large = sorted((one, other))
    if Switch(on=False, share=small).serves(FLAG, key):
        assert Switch(on=False, share=large).serves(FLAG, key)
    assert not Switch(on=False).serves(FLAG, key)
    assert Switch(on=True).serves(FLAG, key) and Switch(on=True).serves(FLAG, None)


def test_the_share_is_about_the_share_and_differs_by_switch() -> None:
    keys = [f"session-{n}" for n in range(20_000)]
    inside = {key for key in keys if part_of(FLAG, key) < 1000}
    assert 1850 < len(inside) < 2150  # 2000 expected; beyond this once in 2,000 hashes
    assert part_of("model", "session-1") == 6221  # for ever: part of what applications compute
    assert inside != {key for key in keys if part_of("search", key) < 1000}


def test_server_provider_and_state_serve_the_same_people(folder: SwitchFolder) -> None:
    folder.set(FLAG, False, "incident/7K3/9", NOON, share=1000)
    client, state = served(folder), folder.read()
    provider = SwitchProvider("http://unused", folder.public_key, fetch=folder.document)
    provider.poll()
    for n in range(200):
        key = f"session-{n}"
        body = {"context": {"targetingKey": key}}
        one = client.post(f"/ofrep/v1/evaluate/flags/{FLAG}", json=body).json()
        said = provider.resolve_boolean_details(FLAG, True, EvaluationContext(targeting_key=key))
        wanted = state.switches[FLAG].serves(FLAG, key)
        assert one["value"] is said.value is wanted
        assert one["reason"] == "SPLIT" and said.reason is Reason.SPLIT


LONG = b'{"context":{"targetingKey":"' + b"x" * 70_000 + b'"}}'


@pytest.mark.parametrize("body", [LONG, b"", b"{}", b"[" * 5000, b'{"context": 3}', b"\xff",
                                  b'{"context": {"targetingKey": ""}}',
                                  b'{"context": {"targetingKey": 7}}'])  # fmt: skip
def test_whoever_does_not_say_who_asks_is_not_served(folder: SwitchFolder, body: bytes) -> None:
    folder.set(FLAG, False, "o", NOON, share=9999)
    answer = served(folder).post(f"/ofrep/v1/evaluate/flags/{FLAG}", content=body)
    assert answer.status_code == 200 and answer.json()["value"] is False
    every = served(folder).post("/ofrep/v1/evaluate/flags", content=body).json()["flags"]
    assert {one["key"]: one["value"] for one in every} == {FLAG: False, "search": True}
    provider = SwitchProvider("http://unused", folder.public_key, fetch=folder.document)
    provider.poll()
    assert provider.resolve_boolean_details(FLAG, True).value is False


def test_all_flags_at_once_are_not_mixed_up_between_people(folder: SwitchFolder) -> None:
    folder.set(FLAG, False, "o", NOON, share=5000)
    inside = next(f"s{n}" for n in range(99) if part_of(FLAG, f"s{n}") < 5000)
    outside = next(f"s{n}" for n in range(99) if part_of(FLAG, f"s{n}") >= 5000)
    client = served(folder)
    first = client.post("/ofrep/v1/evaluate/flags", json={"context": {"targetingKey": inside}})
    again = client.post(
        "/ofrep/v1/evaluate/flags",
        json={"context": {"targetingKey": outside}},
        headers={"if-none-match": first.headers["etag"]},
    )
    assert again.status_code == 200 and again.json()["flags"][0]["value"] is False


def test_a_client_that_is_older_takes_it_for_off(folder: SwitchFolder) -> None:
    """It reads serial, issued_at and switches, whose fields it knows; the rest it passes over."""
    folder.set(FLAG, False, "o", NOON, share=100)
    body = json.loads(json.loads(folder.document())["body"])
    assert body["shares"] == {FLAG: 100}
    assert set(body["switches"][FLAG]) == {"on", "on_loss", "last_for_seconds", "order", "since"}
    assert body["switches"][FLAG]["on"] is False
    folder.set(FLAG, True, "p", NOON)
    assert "shares" not in json.loads(json.loads(folder.document())["body"])


@pytest.mark.parametrize("shares", [{FLAG: 0}, {FLAG: 10_000}, {FLAG: True}, {FLAG: "1"},
                                    {"other": 5}, {"search": 5}, [5], None])  # fmt: skip
def test_shares_that_make_no_sense_are_not_believed(shares: object) -> None:
    off, on = signed_fields(on=False), signed_fields(on=True)
    plain = {"serial": 1, "issued_at": "now", "shares": shares,
             "switches": {FLAG: off, "search": on}}  # fmt: skip
    with pytest.raises(ValueError):
        verified(_enveloped(plain), public_text(KEY))
    plain["shares"] = {FLAG: 5}
    assert verified(_enveloped(plain), public_text(KEY)).switches[FLAG].share == 5


def signed_fields(*, on: bool) -> dict[str, object]:
    return {"on": on, "on_loss": "safe", "last_for_seconds": 0, "order": "", "since": ""}


def _enveloped(plain: object) -> bytes:
    body = json.dumps(plain, sort_keys=True)
    signature = base64.b64encode(KEY.sign(CONTEXT + body.encode())).decode()
    return json.dumps({"body": body, "signature": signature}).encode()


def test_a_share_is_lost_with_the_signal_like_being_on() -> None:
    state = State(serial=1, issued_at="now", switches={FLAG: Switch(on=False, share=9999)})
    far = {"seconds": 100.0}
    provider = SwitchProvider(
        "http://unused", public_text(KEY), fetch=lambda: signed(state, KEY),
        seconds=lambda: far["seconds"],
    )  # fmt: skip
    provider.poll()
    context = EvaluationContext(targeting_key="s1")
    assert provider.resolve_boolean_details(FLAG, True, context).value is True
    far["seconds"] += 6
    assert provider.resolve_boolean_details(FLAG, True, context).value is False


def test_the_hand_sets_a_share_sees_it_and_a_stop_ends_it(tmp_path: Path) -> None:
    settings = SwitchSettings(place="switch", server="http://unused", flags=(FLAG,))
    folder = SwitchFolder(tmp_path / "switch")
    folder.declare(settings.declared, NOON)
    hand = SwitchHand(settings, tmp_path, lambda url: (200, folder.document()), VirtualClock(NOON))
    done = hand.act(Order(key="incident/7K3/4", target=FLAG, wanted="1 %"))
    assert (done.outcome, done.before, done.after) == (Outcome.DONE, "on", "1 %")
    assert hand.look(FLAG) == "1 %" and folder.read().switches[FLAG].share == 100
    again = hand.act(Order(key="incident/7K3/4", target=FLAG, wanted="1 %"))
    assert again.outcome is Outcome.ALREADY
    more = hand.act(Order(key="incident/7K3/5", target=FLAG, wanted="10 %"))
    assert (more.before, more.after) == ("1 %", "10 %")
    stopped = hand.act(Order(key="incident/7K3/6", target=FLAG, wanted="off"))
    assert (stopped.before, stopped.after) == ("10 %", "off")
    assert folder.read().switches[FLAG].share == 0
    with pytest.raises(ConnectorError, match="a share such as 1 %"):
        hand.act(Order(key="k", target=FLAG, wanted="200 %"))


def test_a_share_cannot_be_served_from_a_state_that_was_lost(folder: SwitchFolder) -> None:
    (folder.folder / "state.json").unlink()
    (folder.folder.parent / "switch.last.json").unlink()
    from tocsin.switch.store import StateLost

    with pytest.raises(StateLost):
        folder.set(FLAG, False, "o", NOON, {FLAG: Switch(on=True)}, share=100)


def test_flagd_serves_as_large_a_share_and_nobody_without_a_key(folder: SwitchFolder) -> None:
    folder.set(FLAG, False, "o", NOON, share=100)
    flags = flagd(folder.read())["flags"]
    assert isinstance(flags, dict)
    key, split, other = flags[FLAG]["targeting"]["if"]
    assert (key, other) == ({"var": "targetingKey"}, "off")
    assert split["fractional"][1:] == [["on", 100], ["off", 9900]]
    assert flags[FLAG]["defaultVariant"] == "off" and "targeting" not in flags["search"]
