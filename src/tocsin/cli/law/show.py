"""`tocsin law show`: a rule or a whole article, on one page that counsel can read."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import date

from tocsin.cli.frame.arguments import Commands, command
from tocsin.cli.frame.screen import Answer, Screen
from tocsin.cli.law.list import rule_data
from tocsin.cli.law.pack import asked_law, pack_option
from tocsin.cli.law.rule_sheet import article_lines, closing_lines, rule_lines
from tocsin.duties.duty import NOT_ADVICE
from tocsin.duties.law import Article, Law, Rule
from tocsin.facts import Refused
from tocsin.register.mistakes import did_you_mean
from tocsin.world import RealClock


def add(inner: Commands) -> None:
    made = command(
        inner, "show", run_show,
        "one rule or a whole article on a page: what it asks, of whom, until when, and why",
        examples="  tocsin law show eu/dora/19/initial\n  tocsin law show eu/dora/19",
    )  # fmt: skip
    made.add_argument("rule", metavar="ID", help="of a rule, or of an article")
    pack_option(made)


def run_show(args: argparse.Namespace, screen: Screen) -> Answer:
    law, today = asked_law(args), RealClock().now().date()
    article, rules = _found(law, args.rule)
    vectors = [one for one in law.vectors if one.rule in {rule.id for rule in rules}]
    return Answer(
        data={
            "version": law.version,
            "digest": law.digest,
            "note": NOT_ADVICE,
            "article": article.path,
            "title": article.title,
            "instrument": article.instrument,
            "text_version": article.version,
            "summary": article.summary,
            "sources": article.sources,
            "not_modelled": article.not_modelled,
            "notes": article.notes,
            "rules": [{**rule_data(rule, article, today), "rule": rule} for rule in rules],
            "vectors": vectors,
        },
        text="\n".join(_lines(law, article, rules, today)),
    )


def _found(law: Law, name: str) -> tuple[Article, Sequence[Rule]]:
    for article in law.articles:
        if article.path == name and not any(rule.id == name for rule in article.rules):
            return article, article.rules
        rules = [rule for rule in article.rules if rule.id == name]
        if rules:
            whole = article.path == name
            return article, article.rules if whole else rules
    names = [*(article.path for article in law.articles), *(rule.id for rule in law.rules)]
    raise Refused(
        f'no rule is called "{name}"; {did_you_mean(name, names, "see: tocsin law list")}'
    )


def _lines(law: Law, article: Article, rules: Sequence[Rule], today: date) -> Iterator[str]:
    yield from article_lines(article, today)
    for rule in rules:
        yield ""
        yield from rule_lines(rule, law, [one for one in law.vectors if one.rule == rule.id])
    yield ""
    yield from closing_lines(article)
    yield f"Pack {law.version}, {law.digest[:12]}. {NOT_ADVICE.capitalize()}."
