"""Text shows all that it says; figures are compared by what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.statement.figures import figures_in, not_in_record
from tocsin.statement.hidden import runs
from tocsin.statement.plain import compared, plain_line, plain_lines


@given(st.text())
def test_a_line_is_one_line_that_prints_and_is_plain_already(text: str) -> None:
    line = plain_line(text)
    assert line.isprintable() and plain_line(line) == line
    lines = plain_lines(text)
    assert plain_lines(lines) == lines and "\n\n\n" not in lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200bb", "ab"),
        ("a\u202eb", "ab"),
        ("a\nb", "a b"),
        ("\U000e0041x", "x"),
        ("\u3164x\ufe0f", "x"),
        ("Größe 日本", "Größe 日本"),
    ],
)
def test_what_is_not_seen_is_not_there(text: str, shown: str) -> None:
    assert plain_line(text) == shown


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("1,204 and 1'204 and 1204", ("1204",)),
        ("2.50 2,5 002.5", ("2.5",)),
        ("2026-11-23, 23.11.2026, 23/11/2026", ("2026-11-23",)),
        ("at 14:05 and 14", ("14:5", "14")),
        ("40% of \uff11\uff12", ("40", "12")),
        ("no figure", ()),
    ],
)
def test_figures_are_what_they_mean(text: str, figures: tuple[str, ...]) -> None:
    assert figures_in(text) == figures


def test_an_hour_is_not_in_the_record_because_a_time_is() -> None:
    assert not_in_record("12 people at 12:00", ["noticed = 2026-11-23 12:00 UTC"]) == ("12",)


@given(st.text(), st.text())
def test_what_is_stated_is_in_the_record(added: str, other: str) -> None:
    assert not_in_record(added, [added, other]) == ()


def test_a_quotation_is_five_words_in_a_row_or_a_short_text_whole() -> None:
    assert list(runs("one")) == []
    assert list(runs("one two")) == ["one two"]
    assert list(runs("a b c d e f")) == ["a b c d e", "b c d e f"]
    assert compared("A-b,  \u200bC!") == "a b c"
