"""Reads one rule of an article: what it asks of whom, when, until when, and who is to be told."""

from __future__ import annotations

import re
from datetime import date

import msgspec

from tocsin.duties.calendars import calendar_wrong
from tocsin.duties.law import (
    ClassGate,
    Enforcement,
    Grade,
    Guard,
    NeedsDecision,
    Place,
    Recipient,
    Rule,
    Sort,
    Whose,
)
from tocsin.duties.read_clock import STARTS, clock_read, period_read
from tocsin.duties.read_condition import condition_read
from tocsin.duties.read_pack import Pack
from tocsin.register.formats import id_wrong, time_zone_wrong
from tocsin.register.mistakes import did_you_mean
from tocsin.register.table import Table

BARS = ("alter", "destroy")
_BRACES = re.compile(r"\{([^}]*)\}")


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules of a file say unless they say otherwise; None where the file does not."""

    grade: Grade | None
    enforcement: Enforcement | None
    where: tuple[str, ...] | None
    from_: date | None
    until: date | None


def usual_read(table: Table, pack: Pack) -> Usual:
    """These five of a file or of a rule."""
    return Usual(
        grade=table.one_of("grade", Grade),
        enforcement=table.one_of("enforcement", Enforcement),
        where=_where(table, pack),
        from_=table.day("from"),
        until=table.day("until"),
    )


def rule_read(table: Table, article: str, usual: Usual, pack: Pack) -> Rule:
    """One rule; each mistake in it is told."""
    own = usual_read(table, pack)
    rule = Rule(
        id=_id(table, article),
        article=article,
        sort=table.one_of("sort", Sort) or Sort.NOTICE,
        says=_needed(table, "says", "say in your own words what it asks") or "",
        paragraphs=_cited(table),
        grade=own.grade or usual.grade or Grade.DOUBTFUL,
        from_=own.from_ or usual.from_ or date.min,
        until=own.until or usual.until,
        enforcement=own.enforcement or usual.enforcement or Enforcement.LIVE,
        where=own.where if own.where is not None else usual.where or (),
        who=_needed(table, "who", "say in words whom it binds") or "",
        applies=condition_read(table, "applies", pack),
        when=condition_read(table, "when", pack),
        classification=_gates(table, pack),
        clocks=tuple(clock_read(one, pack) for one in table.tables("clock")),
        one_limit=table.flag("one_limit") or False,
        place=_place(table),
        stage=table.text("stage", id_wrong),
        after=table.texts("after"),
        again=period_read(table, "again", pack),
        repeats=table.flag("repeats") or False,
        until_fact=_fact(table, "until_fact", pack),
        immediately_from=_instant(table, "immediately_from", pack),
        recipients=_recipients(table, pack),
        every_recipient=table.flag("every_recipient") is not False,
        exceptions=_exceptions(table),
        instead_of=table.texts("instead_of"),
        guard=_guard(table, pack),
        content=_content(table, pack),
    )
    table.done()
    _whole(rule, table)
    for name, value in (("from", rule.from_ > date.min), ("where", table.has("where"))):
        if not value and (name != "where" or usual.where is None):
            remedy = "say it for the rule, or at the top of the file for all of them"
            table.source.tell(table.path, f'no "{name}"', remedy)
    return rule


def _id(table: Table, article: str) -> str:
    id = table.needed_text("id", f'such as "{article}/NAME"') or ""
    inside = id == article or (id.startswith(article) and id[len(article)] in "/-.")
    if id and not inside:
        table.tell("id", f'"{id}"', f'the id of a rule begins with its file: "{article}/NAME"')
    return id


def _needed(table: Table, name: str, remedy: str) -> str | None:
    if not table.has(name):
        table.source.tell(table.path, f'no "{name}"', remedy)
    return table.prose(name)


def _cited(table: Table) -> tuple[str, ...]:
    found = table.texts("paragraphs")
    if not found:
        table.source.tell(table.path, 'no "paragraphs"', "say where it stands")
    return found


def _where(table: Table, pack: Pack) -> tuple[str, ...] | None:
    known = pack.jurisdictions

    def wrong(value: str) -> str | None:
        if value in known:
            return None
        return did_you_mean(value, known, "add it to places.toml: a place, or one of its groups")

    return table.texts("where", wrong) if table.has("where") else None


def _gates(table: Table, pack: Pack) -> tuple[ClassGate, ...]:
    found: list[ClassGate] = []
    for inner in table.tables("classification"):
        day = inner.day("from")
        if not inner.has("from"):
            inner.source.tell(inner.path, 'no "from"', "since when is the classification law?")
        if not inner.has("when"):
            inner.source.tell(inner.path, 'no "when"', "which classification is it?")
        when = condition_read(inner, "when", pack)
        paragraph = inner.needed_text("paragraph", "say where it stands") or ""
        inner.done()
        found.append(ClassGate(when=when, from_=day or date.min, paragraph=paragraph))
    return tuple(found)


def _place(table: Table) -> Place:
    inner = table.table("place")
    if inner is None:
        return Place()
    place = Place(
        whose=inner.one_of("whose", Whose) or Whose.AUTHORITY,
        zone=inner.text("zone", time_zone_wrong),
        calendar=inner.text("calendar", calendar_wrong),
    )
    fixed = [inner.has("zone"), inner.has("calendar")]
    if inner.has("whose") == any(fixed) or any(fixed) != all(fixed):
        remedy = 'write { whose = "entity" }, or both zone and calendar'
        inner.source.tell(inner.path, "a place that is not one", remedy)
    inner.done()
    return place


def _recipients(table: Table, pack: Pack) -> tuple[Recipient, ...]:
    found: list[Recipient] = []
    for inner in table.tables("to"):
        name = inner.needed_text("name", "who is to be told?") or ""
        for word in _BRACES.findall(name):
            if word != "places":
                inner.tell("name", f"{{{word}}}", "only {places} is filled in")
        when = condition_read(inner, "when", pack)
        paragraph = inner.text("paragraph") or ""
        inner.done()
        found.append(Recipient(name=name, when=when, paragraph=paragraph))
    return tuple(found)


def _exceptions(table: Table) -> tuple[NeedsDecision, ...]:
    found: list[NeedsDecision] = []
    for inner in table.tables("exceptions"):
        id = inner.needed_text("id", 'such as "no-risk"', id_wrong) or ""
        says = _needed(inner, "says", "say what a person would have to decide") or ""
        paragraph = inner.needed_text("paragraph", "say where it stands") or ""
        inner.done()
        if any(one.id == id for one in found):
            inner.tell("id", f'"{id}" a second time', "name each exception once")
        found.append(NeedsDecision(id=id, says=says, paragraph=paragraph))
    return tuple(found)


def _guard(table: Table, pack: Pack) -> Guard | None:
    inner = table.table("guard")
    if inner is None:
        return None
    names = f"one of: {', '.join(BARS)}"

    def wrong(value: str) -> str | None:
        return None if value in BARS else did_you_mean(value, BARS, names)

    guard = Guard(bars=inner.texts("bars", wrong), until=_instant(inner, "until", pack))
    if not inner.has("bars"):
        inner.source.tell(inner.path, 'no "bars"', f"what may not be done? {names}")
    inner.done()
    return guard


def _content(table: Table, pack: Pack) -> tuple[str, ...]:
    def wrong(value: str) -> str | None:
        known = pack.field_sets
        if known is None or value in known:
            return None
        return did_you_mean(value, known, "write the field set into fields/, under this name")

    return table.texts("content", wrong)


def _fact(table: Table, name: str, pack: Pack) -> str | None:
    key = table.text(name)
    if key is None:
        return None
    pack.key(key, table.source, (*table.path, name))
    return pack.spelt(key)


def _instant(table: Table, name: str, pack: Pack) -> str | None:
    key = _fact(table, name, pack)
    entry = pack.dictionary.find(key) if key is not None else None
    if entry is not None and entry.type not in STARTS:
        table.tell(name, f'"{key}"', f"it is of type {entry.type.value} and has no instant")
    return key


def _whole(rule: Rule, table: Table) -> None:
    """Tell what a rule of its sort must have, and what it cannot."""
    path, tell = table.path, table.source.tell
    timed = rule.clocks or rule.immediately_from
    if rule.sort is Sort.NOTICE and rule.enforcement is not Enforcement.PENDING:
        if not timed and not table.has("clock"):
            tell(path, "no clock", "write [[rule.clock]], or immediately_from, or another sort")
        if not rule.recipients and not table.has("to"):
            tell(path, 'no "to"', "who is to be told?")
    if rule.sort is Sort.GUARD and rule.guard is None and not table.has("guard"):
        tell(path, 'no "guard"', 'such as { bars = ["alter"], until = "KEY" }')
    if rule.sort is not Sort.GUARD and rule.guard is not None:
        tell((*path, "guard"), "a guard", 'write sort = "guard" as well')
    if rule.sort is not Sort.NOTICE and rule.clocks:
        tell((*path, "clock"), "a clock", "only a notice has clocks; make it a rule of its own")
    if rule.again is not None and rule.stage is None:
        tell((*path, "again"), "no stage", "say by which stage each submission is called")
    if rule.until is not None and rule.until <= rule.from_:
        name = "until" if table.has("until") else "from"
        remedy = "until is the first day it is no more, and comes after from"
        tell((*path, name), f"from {rule.from_} until {rule.until}", remedy)
