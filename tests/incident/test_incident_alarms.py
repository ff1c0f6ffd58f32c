"""What a finding does, from the log of alarms alone: levels, silences, the limit of pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import ALARMS_LOG, Access, Asserter, Author, Entry, Fact, Proof
from tocsin.facts.alarms import Held, Level, PagingLimited, Ranked, Silenced, SilenceEnded
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.incident.alarms import (
    Alarms,
    Claim,
    Deed,
    alarms_in,
    deed_of,
    in_shadow,
    ranked_now,
)

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
WATCH = Author(who="watch-1", kind=Asserter.WORKER, proof=Proof.PROCESS)
HOUR = timedelta(hours=1)


def found(name: str = "f1", detector: str = "rate", **other: object) -> Found:
    made = Found(
        finding=name, detector=detector, system="assistant", sign=Sign.RATE, metric="fallback",
        version=None, segment=None, baseline="0.04", observed="0.31", low="0.28", high="0.34",
        confidence="0.95", tolerated="0.05", since=AT, seen_until=AT, requests=900, bad=279,
        promise="p", summaries=(), declared="d" * 64, caused_by=None, evidence="4.2",
    )  # fmt: skip
    return msgspec.structs.replace(made, **other)


def claim(name: str = "f1", **other: object) -> Claim:
    made = Claim(
        found=found(name), level=Level.PAGE, why="why", critical=False, log=f"incident/{name}",
        opens=True, calls=True,
    )  # fmt: skip
    return msgspec.structs.replace(made, **other)


class Log:
    """The log of alarms, to which decisions are added as a desk would add them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, fact: Fact, at: datetime = AT) -> None:
        self.entries.append(
            Entry(
                log=ALARMS_LOG, seq=len(self.entries) + 1, happened_at=at, recorded_at=at,
                author=WATCH, access=Access.OPS, fact=fact,
            )
        )  # fmt: skip

    def decide(self, one: Claim, at: datetime = AT) -> Ranked | None:
        new = ranked_now(self.alarms, one, at)
        if new is not None:
            if new.log is None:
                self.add(one.found, at)
            self.add(new, at)
        return new

    def silence(self, at: datetime = AT, hours: int = 2, **other: object) -> None:
        made = Silenced(
            silence=f"silence-{len(self.alarms.silences) + 1}", detector="rate", system=None,
            owner="ana", until=at + hours * HOUR, because="a test",
        )  # fmt: skip
        self.add(msgspec.structs.replace(made, **other), at)

    @property
    def alarms(self) -> Alarms:
        return alarms_in(self.entries)


def over(name: str = "f1") -> Subsided:
    return Subsided(finding=name, detector="rate", observed="0.04", seen_until=AT, requests=10)


@pytest.mark.parametrize(
    ("level", "deed", "log"),
    [
        (Level.PAGE, Deed.CALLS, "incident/f1"),
        (Level.TICKET, Deed.TOLD, "incident/f1"),
        (Level.DIGEST, Deed.DIGEST, None),
        (Level.RECORD, Deed.NOTHING, None),
    ],
)
def test_each_level_does_its_own(level: Level, deed: Deed, log: str | None) -> None:
    ranked = Log().decide(claim(level=level))
    assert ranked is not None and deed_of(ranked) is deed and ranked.log == log
    assert ranked.pages == (level is Level.PAGE) and ranked.held is None


@pytest.mark.parametrize("level", list(Level))
def test_what_belongs_to_an_open_incident_is_told_there_whatever_it_is_worth(level: Level) -> None:
    ranked = Log().decide(claim(level=level, opens=False, calls=False))
    assert ranked is not None and ranked.log == "incident/f1" and not ranked.pages


def test_two_pages_a_shift_and_the_third_waits_for_the_next() -> None:
    log = Log()
    kinds = [log.decide(claim(f"f{n}")) for n in range(4)]
    assert [one.held for one in kinds if one] == [None, None, Held.BUDGET, Held.BUDGET]
    assert "2 pages since 00:00 UTC are as many as may be until 08:00" in kinds[2].because  # type: ignore[union-attr]
    assert [one.ranked.finding for one in log.alarms.waiting()] == ["f2", "f3"]
    assert log.decide(claim("f2"), AT + 4 * HOUR) is None, "the shift is the same"
    late = log.decide(claim("f2"), AT + 5 * HOUR)
    assert late is not None and deed_of(late) is Deed.CALLS and late.pages
    assert not log.alarms.standing("f2").promoted  # type: ignore[union-attr]


def test_critical_harm_is_never_held_back_and_counts() -> None:
    log = Log()
    log.silence(detector=None, system="assistant")
    for n in range(5):
        ranked = log.decide(claim(f"f{n}", critical=True))
        assert ranked is not None and deed_of(ranked) is Deed.CALLS
        assert "silence-1 does not hold for it" in ranked.because
    ranked = log.decide(claim("g", found=found("g", "other", system="b")))
    assert ranked is not None and ranked.held is Held.BUDGET


def test_a_finding_whose_incident_has_called_people_costs_no_page() -> None:
    log = Log()
    for n in range(9):
        ranked = log.decide(claim(f"f{n}", opens=False, calls=False))
        assert ranked is not None and deed_of(ranked) is Deed.CALLS and not ranked.pages


def test_an_incident_that_no_plan_begins_for_is_one_page_however_much_joins_it() -> None:
    log = Log()
    for n in range(9):  # no run says that people were called: `calls` stays true
        ranked = log.decide(claim(f"f{n}", log="incident/f0", opens=n == 0))
        assert ranked is not None and deed_of(ranked) is Deed.CALLS and ranked.pages == (n == 0)
    assert log.alarms.has_room(AT) and not log.alarms.waiting()
    other = log.decide(claim("g"))
    assert other is not None and other.pages, "another incident still has the second page"


def test_over_the_limit_what_joins_is_told_and_calls_later() -> None:
    log = Log()
    for n in range(2):
        log.decide(claim(f"f{n}"))
    joined = log.decide(claim("g", opens=False))
    assert joined is not None and joined.held is Held.BUDGET and joined.log == "incident/g"
    later = log.decide(claim("g", opens=False), AT + 6 * HOUR)
    assert later is not None and deed_of(later) is Deed.CALLS
    assert log.alarms.standing("g").promoted  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("detector", "system", "covered"),
    [("rate", None, True), (None, "assistant", True), ("rate", "assistant", True),
     ("rate", "other", False), ("drift", None, False), (None, "other", False)],
)  # fmt: skip
def test_a_silence_covers_what_it_names(
    detector: str | None, system: str | None, covered: bool
) -> None:
    log = Log()
    log.silence(detector=detector, system=system)
    ranked = log.decide(claim())
    assert ranked is not None and (ranked.held is Held.SILENCED) == covered
    assert (ranked.silence == "silence-1") == covered


def test_a_silence_holds_not_for_no_data_and_not_after_its_end() -> None:
    log = Log()
    log.silence()
    silent = log.decide(claim("n", found=found("n", sign=Sign.NO_DATA)))
    assert silent is not None and deed_of(silent) is Deed.CALLS
    held = log.decide(claim("f1"))
    assert held is not None and held.held is Held.SILENCED and held.log is None
    assert log.decide(claim("f1"), AT + HOUR) is None
    heard = log.decide(claim("f1"), AT + 2 * HOUR)
    assert heard is not None and deed_of(heard) is Deed.CALLS


def test_a_silence_that_a_person_ended_holds_no_more() -> None:
    log = Log()
    log.silence()
    log.decide(claim())
    log.add(SilenceEnded(silence="silence-1", expired=False, because="over"))
    heard = log.decide(claim())
    assert heard is not None and deed_of(heard) is Deed.CALLS


def test_what_subsided_and_came_back_is_decided_anew() -> None:
    log = Log()
    assert log.decide(claim()) and log.decide(claim()) is None
    log.add(over())
    assert log.alarms.standing("f1") is None
    again = log.decide(claim())
    assert again is not None and again.pages and len(log.alarms.pages_in(AT)) == 2


def test_what_grew_surer_calls_and_what_grew_less_sure_is_left() -> None:
    log = Log()
    log.decide(claim(level=Level.TICKET))
    called = log.decide(claim(opens=False))
    assert called is not None and deed_of(called) is Deed.CALLS
    assert log.alarms.standing("f1").promoted  # type: ignore[union-attr]
    assert log.decide(claim(level=Level.DIGEST, opens=False)) is None


def test_what_we_did_ourselves_and_what_is_over_calls_nobody_and_costs_no_page() -> None:
    log = Log()
    explained = log.decide(claim("a", explained=True, opens=False))
    assert explained is not None and explained.held is Held.EXPLAINED and explained.log
    past = log.decide(claim("b", over=True))
    assert past is not None and past.held is Held.OVER and past.log
    assert not log.alarms.pages_in(AT)


def test_the_limit_and_the_shift_can_be_set() -> None:
    log = Log()
    log.add(PagingLimited(pages=1, shift_hours=12, because="one person"))
    assert log.decide(claim("a")).held is None  # type: ignore[union-attr]
    assert log.decide(claim("b")).held is Held.BUDGET  # type: ignore[union-attr]
    assert log.alarms.shift(AT) == (AT - 3 * HOUR, AT + 9 * HOUR)


def test_in_shadow_it_says_what_it_would_have_done() -> None:
    ranked = in_shadow(found(), Level.PAGE, "serious harm, strong evidence: page")
    assert ranked.held is Held.SHADOW and ranked.level is Level.PAGE
    assert deed_of(ranked) is Deed.NOTHING and not ranked.pages


@given(
    st.lists(
        st.tuples(
            st.integers(0, 8),  # which finding
            st.sampled_from(Level),
            st.booleans(),  # critical
            st.booleans(),  # opens
            st.booleans(),  # a silence begins first
            st.integers(0, 5),  # hours later
            st.booleans(),  # it subsides afterwards
        ),
        max_size=30,
    )
)
def test_whatever_comes_each_finding_is_on_record_and_the_limit_holds(
    steps: list[tuple[int, Level, bool, bool, bool, int, bool]],
) -> None:
    log, now = Log(), AT
    for n, level, critical, opens, silenced, hours, subsides in steps:
        now += hours * HOUR
        if silenced:
            log.silence(now)
        log.decide(claim(f"f{n}", level=level, critical=critical, opens=opens), now)
        placed = log.alarms.standing(f"f{n}")
        assert placed is not None and placed.ranked.because.startswith("why")
        assert placed.ranked.log is not None or placed.found is not None, "nothing is lost"
        if subsides:
            log.add(over(f"f{n}"), now)
    critical_ones = {f"f{n}" for n, _, critical, *_ in steps if critical}
    by_shift: dict[datetime, list[str]] = {}
    for at, ranked in log.alarms.pages:
        by_shift.setdefault(log.alarms.shift(at)[0], []).append(ranked.finding)
    for called in by_shift.values():
        assert len([name for name in called if name not in critical_ones]) <= 2
