"""Words for every fact about the course of a run: what people are asked to approve."""

from __future__ import annotations

from tocsin.facts.courses import CourseFact


def course_words(fact: CourseFact) -> str:
    """What a fact about the course of a run says."""
    limit = f" until {fact.limit_at:%Y-%m-%d %H:%M %Z}" if fact.limit_at else ""
    whom = fact.role if fact.approvals == 1 else f"{fact.approvals} people who are {fact.role}"
    return f"Approval asked of {whom}{limit}: {fact.subject}"
