"""What is sent and served outside holds no word for counsel: mails by a real server, link pages."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from fastapi.testclient import TestClient
from test_cli_leaks import INCIDENTS, SAID, _append, cursed, leaks

from cli_seat import Keyboard, copied
from post_office import Office, post_office
from tocsin import wiring
from tocsin.desk.approving import links
from tocsin.facts import Access, Asserter, Author, Draft, Proof, incident_log
from tocsin.facts.findings import Found
from tocsin.web.application import application

CLEO = Author(who="cleo", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
MAIL = """
[integrations.mail]
kind = "smtp"
url = "smtp://127.0.0.1:{port}"
settings.sender = "tocsin@example.com"
settings.encryption = "none"
settings.networks = "127.0.0.1/32"
settings.ports = "{port}"
settings.timeout_seconds = "5"

[entity]
legal_name = "Example GmbH"
countries = ["DE"]

[[entity.proofs]]
decision = "approval"
proof = "link"
"""
PLAN = """\
plan: told
version: "1"
title: Told
steps:
  say:
    tell: [commander]
    subject: "{incident.title}"
    text: "{incident.systems} {severity} {finding.metric} {finding.segment} {minutes_open}"
    through: mail
    next: back
    on_failure: over
  back:
    act: assistant-switch
    target: assistant
    wanted: "off"
    undo: "on"
    approvals: 1
    next: over
    on_declined: over
  over:
    end: completed
"""


@pytest.fixture
def office() -> Iterator[Office]:
    with post_office() as found:
        yield found


@pytest.fixture
def tocsin(staffed_home: Path, tmp_path: Path, office: Office, keys: dict[str, Path]) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    register.write_text(register.read_text() + MAIL.format(port=office.port))
    made = Keyboard(home)
    made.done("register", "adopt", *signed(keys))
    return made


def signed(keys: dict[str, Path], who: str = "ana") -> tuple[object, ...]:
    return ("--as", who, "--key", keys[who])


def test_no_mail_and_no_link_page_holds_a_word_for_counsel(
    tocsin: Keyboard, office: Office, keys: dict[str, Path], tmp_path: Path
) -> None:
    ana = signed(keys)
    one = tocsin.opened(SAID)
    tocsin.done("incident", "claim", one, SAID, *ana)
    tocsin.done("incident", "assign", one, "counsel", "cleo", *ana)
    _append(tocsin.home, one, INCIDENTS["quiet"])
    with wiring.open_home(tocsin.home, warn=lambda _: None) as opened:
        log, now = incident_log(one), opened.world.clock.now()
        found = msgspec.structs.replace(cursed(Found), caused_by=None)  # a plan speaks of it
        draft = Draft(fact=found, happened_at=now, access=Access.COUNSEL)
        opened.store.append(log, opened.store.head(log), [draft], CLEO)
    tocsin.done("tell", one, "commander", "--send", *ana)
    tocsin.done("hold", "notify", one, "declaration", *ana)
    (plan := tmp_path / "told.yaml").write_text(PLAN)
    tocsin.done("incident", "run", one, plan, *ana)
    tocsin.done("work", "--until-idle")
    assert len(office.boxes.arrived) >= 4, "to the commanders, to owner and deputy"
    for _, mail in office.boxes.arrived:
        raw = bytes(mail)
        body = mail.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        assert not leaks(raw) and not leaks(text.encode()), text
        assert not leaks(base64.b64decode(base64.b64encode(raw)))
    assert any(SAID in str(mail["Subject"]) for _, mail in office.boxes.arrived)
    _check_link_page(tocsin.home, one)


def _check_link_page(home: Path, one: str) -> None:
    log = incident_log(one)
    with wiring.open_home(home, warn=lambda _: None) as opened:
        (order,) = [
            order.seq
            for run in opened.desk.runs(log)
            for order in run.orders.values()
            if order.fact.approvals and order.fact.connector == "assistant-switch"
        ]
        made = links.issue_link(
            opened.desk, log, order, "ben", "ben@example.org", timedelta(hours=1)
        )
        client = TestClient(application(opened.desk))
        page = client.get(f"/l/{made.token}")
        assert page.status_code == 200
        assert SAID in page.text, "it says what everybody may read"
        assert not leaks(page.content)
        for said in (client.get("/l/x"), client.post(f"/l/{made.token}", data={"choice": "x"})):
            assert not leaks(said.content)
