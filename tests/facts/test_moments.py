"""An offset that no clock has is no offset, whoever reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts.moments import instant_written


@pytest.mark.parametrize(
    "offset", ["+05:60", "+05:99", "-05:99", "+0599", "+05:00:60", "+050099", "+05:99:00",
               "+05:00:60.5", "+05:75:30"],
)  # fmt: skip
def test_an_offset_beyond_its_hour_is_refused(offset: str) -> None:
    with pytest.raises(ValueError, match="must be in"):
        instant_written(f"2026-11-20T10:00{offset}")


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30T10:00Z", "2026-11-20T10:00+25:00"])
def test_what_is_no_instant_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        instant_written(text)


def test_what_has_no_zone_keeps_none() -> None:
    assert instant_written("2026-11-20") == datetime(2026, 11, 20)
    assert instant_written("20261120T1000").tzinfo is None
    assert instant_written("2026-11-20 10:00Z") == datetime(2026, 11, 20, 10, tzinfo=UTC)


@given(st.datetimes(), st.integers(-86_399, 86_399))
def test_every_instant_that_python_writes_is_read_back(at: datetime, seconds: int) -> None:
    said = at.replace(tzinfo=timezone(timedelta(seconds=seconds)))
    found = instant_written(said.isoformat())
    assert found == said and found.utcoffset() == said.utcoffset()
