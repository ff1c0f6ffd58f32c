"""A law or a register that changed is asked about by whoever works, and by nobody twice."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import msgspec
import pytest
from test_desk_duties import BREACH_RULE, FREEZE, answer, aware, harm, house, outcomes

from desk_register import REGISTER, adopted
from desk_world import LOG, NOON, world_of
from law_sheets import BREACH, HEAD, PACK, law_sheets
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.law.watch import LawWatch, law_watch
from tocsin.facts import Refused, Unreachable
from tocsin.facts.legal import Moved, Standing

LONGER = law_sheets(
    pack=PACK.replace('"1"', '"2"'),
    breach=HEAD.format(title="Breach", grade="P") + BREACH.replace("hours = 72", "hours = 96"),
)


def test_a_law_that_changed_is_asked_about_once_and_what_moved_says_so() -> None:
    desk, sheets = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    watch = LawWatch(desk)
    assert watch.look() == 1, "what came in while nobody worked is asked about at the first look"
    assert watch.look() == 0
    sheets.write(LONGER)
    assert watch.look() == 1 and watch.look() == 0
    assert outcomes(desk, BREACH_RULE)[-1].moved is Moved.LAW
    assert LawWatch(Writer(desk.world)).look() == 0, "another process finds it done"


def test_a_profile_that_changed_is_asked_about_too() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    watch = LawWatch(desk)
    watch.look()
    adopted(desk, msgspec.structs.replace(
        REGISTER, profile={"jurisdictions": ("DE",), "roles": ("provider",)}
    ))  # fmt: skip
    assert watch.look() == 1
    last = outcomes(desk, BREACH_RULE)[-1]
    assert (last.standing, last.moved) == (Standing.NOT_RAISED, Moved.PROFILE)


def test_no_entry_is_blamed_for_what_stood_open_before_it() -> None:
    desk, _ = house()
    aware(desk)
    LawWatch(desk).look()
    (first,) = outcomes(desk, FREEZE)
    assert (first.standing, first.moved, first.entry) == (Standing.OPEN, Moved.PROFILE, 0)
    assert first.why.startswith("what the register says") and first.why.endswith("any answer")
    (breach,) = outcomes(desk, BREACH_RULE)
    assert breach.why == f"entry {breach.entry}: somebody became aware", "a clock runs since then"
    answer(desk, "personal_data", "no")
    answer(desk, "harms", harm("health", NOON))
    LawWatch(desk).look()
    last = outcomes(desk, FREEZE)[-1]
    assert (last.standing, last.why) == (Standing.RAISED, f"entry {last.entry}: an answer: harms")


def test_a_law_that_cannot_be_read_stops_nothing() -> None:
    desk, sheets = house()
    aware(desk)
    LawWatch(desk).look()
    head = desk.known(LOG).last_seq
    sheets.write({"pack.toml": "x"})
    stop, watch = threading.Event(), LawWatch(Writer(desk.world))
    walking = threading.Thread(target=watch.walk, args=(stop, 0.01))
    walking.start()
    stop.set()
    walking.join(10)
    assert not walking.is_alive() and desk.known(LOG).last_seq == head


def test_where_no_law_is_asked_nobody_looks() -> None:
    assert law_watch(world_of({}), threading.Event()) is None


def test_files_that_cannot_be_read_at_all_leave_the_last_law_in_force_and_hold_up_nobody() -> None:
    desk, _ = house()
    aware(desk)
    LawWatch(desk).look()

    def away() -> tuple[Mapping[str, str], Mapping[str, str]]:
        raise Unreachable("law/own.toml cannot be read: denied")

    again = Writer(msgspec.structs.replace(desk.world, law=away))
    answer(again, "personal_data", "yes")
    run_until_idle(again.world, until=NOON)
    assert outcomes(again, BREACH_RULE)[-1].standing is Standing.RAISED
    (wrong,) = again.law.told()
    assert "law/own.toml cannot be read: denied" in str(wrong) and "check the owner" in str(wrong)
    never = Writer(msgspec.structs.replace(world_of({}), law=away))
    with pytest.raises(Refused, match="no law can be asked here: law:1"):
        never.law.must_read()
