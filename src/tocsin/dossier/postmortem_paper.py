"""A post-mortem on paper: one HTML page that needs nothing else, Markdown for a repository, JSON.

The three say the same. Nothing that a person wrote can become a mark, a tag or a link in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec
from markupsafe import Markup, escape

from tocsin.dossier.escaped import line, markdown, paragraphs
from tocsin.dossier.intervals import MEANING, said_span
from tocsin.dossier.pages import PAGES, tidied
from tocsin.dossier.postmortem import Measured, Postmortem
from tocsin.incident.decide_actions import NOT_BY_A_DRILL
from tocsin.incident.lessons import Item

NOTHING = "None recorded."
_ZERO = "took no time"


def as_html(draft: Postmortem) -> str:
    """The draft as one page, for screens wide and narrow, light and dark, and for paper."""
    shown = {row.seq for row in draft.timeline if not row.hidden}

    def ref(*entries: int) -> Markup:
        linked = [
            Markup('<a href="#e{0}">{0}</a>').format(one) if one in shown else escape(str(one))
            for one in entries
        ]
        return Markup('<span class="ref">[{}]</span>').format(Markup(", ").join(linked))

    return PAGES.get_template("postmortem.html.j2").render(**_said(draft), line=line, ref=ref)


def as_markdown(draft: Postmortem) -> str:
    """The draft as Markdown, so that a change of it reads well in a diff."""

    def ref(*entries: int) -> str:
        return "".join(("\\[", ", ".join(map(str, entries)), "\\]"))

    text = PAGES.get_template("postmortem.md.j2").render(**_said(draft), line=markdown, ref=ref)
    return tidied(text)


def as_json(draft: Postmortem) -> bytes:
    """Everything, as data."""
    return msgspec.json.format(msgspec.json.encode(draft, order="sorted"), indent=2) + b"\n"


def _said(draft: Postmortem) -> Mapping[str, object]:
    return {
        "draft": draft,
        "meaning": MEANING,
        "took": took,
        "gap": lambda later, sooner: said_span(later.at - sooner.at),
        "stamp": _stamp,
        "clock": lambda at: f"{at:%H:%M:%S}",
        "day": lambda at: f"{at:%Y-%m-%d}",
        "paragraphs": paragraphs,
        "closed": closed,
        "nothing": NOTHING,
        "whom": ", ".join(draft.readers),
    }


def took(one: Measured) -> str:
    """How long an interval took, or why nobody can tell."""
    span = one.interval.span
    if span is None:
        return f"not measurable: {'; '.join(one.interval.missing)}"
    if not span:
        return _ZERO
    if span.total_seconds() < 0:
        return f"{said_span(span)}: it ended before it began, by what the record says"
    return said_span(span)


def closed(item: Item) -> str:
    """How an item of work stands, and by what it was closed."""
    ended = item.ended
    if ended is None:
        return f"open, due {_stamp(item.due)}"
    if ended.shown is None:
        return f"given up by {ended.by}, not closed: {ended.because}"
    by = f"drill {ended.shown.drill}" if item.is_proven else f"{NOT_BY_A_DRILL}"
    return f"closed by {ended.by} with {ended.shown.proof[:12]} ({by}): {ended.shown.says}"


def _stamp(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "not known"
