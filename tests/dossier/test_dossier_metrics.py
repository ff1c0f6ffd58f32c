"""Many incidents counted: nothing still open is left out, and few are listed and not averaged."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from dossier_story import LOG, OPS, whole
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dossier.called import Call, CallKind
from tocsin.dossier.intervals import IntervalKind
from tocsin.dossier.metrics import CAVEAT, Case, Grouped, Metrics, Timed, case_of, metrics_of
from tocsin.dossier.metrics_paper import as_csv, as_svg, as_text
from tocsin.facts.incidents import Dismissed, Linked, Relation
from tocsin.incident.model import Status

JANUARY = datetime(2026, 1, 10, tzinfo=UTC)
NOW = datetime(2026, 6, 15, tzinfo=UTC)


def case(days: float, seconds: float | None = 60.0, *, over: bool = True, **more: object) -> Case:
    times = {
        kind: Timed(seconds=seconds, over=over, why="" if seconds is not None else "no fact")
        for kind in IntervalKind
    }
    made = Case(
        incident=f"I{days}", opened_at=JANUARY + timedelta(days=days), systems=("assistant",),
        severity="sev2", status=Status.CLOSED if over else Status.OPEN, times=times, items=(),
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def found(cases: list[Case], by: Grouped | None = None, **more: object) -> Metrics:
    return metrics_of(cases, NOW, by=by, **more)  # type: ignore[arg-type]


def test_three_are_listed_and_six_have_a_median_between_two_of_them() -> None:
    few = found([case(n, 60.0 * n) for n in (1, 2, 3)]).times[0]
    assert few.median is None and few.each == ("60", "120", "180")
    assert few.said == "too few (n=3 over): each value listed"
    six = found([case(n, 60.0 * n) for n in range(1, 7)]).times[0]
    assert (six.median, six.low, six.high, six.exactly) == (210, 60, 360, True)
    assert "96.9 %" in six.said


def test_what_is_still_open_counts_as_at_least_so_long() -> None:
    over = [case(n, 60.0) for n in range(12)]
    running = [case(20 + n, 86_400.0, over=False) for n in range(14)]
    without, with_them = found(over).times[0], found(over + running).times[0]
    assert without.median == 60
    assert with_them.median is None and with_them.open == 14 and not with_them.exactly
    assert "approximate" in with_them.said
    few = found([case(1, 60.0), case(2, 90.0, over=False)]).times[0]
    assert few.each == ("60", "90+")


def test_what_is_not_measurable_or_negative_is_counted_and_told() -> None:
    made = found([case(n, -30.0) for n in range(6)] + [case(9, None)])
    one = made.times[0]
    assert (one.unmeasured, one.negative, one.median) == (1, 6, -30)
    assert "1 not measurable; 6 NEGATIVE" in as_text(made)
    nothing = found([case(1, None)]).times[0]
    assert nothing.said == "nothing was measured" and nothing.each == ()


def test_a_dismissed_incident_is_a_false_alarm_and_no_time() -> None:
    made = found([case(1), case(2), case(3, status=Status.DISMISSED), case(4, over=False)])
    assert (made.false_alarms.some, made.false_alarms.of) == (1, 3)
    assert 0 < made.false_alarms.low < 1 / 3 < made.false_alarms.high < 1
    assert made.times[0].over == 2 and made.still_open == 1


def test_months_without_an_incident_are_months_too() -> None:
    months = found([case(0), case(1), case(140)]).months
    assert [m.month for m in months] == [f"2026-{n:02}" for n in range(1, 7)]
    assert [m.count for m in months] == [2, 0, 0, 0, 1, 0]
    assert [m.whole for m in months] == [False, True, True, True, True, False]
    assert months[1].low == 0 and months[1].high == pytest.approx(3.689, rel=1e-3)
    december = metrics_of([case(0)], datetime(2027, 1, 2, tzinfo=UTC)).months
    assert december[-1].month == "2027-01" and len(december) == 13


def test_a_trend_is_told_only_where_the_test_says_so_and_with_what_it_is_worth() -> None:
    calm = found([case(n * 30) for n in range(5)])
    assert calm.trend.startswith("no trend is told: ")
    rising = found([case(0)] + [case(150 + n / 10) for n in range(14)])
    assert rising.trend.startswith("more than before: 1 incidents") and CAVEAT in rising.trend
    falling = found([case(n / 10) for n in range(14)])
    assert falling.trend.startswith("fewer than before")
    assert "no incident was counted" in found([]).trend
    first = case(0)
    hours = metrics_of([first, case(0)], first.opened_at + timedelta(hours=5)).trend
    assert hours == "no trend can be told: 5.0 hours are too short for one"


def test_groups_are_told_apart_and_an_incident_of_two_systems_counts_in_both() -> None:
    cases = [case(1, systems=("a", "b")), case(100, severity="sev1", systems=())]
    assert [t.group for t in found(cases, Grouped.SYSTEM).times[::7]] == [
        "a", "b", "no system named",
    ]  # fmt: skip
    assert [t.group for t in found(cases, Grouped.SEVERITY).times[::7]] == ["sev1", "sev2"]
    assert [t.group for t in found(cases, Grouped.QUARTER).times[::7]] == ["2026-Q1", "2026-Q2"]


def test_since_leaves_out_what_was_before() -> None:
    made = found([case(0), case(100)], since=JANUARY + timedelta(days=50),
                 calls=[Call(at=JANUARY, kind=CallKind.FINDING),
                        Call(at=JANUARY + timedelta(days=60), kind=CallKind.OUTSIDE)])  # fmt: skip
    assert made.incidents == 1 and made.pages is not None and made.pages.count == 1
    assert made.pages.units == pytest.approx((NOW - JANUARY).days * 3 - 150)
    assert found([]).pages is None and not found([]).pages_by


def test_pages_are_told_by_kind_and_a_message_is_none() -> None:
    kinds = [CallKind.FINDING, CallKind.FINDING, CallKind.OUTSIDE, CallKind.ESCALATION,
             CallKind.DUTY, CallKind.REMINDER]  # fmt: skip
    made = found([case(0)], calls=[Call(at=JANUARY, kind=one) for one in kinds])
    assert made.pages is not None and made.pages.count == 4
    assert {one.kind: one.rate.count for one in made.pages_by if one.rate.count} == {
        CallKind.FINDING: 2, CallKind.OUTSIDE: 1, CallKind.ESCALATION: 1,
        CallKind.DUTY: 1, CallKind.REMINDER: 1,
    }  # fmt: skip
    assert all(one.rate.low <= one.rate.count / one.rate.units <= one.rate.high
               for one in made.pages_by)  # fmt: skip
    text, table = as_text(made), list(csv.reader(io.StringIO(as_csv(made))))
    assert "every call of people" in text and "counsel" not in text
    assert "a duty of law is due, or soon (a message), no page" in text
    rows = {(row[0], row[2]): row[3] for row in table}
    assert rows["pages", "outside"] == "1" and rows["messages", "duty"] == "1"
    assert rows["pages", ""] == "4" and rows["pages", "person"] == "0"


def test_a_log_becomes_a_case() -> None:
    story = whole()
    later = datetime(2027, 1, 1, tzinfo=UTC)
    made = case_of(story.entries, OPS, later)
    assert made is not None and made.severity == "sev2" and made.status is Status.CLOSED
    assert made.times[IntervalKind.DETECT].seconds == 55
    assert made.times[IntervalKind.RECOVER].why == "assistant.model is still stopped"
    open_one = case_of(story.entries[:-1], OPS, later)
    assert open_one is not None and not open_one.times[IntervalKind.RECOVER].over
    story.say(Dismissed(because="no"), who="ben")
    dismissed = case_of(story.entries, OPS, NOW)
    assert dismissed is not None and dismissed.status is Status.DISMISSED
    story.say(Linked(other="X", relation=Relation.MERGED_INTO, because="same"), who="ben")
    assert case_of(story.entries, OPS, NOW) is None
    assert case_of([], OPS, NOW) is None and LOG


HOSTILE = ("=1+1", "+1", "-1+2", "@SUM(A1)", " \t=cmd|' /C calc'!A0", "\ufeff=1", "'=1", '"=1')


def test_no_cell_is_a_formula_and_the_table_reads_back() -> None:
    made = found([case(n, systems=(name,)) for n, name in enumerate(HOSTILE)], Grouped.SYSTEM)
    rows = list(csv.reader(io.StringIO(as_csv(made))))
    assert {len(row) for row in rows} == {10}
    for row in rows:
        for cell in row:
            begin = cell.lstrip(' \t"\u00a0\ufeff')[:1]
            assert begin not in tuple("=+@\t\r|") and (begin != "-" or float(cell)), cell


def test_the_drawing_is_xml_whatever_a_system_is_called() -> None:
    names = ("<script>", "a&b\x00\u202e", "]]>")
    made = found([case(n, systems=(names[n % 3],)) for n in range(20)], Grouped.SYSTEM)
    root = ET.fromstring(as_svg(made))
    assert "script" not in {one.tag.rpartition("}")[2] for one in root.iter()}
    one = ET.fromstring(as_svg(found([case(n, 60.0, over=n < 12) for n in range(30)])))
    assert [each for each in one.iter() if each.get("class") == "beyond"]
    ET.fromstring(as_svg(found([])))


@given(
    st.lists(
        st.tuples(st.floats(0, 150), st.none() | st.floats(-1e6, 1e7), st.booleans()), max_size=25
    ),
    st.none() | st.sampled_from(Grouped),
)  # fmt: skip
def test_any_incidents_can_be_told_and_every_one_is_counted_once(
    data: list[tuple[float, float | None, bool]], by: Grouped | None
) -> None:
    made = found([case(days, seconds, over=over) for days, seconds, over in data], by)
    assert as_text(made) and as_csv(made)
    ET.fromstring(as_svg(made))
    assert sum(month.count for month in made.months) == made.incidents == len(data)
    for kind in IntervalKind:
        of_kind = [one for one in made.times if one.kind is kind]
        assert sum(one.over + one.open + one.unmeasured for one in of_kind) == len(data)
        for one in of_kind:
            if one.median is not None and one.low is not None and one.high is not None:
                assert one.low <= one.median <= one.high
