"""Each first of a month has exactly one version of a rule, until its repeal, and then none."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from small_law import SMALL
from tocsin.duties.coverage import courses, rules_without_vectors, without_vectors
from tocsin.duties.freshness import DAYS_MAX, stale_words
from tocsin.duties.law import Law, Rule
from tocsin.duties.read import read_law

TODAY = date(2026, 11, 26)


def law() -> Law:
    read, told = read_law(SMALL)
    assert read is not None, told
    return read


def with_versions(*days: tuple[date, date | None]) -> Law:
    """The small law, its first rule in these versions; a reader would refuse some of them."""
    one = law()
    article = one.articles[0]
    rule: Rule = article.rules[0]
    rules = tuple(msgspec.structs.replace(rule, from_=a, until=b) for a, b in days)
    return msgspec.structs.replace(one, articles=(msgspec.structs.replace(article, rules=rules),))


JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


@pytest.mark.parametrize(
    ("days", "breaks"),
    [
        ([(JUNE, None)], []),
        ([(JUNE, JULY), (JULY, None)], []),
        ([(JUNE, JULY)], []),
        ([(JUNE, JULY), (AUGUST, None)], [(JULY, 0)]),
        ([(JUNE, date(2026, 6, 15)), (date(2026, 6, 20), None)], []),
        ([(JUNE, AUGUST), (JULY, None)], [(JULY, 2)]),
        ([(date(2026, 6, 15), JULY), (JULY, AUGUST)], []),
    ],
)
def test_gaps_and_overlaps_are_found_on_the_first_of_a_month(
    days: list[tuple[date, date | None]], breaks: list[tuple[date, int]]
) -> None:
    (course,) = courses(with_versions(*days), TODAY)
    assert [(one.day, len(one.versions)) for one in course.breaks] == breaks


def test_a_rule_is_looked_at_from_its_first_month_to_two_years_ahead() -> None:
    (course,) = courses(with_versions((date(2026, 6, 15), None)), TODAY)
    assert (course.from_, course.until, course.firsts) == (date(2026, 6, 15), None, 29)
    (later,) = courses(with_versions((date(2028, 8, 2), None)), TODAY)
    assert later.firsts == 24, "what comes into force later is looked at for two years from then"


def test_what_nobody_worked_by_hand_is_named() -> None:
    assert without_vectors(law()) == ()
    assert rules_without_vectors(law()) == ("eu/act/1/final",)


def test_a_rule_warns_once_nobody_compared_it_for_long() -> None:
    article = law().articles[0]
    ends = date.fromordinal(article.compared_on.toordinal() + DAYS_MAX)
    assert stale_words(article, ends) is None
    told = stale_words(article, date.fromordinal(ends.toordinal() + 1))
    assert told == f"not compared with its source for {DAYS_MAX + 1} days"
    ahead = stale_words(article, date(2020, 1, 1))
    assert ahead == f"compared on {article.compared_on}, a day that has not come"
