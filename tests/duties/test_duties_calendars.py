"""Which days are working days: weekends and public holidays of the place, and dated overrides."""

from __future__ import annotations

from datetime import date

import pytest

from tocsin.duties.calendars import calendar_of, calendar_wrong, is_calendar
from tocsin.duties.law import Closure


def free(code: str, *days: str) -> list[str]:
    calendar = calendar_of(code, ())
    return [day for day in days if not calendar.works_on(date.fromisoformat(day))]


def test_a_weekend_is_no_working_day() -> None:
    week = [f"2026-11-{day}" for day in range(23, 30)]
    assert free("FR", *week) == ["2026-11-28", "2026-11-29"]


def test_a_country_without_a_part_has_only_what_all_its_parts_have() -> None:
    womens_day, corpus_christi, unity_day = "2027-03-08", "2027-05-27", "2025-10-03"
    days = (womens_day, corpus_christi, unity_day)
    assert free("DE", *days) == [unity_day]
    assert free("DE-BE", *days) == [womens_day, unity_day]
    assert free("DE-NW", *days) == [corpus_christi, unity_day]


def test_what_germany_celebrates_is_no_holiday_of_the_union() -> None:
    for code in ("FR", "IT", "BE", "IE", "PL", "ECB"):
        assert free(code, "2025-10-03") == []


def test_a_federal_holiday_on_a_weekend_is_observed_beside_it() -> None:
    assert free("US", "2026-07-03", "2026-07-06") == ["2026-07-03"]  # the 4th is a Saturday
    assert free("US", "2027-07-02", "2027-07-05") == ["2027-07-05"]  # the 4th is a Sunday
    assert free("US", "2027-12-31", "2028-01-03") == ["2027-12-31"]  # 1 January 2028: Saturday
    assert free("US", "2021-12-31", "2022-01-03") == ["2021-12-31"]


def test_the_eleven_federal_holidays_and_no_twelfth() -> None:
    days = [date(2026, 1, 1).toordinal() + n for n in range(365)]
    calendar = calendar_of("US", ())
    off = [date.fromordinal(day) for day in days if not calendar.works_on(date.fromordinal(day))]
    assert [day.isoformat()[5:] for day in off if day.weekday() < 5] == [
        "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26",
        "12-25",
    ]  # fmt: skip
    assert calendar.works_on(date(2026, 11, 27))  # the Friday after Thanksgiving


def test_half_days_and_optional_days_are_worked_on() -> None:
    assert free("US", "2026-12-24") == []
    assert free("DK", "2026-06-05") == []  # Constitution Day: many are off, nobody has to be
    assert free("DE", "2026-12-24", "2026-12-31") == []


def test_a_weekend_is_that_of_the_country_and_of_the_year() -> None:
    saturday, friday, sunday = "2026-11-14", "2026-11-13", "2026-11-15"
    assert free("IL", friday, saturday, sunday) == [friday, saturday]
    assert free("AE", "2021-11-12", "2021-11-14") == ["2021-11-12"]  # Friday, until 2021
    assert free("AE", friday, sunday) == [sunday]


def test_a_weekend_that_is_worked_on_for_a_holiday_is_a_working_day() -> None:
    assert free("CN", "2026-10-10", "2026-10-11") == ["2026-10-11"]


def test_a_market_is_a_calendar() -> None:
    assert free("NYSE", "2026-04-03", "2026-11-11") == ["2026-04-03"]  # Good Friday
    assert free("ENX-XPAR", "2026-07-14", "2026-12-25") == ["2026-12-25"]


def test_the_next_working_day_is_after_the_day() -> None:
    calendar = calendar_of("DE-BE", ())
    assert calendar.next_working_day(date(2026, 11, 25)) == date(2026, 11, 26)
    assert calendar.next_working_day(date(2026, 12, 24)) == date(2026, 12, 28)
    assert calendar.next_working_day(date(2026, 12, 31)) == date(2027, 1, 4)


def closure(calendar: str, day: str, works: bool = False) -> Closure:
    return Closure(
        calendar=calendar, day=date.fromisoformat(day), works=works, because="an order says so"
    )


def test_a_dated_override_comes_before_the_package() -> None:
    closed, opened = closure("US", "2026-12-24"), closure("US", "2026-12-25", works=True)
    calendar = calendar_of("US", (closed, opened))
    assert not calendar.works_on(closed.day)
    assert calendar.works_on(opened.day)
    assert calendar.next_working_day(date(2026, 12, 23)) == opened.day
    assert calendar_of("US", ()).works_on(closed.day)


def test_an_override_counts_for_its_very_code() -> None:
    calendar = calendar_of("US-CA", (closure("US", "2026-12-24"),))
    assert calendar.works_on(date(2026, 12, 24))


def test_a_day_both_closed_and_opened_is_worked_on_whatever_came_first() -> None:
    shut, opened = closure("FR", "2026-12-24"), closure("FR", "2026-12-24", works=True)
    for order in ((shut, opened), (opened, shut)):
        assert calendar_of("FR", order).works_on(shut.day)
    assert not calendar_of("FR", (shut, shut)).works_on(shut.day)


def test_years_that_the_package_does_not_know_have_weekends_only() -> None:
    assert free("US", "2150-12-25", "2150-12-26") == ["2150-12-26"]


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("DE-BER", '"DE-BE"'),
        ("USA", '"US"'),
        ("us", '"US"'),
        ("SG-01", '"SG" has no parts'),
        ("US-??", "AK, AL"),
        ("DE-", '"DE" has BB, BE, BW'),
        ("", "ISO 3166-1"),
        ("Atlantis", "ISO 3166-1"),
    ],
)
def test_an_unknown_code_names_what_was_probably_meant(code: str, remedy: str) -> None:
    assert not is_calendar(code)
    with pytest.raises(ValueError, match=f'no calendar "{code.replace("?", ".")}"') as told:
        calendar_of(code, ())
    assert remedy in str(told.value)


def test_a_calendar_is_made_once() -> None:
    assert calendar_of("FR", ()) is calendar_of("FR", ())


def test_a_code_that_is_no_calendar_has_a_remedy_and_one_that_is_has_none() -> None:
    assert calendar_wrong("DE") is None and calendar_wrong("DE-BE") is None
    part, country = calendar_wrong("DE-BX"), calendar_wrong("QQQQQ")
    assert part is not None and part.startswith('"DE" has BB, BE, ')
    assert country is not None and "write a country (ISO 3166-1)" in country
