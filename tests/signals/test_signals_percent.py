"""Our reading of escapes is the standard library's, and what we write reads back the same."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.signals.percent import form_of, form_pairs, unquoted

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.text(st.sampled_from("%4aAfF0 z+&=é"), max_size=30))
def test_escapes_read_as_the_standard_library_reads_them(text: str) -> None:
    assert unquoted(text) == unquote(text, errors="replace")


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_a_form_reads_back(pairs: list[tuple[str, str]]) -> None:
    body = form_of(pairs)
    assert form_pairs(body, 5) == pairs
    assert dict(parse_qsl(body.decode(), keep_blank_values=True)) == dict(pairs)


def test_what_is_no_form_is_refused() -> None:
    for body in (b"a=\xff", b"a=%ff", b"a&" * 30):
        with pytest.raises(ValueError):
            form_pairs(body, 20)
