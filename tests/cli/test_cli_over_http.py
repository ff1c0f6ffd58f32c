"""What the command line does, over HTTP: the same answer, the same record, the same refusals."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_side import Api, api_of

from cli_seat import Keyboard
from tocsin.cli.frame.person import public_key
from tocsin.facts import Access, Proof, sshsig

EVERYTHING = ("read", "record", "respond", "decide", "administer")


@pytest.fixture
def api(staffed: Keyboard, keys: dict[str, Path]) -> Iterator[Api]:
    with api_of(staffed, keys) as made:
        yield made


def test_an_incident_is_opened_told_about_and_seen_as_on_the_command_line(api: Api) -> None:
    ana = api.caller("ana", "read", "record")
    opened = ana.post("incident open", {"title": "it invents refunds", "system": ["assistant"]})
    assert opened.status_code == 200, opened.text
    name = opened.json()["short"]
    assert ana.post("incident note", {"incident": name, "text": "12 of 40"}).status_code == 200
    shown = ana.get("incident show", incident=name)
    assert shown.headers["content-type"] == "application/json"
    assert shown.json() == api.tocsin.done("incident", "show", name)
    entry = api.tocsin.done("log", name)["entries"][-1]
    assert (entry["author"]["who"], entry["author"]["proof"]) == ("ana", "token")
    assert "account" not in entry["author"], "no account of the server vouches for anybody"


def test_the_servers_account_and_environment_vouch_for_nobody(
    api: Api, monkeypatch: pytest.MonkeyPatch, keys: dict[str, Path]
) -> None:
    ana, pager = api.caller("ana", "record"), api.token("pager", "record")
    monkeypatch.setenv("TOCSIN_AS", "cleo")
    monkeypatch.setenv("TOCSIN_KEY", str(keys["cleo"]))
    monkeypatch.setenv("TOCSIN_TOKEN", pager)
    name = ana.post("incident open", {"title": "t"}).json()["incident"]
    assert api.tocsin.done("log", name)["entries"][0]["author"]["who"] == "ana"


def test_without_a_token_or_with_a_wrong_one_nothing_is_reached(api: Api) -> None:
    name = api.tocsin.opened()
    good = api.token("ana", "read")
    secret = good.split("_", 2)[2]  # a secret may hold any letter of its alphabet, "_" included
    wrong = good[:-1] + ("B" if good.endswith("A") else "A")
    for given in (None, "", "Bearer", "Bearer x", f"Basic {good}", f"Bearer {wrong}", good):
        headers = {} if given is None else {"Authorization": given}
        answer = api.client.get("/api/v1/incident/show", params={"incident": name}, headers=headers)
        assert answer.status_code == 401, given
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "it invents" not in answer.text and secret[:-1] not in answer.text


def test_two_headers_of_authorization_are_none(api: Api) -> None:
    token = api.token("ana", "read")
    pair = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer tocsin_x_y")]
    assert api.client.get("/api/v1/incident/list", headers=pair).status_code == 401


def test_a_token_does_only_what_its_scopes_say(api: Api) -> None:
    name = api.tocsin.opened()
    reader, machine = api.caller("ana", "read"), api.caller("pager", "read", "record", "decide")
    said = reader.post("incident note", {"incident": name, "text": "x"})
    assert said.status_code == 403 and "may read, not record" in said.json()["detail"]
    closed = machine.post("incident close", {"incident": name, "because": "x"})
    assert closed.status_code == 403 and "decide is for people" in closed.json()["detail"]
    assert api.caller("ana", "record").get("incident list").status_code == 403


def test_a_token_in_the_address_is_refused_and_not_repeated(api: Api) -> None:
    token = api.token("ana", "read")
    for path in (f"?access_token={token}", f"?token={token}", f"?incident={token}"):
        answer = api.client.get(f"/api/v1/incident/list{path}",
                                headers={"Authorization": f"Bearer {token}"})  # fmt: skip
        assert answer.status_code == 400 and "no place in an address" in answer.json()["detail"]
        assert token not in answer.text


def test_who_asks_is_said_by_the_token_alone(api: Api) -> None:
    ana = api.caller("ana", *EVERYTHING)
    for name in ("as", "key", "person", "home", "visitor", "run"):
        said = ana.post("incident open", {"title": "t", name: "ben"})
        assert said.status_code == 400, name
        assert [one["parameter"] for one in said.json()["errors"]] == [name]


def test_what_the_register_wants_signed_is_refused_with_a_token_and_done_with_a_key(
    api: Api,
) -> None:
    name = api.tocsin.opened()
    ana = api.caller("ana", *EVERYTHING)
    wanted = {"incident": name, "because": "fixed"}
    refused = ana.post("incident dismiss", wanted)
    assert refused.status_code == 409 and "sign it" in refused.json()["detail"]
    done = ana.signed("ana", "incident dismiss", wanted)
    assert done.status_code == 200, done.text
    entry = api.tocsin.done("log", name)["entries"][-1]
    assert entry["author"]["proof"] == Proof.SIGNATURE.value
    api.tocsin.sound()


def test_a_signature_by_another_or_with_anothers_key_is_refused(api: Api) -> None:
    name = api.tocsin.opened()
    ana = api.caller("ana", *EVERYTHING)
    wanted = {"incident": name, "because": "fixed"}
    assert ana.signed("ana", "incident dismiss", wanted, by="ben").status_code == 409
    assert ana.signed("ben", "incident dismiss", wanted).status_code == 409
    assert ana.signed("ana", "incident dismiss", wanted, by="stranger").status_code == 409
    assert api.tocsin.done("incident", "show", name)["status"] == "open"


def test_a_statement_waits_only_for_the_token_that_asked_and_takes_one_signature(
    api: Api, keys: dict[str, Path]
) -> None:
    name = api.tocsin.opened()
    ana, ben = api.caller("ana", *EVERYTHING), api.caller("ben", *EVERYTHING)
    asked = ana.post("incident note", {"incident": name, "text": "x"},
                     Tocsin_Sign_With=fingerprint(keys["ana"]))  # fmt: skip
    assert asked.status_code == 202, asked.text
    body = asked.json()
    assert json.loads(base64.b64decode(body["statement"]).partition(b"\n")[2])["log"]
    stolen = ben.post(body["next"], {"signature": "x"})
    assert stolen.status_code == 404
    assert ana.post(body["next"], {"signature": "not one"}).status_code == 409
    assert ana.post(body["next"], {"signature": "not one"}).status_code == 404
    assert api.tocsin.done("log", name)["entries"][-1]["fact"]["kind"] != "noted"


def test_the_same_key_changes_nothing_the_second_time(api: Api) -> None:
    ana = api.caller("ana", "read", "record")
    name = api.tocsin.opened()
    wanted = {"incident": name, "text": "once"}
    first = ana.post("incident note", wanted, Idempotency_Key="k-1")
    again = ana.post("incident note", wanted, Idempotency_Key="k-1")
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    assert len(api.tocsin.done("log", name)["entries"]) == 2
    other = ana.post("incident note", {"incident": name, "text": "other"}, Idempotency_Key="k-1")
    assert other.status_code == 409


def test_whoever_decides_upon_what_is_old_is_told(api: Api) -> None:
    ana = api.caller("ana", "read", "record")
    name = api.tocsin.opened()
    wanted = {"incident": name, "text": "x"}
    assert ana.post("incident note", wanted, If_Match='"1"').status_code == 200
    late = ana.post("incident note", wanted, If_Match='"1"')
    assert late.status_code == 412 and "look again" in late.json()["detail"]
    assert ana.post("incident note", wanted, If_Match="*").status_code == 200
    assert ana.post("incident note", wanted, If_Match="what").status_code == 400
    ours = {"incident": "organisation", "notice": "1", "because": "x"}
    answer = api.caller("ana", "read", "record", "respond", "decide")
    assert answer.post("notice withdraw", ours, If_Match='"1"').status_code == 412
    assert answer.post("notice withdraw", ours).status_code == 409, "no incident is meant"


def test_all_mistakes_of_a_request_are_told_at_once(api: Api) -> None:
    ana = api.caller("ana", "record")
    said = ana.post("incident severity", {"incidnt": "7K3", "severity": 2, "reason": ["r"]})
    told = {one["parameter"]: one["detail"] for one in said.json()["errors"]}
    assert said.status_code == 400
    assert told.keys() == {"incidnt", "incident", "severity", "basis"}
    assert 'did you mean "incident"' in told["incidnt"]
    typed = ana.post("incident note", {"incident": "7K3", "text": "x", "at": "noon"})
    assert "write it like" in typed.json()["errors"][0]["detail"]
    listed = ana.post("incident severity", {"incident": "7K3", "severity": "sev9",
                                            "reason": ["r"], "basis": "b"})  # fmt: skip
    assert "choose one of" in listed.json()["errors"][0]["detail"]


def test_what_excludes_each_other_does_so_here_too(api: Api) -> None:
    cleo = api.caller("cleo", "decide")
    both = {"incident": "7K3", "awareness": 2, "counts": True, "counts_not": True, "because": "b"}
    assert "not allowed together" in cleo.post("incident rule-awareness", both).json()["detail"]
    neither = {"incident": "7K3", "awareness": 2, "because": "b"}
    assert "give one of" in cleo.post("incident rule-awareness", neither).json()["detail"]


def test_a_plan_is_sent_as_its_text_and_put_to_work(api: Api) -> None:
    name = api.tocsin.opened()
    plan = 'plan: p\nversion: "1"\ntitle: t\nsteps:\n  over: {end: completed}\n'
    ana = api.caller("ana", "read", "respond")
    linted = ana.post("playbook lint", {"plans": [plan]})
    assert linted.status_code == 200 and linted.json()["files"]
    packed = {"name": "mine.yaml", "base64": base64.b64encode(plan.encode()).decode()}
    begun = ana.post("incident run", {"incident": name, "plan": packed})
    assert begun.status_code == 200 and begun.json()["run"] == "run-1", begun.text
    for bad in ({"name": "../x", "base64": ""}, {"name": "x"}, {"base64": "%"}, 7, {"path": "/x"}):
        assert ana.post("incident run", {"incident": name, "plan": bad}).status_code == 400


def test_a_plan_with_mistakes_says_them_as_the_command_does(api: Api) -> None:
    said = api.caller("ana", "read").post("playbook export", {"plan": "plan: p\n"})
    assert said.status_code == 400 and said.json()["answer"]["mistakes"]


def test_what_a_command_writes_is_the_answer(api: Api) -> None:
    name = api.tocsin.opened()
    ana = api.caller("ana", "read", "respond")
    report = ana.get("report", incident=name)
    assert report.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(report.content)).namelist()
    assert names == ["report/report.html", "report/report.md"]
    package = ana.post("export", {"incident": name, "recipient": "an auditor"})
    held = zipfile.ZipFile(io.BytesIO(package.content)).namelist()
    assert package.status_code == 200 and "package/bagit.txt" in held


def test_counsels_words_reach_no_token_that_may_not_read_them(api: Api) -> None:
    name, secret = api.tocsin.opened(), "the advice of counsel"
    api.tocsin.done("incident", "note", name, secret, "--access", Access.COUNSEL.value,
                    "--as", "cleo", "--key", api.keys["cleo"])  # fmt: skip
    reader = api.caller("ana", "read", "respond")
    for path in ("incident show", "now", "log", "incident why", "incident evidence list"):
        where = {"log": name} if path == "log" else {"incident": name}
        answer = reader.get(path, **where)
        assert secret not in answer.text, path
    for who, scopes in (("ana", ("read", "counsel")), ("cleo", ("read",))):
        asked = api.caller(who, *scopes).get("log", log=name, reader=["counsel"])
        assert asked.status_code == 409 and secret not in asked.text, who
        assert "reader counsel" in asked.json()["detail"]
    exported = reader.post("export", {"incident": name, "reader": ["counsel"]})
    assert exported.status_code == 409
    cleo = api.caller("cleo", "read", "counsel")
    unsigned = cleo.get("log", log=name, reader=["counsel", "ops"])
    assert unsigned.status_code == 409 and "Tocsin-Sign-With" in unsigned.json()["detail"]
    signed = cleo.read_signed("cleo", "log", log=name, reader=["counsel", "ops"])
    assert secret in signed.text


def test_an_incident_that_is_not_there_is_told_as_not_there(api: Api) -> None:
    ana = api.caller("ana", "read", "record")
    assert ana.get("incident show", incident="ZZZ").status_code == 404
    assert ana.post("incident note", {"incident": "ZZZ", "text": "x"}).status_code == 404


def test_a_revoked_token_is_worth_nothing_at_once(api: Api) -> None:
    ana = api.caller("ana", "read")
    assert ana.get("incident list").status_code == 200
    api.tocsin.done("register", "token-revoke", ana.token.split("_")[1], "--because", "lost",
                    "--as", "ben", "--key", api.keys["ben"])  # fmt: skip
    assert ana.get("incident list").status_code == 401


def test_the_register_is_read_as_its_files_are_now(api: Api) -> None:
    ana = api.caller("ana", "read")
    assert ana.get("register lint").json().get("problem") is None
    (api.tocsin.home / "register" / "more.toml").write_text("[systems.x]\ntier = 9\n")
    broken = ana.get("register lint")
    assert broken.status_code == 200 and broken.json()["problem"] is True
    assert broken.headers["tocsin-exit"] == "1"


def fingerprint(key: Path) -> str:
    return sshsig.fingerprint(public_key(key))
