"""A stream of a rate as a drawing: what was measured, what is tolerated, since when it changed.

Drawn here and not in a browser, so that the paper shows what the screen shows. Colours come from
the page; a curve is never told from another by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

import msgspec

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 220, 54, 16, 16, 34
POINTS_MAX = 360


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One window: of `requests`, `bad` went wrong."""

    at: datetime
    requests: int
    bad: int


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened at an instant, in one or two words."""

    at: datetime
    text: str


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A rate over time.

    Args:
        tolerated: the share up to which the detector is silent; None when there is none.
        since: the estimated change.
        marks: what was done, in order.
    """

    title: str
    points: Sequence[Point]
    tolerated: float | None
    since: datetime | None
    marks: Sequence[Mark] = ()


def drawn(stream: Stream) -> str:
    """The stream as SVG; a sentence where there is nothing to draw."""
    points = _thinned([p for p in stream.points if p.requests > 0])
    if len(points) < 2:
        return f"<p>{escape(stream.title)}: too few windows to draw.</p>"
    first, last = points[0].at, points[-1].at
    span = max((last - first).total_seconds(), 1.0)
    shares = [p.bad / p.requests for p in points]
    top = _round_up(max([*shares, stream.tolerated or 0.0, 0.01]))

    def x(at: datetime) -> float:
        share = min(max((at - first).total_seconds() / span, 0.0), 1.0)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(share: float) -> float:
        return TOP + (1 - share / top) * (HEIGHT - TOP - BOTTOM)

    line = " ".join(f"{x(p.at):.1f},{y(s):.1f}" for p, s in zip(points, shares, strict=True))
    parts = [
        f'<svg class="stream" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(stream.title)}" xmlns="http://www.w3.org/2000/svg">',
        *(_level(y(top * n / 4), f"{top * n / 4 * 100:.3g} %") for n in range(5)),
        f'<polyline class="curve" points="{line}"/>',
    ]
    if stream.tolerated is not None:
        at = y(stream.tolerated)
        parts.append(f'<line class="tolerated" x1="{LEFT}" x2="{WIDTH - RIGHT}" '
                     f'y1="{at:.1f}" y2="{at:.1f}"/>')  # fmt: skip
        parts.append(_text(LEFT + 4, at - 4, "tolerated", "start"))
    if stream.since is not None:
        parts += _upright(x(stream.since), "it began", "change", 0)
    for number, mark in enumerate(m for m in stream.marks if first <= m.at <= last):
        parts += _upright(x(mark.at), mark.text, "mark", 1 + number % 3)
    for end, anchor in ((first, "start"), (last, "end")):
        parts.append(_text(x(end), HEIGHT - 12, f"{end:%H:%M:%S} UTC", anchor))
    return "".join([*parts, "</svg>"])


def _level(at: float, text: str) -> str:
    line = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
    return line + _text(LEFT - 6, at + 4, text, "end")


def _upright(at: float, text: str, kind: str, row: int) -> list[str]:
    bottom = HEIGHT - BOTTOM
    anchor = "end" if at > WIDTH * 0.75 else "start"
    beside = at - 4 if anchor == "end" else at + 4
    return [
        f'<line class="{kind}" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{bottom}"/>',
        _text(beside, TOP + 10 + row * 13, text, anchor),
    ]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _thinned(points: Sequence[Point]) -> list[Point]:
    """At most `POINTS_MAX` points; neighbours are added up, so that no share is invented."""
    step = -(-len(points) // POINTS_MAX) if points else 1
    return [
        Point(
            at=group[0].at,
            requests=sum(p.requests for p in group),
            bad=sum(p.bad for p in group),
        )
        for group in (points[n : n + step] for n in range(0, len(points), step))
    ]


def _round_up(share: float) -> float:
    for level in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8):
        if share <= level:
            return level
    return 1.0
