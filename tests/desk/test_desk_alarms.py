"""Passes of the watch over what is in shadow, silenced, over the limit or watched no more."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import pytest
from watched_log import Log, desk_of, home_of

from desk_world import BY_ANA, NOON, facts
from tocsin.desk import Writer
from tocsin.desk.alarms.ranking import kept_of
from tocsin.desk.alarms.silences import silence
from tocsin.desk.alarms.watching import Watch
from tocsin.facts import ALARMS_LOG
from tocsin.facts.alarms import Held, Ranked
from tocsin.facts.entry import shadow_log
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.incidents import Noted, Opened
from tocsin.facts.runs import RunStarted


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def desk(tmp_path: Path, log: Log) -> Writer:
    return desk_of(home_of(tmp_path, "assistant"), assistant=log)


def logs(desk: Writer) -> list[str]:
    return desk.world.journal.logs("incident/")


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
    remarks = watcher.one_pass().remarks
    (tried,) = [one for one in remarks if "calling nobody: fallback-rate" in one]
    assert "`status: live` in detectors/assistant.yaml" in tried
    (told,) = [one for one in remarks if "never begins" in one]
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


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 12))
def test_a_flood_killed_at_any_append_leaves_what_an_unharmed_pass_would(
    tmp_path: Path, when: str, number: int
) -> None:
    names = [f"s{n}" for n in range(5)]
    ill = {name: Log() for name in names}
    for one in ill.values():
        one.healthy(20)
        one.failing(5)
    desk = desk_of(home_of(tmp_path, *names), **ill)
    append, calls = desk.world.journal.append, [0]

    def killing(*args: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] == number and when == "before":
            raise Killed
        done = append(*args, **named)  # type: ignore[arg-type]
        if calls[0] == number:
            raise Killed
        return done

    desk.world.journal.append = killing  # type: ignore[method-assign, assignment]
    with contextlib.suppress(Killed):
        Watch(desk).one_pass()
    desk.world.journal.append = append  # type: ignore[method-assign]
    for _ in range(2):
        Watch(Writer(desk.world)).one_pass()
    held = [one.held for one in facts(desk.world, Ranked, ALARMS_LOG)]
    assert sorted(held, key=str) == [Held.BUDGET] * 3 + [None] * 2
    assert len(logs(desk)) == 2 and len(facts(desk.world, Found, ALARMS_LOG)) == 3
    for kind in (Opened, Found, Ranked, RunStarted):
        assert [len(facts(desk.world, kind, one)) for one in logs(desk)] == [1, 1]
    notes = [one.text for log in logs(desk) for one in facts(desk.world, Noted, log)]
    assert len([text for text in notes if "3 more findings wait" in text]) == 1
