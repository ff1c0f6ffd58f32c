"""Readings are kept for when the same comes again, and never more bytes than there is room for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.signals.model import Reading
from tocsin.signals.readings import COUNT_MAX, Readings


def test_the_newest_stay_and_what_is_asked_for_is_new() -> None:
    readings = Readings(bytes_max=100)
    for name in "abc":
        readings.keep((name,), Reading(delivery=name), 30)
    assert readings.get(("a",)) == Reading(delivery="a")
    readings.keep(("d",), Reading(), 30)
    assert [readings.get((name,)) is not None for name in "abcd"] == [True, False, True, True]
    readings.keep(("large",), Reading(), 51)
    assert readings.get(("large",)) is None


@given(sizes=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60)), max_size=60))
def test_no_more_bytes_are_kept_than_there_is_room(sizes: list[tuple[int, int]]) -> None:
    readings, size_of = Readings(bytes_max=100), dict(sizes)
    for key, _ in sizes:
        readings.keep((key,), Reading(), size_of[key])
    kept = [size for key, size in size_of.items() if readings.get((key,)) is not None]
    assert sum(kept) <= 100


def test_no_more_are_kept_than_can_be_counted() -> None:
    readings = Readings()
    for number in range(COUNT_MAX + 1):
        readings.keep((number,), Reading(), 0)
    assert readings.get((0,)) is None
    assert readings.get((COUNT_MAX,)) is not None
