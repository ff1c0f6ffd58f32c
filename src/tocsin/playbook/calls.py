"""A page: people called one after another until one answers, as its facts tell it. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tocsin.facts.reach import PageBegan
from tocsin.playbook.steps import PAGE_ROUNDS_MAX


class PageRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A page and how far it has come.

    Args:
        missed: how many calls stayed without an answer; also the number of the present call, from
            0. After the last of `people` it begins again from the top, `PAGE_ROUNDS_MAX` times.
        order: the order that makes the present call; 0 before it was given.
        called_at: when that was.
        unanswered: how many calls went by in all, by whichever way; names the piece of work.
        by: the way of the present call, where the person is called by another one than the first.
        tried: the ways by which the present person was called in vain, or nobody knows.
        answered_by: who answered, or took note of the incident.
    """

    seq: int
    at: datetime
    fact: PageBegan
    missed: int = 0
    order: int = 0
    called_at: datetime | None = None
    unanswered: int = 0
    by: str = ""
    tried: tuple[str, ...] = ()
    answered_by: str | None = None

    @property
    def person(self) -> str | None:
        """Who is being called; None when somebody answered or nobody is left."""
        return self._at(self.missed) if self.answered_by is None else None

    @property
    def way(self) -> str | None:
        """The integration that reaches them."""
        if self.person is None:
            return None
        return self.fact.ways[self.missed % len(self.fact.people)]

    @property
    def next_person(self) -> str | None:
        """Who is called if the present call stays without an answer; None when nobody is left."""
        return self._at(self.missed + 1) if self.answered_by is None else None

    @property
    def is_exhausted(self) -> bool:
        """Whether everybody was called as often as a page calls, and nobody answered."""
        return self.answered_by is None and self._at(self.missed) is None

    def _at(self, call: int) -> str | None:
        people = self.fact.people
        return people[call % len(people)] if call < PAGE_ROUNDS_MAX * len(people) else None


def page_called(page: PageRecord, order: int, at: datetime) -> PageRecord:
    """The page once the present call was ordered."""
    return msgspec.structs.replace(page, order=order, called_at=at)


def page_missed(page: PageRecord, tried: str = "", way: str = "") -> PageRecord:
    """The page once the present call stayed without an answer.

    Args:
        tried: the way by which it was made.
        way: by which the same person is called next; empty for the next person.
    """
    replace, unanswered = msgspec.structs.replace, page.unanswered + 1
    over = replace(page, order=0, called_at=None, unanswered=unanswered, by=way)
    if way:
        return replace(over, tried=(*page.tried, tried))
    return replace(over, missed=page.missed + 1, tried=())


def page_answered(page: PageRecord, by: str) -> PageRecord:
    """The page once somebody answered; the first to do so is remembered."""
    if page.answered_by is not None:
        return page
    return msgspec.structs.replace(page, answered_by=by)
