"""How long ago a person compared a rule or a form with its source, and when that is too long."""

from __future__ import annotations

from datetime import date

from tocsin.duties.fields import FieldSet
from tocsin.duties.law import Article

DAYS_MAX = 180
"""After so many days a rule warns wherever it shows."""


def days_since_compared(article: Article | FieldSet, today: date) -> int:
    """How many days ago it was compared; 0 for a day that has not come."""
    return max(0, (today - article.compared_on).days)


def stale_words(article: Article | FieldSet, today: date) -> str | None:
    """The warning that goes with each of its rules; None while it was compared lately."""
    if article.compared_on > today:
        return f"compared on {article.compared_on}, a day that has not come"
    days = days_since_compared(article, today)
    return f"not compared with its source for {days} days" if days > DAYS_MAX else None
