"""A mail whose answer was lost is never sent again by itself; a refusal may be tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from desk_register import adopted, enrolled
from desk_world import BY_ANA, LOG, NOON, facts, opened, world_of
from post_office import Office, post_office
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.plans.runs import start_run
from tocsin.facts.runs import Attempted, AttemptFailed, Ordered, OutcomeUnknown, Receipted
from tocsin.playbook.outbox import WriteState, writes_of

PLAN = """
plan: tell
version: 1
title: Tell support
steps:
  tell: {tell: di, subject: "It fails", text: "People answer.", through: mail, next: done,
         on_failure: lost}
  done: {end: completed}
  lost: {end: failed}
"""


@pytest.fixture
def office() -> Iterator[Office]:
    with post_office() as found:
        yield found


def telling(office: Office) -> Writer:
    world = world_of({})
    hand = office.mail(open_kept=world.vault.open)
    desk = enrolled(adopted(Writer(msgspec.structs.replace(world, connectors={"mail": hand}))))
    opened(desk.world)
    start_run(desk, LOG, PLAN.encode(), BY_ANA)
    return desk


def test_a_mail_whose_answer_was_lost_waits_for_a_person(office: Office) -> None:
    office.boxes.loses_answers = 9
    desk = telling(office)
    run_until_idle(desk.world, until=NOON + timedelta(days=1))
    assert len(office.boxes.arrived) == 1, "nobody is told twice"
    (unknown,) = facts(desk.world, OutcomeUnknown)
    assert "nobody knows whether it has the message" in unknown.why
    (write,) = writes_of(LOG, desk.known(LOG).runs.by_id)
    assert write.state is WriteState.HELD
    assert facts(desk.world, Ordered)[0].repeatable.value == "neither"


@pytest.mark.parametrize("refusal", ["RCPT", "DATA"])
def test_a_mail_that_was_refused_or_cut_off_before_the_whole_of_it_is_tried_again(
    office: Office, refusal: str
) -> None:
    if refusal == "RCPT":
        office.boxes.drops_at = "RCPT"
    else:
        office.boxes.says["DATA"] = "451 4.3.0 not now"
    desk = telling(office)
    run_until_idle(desk.world, until=NOON)
    (failed,) = facts(desk.world, AttemptFailed)
    assert not failed.may_have_acted and failed.retry_at is not None
    office.boxes.drops_at, office.boxes.says = "", {}
    run_until_idle(desk.world)
    assert len(facts(desk.world, Attempted)) == 2 and len(facts(desk.world, Receipted)) == 1
    assert len(office.boxes.arrived) == 1
