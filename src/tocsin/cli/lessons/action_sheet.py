"""Items of work that follow from incidents, as rows for people and as data for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from tocsin.facts.spelt import spelt
from tocsin.incident.decide_actions import NOT_BY_A_DRILL
from tocsin.incident.lessons import Item, Standing


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An item and the incident that it follows from; `short` is what people type."""

    incident: str
    short: str
    item: Item


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A review that is still to be held."""

    incident: str
    short: str
    due: datetime


def rows_text(rows: Sequence[Row], reviews: Sequence[ReviewRow], now: datetime) -> str:
    """What is to be done, what is overdue first, then by when it is due."""
    ordered = sorted(rows, key=lambda one: (not one.item.is_overdue(now), one.item.due, one.short))
    lines = [line for row in ordered for line in _lines(row, now)]
    for review in sorted(reviews, key=lambda one: one.due):
        when = _when(review.due, now)
        lines.append(
            f"{review.short} review      {when}: look back on it together; "
            f"tocsin postmortem review {review.short} --facilitator WHO --outcome '...'"
        )
    return "\n".join(lines) or "nothing is to be done"


def nag(items: int, reviews: int) -> str:
    """What is overdue, and where it is told; empty where nothing is."""
    parts = [
        f"{count} {name}{'' if count == 1 else 's'}"
        for count, name in ((items, "action item"), (reviews, "review"))
        if count
    ]
    return f"{' and '.join(parts)} overdue: tocsin actions --overdue" if parts else ""


def row_data(row: Row, now: datetime) -> dict[str, object]:
    """An item as data, with what follows from the hour."""
    plain: dict[str, object] = msgspec.to_builtins(row.item)
    return plain | {
        "incident": row.incident,
        "short": row.short,
        "overdue": row.item.is_overdue(now),
        "proven_by_drill": row.item.is_proven,
    }


def how_closed(item: Item) -> str:
    """By what an item came to its end, in words; empty while it is open."""
    ended = item.ended
    if ended is None:
        return ""
    if ended.shown is None:
        return f"given up by {ended.by}, not closed: {_line(ended.because)}"
    by = f"by {ended.shown.proof[:12]}, {NOT_BY_A_DRILL}"
    if item.is_proven:
        by = f"by drill {ended.shown.drill}"
    own = " (its owner's own word)" if ended.by == item.owner else ""
    return f"closed {by}, said {ended.by}{own}: {_line(ended.because)}"


def _lines(row: Row, now: datetime) -> Iterator[str]:
    item = row.item
    when = _when(item.due, now) if item.standing is Standing.OPEN else item.standing.value
    again = f", opened again {item.reopened} times" if item.reopened else ""
    yield (
        f"{row.short} {item.id:11} {when}: {_line(item.what)} "
        f"({item.changes.value}, {spelt(item.owner)}{again})"
    )
    if item.standing is not Standing.OPEN:
        yield f"    {how_closed(item)}"
        return
    yield f"    to be proven by drill: {_line(item.drill)}"
    for one in item.proposed:
        yield f"    {one.fact.change}: {one.fact.of.value} {_line(one.fact.name)} is proposed anew"
    if item.is_overdue(now):
        yield f"    next: tocsin actions done {row.short} {item.id} --proof FILE --says '...'"


def _when(due: datetime, now: datetime) -> str:
    if due <= now:
        return f"OVERDUE by {_span(now - due)}"
    return f"due {due:%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    if span >= timedelta(days=2):
        return f"{span.days} days"
    return f"{max(1, int(span.total_seconds() // 3600))} h"


def _line(text: str) -> str:
    return spelt(" ".join(text.split()))
