"""What the law asks of the organisation again and again: once, of no incident, by its period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_desk_duties import HOUR, aware, house, until

from desk_register import PEOPLE, REGISTER, adopted
from desk_world import BY_ANA, LOG, NOON, facts
from law_sheets import FACTS, HEAD, law_sheets
from tocsin.desk.law.duties import adopt, reckon_all, reckon_owed
from tocsin.desk.law.notice_forms import rule_of
from tocsin.desk.law.submitting import Submission, submitted_by_organisation, submitted_outside
from tocsin.desk.law.withdrawing import withdraw_notice
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.dossier.duties import late_words
from tocsin.duties.law import Law
from tocsin.facts import Asserter, Author, Proof, Refused
from tocsin.facts.dues import FellDue
from tocsin.facts.entry import ORGANISATION_LOG
from tocsin.facts.legal import DutyReckoned, LegalDeadlinePassed, Standing
from tocsin.facts.notices import NoticeSubmitted
from tocsin.facts.runs import Ordered
from tocsin.incident.decide_legal import accept_later
from tocsin.incident.fold import replay
from tocsin.incident.model import Actor

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


BY_CLEO = By(author=Author(who="cleo", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="cleo"))
sent_on = st.tuples(st.integers(0, 60), st.booleans())
"""On which day it was said to have gone, and whether that is taken back."""


@given(st.lists(sent_on, min_size=1, max_size=3, unique_by=lambda one: one[0]))
@settings(max_examples=15)
def test_what_was_taken_back_moves_no_period(said: list[tuple[int, bool]]) -> None:
    whole, bare = decreed(), decreed()
    for day, never in sorted(said):
        for desk in (whole, bare):
            until(desk, NOON + timedelta(days=day))
            if desk is whole or not never:
                sent(desk, NOON + timedelta(days=day))
        if never:
            entry = whole.known(ORGANISATION_LOG).legal.went.sent[-1].seq
            withdraw_notice(whole, ORGANISATION_LOG, str(entry), "lost", BY_CLEO)
            reckon_owed(whole, ORGANISATION_LOG)
    for desk in (whole, bare):
        until(desk, DUE + timedelta(days=200))
    first, second = (one.known(ORGANISATION_LOG).legal for one in (whole, bare))
    assert first.counts_to(REPORT) == second.counts_to(REPORT)
    assert [late_words(one, REPORT) != "" for one in (first, second)] == [True, True]
    assert late_words(first, REPORT) == late_words(second, REPORT)


def test_without_counsel_nobody_judges_what_the_organisation_owes() -> None:
    desk = decreed()
    known = desk.known(ORGANISATION_LOG)
    with pytest.raises(Refused, match="nobody commands the organisation"):
        accept_later(
            replay(known.entries), known.legal, Actor(who="ana", roles=frozenset()), NOON,
            rule=REPORT, reason="so", counsel=False,
        )  # fmt: skip
    with pytest.raises(Refused, match="no later reading"):
        accept_later(
            replay(known.entries), known.legal, Actor(who="cleo", roles=frozenset({"counsel"})),
            NOON, rule=REPORT, reason="so", counsel=True,
        )  # fmt: skip
