"""A pass finds, tells and forgets nothing; one blind eye blinds no other and withholds the beat."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from desk_register import OTHER, REGISTER, adopted, assistant_eye
from desk_world import BY_ANA, NOON, Hand, facts, opened, world_of

from tocsin.desk import Writer
from tocsin.desk.ranking import kept_of
from tocsin.desk.silences import silence
from tocsin.desk.standing import problems_of
from tocsin.desk.watching import Pass, Watch, watch
from tocsin.facts import ALARMS_LOG, ConnectorError, Unreachable
from tocsin.facts.alarms import Held, Ranked
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.entry import shadow_log
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.incidents import Noted, Opened
from tocsin.facts.runs import RunStarted
from tocsin.facts.summaries import Cell, Refreshed, Served, Unread, WindowSummary

DETECTORS = """
system: SYSTEM
window: 60s
detectors:
  fallback-rate:
    status: live
    rate: fallback
    direction: up
    tolerance: 15%
    basis: relative
    baseline: {first: 5000}
    run_length: 10000
  silent: {no-data: 45m, status: live}
"""
PLAN = """
plan: fallback
version: "1"
title: Stop it
triggers: [fallback-rate]
steps:
  stop: {act: kill-switch, target: assistant.model, wanted: off, effect: stop, next: done}
  done: {end: completed}
"""
BEGIN = NOON - timedelta(minutes=30)


def window(place: int, bad: int, requests: int = 1000, version: str = "1") -> WindowSummary:
    at = BEGIN + timedelta(minutes=place)
    cell = Cell(
        version=version, segment="en", requests=requests, by_fallback=0,
        judged={"fallback": requests}, counted={"fallback": bad},
    )  # fmt: skip
    return WindowSummary(at=at, seconds=60, last=at + timedelta(seconds=59), cells=(cell,))


class Log:
    """An inference log that grows when a test says so, and fails when it is told to."""

    def __init__(self) -> None:
        self.seen: list[WindowSummary] = []
        self.next = Refreshed()
        self.error: Exception | None = None
        self.bad: list[Unread] = []

    def grow(self, *windows: WindowSummary) -> None:
        self.seen += windows
        self.next = Refreshed(rows=1000 * len(windows), earliest=windows[0].at)

    def healthy(self, count: int) -> None:
        first = len(self.seen)
        self.grow(*(window(first + n, 50) for n in range(count)))

    def failing(self, count: int) -> None:
        first = len(self.seen)
        self.grow(*(window(first + n, 400, version="2") for n in range(count)))

    def refresh(self) -> Refreshed:
        if self.error is not None:
            raise self.error
        found, self.next = self.next, Refreshed()
        return found

    def unread(self) -> Sequence[Unread]:
        return self.bad

    def windows(self, since: datetime | None = None) -> Sequence[WindowSummary]:
        return [w for w in self.seen if since is None or w.until > since]

    def evidence(self, since: datetime, until: datetime) -> bytes:
        return b"summaries of " + repr(len(self.seen)).encode()

    def served(self, rate: str, since: datetime) -> Served:
        raise AssertionError("a watcher asks for no rates")


def home_of(tmp_path: Path, *systems: str) -> Path:
    for folder in ("detectors", "playbooks"):
        (tmp_path / folder).mkdir()
    for system in systems:
        (tmp_path / "detectors" / f"{system}.yaml").write_text(DETECTORS.replace("SYSTEM", system))
    (tmp_path / "playbooks" / "fallback.yaml").write_text(PLAN)
    return tmp_path


def desk_of(home: Path, **logs: Log) -> Writer:
    hand = Hand()
    world = world_of({"kill-switch": hand}, {"seen": assistant_eye(hand)})
    world = msgspec.structs.replace(world, home=home, sources=logs)
    both = {**REGISTER.systems, "other": msgspec.structs.replace(OTHER, log="logs/other")}
    return adopted(Writer(world), msgspec.structs.replace(REGISTER, systems=both))


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def desk(tmp_path: Path, log: Log) -> Writer:
    return desk_of(home_of(tmp_path, "assistant"), assistant=log)


def logs(desk: Writer) -> list[str]:
    return desk.world.journal.logs("incident/")


def test_healthy_traffic_opens_nothing(desk: Writer, log: Log) -> None:
    log.healthy(25)
    passed = Watch(desk).one_pass()
    assert passed.is_whole and passed.systems[0].rows == 25_000 and not logs(desk)


def test_a_detector_that_cannot_judge_is_told_once_and_again_when_it_fails_anew(
    desk: Writer, log: Log
) -> None:
    log.healthy(20)
    watcher = Watch(desk)
    assert watcher.one_pass().systems[0].remarks == ()
    broken = "fallback-rate cannot judge the window of "
    for place in (20, 21):
        log.grow(window(place, 2000))  # more that count than were judged
        told = watcher.one_pass().systems[0].remarks
        assert [broken in one for one in told] == ([True] if place == 20 else [])
    log.healthy(1)
    assert watcher.one_pass().systems[0].remarks == ()
    log.grow(window(23, 2000))
    (again,) = watcher.one_pass().systems[0].remarks
    assert broken in again and again.startswith("assistant: ")


def test_a_failure_is_found_and_its_plan_started_with_what_it_rests_on(
    desk: Writer, log: Log
) -> None:
    watcher = Watch(desk)
    log.healthy(20)
    watcher.one_pass()
    log.failing(5)
    (one,) = watcher.one_pass().systems
    (came,) = one.taken_in
    assert came.opened and came.runs == ("run-1",) and logs(desk) == [came.log]
    (fact,) = facts(desk.world, Found, came.log)
    assert fact.version == "2" and len(fact.summaries) == 2
    names = {e.name for e in facts(desk.world, EvidenceAcquired, came.log)}
    assert "detectors/assistant.yaml" in names
    assert not watcher.one_pass().systems[0].taken_in


def test_killed_and_begun_anew_it_tells_nothing_twice(desk: Writer, log: Log) -> None:
    log.healthy(20)
    log.failing(5)
    first = Watch(desk).one_pass().systems[0].taken_in
    for _ in range(3):
        again = Watch(Writer(desk.world)).one_pass()  # rebuilt from the summaries alone
        assert not again.systems[0].taken_in and not again.systems[0].over
    (only,) = logs(desk)
    assert only == first[0].log
    assert len(facts(desk.world, Found, only)) == len(facts(desk.world, RunStarted, only)) == 1


def test_two_watchers_at_once_leave_one_incident(tmp_path: Path) -> None:
    log = Log()
    log.healthy(20)
    log.failing(5)
    desk = desk_of(home_of(tmp_path, "assistant"), assistant=log)
    barrier = threading.Barrier(4)

    def go() -> None:
        watcher = Watch(Writer(desk.world))
        barrier.wait()
        watcher.one_pass()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (only,) = logs(desk)
    for kind in (Opened, Found, RunStarted):
        assert len(facts(desk.world, kind, only)) == 1


def test_what_could_not_be_recorded_is_found_again_by_the_next_pass(desk: Writer, log: Log) -> None:
    watcher = Watch(desk)
    log.healthy(20)
    watcher.one_pass()
    log.failing(5)
    append = desk.world.journal.append

    def away(*args: object, **named: object) -> object:
        raise Unreachable("the disk is full")

    desk.world.journal.append = away  # type: ignore[method-assign, assignment]
    (one,) = watcher.one_pass().systems
    assert one.failed == "the disk is full"
    desk.world.journal.append = append  # type: ignore[method-assign]
    assert len(watcher.one_pass().systems[0].taken_in) == 1


def test_it_subsides_in_the_log_that_told_of_it(desk: Writer, log: Log) -> None:
    watcher = Watch(desk)
    log.healthy(10)
    watcher.one_pass()
    log.failing(3)
    (came,) = watcher.one_pass().systems[0].taken_in
    log.healthy(15)
    (one,) = watcher.one_pass().systems
    assert one.over == (came.log,) and len(facts(desk.world, Subsided, came.log)) == 1
    assert not Watch(Writer(desk.world)).one_pass().systems[0].taken_in


def test_old_history_opens_no_incident_and_starts_no_plan(desk: Writer, log: Log) -> None:
    log.healthy(10)
    log.failing(3)
    log.healthy(15)
    desk.world.clock.sleep(2 * 86400)
    watcher = Watch(desk)
    taken = watcher.one_pass().systems[0].taken_in
    assert [facts(desk.world, Found, one.log)[0].sign for one in taken] == [Sign.NO_DATA]
    assert not any(one.runs for one in taken)


def test_silence_is_an_alarm_also_when_the_log_s_folder_is_gone(desk: Writer, log: Log) -> None:
    watcher = Watch(desk)
    log.healthy(25)
    watcher.one_pass()
    log.error = Unreachable("logs/assistant cannot be listed")
    desk.world.clock.sleep(3600)
    passed = watcher.one_pass()
    (one,) = passed.systems
    assert one.failed == "logs/assistant cannot be listed" and not passed.is_whole
    (came,) = one.taken_in
    (fact,) = facts(desk.world, Found, came.log)
    assert fact.sign is Sign.NO_DATA


def test_a_part_of_the_log_that_cannot_be_read_is_told_once_and_in_the_open_room(
    desk: Writer, log: Log
) -> None:
    opened(desk.world)
    log.healthy(5)
    bad = Unread(file="part-7.parquet", reason="cut off", remedy="write it again")
    log.next = msgspec.structs.replace(log.next, rejected=(bad,))
    watcher = Watch(desk)
    assert "part-7.parquet" in watcher.one_pass().systems[0].remarks[0]
    assert not watcher.one_pass().systems[0].remarks
    (note,) = facts(desk.world, Noted)
    assert "cut off; write it again" in note.text


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), Unreachable("away")])
def test_one_system_s_failure_blinds_no_other_and_gives_no_sign_of_life(
    tmp_path: Path, error: Exception
) -> None:
    bad, good = Log(), Log()
    bad.error = error
    good.healthy(20)
    desk = desk_of(home_of(tmp_path, "assistant", "other"), assistant=bad, other=good)
    beats: list[int] = []
    watcher = Watch(desk, beat=lambda: beats.append(1))
    passed = watcher.one_pass()
    assert [one.system for one in passed.systems if one.failed] == ["assistant"]
    assert passed.systems[1].rows == 20_000 and not beats and not passed.beaten
    bad.error = None
    bad.healthy(20)
    assert watcher.one_pass().beaten and beats == [1]


def test_a_sign_of_life_that_is_not_taken_is_told_and_stops_nothing(desk: Writer) -> None:
    def unheard() -> None:
        raise ConnectorError("dead-man: 500", may_have_acted=True)

    passed = Watch(desk, beat=unheard).one_pass()
    assert not passed.beaten and "dead-man: 500" in passed.remarks[-1]


def test_what_nobody_watches_is_said_once(tmp_path: Path) -> None:
    home = home_of(tmp_path, "assistant")
    (home / "detectors" / "broken.yaml").write_text("system: [\n")
    desk = desk_of(home, assistant=Log())
    beats: list[int] = []
    watcher = Watch(desk, beat=lambda: beats.append(1))
    said = "\n".join(watcher.one_pass().remarks)
    assert "HOME/detectors/other.yaml" in said and "detectors/broken.yaml" in said
    assert not watcher.one_pass().remarks
    assert not beats, "with a file that cannot be read nobody knows what is not watched"


def test_a_system_without_a_log_says_what_to_write(tmp_path: Path) -> None:
    desk = desk_of(home_of(tmp_path, "assistant"))
    (one,) = Watch(desk).one_pass().systems
    assert one.failed is not None and "log = ..." in one.failed


def test_another_declaration_begins_anew(desk: Writer, log: Log) -> None:
    watcher = Watch(desk)
    log.healthy(20)
    watcher.one_pass()
    path = desk.world.home / "detectors" / "assistant.yaml"
    path.write_text(path.read_text().replace("tolerance: 15%", "tolerance: 20%"))
    log.failing(5)
    assert len(watcher.one_pass().systems[0].taken_in) == 1


def test_the_loop_passes_until_it_is_stopped(desk: Writer, log: Log) -> None:
    stop, passes = threading.Event(), list[Pass]()

    def tell(passed: Pass) -> None:
        passes.append(passed)
        if len(passes) == 3:
            stop.set()

    watch(desk, stop, every_seconds=0.01, tell=tell)
    assert len(passes) == 3


def silent_since_it_was_watched(desk: Writer, log: Log) -> str:
    """A watcher tells of silence, and is killed; the incident's log."""
    watcher = Watch(desk)
    log.healthy(25)
    watcher.one_pass()
    desk.world.clock.sleep(3600)
    (came,) = watcher.one_pass().systems[0].taken_in
    return came.log


def test_silence_that_another_watcher_told_ends_when_requests_come(desk: Writer, log: Log) -> None:
    incident = silent_since_it_was_watched(desk, log)
    again = Watch(Writer(desk.world))
    assert not again.one_pass().systems[0].over and len(again.standing()) == 1
    log.grow(window(89, 50))
    anew = Watch(Writer(desk.world))
    assert anew.one_pass().systems[0].over == (incident,) and not anew.standing()
    assert not anew.one_pass().systems[0].over
    assert len(facts(desk.world, Subsided, incident)) == 1


def test_a_log_without_requests_ends_no_finding_and_it_stands_by_the_record(
    desk: Writer, log: Log
) -> None:
    incident = silent_since_it_was_watched(desk, log)
    log.seen.clear()
    anew = Watch(Writer(desk.world))
    assert not anew.one_pass().systems[0].over
    assert [one.log for one in anew.standing()] == [incident]


def test_a_rate_that_others_told_of_stands_or_is_over_as_the_windows_say(
    desk: Writer, log: Log
) -> None:
    log.healthy(10)
    log.failing(3)
    (came,) = Watch(desk).one_pass().systems[0].taken_in
    anew = Watch(Writer(desk.world))
    assert not anew.one_pass().systems[0].over
    assert [one.log for one in anew.standing()] == [came.log]
    log.healthy(15)
    anew = Watch(Writer(desk.world))
    assert anew.one_pass().systems[0].over == (came.log,) and not anew.standing()


def test_what_cannot_be_read_is_named_as_often_as_it_is_asked(desk: Writer, log: Log) -> None:
    log.bad = [Unread(file="part-7.parquet", reason="cut off", remedy="write it again")]
    (desk.world.home / "playbooks" / "fallback.yaml").write_text("plan: [")
    for _ in range(2):
        said = "\n".join(problems_of(desk))
        assert "part-7.parquet" in said and "playbooks/fallback.yaml" in said


def shadowed(desk: Writer) -> None:
    path = desk.world.home / "detectors" / "assistant.yaml"
    path.write_text(path.read_text().replace("    status: live\n", ""))


def test_in_shadow_a_pass_opens_nothing_and_ends_what_it_kept(desk: Writer, log: Log) -> None:
    shadowed(desk)
    log.healthy(20)
    log.failing(5)
    (one,) = Watch(desk).one_pass().systems
    assert not one.taken_in and [ranked.held for ranked in one.ranked] == [Held.SHADOW]
    assert not logs(desk)
    log.healthy(15)
    anew = Watch(Writer(desk.world))
    anew.one_pass()
    assert len(facts(desk.world, Found, shadow_log("assistant"))) == 1
    assert len(facts(desk.world, Subsided, shadow_log("assistant"))) == 1


def test_what_stands_when_its_silence_ends_is_raised_by_the_next_pass(
    desk: Writer, log: Log
) -> None:
    silence(desk, "fallback-rate", None, NOON + timedelta(minutes=10), "a test", BY_ANA)
    watcher = Watch(desk)
    log.healthy(20)
    log.failing(5)
    (one,) = watcher.one_pass().systems
    assert [ranked.held for ranked in one.ranked] == [Held.SILENCED] and not logs(desk)
    assert [stands.ranked.silence for stands in watcher.standing() if stands.ranked]
    assert not watcher.one_pass().systems[0].ranked
    desk.world.clock.sleep(601)
    passed = watcher.one_pass()
    (came,) = passed.systems[0].taken_in
    assert came.runs == ("run-1",) and "silence-1 is over" in passed.remarks[0]
    assert not watcher.one_pass().systems[0].ranked


def test_what_a_shift_kept_to_itself_is_told_once_in_the_next(desk: Writer, log: Log) -> None:
    path = desk.world.home / "detectors" / "assistant.yaml"
    path.write_text(path.read_text().replace("status: live", "status: live\n    harm: low", 1))
    watcher = Watch(desk)
    log.healthy(20)
    log.failing(5)
    watcher.one_pass()
    desk.world.clock.sleep(4 * 3600)
    (told,) = [one for one in watcher.one_pass().remarks if one.startswith("digest:")]
    assert "from 23 Nov 08:00 to 16:00 UTC 1 finding called nobody; see: tocsin digest" in told
    assert not [one for one in watcher.one_pass().remarks if one.startswith("digest:")]


def test_a_plan_that_no_detector_ever_begins_is_named_once(desk: Writer, log: Log) -> None:
    shadowed(desk)
    watcher = Watch(desk)
    (told,) = [one for one in watcher.one_pass().remarks if "never begins" in one]
    assert told.startswith("playbooks/fallback.yaml") and "fallback-rate is in shadow" in told
    assert not [one for one in watcher.one_pass().remarks if "never begins" in one]


def test_what_waits_and_is_watched_no_more_is_let_go(desk: Writer, log: Log) -> None:
    silence(desk, "fallback-rate", None, NOON + timedelta(days=2), "a test", BY_ANA)
    log.healthy(20)
    log.failing(5)
    Watch(desk).one_pass()
    (kept,) = kept_of(desk, "assistant")
    path = desk.world.home / "detectors" / "assistant.yaml"
    whole = path.read_text()
    path.write_text("system: [")
    Watch(desk).one_pass()
    assert kept_of(desk, "assistant") == [kept], "what cannot be read may still declare it"
    path.write_text(whole.replace("fallback-rate:", "other-rate:"))
    Watch(desk).one_pass()
    names = [one.ranked.detector for one in kept_of(desk, "assistant")]
    assert "fallback-rate" not in names


@pytest.mark.parametrize("status", ["live", "shadow"])
def test_whoever_begins_anew_decides_nothing_again_about_what_is_over(
    desk: Writer, log: Log, status: str
) -> None:
    if status == "shadow":
        shadowed(desk)
    where = shadow_log("assistant") if status == "shadow" else ALARMS_LOG
    log.healthy(10)
    log.failing(3)
    Watch(desk).one_pass()
    log.healthy(15)
    Watch(Writer(desk.world)).one_pass()
    before = len(desk.world.journal.read(where))
    for _ in range(2):
        (one,) = Watch(Writer(desk.world)).one_pass().systems
        assert not one.ranked and not one.taken_in
    assert len(desk.world.journal.read(where)) == before
    assert len(facts(desk.world, Ranked, where)) == len(facts(desk.world, Subsided, where)) == 1
