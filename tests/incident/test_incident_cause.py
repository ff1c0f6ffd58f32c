"""Who writes the root cause, and when, is decided before anybody writes it."""

from __future__ import annotations

import pytest
from privilege_story import ANA, CARL, CLEO, Story

from incident_log import at, entry, sample
from tocsin.facts import Access, Refused
from tocsin.facts.incidents import Assigned, HandoverAccepted, Opened
from tocsin.facts.privilege import RootCauseAssigned
from tocsin.incident import decide_privilege
from tocsin.incident.fold import replay
from tocsin.incident.model import COUNSEL, Actor
from tocsin.incident.privilege import CAUSE_UNDECIDED, Space, may_write_cause, why_no_cause


def test_nobody_writes_the_cause_before_counsel_chose() -> None:
    story = Story()
    assert CAUSE_UNDECIDED in (why_no_cause(story.space, at(9), counsel=True) or "")
    with pytest.raises(Refused, match="counsel decides who writes it"):
        may_write_cause(story.space, "ana", at(9), counsel=True)
    with pytest.raises(Refused, match="only counsel can decide"):
        story.choose("ana", ANA)
    story.choose("ben", CLEO)
    assert story.incident.holder(COUNSEL) == "cleo"
    with pytest.raises(Refused, match="not written before"):
        may_write_cause(story.space, "ben", at(4), counsel=True)
    chosen = may_write_cause(story.space, "ben", at(5), counsel=True)
    assert (chosen.person, chosen.access, chosen.by) == ("ben", Access.OPS, "cleo")
    with pytest.raises(Refused, match="ben writes the root cause, not ana"):
        may_write_cause(story.space, "ana", at(5), counsel=True)
    with pytest.raises(Refused, match="decided just that"):
        story.choose("ben", CLEO)
    assert why_no_cause(story.space, at(5), counsel=True) is None


def test_without_any_counsel_the_commander_decides_and_the_record_says_so() -> None:
    story = Story()
    assert "the commander decides" in (why_no_cause(story.space, at(9), counsel=False) or "")
    with pytest.raises(Refused, match="ana is that"):
        story.choose("ben", Actor(who="ben"), counsel=())
    with pytest.raises(Refused, match="nothing can be under privilege"):
        story.choose("ben", ANA, counsel=(), privileged=True)
    story.choose("ben", ANA, counsel=())
    last = story.entries[-1].fact
    assert isinstance(last, RootCauseAssigned)
    assert "no counsel" in last.because
    assert may_write_cause(story.space, "ben", at(5), counsel=False).by == "ana"


def test_where_nobody_commands_someone_is_assigned_first() -> None:
    incident = replay([entry(1, sample(Opened))])
    with pytest.raises(Refused, match="assign one first"):
        decide_privilege.choose_cause(
            incident, Space(), ANA, at(4), person="ben", from_at=at(5), privileged=False,
            because="b", counsel=(),
        )  # fmt: skip


def test_under_privilege_only_a_member_writes_the_cause() -> None:
    story = Story()
    story.open_space()
    with pytest.raises(Refused, match="admit them first"):
        story.choose("ben", CLEO, privileged=True)
    story.admit("ben")
    story.choose("ben", CARL, privileged=True)
    assert may_write_cause(story.space, "ben", at(5), counsel=True).access is Access.COUNSEL
    with pytest.raises(Refused, match="only counsel of this space"):
        story.choose("ana", ANA)
    story.say(sample(RootCauseAssigned, person="ana"), who="ana")
    assert story.space.cause is not None
    assert story.space.cause.person == "ben"


def test_a_commander_decides_no_cause_where_there_is_counsel() -> None:
    story = Story()
    story.say(Assigned(role=COUNSEL, person="cleo"))
    story.say(sample(RootCauseAssigned, person="ana"), who="ana")
    assert story.space.cause is None
    taken = HandoverAccepted(role=COUNSEL, offered_by="cleo")
    story.say(taken, who="carl")
    story.say(sample(RootCauseAssigned, person="ana"), who="carl")
    assert story.space.cause is not None
