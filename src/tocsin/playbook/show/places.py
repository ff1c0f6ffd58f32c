"""Where boxes stand and how lines run: no box over another, no line through a box.

Boxes of a row keep their order and a gap; within that they stand as near as can be to where their
lines would run straight (least squares with an order kept: pooled neighbours). Between two rows
each line runs down, aside on a track of its own, and down again. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tocsin.playbook.plan import Plan
from tocsin.playbook.show.boxes import Box, box_of
from tocsin.playbook.show.flow import Flow, Line
from tocsin.playbook.show.layers import Item, Passing, Rows, stops_of

WIDE_MAX = 816.0
"""How wide a picture is at most: on A4 its smallest words are then seven points high."""

GAP, PASSING_WIDE = 14.0, 4.0
TRACK, CHANNEL_MIN, ARROW = 9.0, 16.0, 12.0
SWEEPS = 24
BESIDE = 12.0


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A box and its upper left corner."""

    box: Box
    x: float
    y: float
    row: int


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The corners of a drawn line, from its beginning to its end."""

    line: Line
    corners: tuple[tuple[float, float], ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """All that is drawn.

    Args:
        cuts: where the picture may be cut: only lines that run straight down are there.
    """

    wide: float
    high: float
    boxes: tuple[Placed, ...]
    routes: tuple[Route, ...]
    cuts: tuple[float, ...]


def picture_of(plan: Plan, flow: Flow, rows: Rows) -> Picture:
    """The boxes and lines of a plan, each with its place."""
    return _Placing(plan, flow, rows).picture()


class _Link(msgspec.Struct, frozen=True):
    """A piece of a line between two rows, with where it leaves beside the middle."""

    line: Line
    top: Item
    bottom: Item
    leaves: float
    weight: float


class _Placing:
    def __init__(self, plan: Plan, flow: Flow, rows: Rows) -> None:
        self._rows = rows
        self._place = {item: n for row in rows.rows for n, item in enumerate(row)}
        self._boxes = dict(self._drawn_boxes(plan, flow))
        self._links: list[list[_Link]] = [[] for _ in rows.rows]
        for line in rows.drawn:
            for row, link in self._links_of(line):
                self._links[row].append(link)
        self._x = self._middles()
        self._arriving = dict(self._arrivals())

    def _drawn_boxes(self, plan: Plan, flow: Flow) -> Iterator[tuple[str, Box]]:
        drawn = frozenset(self._rows.drawn)
        out: dict[str, list[tuple[int, Line]]] = {}
        for line in self._rows.drawn:
            following = stops_of(line, self._rows.row_of)[1]
            out.setdefault(line.source, []).append((self._place[following], line))
        for row in self._rows.rows:
            keys = [item for item in row if isinstance(item, str)]
            for key in keys:
                lines = [line for _, line in sorted(out.get(key, ()), key=lambda one: one[0])]
                first = self._rows.first.get(key)
                yield key, box_of(plan, flow, key, len(keys), lines, first, drawn)

    def _links_of(self, line: Line) -> Iterator[tuple[int, _Link]]:
        stops = stops_of(line, self._rows.row_of)
        is_first = self._rows.first.get(line.to or "") is line
        for one, other in itertools.pairwise(stops):
            box = self._boxes[one] if isinstance(one, str) else None
            leaves = box.ports[line] - box.wide / 2 if box is not None else 0.0
            inner = isinstance(one, Passing) and isinstance(other, Passing)
            weight = 40.0 if inner else 4.0 if is_first else 0.15
            row = one.row if isinstance(one, Passing) else self._rows.row_of[one]
            yield row, _Link(line, one, other, leaves, weight)

    def _arrivals(self) -> Iterator[tuple[Line, float]]:
        """Where each line comes to its box: straight from above where it can, never two at once."""
        coming: dict[str, list[tuple[float, Line]]] = {}
        for links in self._links:
            for link in links:
                if isinstance(link.bottom, str):
                    start = self._x[link.top] + link.leaves
                    coming.setdefault(link.bottom, []).append((start, link.line))
        for key, lines in coming.items():
            lines.sort(key=lambda one: one[0])
            half = self._boxes[key].wide / 2 - BESIDE
            left, right = self._x[key] - half, self._x[key] + half
            aims = [min(max(x, left), right) - n * BESIDE for n, (x, _) in enumerate(lines)]
            most = right - (len(lines) - 1) * BESIDE
            shifts = _pooled(aims, [1.0] * len(aims))
            for n, (shift, (_, line)) in enumerate(zip(shifts, lines, strict=True)):
                yield line, min(max(shift, left), most) + n * BESIDE

    def _width(self, item: Item) -> float:
        return PASSING_WIDE if isinstance(item, Passing) else self._boxes[item].wide

    def _middles(self) -> dict[Item, float]:
        """Where the middle of each box and passing is, from the left."""
        x: dict[Item, float] = {}
        for row in self._rows.rows:
            at = 0.0
            for item in row:
                x[item] = at + self._width(item) / 2
                at += self._width(item) + GAP
            shift = (WIDE_MAX - at + GAP) / 2
            for item in row:
                x[item] += shift
        down = range(len(self._rows.rows))
        for sweep in range(SWEEPS):
            for number in down if sweep % 2 == 0 else reversed(down):
                self._settle(number, x, both=sweep >= SWEEPS // 2)
        for line in self._rows.drawn:
            self._straighten(line, x)
        left = min(x[item] - self._width(item) / 2 for item in x)
        return {item: at - left for item, at in x.items()}

    def _settle(self, row: int, x: dict[Item, float], *, both: bool) -> None:
        wished: dict[Item, list[tuple[float, float]]] = {}
        for link in self._links[row - 1] if row else ():
            at = x[link.top] + link.leaves
            wished.setdefault(link.bottom, []).append((at, link.weight))
        for link in self._links[row] if both or row == 0 else ():
            at = x[link.bottom] - link.leaves
            wished.setdefault(link.top, []).append((at, link.weight))
        items = self._rows.rows[row]
        offsets, at = [], 0.0
        for n, item in enumerate(items):
            at += (self._width(items[n - 1]) / 2 + GAP if n else 0.0) + self._width(item) / 2
            offsets.append(at)
        room = WIDE_MAX - at - self._width(items[-1]) / 2
        aims, weights = [], []
        for item, offset in zip(items, offsets, strict=True):
            wishes = wished.get(item, [(x[item], 0.1)])
            weight = sum(w for _, w in wishes)
            aims.append(sum(a * w for a, w in wishes) / weight - offset)
            weights.append(weight)
        for item, offset, shift in zip(items, offsets, _pooled(aims, weights), strict=True):
            x[item] = offset + min(max(shift, 0.0), max(room, 0.0))

    def _straighten(self, line: Line, x: dict[Item, float]) -> None:
        """Let a line pass all its rows at one place, where its neighbours leave room for that."""
        passings = stops_of(line, self._rows.row_of)[1:-1]
        low, high = 0.0, WIDE_MAX
        for one in passings:
            assert isinstance(one, Passing)
            row, at = self._rows.rows[one.row], self._place[one]
            if at > 0:
                low = max(low, x[row[at - 1]] + self._width(row[at - 1]) / 2 + GAP)
            if at + 1 < len(row):
                high = min(high, x[row[at + 1]] - self._width(row[at + 1]) / 2 - GAP)
        low, high = low + PASSING_WIDE / 2, high - PASSING_WIDE / 2
        if len(passings) > 1 and low <= high:
            mean = sum(x[one] for one in passings) / len(passings)
            x.update(dict.fromkeys(passings, min(max(mean, low), high)))

    def picture(self) -> Picture:
        tops, channels = self._heights()
        boxes = [
            Placed(box=box, x=self._x[key] - box.wide / 2,
                   y=tops[self._rows.row_of[key]], row=self._rows.row_of[key])
            for key, box in self._boxes.items()
        ]  # fmt: skip
        right = max(self._x[item] + self._width(item) / 2 for item in self._x)
        high = max(one.y + one.box.high for one in boxes)
        cuts = tuple(top - ARROW for top in tops[1:])
        return Picture(
            wide=right, high=high, boxes=tuple(boxes),
            routes=tuple(self._routes(tops, channels)), cuts=cuts,
        )  # fmt: skip

    def _heights(self) -> tuple[list[float], list[dict[int, int]]]:
        """Where each row begins; and beneath each row, the track of each link."""
        tops, channels, at = list[float](), list[dict[int, int]](), 0.0
        for number, row in enumerate(self._rows.rows):
            tops.append(at)
            tracks = _tracks([self._ends(link) for link in self._links[number]])
            channels.append(tracks)
            at += max(self._boxes[item].high for item in row if isinstance(item, str))
            at += CHANNEL_MIN + TRACK * (max(tracks.values(), default=-1) + 1) + ARROW
        return tops, channels

    def _ends(self, link: _Link) -> tuple[float, float]:
        start = self._x[link.top] + link.leaves
        ends_here = isinstance(link.bottom, str)
        return start, self._arriving[link.line] if ends_here else self._x[link.bottom]

    def _routes(
        self, tops: Sequence[float], channels: Sequence[Mapping[int, int]]
    ) -> Iterator[Route]:
        lanes: dict[Line, list[tuple[int, _Link, int | None]]] = {}
        for row, links in enumerate(self._links):
            for n, link in enumerate(links):
                lanes.setdefault(link.line, []).append((row, link, channels[row].get(n)))
        for line, pieces in lanes.items():
            corners: list[tuple[float, float]] = []
            at = 0.0
            for row, link, track in sorted(pieces, key=lambda one: one[0]):
                start, end = self._ends(link)
                if isinstance(link.top, Passing):
                    start = at  # what is as good as straight is drawn quite straight
                at = end if track is not None else start
                if isinstance(link.top, str):
                    corners.append((start, tops[row] + self._boxes[link.top].high))
                if track is not None:
                    level = tops[row + 1] - ARROW - CHANNEL_MIN / 2
                    most = max(channels[row].values())
                    level -= TRACK * (most - track)
                    corners += [(start, level), (end, level)]
                if isinstance(link.bottom, str):
                    corners.append((at, tops[row + 1]))
            yield Route(line=line, corners=tuple(corners))


def _pooled(aims: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The numbers that never fall and are nearest to the aims, by weighted squares."""
    pools: list[tuple[float, float, int]] = []
    for aim, weight in zip(aims, weights, strict=True):
        count = 1
        while pools and pools[-1][0] > aim:
            before, heavy, many = pools.pop()
            aim = (before * heavy + aim * weight) / (heavy + weight)
            weight, count = heavy + weight, count + many
        pools.append((aim, weight, count))
    return [aim for aim, _, count in pools for _ in range(count)]


def _tracks(ends: Sequence[tuple[float, float]]) -> dict[int, int]:
    """The track of each piece that runs aside, from the top; straight ones need none.

    Two pieces share a track only where they are apart. Where one begins above the place at which
    another ends, it keeps above it, so that they never lie on each other.
    """
    aside = [n for n, (start, end) in enumerate(ends) if abs(start - end) > 0.5]
    aside.sort(key=lambda n: -ends[n][0] if ends[n][0] < ends[n][1] else ends[n][0])
    found: dict[int, int] = {}
    left = list(aside)
    while left:
        free = [n for n in left if not any(
            m != n and abs(ends[m][0] - ends[n][1]) < 8 for m in left)]  # fmt: skip
        for n in free or left[:1]:
            low, high = min(ends[n]) - 6, max(ends[n]) + 6
            above = [t for m, t in found.items() if abs(ends[m][0] - ends[n][1]) < 8]
            track = max(above, default=-1) + 1
            while any(
                t == track and min(ends[m]) < high and max(ends[m]) > low for m, t in found.items()
            ):
                track += 1
            found[n] = track
            left.remove(n)
    return found
