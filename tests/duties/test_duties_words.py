"""What a rule says in words is what it says in data."""

from __future__ import annotations

from datetime import date, time

import msgspec
import pytest

from tocsin.duties.law import (
    ALWAYS,
    AllOf,
    AnyOf,
    Clock,
    Condition,
    NotSo,
    Op,
    Period,
    Reading,
    Shift,
    Unit,
)
from tocsin.duties.law import Test as FactTest
from tocsin.duties.words import (
    SHIFTS,
    clock_words,
    condition_lines,
    condition_words,
    period_words,
    reading_words,
)

A = FactTest(fact="a", op=Op.IS, values=(True,))
B = FactTest(fact="b", op=Op.IN, values=("x", "y", "z"))


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(unit=Unit.HOURS, count=72), "72 hours"),
        (Period(unit=Unit.MONTHS, count=1), "1 month"),
        (Period(unit=Unit.IMMEDIATELY), "immediately"),
        (Period(unit=Unit.IN_ADVANCE), "before it is done"),
        (
            Period(unit=Unit.WORKING_DAYS, count=4, ends=time(17, 30)),
            "4 working days, until 17:30",
        ),
        (
            Period(unit=Unit.DAYS, count=60, from_end_of_year=True),
            "60 days after the end of that year",
        ),
        (Period(unit=Unit.DAYS, count_from="reply_days"), 'as many days as "reply_days" says'),
    ],
)
def test_a_period_in_words(period: Period, words: str) -> None:
    assert period_words(period) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (ALWAYS, "always"),
        (AnyOf(of=()), "never"),
        (A, "a is yes"),
        (NotSo(of=A), "not (a is yes)"),
        (AllOf(of=(A, AnyOf(of=(A, B)))), "a is yes and (a is yes or b is x, y or z)"),
        (AnyOf(of=(AllOf(of=(A, B)), A)), "(a is yes and b is x, y or z) or a is yes"),
    ],
)
def test_a_condition_in_words_keeps_what_belongs_together(condition: Condition, words: str) -> None:
    assert condition_words(condition) == words


@pytest.mark.parametrize("op", Op)
def test_every_comparison_has_words_of_its_own(op: Op) -> None:
    one = condition_words(msgspec.structs.replace(A, op=op, values=("v",)))
    others = [condition_words(FactTest(fact="a", op=other, values=("v",))) for other in Op]
    same = {Op.IS, Op.IN}
    assert others.count(one) == (2 if op in same else 1), one


def test_a_long_condition_stands_over_several_lines() -> None:
    many = FactTest(fact="b", op=Op.IN, values=tuple(f"value-{n}" for n in range(9)))
    assert list(condition_lines(AllOf(of=(A, NotSo(of=AnyOf(of=(A, many))))))) == [
        "all of:",
        "- a is yes",
        "- not:",
        "    one of:",
        "    - a is yes",
        f"    - {condition_words(many)}",
    ]


def test_a_clock_names_its_period_its_start_and_where_it_stands() -> None:
    clock = Clock(
        paragraph="73(4)", start="harms", harms=("death", "health"),
        within=Period(unit=Unit.DAYS, count=10), aware_by=("manager",), when=A,
    )  # fmt: skip
    assert clock_words(clock) == (
        "10 days from the awareness of death or health, each by itself by manager, "
        "where a is yes (73(4))"
    )


def test_every_shift_has_words_and_a_reading_says_its_contention() -> None:
    assert SHIFTS.keys() == set(Shift)
    reading = Reading(
        shift=Shift.NOON_NEXT_WORKING_DAY, paragraph="5(4)", contention="C8", when=NotSo(of=A)
    )
    assert reading_words(reading) == (
        "noon of the next working day (5(4)), where not (a is yes) [C8]"
    )


def test_a_date_is_written_as_one() -> None:
    before = FactTest(fact="day", op=Op.BEFORE, values=(date(2027, 12, 2),))
    assert condition_words(before) == "day is before 2027-12-02"
