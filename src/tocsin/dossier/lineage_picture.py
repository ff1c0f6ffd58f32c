"""A lineage drawn: data sets, run, version, alias, system, and decisions that were touched. Pure.

Each box says its verdict in words, so that the picture can be read without its colours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from markupsafe import escape

from tocsin.facts.analysis import LineageItem, LineageVerdict
from tocsin.facts.lineage import Origin
from tocsin.facts.spelt import spelt
from tocsin.incident.lineage import Judged
from tocsin.playbook.show.palette import DARK, FONT, LIGHT

BOX, GAP, EDGE, LINE, LETTERS = 190, 34, 14, 16, 27
_FAMILY: Mapping[LineageVerdict, str] = {
    LineageVerdict.PROVEN: "look",
    LineageVerdict.DISPROVEN: "stop",
    LineageVerdict.UNPROVABLE: "change",
    LineageVerdict.AT_RISK: "destroy",
}
_COLUMNS = (LineageItem.DATA, LineageItem.RUN, LineageItem.VERSION, LineageItem.ALIAS)
Box = tuple[list[str], str]
"""What stands in a box, line by line, and its family of colours."""


def lineage_svg(origin: Origin, items: Sequence[Judged], system: str, lists: Sequence[int]) -> str:
    """The picture.

    Args:
        lists: how many decisions are in each list of affected decisions of the incident.
    """
    columns = [
        [_box(one) for one in items if one.item is item]
        for item in _COLUMNS
        if any(one.item is item for one in items)
    ]
    columns.append([(["system", *_wrapped(system)], "people")])
    columns.append([(_decisions(lists), "people" if lists else "flow")])
    height = max(sum(_height(box) + GAP // 2 for box in column) for column in columns) + 2 * EDGE
    width = len(columns) * (BOX + GAP) - GAP + 2 * EDGE
    parts, before = list[str](), list[tuple[int, int]]()
    for place, column in enumerate(columns):
        x = EDGE + place * (BOX + GAP)
        y, ends = EDGE, list[tuple[int, int]]()
        for box in column:
            parts.append(_drawn(box, x, y))
            middle = y + _height(box) // 2
            parts += [_arrow(start, (x, middle)) for start in before]
            ends.append((x + BOX, middle))
            y += _height(box) + GAP // 2
        before = ends
    title = escape(f"Lineage of {spelt(origin.model)} version {origin.version}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img"><title>{title}</title>'
        f"<style>{_style()}</style>"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker></defs>'
        f'<rect class="ground" width="{width}" height="{height}"/>{"".join(parts)}</svg>\n'
    )


def _box(one: Judged) -> Box:
    level = "no level" if one.level is None else f"L{one.level}"
    said = f"{one.verdict.value.upper()} {level}"
    return [one.item.value, *_wrapped(one.name), said], _FAMILY[one.verdict]


def _decisions(lists: Sequence[int]) -> list[str]:
    if not lists:
        return ["decisions", "no list yet"]
    count = "1 list" if len(lists) == 1 else f"{len(lists)} lists"
    return ["decisions", f"{sum(lists):,} in {count}"]


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(spelt(text), LETTERS) or [""]
    return lines if len(lines) <= 4 else [*lines[:3], f"{lines[3][: LETTERS - 3]}..."]


def _height(box: Box) -> int:
    return len(box[0]) * LINE + 14


def _drawn(box: Box, x: int, y: int) -> str:
    lines, family = box
    texts = "".join(
        f'<text class="{"kind" if place == 0 else "ink"}" x="{x + 12}" '
        f'y="{y + 6 + LINE * (place + 1) - 2}">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    return (
        f'<rect class="body" x="{x}" y="{y}" width="{BOX}" height="{_height(box)}" rx="4"/>'
        f'<rect class="{family}" x="{x}" y="{y}" width="4" height="{_height(box)}"/>{texts}'
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x, y), (to, at) = start, end
    half = (x + to) // 2
    return (
        f'<path class="line" marker-end="url(#tip)" '
        f'd="M{x} {y} C{half} {y} {half} {at} {to} {at}"/>'
    )


def _style() -> str:
    return (
        f"text{{font:11px {FONT}}}.kind{{font-weight:600}}.line{{fill:none;stroke-width:1.3}}"
        f"{_rules(LIGHT)}@media screen and (prefers-color-scheme:dark){{{_rules(DARK)}}}"
    )


def _rules(table: Mapping[str, str]) -> str:
    families = ("look", "stop", "change", "destroy", "people", "flow", "ground", "ink")
    fills = "".join(f".{name}{{fill:{table[name]}}}" for name in families)
    return (
        f"{fills}.kind{{fill:{table['soft']}}}.body{{fill:{table['body']};stroke:{table['edge']}}}"
        f".line{{stroke:{table['line']}}}.tip{{fill:{table['line']}}}"
    )
