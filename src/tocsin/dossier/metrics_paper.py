"""What many incidents have in common, as lines for people, as a table and as one drawing.

No cell of the table can be a formula, whatever a system or an incident is called.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta

from tocsin.dossier.escaped import csv_cell, line
from tocsin.dossier.intervals import MEANING, said_span
from tocsin.dossier.letters import lettered
from tocsin.dossier.metrics import Metrics, Times
from tocsin.playbook.show.palette import DARK, FONT, LIGHT

HEAD = ("what", "group", "name", "count", "open", "value", "low", "high", "unit", "said")
ROW, LEFT, RIGHT, TOP, WIDE = 34, 210, 740, 64, 760
DECADES = (1.0, 60.0, 3600.0, 86_400.0, 604_800.0)
_NAMES = {1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86_400.0: "1 day", 604_800.0: "1 week"}


def as_text(found: Metrics) -> str:
    """All of it, a line each."""
    return "\n".join(_lines(found))


def _lines(found: Metrics) -> Iterator[str]:
    since = f"since {found.since:%Y-%m-%d}" if found.since else "all that are on record"
    counted = "1 incident" if found.incidents == 1 else f"{found.incidents} incidents"
    yield f"{counted}, {since}, until {found.until:%Y-%m-%d %H:%M} UTC"
    yield f"still open: {found.still_open}; intervals hold at 95 %, each by itself"
    group = None
    for one in found.times:
        if one.group != group:
            group = one.group
            yield ""
            yield "how long it took" + ("" if found.grouped is None else f", {line(group)}")
        yield f"  {one.kind.value:12} {_times(one)}"
    yield ""
    yield "incidents a month (what a month may have brought)"
    for month in found.months:
        part = "" if month.whole else "  (not a whole month)"
        yield f"  {month.month}  {month.count:4}   {month.low:.1f} to {month.high:.1f}{part}"
    yield f"  {found.trend}"
    yield ""
    alarms = found.false_alarms
    yield (
        f"false alarms: {alarms.some} of {alarms.of} that were decided, "
        f"{100 * alarms.low:.0f} % to {100 * alarms.high:.0f} %"
    )
    if found.pages is not None:
        rate = found.pages
        yield (
            f"pages: {rate.count} in {rate.units:.1f} shifts of {found.shift_hours} h, "
            f"{rate.low:.2f} to {rate.high:.2f} a shift; every call of people, for"
        )
    for each in found.pages_by:
        if each.rate.count:
            yield (
                f"  {each.kind.value:12} {each.rate.count:4}   {each.rate.low:.2f} to "
                f"{each.rate.high:.2f} a shift; {each.said}{', no page' * (not each.calls)}"
            )
    work = found.work
    yield (
        f"action items: {work.closed_by_drill} closed by a drill, {work.closed_by_evidence} closed "
        f"and not proven by a drill, {work.given_up} given up, {work.open} open of which "
        f"{work.overdue} overdue, {work.reopened} opened again"
    )


def _times(one: Times) -> str:
    rest = f"; {one.unmeasured} not measurable" if one.unmeasured else ""
    rest += f"; {one.negative} NEGATIVE" if one.negative else ""
    if one.each:
        return f"{one.said}: {', '.join(map(_each, one.each))}{rest}"
    if one.median is None and one.low is None:
        return f"{one.said}{rest}"
    median = "not reached" if one.median is None else _span(one.median)
    high = "no bound" if one.high is None else _span(one.high)
    low = "no bound" if one.low is None else _span(one.low)
    count = f"n={one.over}" + (f" and {one.open} open" if one.open else "")
    return f"median {median} ({low} to {high}), {count}; {one.said}{rest}"


def _each(text: str) -> str:
    running = "+" if text.endswith("+") else ""
    return f"{_span(float(text.rstrip('+')))}{running}"


def _span(seconds: float) -> str:
    return said_span(timedelta(seconds=seconds))


def as_csv(found: Metrics) -> str:
    """All of it as one table, a row a number, for a spreadsheet."""
    rows = [HEAD, *_rows(found)]
    return "".join(",".join(map(csv_cell, row)) + "\r\n" for row in rows)


def _rows(found: Metrics) -> Iterator[tuple[object, ...]]:
    for one in found.times:
        said = f"{one.said}: {' '.join(one.each)}" if one.each else one.said
        yield (
            "interval", one.group, one.kind.value, one.over, one.open, _cell(one.median),
            _cell(one.low), _cell(one.high), "seconds", said,
        )  # fmt: skip
    for month in found.months:
        said = "" if month.whole else "not a whole month"
        yield (
            "incidents", "all", month.month, month.count, "", month.count, _cell(month.low),
            _cell(month.high), "a month", said,
        )  # fmt: skip
    alarms = found.false_alarms
    yield (
        "false alarms", "all", "", alarms.some, "", _cell(alarms.some / max(alarms.of, 1)),
        _cell(alarms.low), _cell(alarms.high), "share", f"of {alarms.of} decided",
    )  # fmt: skip
    if (rate := found.pages) is not None:
        yield (
            "pages", "all", "", rate.count, "", _cell(rate.count / rate.units), _cell(rate.low),
            _cell(rate.high), f"a shift of {found.shift_hours} h", "every call of people",
        )  # fmt: skip
    for each in found.pages_by:
        rate = each.rate
        yield (
            "pages" if each.calls else "messages", "all", each.kind.value, rate.count, "",
            _cell(rate.count / rate.units), _cell(rate.low), _cell(rate.high),
            f"a shift of {found.shift_hours} h", each.said,
        )  # fmt: skip
    for name in found.work.__struct_fields__:
        count = getattr(found.work, name)
        yield ("action items", "all", name.replace("_", " "), count, "", count, "", "", "items", "")
    yield ("trend", "all", "", "", "", "", "", "", "", found.trend)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def as_svg(found: Metrics) -> str:
    """The medians with their intervals, or each value where those are too few, on one scale."""
    groups: dict[str, list[Times]] = {}
    for one in found.times:
        groups.setdefault(one.group, []).append(one)
    rows = sum(len(times) + 1 for times in groups.values())
    high = TOP + ROW * rows + 40
    title = f"How long it took, {found.incidents} incidents"
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" width="{WIDE}" '
            f'height="{high}" role="img" aria-label="{lettered(title)}">',
            f"<title>{lettered(title)}</title><style>{_style()}</style>",
            f'<rect class="ground" width="{WIDE}" height="{high}"/>',
            _text(12, 24, title, "plain title"),
            _text(12, 42, "a dot is a median, a line its interval; small dots are single values, "
                  "hollow ones still run", "quiet"),
            *_scale(high),
            *_drawn(groups),
            "</svg>",
        ]
    )  # fmt: skip


def _drawn(groups: dict[str, list[Times]]) -> Iterator[str]:
    y = TOP
    for name, times in groups.items():
        y += ROW
        yield _text(12, y + 4, name if len(groups) > 1 else "all incidents", "plain title")
        for one in times:
            y += ROW
            yield f'<text class="plain" x="24" y="{y + 4}">{one.kind.value}' + (
                f"<title>{lettered(MEANING[one.kind])}</title></text>"
            )
            yield from _marks(one, y)


def _marks(one: Times, y: int) -> Iterator[str]:
    for text in one.each:
        kind = "open" if text.endswith("+") else "one"
        x = _x(float(text.rstrip("+")))
        yield f'<circle class="{kind}" cx="{x:.1f}" cy="{y}" r="3.5"/>'
    if not one.each and one.median is None and one.low is None:
        yield _text(LEFT, y + 4, "not measured", "quiet")
    if one.low is not None or one.median is not None:
        low = _x(one.low if one.low is not None else one.median or 0.0)
        high = _x(one.high) if one.high is not None else float(RIGHT)
        yield f'<line class="reach" x1="{low:.1f}" y1="{y}" x2="{high:.1f}" y2="{y}"/>'
        if one.high is None:  # nothing bounds it on that side
            tip = f"M{RIGHT - 6} {y - 5} L{RIGHT} {y} L{RIGHT - 6} {y + 5}"
            yield f'<path class="beyond" d="{tip}"/>'
    if one.median is not None:
        yield f'<circle class="middle" cx="{_x(one.median):.1f}" cy="{y}" r="6"/>'


def _scale(high: int) -> Iterator[str]:
    for seconds in DECADES:
        x = _x(seconds)
        yield f'<line class="level" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{high - 34}"/>'
        yield f'<text class="quiet" x="{x:.1f}" y="{high - 14}" text-anchor="middle">' + (
            f"{_NAMES[seconds]}</text>"
        )


def _x(seconds: float) -> float:
    """Tenfold is equally far everywhere; what is below a second, or negative, lies on the edge."""
    most = math.log(2 * DECADES[-1])
    return LEFT + (RIGHT - LEFT) * min(1.0, math.log(max(seconds, 1.0)) / most)


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{lettered(line(text))}</text>'


def _style() -> str:
    dark = _colours(DARK)
    return (
        f"text{{font:12px {FONT}}}.title{{font-size:14px;font-weight:600}}"
        ".reach{stroke-width:3}.beyond{fill:none;stroke-width:2}.open{fill:none;stroke-width:1.5}"
        ".level{stroke-opacity:.35}"
        f"{_colours(LIGHT)}@media screen and (prefers-color-scheme:dark){{{dark}}}"
    )


def _colours(table: Mapping[str, str]) -> str:
    fills = {"ground": "body", "plain": "ink", "quiet": "soft", "middle": "people", "one": "people"}
    strokes = {"reach": "people", "beyond": "people", "open": "people", "level": "edge"}
    return "".join(f".{kind}{{fill:{table[name]}}}" for kind, name in fills.items()) + "".join(
        f".{kind}{{stroke:{table[name]}}}" for kind, name in strokes.items()
    )
