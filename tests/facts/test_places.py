"""Places in a list are written one way, read back the same, and nothing is lost between."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.places import joined, places, spans_of, written, written_in_parts

SPANS = st.lists(
    st.tuples(st.integers(1, 300), st.integers(0, 40)).map(lambda one: (one[0], one[0] + one[1])),
    min_size=1,
)


def every(spans: list[tuple[int, int]]) -> set[int]:
    return {place for first, last in spans for place in range(first, last + 1)}


@given(SPANS)
def test_what_is_joined_and_written_holds_the_same_places(spans: list[tuple[int, int]]) -> None:
    found = joined(spans)
    assert spans_of(written(found)) == found == joined(found)
    assert every(found) == every(spans) and places(found) == len(every(spans))
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(found))


@given(SPANS, st.integers(8, 60))
def test_parts_hold_everything_and_none_is_too_long(
    spans: list[tuple[int, int]], most: int
) -> None:
    parts = list(written_in_parts(joined(spans), most))
    assert [span for part in parts for span in part] == joined(spans)
    assert all(len(written(part)) <= most for part in parts)


@pytest.mark.parametrize("text", ["", "a", "1,", "0", "5-3", "1-2-3", "-1", "1.5", "9" * 14])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        spans_of(text)


def test_spaces_and_order_do_not_matter() -> None:
    assert spans_of(" 205, 1 - 200 ,201") == [(1, 201), (205, 205)]
