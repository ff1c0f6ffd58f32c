"""What is said to have gone and was taken back counts no more, as if it had never been said."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_desk_duties import (
    BREACH_RULE,
    DAY,
    DUE,
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
from test_desk_duties_followed import asked

from desk_world import BY_ANA, LOG, NOON, facts
from tocsin.desk.law.duties import reckon_all, reckon_owed
from tocsin.desk.law.notice_forms import rule_of
from tocsin.desk.law.submitting import Submission, confirmed, submitted_outside
from tocsin.desk.law.withdrawing import withdraw_notice
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.dossier.duties import DutyRow, duty_lines, duty_rows
from tocsin.facts import Asserter, Author, Proof, Refused, Unreachable
from tocsin.facts.dues import FellDue
from tocsin.facts.legal import LegalDeadlinePassed, Moved, Standing
from tocsin.facts.notices import NoticeWithdrawn
from tocsin.incident.legal import legal_of
from tocsin.incident.words_notice import notice_words
from tocsin.world import Appended

BY_CLEO = By(author=Author(who="cleo", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="cleo"))
STAGES = {BREACH_RULE: "notice", FIRST: "first", SECOND: "second"}


def started() -> Writer:
    desk, _ = house()
    aware(desk)
    answer(desk, "personal_data", "yes")
    answer(desk, "harms", harm("health", NOON))
    reckon_owed(desk, LOG)
    return desk


def went(desk: Writer, rule: str, at: datetime) -> int:
    submitted(desk, rule, STAGES[rule], at)
    reckon_owed(desk, LOG)
    return desk.known(LOG).legal.went.sent[-1].seq


def back(desk: Writer, entry: int, because: str = "the portal lost it") -> Appended:
    told = withdraw_notice(desk, LOG, str(entry), because, BY_CLEO)
    reckon_owed(desk, LOG)
    return told


def rows(desk: Writer) -> dict[str, DutyRow]:
    known = desk.known(LOG)
    return {one.rule: one for one in duty_rows(asked(desk).duties, known.legal, known.entries)}


def test_the_stage_is_asked_again_and_is_late_where_nothing_remains() -> None:
    desk = started()
    entry = went(desk, BREACH_RULE, NOON)
    until(desk, DUE + HOUR)
    assert not facts(desk.world, LegalDeadlinePassed) and not rows(desk)[BREACH_RULE].late
    back(desk, entry)
    (passed,) = facts(desk.world, LegalDeadlinePassed)
    assert (passed.rule, passed.conservative_at, passed.submitted_at) == (BREACH_RULE, DUE, None)
    row, now = rows(desk)[BREACH_RULE], outcomes(desk, BREACH_RULE)[-1]
    assert (row.submitted_at, row.due, now.submitted_at, now.moved) == (
        None, DUE, None, Moved.ENTRY,
    )  # fmt: skip
    assert now.why.endswith(": what was submitted counts no more")
    assert row.late.endswith("nothing was submitted by then")
    said = (
        "WITHDRAWN by cleo at 2026-11-26 13:00 UTC: entry "
        f"{entry}, submitted 2026-11-23 12:00 UTC, counts no more: the portal lost it"
    )
    assert row.withdrawn == said
    known = desk.known(LOG)
    assert f"{BREACH_RULE} {said}" in duty_lines(known.legal, NOON, "7K3")
    (fact,) = facts(desk.world, NoticeWithdrawn)
    assert notice_words(fact) == (
        f"A notice written outside of Tocsin withdrawn: what entry {entry} says was submitted "
        "counts no more: the portal lost it"
    )


def test_recorded_anew_under_the_right_instant_it_is_in_time_and_told_as_mended() -> None:
    desk = started()
    until(desk, DUE + 3 * HOUR)
    entry = went(desk, BREACH_RULE, DUE + 2 * HOUR)  # a slip of the clock: it went the day before
    assert rows(desk)[BREACH_RULE].late.endswith("and submitted at 2026-11-26 14:00 UTC")
    back(desk, entry)
    went(desk, BREACH_RULE, DUE - 22 * HOUR)
    row = rows(desk)[BREACH_RULE]
    assert (row.submitted_at, row.late) == (DUE - 22 * HOUR, "") and "cleo" in row.withdrawn


def test_what_was_late_only_by_what_was_taken_back_says_no_instant_of_it() -> None:
    desk = started()
    aware(desk, NOON - 80 * HOUR)
    entry = went(desk, BREACH_RULE, NOON)
    assert "submitted at 2026-11-23 12:00" in rows(desk)[BREACH_RULE].late
    back(desk, entry)
    assert rows(desk)[BREACH_RULE].late.endswith("nothing was submitted by then")


def test_a_later_stage_moves_back_with_it_and_what_it_missed_was_never_due() -> None:
    desk = started()
    entry = went(desk, FIRST, NOON)
    until(desk, NOON + 40 * DAY)
    assert rows(desk)[SECOND].late and outcomes(desk, SECOND)[-1].conservative_at is not None
    back(desk, entry)
    row = rows(desk)[SECOND]
    assert (row.due, row.late, row.standing) == (None, "", Standing.OPEN.value)
    assert rows(desk)[FIRST].late, "the stage before it is, for nothing of it remains"
    went(desk, FIRST, NOON + 39 * DAY)
    assert rows(desk)[SECOND].due == datetime.fromisoformat("2027-01-31T23:00:00+00:00")
    assert not rows(desk)[SECOND].late


def test_a_due_date_that_passed_while_it_was_taken_for_met_was_missed() -> None:
    told = []
    for is_said in (True, False):
        desk = started()
        answer(desk, "harms", harm("death", NOON))  # two days, where a hurt person gives fifteen
        reckon_owed(desk, LOG)
        entry = went(desk, FIRST, NOON) if is_said else 0
        until(desk, NOON + 4 * DAY)
        answer(desk, "harms", harm("health", NOON))
        reckon_owed(desk, LOG)
        if entry:
            assert not rows(desk)[FIRST].late
            back(desk, entry)
        told.append((rows(desk)[FIRST].due, rows(desk)[FIRST].late))
    assert told[0] == told[1] and told[0][0] == datetime.fromisoformat("2026-12-08T23:00+00:00")
    assert told[0][1].startswith("LATE: it was due by 2026-11-2")


def test_of_two_due_dates_that_passed_the_first_is_missed_and_told_once() -> None:
    desk = started()
    answer(desk, "harms", harm("death", NOON))
    reckon_owed(desk, LOG)
    entry = went(desk, FIRST, NOON)
    until(desk, NOON + 4 * DAY)
    answer(desk, "harms", harm("health", NOON))
    reckon_owed(desk, LOG)
    until(desk, NOON + 16 * DAY)
    back(desk, entry)
    missed = [one for one in facts(desk.world, LegalDeadlinePassed) if one.rule == FIRST]
    assert [one.conservative_at.date().isoformat() for one in missed] == ["2026-11-26"]


def test_it_counts_from_what_remains() -> None:
    desk = started()
    first = went(desk, FIRST, NOON)
    before = rows(desk)[SECOND].due
    until(desk, NOON + 2 * DAY)
    went(desk, FIRST, NOON + 2 * DAY)
    assert rows(desk)[SECOND].due == before
    back(desk, first)
    after, one = rows(desk)[SECOND].due, rows(desk)[FIRST]
    assert before is not None and after == before + 2 * DAY
    assert (one.submitted_at, one.last_submitted_at) == (NOON + 2 * DAY, None)


def test_reminders_go_out_again() -> None:
    desk = started()
    entry = went(desk, BREACH_RULE, NOON)
    until(desk, DUE - 40 * HOUR)
    back(desk, entry)
    until(desk, DUE + HOUR)
    told = [one.turn for one in facts(desk.world, FellDue) if one.about == BREACH_RULE]
    assert told == [0, 1, 2]


def test_a_correction_stands_in_the_place_of_what_it_corrects() -> None:
    desk = started()
    rule = rule_of(desk.law.must_read().law, FIRST)
    how = Submission(at=NOON + HOUR, channel="mail", to=("the authority",))
    first = went(desk, FIRST, NOON)
    until(desk, NOON + 2 * HOUR)
    mend = submitted_outside(desk, LOG, rule, how, "x", BY_ANA, corrects=str(first)).first_seq
    assert rows(desk)[FIRST].submitted_at == NOON
    back(desk, first)
    assert rows(desk)[FIRST].submitted_at == NOON + HOUR
    back(desk, mend)
    assert rows(desk)[FIRST].submitted_at is None


def test_who_may_approve_it_takes_it_back_with_a_reason_and_once() -> None:
    desk = started()
    entry = went(desk, BREACH_RULE, NOON)
    with pytest.raises(Refused, match=r"only who may approve it .*: counsel"):
        withdraw_notice(desk, LOG, str(entry), "x", BY_ANA)
    with pytest.raises(Refused, match="say why"):
        withdraw_notice(desk, LOG, str(entry), " ", BY_CLEO)
    with pytest.raises(Refused, match="records no submission"):
        withdraw_notice(desk, LOG, "1", "x", BY_CLEO)
    back(desk, entry)
    again = f"{entry} counts no more: cleo withdrew it"
    for act in (
        lambda: withdraw_notice(desk, LOG, str(entry), "x", BY_CLEO),
        lambda: confirmed(desk, LOG, str(entry), BY_ANA, reference="R"),
        lambda: submitted_outside(
            desk, LOG, rule_of(desk.law.must_read().law, BREACH_RULE),
            Submission(at=NOON, channel="mail", to=("the authority",)), "x", BY_ANA,
            corrects=str(entry),
        ),
    ):  # fmt: skip
        with pytest.raises(Refused, match=again):
            act()


class Dies:
    """A journal that keeps what it is given, and whose answer is lost once."""

    def __init__(self, inner: object) -> None:
        self._inner, self.dies = inner, True

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def append(self, *words: object, **more: object) -> Appended:
        appended: Appended = self._inner.append(*words, **more)  # type: ignore[attr-defined]
        if self.dies:
            self.dies = False
            raise Unreachable("killed between the write and the answer")
        return appended


def test_killed_between_the_write_and_the_answer_it_is_one_fact() -> None:
    desk = started()
    entry = str(went(desk, BREACH_RULE, NOON))
    once = msgspec.structs.replace(BY_CLEO, client_key="k1")
    killed = Writer(msgspec.structs.replace(desk.world, journal=Dies(desk.world.journal)))
    with pytest.raises(Unreachable):
        withdraw_notice(killed, LOG, entry, "lost", once)
    again = Writer(desk.world)
    assert withdraw_notice(again, LOG, entry, "lost", once).repeated
    with pytest.raises(Refused, match="counts no more"):
        withdraw_notice(again, LOG, entry, "lost", BY_CLEO)
    assert len(facts(desk.world, NoticeWithdrawn)) == 1
    assert reckon_all(again) == 1 and reckon_all(Writer(desk.world)) == 0, "as who asks next sees"
    assert rows(again)[BREACH_RULE].submitted_at is None


said = st.tuples(
    st.sampled_from([BREACH_RULE, FIRST, SECOND]),
    st.integers(0, 20),  # days until it is said
    st.integers(0, 30),  # hours before that when it is said to have gone
    st.one_of(st.none(), st.integers(0, 20)),  # days until it is taken back
)


@given(st.lists(said, min_size=1, max_size=4))
@settings(max_examples=25)
def test_the_duties_are_those_of_a_record_in_which_it_never_was(
    all_: list[tuple[str, int, int, int | None]],
) -> None:
    whole, bare = started(), started()
    acts: list[tuple[int, int, int]] = [(day, 0, n) for n, (_, day, _, _) in enumerate(all_)]
    acts += [(day + one[3], 1, n) for n, one in enumerate(all_) for day in [one[1]]
             if one[3] is not None]  # fmt: skip
    entries: dict[int, int] = {}
    for day, taken_back, n in sorted(acts):
        rule, on, hours, never = all_[n]
        for desk in (whole, bare):
            until(desk, NOON + timedelta(days=day))
            at = max(NOON, NOON + timedelta(days=on, hours=-hours))
            if not taken_back and (desk is whole or never is None):
                entry = went(desk, rule, at)
                entries |= {n: entry} if desk is whole else {}
        if taken_back:
            back(whole, entries[n])
    for desk in (whole, bare):
        until(desk, NOON + timedelta(days=45))
    assert _told(whole) == _told(bare)
    known = whole.known(LOG)
    fresh = legal_of(known.entries)
    assert vars(fresh) == vars(known.legal)
    again = Writer(whole.world)
    assert reckon_all(again) == 0
    assert msgspec.json.encode(list(rows(again).values())) == msgspec.json.encode(
        list(rows(whole).values())
    )


def _told(desk: Writer) -> list[DutyRow]:
    """Each duty, without the words that tell how it came to be so."""
    return [
        msgspec.structs.replace(one, history=(), withdrawn="")
        for _, one in sorted(rows(desk).items())
    ]
