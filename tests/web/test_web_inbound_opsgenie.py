"""Clients of Opsgenie get what they expect, or are told what Tocsin does not do, and why."""

from __future__ import annotations

from inbound_house import (
    House,
)


def test_clients_of_opsgenie_get_what_they_expect(house: House) -> None:
    shown = {"authorization": f"GenieKey {house.token}"}
    answer = house.post("/v2/alerts", {"message": "drift", "alias": "a/b"}, **shown)
    assert answer.json()["result"] == "Request will be processed"
    assert answer.json()["requestId"]
    closed = house.post("/v2/alerts/a%2Fb/close?identifierType=alias", {}, **shown)
    assert closed.status_code == 202
    assert house.inbox.get(2).said["alias"] == "a/b"
    assert house.post("/v2/alerts/a/close", {}, **shown).status_code == 422
    assert house.post("/v2/alerts", {}, **shown).status_code == 422


def test_clients_of_opsgenie_learn_what_became_of_a_request(house: House) -> None:
    shown = {"authorization": f"GenieKey {house.token}"}
    answer = house.post("/v2/alerts", {"message": "drift", "alias": "a/b"}, **shown)
    status = f"/v2/alerts/requests/{answer.json()['requestId']}"
    told = house.client.get(status, headers=shown)
    assert told.status_code == 200
    data = told.json()["data"]
    assert (data["isSuccess"], data["action"], data["alias"]) == (True, "Create", "a/b")
    assert data["status"] == "kept at place 1"
    by_id = f"/v2/alerts/{data['alertId']}"
    assert house.post(f"{by_id}/notes", {"note": "the cache"}, **shown).status_code == 202
    assert house.inbox.get(2).said["alias"] == "a/b"
    renamed = "/v2/alerts/a%2Fb/message?identifierType=alias"
    put = house.client.put(renamed, json={"message": "slow"}, headers=shown)
    assert (put.status_code, house.inbox.get(3).said["action"]) == (202, "message")
    other = {"authorization": f"GenieKey {house.issue('second', 'signals')}"}
    assert house.client.get(status, headers=other).status_code == 404
    assert house.client.get(status).status_code == 401
    assert house.post(f"{by_id}/close", {}, **other).status_code == 422, "not its own"
    for unknown in (
        "00000000-0000-4000-8000-0000000000ff",
        "x",
        "00000000-0000-4000-8000-" + "f" * 12,
    ):
        asked = house.client.get(f"/v2/alerts/requests/{unknown}", headers=shown)
        assert asked.status_code == 404, unknown
    house.inbox.erase(1, 1)
    gone = house.client.get(status, headers=shown).json()["data"]
    assert (gone["alias"], gone["alertId"]) == ("", "")


def test_what_opsgenie_could_do_and_tocsin_does_not_is_told_why(house: House) -> None:
    shown = {"authorization": f"GenieKey {house.token}"}
    path = "/v2/alerts/a/responders?identifierType=alias"
    answer = house.post(path, {"responder": {"name": "x", "type": "team"}}, **shown)
    assert answer.status_code == 422
    assert "the register and the plans of Tocsin say who is called" in answer.text
    for method in ("GET", "DELETE", "PATCH"):
        asked = house.client.request(method, "/v2/alerts/a?identifierType=alias", headers=shown)
        assert asked.status_code == 405
        assert "say what happens to it by POST" in asked.text
        assert asked.headers["allow"] == "POST, PUT"
