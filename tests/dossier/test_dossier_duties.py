"""What the law asks is told with both instants and why; what nobody may read is not let out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from incident_log import entry, sample
from law_sheets import BREACH, HEAD, law_sheets
from tocsin.cli.law.duties_of_incident import row_lines
from tocsin.dossier.calendar import calendar_of
from tocsin.dossier.duties import duty_lines, duty_rows, history_of, stamp, told_duties
from tocsin.duties.raised import duties_raised
from tocsin.duties.read import read_law
from tocsin.duties.values import facts_of
from tocsin.facts import Asserter, Entry, Fact
from tocsin.facts.legal import (
    Decided,
    DutiesReckoned,
    DutyDecided,
    DutyReckoned,
    LaterReadingAccepted,
    LegalDeadlinePassed,
    Moved,
    Standing,
)
from tocsin.facts.notices import NoticeSubmitted, NoticeWithdrawn
from tocsin.incident.legal import Legal, legal_of

BY = datetime(2026, 9, 6, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 9, 4, 9, 0, tzinfo=UTC)
RECKONED = DutyReckoned(
    rule="eu/gdpr/33", law="1", standing=Standing.RAISED, conservative_at=BY,
    latest_at=BY + timedelta(hours=1), immediately_from=None, submitted_at=None, unverified=False,
    bars=(), moved=Moved.ENTRY, entry=2, why="entry 2: somebody became aware",
)  # fmt: skip
ASKED = sample(DutiesReckoned, law="1")


def legal(*facts: Fact) -> Legal:
    home = {Asserter.HOME: (DutyReckoned, DutiesReckoned, LegalDeadlinePassed)}
    entries: list[Entry] = [
        entry(
            seq,
            fact,
            kind=Asserter.HOME if isinstance(fact, home[Asserter.HOME]) else Asserter.PERSON,
        )
        for seq, fact in enumerate(facts, start=1)
    ]
    return legal_of(entries)


def other(**changes: object) -> DutyReckoned:
    return msgspec.structs.replace(RECKONED, **changes)


def lines(*facts: Fact, at: datetime = NOW) -> list[str]:
    return duty_lines(legal(*facts, ASKED), at, "7K3")


def test_a_law_that_was_never_asked_says_nothing() -> None:
    assert duty_lines(legal(RECKONED), NOW, "7K3") == []
    assert lines() == ["no legal duty runs, by law 1"]


def test_both_instants_are_told_and_the_next_one_stands_first() -> None:
    later = other(rule="us/x", conservative_at=BY + timedelta(days=1), latest_at=None,
                  unverified=True)  # fmt: skip
    guard = other(rule="eu/g", conservative_at=None, latest_at=None, bars=("alter",))
    assert lines(later, guard, RECKONED) == [
        "eu/gdpr/33 by 2026-09-06 09:00 UTC, latest arguable 2026-09-06 10:00 UTC",
        "us/x by 2026-09-07 09:00 UTC [unverified]",
        "eu/g bars what would alter",
    ]


def test_duties_that_are_open_are_counted_with_the_first_instant_that_would_run() -> None:
    untimed = other(rule="us/y", standing=Standing.OPEN, conservative_at=None, latest_at=None)
    assert lines(untimed) == ["1 duty is open until questions are answered: tocsin law duties 7K3"]
    later = other(rule="us/x", standing=Standing.OPEN, conservative_at=BY + timedelta(days=1))
    assert lines(untimed, later, other(standing=Standing.OPEN)) == [
        "3 duties are open, the first by 2026-09-06 09:00 UTC: tocsin law duties 7K3"
    ]


def test_what_is_over_is_told_as_that_and_lateness_stays() -> None:
    assert lines(RECKONED, at=BY)[0].endswith(" OVERDUE")
    late = LegalDeadlinePassed(rule="eu/gdpr/33", conservative_at=BY, submitted_at=None)
    assert lines(RECKONED, late, at=BY)[0].endswith(" LATE")
    done = other(submitted_at=BY + timedelta(hours=2))
    assert lines(RECKONED, late, done) == ["eu/gdpr/33 submitted 2026-09-06 11:00 UTC LATE"]
    moved_later = other(conservative_at=BY + timedelta(days=9))
    assert lines(RECKONED, late, moved_later, at=BY)[0].endswith(" LATE")


@pytest.mark.parametrize("standing", [Standing.NOT_IN_FORCE, Standing.NOT_RAISED, Standing.OPEN])
def test_lateness_stays_of_what_is_not_asked_for_sure_any_more(standing: Standing) -> None:
    late = LegalDeadlinePassed(rule="eu/gdpr/33", conservative_at=BY, submitted_at=None)
    gone = other(standing=standing, conservative_at=None, latest_at=None, why="entry 9: an answer")
    told = lines(RECKONED, late, gone)
    assert told[0] == (
        "eu/gdpr/33 LATE: it was due by 2026-09-06 09:00 UTC, and nothing was submitted by then; "
        f"{standing.value} since entry 9: an answer"
    )
    assert (len(told) == 2) == (standing is Standing.OPEN), "only what is open is open"


def test_what_was_withdrawn_counts_no_more_and_is_told_by_whom_and_why() -> None:
    sent = [sample(NoticeSubmitted, rule="eu/gdpr/33", notice=id, corrects=wrong)
            for id, wrong in (("N1", None), ("N2", "N1"))]  # fmt: skip
    gone = [sample(NoticeWithdrawn, notice=id, because="lost", submission=entry)
            for id, entry in (("N1", 1), ("N2", 0), ("N3", 0))]  # fmt: skip
    open_ = "eu/gdpr/33 by 2026-09-06 09:00 UTC, latest arguable 2026-09-06 10:00 UTC"

    def said(id: str, entry: int) -> str:
        found = legal(*sent, *gone).went.taken_back[entry]
        return (
            f"eu/gdpr/33 WITHDRAWN by ana at {stamp(found.at)}: {id}, submitted "
            f"{stamp(found.submission.at)}, counts no more: lost"
        )

    assert lines(*sent, *gone, RECKONED) == [open_, said("N2", 2), said("N1", 1)]
    assert legal(*sent, gone[0]).submissions[0].notice == "N2", "the correction stands in its place"
    assert [one.notice for one in legal(*sent, gone[1]).submissions] == ["N1"]
    assert legal(*sent, *gone).submissions == []
    (plain,) = told_duties(legal(*sent, *gone, RECKONED))
    assert plain["settled"] is False and str(plain["withdrawn"]).count("WITHDRAWN by ana") == 2


def test_what_was_decided_is_not_told_as_running_and_an_acceptance_is_named() -> None:
    decided = DutyDecided(
        rule="eu/gdpr/33", decided=Decided.NOT_REQUIRED, exception="", law="1", digest="ab" * 32,
        rationale="no risk",
    )  # fmt: skip
    assert lines(RECKONED, decided) == ["no legal duty runs, by law 1"]
    accepted = LaterReadingAccepted(
        rule="eu/gdpr/33", conservative_at=BY, accepted_at=BY + timedelta(hours=1), reason="r"
    )
    assert "(accepted)" in lines(RECKONED, accepted)[0]


def test_a_history_says_what_moved_each_date() -> None:
    earlier = other(conservative_at=BY - timedelta(days=1), why="entry 3: an answer")
    told = list(history_of(legal(RECKONED, earlier), "eu/gdpr/33"))
    assert [(one.due, one.why) for one in told] == [
        (BY, "entry 2: somebody became aware"), (BY - timedelta(days=1), "entry 3: an answer"),
    ]  # fmt: skip
    (plain,) = told_duties(legal(RECKONED, earlier))
    assert plain["due"] == BY - timedelta(days=1) and plain["settled"] is False


def test_what_is_asked_again_shows_the_period_that_runs_and_when_it_went_out_last() -> None:
    sent = BY + timedelta(hours=2)
    again = BREACH.replace('stage = "notice"', 'stage = "notice"\nagain = { hours = 168 }')
    law, _ = read_law(law_sheets(breach=HEAD.format(title="B", grade="P") + again))
    assert law is not None
    said = {
        "jurisdictions": ["DE"], "roles": ["controller"], "personal_data": True, "aware": BY,
        "submitted.eu/breach/notice": sent,
    }  # fmt: skip
    duties = duties_raised(law, facts_of(said, law)[0], at=sent)
    submitted = sample(NoticeSubmitted, rule="eu/breach/notice", corrects=None)
    rows = duty_rows(duties, legal(submitted), [])
    row = next(one for one in rows if one.rule == "eu/breach/notice")
    assert row.submitted_at is None and row.last_submitted_at is not None
    assert row.due is not None and row.due > sent + timedelta(days=6)
    text = calendar_of([row], incident="7K3", title="t", origin="o", made_at=sent, seq=1)
    assert "STATUS:CONFIRMED" in text and "CANCELLED" not in text


def test_every_clock_that_runs_is_told_beside_the_earliest() -> None:
    law, _ = read_law(law_sheets())
    assert law is not None
    said = {"jurisdictions": ["DE"], "roles": ["controller"], "personal_data": True, "aware": BY}
    duty = next(one for one in duties_raised(law, facts_of(said, law)[0], at=BY)
                if one.rule.id == "eu/breach/notice")  # fmt: skip
    (clock,) = duty.clocks
    end = clock.deadline.conservative
    assert end is not None
    later = msgspec.structs.replace(
        clock, deadline=msgspec.structs.replace(clock.deadline, conservative=end + timedelta(1))
    )
    (row,) = duty_rows([msgspec.structs.replace(duty, clocks=(clock, later))], legal(), [])
    assert [(one.paragraph, one.at) for one in row.also] == [
        (clock.clock.paragraph, end + timedelta(1)),
    ]  # fmt: skip
    assert f"also {clock.clock.paragraph}: runs too" in "\n".join(row_lines(row, BY))
    (alone,) = duty_rows([duty], legal(), [])
    assert not alone.also


def test_a_line_names_the_last_that_followed() -> None:
    first = other(submitted_at=NOW - timedelta(days=900))
    sent = [sample(NoticeSubmitted, rule="eu/gdpr/33", corrects=None)] * 3
    late = LegalDeadlinePassed(rule="eu/gdpr/33", conservative_at=BY, submitted_at=None)
    (line,) = lines(*sent, RECKONED, late, first)
    assert line.startswith(
        f"eu/gdpr/33 submitted {first.submitted_at:%Y-%m-%d %H:%M} UTC, and again "
    )
    (alone,) = lines(RECKONED, late, first)
    assert "and again" not in alone
