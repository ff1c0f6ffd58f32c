"""What the law bars just before an act: asked anew, never a stop by a system's own switch."""

from __future__ import annotations

import msgspec
import pytest

from desk_register import ASSISTANT, REGISTER, adopted
from desk_world import ANA, BY_ANA, LOG, NOON, Hand, facts, opened, world_of
from law_sheets import Sheets
from tocsin.desk import run_until_idle
from tocsin.desk.law.duties import reckon_owed
from tocsin.desk.plans.runs import start_run
from tocsin.desk.record import Writer
from tocsin.facts import Draft
from tocsin.facts.legal import Answered, LegalFactStated
from tocsin.facts.runs import AttemptFailed
from tocsin.register.model import Integration

PLAN = """
plan: act
version: 1
title: Act once
steps:
  act: {{act: switchboard, target: {target}, wanted: "{wanted}", {undo} effect: change, next: done,
        on_failure: lost}}
  done: {{end: completed}}
  lost: {{end: failed}}
"""
HARMS = f'[{{"aware":"{NOON.isoformat()}","kind":"health"}}]'


def house(**profile: tuple[str, ...]) -> tuple[Writer, Hand]:
    """A desk with the law of the tests, and a switch of another kind than Tocsin's own."""
    hand = Hand()
    register = msgspec.structs.replace(
        REGISTER,
        systems={"assistant": msgspec.structs.replace(ASSISTANT, switch="switchboard")},
        integrations={
            **REGISTER.integrations,
            "switchboard": Integration(id="switchboard", kind="file-switch", place="state"),
        },
        profile=profile,
    )
    desk = Writer(msgspec.structs.replace(world_of({"switchboard": hand}), law=Sheets()))
    adopted(desk, register)
    return opened(desk.world), hand


def acted(desk: Writer, target: str, wanted: str, undo: str = "") -> str:
    """Why the act was barred; empty where it was made."""
    before = len(facts(desk.world, AttemptFailed))
    words = PLAN.format(target=target, wanted=wanted, undo=f'undo: "{undo}",' if undo else "")
    start_run(desk, LOG, words.encode(), BY_ANA)
    run_until_idle(desk.world, until=desk.world.clock.now())
    failed = facts(desk.world, AttemptFailed)[before:]
    return failed[0].why if failed else ""


def answer(desk: Writer, key: str, value: str, how: Answered = Answered.KNOWN) -> None:
    fact = LegalFactStated(key=key, answer=how, value=value, basis="b")
    desk.decide(LOG, lambda _: [Draft(fact=fact, happened_at=desk.world.clock.now())], ANA)
    reckon_owed(desk, LOG)


PROVIDER = {"jurisdictions": ("DE",), "roles": ("provider",)}


@pytest.mark.parametrize(("wanted", "undo"), [("off", "on"), ("off", ""), ("fallback", "serving")])
def test_a_stop_by_the_system_s_own_switch_is_never_barred(wanted: str, undo: str) -> None:
    desk, hand = house(**PROVIDER)
    answer(desk, "harms", HARMS)
    assert acted(desk, "assistant", wanted, undo) == ""
    assert len(hand.calls) == 1


@pytest.mark.parametrize(
    ("target", "wanted"), [("release", "previous"), ("assistant", "version:2")]
)
def test_another_target_of_the_switch_or_another_version_is_barred(
    target: str, wanted: str
) -> None:
    desk, hand = house(**PROVIDER)
    answer(desk, "harms", HARMS)
    why = acted(desk, target, wanted, "current")
    assert why.startswith("eu/harm/freeze (H 3) bars this act") and hand.calls == []
    assert "tocsin law decide 7K3ABCDEFG eu/harm/freeze not-required" in why


def test_the_law_is_asked_before_the_act_though_nobody_said_anything_for_it_yet() -> None:
    desk, hand = house(**PROVIDER)
    why = acted(desk, "release", "previous", "current")
    assert why.startswith("eu/harm/freeze (H 3) may bar this act") and hand.calls == []
    assert "tocsin law state 7K3ABCDEFG harms no --because" in why
    assert "law decide" not in why  # there is nothing on record yet that could be decided
    answer(desk, "harms", "", Answered.DENIED)
    assert acted(desk, "release", "previous", "current") == ""
    assert len(hand.calls) == 1


@pytest.mark.parametrize("profile", [{}, {"jurisdictions": ("DE",)}, {"roles": ("provider",)}])
def test_where_nothing_was_said_and_the_register_leaves_it_open_nothing_is_barred(
    profile: dict[str, tuple[str, ...]],
) -> None:
    desk, hand = house(**profile)
    assert acted(desk, "release", "previous", "current") == ""
    assert len(hand.calls) == 1


def test_an_answer_that_is_not_on_the_duties_yet_bars_already() -> None:
    desk, hand = house(**PROVIDER)
    answer(desk, "harms", "", Answered.DENIED)
    fact = LegalFactStated(key="harms", answer=Answered.KNOWN, value=HARMS, basis="b")
    desk.decide(LOG, lambda _: [Draft(fact=fact, happened_at=NOON)], ANA)
    assert "bars this act" in acted(desk, "release", "previous", "current")
    assert hand.calls == []
