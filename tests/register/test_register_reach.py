"""Whom to reach follows the clock on each person's own wall; an unknown name is only a warning."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tocsin.register.formats import hours_of
from tocsin.register.model import Hours, Person, Register, System
from tocsin.register.reach import is_working, to_reach, to_reach_for, unknown_systems


def hours(*texts: str) -> tuple[Hours, ...]:
    found = [hours_of(text) for text in texts]
    assert None not in found
    return tuple(h for h in found if h is not None)


def person(name: str, *deputies: str, at: str = "", zone: str = "UTC") -> Person:
    span = hours(at) if at else ()
    return Person(id=name, name=name, deputies=deputies, hours=span, time_zone=zone)


MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of that week, in UTC; day 0 is Monday."""
    return MONDAY.replace(day=23 + day, hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("span", "at", "working"),
    [
        ("mon-fri 09:00-17:00", on(0, 9), True),
        ("mon-fri 09:00-17:00", on(0, 8, 59), False),
        ("mon-fri 09:00-17:00", on(0, 16, 59), True),
        ("mon-fri 09:00-17:00", on(0, 17), False),
        ("mon-fri 09:00-17:00", on(5, 12), False),
        ("sat,sun 10:00-12:00", on(6, 11), True),
        ("fri-mon 10:00-12:00", on(6, 11), True),
        ("fri-mon 10:00-12:00", on(2, 11), False),
        ("daily 00:00-24:00", on(3, 23, 59), True),
        ("sun 22:00-06:00", on(6, 22), True),
        ("sun 22:00-06:00", on(6, 21, 59), False),
        ("sun 22:00-06:00", on(6, 23), True),
        ("sun 22:00-06:00", on(0, 5, 59), True),
        ("sun 22:00-06:00", on(0, 6), False),
        ("sun 22:00-06:00", on(6, 5), False),
    ],
)
def test_hours_begin_inclusive_and_end_exclusive(span: str, at: datetime, working: bool) -> None:
    assert is_working(person("ada", at=span), at) is working


def test_hours_follow_the_wall_clock_through_summer_time() -> None:
    berlin = person("ada", at="daily 09:00-10:00", zone="Europe/Berlin")
    assert is_working(berlin, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    assert not is_working(berlin, datetime(2026, 7, 1, 8, 30, tzinfo=UTC))
    assert is_working(berlin, datetime(2026, 12, 1, 8, 30, tzinfo=UTC))
    assert is_working(berlin, datetime(2026, 12, 1, 17, 30, tzinfo=ZoneInfo("Asia/Tokyo")))


def ids(register: Register, name: str, at: datetime) -> list[tuple[str, str | None, bool]]:
    return [(r.person.id, r.instead_of, r.working) for r in to_reach(register, name, at)]


def test_who_is_at_work_comes_first_and_nobody_twice() -> None:
    people = {
        "ada": person("ada", "ben", "cleo", at="mon-fri 09:00-17:00"),
        "ben": person("ben", "ada", "dan", at="sat,sun 00:00-24:00"),
        "cleo": person("cleo", "ghost"),
        "dan": person("dan", at="mon 00:00-01:00"),
    }
    register = Register(people=people)
    assert ids(register, "ada", on(0, 10)) == [
        ("ada", None, True),
        ("cleo", "ada", True),
        ("ben", "ada", False),
        ("dan", "ben", False),
    ]
    assert [found[0] for found in ids(register, "ada", on(5, 10))] == ["ben", "cleo", "ada", "dan"]
    assert to_reach(register, "nobody", on(0, 10)) == ()


def test_a_systems_owner_and_deputy_are_reached() -> None:
    people = {
        "ada": person("ada", "cleo"),
        "ben": person("ben"),
        "cleo": person("cleo", at="mon 09:00-10:00"),
    }
    system = System(id="s", name="S", owner="ada", deputy="ben", tier=1)
    register = Register(people=people, systems={"s": system})
    found = to_reach_for(register, "s", on(3, 12))
    assert [(r.person.id, r.instead_of) for r in found] == [
        ("ada", None),
        ("ben", "ada"),
        ("cleo", "ada"),
    ]
    assert to_reach_for(register, "other", on(3, 12)) == ()


def test_an_unknown_system_is_named_with_the_likeliest_other() -> None:
    systems = {"assistant": System(id="assistant", name="Customer helpdesk bot", owner="a", tier=1)}
    register = Register(systems=systems)
    found = unknown_systems(register, ["assistant", "asistant", "zzz", "asistant"])
    assert [(u.name, u.meant) for u in found] == [("asistant", "assistant"), ("zzz", None)]
    assert 'did you mean "assistant"?' in str(found[0])
    assert "add it to the register" in str(found[1])
    (by_title,) = unknown_systems(register, ["customer helpdesk"])
    assert by_title.meant == "assistant"
    assert unknown_systems(Register(), []) == ()
