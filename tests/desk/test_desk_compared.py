"""A reference is what some detectors judge by; where it is away they are told, and no other is."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from watched_log import Log, desk_of, home_of, window

from desk_world import facts
from tocsin.desk import Writer
from tocsin.desk.alarms.watching import Watch
from tocsin.facts import Refused
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.findings import Found
from tocsin.facts.summaries import ReferenceRead, WindowSummary

DETECTORS = """
system: assistant
window: 60s
reference: training.parquet
detectors:
  fallback-rate: {status: live, rate: fallback, direction: up, tolerance: 15%, basis: relative,
                  baseline: reference}
  own-past: {status: live, rate: fallback, direction: up, tolerance: 15%, basis: relative,
             baseline: {first: 5000}}
"""


class Training:
    """A reference that a test changes and takes away."""

    def __init__(self, *windows: WindowSummary) -> None:
        self.windows, self.away = windows, False

    def __call__(self) -> ReferenceRead:
        if self.away:
            raise Refused("training.parquet cannot be read: it is not there")
        return ReferenceRead(
            place="training.parquet",
            digest=repr(self.windows),
            windows=self.windows,
            summaries=b"summaries of the training set",
        )


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def training() -> Training:
    return Training(*(window(place, 50) for place in range(20)))


@pytest.fixture
def desk(tmp_path: Path, log: Log, training: Training) -> Writer:
    home = home_of(tmp_path)
    (home / "detectors" / "assistant.yaml").write_text(DETECTORS)
    desk = desk_of(home, assistant=log)
    return Writer(msgspec.structs.replace(desk.world, references={"assistant": training}))


def found_by(desk: Writer) -> list[str]:
    logs = desk.world.journal.logs("incident/")
    return sorted(one.detector for name in logs for one in facts(desk.world, Found, name))


def test_what_is_wrong_from_the_first_day_on_is_found_against_the_reference_alone(
    desk: Writer, log: Log
) -> None:
    log.failing(20)
    assert Watch(desk).one_pass().is_whole
    assert found_by(desk) == ["fallback-rate"]
    (name,) = desk.world.journal.logs("incident/")
    (found,) = facts(desk.world, Found, name)
    kept = {one.name: one.digest for one in facts(desk.world, EvidenceAcquired, name)}
    assert kept["reference-assistant.parquet"] in found.summaries


def test_only_what_rests_on_the_reference_keeps_it_as_evidence(
    desk: Writer, log: Log, training: Training
) -> None:
    training.windows = tuple(window(place, 400) for place in range(20))
    log.healthy(20)
    log.failing(20)
    Watch(desk).one_pass()
    assert found_by(desk) == ["own-past"]
    (name,) = desk.world.journal.logs("incident/")
    names = {one.name for one in facts(desk.world, EvidenceAcquired, name)}
    assert "reference-assistant.parquet" not in names


def test_a_reference_that_is_away_is_told_once_and_blinds_nobody_else(
    desk: Writer, log: Log, training: Training
) -> None:
    training.away = True
    log.healthy(20)
    log.failing(20)
    watcher = Watch(desk)
    (one,) = watcher.one_pass().systems
    assert one.failed is not None and one.failed == (
        "training.parquet cannot be read: it is not there; so these cannot judge: fallback-rate"
    )
    assert one.remarks == ()
    assert found_by(desk) == ["own-past"]
    (again,) = watcher.one_pass().systems
    assert again.failed == one.failed and again.remarks == ()
    training.away = False
    assert watcher.one_pass().is_whole
    assert found_by(desk) == ["fallback-rate", "own-past"]


def test_what_was_found_stands_while_the_reference_is_away(
    desk: Writer, log: Log, training: Training
) -> None:
    log.failing(20)
    Watch(desk).one_pass()
    training.away = True
    log.healthy(30)
    for watcher in (Watch(desk), Watch(desk)):
        (one,) = watcher.one_pass().systems
        assert one.over == ()


def test_another_reference_is_another_judgement(desk: Writer, log: Log, training: Training) -> None:
    watcher = Watch(desk)
    log.healthy(20)
    watcher.one_pass()
    assert found_by(desk) == []
    training.windows = tuple(window(place, 5) for place in range(20))
    watcher.one_pass()
    assert found_by(desk) == ["fallback-rate"]
