"""What came in is decided once, whoever dies where, and people are called as for any alarm."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from taking_in_house import House

from desk_world import ANA, NOON
from tocsin.desk import incidents, run_until_idle
from tocsin.desk.alarms.ranking import alarms_of
from tocsin.desk.inbound.taking_in import TakingIn
from tocsin.desk.record import draft
from tocsin.facts.alarms import Held, PagingLimited, Ranked
from tocsin.facts.deliveries import UNPROVEN
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.entry import ALARMS_LOG, SIGNALS_LOG
from tocsin.facts.incidents import Closed, Noted, Opened
from tocsin.facts.runs import RunStarted
from tocsin.facts.signals import (
    SignalsJoined,
    SignalsTaken,
    SignalTaken,
    TriageDismissed,
    TriageOpened,
    Went,
)
from tocsin.incident.model import Actor

ACTOR = Actor(who="ana")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_nine_thousand_of_ten_that_are_the_same_are_one_line_of_an_incident(house: House) -> None:
    for number in range(20):
        house.send(f"k{number}", count=50)
    house.send("k0", count=9000)
    house.take()
    (log,) = house.opened
    told = house.of(SignalsJoined, log)
    assert sum(one.deliveries for one in told) > 10_000 // 2, "at least half is told at any time"
    assert told[0].signals == 20
    assert len(told) <= 4, "an incident's log grows by batches, not by alarms"
    assert len(house.of(SignalTaken, SIGNALS_LOG)) == 20
    batches = house.of(SignalsTaken, SIGNALS_LOG)
    assert sum(one.deliveries for one in batches) == 10_000
    assert (batches[0].first, batches[-1].last) == (1, 10_000)
    assert house.inbox.decided() == 10_000


def test_a_proven_source_opens_starts_and_spends_a_page(house: House) -> None:
    house.plan("by-rule", "default")
    house.plan("by-name", "Drift")
    house.plan("other", "fallback-rate")
    house.send()
    house.take()
    (log,) = house.opened
    assert {one.plan for one in house.of(RunStarted, log)} == {"by-rule", "by-name"}
    (ranked,) = house.of(Ranked, ALARMS_LOG)
    assert (ranked.pages, ranked.held, ranked.log) == (True, None, log)
    (opened,) = house.of(Opened, log)
    assert (opened.title, opened.systems) == ("assistant: drift k", ("assistant",))


def test_what_nothing_proves_starts_nothing(house: House) -> None:
    house.plan("by-rule", "default")
    house.send(severity="critical", source=UNPROVEN)
    house.take()
    assert house.opened == []
    (item,) = house.of(TriageOpened, SIGNALS_LOG)
    assert not item.proven
    assert house.desk.known(ALARMS_LOG).entries == []


def test_without_a_page_left_an_incident_opens_and_calls_later(house: House) -> None:
    house.plan("by-rule", "default")
    limited = PagingLimited(pages=1, shift_hours=8, because="few")
    house.desk.record(ALARMS_LOG, lambda _: [limited], ANA)
    house.send("a", service="assistant")
    house.send("b", service="other")
    house.take()
    logs = house.opened
    assert len(logs) == 2
    (held,) = [one for one in house.of(Ranked, ALARMS_LOG) if one.held is Held.BUDGET]
    assert house.of(RunStarted, held.log) == []
    assert any("NOBODY IS CALLED" in one.text for one in house.of(Noted, held.log))
    house.send("c", "critical", service="other")
    house.take()
    assert len(house.of(RunStarted, held.log)) == 1, "critical harm waits for no budget"


def test_a_held_page_goes_out_when_the_next_shift_begins(house: House) -> None:
    house.plan("by-rule", "default")
    limited = PagingLimited(pages=0, shift_hours=8, because="none now")
    house.desk.record(ALARMS_LOG, lambda _: [limited], ANA)
    house.send()
    house.take()
    (log,) = house.opened
    assert house.of(RunStarted, log) == []
    more = PagingLimited(pages=1, shift_hours=8, because="again")
    house.desk.record(ALARMS_LOG, lambda _: [more], ANA)
    house.take()
    house.take()
    assert len(house.of(RunStarted, log)) == 1
    assert len(alarms_of(house.desk).pages_in(NOON)) == 1


def test_what_no_plan_begins_by_is_told_and_takes_no_page_from_what_calls(house: House) -> None:
    limited = PagingLimited(pages=1, shift_hours=8, because="few")
    house.desk.record(ALARMS_LOG, lambda _: [limited], ANA)
    house.plan("by-name", "Drift")
    house.keep("pagerduty", _named("x", "critical", "Unplanned", "other"))
    house.take()
    (bare,) = house.opened
    assert [one.pages for one in house.of(Ranked, ALARMS_LOG)] == [False]
    house.keep("pagerduty", _named("y", "critical", "Unplanned too", "other"))
    house.take()
    (told,) = [one.text for one in house.of(Noted, bare) if "NOBODY IS" in one.text]
    assert "No plan in HOME/playbooks" in told, "and it is told once"
    house.send("a", service="assistant")
    house.take()
    (planned,) = {*house.opened} - {bare}
    assert len(house.of(RunStarted, planned)) == 1, "the only page of the shift was left"
    house.send("z", "critical", service="other")
    house.take()
    assert len(house.of(RunStarted, bare)) == 1, "what a plan names begins it, also where it joins"


def test_a_held_page_begins_the_plan_that_names_what_failed(house: House) -> None:
    house.plan("by-name", "Drift")
    limited = PagingLimited(pages=0, shift_hours=8, because="none now")
    house.desk.record(ALARMS_LOG, lambda _: [limited], ANA)
    house.send()
    house.take()
    (log,) = house.opened
    assert house.of(RunStarted, log) == []
    house.desk.record(ALARMS_LOG, lambda _: [PagingLimited(pages=1, shift_hours=8,
                                                           because="again")], ANA)  # fmt: skip
    house.take()
    assert len(house.of(RunStarted, log)) == 1


def _named(key: str, severity: str, what: str, service: str) -> object:
    payload = {"summary": f"{what} {key}", "source": service, "severity": severity, "class": what}
    return {"event_action": "trigger", "dedup_key": key, "payload": payload}


def test_a_resolve_is_told_and_closes_nothing(house: House) -> None:
    house.send()
    house.take()
    house.send(action="resolve")
    house.take()
    (log,) = house.opened
    assert house.of(Closed, log) == []
    assert [(one.firing, one.resolved) for one in house.of(SignalsJoined, log)] == [(1, 0), (0, 1)]


def test_what_a_grown_group_names_and_what_was_left_out_is_told_to_its_incident(
    house: House,
) -> None:
    listed = "Labels:\n - alertname = Slow\n - system = assistant\n"
    more = "Labels:\n - alertname = Unfair\n - system = other\n"
    for firing in (listed, listed + more, listed + more):
        house.send("g", "critical", details={"firing": firing})
        house.take()
    (log,) = house.opened
    first, second = house.of(SignalsJoined, log)
    assert "Unfair" not in first.told
    assert "also Unfair" in second.told
    assert "it newly tells of alert Unfair, of system other" in second.because
    alert = {"status": "firing", "labels": {"alertname": "Late", "system": "assistant"}}
    body = {"version": "4", "alerts": [alert], "truncatedAlerts": 57}
    house.keep("alertmanager", body)
    house.take()
    assert "left 57 more alerts out" in house.of(SignalsJoined, log)[-1].told


def test_repeats_wait_a_little_for_more_of_them(house: House) -> None:
    house.send()
    house.take()
    house.send(count=3)
    assert house.taking.once().deliveries == 0
    house.desk.world.clock.sleep(6)
    assert house.taking.once().deliveries == 3


def test_two_who_take_in_at_once_decide_each_place_once(house: House) -> None:
    other = TakingIn(house.desk, house.inbox)
    for number in range(6):
        house.send(f"k{number}")
        house.taking.once(patient=False)
        house.send(f"k{number}", count=2)
        other.once(patient=False)
        assert other.taken.cursor == house.inbox.last()
    house.take()
    (log,) = house.opened
    batches = house.of(SignalsTaken, SIGNALS_LOG)
    assert sum(one.deliveries for one in batches) == 18
    assert len(house.of(SignalTaken, SIGNALS_LOG)) == 6
    heard = [one.batch for one in house.of(SignalsJoined, log)]
    assert len(heard) == len(set(heard))


@pytest.mark.parametrize("step", range(1, 9))
def test_killed_anywhere_it_leaves_each_decision_once(
    house: House, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th append of a round is the last thing that its process does."""
    house.plan("by-rule", "default")
    house.send("a", count=5)
    house.send("b", "critical", service="other")
    house.take_killed_at(step, monkeypatch)
    logs = house.opened
    assert len(logs) == 2
    for log in logs:
        assert len(house.of(RunStarted, log)) == 1
        assert len(house.of(SignalsJoined, log)) == 1
        assert len(house.of(Opened, log)) == 1
    assert len([one for one in house.of(Ranked, ALARMS_LOG) if one.pages]) == 2
    assert sum(one.deliveries for one in house.of(SignalsTaken, SIGNALS_LOG)) == 6


def test_a_body_that_was_destroyed_before_it_was_decided_is_told(house: House) -> None:
    house.send()
    house.inbox.erase(1, 1)
    house.take()
    (item,) = house.of(TriageOpened, SIGNALS_LOG)
    assert "its body was destroyed" in item.summary


def test_signals_of_an_incident_that_people_closed_open_none(house: House) -> None:
    house.send()
    house.take()
    (log,) = house.opened
    now = house.desk.world.clock.now
    house.desk.decide(log, lambda _: [draft(Closed(because="mended"), now())], ANA)
    house.send()
    house.take()
    assert house.opened == [log]
    last = house.of(SignalTaken, SIGNALS_LOG)[-1]
    assert last.went is Went.TRIAGE
    house.desk.world.clock.sleep(timedelta(hours=1).total_seconds())
    house.send("new")
    house.take()
    assert len(house.opened) == 2


def test_what_people_split_off_for_a_system_gets_what_is_about_that_system(house: House) -> None:
    now, id_of = house.desk.world.clock.now, str.removeprefix
    house.send("a", service="other")
    house.send("b", service="assistant")
    house.take()
    into, gone = (id_of(log, "incident/") for log in house.opened)
    if house.desk.known(house.opened[0]).systems != ("other",):
        into, gone = gone, into
    incidents.merge(house.desk, gone, into, ACTOR, now(), "one cause", ANA)
    house.send("c", service="assistant")
    house.take()
    assert house.of(SignalTaken, SIGNALS_LOG)[-1].into == into, "what was merged goes on there"
    part = incidents.split(house.desk, into, ACTOR, now(), title="two after all",
                           systems=("assistant",), because="another cause", author=ANA)  # fmt: skip
    house.send("d", service="assistant")
    house.send("b", "critical", service="assistant")
    house.send("e", service="other")
    house.take()
    new, worse, others = house.of(SignalTaken, SIGNALS_LOG)[-3:]
    assert [new.into, worse.into, others.into] == [part, part, into]
    assert f"{part} was split off {into} for that" in new.because
    closed = [draft(Closed(because="mended"), now())]
    house.desk.decide(f"incident/{part}", lambda _: closed, ANA)
    house.send("f", service="assistant")
    house.take()
    last = house.of(SignalTaken, SIGNALS_LOG)[-1]
    assert (last.went, last.into) not in [(Went.JOINED, part), (Went.OPENED, part)]


def test_what_nobody_looked_at_falls_due_also_after_a_crash(house: House) -> None:
    house.send(source=UNPROVEN)
    house.send("w", "warning")
    house.take()
    house.taking = TakingIn(house.desk, house.inbox)
    house.take()
    house.desk.decide(
        SIGNALS_LOG,
        lambda _: [draft(TriageDismissed(item="t2", because="noise"), NOON)],
        ANA,
    )
    run_until_idle(house.desk.world, until=NOON + timedelta(hours=25))
    (due,) = house.of(FellDue, SIGNALS_LOG)
    assert (due.what, due.about, due.role) == (Awaited.TRIAGE, "t1", "commander")
    house.send("after")
    house.take()
    assert len(house.opened) == 1, "what the reminder wrote in the same log stops nothing"
