"""A mark is read back as it was written, and a counter of hops is a number or has come too far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.marks import (
    HOPS_MAX,
    Mark,
    hops_of,
    mark_in,
    mark_text,
    origin_in_marks,
    why_too_far,
)

ORIGINS = st.text(st.characters(categories=["L", "N"], include_characters="./-"), min_size=1,
                  max_size=200)  # fmt: skip


@given(ORIGINS, st.integers(1, 10**9))
def test_a_mark_names_the_record_and_the_order(origin: str, order: int) -> None:
    text = mark_text(origin, f"incident/7K3ABCDEFG/{order}")
    assert mark_in(f" {text} ") == Mark(
        origin=origin_in_marks(origin), log="incident/7K3ABCDEFG", order=order
    )
    assert len(text) < 200, "no reader of labels cuts it"


@pytest.mark.parametrize(
    "text", ["", "incident/7K3/1", "a b/incident/7K3/1", "o/incident/7K3/", "o/incident/7K3/x",
             "o/incident/7K3/1 and more", "o/alarms/1", "o/incident/7/K3/1"],
)  # fmt: skip
def test_what_only_looks_like_a_mark_is_none(text: str) -> None:
    assert mark_in(text) is None


@given(st.text(max_size=30))
def test_a_counter_of_hops_is_a_number_or_has_come_too_far(text: str) -> None:
    hops = hops_of(text)
    assert hops >= 0
    plain = text.strip()
    assert (hops == 0) == (plain == "" or (plain.isascii() and plain.isdigit() and not int(plain)))


@pytest.mark.parametrize(
    ("header", "stops"), [(None, False), ("1", False), ("3", True), ("1;x", True), ("9999", True)]
)
def test_a_circle_ends(header: str | None, stops: bool) -> None:
    assert (why_too_far(hops_of(header)) is not None) is stops
    assert HOPS_MAX > 1
