"""What a law pack says: what nobody read is told apart."""

from __future__ import annotations

from tocsin.duties.law import Grade


def test_only_what_somebody_read_is_verified() -> None:
    assert [grade for grade in Grade if grade.verified] == [Grade.PRIMARY, Grade.SECONDARY]
