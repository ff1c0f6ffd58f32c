"""What a person may say about deadlines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from incident_log import at
from tocsin.facts import Refused
from tocsin.facts.duties import DeadlineSet
from tocsin.facts.runs import Approved
from tocsin.incident import Actor, Incident, Status, decide
from tocsin.incident.timeline import words_of

ANA = Actor(who="ana")
BY = datetime(2026, 11, 25, 14, 5, tzinfo=UTC)
OPEN = Incident(log="incident/7K3", status=Status.OPEN, seq=1)


def said(**changes: object) -> DeadlineSet:
    words: dict[str, object] = {
        "deadline": "early-report", "conservative_at": BY, "latest_at": None, "basis": "72 h",
    }  # fmt: skip
    (draft,) = decide.set_deadline(OPEN, ANA, at(1), **(words | changes))  # type: ignore[arg-type]
    assert isinstance(draft.fact, DeadlineSet) and draft.happened_at == at(1)
    return draft.fact


def test_a_deadline_is_kept_as_it_was_said() -> None:
    fact = said(source=" Art. 73 \n (2) ", latest_at=BY + timedelta(days=1))
    assert (fact.deadline, fact.conservative_at, fact.source) == ("early-report", BY, "Art. 73 (2)")
    told = words_of(fact)
    assert told.startswith("Deadline early-report (Art. 73 (2)): by 2026-11-25 14:05")
    assert "2026-11-26 14:05 UTC (contested): 72 h" in told


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(Refused, match="lies before"):
        said(latest_at=BY - timedelta(seconds=1))
    assert said(latest_at=BY).latest_at == BY
    for field in ("deadline", "basis"):
        with pytest.raises(Refused, match="is empty"):
            said(**{field: "  "})
    with pytest.raises(Refused, match="reopen it first"):
        decide.set_deadline(
            Incident(log="incident/7K3", status=Status.CLOSED, seq=1), ANA, at(1),
            deadline="d", conservative_at=BY, latest_at=None, basis="b",
        )  # fmt: skip


def test_the_words_of_an_answer_fit_an_action_and_a_question() -> None:
    said = Approved(run="r", order=7, order_digest="0" * 64, because="seen")
    assert words_of(said) == "Approved what entry 7 asks for: seen"
