"""No cell of a table that this house writes is run, whoever chose what stands in it."""

from __future__ import annotations

import unicodedata

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.formulas import BEGINS_A_FORMULA, plain_cell

FORMULAS = [
    "=1", "+1", "-1", "@x", "|x", "%x", "\tx", "\rx", "\nx",
    " =1", "  -1", "\t=1", "\r=1", "\n=1", " \n=1", "\x0b=1", "\x00=1", "\x1f=1",
    "\u00a0=1", "\u2003=1", "\u200b=1", "\u3000=1", "\ufeff=1", '"=1', "'=1",
    "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "\ufe661", "\u3000\uff1d1",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_a_formula(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "S1", "2026-11-23", "a=1", "1-2", "x @ y", "'", "a\n=1"])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert plain_cell(text) == text


@given(text=st.text(max_size=12))
def test_whatever_was_written_begins_no_formula(text: str) -> None:
    cell = plain_cell(text)
    assert cell in (text, f"'{text}")
    first = unicodedata.normalize("NFKC", text.strip())[:1]
    assert cell.startswith("'") or not first or first not in "=+-@|%"


@given(texts=st.lists(st.text(max_size=6) | st.sampled_from(FORMULAS), min_size=1, max_size=20))
def test_the_engine_that_writes_large_tables_reads_the_rule_alike(texts: list[str]) -> None:
    with duckdb.connect(":memory:") as con:
        asked = "SELECT regexp_matches(?::VARCHAR, ?)"
        told = [con.execute(asked, [one, BEGINS_A_FORMULA]).fetchone() for one in texts]
    assert told == [(plain_cell(one) != one,) for one in texts]
