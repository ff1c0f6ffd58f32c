"""Two who decide at once, each with a process of their own: just before the one writes, the other
does the whole of theirs. What both may have is had once, what one has is told the other, and
nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from taking_in_house import House

from desk_register import REGISTER, adopted
from desk_world import ANA, NOON, Hand, facts, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.acting.stopping import stop
from tocsin.desk.alarms.ranking import alarms_of
from tocsin.desk.inbound.taking_in import TakingIn
from tocsin.desk.incidents import merge, open_incident
from tocsin.desk.plans.runs import By
from tocsin.facts import Asserter, Author, Draft, Proof, Refused, incident_log
from tocsin.facts.entry import INCIDENT_PREFIX, SIGNALS_LOG
from tocsin.facts.incidents import (
    Assigned,
    Closed,
    Dismissed,
    Opened,
    QuestionSettled,
    Severity,
    SeverityJudged,
    Widened,
)
from tocsin.facts.runs import RunStarted
from tocsin.facts.signals import SignalsTaken, SignalTaken
from tocsin.incident import decide
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor, Incident, Status
from tocsin.world import World

BO = Author(who="bo", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="bo")
Says = Callable[[Incident, Actor], list[Draft]]


class Meanwhile:
    """The n-th time that anything is appended, something else is done first, once."""

    def __init__(self, world: World, nth: int, other: Callable[[], object]) -> None:
        self.left, self.other = nth, other
        self.refused = ""
        self.done = False
        self._append, self._journal = world.journal.append, world.journal

    def __enter__(self) -> Meanwhile:
        self._journal.append = self  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.append = self._append  # type: ignore[method-assign]

    def __call__(self, *args: object, **words: object) -> object:
        self.left -= 1
        if self.left == 0:
            self.done = True
            try:
                self.other()
            except Refused as no:
                self.refused = str(no)
        return self._append(*args, **words)  # type: ignore[arg-type]


def opened(world: World, title: str, *systems: str) -> str:
    return open_incident(
        Writer(world),
        lambda new: decide.open_(
            new, Actor(who="ana"), NOON, title=title, systems=systems,
            registered=frozenset(REGISTER.systems),
        ),
        ANA,
    )  # fmt: skip


def says(world: World, incident: str, author: Author, what: Says) -> None:
    Writer(world).decide(
        incident_log(incident),
        lambda entries: what(replay(entries), Actor(who=author.who)),
        author,
    )


def shown(world: World, incident: str) -> Incident:
    return replay(world.journal.read(incident_log(incident)))


CASES: dict[str, tuple[type, Says, str]] = {
    "close": (Closed, lambda now, who: decide.close(now, who, NOON, because="b"), "by bo"),
    "dismiss": (Dismissed, lambda now, who: decide.dismiss(now, who, NOON, because="b"), "by bo"),
    "settle": (
        QuestionSettled,
        lambda now, who: decide.settle_question(now, who, NOON, question="Q1", answer=who.who),
        "answered by bo",
    ),
    "command": (
        Assigned,
        lambda now, who: decide.assign(now, who, NOON, role="commander", person=who.who),
        "bo is commander",
    ),
    "widen": (
        Widened,
        lambda now, who: decide.widen(
            now, who, NOON, systems=["other"], registered=frozenset({"other"}), because="b"
        ),
        "about other already",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_of_two_commanders_who_decide_the_same_one_is_told_what_the_other_did(name: str) -> None:
    kind, what, told = CASES[name]
    world = world_of({})
    one = opened(world, "one", "assistant")
    says(world, one, ANA, lambda now, who: decide.raise_question(now, who, NOON, text="why?"))
    if name == "close":
        says(world, one, ANA, lambda now, who: decide.settle_question(
            now, who, NOON, question="Q1", answer="so"))  # fmt: skip
        says(world, one, ANA, lambda now, who: decide.judge_severity(
            now, who, NOON, severity=Severity.SEV4, reasons=("r",), basis="b"))  # fmt: skip
    with (
        Meanwhile(world, 1, lambda: says(world, one, BO, what)) as other,
        pytest.raises(Refused, match=told),
    ):
        says(world, one, ANA, what)
    assert other.done and not other.refused
    log = incident_log(one)
    assert len(facts(world, kind, log)) == 1
    authors = [e.author.who for e in world.journal.read(log) if isinstance(e.fact, kind)]
    assert authors == ["bo"], "whoever was first"


def test_what_both_may_say_both_have_said_and_the_later_holds() -> None:
    world = world_of({})
    one = opened(world, "one", "assistant")

    def judged(severity: Severity) -> Says:
        return lambda now, who: decide.judge_severity(
            now, who, NOON, severity=severity, reasons=("r",), basis="b"
        )

    with Meanwhile(world, 1, lambda: says(world, one, BO, judged(Severity.SEV1))):
        says(world, one, ANA, judged(Severity.SEV3))
    assert len(facts(world, SeverityJudged, incident_log(one))) == 2
    held = shown(world, one).severity
    assert held is not None and (held.by, held.severity) == ("ana", Severity.SEV3)


@pytest.mark.parametrize("nth", [1, 2])
def test_two_who_merge_crosswise_never_let_both_go(nth: int) -> None:
    """Each wants its own to go on as the other's; at least one must stay open to be worked on."""
    world = world_of({})
    one, two = opened(world, "one", "assistant"), opened(world, "two", "other")

    def goes(gone: str, into: str, author: Author) -> None:
        who = Actor(who=author.who)
        merge(Writer(world), gone, into, who, NOON, "same", author)

    with Meanwhile(world, nth, lambda: goes(two, one, BO)) as other, pytest.raises(Refused):
        goes(one, two, ANA)
    assert other.done
    open_ = [name for name in (one, two) if shown(world, name).status is Status.OPEN]
    assert open_, "somebody still works on it"
    for name in open_:
        gone = {one: two, two: one}[name]
        if shown(world, gone).status is Status.OPEN:
            goes(gone, name, ANA)
            break
    last = [name for name in (one, two) if shown(world, name).status is Status.OPEN]
    assert len(last) == 1, "asking again ends it"
    assert set(shown(world, last[0]).systems) == {"assistant", "other"}


def test_two_who_stop_a_system_at_once_stop_it_once_and_nobody_is_refused() -> None:
    hand = Hand()
    world = world_of({"kill-switch": hand})
    adopted(Writer(world), REGISTER)

    def stopped(author: Author) -> None:
        stop(Writer(world), "assistant", By(author=author))

    with Meanwhile(world, 1, lambda: stopped(BO)) as other:
        stopped(ANA)
    assert other.done and not other.refused
    run_until_idle(world)
    assert hand.state["assistant.model"] == "off"
    logs = world.journal.logs(INCIDENT_PREFIX)
    assert sum(len(facts(world, RunStarted, log)) for log in logs) == 2, "each has their answer"
    assert len(hand.effects) <= 2
    last = shown(world, logs[0][len(INCIDENT_PREFIX) :])
    assert last.status is Status.OPEN


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.mark.parametrize("nth", range(1, 5))
def test_two_alarms_that_open_one_incident_at_once_open_and_call_once(
    house: House, nth: int
) -> None:
    """Two processes take in; at any write of the one, the other takes in all there is."""
    house.plan("by-rule", "default")
    house.send("a")
    world = house.desk.world
    other = TakingIn(Writer(world), house.inbox)

    def second() -> None:
        house.send("b", source="opsgenie")
        while other.once(patient=False).deliveries:
            pass

    with Meanwhile(world, nth, second) as meanwhile:
        house.take()
    if not meanwhile.done:
        second()
    house.take()
    (log,) = house.opened
    for kind in (Opened, RunStarted):
        assert len(facts(world, kind, log)) == 1
    assert len(alarms_of(house.desk).pages) == 1
    taken = facts(world, SignalTaken, SIGNALS_LOG)
    assert len(taken) == 2 and len({one.into for one in taken}) == 1
    assert sum(one.deliveries for one in facts(world, SignalsTaken, SIGNALS_LOG)) == 2


@pytest.mark.parametrize("nth", range(1, 5))
def test_an_alarm_and_a_person_who_open_at_once_lose_nothing_and_are_one_by_a_merger(
    house: House, nth: int
) -> None:
    house.plan("by-rule", "default")
    house.send("a")
    world = house.desk.world
    mine: list[str] = []
    with Meanwhile(world, nth, lambda: mine.append(opened(world, "by hand", "assistant"))) as one:
        house.take()
    assert one.done or nth > 2
    house.take()
    there = [log.removeprefix(INCIDENT_PREFIX) for log in house.opened]
    assert len(facts(world, SignalTaken, SIGNALS_LOG)) == 1
    (into,) = {one.into for one in facts(world, SignalTaken, SIGNALS_LOG)}
    assert len(facts(world, RunStarted, incident_log(into))) == 1
    for gone in there:
        if gone != into:
            merge(Writer(world), gone, into, Actor(who="ana"), NOON, "same", ANA)
    assert [shown(world, name).status for name in there].count(Status.OPEN) == 1
    house.send("b")
    house.take()
    assert {one.into for one in facts(world, SignalTaken, SIGNALS_LOG)} == {into}
