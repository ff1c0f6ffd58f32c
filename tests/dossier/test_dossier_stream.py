"""A stream is drawn to scale, in words too, and no word lies on another, wide or narrow."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.dossier.axis import Unit, instants, levels, row_numbers
from tocsin.dossier.stream import Mark, Stream, drawn, picture, sentences, thinned
from tocsin.dossier.stream_found import stream_of
from tocsin.dossier.stream_lines import SIZE
from tocsin.facts.findings import Found, Sign
from tocsin.facts.summaries import Measured
from tocsin.playbook.show.measure import width

BEGAN = datetime(2026, 11, 26, 8, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def stream(count: int = 60, **more: object) -> Stream:
    points = [
        Measured(at=at(n), requests=100, value=0.04 if n < 30 else 0.23) for n in range(count)
    ]
    own = {"title": "fallback", "tolerated": 0.046, "since": at(30), "before": (0.04,) * 3}
    return Stream(points=points, **(own | more))  # type: ignore[arg-type]


def words_in(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_lines_of_the_detector_stand_beside_the_curve() -> None:
    whole = stream(alarm=at(33), region=(at(28), at(31)), marks=(Mark(at=at(45), text="stop"),))
    words = words_in(drawn(whole))
    for text in ("tolerated 4.6 %", "before 4 %", "it began", "alarm", "stop", "0 %"):
        assert words.count(text) == 2, "once in the wide drawing, once in the narrow one"
    assert drawn(whole).count('class="region"') == 2 and "<script" not in drawn(whole)


def test_who_does_not_see_reads_the_same() -> None:
    whole = stream(alarm=at(33), region=(at(28), at(31)), marks=(Mark(at=at(45), text="stop"),))
    root = ET.fromstring(drawn(whole))
    title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img" and title is not None and told is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"
    assert title.text == "fallback" and told.text == " ".join(sentences(whole))
    for text in (
        "60 windows from 2026-11-26 08:00:00 UTC to", "between 4 % and 23 %", "at the end 23 %",
        "Before: 4 %.", "Tolerated: 4.6 %.", "It began at about 2026-11-26 08:00:30 UTC.",
        "between 2026-11-26 08:00:28 UTC and", "raised at 2026-11-26 08:00:33 UTC.",
        "stop at 2026-11-26 08:00:45 UTC.",
    ):  # fmt: skip
        assert text in (told.text or ""), text


def test_a_log_without_times_is_told_in_rows() -> None:
    points = [
        Measured(at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=5000 * n), requests=5000,
                 value=0.83 - 0.06 * (n > 20))
        for n in range(40)
    ]  # fmt: skip
    by_rows = Stream(title="accuracy", points=points, tolerated=0.8, since=points[21].at, rows=True)
    words = words_in(drawn(by_rows))
    assert "100,000" in words and "rows" in words and not any("UTC" in word for word in words)
    assert "It began at about row 105,000." in sentences(by_rows)


def test_many_windows_are_averaged_by_their_requests_and_no_share_is_invented() -> None:
    points = [Measured(at=at(n), requests=10, value=n % 2) for n in range(5000)]
    many = msgspec.structs.replace(stream(), points=points)
    curve = drawn(many).partition('points="')[2].partition('"')[0].split()
    assert len(curve) <= 360
    assert len({point.split(",")[1] for point in curve}) == 1, "every pair is one half"
    uneven = [Measured(at=at(0), requests=30, value=0.0), Measured(at=at(1), requests=10, value=1)]
    assert thinned(uneven, 1) == [Measured(at=at(0), requests=40, value=0.25)]


def test_too_little_is_said_and_words_stay_words() -> None:
    assert "too few" in drawn(stream(1))
    evil = '<script>alert(1)</script>&"'
    svg = drawn(stream(title=evil, marks=(Mark(at=at(9), text=evil),)))
    title = ET.fromstring(svg).find(f"{SVG}title")
    assert "<script>" not in svg and title is not None and title.text == evil
    assert "<script>" not in drawn(stream(0, title=evil))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.sampled_from(list(Unit)))
def test_levels_hold_all_values_and_are_few(values: list[float], unit: Unit) -> None:
    found = levels(values, unit)
    assert 2 <= len(found) <= 8 and found == sorted(set(found))
    within = 1e-6 * max(map(abs, found))
    assert found[0] <= min(values) + within and max(values) <= found[-1] + within


@given(st.integers(1, 10**9), st.integers(2, 9))
def test_instants_lie_within_and_are_not_too_many(seconds: int, most: int) -> None:
    last = at(seconds)
    for ticks in (instants, row_numbers):
        found = ticks(BEGAN, last, most)
        assert 1 <= len(found) <= most + 1
        assert all(BEGAN <= when <= last for when, _ in found)


MARKS = st.lists(
    st.builds(
        Mark, at=st.integers(0, 59).map(at), text=st.text("abc .:@", min_size=1, max_size=24)
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(MARKS, st.integers(0, 59), st.integers(0, 59))
def test_no_words_above_the_curve_lie_on_others(marks: list[Mark], since: int, alarm: int) -> None:
    svg = picture(stream(since=at(since), alarm=at(alarm), marks=marks))
    for drawing in ET.fromstring(svg).findall(f"{SVG}svg"):
        boxes = list[tuple[float, float, float]]()
        top = min(float(r.get("y2") or 0) for r in drawing.iter(f"{SVG}line"))
        for text in drawing.iter(f"{SVG}text"):
            x, y = float(text.get("x") or 0), float(text.get("y") or 0)
            if text.get("text-anchor") == "middle" or y > top:
                continue
            wide = width(text.text or "", SIZE)
            box = (x - wide, x, y) if text.get("text-anchor") == "end" else (x, x + wide, y)
            assert not [b for b in boxes if b[2] == y and box[0] < b[1] and b[0] < box[1]]
            boxes.append(box)


FOUND = Found(
    finding="f", detector="d", system="hiring", sign=Sign.RATE, metric="accuracy", version=None,
    segment="en", baseline="0.83", observed="0.77", low="0.76", high="0.78", confidence="0.95",
    tolerated="0.8", since=at(30), seen_until=at(60), requests=9, bad=3, promise="", summaries=(),
    declared="0" * 64, caused_by=None, since_from=at(28), since_until=at(31),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "tolerated", "title"),
    [
        ({}, 0.8, "hiring: accuracy, en"),
        ({"sign": Sign.DRIFT, "measure": "ks"}, 0.8, "hiring: accuracy, en: how far from before"),
        ({"sign": Sign.DRIFT, "measure": "psi"}, None, "how far from before"),
        ({"sign": Sign.QUANTITY, "measure": "p95"}, None, "mean (what is watched is its p95)"),
        ({"sign": Sign.UNFAIR, "measure": "ratio of shares", "group": "sex=F"}, None, "en, sex=F"),
    ],
)
def test_the_detectors_lines_are_drawn_only_where_they_measure_the_same(
    changes: dict[str, object], tolerated: float | None, title: str
) -> None:
    found = msgspec.structs.replace(FOUND, **changes)
    made = stream_of(found, stream().points, alarm=at(40))
    assert made.tolerated == tolerated and title in made.title
    assert made.region == (at(28), at(31)) and made.alarm == at(40)
    assert (made.before is None) == (tolerated is None or found.sign is Sign.DRIFT)
    assert stream_of(found, (), alarm=at(40), rows=True).alarm is None


def test_light_and_dark_and_narrow_are_chosen_by_the_place() -> None:
    svg = drawn(stream())
    assert "prefers-color-scheme:dark" in svg and re.search(r"@media \(max-width:", svg)
    assert svg.count("<svg") == 3 and 'display="none"' in svg
