"""People look back in time, and whoever commanded does not lead it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lesson_case import ANA, PEOPLE, Case

from incident_log import at, sample
from tocsin.facts import Draft, Refused
from tocsin.facts.incidents import (
    Assigned,
    Closed,
    HandoverAccepted,
    HandoverOffered,
    Reopened,
    Severity,
)
from tocsin.facts.lessons import (
    ReviewHeld,
    ReviewScheduled,
)
from tocsin.incident import decide, decide_lessons
from tocsin.incident.lessons import REVIEW_WITHIN


def test_closing_an_incident_asks_for_a_review_and_reopening_voids_it() -> None:
    case = Case()
    case.add([Draft(fact=sample(Closed), happened_at=at(5)), decide_lessons.review_after(at(5))])
    assert case.known.review_due == at(5) + REVIEW_WITHIN
    case.add([Draft(fact=sample(Reopened), happened_at=at(6))])
    assert case.known.review_due is None


def test_closing_schedules_the_review_by_itself() -> None:
    case = Case()
    incident = case.incident
    case.add(
        decide.judge_severity(incident, ANA, at(2), severity=Severity.SEV3,
                              reasons=["r"], basis="b")
    )  # fmt: skip
    drafts = decide.close(case.incident, ANA, at(5), because="over")
    assert [type(one.fact) for one in drafts] == [Closed, ReviewScheduled]
    assert isinstance(drafts[1].fact, ReviewScheduled)
    assert drafts[1].fact.due == at(5) + timedelta(days=14)


def test_who_commanded_does_not_lead_the_looking_back() -> None:
    case = Case()
    with pytest.raises(Refused, match="blames nobody"):
        decide_lessons.hold_review(case.known, case.incident, at(9), facilitator="ana",
                                   attendees=[], outcome="o", people=PEOPLE)  # fmt: skip
    held = decide_lessons.hold_review(
        case.known, case.incident, at(9), facilitator="ben", attendees=["ana", "ben", "ana"],
        outcome="three items", people=PEOPLE,
    )  # fmt: skip
    assert isinstance(held[0].fact, ReviewHeld) and held[0].fact.attendees == ("ana",)


@pytest.mark.parametrize("passed", ["assigned", "handed over"])
def test_who_commanded_and_handed_over_does_not_lead_it_either(passed: str) -> None:
    case = Case()
    if passed == "assigned":
        case.write(Assigned(role="commander", person="ben"), who="ana")
    else:
        case.write(HandoverOffered(role="commander", to="ben", note=""), who="ana")
        case.write(HandoverAccepted(role="commander", offered_by="ana"), who="ben")
    assert case.incident.holder("commander") == "ben"
    for who in ("ana", "ben"):
        with pytest.raises(Refused, match="blames nobody"):
            decide_lessons.hold_review(case.known, case.incident, at(9), facilitator=who,
                                       attendees=[], outcome="o", people=PEOPLE)  # fmt: skip
    assert decide_lessons.hold_review(
        case.known, case.incident, at(9), facilitator="ana", attendees=[], outcome="o",
        people=frozenset({"ana", "ben"}),
    ), "nobody else is left who could"  # fmt: skip
