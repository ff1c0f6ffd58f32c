"""A page is spent once, nothing found is lost, and whoever was killed where leaves one of each."""

from __future__ import annotations

import contextlib
import threading
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from desk_register import REGISTER, adopted, assistant_eye
from desk_world import BY_ANA, NOON, Hand, facts, opened, world_of
from tocsin.desk import Writer
from tocsin.desk.alarms.digest import digest_of
from tocsin.desk.alarms.findings import take_in_subsided
from tocsin.desk.alarms.ranking import Raised, alarms_of, may_do_more, raise_alarm, subside
from tocsin.desk.alarms.silences import end_silence, silence
from tocsin.desk.alarms.waiting import tell_of_waiting
from tocsin.detection.declared.declaration import (
    Basis,
    Decision,
    Detector,
    Direction,
    First,
    Harm,
    Rate,
    Status,
)
from tocsin.facts import ALARMS_LOG, Asserter, Author, Proof
from tocsin.facts.alarms import Held, Level, Ranked
from tocsin.facts.entry import shadow_log
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.incidents import Dismissed, Noted, Opened
from tocsin.facts.runs import RunStarted
from tocsin.incident.alarms import Deed, deed_of
from tocsin.register.model import System

WATCH = Author(who="watch-1", kind=Asserter.WORKER, proof=Proof.PROCESS)
BLUR = timedelta(seconds=60)
PLAN = """
plan: fallback
version: "1"
title: Stop it
triggers: [fallback-rate]
steps:
  stop: {act: kill-switch, target: assistant.model, wanted: off, undo: on, effect: stop, next: done}
  done: {end: completed}
"""
DETECTORS = """
system: assistant
window: 60s
detectors:
  fallback-rate:
    rate: fallback
    direction: up
    tolerance: 15%
    basis: relative
    baseline: {first: 5000}
    run_length: 10000
    status: live
"""
RATE = Rate(
    id="fallback-rate", rate="fallback", window_seconds=60, direction=Direction.UP, tolerance=0.15,
    basis=Basis.RELATIVE, baseline=First(5000), minimum=100, run_length=10_000, slices=(),
    status=Status.LIVE,
)  # fmt: skip
CRITICAL = msgspec.structs.replace(RATE, harm=Harm.CRITICAL)
TICKET = msgspec.structs.replace(RATE, decision=Decision.CUSUM)
DIGEST = msgspec.structs.replace(RATE, decision=Decision.THRESHOLD)
RECORD = msgspec.structs.replace(DIGEST, harm=Harm.LOW)
SHADOW = msgspec.structs.replace(RATE, status=Status.SHADOW)


def found(number: int = 0, **other: object) -> Found:
    """A finding about a system of its own, so that none joins another."""
    made = Found(
        finding=f"f{number}", detector="fallback-rate",
        system="assistant" if number == 0 else f"system-{number}", sign=Sign.RATE,
        metric="fallback", version="2", segment=None, baseline="0.04", observed="0.31", low="0.28",
        high="0.34", confidence="0.95", tolerated="0.05", since=NOON - timedelta(minutes=3),
        seen_until=NOON, requests=900, bad=279, promise="p", summaries=(), declared="d" * 64,
        caused_by=None, evidence="4.5",
    )  # fmt: skip
    return msgspec.structs.replace(made, **other)


@pytest.fixture
def desk(tmp_path: Path) -> Writer:
    for folder, text in (("playbooks", PLAN), ("detectors", DETECTORS)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "assistant.yaml").write_text(text)
    hand = Hand()
    world = world_of({"kill-switch": hand}, {"seen": assistant_eye(hand)})
    desk = Writer(msgspec.structs.replace(world, home=tmp_path))
    many = {f"system-{n}": System(id=f"system-{n}", name="s", owner="ana", tier=2)
            for n in range(1, 6)}  # fmt: skip
    both = {**REGISTER.systems, **many}
    return adopted(desk, msgspec.structs.replace(REGISTER, systems=both))


def raised(
    desk: Writer, one: Found | None = None, detector: Detector = RATE, **other: object
) -> Raised | None:
    return raise_alarm(desk, one or found(), detector, WATCH, blur=BLUR, **other)  # type: ignore[arg-type]


def logs(desk: Writer) -> list[str]:
    return desk.world.journal.logs("incident/")


def ranks(desk: Writer, log: str = ALARMS_LOG) -> list[Ranked]:
    return facts(desk.world, Ranked, log)


def called(desk: Writer) -> int:
    return sum(len(facts(desk.world, RunStarted, log)) for log in logs(desk))


def test_a_page_opens_an_incident_and_starts_its_plan(desk: Writer) -> None:
    came = raised(desk)
    assert came is not None and came.taken is not None and came.taken.runs == ("run-1",)
    (ranked,) = ranks(desk)
    assert ranked == came.ranked and ranked.pages and ranked.log == came.taken.log
    assert facts(desk.world, Ranked, came.taken.log) == [ranked], "it is told beside the finding"
    assert "serious harm, strong evidence" in ranked.because
    assert raised(desk) is None and raised(Writer(desk.world)) is None
    assert len(ranks(desk)) == 1 and called(desk) == 1


def test_a_ticket_is_an_incident_that_says_why_nobody_is_called_and_how_to_call(
    desk: Writer,
) -> None:
    came = raised(desk, detector=TICKET)
    assert came is not None and came.taken is not None and not came.taken.runs
    (note,) = facts(desk.world, Noted, came.taken.log)
    assert "NOBODY IS CALLED" in note.text
    (why,) = facts(desk.world, Ranked, came.taken.log)
    assert why == came.ranked and "CUSUM" in why.because
    assert "tocsin incident run" in note.text and "HOME/playbooks/assistant.yaml" in note.text


@pytest.mark.parametrize(("detector", "level"), [(DIGEST, "digest"), (RECORD, "record")])
def test_digest_and_record_open_nothing_and_the_whole_finding_is_kept(
    desk: Writer, detector: Detector, level: str
) -> None:
    came = raised(desk, detector=detector)
    assert came is not None and came.taken is None and not logs(desk)
    assert facts(desk.world, Found, ALARMS_LOG) == [found()]
    assert [one.level for one in ranks(desk)] == [Level(level)]
    assert raised(desk, detector=detector) is None


def test_in_shadow_it_opens_nothing_starts_nothing_and_is_kept_with_what_it_would_do(
    desk: Writer,
) -> None:
    came = raised(desk, detector=SHADOW)
    assert came is not None and not logs(desk) and not ranks(desk)
    (ranked,) = ranks(desk, shadow_log("assistant"))
    assert ranked.level is Level.PAGE and ranked.held is Held.SHADOW
    assert facts(desk.world, Found, shadow_log("assistant")) == [found()]
    assert raised(desk, detector=SHADOW) is None
    over = Subsided(finding="f0", detector="fallback-rate", observed="0.04", seen_until=NOON,
                    requests=9)  # fmt: skip
    assert subside(desk, over, "assistant", WATCH) and not subside(desk, over, "assistant", WATCH)
    assert raised(desk, detector=SHADOW) is not None, "it came back"
    live = raised(desk)
    assert live is not None and live.taken is not None, "once it is live, it calls"


def test_a_flood_calls_for_two_and_loses_none(desk: Writer) -> None:
    for n in range(1000):
        raised(desk, found(n))
    tell_of_waiting(desk, WATCH)
    assert len(logs(desk)) == 2 and called(desk) == 2
    kept = {one.finding for one in facts(desk.world, Found, ALARMS_LOG)}
    told = {one.finding for log in logs(desk) for one in facts(desk.world, Found, log)}
    assert kept | told == {f"f{n}" for n in range(1000)}
    digest = digest_of(desk, NOON - timedelta(hours=24))
    assert len(digest.waiting) == 998 and digest.pages_left == 0
    notes = [one.text for log in logs(desk) for one in facts(desk.world, Noted, log)]
    (note,) = [text for text in notes if "998 more findings wait" in text]
    assert "NOBODY IS CALLED" in note and "tocsin digest" in note
    tell_of_waiting(Writer(desk.world), WATCH)
    again = [one.text for log in logs(desk) for one in facts(desk.world, Noted, log)]
    assert again == notes, "the same is told once, whoever tells it"


def test_critical_harm_calls_whatever_was_spent_or_silenced(desk: Writer) -> None:
    for n in range(3):
        raised(desk, found(n))
    silence(desk, "fallback-rate", None, NOON + timedelta(hours=1), "a test", BY_ANA)
    came = raised(desk, found(5), CRITICAL)
    assert came is not None and came.taken is not None and came.taken.runs
    assert called(desk) == 3


def test_what_waited_calls_in_the_next_shift_if_it_stands(desk: Writer) -> None:
    for n in range(4):
        raised(desk, found(n))
    now = desk.world.clock.now
    assert not may_do_more(alarms_of(desk), RATE, found(3), now())
    desk.world.clock.sleep(4 * 3600)  # 16:00 UTC
    for n in (2, 3):
        assert may_do_more(alarms_of(desk), RATE, found(n), now())
        came = raised(desk, found(n))
        assert came is not None and came.taken is not None and came.taken.opened
    assert called(desk) == 4 and not alarms_of(desk).waiting()


def test_what_joined_without_a_page_calls_in_its_own_incident_later(desk: Writer) -> None:
    for n in (1, 2):
        raised(desk, found(n))
    opened(desk.world)
    came = raised(desk)
    assert came is not None and came.taken is not None and not came.taken.runs
    desk.world.clock.sleep(4 * 3600)
    later = raised(desk)
    assert later is not None and later.taken is not None and later.taken.log == came.taken.log
    assert later.taken.runs == ("run-1",) and raised(desk) is None


def test_under_a_silence_it_is_kept_with_the_silence_s_name_and_heard_after_it(
    desk: Writer,
) -> None:
    made = silence(desk, "assistant", None, NOON + timedelta(hours=1), "a test", BY_ANA)
    came = raised(desk)
    assert came is not None and came.ranked.silence == made.silence and not logs(desk)
    end_silence(desk, made.silence, "the test is over", BY_ANA)
    assert may_do_more(alarms_of(desk), RATE, found(), desk.world.clock.now())
    heard = raised(desk)
    assert heard is not None and heard.taken is not None and heard.taken.runs == ("run-1",)


def test_what_grew_surer_calls_where_it_was_told(desk: Writer) -> None:
    unsure = found(low="0.045")
    told = raised(desk, unsure)
    assert told is not None and told.taken is not None and told.ranked.level is Level.TICKET
    assert not may_do_more(alarms_of(desk), RATE, unsure, NOON)
    assert may_do_more(alarms_of(desk), RATE, found(), NOON)
    surer = raised(desk)
    assert surer is not None and surer.taken is not None and surer.taken.runs == ("run-1",)
    assert logs(desk) == [told.taken.log]
    levels = [one.level for one in facts(desk.world, Ranked, told.taken.log)]
    assert levels == [Level.TICKET, Level.PAGE], "the incident says both, and why"


def test_what_people_dismissed_is_not_raised_again(desk: Writer) -> None:
    told = raised(desk, found(low="0.045"))
    assert told is not None and told.taken is not None
    desk.record(told.taken.log, lambda _: [Dismissed(because="a test")], BY_ANA.author)
    assert raised(desk) is None and called(desk) == 0


def test_what_is_over_calls_nobody_and_costs_no_page(desk: Writer) -> None:
    came = raised(desk, over=True)
    assert came is not None and came.ranked.held is Held.OVER and not called(desk)
    assert not alarms_of(desk).pages_in(desk.world.clock.now())


def test_what_subsided_is_over_beside_the_decision_too(desk: Writer) -> None:
    raised(desk)
    over = Subsided(finding="f0", detector="fallback-rate", observed="0.04", seen_until=NOON,
                    requests=9)  # fmt: skip
    take_in_subsided(desk, over, "assistant", WATCH)
    subside(desk, over, "assistant", WATCH)
    assert alarms_of(desk).standing("f0") is None


class Killed(BaseException):
    """The process is gone."""


CASES = {
    "page": (RATE, 1, 1),
    "ticket": (TICKET, 1, 0),
    "digest": (DIGEST, 0, 0),
    "shadow": (SHADOW, 0, 0),
}


@pytest.mark.parametrize("case", list(CASES))
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 6))
def test_killed_at_any_append_it_leaves_one_of_each(
    desk: Writer, case: str, when: str, number: int
) -> None:
    detector, incidents, runs = CASES[case]
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
        raised(desk, detector=detector)
    desk.world.journal.append = append  # type: ignore[method-assign]
    raised(Writer(desk.world), detector=detector)
    where = shadow_log("assistant") if case == "shadow" else ALARMS_LOG
    assert len(ranks(desk, where)) == 1
    assert len(logs(desk)) == incidents and called(desk) == runs
    told = [len(facts(desk.world, Found, log)) for log in (where, *logs(desk))]
    assert sum(told) == 1
    for log in logs(desk):
        assert len(facts(desk.world, Opened, log)) == 1


def test_four_watchers_at_once_spend_two_pages(desk: Writer) -> None:
    barrier = threading.Barrier(4)

    def go() -> None:
        mine = Writer(desk.world)
        barrier.wait()
        for n in range(1, 6):
            raised(mine, found(n))

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ranks(desk)) == 5
    assert sum(deed_of(one) is Deed.CALLS for one in ranks(desk)) == 2
    assert len(logs(desk)) == called(desk) == 2


def test_every_reason_of_holding_back_is_on_the_record(desk: Writer) -> None:
    silence(desk, "system-1", None, NOON + timedelta(hours=1), "a test", BY_ANA)
    raised(desk, found(1))
    raised(desk, detector=SHADOW)
    raised(desk, found(2), over=True)
    for n in (3, 4, 5):
        raised(desk, found(n))
    every = [*ranks(desk), *ranks(desk, shadow_log("assistant"))]
    assert {one.held for one in every} >= {Held.SILENCED, Held.SHADOW, Held.OVER, Held.BUDGET}
    digest = digest_of(desk, datetime.min.replace(tzinfo=NOON.tzinfo))
    heads = (digest.waiting, digest.pages, digest.tickets, digest.silenced, digest.shadow)
    assert [len(one) for one in heads] == [1, 2, 1, 1, 1]
