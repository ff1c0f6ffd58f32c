"""What is drawn of a finding is what its windows hold, whatever kind it is of."""

from __future__ import annotations

import msgspec
import pytest
from stream import cell, window
from test_detect_causes import BEFORE, SINCE, found, story

from tocsin.detection.findings.series import series_of
from tocsin.facts.findings import Sign
from tocsin.facts.summaries import GroupCell, Histogram


def test_a_rate_is_what_each_window_holds_of_its_segment() -> None:
    windows = [window(n, [cell(100, n), cell(100, 50, segment="de")]) for n in range(4)]
    all_of_it = series_of(found(), windows)
    assert [one.value for one in all_of_it] == [(n + 50) / 200 for n in range(4)]
    own = series_of(msgspec.structs.replace(found(), segment="en"), windows)
    assert [(one.value, one.requests) for one in own] == [(n / 100, 100) for n in range(4)]


def test_a_drift_is_far_from_before_only_since_it_began() -> None:
    drawn = series_of(found("latency", Sign.DRIFT), story())
    assert len(drawn) == BEFORE + SINCE
    assert max(one.value for one in drawn[:BEFORE]) < min(one.value for one in drawn[BEFORE:])
    late = story()[BEFORE:]
    assert not series_of(found("latency", Sign.DRIFT), late), "nothing before, nothing to compare"


def test_a_quantity_is_a_mean_without_what_is_missing() -> None:
    histogram = Histogram(buckets=(1, 2), counts=(3, 1), totals=(30.0, 20.0), absent=9)
    drawn = series_of(
        found("latency", Sign.QUANTITY), [window(0, [cell(9, 0)], numbers={"latency": histogram})]
    )
    assert [(one.value, one.requests) for one in drawn] == [(12.5, 4)]


@pytest.mark.parametrize("group", ["sex=f", "sex=f, race=a"])
def test_a_group_is_what_its_people_were_decided(group: str) -> None:
    groups = tuple(
        GroupCell(version="1", group=(sex, race), judged={"selected": 10},
                  counted={"selected": count})
        for sex, race, count in (("f", "a", 1), ("f", "b", 3), ("m", "a", 9))
    )  # fmt: skip
    own = msgspec.structs.replace(window(0, [cell(30, 0)]), groups=groups)
    unfair = msgspec.structs.replace(found("selected", Sign.UNFAIR), group=group)
    (drawn,) = series_of(unfair, [own], ("sex", "race"))
    assert (drawn.value, drawn.requests) == ((0.2, 20) if "race" not in group else (0.1, 10))


def test_silence_is_drawn_as_requests_and_what_has_no_series_as_nothing() -> None:
    windows = [window(n, [cell(100 if n < 2 else 0, 0)]) for n in range(4)]
    assert [one.value for one in series_of(found(sign=Sign.NO_DATA), windows)] == [100, 100]
    assert series_of(found(sign=Sign.CALIBRATION), windows) == []
    assert series_of(found(), []) == []
