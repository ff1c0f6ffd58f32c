"""Reads a table of what was done about affected decisions; every mistake of every row at once.

A row names its decision by `item`, a place in the list or a span of places, or by `request`, the
id that the log gave it. `state` says what was done; `because` and `by` are free. What else stands
in a row is for people: the table itself is kept as the proof.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from tocsin.facts.affected import Remedy
from tocsin.facts.places import Span, joined, spans_of
from tocsin.incident.affected import Wished
from tocsin.register.mistakes import Mistake, did_you_mean, shown

NAMES = ("item", "request", "state", "because", "by")
_DELIMITERS = ",;\t"
_STATES = {state.value: state for state in Remedy}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row: which decision, and what is said of it."""

    line: int
    item: str
    request: str
    state: Remedy
    because: str
    by: str


class _Reading:
    """The mistakes of one file as they are found."""

    def __init__(self, file: str) -> None:
        self.file, self.told = file, list[Mistake]()

    def tell(self, line: int, path: str, found: str, remedy: str) -> None:
        self.told.append(Mistake(file=self.file, line=line, path=path, found=found, remedy=remedy))


def read_rows(data: bytes, file: str) -> tuple[list[Row], list[Mistake]]:
    """The rows of a CSV table with a header, and everything that is wrong with it."""
    reading = _Reading(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        reading.tell(line, "", "not UTF-8", "save the table as UTF-8")
        return [], reading.told
    header, _, _ = text.partition("\n")
    delimiter = max(_DELIMITERS, key=header.count)
    records = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    rows = list[Row]()
    try:
        names = [name.strip().lower() for name in next(records, [])]
        if not _are_columns(names, reading):
            return [], reading.told
        for cells in records:
            if any(cell.strip() for cell in cells):
                row = _row(names, cells, records.line_num, reading)
                rows += [row] if row is not None else []
    except csv.Error as bad:
        reading.tell(records.line_num, "", str(bad), "mend the quotes of this line")
    if not rows and not reading.told:
        reading.tell(1, "", "no row", "write a row for each decision, or for each span of them")
    return rows, reading.told


def _are_columns(names: Sequence[str], reading: _Reading) -> bool:
    wanted = "write a header: item,state,because,by (or request instead of item)"
    if "state" not in names:
        near = next((did_you_mean(n, ["state"], "") for n in names if n), "") or wanted
        reading.tell(1, "state", "no column says what was done", near)
    if not {"item", "request"} & set(names):
        reading.tell(1, "item", "no column says which decision", wanted)
    twice = sorted({name for name in names if names.count(name) > 1 and name in NAMES})
    for name in twice:
        reading.tell(1, name, "a column of this name a second time", "keep one")
    return not reading.told


def _row(names: Sequence[str], cells: Sequence[str], line: int, reading: _Reading) -> Row | None:
    if len(cells) != len(names):
        found = f"{len(cells)} cells under {len(names)} columns"
        reading.tell(line, "", found, "write one cell for each column")
        return None
    own = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    before = len(reading.told)
    state = _STATES.get(own["state"].lower())
    if state is None:
        remedy = did_you_mean(own["state"], _STATES, f"write one of: {', '.join(_STATES)}")
        reading.tell(line, "state", shown(own["state"]), remedy)
    item, request = own.get("item", ""), own.get("request", "")
    if bool(item) == bool(request):
        found = "both an item and a request" if item else "neither an item nor a request"
        reading.tell(line, "item", found, "name the decision by one of them")
    if item:
        try:
            spans_of(item)
        except ValueError as bad:
            reading.tell(line, "item", shown(item), str(bad))
    if state is None or len(reading.told) > before:
        return None
    return Row(
        line=line, item=item, request=request, state=state, because=own.get("because", ""),
        by=own.get("by", ""),
    )  # fmt: skip


def wishes_of(
    rows: Sequence[Row], file: str, places: Mapping[str, Sequence[int]], decisions: int
) -> tuple[list[Wished], list[Mistake]]:
    """What the rows say of a list, one wish for each state, reason and person; and what is wrong.

    Args:
        places: of each request that a row names, its places in the list.
        decisions: how many the list holds.
    """
    reading = _Reading(file)
    said: dict[tuple[Remedy, str, str], list[Span]] = defaultdict(list)
    every = list[tuple[int, int, int, Remedy]]()
    first_line: dict[tuple[Remedy, str, str], int] = {}
    for row in rows:
        spans = spans_of(row.item) if row.item else [(p, p) for p in places.get(row.request, ())]
        if not spans:
            remedy = "is it of another list? see: tocsin incident remedies INCIDENT"
            reading.tell(row.line, "request", f"{shown(row.request)} is not in the list", remedy)
        elif spans[-1][1] > decisions:
            found = f"item {spans[-1][1]} of a list of {decisions}"
            reading.tell(row.line, "item", found, "name places of this list")
        key = (row.state, row.because, row.by)
        first_line.setdefault(key, row.line)
        said[key] += spans
        every += [(first, last, row.line, row.state) for first, last in spans]
    for line, other, place in _twice(every):
        found = f"item {place} stands in line {other} too, with another state"
        reading.tell(line, "item", found, "keep one of them")
    wishes = [
        Wished(spans=joined(spans), state=state, because=because, done_by=by,
               line=first_line[state, because, by])
        for (state, because, by), spans in said.items()
    ]  # fmt: skip
    return wishes, sorted(reading.told)


def _twice(every: list[tuple[int, int, int, Remedy]]) -> Iterator[tuple[int, int, int]]:
    """The later and the earlier line of items to which two lines give different states."""
    reach: tuple[int, int, Remedy] | None = None  # how far, by which line, in which state
    for first, last, line, state in sorted(every, key=lambda one: one[:3]):
        if reach is not None and first <= reach[0] and state is not reach[2]:
            yield max(line, reach[1]), min(line, reach[1]), first
        if reach is None or last > reach[0]:
            reach = (last, line, state)
