"""Whatever was promised and not done in time is told to whoever answers for it, once."""

from __future__ import annotations

from datetime import timedelta

from test_desk_telling import SOON, desk_of

from desk_world import ANA, BY_ANA, LOG, NOON, Hand, facts
from tocsin.desk import run_until_idle
from tocsin.desk.record import Writer, draft
from tocsin.desk.words.dues import fell_due
from tocsin.desk.words.telling import tell
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.incidents import Closed
from tocsin.facts.runs import Ordered, RunStarted


def promised(mail: Hand) -> Writer:
    desk = desk_of(mail)
    tell(desk, LOG, "support", "People answer now.", BY_ANA, next_update_at=SOON)
    return desk


def test_an_update_that_did_not_come_is_told_to_the_commander_when_it_was_due() -> None:
    mail = Hand()
    desk = promised(mail)
    run_until_idle(desk.world)
    (due,) = facts(desk.world, FellDue)
    assert (due.what, due.about, due.due_at, due.role) == (
        Awaited.NEXT_UPDATE, "support", SOON, "commander",
    )  # fmt: skip
    assert due.told_by == facts(desk.world, RunStarted)[-1].run and due.untold == ""
    assert [one.target for one in facts(desk.world, Ordered)][2:] == ["cy@example.org"]
    assert desk.world.clock.now() >= SOON and len(mail.calls) == 3


def test_words_that_came_in_time_settle_it_and_no_row_is_left() -> None:
    desk = promised(Hand())
    run_until_idle(desk.world, until=NOON + timedelta(minutes=5))
    tell(desk, LOG, "support", "All is well.", BY_ANA)
    run_until_idle(desk.world)
    assert facts(desk.world, FellDue) == [] and desk.world.journal.next_due() is None


def test_after_the_end_of_the_incident_nobody_is_reminded() -> None:
    desk = promised(Hand())
    run_until_idle(desk.world, until=NOON + timedelta(minutes=5))
    desk.decide(LOG, lambda _: [draft(Closed(because="over"), NOON)], ANA)
    run_until_idle(desk.world)
    assert facts(desk.world, FellDue) == [] and desk.world.journal.next_due() is None


def test_a_worker_that_died_after_it_told_does_not_tell_again() -> None:
    """The run is begun under a key before the fact is there; the next one finds both."""
    mail = Hand()
    desk = promised(mail)
    run_until_idle(desk.world, until=SOON - timedelta(seconds=1))
    (moment,) = desk.known(LOG).dues.open
    desk.world.clock.sleep(1)
    first = fell_due(desk, LOG, moment, ANA)
    assert fell_due(desk, LOG, moment, ANA).told_by == first.told_by
    run_until_idle(desk.world)
    assert len(facts(desk.world, FellDue)) == 1
    assert [one.target for one in facts(desk.world, Ordered)].count("cy@example.org") == 2
