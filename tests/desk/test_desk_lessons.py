"""What follows from an incident nags when nobody does it, also after the end of the incident."""

from __future__ import annotations

from datetime import timedelta

from test_desk_telling import desk_of

from desk_world import ANA, LOG, NOON, Hand, facts
from tocsin.desk import run_until_idle
from tocsin.desk.evidence.lessons import overdue
from tocsin.desk.record import draft
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.incidents import Closed
from tocsin.facts.lessons import ActionKind, ActionOpened, ReviewHeld, ReviewScheduled
from tocsin.facts.runs import Ordered

WEEK = timedelta(days=7)


def test_an_overdue_item_and_review_are_told_by_mail_each_week_until_they_are_done() -> None:
    mail = Hand()
    desk = desk_of(mail)
    item = ActionOpened(
        action="action-1", changes=ActionKind.CODE, what="stop first", owner="bo",
        due=NOON + WEEK, drill="it stops", factor=None,
    )  # fmt: skip
    review = ReviewScheduled(due=NOON + 2 * WEEK, because="14 days")
    ended = [draft(one, NOON) for one in (item, Closed(because="over"), review)]
    desk.decide(LOG, lambda _: ended, ANA)
    run_until_idle(desk.world, until=NOON + WEEK - timedelta(seconds=1))
    assert facts(desk.world, FellDue) == [] and overdue(desk) == (0, 0)
    run_until_idle(desk.world, until=NOON + 3 * WEEK + timedelta(hours=1))
    due = [(one.what, one.turn, one.role) for one in facts(desk.world, FellDue)]
    assert sorted(due, key=str) == [
        (Awaited.ACTION_ITEM, 0, "bo"),
        (Awaited.ACTION_ITEM, 1, "bo"),
        (Awaited.ACTION_ITEM, 2, "commander"),  # nobody has the role executive here
        (Awaited.REVIEW, 0, "commander"),
        (Awaited.REVIEW, 1, "commander"),
    ]
    assert [one.target for one in facts(desk.world, Ordered)].count("bo@example.org") == 2
    assert overdue(desk) == (1, 1)
    held = ReviewHeld(facilitator="di", attendees=("bo",), outcome="one item")
    desk.decide(LOG, lambda _: [draft(held, desk.world.clock.now())], ANA)
    run_until_idle(desk.world)
    assert [one for one in facts(desk.world, FellDue) if one.what is Awaited.REVIEW][2:] == []
    assert len(facts(desk.world, FellDue)) == 52 + 2 and desk.world.journal.next_due() is None
