"""`tocsin law list`: all rules by article, whether they are enforced, since when, how well read."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.law.pack import (
    asked_with_advice,
    pack_option,
    unread,
    unread_lines,
)
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.freshness import days_since_compared, stale_words
from tocsin.duties.law import Article, Law, Rule
from tocsin.facts import Refused
from tocsin.facts.moments import instant_written
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.world import RealClock

UNVERIFIED = "unverified"


def add(inner: Commands) -> None:
    made = command(
        inner, "list", run_list, "all rules: since when, whether enforced, how well they were read",
        examples="  tocsin law list\n  tocsin law list --regime eu/dora\n"
        "  tocsin law list --in-force 2027-01-01 --unverified",
    )  # fmt: skip
    made.add_argument(
        "--regime", metavar="REGIME", help='only those below it, such as "eu" or "us-ny"'
    )
    made.add_argument("--in-force", type=day, metavar="DAY", help="only those in force on that day")
    made.add_argument("--unverified", action="store_true", help="only those that nobody read yet")
    pack_option(made)


def day(text: str) -> date:
    """A day, or an instant for the day that it lies in. Used as an argument type."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return instant_written(text).date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it like 2027-01-01") from None


def run_list(args: argparse.Namespace, screen: Screen) -> Answer:
    (law, advice), today = asked_with_advice(args), RealClock().now().date()
    if args.regime is not None:
        _require_regime(law, args.regime)
    found = [
        (article, rules)
        for article in law.articles
        if (rules := [rule for rule in article.rules if _asked(rule, args)])
    ]
    return Answer(
        data={
            "version": law.version,
            "digest": law.digest,
            "note": NOT_ADVICE,
            "unread_files": unread(args),
            "advice": [str(one) for one in advice],
            "rules": [rule_data(rule, a, today) for a, rules in found for rule in rules],
        },
        text="\n".join(
            [
                *_lines(law, found, today),
                *_advice_lines(advice, args.pack),
                *unread_lines(unread(args)),
            ]
        ),
    )


def is_below(path: str, above: str) -> bool:
    """Whether an article is a regime or lies below it."""
    return path == above or path.startswith(f"{above.rstrip('/')}/")


def rule_data(rule: Rule, article: Article, today: date) -> dict[str, object]:
    """A rule for scripts."""
    return {
        "id": rule.id,
        "article": rule.article,
        "sort": rule.sort.value,
        "says": rule.says,
        "enforcement": rule.enforcement.value,
        "from": rule.from_,
        "until": rule.until,
        "grade": rule.grade.value,
        "verified": rule.grade.verified,
        "compared_on": article.compared_on,
        "days_since_compared": days_since_compared(article, today),
        "stale": stale_words(article, today) is not None,
        "own": article.own,
    }


def grade_words(rule: Rule) -> str:
    """How well its source was read, and a warning where nobody did."""
    return rule.grade.value if rule.grade.verified else f"{rule.grade.value} {UNVERIFIED}"


def dates_words(rule: Rule) -> str:
    """The days on which it is law."""
    return f"from {rule.from_}" + (f" until {rule.until}" if rule.until else "")


def _require_regime(law: Law, regime: str) -> None:
    parts = [article.path.split("/") for article in law.articles]
    known = {"/".join(part[:length]) for part in parts for length in range(1, len(part) + 1)}
    if regime.rstrip("/") not in known:
        top = ", ".join(sorted({part[0] for part in parts}))
        remedy = did_you_mean(regime, known, f"there are: {top}")
        raise Refused(f'no article lies below "{regime}"; {remedy}')


def _asked(rule: Rule, args: argparse.Namespace) -> bool:
    return (
        (args.regime is None or is_below(rule.article, args.regime))
        and (args.in_force is None or rule.in_force_on(args.in_force))
        and not (args.unverified and rule.grade.verified)
    )


def _advice_lines(advice: Sequence[Mistake], pack: Path | None) -> Iterator[str]:
    """How much could be better in the files, and where to read what."""
    if advice:
        of_pack = f" --pack {shlex.quote(str(pack))}" if pack is not None else ""
        many = f"{len(advice)} pieces" if len(advice) > 1 else "1 piece"
        yield f"{many} of advice on its files: tocsin law coverage{of_pack}"


def _lines(law: Law, found: list[tuple[Article, list[Rule]]], today: date) -> Iterator[str]:
    for article, rules in found:
        yield f"{article.path}  {article.title}"
        stale = stale_words(article, today)
        warned = f"; WARNING: {stale}" if stale else ""
        yield f"  compared on {article.compared_on}{warned}{'; own' if article.own else ''}"
        for rule in rules:
            sort = "" if rule.sort.value == "notice" else f"  {rule.sort.value}"
            yield (
                f"  {rule.id:44} {rule.enforcement.value:9} {dates_words(rule):34} "
                f"{grade_words(rule)}{sort}"
            )
    rules_found = [rule for _, rules in found for rule in rules]
    unread = sum(not rule.grade.verified for rule in rules_found)
    stale_ones = sum(stale_words(article, today) is not None for article, _ in found)
    yield (
        f"{len(rules_found)} rules in {len(found)} articles, {unread} {UNVERIFIED}, "
        f"{stale_ones} articles not compared for long; pack {law.version}; {NOT_ADVICE}"
    )
    yield "one of them: tocsin law show ID"
