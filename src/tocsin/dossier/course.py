"""The course of a finding as a drawing that stands alone: what was measured, and what was held
against it, window by window.

Above: what was measured in each window, what is tolerated, where the change began and where it may
have begun. Below: how the evidence grew, and what it took to raise the alarm. It has its colours
with it, for light and for dark, and tells no two things apart by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

import msgspec

WIDTH, LEFT, RIGHT = 760, 70, 20
TOP, ABOVE, GAP, BELOW, FOOT = 44, 210, 40, 110, 40
HEIGHT = TOP + ABOVE + GAP + BELOW + FOOT
POINTS_MAX = 400
LEVELS = 4
STYLE = """\
.ground{fill:#ffffff}.plain{fill:#1b1f24}.quiet{fill:#57606a}.grid{stroke:#d8dee4;stroke-width:1}
.curve{fill:none;stroke:#0b5cad;stroke-width:1.8}.dot{fill:#0b5cad}
.tolerated{stroke:#9a6700;stroke-width:1.5;stroke-dasharray:6 4}.limit{fill:#9a6700}
.change{stroke:#b3261e;stroke-width:1.5}.began{fill:#b3261e}
.region{fill:#b3261e;fill-opacity:.12}
.held{fill:none;stroke:#5b3d8f;stroke-width:1.8}.raised{fill:#b3261e}
text{font:12px system-ui,sans-serif;paint-order:stroke;stroke:#ffffff;stroke-width:3px}
.title{font-size:14px;font-weight:600}
@media(prefers-color-scheme:dark){text{stroke:#15191e}
.ground{fill:#15191e}.plain{fill:#e6edf3}.quiet{fill:#9ea7b3}
.grid{stroke:#30363d}.curve{stroke:#6cb6ff}.dot{fill:#6cb6ff}.tolerated{stroke:#e3b341}
.limit{fill:#e3b341}.change{stroke:#ff8b82}.began{fill:#ff8b82}
.region{fill:#ff8b82}.held{stroke:#c4a7f5}.raised{fill:#ff8b82}}"""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One window; what is not known of it is not drawn."""

    value: float | None
    held: float | None
    raised: bool = False


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn.

    Args:
        value: how a value is written, such as `12 %`.
        began: the place of the window in which the change began; `region` the first and the last
            in which it may have.
        needed: what it took to raise the alarm; `unit` of what.
        first, last, since: how the ends and the beginning are called.
    """

    title: str
    what: str
    points: Sequence[Point]
    baseline: float | None
    tolerated: float | None
    value: Callable[[float], str]
    began: int | None
    region: tuple[int, int] | None
    needed: float | None
    unit: str
    first: str
    last: str
    since: str


def drawn(course: Course) -> str:
    """The course as an SVG document."""
    points, scale = _thinned(course.points)
    x = _across(len(points))
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(course.title)}">',
            f"<title>{escape(course.title)}</title><style>{STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
            _text(LEFT, 20, _short(course.title), "start", "plain title"),
            *_measured(course, points, x, scale),
            *_gathered(course, points, x, scale),
            _text(LEFT, HEIGHT - 12, course.first, "start", "quiet"),
            _text(WIDTH - RIGHT, HEIGHT - 12, course.last, "end", "quiet"),
            "</svg>",
        ]
    )


def _measured(
    course: Course, points: Sequence[Point], x: Callable[[float], float], scale: int
) -> Iterator[str]:
    """The upper half."""
    values = [p.value for p in points if p.value is not None]
    shown = [*values, *(v for v in (course.baseline, course.tolerated) if v is not None)]
    low, high = _limits(shown)
    y = _upwards(low, high, TOP, ABOVE)
    yield _text(LEFT, TOP - 6, course.what, "start", "quiet")
    for n in range(LEVELS + 1):
        level = low + (high - low) * n / LEVELS
        yield _level(y(level), course.value(level))
    yield from _beginning(course, x, scale)
    yield from _line("curve", [(x(i), y(p.value)) for i, p in enumerate(points)
                               if p.value is not None])  # fmt: skip
    for i, point in enumerate(points):
        if point.value is not None and len(points) <= 90:
            kind, size = ("raised", 5) if point.raised else ("dot", 2.5)
            yield f'<circle class="{kind}" cx="{x(i):.1f}" cy="{y(point.value):.1f}" r="{size}"/>'
    if course.tolerated is not None:
        yield _across_line("tolerated", y(course.tolerated))
        yield _text(WIDTH - RIGHT, y(course.tolerated) - 5,
                    f"tolerated {course.value(course.tolerated)}", "end", "limit")  # fmt: skip


def _gathered(
    course: Course, points: Sequence[Point], x: Callable[[float], float], scale: int
) -> Iterator[str]:
    """The lower half."""
    begin = TOP + ABOVE + GAP
    held = [p.held for p in points if p.held is not None]
    shown = [*held, *([course.needed] if course.needed is not None else []), 0.0]
    floor = min(max(min(shown), -4.0), 0.0)
    most = max(shown)
    if course.needed is not None:
        most = min(most, max(4 * course.needed, 8.0))  # far beyond is far beyond
    y = _upwards(floor, most + 0.05 * (most - floor or 1.0), begin, BELOW)
    yield _text(LEFT, begin - 8, f"held against it, in {course.unit}", "start", "quiet")
    for level in (floor, (floor + most) / 2, most):
        yield _level(y(level), f"{level:.3g}")
    yield from _line("held", [(x(i), y(min(max(p.held, floor), most)))
                              for i, p in enumerate(points) if p.held is not None])  # fmt: skip
    for i, point in enumerate(points):
        if point.raised and point.held is not None:
            at = y(min(max(point.held, floor), most))
            anchor = "end" if x(i) > WIDTH * 0.7 else "start"
            yield f'<circle class="raised" cx="{x(i):.1f}" cy="{at:.1f}" r="5"/>'
            yield _text(x(i) + (-9 if anchor == "end" else 9), at + 4, "alarm", anchor, "began")
    if course.needed is not None and course.needed <= most:
        yield _across_line("tolerated", y(course.needed))
        yield _text(WIDTH - RIGHT, y(course.needed) - 5, f"an alarm takes {course.needed:.3g}",
                    "end", "limit")  # fmt: skip


def _beginning(course: Course, x: Callable[[float], float], scale: int) -> Iterator[str]:
    """Where the change began, and where it may have begun."""
    bottom = TOP + ABOVE + GAP + BELOW
    if course.region is not None and course.region[0] != course.region[1]:
        first, last = (x(place / scale) for place in course.region)
        yield (
            f'<rect class="region" x="{first:.1f}" y="{TOP}" width="{last - first:.1f}" '
            f'height="{ABOVE}"/>'
        )
    if course.began is not None:
        at = x(course.began / scale)
        anchor = "end" if at > WIDTH * 0.7 else "start"
        yield f'<line class="change" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{bottom}"/>'
        yield _text(at + (-5 if anchor == "end" else 5), TOP + 12, f"it began: {course.since}",
                    anchor, "began")  # fmt: skip


def _line(kind: str, places: Sequence[tuple[float, float]]) -> Iterator[str]:
    if len(places) > 1:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline class="{kind}" points="{points}"/>'


def _level(at: float, text: str) -> str:
    return _across_line("grid", at) + _text(LEFT - 8, at + 4, text, "end", "quiet")


def _across_line(kind: str, at: float) -> str:
    return f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _across(count: int) -> Callable[[float], float]:
    step = (WIDTH - LEFT - RIGHT) / max(count - 1, 1)
    return lambda place: LEFT + min(max(place, 0), max(count - 1, 0)) * step


def _upwards(low: float, high: float, top: float, height: float) -> Callable[[float], float]:
    span = high - low or 1.0
    return lambda value: top + height * (1 - (value - low) / span)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Round ends of the scale: from 0 where all is near it, so that no small thing looks large."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    low = 0.0 if 0 <= low <= 0.6 * high else low
    step = 10 ** math.floor(math.log10(max(high - low, 1e-9) / LEVELS))
    step = next(step * m for m in (1, 2, 2.5, 5, 10) if step * m * LEVELS >= (high - low) * 1.02)
    low = math.floor(low / step) * step
    while low + step * LEVELS < high:
        step *= 2
        low = math.floor(low / step) * step
    return low, low + step * LEVELS


def _thinned(points: Sequence[Point]) -> tuple[list[Point], int]:
    """At most `POINTS_MAX` points, each standing for so many; an alarm is never left out."""
    step = max(1, -(-len(points) // POINTS_MAX))
    found = []
    for n in range(0, len(points), step):
        some = points[n : n + step]
        found.append(next((p for p in some if p.raised), some[0]))
    return found, step


def _short(text: str) -> str:
    return text if len(text) <= 96 else text[:95] + "…"
