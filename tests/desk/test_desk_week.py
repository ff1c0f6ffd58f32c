"""A week and its aftermath in one test: calls nobody takes, words promised and forgotten, a
commander who hands over, lessons that nag. Whether one process lives through it all or a new one
comes every hour, the record is the same, and nobody is told twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest
from spoken_world import account, approved, drafted, known, record, speaking_desk

from desk_world import LOG, NOON, Hand, check_intents, facts
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.people import actor
from tocsin.desk.record import draft
from tocsin.desk.words.paging import page
from tocsin.desk.words.releasing import release
from tocsin.facts import Draft, Entry, Fact
from tocsin.facts.dues import Awaited, FellDue
from tocsin.facts.incidents import Acknowledged, Assigned, Closed, HandoverAccepted
from tocsin.facts.lessons import ActionKind, ActionOpened, ReviewHeld, ReviewScheduled
from tocsin.facts.reach import PageAnswered, PageBegan, PageUnanswered
from tocsin.facts.runs import Ordered
from tocsin.facts.statements import Audience
from tocsin.incident.decide_roles import accept_handover, offer_handover
from tocsin.incident.dues import Dues
from tocsin.incident.fold import replay
from tocsin.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AFTERMATH = 28 * DAY
Step = Callable[[Writer], None]


def say(desk: Writer, who: str, *told: Fact) -> None:
    now = desk.world.clock.now()
    desk.decide(LOG, lambda _: [draft(one, now) for one in told], account(who).author)


def calls(desk: Writer) -> None:
    page(desk, LOG, "on-call", "It invents refunds", account("di"))


def promises(desk: Writer) -> None:
    record(desk, known("C1", "Version 2 gives wrong refunds"))
    due = desk.world.clock.now() + 2 * HOUR
    one = drafted(desk, Audience.CUSTOMERS, next_update_at=due)
    approved(desk, one.id, "max", "lea")
    release(desk, LOG, one.id, account("max"))


def answers(desk: Writer) -> None:
    say(desk, "cy", Acknowledged(note="I look"))
    say(desk, "cy", Assigned(role="commander", person="cy"))


def hands_over(desk: Writer) -> None:
    def led(who: str, decide: Callable[..., list[Draft]], **more: str) -> None:
        def judge(entries: list[Entry]) -> list[Draft]:
            now = desk.world.clock.now()
            return decide(replay(entries), actor(desk, who), now, **more)

        desk.decide(LOG, judge, account(who).author)

    led("cy", offer_handover, role="commander", to="di", note="all is on the page")
    led("di", accept_handover, role="commander")


def keeps_its_word(desk: Writer) -> None:
    one = drafted(desk, Audience.CUSTOMERS, text="People answer again.")
    approved(desk, one.id, "max", "lea")
    release(desk, LOG, one.id, account("max"))


def closes(desk: Writer) -> None:
    now = desk.world.clock.now()
    item = ActionOpened(
        action="action-1", changes=ActionKind.CODE, what="stop first", owner="bo",
        due=now + 2 * DAY, drill="it stops", factor=None,
    )  # fmt: skip
    review = ReviewScheduled(due=now + 14 * DAY, because="14 days")
    say(desk, "di", item, Closed(because="it is over"), review)


def reviews(desk: Writer) -> None:
    say(desk, "di", ReviewHeld(facilitator="di", attendees=("bo", "cy"), outcome="one item"))


STORY: list[tuple[timedelta, Step]] = [
    (timedelta(0), calls),
    (HOUR, promises),
    (4 * HOUR, answers),
    (DAY, hands_over),
    (2 * DAY, keeps_its_word),
    (5 * DAY, closes),
    (20 * DAY, reviews),
]


def lived(world: World, every: timedelta | None) -> Writer:
    """The whole story; `every` so often a new process takes the place of the old one."""
    desk, steps = Writer(world), list(STORY)
    while world.clock.now() < NOON + AFTERMATH:
        now = world.clock.now()
        while steps and NOON + steps[0][0] <= now:
            steps.pop(0)[1](desk)
        following = NOON + (steps[0][0] if steps else AFTERMATH)
        until = following if every is None else min(following, now + every)
        run_until_idle(world, until=until)
        assert world.journal.due(until, 9) == [], "what fell due was done"
        if world.clock.now() < until:
            world.clock.sleep((until - world.clock.now()).total_seconds())
        if every is not None:
            desk = Writer(world)
    return desk


@pytest.mark.parametrize("every", [None, HOUR, 7 * HOUR + timedelta(minutes=13)])
def test_a_week_and_its_aftermath(every: timedelta | None) -> None:
    mail, pager = Hand(), Hand()
    world = _world(mail, pager)
    desk = lived(world, every)
    check_intents(world, {"mail": mail, "pager": pager})
    orders = facts(world, Ordered)
    assert len(orders) == len(mail.calls) + len(pager.calls), "each was carried out once"
    mails = [(one.target, one.wanted) for one in orders if one.wanted.startswith("sent:")]
    assert len(mails) == len(set(mails)), "nobody was written the same twice"
    # The call that nobody took climbed until somebody looked, and no longer.
    answered = facts(world, Acknowledged) + facts(world, PageAnswered)
    assert answered and facts(world, PageUnanswered) and len(facts(world, PageBegan)) >= 3
    late = [e.happened_at for e in world.journal.read(LOG) if isinstance(e.fact, PageBegan)]
    assert max(late) <= NOON + 4 * HOUR + timedelta(minutes=1)
    # The promise that was forgotten was told once; the one who leads then is not who led first.
    due = _fallen(world)
    assert due.count((Awaited.NEXT_UPDATE, "customers")) == 1
    assert [one.role for one in facts(world, HandoverAccepted)] == ["commander"]
    # Lessons nag each week: the review until it was held, the item to the very end.
    assert due.count((Awaited.REVIEW, "review")) == 1
    assert due.count((Awaited.ACTION_ITEM, "action-1")) == 4
    # What a new process reads from the record is what this one knew.
    fresh = Dues()
    for entry in world.journal.read(LOG):
        fresh.apply(entry)
    assert fresh.open == desk.known(LOG).dues.open


def test_it_is_the_same_record_whoever_lived_through_it() -> None:
    records = [_facts(lived(_world(Hand(), Hand()), every).world) for every in (None, HOUR)]
    assert records[0] == records[1]


def _world(mail: Hand, pager: Hand) -> World:

    desk = speaking_desk(mail)
    return msgspec.structs.replace(desk.world, connectors={"mail": mail, "pager": pager})


def _fallen(world: World) -> list[tuple[Awaited, str]]:
    return [(one.what, one.about) for one in facts(world, FellDue)]


def _facts(world: World) -> list[tuple[datetime, str]]:
    return [(e.happened_at, type(e.fact).__name__) for e in world.journal.read(LOG)]
