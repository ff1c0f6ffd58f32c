"""Whether each rule has exactly one version at each time, and what no case checks. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from tocsin.duties.law import Law, Rule, Sort

YEARS_AHEAD = 2


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """A first of a month on which a rule has no version though it is law, or several."""

    rule: str
    day: date
    versions: tuple[date, ...]


class RuleCourse(msgspec.Struct, frozen=True, kw_only=True):
    """A rule over time.

    Args:
        until: the first day on which it is no more; None while no repeal is known.
        firsts: how many firsts of a month were looked at.
    """

    rule: str
    from_: date
    until: date | None
    firsts: int
    breaks: tuple[Break, ...]


def courses(law: Law, today: date) -> tuple[RuleCourse, ...]:
    """Each rule from its entry into force to two years ahead, or to its repeal."""
    versions: dict[str, list[Rule]] = {}
    for rule in law.rules:
        versions.setdefault(rule.id, []).append(rule)
    return tuple(_course(id, some, today) for id, some in versions.items())


def _course(id: str, versions: list[Rule], today: date) -> RuleCourse:
    begins = min(rule.from_ for rule in versions)
    ends = [rule.until for rule in versions]
    until = None if None in ends else max(day for day in ends if day is not None)
    last = date(max(begins, today).year + YEARS_AHEAD, max(begins, today).month, 1)
    firsts = list(_firsts(begins, last))
    return RuleCourse(
        rule=id,
        from_=begins,
        until=until,
        firsts=len(firsts),
        breaks=tuple(
            Break(rule=id, day=day, versions=tuple(rule.from_ for rule in found))
            for day in firsts
            if len(found := [rule for rule in versions if rule.in_force_on(day)])
            != (0 if until is not None and day >= until else 1)
        ),
    )


def _firsts(begins: date, last: date) -> Iterator[date]:
    """Each first of a month between two days."""
    months = begins.year * 12 + begins.month - 1
    while True:
        day = date(months // 12, months % 12 + 1, 1)
        if day > last:
            return
        if day >= begins:
            yield day
        months += 1


def without_vectors(law: Law) -> tuple[str, ...]:
    """The articles with a notice of which none is held by a case that was worked by hand."""
    return tuple(
        article.path
        for article in law.articles
        if not article.vectors and any(rule.sort is Sort.NOTICE for rule in article.rules)
    )


def rules_without_vectors(law: Law) -> tuple[str, ...]:
    """The notices that no case names, wherever it stands."""
    named = {vector.rule for vector in law.vectors}
    notices = (rule.id for rule in law.rules if rule.sort is Sort.NOTICE)
    return tuple(id for id in dict.fromkeys(notices) if id not in named)
