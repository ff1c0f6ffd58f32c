"""What only the whole pack can tell: ids that stand twice, days that overlap, names of no rule."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from tocsin.duties.law import Article, Clock, Rule, Vector
from tocsin.duties.read_pack import STAGES_KEY
from tocsin.duties.read_sheet import Sheet
from tocsin.register.mistakes import did_you_mean
from tocsin.register.table import Table

Placed = tuple[Rule, Table]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An article, and where its rules and vectors stand in its file."""

    sheet: Sheet
    article: Article
    rules: Sequence[Placed]
    vectors: Sequence[tuple[Vector, Table]]


def references_told(found: Iterable[Found]) -> None:
    """Tell what is wrong between the articles of a pack."""
    all_found = list(found)
    rules = [placed for one in all_found for placed in one.rules]
    by_id: dict[str, list[Placed]] = {}
    for rule, table in rules:
        by_id.setdefault(rule.id, []).append((rule, table))
    _articles(all_found)
    for versions in by_id.values():
        _apart(versions)
    for rule, table in rules:
        _names(rule, table, by_id)
        _chain(rule, table, by_id)
    for name in ("instead_of", "after"):
        _circles(name, rules)
    _vectors(all_found, by_id)


def _articles(found: Iterable[Found]) -> None:
    """One article is one file: of the pack, or laid over it."""
    first: dict[str, Sheet] = {}
    for one in found:
        other = first.setdefault(one.article.path.lower(), one.sheet)
        if other is not one.sheet:
            remedy = f'it stands in "{other.source.file}"; an own article has a path of its own'
            one.sheet.source.tell((), f'the article "{one.article.path}" a second time', remedy)


def _apart(versions: Sequence[Placed]) -> None:
    """Versions of a rule stand in one file and share no day."""
    ordered = sorted(versions, key=lambda one: (one[0].article, one[0].from_))
    for (one, above), (other, table) in itertools.pairwise(ordered):
        if one.article != other.article:
            remedy = f'it stands in "{above.source.file}"; an id belongs to one file'
            table.tell("id", f'"{other.id}" a second time', remedy)
        elif (one.until or date.max) > other.from_:
            until = f"until {one.until}" if one.until else "without end"
            remedy = f"the version from {one.from_} runs {until}; end it where this one begins"
            table.tell("id", f'"{other.id}" from {other.from_}, a day that it has already', remedy)


def _names(rule: Rule, table: Table, by_id: dict[str, list[Placed]]) -> None:
    for name, ids in (("after", rule.after), ("instead_of", rule.instead_of)):
        for place, id in enumerate(ids):
            if id == rule.id or id not in by_id:
                found = f'"{id}"' + (", the rule itself" if id == rule.id else "")
                remedy = did_you_mean(id, set(by_id) - {rule.id}, "name the id of another rule")
                table.source.tell((*table.path, name, place), found, remedy)


def _circles(name: str, rules: Sequence[Placed]) -> None:
    """No rule leads back to itself: rules in place of each other would all be gone."""
    leads: dict[str, set[str]] = {}
    for rule, _ in rules:
        leads.setdefault(rule.id, set()).update(getattr(rule, name))
    for rule, table in rules:
        if rule.id not in getattr(rule, name) and rule.id in _reached(rule.id, leads):
            ids = ", ".join(getattr(rule, name))
            found = f'"{ids}", which leads back to "{rule.id}"'
            remedy = "take one of them out: rules in a circle would silence each other"
            table.tell(name, found, remedy)


def _reached(id: str, leads: Mapping[str, set[str]]) -> set[str]:
    """All that a rule leads to, over whatever is between."""
    reached: set[str] = set()
    ahead = list(leads.get(id, ()))
    while ahead:
        one = ahead.pop()
        if one not in reached:
            reached.add(one)
            ahead += leads.get(one, ())
    return reached


def _chain(rule: Rule, table: Table, by_id: dict[str, list[Placed]]) -> None:
    """A stage that starts from a submission says from which rule's."""
    before = {id: [one.stage for one, _ in by_id[id]] for id in rule.after if id in by_id}
    for place, id in enumerate(rule.after):
        if None in before.get(id, ()):
            remedy = "give that rule a stage: a submission under it is called by that"
            table.source.tell((*table.path, "after", place), f'"{id}", which has no stage', remedy)
    known = [f"{STAGES_KEY}{stage}" for stages in before.values() for stage in stages if stage]
    for place, clock in enumerate(rule.clocks):
        for name, start in _starts(clock):
            if start.startswith(STAGES_KEY) and start not in known:
                remedy = did_you_mean(start, known, 'name the rule with this stage in "after"')
                where = (*table.path, "clock", place, name)
                table.source.tell(where, f'"{start}", which is no stage of "after"', remedy)


def _starts(clock: Clock) -> Iterable[tuple[str, str]]:
    yield "start", clock.start
    if clock.later_start is not None:
        yield "later_start", clock.later_start


def _vectors(found: Iterable[Found], by_id: dict[str, list[Placed]]) -> None:
    first: dict[str, Table] = {}
    for one in found:
        for vector, table in one.vectors:
            if vector.rule and vector.rule not in by_id:
                remedy = did_you_mean(vector.rule, by_id, "name the id of a rule of the pack")
                table.tell("rule", f'"{vector.rule}", which is no rule', remedy)
            other = first.setdefault(vector.id, table)
            if other is not table and vector.id:
                remedy = f'it stands in "{other.source.file}"; rename one'
                table.tell("id", f'"{vector.id}" a second time', remedy)
