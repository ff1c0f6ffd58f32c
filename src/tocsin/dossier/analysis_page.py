"""What speaks for and against each hypothesis, as a page and as a picture that need nothing else.

Both are readable on paper, on a wide screen and on a narrow one: side by side where there is room,
else one below the other. What people wrote is shown as words, never read as a tag. Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup, escape

from tocsin.dossier.analysis_rows import CONCLUDED, Row, row_of
from tocsin.dossier.pages import PAGES
from tocsin.incident.analysis import Analysis
from tocsin.playbook.show.palette import DARK, FONT, LIGHT

BESIDE_FROM = 640
LETTER, LINE, EDGE = 6.6, 17, 14


def as_html(known: Analysis, incident: str) -> str:
    """The table as one page for screen and print."""
    return PAGES.get_template("analysis.html.j2").render(
        rows=[row_of(one) for one in known.hypotheses.values()],
        concluded=CONCLUDED,
        incident=incident,
        hidden=known.hidden,
        look=Markup(_colours()),
    )


def as_svg(known: Analysis, incident: str, width: int) -> str:
    """The same as a picture of this width.

    Args:
        width: in pixels, at least 320.
    """
    parts, y = list[str](), EDGE
    rows = [row_of(one) for one in known.hypotheses.values()]
    for row in rows:
        drawn, y = _drawn(row, width, y)
        parts += drawn
    if not rows:
        parts, y = [_text("No hypothesis yet", EDGE, y + LINE, "soft")], y + 2 * LINE
    title = escape(f"Incident {incident}: evidence for and against")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + EDGE}" '
        f'viewBox="0 0 {width} {y + EDGE}" role="img"><title>{title}</title>'
        f"<style>{_style()}</style>"
        f'<rect class="ground" width="{width}" height="{y + EDGE}"/>{"".join(parts)}</svg>\n'
    )


def _drawn(row: Row, width: int, top: int) -> tuple[list[str], int]:
    inner = width - 4 * EDGE
    y, parts = top + LINE + 4, list[str]()
    head = f"{row.id} {CONCLUDED[row.standing]}: {row.statement}"
    for line in _wrapped(head, inner):
        parts.append(_text(line, 2 * EDGE, y, "name"))
        y += LINE
    for told in row.told:
        for line in _wrapped(told, inner):
            parts.append(_text(line, 2 * EDGE, y, "stop" if row.is_doubtful else "soft"))
            y += LINE
    columns = [("For", row.for_, "look"), ("Against", row.against, "stop")]
    if width >= BESIDE_FROM:
        half = inner // 2 - EDGE
        ends = list[int]()
        for place, (title, each, family) in enumerate(columns):
            drawn, end = _column(title, each, family, 2 * EDGE + place * (inner // 2), half, y)
            parts += drawn
            ends.append(end)
        y = max(ends)
    else:
        for title, each, family in columns:
            drawn, y = _column(title, each, family, 2 * EDGE, inner, y)
            parts += drawn
    if row.neutral:
        drawn, y = _column("Neither", row.neutral, "flow", 2 * EDGE, inner, y)
        parts += drawn
    box = (
        f'<rect class="body" x="{EDGE}" y="{top}" width="{width - 2 * EDGE}" '
        f'height="{y - top}" rx="4"/>'
    )
    return [box, *parts], y + EDGE


def _column(
    title: str, each: Sequence[str], family: str, x: int, width: int, top: int
) -> tuple[list[str], int]:
    y, parts = top + LINE, list[str]()
    parts.append(_text(title, x + 10, y, f"kind {family}"))
    y += LINE
    for one in each or ["nothing weighed"]:
        for place, line in enumerate(_wrapped(one, width - 24)):
            parts.append(_text(("- " if place == 0 else "  ") + line, x + 10, y, "ink"))
            y += LINE
    bar = f'<rect class="{family}" x="{x}" y="{top + 5}" width="3" height="{y - top - LINE + 2}"/>'
    return [bar, *parts], y


def _wrapped(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, max(16, int(width / LETTER))) or [""]


def _text(text: str, x: int, y: int, family: str) -> str:
    return f'<text class="{family}" x="{x}" y="{y}" xml:space="preserve">{escape(text)}</text>'


def _style() -> str:
    return (
        f"text{{font:11.5px {FONT}}}.name{{font-weight:600}}.kind{{font-weight:600}}"
        f"{''.join(_rules(LIGHT))}@media screen and (prefers-color-scheme:dark)"
        f"{{{''.join(_rules(DARK))}}}"
    )


def _rules(table: Mapping[str, str]) -> Iterator[str]:
    for name in ("ink", "soft", "stop", "look", "flow", "ground"):
        yield f".{name}{{fill:{table[name]}}}"
    yield f".name{{fill:{table['ink']}}}"
    yield f".body{{fill:{table['body']};stroke:{table['edge']}}}"


def _colours() -> str:
    light = "".join(f"--{name}:{colour};" for name, colour in LIGHT.items())
    dark = "".join(f"--{name}:{colour};" for name, colour in DARK.items())
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )
