"""The shipped law as a whole: every rule is cited, graded, dated and asks what can be answered.

Whether each rule comes to what was worked by hand is another family's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from tocsin.duties.coverage import courses, without_vectors
from tocsin.duties.law import (
    AllOf,
    AnyOf,
    Clock,
    Condition,
    Enforcement,
    Law,
    NotSo,
    Rule,
    Sort,
    Unit,
)
from tocsin.duties.law import Test as FactTest
from tocsin.duties.named import in_full
from tocsin.duties.read import read_law
from tocsin.facts import KINDS
from tocsin.register.legal_keys import KeyType, LegalKey

LAW = Path(__file__).parents[1] / "law"
TODAY = date(2026, 11, 26)
WHENEVER = (Unit.IMMEDIATELY, Unit.IN_ADVANCE)
ENTERED = re.compile(r'"|"no"|\bsay\b|\benter\b|\bname\b', re.IGNORECASE)


@cache
def law() -> Law:
    files = {p.relative_to(LAW).as_posix(): p.read_text() for p in LAW.rglob("*.toml")}
    read, told = read_law(files)
    assert read is not None, "\n".join(map(str, told))
    return read


def rules() -> list[Rule]:
    return [in_full(rule) for rule in law().rules]


def named(rule: Rule) -> str:
    return f"{rule.id} from {rule.from_}"


def conditions(rule: Rule) -> Iterator[Condition]:
    yield from (rule.applies, rule.when)
    yield from (gate.when for gate in rule.classification)
    yield from (one.when for one in rule.recipients)
    for clock in rule.clocks:
        yield clock.when
        yield from (reading.when for reading in clock.readings)


def facts_tested(condition: Condition) -> Iterator[FactTest]:
    if isinstance(condition, FactTest):
        yield condition
    elif isinstance(condition, NotSo):
        yield from facts_tested(condition.of)
    elif isinstance(condition, AllOf | AnyOf):
        for one in condition.of:
            yield from facts_tested(one)


@pytest.mark.parametrize("rule", rules(), ids=named)
def test_a_rule_is_cited_dated_and_in_our_words(rule: Rule) -> None:
    assert rule.paragraphs and rule.says and rule.who
    assert rule.from_ >= date(1970, 1, 1)
    assert 10 <= len(rule.says) <= 300, "a sentence of ours, not a paragraph of theirs"
    for clock in rule.clocks:
        assert clock.paragraph and all(reading.paragraph for reading in clock.readings)


@pytest.mark.parametrize("rule", rules(), ids=named)
def test_a_notice_that_runs_has_a_recipient_and_something_that_starts_it(rule: Rule) -> None:
    if rule.sort is Sort.NOTICE and rule.enforcement is not Enforcement.PENDING:
        assert rule.recipients
        assert rule.clocks or rule.immediately_from


@pytest.mark.parametrize("rule", rules(), ids=named)
def test_a_period_has_a_length_and_a_stage_comes_after_one(rule: Rule) -> None:
    for clock in rule.clocks:
        period = clock.within
        assert (period.count > 0) != (period.unit in WHENEVER or bool(period.count_from))
    stages = {one.id: one.stage for one in rules()}
    assert all(stages[id] for id in rule.after)


def test_each_first_of_a_month_has_exactly_one_version_and_after_a_repeal_none() -> None:
    found = courses(law(), TODAY)
    assert [one for course in found for one in course.breaks] == []
    assert min(course.firsts for course in found) >= 1


def test_each_article_with_a_notice_has_a_case_worked_by_hand() -> None:
    assert without_vectors(law()) == ()


def test_no_article_was_compared_on_a_day_to_come_and_each_names_its_source() -> None:
    for article in law().articles:
        assert date(2026, 1, 1) <= article.compared_on <= date(2027, 12, 31), article.path
        assert all(len(source) > 5 for source in article.sources), article.path


def test_contentions_are_codes_that_a_rule_or_a_case_uses_and_each_is_a_sentence() -> None:
    for code, says in law().contentions.items():
        assert says.endswith("."), code
    used = {
        code
        for rule in rules()
        for clock in rule.clocks
        for code in (clock.contention, *(one.contention for one in clock.readings))
    }
    assert used - {None} <= law().contentions.keys()
    assert len(used) > 3


KEYS = list(law().dictionary.keys.values())


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.key)
def test_a_fact_has_a_question_and_something_that_answers_it(key: LegalKey) -> None:
    assert key.question.endswith("?") or ENTERED.search(key.question), key.question
    assert key.answered_by == "register" or key.answered_by in KINDS, key.answered_by
    assert all(says for says in key.choices.values())


def test_what_a_home_says_once_is_answered_by_its_register() -> None:
    for key in KEYS:
        if key.answered_by == "register":
            assert key.set_once, f"{key.key}: the register says it once"


def test_each_fact_of_a_rule_is_one_of_the_dictionary_and_so_is_each_choice() -> None:
    groups = {*law().places, *(g for place in law().places.values() for g in place.groups)}
    for rule in rules():
        for test in (one for condition in conditions(rule) for one in facts_tested(condition)):
            key = law().dictionary.find(test.fact)
            assert key is not None, f"{rule.id}: {test.fact}"
            if key.type in (KeyType.CHOICE, KeyType.CHOICES, KeyType.HARMS):
                choices = set(key.choices) or groups
                assert set(test.values) - {True} <= choices, f"{rule.id}: {test}"
        for clock in rule.clocks:
            assert set(clock.harms) <= set(law().dictionary.keys["harms"].choices), rule.id
            assert starts(clock), f"{rule.id}: {clock.start}"


def starts(clock: Clock) -> bool:
    return clock.start in ("harms", "first-harm") or bool(law().dictionary.find(clock.start))


def test_places_have_zones_and_rules_name_places() -> None:
    groups = {group for place in law().places.values() for group in place.groups}
    for rule in rules():
        assert rule.where or not rule.article.startswith("eu/"), f"{rule.id}: anywhere at all?"
        assert set(rule.where) <= groups | law().places.keys(), rule.id
