"""Which box stands in which row, left of which other, and which lines are drawn.

Every line that leads on goes downwards. No row holds more boxes than a sheet of A4 is wide; a line
that would have to go far round is not drawn, but named in the box from which it comes. Each box but
the first has a line to it wherever the sheet has room. The same flow always gives the same rows.
Pure.

Reading: decision 0021.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tocsin.playbook.show.flow import Flow, Line, begun_by

BOXES_MAX = 4
"""In one row; more would not be readable on paper."""

PASSING_MAX = {1: 6, 2: 6, 3: 4, 4: 3}
"""How many lines may pass between the boxes of a row that has so many boxes."""

TURNS = 12
ROUNDS = 3


class Passing(msgspec.Struct, frozen=True):
    """The place at which a line passes a row."""

    line: Line
    row: int


Item = str | Passing
"""What stands in a row: a box, or a line that passes."""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a picture, from the top, each from the left; and the lines that are drawn.

    Args:
        first: for each box, the one line to it that shows best how it is come to.
    """

    rows: tuple[tuple[Item, ...], ...]
    row_of: Mapping[str, int]
    drawn: tuple[Line, ...]
    first: Mapping[str, Line]


def rows_of(flow: Flow) -> Rows:
    """The rows of a flow."""
    row_of = _heights(flow)
    first = _first_lines(flow, row_of)
    drawn = _chosen(flow, row_of, first)
    rows = _ordered(flow, row_of, drawn)
    for _ in range(ROUNDS):
        tangled = _tangled(rows, row_of, drawn, first)
        if not tangled:
            break
        drawn = [line for number, line in enumerate(drawn) if number not in tangled]
        rows = _ordered(flow, row_of, drawn)
    return Rows(rows=rows, row_of=row_of, drawn=tuple(drawn), first=first)


def stops_of(line: Line, row_of: Mapping[str, int]) -> list[Item]:
    """The boxes and passings along a line, from its beginning to its end."""
    assert line.to is not None
    between = range(row_of[line.source] + 1, row_of[line.to])
    return [line.source, *(Passing(line, row) for row in between), line.to]


def _heights(flow: Flow) -> dict[str, int]:
    """The row of each box: below all from which lines lead to it, and as high as there is room."""
    onward: dict[str, list[str]] = {box: [] for box in flow.boxes}
    waits_for = dict.fromkeys(flow.boxes, 0)
    for line in flow.lines:
        if line.to is not None and not line.back:
            onward[line.source].append(line.to)
            waits_for[line.to] += 1
    rank = {box: number for number, box in enumerate(flow.boxes)}
    row_of, least, filled = dict[str, int](), dict.fromkeys(flow.boxes, 0), dict[int, int]()
    ready = sorted((box for box, count in waits_for.items() if not count), key=rank.__getitem__)
    while ready:
        box = min(ready, key=lambda one: (least[one], rank[one]))
        ready.remove(box)
        row = least[box]
        while filled.get(row, 0) >= BOXES_MAX:
            row += 1
        row_of[box], filled[row] = row, filled.get(row, 0) + 1
        for to in onward[box]:
            least[to] = max(least[to], row + 1)
            waits_for[to] -= 1
            if not waits_for[to]:
                ready.append(to)
    return row_of


def _first_lines(flow: Flow, row_of: Mapping[str, int]) -> dict[str, Line]:
    """For each box the shortest line to it; where lines are equal, the one that is told first."""
    first: dict[str, Line] = {}
    for line in flow.lines:
        if line.to is None or line.back:
            continue
        known = first.get(line.to)
        if known is None or row_of[line.source] > row_of[known.source]:
            first[line.to] = line
    return first


def _chosen(flow: Flow, row_of: Mapping[str, int], first: Mapping[str, Line]) -> list[Line]:
    """The lines that are drawn: those that show how each box is come to, and the short ones."""
    boxes = dict[int, int]()
    for row in row_of.values():
        boxes[row] = boxes.get(row, 0) + 1
    passing, leaving, coming = dict[int, int](), dict[str, int](), dict[str, int]()
    wanted = [*first.values(), *_last_of_branches(flow, row_of)]
    short = [
        line for line in flow.lines
        if line.to is not None and not line.back and begun_by(line.to) is None
        and row_of[line.to] - row_of[line.source] <= 2
    ]  # fmt: skip
    drawn: list[Line] = []
    for must, lines in ((True, wanted), (False, short)):
        for line in sorted(lines, key=lambda one: row_of[one.to or ""] - row_of[one.source]):
            assert line.to is not None
            between = range(row_of[line.source] + 1, row_of[line.to])
            room = all(passing.get(r, 0) < PASSING_MAX[boxes.get(r, 1)] for r in between)
            wide = 5 if boxes[row_of[line.source]] <= 2 else 3
            fits = leaving.get(line.source, 0) < (wide if line.results else BOXES_MAX)
            free = must or coming.get(line.to, 0) < 3
            if line in drawn or not (room and fits and free):
                continue
            drawn.append(line)
            leaving[line.source] = leaving.get(line.source, 0) + 1
            coming[line.to] = coming.get(line.to, 0) + 1
            for row in between:
                passing[row] = passing.get(row, 0) + 1
    return drawn


def _last_of_branches(flow: Flow, row_of: Mapping[str, int]) -> Iterator[Line]:
    """For each branch the lowest line to where it meets the others."""
    last: dict[tuple[str, int], Line] = {}
    for line in flow.lines:
        if line.to is None or begun_by(line.to) is None:
            continue
        inner = begun_by(line.source)
        branch = flow.branch[inner if inner is not None else line.source]
        known = last.get(branch)
        if known is None or row_of[line.source] >= row_of[known.source]:
            last[branch] = line
    yield from last.values()


def _ordered(
    flow: Flow, row_of: Mapping[str, int], drawn: Sequence[Line]
) -> tuple[tuple[Item, ...], ...]:
    """The rows, each ordered so that few lines cross."""
    early = _told_early(flow, drawn)
    rows: list[list[Item]] = [[] for _ in range(max(row_of.values()) + 1)]
    ranks: dict[Item, int] = {box: rank for box, rank in early.items()}
    for box, at in row_of.items():
        rows[at].append(box)
    above, below = dict[Item, list[Item]](), dict[Item, list[Item]]()
    for line in drawn:
        stops = stops_of(line, row_of)
        for one, other in itertools.pairwise(stops):
            below.setdefault(one, []).append(other)
            above.setdefault(other, []).append(one)
        for stop in stops[1:-1]:
            assert isinstance(stop, Passing) and line.to is not None
            rows[stop.row].append(stop)
            ranks[stop] = early[line.to]
    for row in rows:
        row.sort(key=lambda item: ranks[item])
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    for turn in range(TURNS):
        near = above if turn % 2 == 0 else below
        ahead = range(1, len(rows)) if turn % 2 == 0 else range(len(rows) - 2, -1, -1)
        for number in ahead:
            beside = rows[number - 1] if turn % 2 == 0 else rows[number + 1]
            _by_neighbours(rows[number], beside, near)
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return tuple(tuple(row) for row in best)


def _told_early(flow: Flow, drawn: Sequence[Line]) -> dict[str, int]:
    """The boxes as one comes to them who always takes the first way that is left."""
    onward: dict[str, list[str]] = {}
    for line in drawn:
        assert line.to is not None
        onward.setdefault(line.source, []).append(line.to)
    rank = {box: number for number, box in enumerate(flow.boxes)}
    told: dict[str, int] = {}
    for begin in (flow.start, *flow.boxes):
        ahead = [begin]
        while ahead:
            box = ahead.pop()
            if box not in told:
                told[box] = len(told)
                ahead += sorted(onward.get(box, ()), key=rank.__getitem__, reverse=True)
    return told


def _by_neighbours(
    row: list[Item], other: Sequence[Item], near: Mapping[Item, Sequence[Item]]
) -> None:
    """Sort a row by the mean place of what its lines lead to in the other row."""
    place = {item: number / max(len(other) - 1, 1) for number, item in enumerate(other)}
    own = {item: number / max(len(row) - 1, 1) for number, item in enumerate(row)}

    def mean(item: Item) -> float:
        places = [place[one] for one in near.get(item, ())]
        return sum(places) / len(places) if places else own[item]

    row.sort(key=mean)


def _crossings(rows: Sequence[Sequence[Item]], below: Mapping[Item, Sequence[Item]]) -> int:
    return sum(_crossed(*pair, below) for pair in itertools.pairwise(rows))


def _crossed(
    row: Sequence[Item], under: Sequence[Item], below: Mapping[Item, Sequence[Item]]
) -> int:
    place = {item: number for number, item in enumerate(under)}
    ends = [sorted(place[to] for to in below.get(item, ())) for item in row]
    seen: list[int] = []
    crossings = 0
    for group in ends:
        crossings += sum(1 for end in group for one in seen if one > end)
        seen += group
    return crossings


def _tangled(
    rows: Sequence[Sequence[Item]],
    row_of: Mapping[str, int],
    drawn: Sequence[Line],
    first: Mapping[str, Line],
) -> set[int]:
    """The numbers of the lines that cross others and can be missed; without them few cross."""
    crossed: list[set[int]] = [set() for _ in drawn]
    for pieces in _pieces(rows, row_of, drawn).values():
        for n, (start, end, one) in enumerate(pieces):
            for other_start, other_end, other in pieces[n + 1 :]:
                if (start - other_start) * (end - other_end) < 0:
                    crossed[one].add(other)
                    crossed[other].add(one)
    can_go = [
        number
        for number, line in enumerate(drawn)
        if first.get(line.to or "") is not line and begun_by(line.to or "") is None
    ]
    gone: set[int] = set()
    while can_go:
        worst = max(can_go, key=lambda number: len(crossed[number] - gone))
        if not crossed[worst] - gone:
            break
        gone.add(worst)
        can_go.remove(worst)
    return gone


def _pieces(
    rows: Sequence[Sequence[Item]], row_of: Mapping[str, int], drawn: Sequence[Line]
) -> Mapping[int, list[tuple[int, int, int]]]:
    """Between each row and the next: where lines leave, where they arrive, and their numbers."""
    place = {item: n for row in rows for n, item in enumerate(row)}
    found: dict[int, list[tuple[int, int, int]]] = {}
    for number, line in enumerate(drawn):
        stops = stops_of(line, row_of)
        for one, other in itertools.pairwise(stops):
            row = one.row if isinstance(one, Passing) else row_of[one]
            found.setdefault(row, []).append((place[one], place[other], number))
    return found
