"""A second submission of one stage is on record and shown, and nothing is late or later by it."""

from __future__ import annotations

import pytest
from test_desk_duties import (
    BREACH_RULE,
    DAY,
    FIRST,
    HOUR,
    SECOND,
    answer,
    aware,
    harm,
    house,
    outcomes,
    submitted,
    until,
)

from desk_world import BY_ANA, LOG, NOON, facts
from law_sheets import HARM, HEAD, law_sheets
from tocsin.desk.law.duties import Asked, asked_of, profile_in_force, reckon_owed
from tocsin.desk.law.notice_forms import rule_of
from tocsin.desk.law.submitting import Submission, submitted_outside
from tocsin.desk.record import Writer
from tocsin.dossier.duties import duty_rows
from tocsin.facts import Refused
from tocsin.facts.legal import LegalDeadlinePassed
from tocsin.facts.notices import NoticeSubmitted
from tocsin.incident.fold import replay
from tocsin.incident.words_notice import notice_words

TWICE = HEAD.format(title="Harm", grade="M") + HARM.replace(
    'stage = "first"', 'stage = "first"\nrepeats = true', 1
)


def asked(desk: Writer) -> Asked:
    known = desk.known(LOG)
    return asked_of(
        desk.law.must_read().law, replay(known.entries), known.legal,
        profile_in_force(desk, known), desk.world.clock.now(),
    )  # fmt: skip


def test_what_went_in_time_is_not_late_because_more_followed() -> None:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    until(desk, NOON + HOUR)
    submitted(desk, BREACH_RULE, "notice", NOON + HOUR)
    reckon_owed(desk, LOG)
    until(desk, NOON + 6 * DAY)
    submitted(desk, BREACH_RULE, "notice", NOON + 5 * DAY)
    reckon_owed(desk, LOG)
    assert facts(desk.world, LegalDeadlinePassed) == []
    assert outcomes(desk, BREACH_RULE)[-1].submitted_at == NOON + HOUR
    row = next(
        one for one in duty_rows(asked(desk).duties, desk.known(LOG).legal, [])
        if one.rule == BREACH_RULE
    )  # fmt: skip
    assert (row.submitted_at, row.last_submitted_at) == (NOON + HOUR, NOON + 5 * DAY)
    assert row.late == ""


def test_what_was_late_is_told_once_however_much_follows() -> None:
    desk, _ = house()
    aware(desk, NOON - 80 * HOUR)
    answer(desk, "personal_data", "yes")
    for hours in (0, 1, 2):
        until(desk, NOON + hours * HOUR)
        submitted(desk, BREACH_RULE, "notice", NOON + hours * HOUR)
        reckon_owed(desk, LOG)
    told = [one.submitted_at for one in facts(desk.world, LegalDeadlinePassed)]
    assert told == [None, NOON]


def test_the_next_stage_starts_from_the_first_unless_its_rule_says_from_the_last() -> None:
    for repeats in (False, True):
        desk, sheets = house()
        if repeats:
            sheets.write(law_sheets(harm=TWICE))
        answer(desk, "harms", harm("health", NOON))
        aware(desk)
        until(desk, NOON + HOUR)
        submitted(desk, FIRST, "first", NOON + HOUR)
        reckon_owed(desk, LOG)
        before = outcomes(desk, SECOND)[-1].conservative_at
        until(desk, NOON + 2 * DAY)
        submitted(desk, FIRST, "first", NOON + 2 * DAY)
        reckon_owed(desk, LOG)
        after = outcomes(desk, SECOND)[-1].conservative_at
        assert before is not None and after is not None
        assert after - before == (2 * DAY if repeats else 0 * DAY)


def test_what_went_outside_is_corrected_by_its_entry_and_moves_no_stage() -> None:
    desk, _ = house()
    answer(desk, "harms", harm("health", NOON))
    aware(desk)
    until(desk, NOON + 2 * HOUR)
    rule = rule_of(desk.law.must_read().law, FIRST)

    def went(hours: int, corrects: str | None = None) -> int:
        how = Submission(at=NOON + hours * HOUR, channel="mail", to=("the authority",))
        return submitted_outside(
            desk, LOG, rule, how, "at night", BY_ANA, corrects=corrects
        ).first_seq

    first = went(1)
    reckon_owed(desk, LOG)
    due = outcomes(desk, SECOND)[-1].conservative_at
    again = went(2, str(first))
    reckon_owed(desk, LOG)
    assert outcomes(desk, SECOND)[-1].conservative_at == due
    assert [one.at for one in desk.known(LOG).legal.submissions] == [NOON + HOUR]
    fact = desk.known(LOG).entries[again - 1].fact
    assert isinstance(fact, NoticeSubmitted) and f"correcting entry {first}" in notice_words(fact)
    for wrong, said in (("1", "records no submission"), ("N1", "N1")):
        with pytest.raises(Refused, match=said):
            went(2, wrong)
