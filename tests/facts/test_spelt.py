"""Names from a log inside a line for people."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.spelt import spelt


@given(st.text())
def test_whatever_it_is_called_it_stays_on_its_line(name: str) -> None:
    said = spelt(name)
    assert said.isprintable() and len(f"version {said}:".splitlines()) == 1


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_a_name_that_prints_stands_as_it_is(name: str) -> None:
    assert spelt(name) == name


def test_what_does_not_print_is_spelt_out_and_not_lost() -> None:
    assert spelt("2\nnext: all is well\x1b[31m") == "2\\nnext: all is well\\x1b[31m"
