"""Conditions: true, false or undetermined by our own cases; nothing makes them raise."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.playbook.conditions import Truth, bindings_of, mistake_in, truth_of
from tocsin.playbook.names import BY_LAW, GIVEN, Type, Value, names_in, names_of
from tocsin.playbook.plan import Plan
from tocsin.playbook.steps import Look

NAMES = {
    **GIVEN,
    "answers.stop": Type.TEXT,
    "results.roll_back": Type.TEXT,
    "values.find": Type.TEXT,
    "sealed.model": Type.YES_NO,
}


class Case(msgspec.Struct, forbid_unknown_fields=True):
    when: str
    known: dict[str, bool | int | float | str]
    is_: str = msgspec.field(name="is")

    @property
    def values(self) -> dict[str, Value]:
        return {
            name: datetime.fromisoformat(str(v)) if NAMES[name] is Type.INSTANT else v
            for name, v in self.known.items()
        }


CASES = msgspec.convert(
    yaml.safe_load((Path(__file__).parent / "conditions.yaml").read_text(encoding="utf-8")),
    list[Case],
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.when} {case.known}")
def test_each_case_comes_to_what_it_must(case: Case) -> None:
    wrong = mistake_in(case.when, NAMES)
    if case.is_ == "mistake":
        assert wrong is not None and wrong.found and wrong.remedy
    else:
        assert wrong is None
        assert truth_of(case.when, NAMES, case.values) is Truth(case.is_)


def test_there_are_enough_cases_of_each_outcome() -> None:
    assert len(CASES) >= 60
    assert {case.is_ for case in CASES} == {"true", "false", "undetermined", "mistake"}


def test_a_budget_stands_against_conditions_that_never_end() -> None:
    ones = "[" + ",".join("1" * 80) + "]"
    long = f"{ones}.all(a, {ones}.all(b, {ones}.all(c, {ones}.all(d, a == b))))"
    assert truth_of(long, NAMES, {}) is Truth.UNDETERMINED
    assert "characters" in str(mistake_in(f"severity == '{'x' * 1000}'", NAMES))
    assert "nested too deeply" in str(mistake_in("(" * 60 + "true" + ")" * 60, NAMES))


@pytest.mark.parametrize(
    ("when", "found", "remedy"),
    [
        ("finding.observed > 1", "> does not fit double and int", "1.0, not 1"),
        ("minutes_open > 2.5", "> does not fit int and double", "whole number"),
        ("severity == 1", "== does not fit string and int", "text in quotes"),
        ("finding.since > 3", "does not fit timestamp and int", "timestamp('2026"),
        ("finding.obsreved > 0.1", "nothing is known as finding.obsreved",
         'did you mean "finding.observed"?'),
        ("answers.x == 'a'", "nothing is known as answers.x", "answers.stop"),
        ("x == 1", "nothing is known as x", "may ask for: finding.detector, finding.system"),
        ("severity", "gives STRING, not yes or no", "severity == 'sev1'"),
        ("severity ==", "not a condition: mismatched input '<EOF>'", "finding.observed > 0.1"),
        ("has(severity)", "has()", "`undetermined`"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_would_be_right(when: str, found: str, remedy: str) -> None:
    wrong = mistake_in(when, NAMES)
    assert wrong is not None
    assert found in wrong.found and remedy in wrong.remedy, wrong


def test_bindings_tell_each_name_once_and_what_is_not_known() -> None:
    when = "finding.observed > 0.1 && severity == 'sev1' || finding.observed > 0.3"
    assert bindings_of(when, NAMES, {"finding.observed": 0.25}) == (
        "finding.observed = 0.25",
        "severity = not known",
    )
    assert names_in("finding.segment.startsWith('severity')", NAMES)[0] == "finding.segment"


def test_ids_are_spelled_for_conditions_and_those_that_clash_have_no_name() -> None:
    steps = {
        name: Look(id=name, probe="p", target="t", wanted="w", next="x")
        for name in ("roll-back", "a.b", "a-b", "in", "2nd")
    }
    plan = Plan(id="p", version="1", title="T", digest="0" * 64, start="a.b", steps=steps)
    found = set(names_of(plan)) - {*GIVEN, *BY_LAW}
    assert found == {"values.roll_back", "results.roll_back"}


_WORDS = [*NAMES, "&&", "||", "!", "(", ")", "==", ">", "'sev1'", "0.1", "1", "null", "[", "]", ","]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join) | st.text(max_size=30))
def test_nothing_makes_a_condition_raise(when: str) -> None:
    mistake_in(when, NAMES)
    assert truth_of(when, NAMES, {"severity": "sev1", "finding.observed": 0.2}) in Truth
