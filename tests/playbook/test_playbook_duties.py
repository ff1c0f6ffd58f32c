"""A duty of law is a deadline that plans may name, under the id of its rule."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from test_playbook_deadlines import PLAN

from playbook_story import NOON, RULES, Story
from tocsin.facts.legal import DutyReckoned, Moved, Standing

DUE = DutyReckoned(
    rule="eu/gdpr/33", law="1", standing=Standing.RAISED,
    conservative_at=NOON + timedelta(minutes=9),
    latest_at=None, immediately_from=None, submitted_at=None, unverified=False, bars=(),
    moved=Moved.ENTRY, entry=2, why="entry 2",
)  # fmt: skip
LAW_PLAN = PLAN.replace("early-report", "eu-gdpr-33").replace("early_report", "eu_gdpr_33")


def test_a_plan_counts_to_what_was_reckoned_last() -> None:
    assert Story(LAW_PLAN, RULES, DUE).path() == ["when 1"]
    moved = msgspec.structs.replace(DUE, conservative_at=NOON + timedelta(hours=3))
    assert Story(LAW_PLAN, RULES, DUE, moved).path() == ["when otherwise"]


def test_what_may_be_asked_counts_and_what_is_not_asked_is_undetermined() -> None:
    open_ = msgspec.structs.replace(DUE, standing=Standing.OPEN)
    assert Story(LAW_PLAN, RULES, open_).path() == ["when 1"]
    over = msgspec.structs.replace(DUE, standing=Standing.NOT_RAISED, conservative_at=None)
    assert Story(LAW_PLAN, RULES, DUE, over).path() == ["when undetermined"]
