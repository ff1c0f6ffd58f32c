"""A stage stays only by what was seen of its candidate; whatever else happens, it ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest
from recovery_world import LOG, Set, a_set, an_hour, begun, measured, registered, served

from desk_world import facts
from tocsin.desk import run_until_idle
from tocsin.desk.recovery.stage_watch import Seen, follow_stages
from tocsin.detection import declaration_of
from tocsin.facts import Asserter, Author, Proof
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.findings import Found, Sign
from tocsin.facts.recovery import Passing, WatchBegan, WatchEnded
from tocsin.facts.registers import Armed
from tocsin.facts.summaries import WindowSummary

WATCHER = Author(who="watch-1", kind=Asserter.WORKER, proof=Proof.PROCESS)
MODEL = "assistant.model"
DETECTORS = """system: assistant
window: 1h
detectors:
  fallback-rate: {rate: fallback, direction: up, tolerance: 15%, basis: relative,
                  baseline: {first: 1000}, minimum: 100, status: live}
"""


class Log:
    """A source whose windows are those that were put there."""

    def __init__(self) -> None:
        self.all: list[WindowSummary] = []

    def windows(self, since: datetime | None = None) -> Sequence[WindowSummary]:
        return self.all

    def serves(self, at: datetime, version: str = "3", requests: int = 500) -> None:
        self.all.append(an_hour(at, version, requests))


class Watched(msgspec.Struct, kw_only=True):
    """A stage that is seen to be served, its log, and what the detectors say."""

    one: Set
    log: Log
    found: list[Found] = []
    declared: str = DETECTORS

    def follow(self) -> list[WatchEnded]:
        seen = Seen(declared=declaration_of(self.declared.encode()), found=self.found,
                    standing=self.found, source=self.log)  # type: ignore[arg-type]  # fmt: skip
        follow_stages(self.one.desk, "assistant", seen, WATCHER)
        return facts(self.one.world, WatchEnded)

    def pass_by(self, hours: float) -> None:
        self.one.world.clock.sleep(hours * 3600)


@pytest.fixture
def stage() -> Watched:
    one = a_set()
    registered(one)
    measured(one)
    served(one)
    return Watched(one=one, log=Log())


def a_finding(at: datetime, **changes: object) -> Found:
    one = Found(
        finding="f-9", detector="fallback-rate", system="assistant", sign=Sign.RATE,
        metric="fallback", version="3", segment=None, baseline="0.04", observed="0.2", low="0.1",
        high="0.3", confidence="0.95", tolerated="0.046", since=at, seen_until=at, requests=400,
        bad=80, promise="", summaries=(), declared="0" * 64, caused_by=None,
    )  # fmt: skip
    return msgspec.structs.replace(one, **changes)


def test_a_watch_begins_once_the_share_was_seen_and_passes_by_what_was_served(
    stage: Watched,
) -> None:
    assert stage.follow() == []
    [began] = facts(stage.one.world, WatchBegan)
    assert began.until - stage.one.world.clock.now() == timedelta(hours=2)
    stage.follow()
    assert len(facts(stage.one.world, WatchBegan)) == 1
    stage.log.serves(stage.one.world.clock.now() + timedelta(minutes=30))
    assert stage.follow() == []
    stage.pass_by(2.2)
    [ended] = stage.follow()
    assert (ended.result, ended.requests) == (Passing.PASSED, 500)
    stage.follow()
    assert len(facts(stage.one.world, WatchEnded)) == 1
    assert begun(stage.one).stage == 2


@pytest.mark.parametrize("requests", [0, 99])
def test_too_little_seen_is_not_a_pass(stage: Watched, requests: int) -> None:
    stage.follow()
    if requests:
        stage.log.serves(stage.one.world.clock.now() + timedelta(minutes=1), requests=requests)
    stage.pass_by(2.1)
    assert stage.follow() == []  # the log may tell of it a little later
    stage.pass_by(0.2)
    [ended] = stage.follow()
    assert ended.result is Passing.UNDETERMINED and "needs 100" in ended.because
    assert begun(stage.one).stage == 1


def test_what_the_baseline_served_is_not_of_the_candidate(stage: Watched) -> None:
    stage.follow()
    stage.log.serves(stage.one.world.clock.now() + timedelta(minutes=1), "1")
    stage.pass_by(2.5)
    [ended] = stage.follow()
    assert ended.result is Passing.UNDETERMINED and ended.requests == 0


def test_a_detector_in_shadow_watches_nothing(stage: Watched) -> None:
    stage.declared = DETECTORS.replace(", status: live", "")
    stage.follow()
    stage.log.serves(stage.one.world.clock.now() + timedelta(minutes=1))
    stage.pass_by(2.5)
    [ended] = stage.follow()
    assert ended.result is Passing.UNDETERMINED and "in shadow" in ended.because


def test_what_was_found_before_and_has_not_subsided_is_a_doubt(stage: Watched) -> None:
    before = stage.one.world.clock.now() - timedelta(hours=1)
    stage.found = [a_finding(before, version=None)]
    stage.follow()
    stage.log.serves(stage.one.world.clock.now() + timedelta(minutes=1))
    stage.pass_by(2.5)
    [ended] = stage.follow()
    assert ended.result is Passing.UNDETERMINED and "has not subsided" in ended.because


def test_what_was_found_of_another_version_is_none(stage: Watched) -> None:
    before = stage.one.world.clock.now() - timedelta(hours=1)
    stage.found = [a_finding(before, version="2")]
    stage.follow()
    stage.log.serves(stage.one.world.clock.now() + timedelta(minutes=1))
    stage.pass_by(2.5)
    assert stage.follow()[0].result is Passing.PASSED


def test_an_unmeasured_version_that_serves_ends_it(stage: Watched) -> None:
    stage.follow()
    stage.log.serves(stage.one.world.clock.now() + timedelta(minutes=1), "4", requests=1)
    stage.pass_by(0.2)
    [ended] = stage.follow()
    assert ended.result is Passing.FAILED and "version 4, which was not measured" in ended.because


def test_a_finding_ends_it_at_once_and_the_commander_is_called(stage: Watched) -> None:
    stage.follow()
    stage.pass_by(0.5)
    stage.found = [a_finding(stage.one.world.clock.now())]
    [ended] = stage.follow()
    assert (ended.result, ended.finding, ended.stopped_by) == (Passing.FAILED, "f-9", None)
    run_until_idle(stage.one.world, until=stage.one.world.clock.now())
    fell = [fact for fact in facts(stage.one.world, FellDue) if fact.what is Awaited.CANARY_OFF]
    assert len(fell) == 1 and fell[0].about == "assistant"
    assert stage.one.switch.state[MODEL] == "1 %"  # Tocsin may not, and says so


def test_where_tocsin_is_armed_it_turns_it_off_itself_once(stage: Watched) -> None:
    armed = Armed(system="assistant", acts_per_hour=5, rehearsed=())
    stage.one.desk.record("home", lambda _: [armed], Author(
        who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana"))  # fmt: skip
    stage.follow()
    stage.pass_by(0.5)
    stage.found = [a_finding(stage.one.world.clock.now())]
    [ended] = stage.follow()
    assert ended.stopped_by is not None
    stage.follow()
    run_until_idle(stage.one.world)
    assert stage.one.switch.state[MODEL] == "off"
    assert not [f for f in facts(stage.one.world, FellDue) if f.what is Awaited.CANARY_OFF]
    assert begun(stage.one).stage == 1


def test_a_watcher_that_dies_between_the_stop_and_its_word_is_repeated(
    stage: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    armed = Armed(system="assistant", acts_per_hour=5, rehearsed=())
    stage.one.desk.record("home", lambda _: [armed], Author(
        who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana"))  # fmt: skip
    stage.follow()
    stage.pass_by(0.5)
    stage.found = [a_finding(stage.one.world.clock.now())]
    real = stage.one.desk.decide_known

    def dies(log: str, judge: object, author: Author, **more: object) -> object:
        if not more.get("client_key"):
            raise KeyboardInterrupt
        return real(log, judge, author, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.one.desk, "decide_known", dies)
    with pytest.raises(KeyboardInterrupt):
        stage.follow()
    monkeypatch.undo()
    [ended] = stage.follow()
    run_until_idle(stage.one.world)
    stops = [run for run in stage.one.desk.runs(LOG) if run.plan == "stop-assistant"]
    assert len(stops) == 2 and stops[-1].id == ended.stopped_by  # the first opened the incident


def test_a_watch_that_nobody_judges_falls_due(stage: Watched) -> None:
    stage.follow()
    stage.pass_by(2.5)
    run_until_idle(stage.one.world, until=stage.one.world.clock.now())
    [fell] = [f for f in facts(stage.one.world, FellDue) if f.what is Awaited.WATCH_PERIOD]
    assert fell.about == "assistant"
