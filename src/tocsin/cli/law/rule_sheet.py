"""A rule of law on one page that counsel can read: what it asks, of whom, when, on what grounds."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from tocsin.duties.freshness import stale_words
from tocsin.duties.law import (
    ALWAYS,
    Article,
    Clock,
    Condition,
    Enforcement,
    Law,
    Reading,
    Rule,
    Vector,
)
from tocsin.duties.named import names_in
from tocsin.duties.words import (
    READ_AS,
    clock_words,
    condition_lines,
    fact_words,
    gate_words,
    guard_words,
    period_words,
    place_words,
    reading_words,
    recipient_words,
)

WIDTH, INDENT = 98, 16
CASES_MAX = 8
_ENFORCED = {
    Enforcement.LIVE: "live",
    Enforcement.SUSPENDED: "suspended: it is law, and nobody enforces it now",
    Enforcement.GRACE: "grace: it is law, without fines yet",
    Enforcement.PENDING: "pending: not law yet, something to watch; nothing is ever due",
}


def article_lines(article: Article, today: date) -> Iterator[str]:
    """What a file says about itself."""
    yield f"{article.path}: {article.title}"
    yield from _field("Act", [f"{article.instrument}, version {article.version}"])
    stale = stale_words(article, today)
    compared = f"compared with its source on {article.compared_on}"
    yield from _field(
        "Source read", [f"{article.grade.value}: {READ_AS[article.grade]}; {compared}"]
    )
    if stale:
        yield from _field("WARNING", [stale])
    yield from _field("About", [article.summary])
    yield from _field("Sources", article.sources)


def closing_lines(article: Article) -> Iterator[str]:
    """What a file does not model, and its notes."""
    yield from _field("Not modelled", article.not_modelled)
    yield from _field("Notes", article.notes)


def rule_lines(rule: Rule, law: Law, of: Iterable[Vector]) -> Iterator[str]:
    """One version of a rule."""
    yield rule.id
    yield from textwrap.wrap(rule.says, WIDTH, initial_indent="  ", subsequent_indent="  ")
    until = f", until {rule.until} (the first day it is no more)" if rule.until else ""
    yield from _field("In force", [f"from {rule.from_}{until}"])
    yield from _field("Enforcement", [_ENFORCED[rule.enforcement]])
    yield from _field("Read", [f"{rule.grade.value}: {READ_AS[rule.grade]}"])
    yield from _field("Stands in", ["; ".join(rule.paragraphs)])
    yield from _field("Where", [", ".join(rule.where) or "anywhere"])
    yield from _field("Who", [rule.who])
    yield from _conditions("Applies where", rule.applies)
    yield from _conditions("Raised when", rule.when)
    yield from _field("Class is law", [gate_words(gate) for gate in rule.classification])
    yield from _field("To", [recipient_words(one) for one in rule.recipients])
    if len(rule.recipients) > 1 and not rule.every_recipient:
        yield from _field("", ["the first of them whose circumstances hold"])
    yield from _timing(rule, law)
    if rule.guard is not None:
        yield from _field("Bars", [guard_words(rule.guard) + "; never a reversible stop"])
    yield from _field("Exceptions", [f"{one.says} ({one.paragraph})" for one in rule.exceptions])
    if rule.exceptions:
        yield from _field("", ["each holds only where a named person decides so, with a reason"])
    yield from _field("Instead of", [", ".join(rule.instead_of)] if rule.instead_of else [])
    yield from _field("Content", [", ".join(rule.content)] if rule.content else [])
    yield from _named(rule)
    cases = list(of)
    yield from _field("Worked by hand", map(vector_words, cases[:CASES_MAX]))
    if len(cases) > CASES_MAX:
        yield from _field("", [f"and {len(cases) - CASES_MAX} more: --json"])


def vector_words(one: Vector) -> str:
    """A case that was worked by hand, in short; its facts stand in the file."""
    latest = f", arguable until {_at(one.latest_arguable)}" if one.latest_arguable else ""
    due = f" {_at(one.due)}{latest}" if one.due else ""
    return f"{one.id}: {one.status.value}{due}: {one.why}"


def _timing(rule: Rule, law: Law) -> Iterator[str]:
    shared = rule.clocks[0].readings if len({clock.readings for clock in rule.clocks}) == 1 else ()
    lines = [line for clock in rule.clocks for line in _clock(clock, shared)]
    if rule.immediately_from is not None:
        since = f"immediately from {rule.immediately_from}: a duty with no instant"
        lines.insert(0, since)
    if len(rule.clocks) > 1:
        lines = [line if line.startswith(" ") else f"- {line}" for line in lines]
        lines.append("the earliest wins, and all are shown")
    yield from _field("Periods", lines)
    yield from _field("Argued later", map(reading_words, shared))
    yield from _field("Contested", [f"{code}: {law.contentions[code]}" for code in _codes(rule)])
    if rule.again is not None:
        until = f", until {rule.until_fact}" if rule.until_fact else ""
        yield from _field("Again", [f"{period_words(rule.again)} after each submission{until}"])
    if rule.stage is not None:
        after = f", after {', '.join(rule.after)}" if rule.after else ""
        yield from _field("Stage", [f"{rule.stage}{after}"])
    if rule.clocks:
        yield from _field("Counted", [place_words(rule.place)])


def _clock(clock: Clock, shared: tuple[Reading, ...]) -> Iterator[str]:
    disputed = f" [{clock.contention}]" if clock.contention else ""
    yield clock_words(clock) + ("" if clock.readings else disputed)
    for reading in clock.readings if clock.readings != shared else ():
        yield f"  argued for later: {reading_words(reading)}"
    if clock.later_start is not None:
        where = ", where that is after the end" if clock.later_from_end else ""
        from_ = fact_words(clock.later_start)
        yield f"  argued for later: counted from {from_}{where}{disputed}"
    if clock.yields_to is not None:
        yield f"  falls away where {fact_words(clock.yields_to)} comes after its end"


def _codes(rule: Rule) -> Iterator[str]:
    """The codes of what is contested, each once."""
    codes = [one.contention for clock in rule.clocks for one in clock.readings]
    codes += [clock.contention for clock in rule.clocks]
    yield from dict.fromkeys(code for code in codes if code is not None)


def _conditions(name: str, condition: Condition) -> Iterator[str]:
    if condition != ALWAYS:
        lines = list(condition_lines(condition))
        yield from _field(name, lines[1:] if lines[0] == "all of:" else lines)


def _named(rule: Rule) -> Iterator[str]:
    """What the conditions that it calls by a name come to, in full words."""
    lines = []
    for one in names_in(rule):
        first, *more = condition_lines(one.of)
        lines += [f'- "{one.name}": {first}', *(f"  {line}" for line in more)]
    yield from _field("In full", lines)


def _field(name: str, lines: Iterable[str]) -> Iterator[str]:
    """A name at the left, what it says at the right; nothing where it says nothing."""
    for line in lines:
        inner = len(line) - len(line.lstrip(" -"))
        yield from textwrap.wrap(
            line,
            WIDTH,
            initial_indent=f"  {name:{INDENT}}",
            subsequent_indent=" " * (INDENT + 2 + inner),
            break_long_words=False,
            break_on_hyphens=False,
        )
        name = ""


def _at(at: datetime | None) -> str:
    return at.isoformat(timespec="minutes") if at else ""
