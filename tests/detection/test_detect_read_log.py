"""Reading a mapping that stands alone: what the columns are called, and all mistakes at once."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.declared.condition import condition_of
from tocsin.detection.declared.read_log import FIELDS, mapping_of
from tocsin.facts.logs import Decisions, LogMapping, Texts

GOOD = """\
window: 10m
drift_window: 1h
log:
  at: served
  decided: prediction == 1
  truth: label == 1
  score: p
  groups: [sex]
  subject: who
  texts:
    question: prompt
    answer: response
    context: retrieved
    patterns: ["(?i)ignore (all )?previous", '\\pL\\d']
    triggers: [xylophone]
"""


def told(text: str) -> str:
    found, mistakes = mapping_of(text.encode(), "m.yaml")
    assert (found is None) == bool(mistakes)
    return "\n".join(map(str, mistakes))


def mapping(text: str) -> LogMapping:
    found, mistakes = mapping_of(text.encode())
    assert found is not None, mistakes
    return found


def test_a_mapping_may_stand_alone_with_its_windows_or_without() -> None:
    found = mapping(GOOD)
    assert found.decisions == Decisions(
        decided=condition_of("prediction == 1"), truth=condition_of("label == 1"), score="p",
        groups=("sex",), subject="who",
    )  # fmt: skip
    assert found.texts == Texts(
        question="prompt", answer="response", context="retrieved",
        patterns=("(?i)ignore (all )?previous", "\\pL\\d"), triggers=("xylophone",),
    )  # fmt: skip
    assert (found.at, found.window_seconds, found.profile_seconds) == ("served", 600, 3600)
    bare = mapping("at: served\nscore: p\n")
    assert (bare.at, bare.window_seconds, bare.profile_seconds) == ("served", 60, 3600)


def test_a_condition_that_nobody_can_turn_round_is_refused_and_not_worked_at_for_ever() -> None:
    many = " or ".join(f"a == {n} and b == {n}" for n in range(40))
    assert "log.truth: too many `and` within `or`" in told(f"log: {{truth: {many}}}\n")
    assert not told(f"log: {{truth: {' or '.join(f'a == {n}' for n in range(40))}}}\n")


def test_what_somebody_named_must_be_there() -> None:
    assumed = mapping(GOOD + "  version: release\n").assumed
    assert not assumed & {"served", "release", "prediction", "label", "p", "sex", "who", "prompt"}
    assert {"segment", "intent"} <= assumed


def test_a_log_without_time_is_read_by_rows_and_a_column_may_still_be_called_so() -> None:
    rows = mapping("at: rows\n")
    assert (rows.at, rows.window_seconds, rows.profile_seconds) == (None, 5000, 5000)
    assert mapping("at: {column: rows}\n").at == "rows"
    assert mapping("window: 300\nlog: {at: rows}\n").window_seconds == 300


@pytest.mark.parametrize(
    ("good", "bad", "wanted"),
    [
        ("  score: p", "  scores: p", 'm.yaml:7: mistake: log.scores: an unknown field; did you'),
        ("window: 10m\n", "windw: 10m\n", 'windw: an unknown field; did you mean "window"?'),
        ("(?i)ignore", "(?i)(ignore", "log.texts.patterns: '(?i)(ignore (all )?previous': missing"),
        ("(?i)ignore", "(?<!x)ignore", "looks around or back; write it without"),
        ("(?i)ignore", "(a)\\\\1 ignore", "looks around or back; write it without"),
        ("prediction == 1", "prediction = 1", "log.decided: '= 1'; write a column, or compare"),
        ("[sex]", "sex", "log.groups: not a list; write `groups: [one, other]`"),
        ("    question", "    questions", 'questions: an unknown field; did you mean "question"?'),
    ],
)  # fmt: skip
def test_all_that_is_wrong_is_told(good: str, bad: str, wanted: str) -> None:
    assert GOOD.count(good) == 1, good
    text = told(GOOD.replace(good, bad))
    assert wanted in text, text


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n", "&a b: c\n"])
def test_what_is_no_mapping_is_told(text: str) -> None:
    assert told(text)


@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.text(max_size=12)
        | st.lists(st.text(max_size=12), max_size=3)
        | st.dictionaries(st.sampled_from(["column", "unit", "patterns", "counts"]), st.text()),
        max_size=6,
    )
)
def test_no_mapping_breaks_the_reader(given_: dict[str, object]) -> None:
    found, mistakes = mapping_of(msgspec.json.encode(given_))
    assert (found is None) == bool(mistakes)
