"""Each rule finds what its bad example plants, and where; no other does; good is silent."""

from __future__ import annotations

import re

import pytest
from planted import PLANS, TODAY, Planted, bad, good

from tocsin.playbook.lint import FAMILIES, RULES, Needs, Rule, Severity, linted

EACH = [pytest.param(rule, id=rule.id) for rule in RULES.values()]


@pytest.mark.parametrize("file", PLANS)
def test_nothing_is_invented_about_a_whole_plan(file: str) -> None:
    found = Planted(file=file, text=PLANS[file]).linted()
    assert found.told == () and found.unchecked == {}


@pytest.mark.parametrize("rule", EACH)
def test_a_good_example_is_silent(rule: Rule) -> None:
    assert good(rule).linted().told == ()


@pytest.mark.parametrize("rule", EACH)
def test_a_bad_example_is_found_at_its_line_by_its_rule_and_no_other(rule: Rule) -> None:
    planted = bad(rule)
    told = planted.linted().told
    assert {one.rule for one in told} == {rule.id}, told
    assert tuple(sorted({one.line for one in told})) == planted.lines, told
    assert {one.advice for one in told} == {rule.severity is Severity.ADVICE}


@pytest.mark.parametrize("rule", EACH)
def test_a_rule_can_be_read_by_who_answers_for_a_plan(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    assert rule.why[0].isupper() and rule.why.endswith(".") and "  " not in rule.why


def test_ids_are_told_once_and_stand_in_their_family() -> None:
    ids = [rule.id for family in FAMILIES for rule in family.rules]
    names = [rule.name for rule in RULES.values()]
    assert len({*ids}) == len(ids) >= 40 and len({*names}) == len(names)
    for family in FAMILIES:
        numbers = [f"TP{family.digit}{n:02}" for n in range(1, len(family.rules) + 1)]
        assert [rule.id for rule in family.rules] == numbers, family.title


@pytest.mark.parametrize("need", Needs)
def test_what_cannot_be_judged_is_said(need: Needs) -> None:
    found = linted(PLANS["whole.yaml"].encode(), "whole.yaml", TODAY)
    expected = {rule.id for rule in RULES.values() if need in rule.needs}
    assert {*found.unchecked[need]} == expected and found.told == ()


def test_advice_is_waived_with_a_reason_that_is_shown_and_an_error_never_is() -> None:
    waived = "waived: [{rule: TP404, because: the pipeline thaws by itself}]\nowner:"
    unwise = PLANS["whole.yaml"].replace("    undo: running\n", "").replace("owner:", waived)
    found = Planted(file="whole.yaml", text=unwise).linted()
    assert found.told == ()
    assert [(one.rule, because) for one, because in found.waived] == [
        ("TP404", "the pipeline thaws by itself")
    ]
    danger = unwise.replace("    undo: on\n", "", 1).replace("TP404", "TP403")
    rules = {one.rule for one in Planted(file="whole.yaml", text=danger).linted().told}
    assert rules == {"TP403", "TP404", "TP709"}


def test_advice_that_needs_what_is_not_known_may_be_waived_without_it() -> None:
    waived = "waived: [{rule: TP707, because: its drill is next week}]\nowner:"
    text = PLANS["whole.yaml"].replace("owner:", waived)
    assert linted(text.encode(), "whole.yaml", TODAY).told == ()
