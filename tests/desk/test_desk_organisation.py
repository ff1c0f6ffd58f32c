"""What the law asks of the organisation again and again: once, of no incident, by its period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from test_desk_duties import HOUR, aware, house, until

from desk_register import PEOPLE, REGISTER, adopted
from desk_world import BY_ANA, LOG, NOON, facts
from law_sheets import FACTS, HEAD, law_sheets
from tocsin.desk.law.duties import adopt, reckon_all, reckon_owed
from tocsin.desk.law.notice_forms import rule_of
from tocsin.desk.law.submitting import Submission, submitted_by_organisation, submitted_outside
from tocsin.desk.record import Writer
from tocsin.duties.law import Law
from tocsin.facts import Refused
from tocsin.facts.dues import FellDue
from tocsin.facts.entry import ORGANISATION_LOG
from tocsin.facts.legal import DutyReckoned, LegalDeadlinePassed, Standing
from tocsin.facts.notices import NoticeSubmitted
from tocsin.facts.runs import Ordered

REPORT = "own/decree/report"
ENTERED = NOON - timedelta(days=60)
DECREE = (
    HEAD.format(title="Decree", grade="P")
    + """
[[rule]]
id = "own/decree/report"
says = "Report to the monitor."
paragraphs = ["D 1"]
who = "we"
when = [{ fact = "decree.entered", happened = true }]
stage = "decree-report"
again = { days = 90 }
until_fact = "decree.ended"
to = [{ name = "the monitor" }]
[[rule.clock]]
paragraph = "D 1"
start = "decree.entered"
within = { days = 90 }
"""
)
KEYS = "".join(
    f"""
["decree.{name}"]
type = "instant"
question = "When was it {name}?"
answered_by = "register"
set_once = true
"""
    for name in ("entered", "ended")
)
DUE = datetime(2026, 12, 23, 23, tzinfo=UTC)


def decreed(entered: bool = True) -> Writer:
    desk, sheets = house()
    sheets.write({**law_sheets(), "facts.toml": FACTS + KEYS, "own/decree.toml": DECREE})
    people = PEOPLE | {
        "cleo": msgspec.structs.replace(
            PEOPLE["di"], id="cleo", email="cleo@example.org", roles=("counsel",)
        )
    }
    profile = {"jurisdictions": ("DE",), "roles": ("controller",)}
    more = {"decree.entered": ENTERED.isoformat()} if entered else {}
    adopted(desk, msgspec.structs.replace(REGISTER, people=people, profile=profile | more))
    reckon_all(desk)
    return desk


def law(desk: Writer) -> Law:
    found = adopt(desk)
    assert found is not None
    return found.law


def outcomes(desk: Writer, log: str) -> list[DutyReckoned]:
    found = [e.fact for e in desk.known(log).entries if isinstance(e.fact, DutyReckoned)]
    return [one for one in found if one.rule == REPORT]


def sent(desk: Writer, at: datetime) -> NoticeSubmitted:
    how = Submission(at=at, channel="the portal", to=("the monitor",))
    rule = rule_of(law(desk), REPORT, organisation=True)
    submitted_by_organisation(desk, law(desk), rule, how, "", BY_ANA)
    reckon_owed(desk, ORGANISATION_LOG)
    return facts(desk.world, NoticeSubmitted, ORGANISATION_LOG)[-1]


def test_it_is_asked_once_of_the_organisation_and_of_no_incident() -> None:
    desk = decreed()
    aware(desk)
    until(desk, NOON + HOUR)
    assert outcomes(desk, LOG) == []
    (one,) = outcomes(desk, ORGANISATION_LOG)
    assert (one.standing, one.conservative_at) == (Standing.RAISED, DUE)
    head = desk.known(ORGANISATION_LOG).last_seq
    assert reckon_all(desk) == 0 and reckon_all(Writer(desk.world)) == 0
    assert desk.known(ORGANISATION_LOG).last_seq == head


def test_where_nothing_is_asked_nothing_is_recorded() -> None:
    desk = decreed(entered=False)
    assert desk.known(ORGANISATION_LOG).entries == []


def test_counsel_is_reminded_once_and_what_went_says_for_which_period() -> None:
    desk = decreed()
    aware(desk)
    until(desk, DUE - 4 * HOUR)
    first = [one for one in facts(desk.world, FellDue, ORGANISATION_LOG) if one.about == REPORT]
    assert [one.due_at for one in first] == [DUE - 24 * HOUR]
    assert first[0].told_by and {
        one.target for one in facts(desk.world, Ordered, ORGANISATION_LOG)
    } == {"cleo@example.org"}
    went = sent(desk, DUE - 10 * HOUR * 24 - 4 * HOUR)  # no awareness is asked for
    assert (went.period, went.stage, went.rule) == (DUE, "decree-report", REPORT)
    assert outcomes(desk, ORGANISATION_LOG)[-1].conservative_at == datetime(
        2027, 3, 13, 23, tzinfo=UTC
    )
    until(desk, DUE + HOUR)
    assert facts(desk.world, LegalDeadlinePassed, ORGANISATION_LOG) == []
    assert (
        len([one for one in facts(desk.world, FellDue, ORGANISATION_LOG) if one.about == REPORT])
        == 1
    )


def test_what_is_missed_is_on_record_and_the_next_one_counts_from_what_went() -> None:
    desk = decreed()
    until(desk, DUE + 5 * HOUR)
    (passed,) = facts(desk.world, LegalDeadlinePassed, ORGANISATION_LOG)
    assert (passed.rule, passed.conservative_at) == (REPORT, DUE)
    assert sent(desk, DUE + 4 * HOUR).period == DUE
    late = desk.known(ORGANISATION_LOG).legal.late(REPORT)
    assert late is not None and late.fact == passed
    assert desk.known(ORGANISATION_LOG).legal.counts_to(REPORT) == DUE + timedelta(days=91)


def test_it_is_said_of_the_organisation_and_no_incident_takes_it() -> None:
    desk = decreed()
    aware(desk)
    with pytest.raises(Refused, match="tocsin law submitted own/decree/report"):
        rule_of(law(desk), REPORT)
    how = Submission(at=NOON, channel="mail", to=("the authority",))
    other = rule_of(law(desk), "eu/breach/notice")
    with pytest.raises(Refused, match="tocsin notice submitted INCIDENT --outside eu/breach"):
        submitted_by_organisation(desk, law(desk), other, how, "", BY_ANA)
    submitted_outside(desk, LOG, other, how, "at night", BY_ANA)
    with pytest.raises(Refused, match="records this already"):
        for _ in range(2):
            sent(desk, NOON)
