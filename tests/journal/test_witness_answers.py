"""What follows from several witnesses' answers: all must settle it; the gravest is told first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paper_record import LOG, PaperRecord, key_of, noted, opened

from tocsin.journal import note, witness_client
from tocsin.journal.witness_answers import Answers, Asked, Standing, answers, asked
from tocsin.journal.witness_client import Cosigned, RolledBack, WitnessClient

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def answer(standing: Standing, number: int) -> Asked:
    seen = Cosigned(
        witness=f"w{number}", vkey="", size=number, root=b"", line="", at=NOON, independent=True
    )
    cosigned = seen if standing is Standing.EXCLUDED else None
    return Asked(url=f"u{number}", standing=standing, words=f"{standing.value}", cosigned=cosigned)


@given(st.lists(st.sampled_from(Standing), min_size=1, max_size=5))
def test_one_answer_short_of_settling_it_leaves_it_open(standings: list[Standing]) -> None:
    found = answers([answer(one, n) for n, one in enumerate(standings, start=1)])
    assert found is not None
    settled = set(standings) == {Standing.EXCLUDED}
    assert found.hold is settled
    assert found.up_to == (len(standings) if settled else None)
    assert found.witnesses == ((f"w{len(standings)}",) if settled else ())
    assert found.deny is (Standing.DENIED in standings)
    assert found.only_silent is (
        Standing.SILENT in standings and set(standings) <= {Standing.EXCLUDED, Standing.SILENT}
    )
    if not settled:
        order = ["denied", "unconfirmed", "silent", "excluded"]
        told = found.words.split("; ")
        assert told == sorted(told, key=order.index) and len(told) == len(standings)


def test_nobody_asked_is_no_answer() -> None:
    assert answers([]) is None


class _Growing(PaperRecord):
    """Another process writes to it, and lets the witness see it, while this one asks."""

    def grows_by(self, entries: int) -> None:
        for _ in range(entries):
            self.append(LOG, noted("meanwhile"))


@pytest.fixture
def record() -> Iterator[_Growing]:
    record = _Growing()
    record.append(LOG, opened())
    yield record


def test_a_witness_that_another_process_just_showed_more_is_no_alarm(
    record: _Growing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has seen more than we had read a moment ago; read again, and ask again."""
    asked_with: list[int] = []

    def submitted(
        self: WitnessClient, of: PaperRecord, signed: bytes, head: object, witness: str
    ) -> str:
        asked_with.append(of.size())
        if len(asked_with) == 1:
            record.grows_by(2)
            raise RolledBack(witness, "u", 3, 1)
        raise RolledBack(witness, "u", 9, 3)

    about = witness_client.About(name="w", vkey=_vkey(), account="")
    monkeypatch.setattr(WitnessClient, "about", lambda self: about)
    monkeypatch.setattr(WitnessClient, "_submit", submitted)
    found = asked("http://w.example", None, record)
    assert asked_with == [1, 3], "once it did not grow in between, that is the answer"
    assert found.standing is Standing.DENIED
    assert found.words == "ROLLED BACK: the witness w.example has seen 9 entries, this record has 3"
    assert Answers(asked=(found,)).deny


def _vkey() -> str:
    return note.Verifier(name="w.example", public=key_of(7).public, kind=note.COSIGNATURE).text()
