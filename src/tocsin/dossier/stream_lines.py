"""The lines and words of a stream in a frame of a given size.

Above the curve no words lie on others, and where there is room no line runs through them; what
finds no place there is left out of the drawing and stands in its sentence alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from tocsin.dossier.axis import WRITTEN, instants, levels, row_numbers
from tocsin.dossier.letters import lettered
from tocsin.playbook.show.measure import width

if TYPE_CHECKING:
    from tocsin.dossier.stream import Stream

SIZE = 11.0
ROW = 14.0
BOTTOM = 34.0


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A size in which a stream is drawn.

    Args:
        ticks: so many instants stand below at most.
        heads: so many rows of words stand above the curve at most.
    """

    name: str
    width: int
    height: int
    ticks: int
    heads: int


WIDE = Frame(name="wide", width=720, height=280, ticks=8, heads=5)
NARROW = Frame(name="narrow", width=360, height=300, ticks=3, heads=6)


class _Upright(msgspec.Struct, frozen=True, kw_only=True):
    """Something at an instant: a line through the picture, and words above."""

    at: datetime
    text: str
    kind: str


class _Scales(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value and an instant lie in the picture."""

    left: float
    right: float
    top: float
    bottom: float
    first: datetime
    last: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        span = max((self.last - self.first).total_seconds(), 1e-6)
        share = min(max((at - self.first).total_seconds() / span, 0.0), 1.0)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        share = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        return self.top + (1 - share) * (self.bottom - self.top)


def inside(frame: Frame, stream: Stream) -> str:
    """Everything that stands in the frame."""
    say = WRITTEN[stream.unit]
    values = [p.value for p in stream.points]
    lines = [v for v in (stream.tolerated, *(stream.before or ())) if v is not None]
    marks = levels([*values, *lines], stream.unit)
    left = 10 + max(width(say(level), SIZE) for level in marks)
    uprights = list(_uprights(stream))
    placed = _placed(frame, uprights, stream, left)
    heads = max((one.row for one in placed), default=-1) + 1
    scales = _Scales(
        left=left, right=frame.width - 14.0, top=10 + heads * ROW, bottom=frame.height - BOTTOM,
        first=stream.points[0].at, last=stream.points[-1].at, low=marks[0], high=marks[-1],
    )  # fmt: skip
    parts = [f'<rect class="ground" width="{frame.width}" height="{frame.height}"/>']
    parts += _grid(scales, marks, say)
    parts += _areas(scales, stream)
    parts += _below(frame, scales, stream)
    parts += [_line(scales, one) for one in placed]
    points = " ".join(f"{scales.x(p.at):.1f},{scales.y(p.value):.1f}" for p in stream.points)
    parts.append(f'<polyline class="curve" points="{points}"/>')
    parts += _levels(frame, scales, stream, say)
    parts += [_head(frame, scales, one) for one in placed]
    return "".join(parts)


def _uprights(stream: Stream) -> Iterator[_Upright]:
    first, last = stream.points[0].at, stream.points[-1].at
    if stream.since is not None:
        yield _Upright(at=stream.since, text="it began", kind="change")
    if stream.alarm is not None:
        yield _Upright(at=stream.alarm, text="alarm", kind="alarm")
    for mark in stream.marks:
        if first <= mark.at <= last:
            yield _Upright(at=mark.at, text=mark.text, kind="mark")


class _Placed(msgspec.Struct, frozen=True, kw_only=True):
    """An upright whose words stand in a row, over this extent; its line hangs below them."""

    one: _Upright
    row: int
    begin: float
    end: float
    x: float

    def bears(self, other: _Placed) -> bool:
        """Whether neither's words are touched by the other's words or line."""
        if self.row == other.row:
            return self.end < other.begin or other.end < self.begin
        above, below = (self, other) if self.row < other.row else (other, self)
        return not below.begin <= above.x <= below.end


def _placed(
    frame: Frame, uprights: Sequence[_Upright], stream: Stream, left: float
) -> list[_Placed]:
    """Each in the first row above the curve in which it bears all that stand there already."""
    first, last = stream.points[0].at, stream.points[-1].at
    scales = _Scales(left=left, right=frame.width - 14.0, top=0, bottom=1, first=first, last=last,
                     low=0, high=1)  # fmt: skip
    found = list[_Placed]()
    for one in uprights:
        begin, end = _extent(frame, scales, one)
        tried = [
            _Placed(one=one, row=row, begin=begin, end=end, x=scales.x(one.at))
            for row in range(frame.heads)
        ]
        free = [t for t in tried if all(o.row != t.row or t.bears(o) for o in found)]
        clear = [t for t in free if all(t.bears(other) for other in found)]
        found += (clear or free)[:1]
    return found


def _extent(frame: Frame, scales: _Scales, one: _Upright) -> tuple[float, float]:
    at, wide = scales.x(one.at), width(one.text, SIZE) + 14
    return (at - wide, at - 2) if at + wide > frame.width - 4 else (at + 2, at + wide)


def _head(frame: Frame, scales: _Scales, placed: _Placed) -> str:
    one, at, y = placed.one, placed.x, 10 + placed.row * ROW + SIZE - 2
    ends = placed.begin < at
    sign = ""
    if one.kind == "alarm":
        sign = f'<path class="alarm" d="M{at - 5:.1f} {y - 8:.1f}h10l-5 9z"/>'
    return sign + _text(at - 8 if ends else at + 8, y, one.text, "end" if ends else "start")


def _line(scales: _Scales, placed: _Placed) -> str:
    kind = "change" if placed.one.kind == "change" else "mark"
    at, top = placed.x, 10 + placed.row * ROW
    return (
        f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{top:.1f}" '
        f'y2="{scales.bottom:.1f}"/>'
    )


def _grid(scales: _Scales, marks: Sequence[float], say: Callable[[float], str]) -> Iterator[str]:
    for level in marks:
        at = scales.y(level)
        kind = "edge" if level == marks[0] else "grid"
        yield _level(kind, scales, at)
        yield _text(scales.left - 6, at + 4, say(level), "end")


def _areas(scales: _Scales, stream: Stream) -> Iterator[str]:
    """What is known only to lie in between: when it began, and what it was before."""
    if stream.region is not None:
        begin, end = (scales.x(at) for at in stream.region)
        yield (
            f'<rect class="region" x="{begin:.1f}" width="{max(end - begin, 2):.1f}" '
            f'y="{scales.top:.1f}" height="{scales.bottom - scales.top:.1f}"/>'
        )
    if stream.before is not None:
        _, low, high = stream.before
        top, bottom = scales.y(high), scales.y(low)
        yield (
            f'<rect class="band" x="{scales.left:.1f}" width="{scales.right - scales.left:.1f}" '
            f'y="{top:.1f}" height="{max(bottom - top, 1):.1f}"/>'
        )
        yield _level("before", scales, scales.y(stream.before[0]))


def _levels(
    frame: Frame, scales: _Scales, stream: Stream, say: Callable[[float], str]
) -> Iterator[str]:
    """The words of the threshold and of what was before, apart from each other and the edge."""
    if stream.tolerated is None and stream.before is None:
        return
    high = stream.tolerated if stream.tolerated is not None else None
    low = stream.before[0] if stream.before is not None else None
    over = high is None or low is None or high >= low
    if high is not None:
        at = scales.y(high)
        yield _level("tolerated", scales, at)
        yield _text(scales.left + 4, at - 5 if over else at + 13, f"tolerated {say(high)}", "start")
    if low is not None:
        at = scales.y(low)
        beside = at + 13 if over else at - 5
        if beside > scales.bottom - 2:
            beside = at - 5
        words = f"before {say(low)}"
        yield _text(scales.right - 4, beside, words, "end")


def _below(frame: Frame, scales: _Scales, stream: Stream) -> Iterator[str]:
    ticks = row_numbers if stream.rows else instants
    y, reach = scales.bottom, 0.0
    for at, text in ticks(scales.first, scales.last, frame.ticks):
        x, half = scales.x(at), width(text, SIZE) / 2
        x = min(max(x, half + 2), frame.width - half - 2)
        if x - half < reach:
            continue
        reach = x + half + 8
        yield f'<path class="edge" d="M{scales.x(at):.1f} {y:.1f}v4"/>'
        yield _text(x, y + 16, text, "middle")
    said = "rows" if stream.rows else f"from {scales.first:%d %b %Y}, UTC"
    yield _text(scales.right, y + 30, said, "end")


def _level(kind: str, scales: _Scales, at: float) -> str:
    return (
        f'<line class="{kind}" x1="{scales.left:.1f}" x2="{scales.right:.1f}" '
        f'y1="{at:.1f}" y2="{at:.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{lettered(text)}</text>'
