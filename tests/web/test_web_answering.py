"""The page behind a link: it says what is asked, acts on no GET, and takes each answer once."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from fastapi.testclient import TestClient

from tocsin.desk import Writer
from tocsin.desk.approving import links
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import draft
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.ids import SeededIds
from tocsin.exercise.memory import MemoryJournal, MemoryVault
from tocsin.facts import HOME_LOG, Asserter, Author, Proof, incident_log
from tocsin.facts.incidents import Opened
from tocsin.facts.registers import RegisterAdopted
from tocsin.facts.runs import Approved, Declined, Outcome, Repeatable
from tocsin.register.read import read_register
from tocsin.web.application import application
from tocsin.world import Order, Receipt, World

REGISTER = """
[entity]
legal_name = "E"
countries = ["DE"]
[[entity.proofs]]
decision = "approval"
proof = "link"
[systems.assistant]
owner = "ana"
tier = 2
[people.ana]
email = "ana@example.org"
roles = ["commander"]
[people.ben]
name = "Ben <b>Example</b>"
email = "ben@example.org"
[people.cleo]
email = "cleo@example.org"
"""
PLAN = b"""
plan: p
version: "1"
title: t
steps:
  back:
    act: hand
    target: release
    wanted: previous
    undo: current
    approvals: 2
    next: over
    on_declined: over
  over:
    end: completed
"""
LOG = incident_log("7K3ABCDEFG")
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
EVIL = "<script>alert(1)</script>"


class Hand:
    """A far side that remembers one state."""

    repeatable = Repeatable.IDEMPOTENT

    def look(self, target: str) -> str:
        return "current"

    def act(self, order: Order) -> Receipt:
        return Receipt(key=order.key, outcome=Outcome.DONE, before="current", after=order.wanted)

    def find(self, order: Order) -> Receipt | None:
        return None


class Waiting:
    """A desk with one action that waits for two people, and its page."""

    def __init__(self, plan: bytes = PLAN) -> None:
        noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
        self.clock, ids = VirtualClock(noon), SeededIds("web")
        vault = MemoryVault()
        self.world = World(
            clock=self.clock, ids=ids, journal=MemoryJournal(self.clock, ids), vault=vault,
            connectors={"hand": Hand()}, probes={}, home=Path("no-home"),
        )  # fmt: skip
        self.desk = Writer(self.world)
        register, told = read_register({"a.toml": REGISTER.encode()})
        assert not [one for one in told if not one.advice], told
        digest = vault.put(io.BytesIO(register.canonical())).digest
        adopted = RegisterAdopted(digest=digest, systems=1, people=3)
        self.desk.decide(HOME_LOG, lambda _: [draft(adopted, noon)], ANA)
        opened = Opened(title=f"wrong answers {EVIL}", systems=("assistant",), unregistered=(),
                        discovered_at=noon, occurred_at=None)  # fmt: skip
        self.desk.decide(LOG, lambda _: [draft(opened, noon)], ANA)
        start_run(self.desk, LOG, plan, By(author=ANA))
        run = self.desk.runs(LOG)[0]
        self.order = next(iter([*run.orders, *run.approvals]))
        self.client = TestClient(application(self.desk))

    def link(self, person: str) -> str:
        made = links.issue_link(
            self.desk, LOG, self.order, person, f"{person}@example.org", timedelta(hours=1)
        )
        return f"/l/{made.token}"

    def votes(self) -> list[tuple[str, str]]:
        return [
            (type(entry.fact).__name__, entry.author.who)
            for entry in self.world.journal.read(LOG)
            if isinstance(entry.fact, Approved | Declined)
        ]


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def test_opening_it_decides_nothing_however_often(waiting: Waiting) -> None:
    url = waiting.link("ben")
    before = waiting.world.journal.head(LOG)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        waiting.client.request(method, url)
        waiting.client.request(method, url + "?choice=approve&because=x")
    assert waiting.world.journal.head(LOG) == before
    page = waiting.client.get(url).text
    assert "release &rarr; previous" in page and "2 people must approve" in page
    assert "It can be\ntaken back" in page and "Approve" in page


def test_the_page_says_that_the_files_of_the_law_are_wrong(waiting: Waiting) -> None:
    assert "law" not in waiting.client.get(waiting.link("ben")).text
    wrong = msgspec.structs.replace(waiting.world, law=lambda: ({"facts.toml": "<b>"}, {}))
    client = TestClient(application(Writer(wrong)))
    page = client.get(waiting.link("ana")).text
    assert "files are wrong, and none is asked: facts.toml:1" in page and "<b>" not in page


def test_each_answers_once_in_their_own_name(waiting: Waiting) -> None:
    ben, cleo = waiting.link("ben"), waiting.link("cleo")
    said = waiting.client.post(ben, data={"choice": "approve", "because": "v1 was fine"})
    assert said.status_code == 200 and "You approved it" in said.text
    again = waiting.client.post(ben, data={"choice": "approve", "because": "again"})
    assert again.status_code == 409 and "Nothing was recorded" in again.text
    assert waiting.client.get(ben).status_code == 409
    waiting.client.post(cleo, data={"choice": "approve", "because": "mine too"})
    assert waiting.votes() == [("Approved", "ben"), ("Approved", "cleo")]


CONSENT = b"""
plan: c
version: "1"
title: t
steps:
  lead: {approve: "Open <b>it</b> again", role: commander, next: over, on_declined: over}
  over: {end: completed}
"""


def test_what_a_step_asks_is_answered_by_a_link_too() -> None:
    waiting = Waiting(CONSENT)
    url = waiting.link("ana")
    page = waiting.client.get(url).text
    assert "Open &lt;b&gt;it&lt;/b&gt; again" in page and "You are asked as commander." in page
    assert "taken" not in page and "Evidence it waits for" not in page
    said = waiting.client.post(url, data={"choice": "approve", "because": "seen to be safe"})
    assert said.status_code == 200 and waiting.votes() == [("Approved", "ana")]
    assert waiting.desk.run(LOG, "run-1").results == {"lead": "approved"}
    assert waiting.client.post(url, data={"choice": "approve", "because": "x"}).status_code == 409


def test_a_refusal_is_recorded(waiting: Waiting) -> None:
    said = waiting.client.post(
        waiting.link("ben"), data={"choice": "decline", "because": "not v1 again"}
    )
    assert "You refused it" in said.text and waiting.votes() == [("Declined", "ben")]


def test_handing_it_on_decides_nothing(waiting: Waiting) -> None:
    url = waiting.link("ben")
    assert waiting.client.post(url, data={"choice": "delegate"}).status_code == 409
    said = waiting.client.post(url, data={"choice": "delegate", "to": "cleo", "because": "away"})
    assert "handed on to cleo" in said.text and waiting.votes() == []


def test_an_answer_needs_a_reason_and_a_choice(waiting: Waiting) -> None:
    url = waiting.link("ben")
    assert waiting.client.post(url, data={"choice": "approve"}).status_code == 409
    assert waiting.client.post(url, data={"choice": "maybe", "because": "x"}).status_code == 409
    assert waiting.client.post(url, data={}).status_code == 400
    long = waiting.client.post(url, data={"choice": "approve", "because": "x" * 5000})
    assert long.status_code == 400
    assert waiting.votes() == []


def test_a_link_that_is_over_or_not_ours_says_what_to_do(waiting: Waiting) -> None:
    url = waiting.link("ben")
    for bad in (url[:-1], url + "x", "/l/7K3ABCDEFG-AAAAAAAA.x", "/l/x", "/l/" + "%00", "/l/a.b.c"):
        found = waiting.client.get(bad)
        assert found.status_code == 409 and "Nothing was recorded" in found.text, bad
    waiting.clock.sleep(3601)
    late = waiting.client.post(url, data={"choice": "approve", "because": "x"})
    assert late.status_code == 409 and waiting.votes() == []


def test_words_of_people_stay_words_and_nothing_is_kept_or_leaked(waiting: Waiting) -> None:
    answer = waiting.client.get(waiting.link("cleo"))
    assert EVIL not in answer.text and "&lt;script&gt;" in answer.text
    assert "<b>Example</b>" not in answer.text
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

    Tags().feed(answer.text)
    assert not {"script", "img", "link", "iframe"} & set(tags)
