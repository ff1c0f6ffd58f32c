"""What went out and comes back through a door opens nothing and pages nobody; circles end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from fastapi.testclient import TestClient

from desk_register import REGISTER, adopted
from desk_world import ANA, facts, world_of
from pager_side import PagerStanding, pager_standing
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.inbound.senders import Senders
from tocsin.desk.inbound.taking_in import TakingIn
from tocsin.exercise.clock import VirtualClock
from tocsin.exercise.memory import MemoryJournal
from tocsin.facts import HOME_LOG, ConnectorError
from tocsin.facts.entry import SIGNALS_LOG
from tocsin.facts.incidents import Opened
from tocsin.facts.marks import mark_text
from tocsin.facts.signals import SignalTaken, Urgency, Went
from tocsin.inbox.quota import Quotas
from tocsin.inbox.store import Inbox
from tocsin.register.tokens import new_token
from tocsin.web.application import application
from tocsin.web.inbound import Door, Inbound
from tocsin.wiring.inbound import AsyncInbox

PLAN = """
plan: call
version: 1
title: Call somebody
triggers: [default]
steps:
  call: {page: on-call, text: "It fails", within: 5m, next: done, on_unanswered: lost}
  done: {end: completed}
  lost: {end: failed}
"""


def no_secret(reference: str) -> str:
    raise ConnectorError(f"{reference} holds no secret", may_have_acted=False)


class House:
    """A Tocsin with its doors, an inbox on disk, and a pager that stands outside."""

    def __init__(self, home: Path, place: PagerStanding, origin: str) -> None:
        (home / "playbooks").mkdir(parents=True)
        (home / "playbooks" / "call.yaml").write_text(PLAN)
        self.place = place
        world = world_of({})
        journal = MemoryJournal(world.clock, world.ids, origin)
        world = msgspec.structs.replace(world, journal=journal)
        hand = place.hand(origin=world.journal.origin, open_kept=world.vault.open)
        world = msgspec.structs.replace(world, home=home, connectors={"pager": hand})
        self.world, self.desk = world, adopted(Writer(world), REGISTER)
        ids = world.ids
        self.token, fact = new_token("prom", ids.incident(), ids.salt(), ("signals",))
        self.desk.record(HOME_LOG, lambda _: [fact], ANA)
        assert isinstance(world.clock, VirtualClock)
        world.clock.sleep(2)
        self.inbox = Inbox(home)
        self.keeping = AsyncInbox(self.inbox)
        door = Door(Senders(self.desk, no_secret), self.keeping, Quotas, world.clock)
        made = application(self.desk, [lambda app: app.add_middleware(Inbound, door=door)])
        self.client = TestClient(made, raise_server_exceptions=False)
        self.taking = TakingIn(self.desk, self.inbox)

    def post(self, path: str, value: object, **headers: str) -> list[SignalTaken]:
        """What is decided about what was sent."""
        before = len(facts(self.world, SignalTaken, SIGNALS_LOG))
        named = {"authorization": f"Bearer {self.token}"}
        named |= {name.replace("_", "-"): text for name, text in headers.items()}
        answer = self.client.post(path, content=json.dumps(value).encode(), headers=named)
        assert answer.status_code in (200, 202), answer.text
        while self.taking.once(patient=False).deliveries:
            pass
        return facts(self.world, SignalTaken, SIGNALS_LOG)[before:]

    def alarm(self, key: str = "k", **headers: str) -> list[SignalTaken]:
        return self.post("/v2/enqueue", event(key), **headers)

    def act(self) -> None:
        run_until_idle(self.world, until=self.world.clock.now())

    @property
    def opened(self) -> list[str]:
        logs = self.world.journal.logs("incident/")
        return [log for log in logs if facts(self.world, Opened, log)]

    @property
    def paged(self) -> list[dict[str, object]]:
        return list(self.place.pager.alerts.values())


def event(key: str, service: str = "assistant", **details: object) -> dict[str, object]:
    payload = {"summary": f"drift {key}", "source": service, "severity": "critical",
               "class": "Drift", "custom_details": details}  # fmt: skip
    return {"event_action": "trigger", "dedup_key": key, "payload": payload}


@contextmanager
def houses(home: Path, *names: str) -> Iterator[list[House]]:
    with pager_standing() as place:
        made = [House(home / name, place, f"{name}.example/record") for name in names]
        yield made
        for one in made:
            one.keeping.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with houses(tmp_path, "one") as (made,):
        yield made


def test_our_own_page_that_comes_back_opens_nothing_and_pages_nobody(house: House) -> None:
    house.alarm()
    house.act()
    (log,), (page,) = house.opened, house.paged
    (echo,) = house.post("/v2/enqueue", page)
    house.act()
    assert (echo.went, f"incident/{echo.into}") == (Went.ECHO, log)
    assert echo.because.startswith("it repeats action ") and "through pager" in echo.because
    assert house.opened == [log] and house.paged == [page]
    assert house.post("/v2/enqueue", page) == [], "said again it is counted"
    (over,) = house.post("/v2/enqueue", {**page, "event_action": "resolve"})
    assert over.went is Went.ECHO


def test_a_tool_that_keeps_only_a_detail_or_a_header_of_it_is_known_too(house: House) -> None:
    house.alarm()
    house.act()
    (page,) = house.paged
    mark = page["payload"]["custom_details"]["tocsin_mark"]  # type: ignore[index]
    alert = {"status": "firing", "labels": {"alertname": "Page", "tocsin_mark": mark}}
    cloud = {"specversion": "1.0", "source": "/hub", "id": "1", "type": "page", "tocsinmark": mark}
    binary = {"content_type": "application/json", "ce_specversion": "1.0", "ce_source": "/hub",
              "ce_id": "2", "ce_type": "called", "ce_tocsinmark": mark}  # fmt: skip
    for path, value, headers in (
        ("/signals/alertmanager", {"version": "4", "alerts": [alert]}, {}),
        ("/signals/cloudevents", cloud, {}),
        ("/signals/cloudevents", {}, binary),
        ("/v2/enqueue", event("other"), {"tocsin_mark": mark}),
    ):
        (echo,) = house.post(path, value, **headers)
        assert echo.went is Went.ECHO, (path, headers)
    assert len(house.opened) == 1 and house.paged == [page]


def test_an_echo_hides_no_alarm_of_the_same_name(house: House) -> None:
    house.alarm("before")
    house.act()
    (page,) = house.paged
    mark = page["payload"]["custom_details"]["tocsin_mark"]  # type: ignore[index]
    (echo,) = house.post("/v2/enqueue", event("k", "other"), tocsin_mark=mark)
    (alarm,) = house.post("/v2/enqueue", event("k", "other"))
    assert (echo.went, alarm.went) == (Went.ECHO, Went.OPENED)
    assert echo.signal != alarm.signal


def test_a_mark_that_names_no_order_of_ours_waits_for_a_person(house: House) -> None:
    for number, mark in enumerate(("incident/7K3ABCDEFG/4", "incident/NOWHERE/1")):
        made = mark_text(house.world.journal.origin, mark)
        (forged,) = house.alarm(f"k{number}", tocsin_mark=made)
        assert (forged.went, forged.urgency) == (Went.TRIAGE, Urgency.CRITICAL)
        assert forged.because.startswith("it carries our mark, and no such order is on record")
    assert house.opened == []


def test_what_went_through_too_many_systems_waits_for_a_person(house: House) -> None:
    (far,) = house.alarm(tocsin_hops="5")
    assert (far.went, far.hops) == (Went.TRIAGE, 5)
    assert far.because.startswith("it went through 5 systems that answer one another")
    assert house.opened == []
    (near,) = house.alarm("near", tocsin_hops="2")
    assert near.went is Went.OPENED


def test_two_tocsins_that_answer_one_another_come_to_an_end(tmp_path: Path) -> None:
    """Each takes the other's page for an alarm of its own, until one has come too far."""
    with houses(tmp_path, "one", "two") as (one, two):
        one.alarm()
        hops, house, other = [], one, two
        for _ in range(6):
            before = len(house.paged)
            house.act()
            if len(house.paged) == before:
                break
            page = house.paged[-1]
            hops.append(page["payload"]["custom_details"]["tocsin_hops"])  # type: ignore[index]
            page["payload"]["component"] = "assistant"  # type: ignore[index]
            other.post("/v2/enqueue", page)
            house, other = other, house
        assert hops == [1, 2], "the third system opens nothing by itself"
        assert len(one.opened) == len(two.opened) == 1
