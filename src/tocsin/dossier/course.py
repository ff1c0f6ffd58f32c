"""The course of a finding as a drawing that stands alone: what was measured, and what was held
against it, window by window.

Above: what was measured in each window, what is tolerated, where the change began and where it may
have begun. Below: how the evidence grew, and what it took to raise the alarm; what lies far beyond
that, or below 0, lies on the edge, and the alarm's own number is written out. Drawn for a wide
place and for a narrow one, light and dark, and no two things are told apart by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from tocsin.dossier.axis import Unit, levels
from tocsin.dossier.letters import lettered
from tocsin.playbook.show.measure import lines, width
from tocsin.playbook.show.palette import DARK, FONT, LIGHT

SIZE = 12.0
TITLE = 14.0
EDGE = 12
TOP, GAP, FOOT = 68, 44, 38
POINTS_MAX = 400
DOTS_MAX = 90
MARK = 5.0


class _Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A size in which a course is drawn: so wide, with halves so high."""

    name: str
    width: int
    above: int
    below: int

    @property
    def height(self) -> int:
        return TOP + self.above + GAP + self.below + FOOT

    @property
    def begin(self) -> int:
        """Where the lower half begins."""
        return TOP + self.above + GAP


WIDE = _Frame(name="wide", width=760, above=210, below=110)
NARROW = _Frame(name="narrow", width=360, above=180, below=100)


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


class _Scales(msgspec.Struct, frozen=True, kw_only=True):
    """Where a window and a value lie in a frame."""

    left: float
    right: float
    count: int
    step: int

    def x(self, place: float) -> float:
        """Of a point that is drawn."""
        most = max(self.count - 1, 0)
        return self.left + min(max(place, 0), most) * (self.right - self.left) / max(most, 1)

    def window(self, place: int) -> float:
        """Of a window, of which `step` stand behind each point."""
        return self.x(place / self.step)


def drawn(course: Course) -> str:
    """The course as an SVG document; which of its two drawings is shown, the place decides."""
    title = f"{course.title}: {course.what}"
    drawings = "".join(_drawing(frame, course) for frame in (WIDE, NARROW))
    return (
        f'<svg class="course" xmlns="http://www.w3.org/2000/svg" width="{WIDE.width}" '
        f'height="{WIDE.height}" role="img" aria-label="{lettered(title)}">'
        f"<title>{lettered(title)}</title>"
        f"<style>{_style()}</style>{drawings}</svg>"
    )


def _drawing(frame: _Frame, course: Course) -> str:
    points, step = _thinned(course.points)
    above, below = _values(course, points), _held(course, points)
    names = [*map(course.value, above), *(f"{level:g}" for level in below)]
    scales = _Scales(left=EDGE + 8 + max(width(name, SIZE) for name in names),
                     right=frame.width - 20, count=len(points), step=step)  # fmt: skip
    hidden = "" if frame is WIDE else ' display="none"'
    return "".join(
        [
            f'<svg class="{frame.name}"{hidden} viewBox="0 0 {frame.width} {frame.height}" '
            'preserveAspectRatio="xMidYMin meet">',
            f'<rect class="ground" width="{frame.width}" height="{frame.height}"/>',
            *_heads(frame, course),
            *_measured(frame, course, points, scales, above),
            *_gathered(frame, course, points, scales, below),
            _text(EDGE, frame.height - 12, course.first, "start", "quiet"),
            _text(scales.right, frame.height - 12, course.last, "end", "quiet"),
            "</svg>",
        ]
    )


def _heads(frame: _Frame, course: Course) -> Iterator[str]:
    room = frame.width - 2 * EDGE
    [title, *_] = lines(course.title, room, TITLE, 1, bold=True)
    [what, *_] = lines(course.what, room, SIZE, 1)
    yield _text(EDGE, 20, title, "start", "plain title")
    yield _text(EDGE, 38, what, "start", "quiet")


def _values(course: Course, points: Sequence[Point]) -> list[float]:
    """The levels of the upper half."""
    values = [p.value for p in points if p.value is not None]
    values += [v for v in (course.baseline, course.tolerated) if v is not None]
    return levels(values or [0.0, 1.0], Unit.NUMBER)


def _held(course: Course, points: Sequence[Point]) -> list[float]:
    """The levels of the lower half: from 0, and not far beyond what an alarm takes."""
    held = [p.held for p in points if p.held is not None]
    needed = [course.needed] if course.needed is not None else []
    high = max([*held, *needed, 1.0])
    return levels([0.0, min(high, max(4 * needed[0], 8.0)) if needed else high], Unit.NUMBER, 3)


def _measured(
    frame: _Frame, course: Course, points: Sequence[Point], scales: _Scales, marks: Sequence[float]
) -> Iterator[str]:
    """The upper half."""
    y = _upwards(marks, TOP, frame.above)
    for level in marks:
        yield _level(scales, y(level), course.value(level))
    yield from _beginning(frame, course, scales)
    places = [(i, p) for i, p in enumerate(points) if p.value is not None]
    yield _line("curve", [(scales.x(i), y(p.value or 0.0)) for i, p in places])
    for i, point in places:
        if point.raised or len(points) <= DOTS_MAX * frame.width // WIDE.width:
            kind, size = ("raised", MARK) if point.raised else ("dot", 2.5)
            yield _dot(kind, scales.x(i), y(point.value or 0.0), size)
    if course.tolerated is not None:
        said = f"tolerated {course.value(course.tolerated)}"
        yield from _limit(scales, y(course.tolerated), said)


def _gathered(
    frame: _Frame, course: Course, points: Sequence[Point], scales: _Scales, marks: Sequence[float]
) -> Iterator[str]:
    """The lower half."""
    y = _upwards(marks, frame.begin, frame.below)
    yield _text(EDGE, frame.begin - 12, f"held against it, in {course.unit}", "start", "quiet")
    for level in marks:
        yield _level(scales, y(level), f"{level:g}")
    places = [(i, p) for i, p in enumerate(points) if p.held is not None]
    yield _line("held", [(scales.x(i), y(p.held or 0.0)) for i, p in places])
    if course.needed is not None:
        yield from _limit(scales, y(course.needed), f"an alarm takes {course.needed:.3g}")
    for i, point in places:
        if point.raised:
            at, high = scales.x(i), y(point.held or 0.0)
            beyond = " (beyond the edge)" if (point.held or 0.0) > marks[-1] else ""
            yield _dot("raised", at, high, MARK)
            yield _beside(frame, at, high + 18, f"alarm: {point.held:.3g}{beyond}", MARK)


def _beginning(frame: _Frame, course: Course, scales: _Scales) -> Iterator[str]:
    """Where the change began, and where it may have begun."""
    if course.region is not None and course.region[0] != course.region[1]:
        first, last = map(scales.window, course.region)
        yield (
            f'<rect class="region" x="{first:.1f}" y="{TOP}" width="{last - first:.1f}" '
            f'height="{frame.above}"/>'
        )
    if course.began is not None:
        at, bottom = scales.window(course.began), frame.begin + frame.below
        yield f'<line class="change" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 12}" y2="{bottom}"/>'
        yield _beside(frame, at, TOP - 8, f"it began: {course.since}", 2)


def _beside(frame: _Frame, at: float, y: float, text: str, away: float) -> str:
    """Words to the right of something where they fit, else to its left, else across it."""
    wide, away = width(text, SIZE), away + 3
    if at + away + wide <= frame.width - EDGE:
        return _text(at + away, y, text, "start", "began")
    if at - away - wide >= EDGE:
        return _text(at - away, y, text, "end", "began")
    return _text(frame.width - EDGE, y, text, "end", "began")


def _limit(scales: _Scales, at: float, text: str) -> Iterator[str]:
    yield _across("tolerated", scales, at)
    yield _text(scales.right, at - 5, text, "end", "limit")


def _line(kind: str, places: Sequence[tuple[float, float]]) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline class="{kind}" points="{points}"/>' if len(places) > 1 else ""


def _dot(kind: str, x: float, y: float, size: float) -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{size:g}"/>'


def _level(scales: _Scales, at: float, text: str) -> str:
    return _across("grid", scales, at) + _text(scales.left - 8, at + 4, text, "end", "quiet")


def _across(kind: str, scales: _Scales, at: float) -> str:
    return (
        f'<line class="{kind}" x1="{scales.left:.1f}" x2="{scales.right:.1f}" '
        f'y1="{at:.1f}" y2="{at:.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}>{lettered(text)}</text>'


def _upwards(marks: Sequence[float], top: float, height: float) -> Callable[[float], float]:
    low, high = marks[0], marks[-1]
    return lambda value: top + height * (1 - (min(max(value, low), high) - low) / (high - low))


def _thinned(points: Sequence[Point]) -> tuple[list[Point], int]:
    """At most `POINTS_MAX` points, each standing for so many; an alarm is never left out."""
    step = max(1, -(-len(points) // POINTS_MAX))
    found = []
    for n in range(0, len(points), step):
        some = points[n : n + step]
        found.append(next((p for p in some if p.raised), some[0]))
    return found, step


def _style() -> str:
    return (
        f".course{{width:100%;max-width:{WIDE.width}px;height:auto;font:12px {FONT};"
        f"aspect-ratio:{WIDE.width}/{WIDE.height}}}.course .narrow{{display:none}}"
        f"@media (max-width:34em){{.course{{aspect-ratio:{NARROW.width}/{NARROW.height}}}"
        ".course .wide{display:none}.course .narrow{display:inline}}"
        ".course text{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
        ".course .title{font-size:14px;font-weight:600}"
        ".course .curve,.course .held{fill:none;stroke-width:1.8}"
        ".course .tolerated{stroke-width:1.5;stroke-dasharray:6 4}"
        ".course .change{stroke-width:1.5}.course .region{fill-opacity:.14}"
        ".course .grid{stroke-opacity:.35}"
        f"{_colours(LIGHT)}@media screen and (prefers-color-scheme:dark){{{_colours(DARK)}}}"
    )


def _colours(table: Mapping[str, str]) -> str:
    fills = {"ground": "body", "plain": "ink", "quiet": "soft", "dot": "people", "limit": "change",
             "began": "stop", "raised": "stop", "region": "stop"}  # fmt: skip
    strokes = {"grid": "edge", "curve": "people", "tolerated": "change", "change": "stop",
               "held": "keep"}  # fmt: skip
    return (
        f".course text{{stroke:{table['body']}}}"
        + "".join(f".course .{kind}{{fill:{table[name]}}}" for kind, name in fills.items())
        + "".join(f".course .{kind}{{stroke:{table[name]}}}" for kind, name in strokes.items())
    )
