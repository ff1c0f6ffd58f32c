"""The doors for alarms: who is let in, what each sender is answered, and that 202 means on disk."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from inbound_house import (
    ALERT,
    ANA,
    EVENT,
    WEBHOOK,
    House,
    bearer,
)

from tocsin.facts import HOME_LOG, Unreachable
from tocsin.facts.registers import TokenRevoked
from tocsin.register.inbound import SignalPolicy


def test_a_token_proves_in_every_way_in_which_senders_show_one(house: House) -> None:
    basic = base64.b64encode(f"prom:{house.token}".encode()).decode()
    for path, value, shown in (
        ("/signals/alertmanager", WEBHOOK, f"Bearer {house.token}"),
        ("/signals/grafana", WEBHOOK, f"Basic {basic}"),
        ("/v2/alerts", {"message": "drift"}, f"GenieKey {house.token}"),
        ("/in/signals/alertmanager", WEBHOOK, f"bearer {house.token}"),
    ):
        assert house.post(path, value, authorization=shown).status_code == 202, path
    answer = house.post("/v2/enqueue", {"routing_key": house.token, **EVENT})
    assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "d1"}
    assert [(source, proven) for source, proven, _ in house.kept] == [("prom", True)] * 5
    assert house.token.encode() not in (house.inbox.get(5).body or b"")
    assert b"secret" not in b"".join(body or b"" for _, _, body in house.kept)


def test_no_credential_is_kept_whatever_proved_the_sender(house: House) -> None:
    other = house.issue("second", "signals")
    disguised = "".join(f"\\u{ord(one):04x}" for one in house.token)
    for shown, key in ((house.token, other), ("", house.token), (house.token, "R0FOREIGNKEY")):
        headers = bearer(shown) if shown else {}
        answer = house.post("/v2/enqueue", {"routing_key": key, **EVENT}, **headers)
        assert answer.status_code == 202
    text = json.dumps({"routing_key": "KEY", **EVENT}).replace("KEY", disguised)
    assert house.post("/v2/enqueue", text.encode()).status_code == 202
    broken = f'{{"routing_key": "{house.token}", '.encode()
    assert house.post("/v2/enqueue", broken, **bearer(house.token)).status_code == 400
    noted = {**WEBHOOK, "alerts": [{**ALERT, "annotations": {"token": other}}]}
    assert house.post("/signals/alertmanager", noted, **bearer(house.token)).status_code == 202
    form = f"what=odd&code={other}".encode()
    assert house.post("/report", form, **bearer(house.token)).status_code == 202
    signed = json.dumps({"routing_key": other, **EVENT}).encode()
    mac = hmac.new(b"other", signed, hashlib.sha256).hexdigest()
    path = "/signals/pagerduty/hub"
    assert house.post(path, signed, x_hub_signature_256=f"sha256={mac}").status_code == 202
    bodies = b"".join(body or b"" for _, _, body in house.kept)
    assert len(house.kept) == 8
    secrets = [token.split("_", 2)[2] for token in (house.token, other)]
    for secret in (*secrets, "R0FOREIGNKEY", disguised[-36:]):
        assert secret.encode() not in bodies
    assert all(proven for _, proven, _ in house.kept)


def test_what_is_wrong_is_refused_and_never_taken(house: House) -> None:
    wrong = [
        house.post(
            "/signals/alertmanager", WEBHOOK, authorization="Bearer tocsin_AAAA_" + "x" * 22
        ),
        house.post("/signals/alertmanager", WEBHOOK, authorization=f"Bearer {house.token}x"),
        house.post("/signals/alertmanager", WEBHOOK, authorization="Basic !!!"),
        house.post("/signals/alertmanager", WEBHOOK, **bearer(house.issue("reader", "read"))),
        house.post("/v2/enqueue", {"routing_key": "R0", **EVENT}),
        house.post("/signals/mlflow/registry", {"entity": "a", "action": "b"}),
        house.post("/signals/mlflow/nobody", {"entity": "a", "action": "b"}),
    ]
    assert [answer.status_code for answer in wrong] == [401] * len(wrong)
    assert all(answer.headers["www-authenticate"] for answer in wrong)
    assert not any(house.token in answer.text for answer in wrong)
    assert house.kept == []


def test_a_revoked_token_is_worth_nothing_a_second_later(house: House) -> None:
    assert house.post("/signals/alertmanager", WEBHOOK, **bearer(house.token)).status_code == 202
    revoked = TokenRevoked(token=house.token.split("_")[1], because="lost")
    house.desk.record(HOME_LOG, lambda _: [revoked], ANA)
    house.clock.sleep(1)
    assert house.post("/signals/alertmanager", WEBHOOK, **bearer(house.token)).status_code == 401


def mlflow(body: bytes, at: datetime, secret: str = "s3cret", extra: str = "") -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), b"d7." + stamp.encode() + b"." + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(mac.digest()).decode()}"
    return {"x-mlflow-delivery-id": "d7", "x-mlflow-timestamp": stamp,
            "x-mlflow-signature": f"{extra}{signature}"}  # fmt: skip


def test_a_signed_webhook_is_of_its_integration_and_a_replay_is_not_taken_twice(
    house: House,
) -> None:
    body = json.dumps({"entity": "model_version", "action": "created", "data": {}}).encode()
    now = house.clock.now()
    path = "/signals/mlflow/registry"
    for _ in range(2):
        assert house.post(path, body, **mlflow(body, now, extra="v1,AAAA ")).status_code == 202
    assert [(source, proven) for source, proven, _ in house.kept] == [("registry", True)]
    assert house.inbox.get(1).times == 2
    late = house.post(path, body, **mlflow(body, now - timedelta(minutes=6)))
    forged = house.post(path, body, **mlflow(body, now, secret="guess"))
    other = house.post(path, body + b" ", **mlflow(body, now))
    unsigned = house.post(path, body, **bearer(house.token))
    assert [one.status_code for one in (late, forged, other, unsigned)] == [401] * 4
    assert "at most 300 are taken" in late.json()["message"]
    assert len(house.kept) == 1


def test_other_signatures_hold_too_and_a_lost_secret_is_our_fault(house: House) -> None:
    body = json.dumps({"version": "1", "alerts": [ALERT]}).encode()
    mac = hmac.new(b"other", body, hashlib.sha256).hexdigest()
    path = "/signals/grafana/hub"
    assert house.post(path, body, x_hub_signature_256=f"sha256={mac}").status_code == 202
    assert house.post(path, body, x_hub_signature_256=f"sha256={mac[:-1]}0").status_code == 401
    assert house.post("/signals/grafana/lost", body).status_code == 503


def test_what_was_signed_without_a_time_may_be_said_again(house: House) -> None:
    places = []
    for action in ("trigger", "resolve", "trigger"):
        body = json.dumps({**EVENT, "event_action": action}).encode()
        mac = hmac.new(b"other", body, hashlib.sha256).hexdigest()
        answer = house.post("/signals/pagerduty/hub", body, x_hub_signature_256=f"sha256={mac}")
        assert answer.status_code == 202
        places.append(answer.headers["x-place"])
    assert places == ["1", "2", "3"], "it fires again, and is not answered with the first"


def test_a_body_that_is_wrong_is_told_whole_and_kept_if_its_sender_is_proven(house: House) -> None:
    wrong = {"version": "3", "alerts": [{"status": "on", "labels": {}}]}
    answer = house.post("/signals/alertmanager", wrong, **bearer(house.token))
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 3
    assert [one.readable for one in house.inbox.after(0, 9)] == [False]
    assert house.post("/signals/alertmanager", b"\xff").status_code == 400
    assert len(house.kept) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_too_large_is_refused_before_it_is_whole(house: House, packed: bool) -> None:
    body = b" " * (5 * 1024 * 1024)
    headers = {"content-encoding": "gzip"} if packed else {}
    body = gzip.compress(body) if packed else body
    answer = house.post("/signals/alertmanager", body, **headers, **bearer(house.token))
    assert answer.status_code == 413
    assert house.kept == []


def test_what_is_packed_is_unpacked_and_what_only_says_so_is_told(house: House) -> None:
    packed = gzip.compress(json.dumps(WEBHOOK).encode())
    shown = bearer(house.token)
    path = "/signals/alertmanager"
    assert house.post(path, packed, content_encoding="gzip", **shown).status_code == 202
    assert house.post(path, packed[:-9], content_encoding="gzip", **shown).status_code == 400
    assert house.post(path, b"no", content_encoding="gzip", **shown).status_code == 400
    assert house.post(path, b"no", content_encoding="br", **shown).status_code == 415
    assert house.post("/v1/logs", {"resourceLogs": []}, **shown).status_code == 200
    assert house.post("/v1/logs", {"resource_logs": []}, **shown).status_code == 400
    parts = gzip.compress(b'{"version": "4", ') + gzip.compress(b'"alerts": []}') + bytes(9)
    assert house.post(path, parts, content_encoding="gzip", **shown).json()["signals"] == 0
    assert house.inbox.get(house.inbox.last()).body == b'{"version": "4", "alerts": []}'
    for bad in (b"", parts[:-20], packed + b"more", gzip.compress(b" ") * 200):
        assert house.post(path, bad, content_encoding="gzip", **shown).status_code == 400
    assert house.client.get(path).status_code == 405


def test_a_full_disk_acknowledges_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(arrivals: object) -> None:
        raise Unreachable("the inbox: database or disk is full; check its disk")

    monkeypatch.setattr(house.inbox, "keep", full)
    answer = house.post("/signals/alertmanager", WEBHOOK, **bearer(house.token))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "disk is full" in answer.json()["message"]


def test_what_waits_too_long_holds_the_door(tmp_path: Path) -> None:
    house = House(tmp_path, SignalPolicy(waiting_max=2))
    shown = bearer(house.token)
    answers = [house.post("/signals/alertmanager", WEBHOOK, **shown) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 503]
    house.inbox.mark_decided(2)
    house.clock.sleep(1)
    assert house.post("/signals/alertmanager", WEBHOOK, **shown).status_code == 202
    house.keeping.close()


def test_what_nothing_proves_leaves_half_of_the_room_to_those_who_prove_themselves(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, SignalPolicy(waiting_max=4))
    answers = [house.post("/signals/alertmanager", WEBHOOK) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 503]
    shown = bearer(house.token)
    answers = [house.post("/signals/alertmanager", WEBHOOK, **shown) for _ in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 503]
    house.keeping.close()


def test_the_form_asks_for_a_code_where_nobody_may_be_nameless(house: House) -> None:
    page = house.client.get("/report")
    assert page.status_code == 200
    assert "Access code" in page.text
    assert "Fraud &lt;model&gt;" in page.text
    assert "script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert house.post("/report", b"what=odd").status_code == 401
    sent = f"what=it+insults&urgency=wrong&code={house.token}".encode()
    answer = house.post("/report", sent)
    assert answer.status_code == 202
    assert "kept under number 1" in answer.text
    assert house.kept == [("prom", True, b"what=it+insults&urgency=wrong")]
    wrong = house.post("/report", f"what=&code={house.token}".encode())
    assert (wrong.status_code, "say in a few sentences" in wrong.text) == (400, True)


def test_the_form_takes_the_nameless_where_the_register_allows(tmp_path: Path) -> None:
    house = House(tmp_path, SignalPolicy(anonymous=True))
    assert "Access code" not in house.client.get("/report").text
    answer = house.post("/report", b"what=it+insults+me&name=&contact=", user_agent="mine")
    assert answer.status_code == 202
    (kept,) = house.inbox.after(0, 9)
    assert (kept.proven, kept.said) == (False, {})
    house.keeping.close()


def test_other_paths_are_the_applications(house: House) -> None:
    assert house.client.get("/health").json() == {"ok": True}
    for path in ("/v2", "/v2/alerts/a/b/close", "/signals/none", "/signals/form", "/in"):
        assert house.post(path, {}).status_code == 404, path
