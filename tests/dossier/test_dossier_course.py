"""The drawing of a finding's course says what its numbers say, wide and narrow."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.dossier.course import NARROW, WIDE, Course, Point, drawn
from tocsin.playbook.show.measure import width

SVG = "{http://www.w3.org/2000/svg}"


def course(points: list[Point], *, began: int = 0, needed: float | None = 5.0) -> Course:
    return Course(
        title="drift-age", what="distance of age", points=points, baseline=0.1, tolerated=0.12,
        value=lambda value: f"{value * 100:.3g} %", began=began, region=(began, began),
        needed=needed, unit="powers of ten", first="2026-11-03 00:00 UTC",
        last="2026-11-28 12:00 UTC", since="2026-11-15 00:00 UTC",
    )  # fmt: skip


def parts(svg: str, name: str) -> ElementTree.Element:
    [found] = [one for one in ElementTree.fromstring(svg).iter(f"{SVG}svg")
               if one.get("class") == name]  # fmt: skip
    return found


def words(svg: str, name: str) -> list[str]:
    return [one.text or "" for one in parts(svg, name).iter(f"{SVG}text")]


RISING = [Point(value=0.1 + 0.002 * n, held=0.1 * n) for n in range(20)]


def test_evidence_far_beyond_what_an_alarm_takes_is_written_out_and_not_cut_silently() -> None:
    svg = drawn(course([*RISING, Point(value=0.4, held=174.8, raised=True)], began=20))
    for name in ("wide", "narrow"):
        said = words(svg, name)
        assert "alarm: 175 (beyond the edge)" in said and "an alarm takes 5" in said
        assert not any(word.startswith("174") for word in said)
    near = drawn(course([*RISING, Point(value=0.4, held=5.7, raised=True)], began=20))
    assert "alarm: 5.7" in words(near, "wide")


@pytest.mark.parametrize("began", range(0, 21, 4))
def test_no_word_runs_over_the_edge_wherever_it_began(began: int) -> None:
    points = [Point(value=p.value, held=p.held, raised=n == began) for n, p in enumerate(RISING)]
    svg = drawn(course([*points, Point(value=0.4, held=None)], began=began))
    for frame in (WIDE, NARROW):
        for one in parts(svg, frame.name).iter(f"{SVG}text"):
            at, wide = float(one.get("x") or 0), width(one.text or "", 12)
            first = at - (wide if one.get("text-anchor") == "end" else 0)
            assert first >= 0 and first + wide <= frame.width, one.text


@given(raised=st.integers(0, 2999))
def test_an_alarm_is_drawn_however_many_windows_there_are(raised: int) -> None:
    points = [Point(value=0.1, held=6.0, raised=n == raised) for n in range(3000)]
    svg = drawn(course(points, began=raised))
    for name in ("wide", "narrow"):
        dots = [one.get("class") for one in parts(svg, name).iter(f"{SVG}circle")]
        assert dots.count("raised") == 2  # above and below


def test_it_has_its_colours_with_it_for_light_and_for_dark() -> None:
    svg = drawn(course(RISING))
    style = re.search("<style>(.*)</style>", svg)
    assert style is not None and "prefers-color-scheme:dark" in style[1]
    used = {one.get("class") for one in ElementTree.fromstring(svg).iter() if one.get("class")}
    for kind in used - {"course", "wide", "narrow", "plain title"}:
        assert f".course .{kind}{{" in style[1], kind
