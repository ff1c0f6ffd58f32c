"""A pass finds, tells and forgets nothing; one blind eye blinds no other and withholds the beat."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest
from watched_log import Log, desk_of, home_of, window

from desk_world import facts, opened
from tocsin.desk import Writer
from tocsin.desk.alarms.standing import problems_of
from tocsin.desk.alarms.watching import Pass, Watch, watch
from tocsin.facts import ConnectorError, Unreachable
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.incidents import Noted, Opened
from tocsin.facts.runs import RunStarted
from tocsin.facts.summaries import Unread


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
