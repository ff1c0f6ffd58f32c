"""What concerns two logs: killed between them, the same command finishes it, and once only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin import wiring
from tocsin.desk import Writer, incidents
from tocsin.desk.plans.runs import By, cancel, start_run
from tocsin.facts import Asserter, Author, Proof, Refused, incident_log
from tocsin.facts.incidents import BecameAware, PersonClass, Relation
from tocsin.incident import decide
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor, Incident, Status

ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana")
ACTOR = Actor(who="ana")


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    wiring.found(tmp_path / "home", "o.example.com", lambda _: None)
    return tmp_path / "home"


def _opened(desk: Writer, title: str) -> str:
    now = desk.world.clock.now()
    one = incidents.open_incident(
        desk,
        lambda new: decide.open_(new, ACTOR, now, title=title, systems=(), registered=frozenset()),
        ANA,
    )
    desk.decide(
        incident_log(one),
        lambda entries: decide.record_awareness(
            replay(entries), ACTOR, now, person="ben", standing=PersonClass.MANAGEMENT, basis="mail"
        ),
        ANA,
    )
    return one


def _shown(desk: Writer, incident: str) -> Incident:
    return replay(desk.world.journal.read(incident_log(incident)))


def _relations(desk: Writer, incident: str) -> list[Relation]:
    return [link.relation for link in _shown(desk, incident).links]


def _killed_at_second_log(
    desk: Writer, monkeypatch: pytest.MonkeyPatch, left: str
) -> pytest.MonkeyPatch:
    real = desk.decide

    def dies(log: str, *args: object, **words: object) -> object:
        if log == incident_log(left):
            raise Killed
        return real(log, *args, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "decide", dies)
    return monkeypatch


def test_a_merger_killed_between_its_two_logs_is_finished_by_asking_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wiring.open_home(home, warn=lambda _: None) as opened:
        desk = opened.desk
        one, two = _opened(desk, "one"), _opened(desk, "two")
        now = desk.world.clock.now()
        with monkeypatch.context() as patch, pytest.raises(Killed):
            _killed_at_second_log(desk, patch, one)
            incidents.merge(desk, one, two, ACTOR, now, "same cause", ANA)
        assert _shown(desk, one).status is Status.OPEN
        assert _relations(desk, two) == [Relation.MERGED_FROM]
    with wiring.open_home(home, warn=lambda _: None) as opened:
        desk, now = opened.desk, opened.world.clock.now()
        incidents.merge(desk, one, two, ACTOR, now, "same cause", ANA)
        assert _shown(desk, one).status is Status.MERGED
        assert _relations(desk, two) == [Relation.MERGED_FROM]
        knew = [
            entry.fact
            for entry in desk.world.journal.read(incident_log(two))
            if isinstance(entry.fact, BecameAware)
        ]
        assert len(knew) == 2, "its own, and the one that came, once"
        before = desk.world.journal.head(incident_log(two))
        with pytest.raises(Refused):
            incidents.merge(desk, one, two, ACTOR, now, "same cause", ANA)
        assert desk.world.journal.head(incident_log(two)) == before


def test_a_split_killed_between_its_two_logs_is_finished_by_asking_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wiring.open_home(home, warn=lambda _: None) as opened:
        desk = opened.desk
        one = _opened(desk, "one")

        def split(title: str = "a part") -> str:
            now = desk.world.clock.now()
            return incidents.split(
                desk, one, ACTOR, now, title=title, systems=(), because="b", author=ANA
            )

        with monkeypatch.context() as patch, pytest.raises(Killed):
            _killed_at_second_log(desk, patch, one)
            split()
        assert _relations(desk, one) == []
        child = split()
        assert _relations(desk, one) == [Relation.SPLIT_INTO]
        assert _relations(desk, child) == [Relation.SPLIT_FROM]
        assert split() == child, "the same part splits once"
        assert _relations(desk, one) == [Relation.SPLIT_INTO]
        assert split("another part") != child
        logs = desk.world.journal.logs("incident/")
        assert len(logs) == 3


def test_an_incident_whose_plan_is_at_work_does_not_go_on_as_another(home: Path) -> None:
    with wiring.open_home(home, warn=lambda _: None) as opened:
        gone, into = _opened(opened.desk, "one"), _opened(opened.desk, "two")
        run = start_run(opened.desk, incident_log(gone), WAITING.encode(), By(author=ANA))
        now = opened.world.clock.now()
        with pytest.raises(Refused, match="run-1 is going on"):
            incidents.merge(opened.desk, gone, into, ACTOR, now, "same", ANA)
        assert _relations(opened.desk, into) == [], "nothing was half done"
        cancel(opened.desk, incident_log(gone), run, "not needed", By(author=ANA))
        incidents.merge(opened.desk, gone, into, ACTOR, now, "same", ANA)
        assert _shown(opened.desk, gone).status is Status.MERGED


WAITING = """
plan: waiting
version: 1
title: Wait
steps:
  rest: {wait: 1h, next: over}
  over: {end: completed}
"""
