"""What moved with a change comes first, what always moves does not, and parts make the whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stream import SECONDS, START, cell, window

from tocsin.detection.compared.causes import Causes, Thing, causes_of
from tocsin.detection.compared.excess import Counts, decomposed
from tocsin.facts.findings import Found, Sign
from tocsin.facts.summaries import (
    Categories,
    Cell,
    Distributions,
    GroupCell,
    Histogram,
    WindowSummary,
)

BEFORE, SINCE = 20, 6
CHANGE = START + timedelta(seconds=SECONDS * BEFORE)
END = CHANGE + timedelta(seconds=SECONDS * SINCE)


def found(metric: str = "fallback", sign: Sign = Sign.RATE, observed: str = "0.3") -> Found:
    return Found(
        finding="f1", detector="d", system="assistant", sign=sign, metric=metric, version=None,
        segment=None, baseline="0.05", observed=observed, low="0", high="1", confidence="0.95",
        tolerated="0.1", since=CHANGE, seen_until=END, requests=1, bad=1, promise="",
        summaries=(), declared="0" * 64, caused_by=None,
    )  # fmt: skip


def histogram(draw: np.random.Generator, mean: float, rows: int = 1000) -> Histogram:
    buckets, counts = np.unique(np.floor(draw.normal(mean, 20, rows)).astype(int),
                                return_counts=True)  # fmt: skip
    return Histogram(
        buckets=tuple(map(int, buckets)), counts=tuple(map(int, counts)),
        totals=tuple(float(b) for b in buckets),
    )  # fmt: skip


def story(seed: int = 1) -> list[WindowSummary]:
    """Latency, a vendor and a version move at the change; load swings all the time."""
    draw = np.random.default_rng(seed)
    windows = []
    for place in range(BEFORE + SINCE):
        late = place >= BEFORE
        bad, night = draw.binomial(1000, 0.3 if late else 0.05), place % 4 == 0
        cells = [
            Cell(version=version, segment="en", requests=n, by_fallback=0,
                 judged={"fallback": n, "error": n},
                 counted={"fallback": int(bad * n / 1000), "error": int(draw.binomial(n, 0.02))})
            for version, n in ((("1", 400), ("2", 600)) if late else (("1", 1000),))
        ]  # fmt: skip
        numbers = {
            "latency": histogram(draw, 12 if late else 0),
            "load": histogram(draw, 25 if night else 0),
            "still": histogram(draw, 0),
            "counter": histogram(draw, 500 * place),
        }
        vendors = {"a": 700, "b": 300} | ({"a": 500, "c": 200} if late else {})
        windows.append(
            window(place, cells, numbers=numbers,
                   categories={"vendor": Categories(counts=vendors)})
        )  # fmt: skip
    return windows


def told(windows: Sequence[WindowSummary] | None = None, **more: str) -> Causes:
    return causes_of(found(**more), story() if windows is None else windows, END)  # type: ignore[arg-type]


def test_what_moved_with_it_comes_first_and_what_always_moves_does_not() -> None:
    causes = told()
    moved = {(one.thing.value, one.name): one for one in causes.moved}
    beyond = {name for name, one in moved.items() if one.beyond}
    assert beyond == {
        ("version", "1"), ("version", "2"), ("column", "latency"), ("source", "vendor"),
        ("value", "vendor=c"),
    }  # fmt: skip
    load, still = moved["column", "load"], moved["column", "still"]
    assert load.effect < (load.usual or 0) and still.low == 0
    counter = moved["column", "counter"]
    assert counter.effect > 0.99 and (counter.usual or 0) > 0.5, "it always moves"
    assert [one.beyond for one in causes.moved] == sorted(
        (one.beyond for one in causes.moved), reverse=True
    )
    assert ("rate", "fallback") not in moved and not moved["rate", "error"].beyond
    assert causes.compared == len(causes.moved) and not causes.remarks


def test_effects_stand_in_their_intervals_and_shares_are_what_was_counted() -> None:
    for one in told().moved:
        assert 0 <= one.low <= one.effect <= one.high
        if one.before is not None and one.since is not None:
            assert one.effect == pytest.approx(abs(one.since - one.before))
    (two,) = [one for one in told().moved if (one.thing, one.name) == (Thing.VERSION, "2")]
    assert (two.before, two.since) == (0.0, 0.6)


def test_nothing_moves_where_nothing_changed() -> None:
    still = [w for seed in (1,) for w in story(seed) if w.at < CHANGE]
    moved = [
        *still,
        *(window(BEFORE + n, w.cells, numbers=w.numbers, categories=w.categories)
          for n, w in enumerate(still[:8])),
    ]  # fmt: skip
    assert not [one for one in told(moved).moved if one.beyond]


def test_what_cannot_be_compared_is_said() -> None:
    late = [w for w in story() if w.at >= CHANGE]
    causes = told(late)
    assert not causes.moved and any("lies wholly before" in one for one in causes.remarks)
    assert told([]).remarks == ("the log holds nothing of this time",)


def test_within_one_window_the_version_that_failed_is_compared_with_the_others() -> None:
    draw = np.random.default_rng(1)
    slices = {
        f"version={version}": Distributions(numbers={"latency": histogram(draw, mean)})
        for version, mean in (("1", 0), ("2", 12))
    }
    one = msgspec.structs.replace(
        window(0, [cell(1000, 50)], numbers={"latency": histogram(draw, 6)}), slices=slices
    )
    middle = START + timedelta(seconds=SECONDS / 2)
    failed = msgspec.structs.replace(found(), since=middle, version="2")
    (latency,) = causes_of(failed, [one], END).moved
    assert latency.name == "latency" and latency.beyond and latency.usual is None
    remarks = causes_of(failed, [one], END).remarks
    assert any("with other versions at the time" in remark for remark in remarks)
    all_alike = msgspec.structs.replace(failed, version=None)
    assert not causes_of(all_alike, [one], END).moved


def test_the_column_that_was_found_is_not_its_own_cause() -> None:
    causes = told(metric="latency", sign=Sign.DRIFT)  # type: ignore[arg-type]
    names = {(one.thing.value, one.name) for one in causes.moved}
    assert ("column", "latency") not in names and ("rate", "fallback") in names
    assert not causes.excesses


def test_the_new_version_carries_the_excess_and_a_fall_is_told_from_below() -> None:
    windows = [window(n, [cell(1000, 50)]) for n in range(BEFORE)]
    windows += [
        window(BEFORE + n, [cell(500, 25), cell(500, 200, version="2")]) for n in range(SINCE)
    ]
    (by_version,) = told(windows).excesses
    assert by_version.by == "version" and by_version.excess == pytest.approx(6 * 175)
    assert [p.name for p in by_version.parts] == ["2", "1"]
    assert by_version.parts[1].excess == pytest.approx(0)
    fallen = causes_of(found(observed="0.01"), windows, END)
    assert fallen.excesses[0].excess == pytest.approx(-6 * 175)


def test_more_of_those_who_always_failed_is_mix_and_not_within() -> None:
    def groups(few: int, many: int) -> tuple[GroupCell, ...]:
        return tuple(
            GroupCell(version="1", group=(sex, "x"), judged={"fallback": n},
                      counted={"fallback": bad})
            for sex, n, bad in (("f", few, few // 2), ("m", many, many // 10))
        )  # fmt: skip

    windows = [window(n, [cell(200, 60)]) for n in range(BEFORE + SINCE)]
    grouped = [
        WindowSummary(at=w.at, seconds=w.seconds, last=w.last, cells=w.cells,
                      groups=groups(100, 100) if w.at < CHANGE else groups(180, 20))
        for w in windows
    ]  # fmt: skip
    causes = causes_of(found(), grouped, END, ("sex", "region"))
    (by_sex,) = causes.excesses
    assert by_sex.by == "sex" and by_sex.within == pytest.approx(0)
    assert by_sex.mix == by_sex.excess == pytest.approx(6 * (92 - 60))


COUNTS = st.integers(0, 500).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
SLICES = st.dictionaries(st.sampled_from("abcdef"), COUNTS)


@given(SLICES, SLICES)
def test_all_parts_make_the_whole(before: dict[str, Counts], since: dict[str, Counts]) -> None:
    excess = decomposed("version", before, since)
    n, k = sum(c[0] for c in before.values()), sum(c[1] for c in before.values())
    m, bad = sum(c[0] for c in since.values()), sum(c[1] for c in since.values())
    if excess is None:
        assert not n or not m or len({*before, *since}) < 2
        return
    assert excess.excess == pytest.approx(bad - m * k / n, abs=1e-6)
    assert sum(p.excess for p in excess.parts) == pytest.approx(excess.excess, abs=1e-6)
    assert excess.within + excess.mix == pytest.approx(excess.excess, abs=1e-6)
    for part in excess.parts:
        assert part.within + part.mix == pytest.approx(part.excess)
