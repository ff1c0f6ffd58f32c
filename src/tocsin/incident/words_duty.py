"""Words for every fact about what is due by when."""

from __future__ import annotations

from tocsin.facts.duties import DutyFact


def duty_words(fact: DutyFact) -> str:
    """What a fact about duties says."""
    argued = f", {fact.latest_at:%Y-%m-%d %H:%M %Z} (contested)" if fact.latest_at else ""
    source = f" ({fact.source})" if fact.source else ""
    by = f"by {fact.conservative_at:%Y-%m-%d %H:%M %Z}{argued}"
    return f"Deadline {fact.deadline}{source}: {by}: {fact.basis}"
