"""`tocsin law coverage`: whether each rule has one version at each time, and what is unchecked."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import DONE, PROBLEM, Answer, Screen
from tocsin.cli.law.list import UNVERIFIED
from tocsin.cli.law.pack import (
    asked_with_advice,
    pack_option,
    unread,
    unread_lines,
)
from tocsin.duties.coverage import (
    YEARS_AHEAD,
    Break,
    courses,
    rules_without_vectors,
    without_vectors,
)
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.freshness import DAYS_MAX, stale_words
from tocsin.duties.law import Law
from tocsin.world import RealClock


def add(inner: Commands) -> None:
    made = command(
        inner, "coverage", run_coverage,
        "whether each rule has exactly one version at each time, and what nobody checked",
        examples="  tocsin law coverage\n  tocsin law coverage --pack new-law",
    )  # fmt: skip
    pack_option(made)


def run_coverage(args: argparse.Namespace, screen: Screen) -> Answer:
    (law, advice), today = asked_with_advice(args), RealClock().now().date()
    found = courses(law, today)
    breaks = [one for course in found for one in course.breaks]
    unverified = tuple(dict.fromkeys(rule.id for rule in law.rules if not rule.grade.verified))
    stale = [article.path for article in law.articles if stale_words(article, today)]
    return Answer(
        data={
            "ok": not breaks,
            "version": law.version,
            "digest": law.digest,
            "note": NOT_ADVICE,
            "unread_files": unread(args),
            "advice": [str(one) for one in advice],
            "rules": found,
            "breaks": breaks,
            "articles_without_vectors": without_vectors(law),
            "rules_without_vectors": rules_without_vectors(law),
            UNVERIFIED: unverified,
            "stale": stale,
        },
        text="\n".join(
            [
                *_lines(law, today, breaks, unverified, stale),
                *(str(one) for one in advice),
                *unread_lines(unread(args)),
            ]
        ),
        status=PROBLEM if breaks else DONE,
    )


def _lines(
    law: Law, today: date, breaks: Sequence[Break], unverified: Sequence[str], stale: Sequence[str]
) -> Iterator[str]:
    found = courses(law, today)
    firsts = sum(course.firsts for course in found)
    for one in breaks:
        versions = ", ".join(f"from {day}" for day in one.versions)
        said = f"versions at once: {versions}" if versions else "no version, though it is law"
        yield f"{one.rule}: on {one.day} {said}"
    yield (
        f"{len(found)} rules on {firsts} firsts of a month, to {YEARS_AHEAD} years ahead: "
        + (f"{len(breaks)} gaps and overlaps" if breaks else "exactly one version each")
    )
    ended = [course for course in found if course.until is not None]
    yield from (f"  no more from {course.until}: {course.rule}" for course in ended)
    bare = without_vectors(law)
    yield from _told("articles in which no case was worked by hand", bare)
    others = [id for id in rules_without_vectors(law) if not any(_below(id, a) for a in bare)]
    yield from _told("other rules without one", others)
    yield from _told(f"rules that are {UNVERIFIED}", unverified)
    yield from _told(f"articles not compared with their source for {DAYS_MAX} days", stale)
    yield NOT_ADVICE


def _below(id: str, article: str) -> bool:
    return id.startswith(article)


def _told(what: str, names: Sequence[str]) -> Iterator[str]:
    yield f"{what}: {len(names) or 'none'}"
    yield from (f"  {name}" for name in names)
