"""An incident that comes to be about more systems: its plans, pages, holds, law and limits know."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from taking_in_house import House

from desk_world import ANA, BY_ANA, facts
from tocsin.desk import Writer
from tocsin.desk.alarms.ranking import alarms_of
from tocsin.desk.evidence.holds import holds_of
from tocsin.desk.inbound.triage import take_item
from tocsin.desk.incidents import merge, open_about
from tocsin.desk.loaded.own_acts import why_not_alone
from tocsin.desk.plans.runs import cancel
from tocsin.desk.record import draft
from tocsin.facts.alarms import PagingLimited, Silenced
from tocsin.facts.deliveries import UNPROVEN
from tocsin.facts.entry import ALARMS_LOG, SIGNALS_LOG
from tocsin.facts.incidents import Closed, Noted, Opened, Widened
from tocsin.facts.runs import RunStarted
from tocsin.facts.signals import SignalTaken, TriageOpened
from tocsin.incident import decide
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor

FIRST = "Labels:\n - alertname = Slow\n - system = assistant\n"
MORE = "Labels:\n - alertname = Unfair\n - system = other\n"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def grows(house: House, severity: str = "error", *, source: str = "prom") -> str:
    """A group of alarms about the assistant that comes to name another system; its log."""
    for firing in (FIRST, FIRST + MORE):
        house.send("g", severity, source, details={"firing": firing})
        house.take()
    (log,) = house.opened
    return log


def runs(house: House, log: str) -> list[str]:
    return [one.plan for one in facts(house.desk.world, RunStarted, log)]


def widen(house: House, log: str, *systems: str) -> None:
    now = house.desk.world.clock.now()
    house.desk.decide(
        log,
        lambda entries: decide.widen(
            replay(entries), Actor(who="ana"), now, systems=systems,
            registered=frozenset({"assistant", "other"}), because="it fails too",
        ),
        ANA,
    )  # fmt: skip


def test_a_group_that_grows_widens_its_incident_and_begins_the_plans_of_what_came(
    house: House,
) -> None:
    house.plan("for-all", "default")
    house.plan("for-other", "Unfair")
    house.only_for("for-other", "other")
    house.plan("for-assistant", "Unfair")
    house.only_for("for-assistant", "assistant")
    log = grows(house)
    (wider,) = facts(house.desk.world, Widened, log)
    assert (wider.systems, wider.unregistered) == (("other",), ())
    assert house.desk.known(log).systems == ("assistant", "other")
    assert runs(house, log) == ["for-all", "for-other"], "nothing begins for what was there"
    assert len(alarms_of(house.desk).pages) == 1, "people were called for it before"
    assert [one.log for one in open_about(house.desk, "other")] == [log]


def test_each_plan_begins_once_in_an_incident_whoever_ended_it(house: House) -> None:
    house.plan("for-all", "default")
    house.plan("for-other", "Unfair")
    house.send("g", details={"firing": FIRST + MORE})
    house.take()
    (log,) = house.opened
    for run in ("run-1", "run-2"):
        cancel(house.desk, log, run, "no", BY_ANA)
    house.send("h", "critical", details={"firing": FIRST + MORE})
    house.take()
    widen(house, log, "third")
    house.send("i", "critical", details={"firing": MORE})
    house.take()
    assert sorted(runs(house, log)) == ["for-all", "for-other"]


def test_what_a_person_names_is_known_to_all_and_begins_no_plan(house: House) -> None:
    house.plan("for-other", "Unfair")
    house.send("g", details={"firing": FIRST})
    house.take()
    (log,) = house.opened
    assert {one.systems for one in holds_of(house.desk, log)} == {("assistant",)}
    widen(house, log, "other")
    assert runs(house, log) == []
    assert {one.systems for one in holds_of(house.desk, log)} == {("assistant", "other")}
    house.send("g", details={"firing": FIRST + MORE})
    house.take()
    assert len(facts(house.desk.world, Widened, log)) == 1, "it is no news any more"


@pytest.mark.parametrize("action", ["resolve", "acknowledge"])
def test_what_does_not_fire_or_nothing_proves_widens_nothing(house: House, action: str) -> None:
    house.send("g", details={"firing": FIRST})
    house.take()
    house.send("g", action=action, details={"firing": FIRST + MORE})
    house.send("g", source=UNPROVEN, details={"firing": FIRST + MORE})
    house.take()
    (log,) = house.opened
    assert facts(house.desk.world, Widened, log) == []
    (item,) = facts(house.desk.world, TriageOpened, SIGNALS_LOG)
    take_item(house.desk, item.item, log.removeprefix("incident/"), "seen", BY_ANA)
    assert house.desk.known(log).systems == ("assistant", "other"), "by a person who looked at it"
    assert runs(house, log) == []


def test_an_incident_that_ended_meanwhile_begins_nothing(house: House) -> None:
    """It ends after the batch was decided, and before the incident is told."""
    house.plan("for-other", "Unfair")
    house.send("g", details={"firing": FIRST})
    house.take()
    (log,) = house.opened
    house.send("g", "critical", details={"firing": FIRST + MORE})
    journal, append = house.desk.world.journal, house.desk.world.journal.append

    def closing(name: str, *args: object, **words: object) -> object:
        done = append(name, *args, **words)  # type: ignore[arg-type]
        if name == SIGNALS_LOG:
            now = house.desk.world.clock.now()
            closed = draft(Closed(because="mended"), now)
            append(log, journal.head(log), [closed], ANA)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "append", closing)
        house.taking.once(patient=False)
    house.take()
    assert facts(house.desk.world, Widened, log) == []
    assert runs(house, log) == []


def test_without_a_page_left_what_came_waits_and_a_silence_holds_it(house: House) -> None:
    house.plan("for-other", "Unfair")
    house.only_for("for-other", "other")
    limited = PagingLimited(pages=0, shift_hours=8, because="none now")
    house.desk.record(ALARMS_LOG, lambda _: [limited], ANA)
    log = grows(house)
    assert runs(house, log) == []
    assert sum("NOBODY IS CALLED" in one.text for one in facts(house.desk.world, Noted, log)) == 2
    more = PagingLimited(pages=1, shift_hours=8, because="again")
    house.desk.record(ALARMS_LOG, lambda _: [more], ANA)
    house.take()
    assert runs(house, log) == ["for-other"], "also a plan that names the alert, not the rule"
    assert len(alarms_of(house.desk).pages) == 1


def test_a_silence_over_what_came_holds_its_plans(house: House) -> None:
    house.plan("for-all", "default")
    house.plan("for-other", "Unfair")
    quiet = Silenced(
        silence="s1", detector=None, system="other", because="moved", owner="ana",
        until=house.desk.world.clock.now().replace(hour=23),
    )  # fmt: skip
    house.desk.record(ALARMS_LOG, lambda _: [quiet], ANA)
    log = grows(house)
    assert runs(house, log) == ["for-all"]
    assert house.desk.known(log).systems == ("assistant", "other")


def test_where_no_plan_is_for_what_came_people_are_told_so(house: House) -> None:
    house.plan("for-all", "default")
    house.only_for("for-all", "assistant")
    log = grows(house)
    said = [one.text for one in facts(house.desk.world, Noted, log)]
    assert any("No plan in HOME/playbooks is started by default for other" in one for one in said)


def test_what_was_agreed_for_the_first_system_holds_for_the_run_that_began_for_it(
    house: House,
) -> None:
    house.plan("for-all", "default")
    house.plan("for-other", "Unfair")
    log = grows(house)
    known = house.desk.known(log)
    first, second = known.runs.by_id["run-1"], known.runs.by_id["run-2"]
    assert known.systems_of(first) == ("assistant",)
    assert known.systems_of(second) == ("assistant", "other")
    now = house.desk.world.clock.now()
    whys = [
        why_not_alone(house.desk.knowledge, known, now, run=one) or "" for one in (first, second)
    ]
    assert ["other" in one for one in whys] == [False, True]


def _batches(signals: tuple[str, ...]) -> Iterator[list[tuple[str, ...]]]:
    yield [signals]
    yield [(one,) for one in signals]
    yield [signals[:1], signals[1:]]


BOTH, OTHERS, FIRSTS = FIRST + MORE, MORE, FIRST


def test_where_a_batch_is_cut_and_what_comes_first_makes_no_difference(tmp_path: Path) -> None:
    """Whatever comes is about one of two systems that one alarm names together."""
    for number, (order, cut) in enumerate(
        (order, cut) for order in permutations((BOTH, OTHERS, FIRSTS)) for cut in range(3)
    ):
        if order[0] != BOTH:
            continue  # two incidents that are one afterwards are for people to merge
        home = tmp_path / str(number)
        home.mkdir()
        house = House(home)
        for batch in list(_batches(order))[cut]:
            for firing in batch:
                house.send(firing, details={"firing": firing})
            house.take()
        (log,) = house.opened
        assert set(house.desk.known(log).systems) == {"assistant", "other"}, (order, cut)


def test_what_goes_on_elsewhere_widens_the_incident_that_goes_on(house: House) -> None:
    house.plan("for-other", "Unfair")
    house.send("g", details={"firing": FIRST})
    house.take()
    (gone,) = house.opened
    now = house.desk.world.clock.now()
    into = "9ZABCDEFGH"
    opened = Opened(title="t", systems=(), unregistered=(), discovered_at=now, occurred_at=None)
    house.desk.decide(f"incident/{into}", lambda _: [draft(opened, now)], ANA)
    merge(house.desk, gone[9:], into, Actor(who="ana"), now, "same", ANA)
    assert house.desk.known(f"incident/{into}").systems == ("assistant",)
    house.send("g", details={"firing": FIRST + MORE})
    house.take()
    assert house.desk.known(f"incident/{into}").systems == ("assistant", "other")
    assert runs(house, f"incident/{into}") == ["for-other"]
    assert facts(house.desk.world, Widened, gone) == []


@pytest.mark.parametrize("step", range(1, 6))
def test_killed_anywhere_it_widens_once_and_begins_each_plan_once(
    house: House, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.plan("for-all", "default")
    house.plan("for-other", "Unfair")
    house.send("g", details={"firing": FIRST})
    house.take()
    house.send("g", details={"firing": FIRST + MORE})
    house.take_killed_at(step, monkeypatch)
    (log,) = house.opened
    assert len(facts(house.desk.world, Widened, log)) == 1
    assert runs(house, log) == ["for-all", "for-other"]
    assert len(alarms_of(house.desk).pages) == 1
    before = msgspec.json.encode(replay(house.desk.known(log).entries))
    read = Writer(house.desk.world).known(log)
    assert msgspec.json.encode(replay(read.entries)) == before
    assert read.systems == ("assistant", "other")
    assert len(facts(house.desk.world, SignalTaken, SIGNALS_LOG)) == 2
