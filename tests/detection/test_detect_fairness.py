"""Fairness: whoever is worse off is found, by every column, each by themselves, and no one else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_seen import SECONDS, START, window

from tocsin.detection import Declaration, State, declaration_of, scan, standing
from tocsin.detection.engine.scan import without_baseline
from tocsin.facts.findings import Found, Sign, Subsided
from tocsin.facts.summaries import WindowSummary

LATE = START + timedelta(days=900)
YAML = """\
system: hiring
window: 1d
drift_window: 1d
log:
  decided: hired
  truth: fit
  groups: [sex, race]
detectors:
  fair:
    fairness: disparate-impact
    groups: [sex]
    tolerance: 20%
    basis: relative
    minimum: 100
    run_length: 10000
"""
Shares = Mapping[tuple[str, str], float]


def declared(text: str = YAML) -> Declaration:
    return declaration_of(text.encode())


def day(number: int, draw: np.random.Generator, shares: Shares, people: int = 200,
        rate: str = "selected") -> WindowSummary:  # fmt: skip
    counts = {
        group: {"selected": (n, n // 2)} | {rate: (n, int(draw.binomial(n, share)))}
        for group, share in shares.items()
        for n in [people + people // 4 * (group[0] == "m")]  # more men than women
    }
    return window(number, counts)


def days(seed: int, shares: Sequence[Shares], people: int = 200,
         rate: str = "selected") -> list[WindowSummary]:  # fmt: skip
    draw = np.random.default_rng(seed)
    return [day(i, draw, each, people, rate) for i, each in enumerate(shares)]


def judged(
    windows: Sequence[WindowSummary], text: str = YAML
) -> tuple[list[Found], list[Subsided], State]:
    return scan(declared(text), windows, State(), LATE)


MEN, WOMEN = ("m", "a"), ("f", "a")
FAIR: Shares = {MEN: 0.5, WOMEN: 0.45}
UNFAIR: Shares = {MEN: 0.5, WOMEN: 0.25}


def test_who_is_worse_off_is_found_without_a_baseline() -> None:
    many = {MEN: {"selected": (1200, 600)}, WOMEN: {"selected": (1000, 250)}}
    [found], over, _ = judged([window(0, many)])
    assert (found.sign, found.metric, found.measure) == (Sign.UNFAIR, "selected", "share")
    assert (found.group, found.compared_with) == ("sex=f", "sex=m") and over == []
    assert (found.observed, found.baseline, found.tolerated) == ("0.25", "0.5", "0.4")
    assert 0.2 < float(found.low) < 0.25 < float(found.high) < 0.4
    assert (found.requests, found.bad) == (1000, 750)
    assert "the share selected of each group is at least 0.8 times that of the other's" in (
        found.promise
    )
    assert "Why the groups differ, it does not say." in found.promise
    assert float(found.evidence) > 4


def test_a_change_is_dated_and_is_over_when_it_is_shown_that_it_is() -> None:
    windows = days(5, [FAIR] * 30 + [UNFAIR] * 12 + [FAIR] * 30)
    found, over, state = judged(windows)
    [one] = found
    assert one.since == windows[30].at
    assert one.since_from is not None and one.since_until is not None
    assert one.since_from <= one.since <= one.since_until
    [ended] = over
    assert ended.finding == one.finding and ended.seen_until <= windows[60].until
    assert standing(declared(), state) == []


def test_what_is_tolerated_and_what_is_alike_is_not_found() -> None:
    for seed in range(5):
        assert judged(days(seed, [FAIR] * 200))[0] == []
        assert judged(days(seed, [{MEN: 0.5, WOMEN: 0.5}] * 200))[0] == []


def test_the_group_compared_with_may_be_the_one_that_is_worse_off() -> None:
    windows = days(1, [{MEN: 0.2, WOMEN: 0.6}] * 10)
    [found], _, _ = judged(windows, YAML + "    compared_with: f\n")
    assert (found.group, found.compared_with) == ("sex=m", "sex=f")
    [found], _, _ = judged(windows)
    assert (found.group, found.compared_with) == ("sex=f", "sex=m")  # above, not below
    assert float(found.tolerated) == pytest.approx(float(found.baseline) / 0.8, rel=1e-4)
    assert float(found.observed) > float(found.tolerated) and found.bad < found.requests


def test_an_alarm_about_one_group_does_not_hide_another() -> None:
    shares = {("m", "a"): 0.5, ("m", "b"): 0.5, ("f", "a"): 0.5, ("f", "b"): 0.2}
    later = {**shares, ("m", "b"): 0.1}
    text = YAML.replace("[sex]", "[sex, race]")
    windows = days(2, [shares] * 15 + [later] * 15, people=400)
    found, _, state = judged(windows, text)
    first = {f.group for f in found if f.since < windows[15].at}
    assert {"sex=f, race=b", "race=b"} <= first
    assert "sex=m, race=b" in {f.group for f in found} - first
    assert len({f.finding for f in found}) == len(found)
    stands = {f.group: f for f in standing(declared(text), state)}
    assert set(stands) >= {"sex=f, race=b", "race=b", "sex=m, race=b"}
    now = stands["sex=f, race=b"]
    assert now.requests == 30 * 400 and float(now.observed) == pytest.approx(0.2, abs=0.02)


def mixed(windows: Sequence[WindowSummary], version: str) -> list[WindowSummary]:
    """The same windows, served by a version."""
    return [
        msgspec.structs.replace(
            one,
            groups=tuple(msgspec.structs.replace(g, version=version) for g in one.groups),
        )
        for one in windows
    ]


def together(one: Sequence[WindowSummary], other: Sequence[WindowSummary]) -> list[WindowSummary]:
    return [
        msgspec.structs.replace(a, groups=(*a.groups, *b.groups))
        for a, b in zip(one, other, strict=True)
    ]


def test_the_version_that_carries_it_is_named_and_no_other() -> None:
    well, ill = days(1, [FAIR] * 20), days(2, [FAIR] * 10 + [UNFAIR] * 10)
    [found], _, _ = judged(together(mixed(well, "1"), mixed(ill, "2")))
    assert (found.version, found.group) == ("2", "sex=f")
    assert float(found.observed) == pytest.approx(0.25, abs=0.03)  # of that version alone
    [found], _, _ = judged(together(mixed(ill, "1"), mixed(ill, "2")))
    assert found.version is None  # both are to blame
    [found], _, _ = judged([*mixed(ill[:10], "1"), *mixed(ill[10:], "2")])
    assert found.version == "2"  # it came, and with it this
    few = together(mixed(well, "1"), mixed(days(2, [UNFAIR] * 20, people=40), "2"))
    text = YAML.replace("minimum: 100", "minimum: 1000")
    assert all(f.version is None for f in judged(few, text)[0])  # of it alone nothing may be said
    [found], _, _ = judged(mixed(ill, "1"))
    assert found.version is None  # it served well before: the change lies elsewhere


def test_too_few_people_are_never_a_finding_and_the_detector_says_so() -> None:
    shares = {("m", "a"): {"selected": (40, 40)}, ("f", "a"): {"selected": (9, 0)}}
    windows = [window(i, shares) for i in range(2)]
    found, _, state = judged(windows)
    assert found == []
    assert without_baseline(declared(), state) == [
        "fair cannot judge: not enough data: of sex=m, the largest group, 80 people were judged, "
        "and 100 are needed"
    ]
    found, _, _ = judged([window(i, shares) for i in range(12)])
    assert [f.group for f in found] == ["sex=f"] and found[0].requests >= 100


def test_a_group_to_compare_with_that_nobody_is_of_is_told() -> None:
    text = YAML + "    compared_with: male\n"
    found, _, state = judged(days(1, [UNFAIR] * 5), text)
    assert found == []
    assert without_baseline(declared(text), state) == [
        "fair cannot judge: nobody of male was seen, whom it compares with"
    ]
    assert without_baseline(declared(), scan(declared(), [], State(), LATE)[2]) == [
        "fair cannot judge: no window tells what was decided of whom"
    ]


@pytest.mark.parametrize(
    ("parity", "rate"), [("equal-opportunity", "recall"), ("equalised-odds", "recall"),
                         ("equalised-odds", "false_positive_rate")],
)  # fmt: skip
def test_odds_and_opportunity_look_at_their_own_rates(parity: str, rate: str) -> None:
    text = YAML.replace("disparate-impact", parity)
    found, _, _ = judged(days(3, [UNFAIR] * 10, rate=rate), text)
    assert {(f.metric, f.group) for f in found} == {(rate, "sex=f")}
    assert judged(days(3, [UNFAIR] * 10), text)[0] == []  # the share selected is not theirs


def test_points_are_points() -> None:
    text = YAML.replace("relative", "points").replace("20%", "10%")
    shares = {MEN: 0.1, WOMEN: 0.05}  # a ratio of one half, five points
    assert judged(days(4, [shares] * 60), text)[0] == []
    [found], _, _ = judged(days(4, [{MEN: 0.3, WOMEN: 0.1}] * 20), text)
    assert float(found.tolerated) == pytest.approx(float(found.baseline) - 0.1, abs=1e-6)
    assert "the difference of the two shares" in found.promise
    assert "at most 0.1 below that" in found.promise


@settings(max_examples=15)
@given(st.lists(st.integers(0, 40), max_size=4), st.integers(0, 5))
def test_wherever_the_way_is_cut_the_same_is_found(cuts: list[int], seed: int) -> None:
    shares = {("m", "a"): 0.5, ("f", "b"): 0.3, ("f", "a"): 0.5}
    windows = days(seed, [shares] * 20 + [{**shares, ("m", "b"): 0.1}] * 20, people=60)
    text = YAML.replace("[sex]", "[sex, race]")
    whole, over, _ = judged(windows, text)
    state, found, ended = State(), list[Found](), list[Subsided]()
    for cut in [*sorted(cuts), len(windows)]:
        state = state.back_to(None)
        seen = [w for w in windows[:cut] if state.since is None or w.until > state.since]
        new, gone, state = scan(declared(text), seen, state, LATE)
        found, ended = [*found, *new], [*ended, *gone]
    assert found == whole and ended == over


def test_labels_that_have_not_come_are_waited_for() -> None:
    """Those whose truth is positive come first: nothing may be said of them until all are in."""
    text = YAML.replace("disparate-impact", "equal-opportunity") + "    complete_after: 2d\n"
    early = window(0, {MEN: {"selected": (950, 450), "recall": (400, 380)},
                       WOMEN: {"selected": (900, 450), "recall": (300, 60)}})  # fmt: skip
    late = window(0, {MEN: {"selected": (950, 450), "recall": (450, 400)},
                      WOMEN: {"selected": (900, 450), "recall": (450, 390)}})  # fmt: skip
    ready = START + timedelta(seconds=3 * SECONDS)
    found, _, state = scan(declared(text), [early], State(), ready - timedelta(seconds=1))
    assert found == [] and state.tracks["fair"].marks == ()
    assert scan(declared(text), [late], state, ready)[0] == []
    assert [f.group for f in scan(declared(text), [early], State(), ready)[0]] == ["sex=f"]
