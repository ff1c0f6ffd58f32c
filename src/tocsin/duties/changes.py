"""What another law pack changes, in words: in rules, and for the duties of an incident. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest

import msgspec

from tocsin.duties.duty import Duty, Standing
from tocsin.duties.law import AllOf, Clock, Closure, Condition, Law, Rule
from tocsin.duties.named import in_full
from tocsin.duties.words import (
    clock_words,
    condition_words,
    fact_words,
    gate_words,
    guard_words,
    period_words,
    place_words,
    reading_words,
    recipient_words,
    start_words,
)

NONE = "none"


class Kind(enum.Enum):
    """What became of it."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    CHANGES = "changes"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is different.

    Args:
        what: the id of a rule, or the file of what rules share: "facts.toml".
        words: each difference, as "72 hours -> 96 hours (33(1))".
    """

    kind: Kind
    what: str
    words: tuple[str, ...]


class DutyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one duty of an incident.

    Args:
        earlier: True where it is due earlier, or due at all, for the first time.
    """

    rule: str
    words: str
    earlier: bool


def changes(old: Law, new: Law) -> tuple[Change, ...]:
    """Every difference between two packs that a duty can rest on, in the order of the new one.

    A condition that has a name counts as what it stands for, in each rule that names it.
    """
    return (*_rules(old, new), *_shared(old, new))


def changes_for(before: Sequence[Duty], after: Sequence[Duty]) -> tuple[DutyChange, ...]:
    """What becomes of the duties of one incident, in the order of the later ones."""
    was = {duty.rule.id: duty for duty in before}
    now = {duty.rule.id: duty for duty in after}
    ids = dict.fromkeys((*now, *was))
    return tuple(one for id in ids if (one := _duty(id, was.get(id), now.get(id))) is not None)


def _rules(old: Law, new: Law) -> Iterator[Change]:
    was, now = _versions(old), _versions(new)
    for id in dict.fromkeys((*now, *was)):
        if id not in was:
            yield Change(kind=Kind.APPEARS, what=id, words=tuple(map(_brief, now[id])))
        elif id not in now:
            yield Change(kind=Kind.VANISHES, what=id, words=tuple(map(_brief, was[id])))
        elif words := tuple(_of_versions(was[id], now[id])):
            yield Change(kind=Kind.CHANGES, what=id, words=words)


def _versions(law: Law) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in law.rules:
        found.setdefault(rule.id, []).append(in_full(rule))
    return {id: sorted(rules, key=lambda rule: rule.from_) for id, rules in found.items()}


def _brief(rule: Rule) -> str:
    """A version on one line."""
    until = f" until {rule.until}" if rule.until else ""
    clocks = "; ".join(map(clock_words, rule.clocks)) or NONE
    return f"from {rule.from_}{until}, {rule.enforcement.value}: {rule.says} Periods: {clocks}"


def _of_versions(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[str]:
    """Versions that begin on the same day belong together; a single one always does."""
    if len(old) == len(new) == 1:
        yield from _of_rule(old[0], new[0])
        return
    was = {rule.from_: rule for rule in old}
    now = {rule.from_: rule for rule in new}
    for day in sorted({*was, *now}):
        if day not in was:
            yield f"a new version {_brief(now[day])}"
        elif day not in now:
            yield f"no more a version {_brief(was[day])}"
        else:
            yield from (f"from {day}: {words}" for words in _of_rule(was[day], now[day]))


_SAID: tuple[tuple[str, Callable[[Rule], str]], ...] = (
    ("says", lambda rule: rule.says),
    ("sort", lambda rule: rule.sort.value),
    ("from", lambda rule: str(rule.from_)),
    ("until", lambda rule: str(rule.until or NONE)),
    ("enforcement", lambda rule: rule.enforcement.value),
    ("grade", lambda rule: rule.grade.value),
    ("where", lambda rule: ", ".join(rule.where) or "anywhere"),
    ("who", lambda rule: rule.who),
    ("its clocks", lambda rule: "one limit" if rule.one_limit else "a limit each"),
    ("counted", lambda rule: place_words(rule.place)),
    ("stage", lambda rule: rule.stage or NONE),
    ("again", lambda rule: period_words(rule.again) if rule.again else NONE),
    ("counts from", lambda rule: "its last submission" if rule.repeats else "its first"),
    ("again until", lambda rule: rule.until_fact or NONE),
    ("immediately from", lambda rule: rule.immediately_from or NONE),
    ("bars", lambda rule: guard_words(rule.guard) if rule.guard else NONE),
    ("told", lambda rule: "all recipients" if rule.every_recipient else "the first recipient"),
)
_LISTED: tuple[tuple[str, Callable[[Rule], Iterable[str]]], ...] = (
    ("stands in", lambda rule: rule.paragraphs),
    ("condition", lambda rule: _needs(rule.applies)),
    ("trigger", lambda rule: _needs(rule.when)),
    ("to", lambda rule: map(recipient_words, rule.recipients)),
    ("class is law", lambda rule: map(gate_words, rule.classification)),
    ("exception", lambda rule: (f"{one.says} ({one.paragraph})" for one in rule.exceptions)),
    ("after", lambda rule: rule.after),
    ("instead of", lambda rule: rule.instead_of),
    ("content", lambda rule: rule.content),
)


def _needs(condition: Condition) -> Iterator[str]:
    """Each thing that must hold, in words."""
    for one in condition.of if isinstance(condition, AllOf) else (condition,):
        yield condition_words(one)


def _of_rule(old: Rule, new: Rule) -> Iterator[str]:
    yield from _clocks(old.clocks, new.clocks)
    for name, said in _SAID:
        if said(old) != said(new):
            yield f"{name}: {said(old)} -> {said(new)}"
    for name, listed in _LISTED:
        yield from _list(name, tuple(listed(old)), tuple(listed(new)))


def _clocks(old: Sequence[Clock], new: Sequence[Clock]) -> Iterator[str]:
    """Clocks of one paragraph belong together, in their order."""
    for paragraph in dict.fromkeys(clock.paragraph for clock in (*new, *old)):
        was = [clock for clock in old if clock.paragraph == paragraph]
        now = [clock for clock in new if clock.paragraph == paragraph]
        for one, other in zip_longest(was, now):
            if one is None:
                yield f"a new period: {clock_words(other)}"
            elif other is None:
                yield f"no more a period: {clock_words(one)}"
            else:
                yield from (f"{words} ({paragraph})" for words in _clock(one, other))


def _clock(old: Clock, new: Clock) -> Iterator[str]:
    if old.within != new.within:
        yield f"{period_words(old.within)} -> {period_words(new.within)}"
    if start_words(old) != start_words(new):
        yield f"counted from {start_words(old)} -> from {start_words(new)}"
    if old.when != new.when:
        yield f"runs where {condition_words(old.when)} -> where {condition_words(new.when)}"
    for name, was, now in (
        ("a later start that is argued for", old.later_start, new.later_start),
        ("falls away after", old.yields_to, new.yields_to),
    ):
        if was != now:
            yield f"{name}: {_fact(was)} -> {_fact(now)}"
    if old.later_aware_by != new.later_aware_by:
        was, now = (", ".join(one.later_aware_by) or "anybody" for one in (old, new))
        yield f"whose later awareness is argued for: {was} -> {now}"
    if old.later_from_end != new.later_from_end:
        yield "argued for only where it comes after the end: " + (
            "no -> yes" if new.later_from_end else "yes -> no"
        )
    if old.contention != new.contention:
        yield f"contested: {old.contention or NONE} -> {new.contention or NONE}"
    yield from _list(
        "argued for later",
        tuple(map(reading_words, old.readings)),
        tuple(map(reading_words, new.readings)),
    )


def _fact(key: str | None) -> str:
    return NONE if key is None else fact_words(key)


def _list(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    yield from (f"no more {name}: {one}" for one in old if one not in new)
    yield from (f"new {name}: {one}" for one in new if one not in old)
    if set(old) == set(new) and old != new:
        yield f"{name}: in another order"


def _shared(old: Law, new: Law) -> Iterator[Change]:
    """What rules share: a fact that changes its type can move a duty, and so can a holiday."""
    for file, said in _FILES:
        was, now = said(old), said(new)
        words = [f"{key} is new: {now[key]}" for key in now if key not in was]
        words += [f"{key} is gone" for key in was if key not in now]
        both = [key for key in now if key in was and was[key] != now[key]]
        words += [f"{key}: {was[key]} -> {now[key]}" for key in both]
        if words:
            yield Change(kind=Kind.CHANGES, what=file, words=tuple(words))


def _facts(law: Law) -> Mapping[str, str]:
    keys = law.dictionary.keys
    return {key: " ".join([one.type.value, *sorted(one.choices)]) for key, one in keys.items()}


def _places(law: Law) -> Mapping[str, str]:
    return {
        code: f"{one.zone}, holidays of {one.calendar}, in {', '.join(one.groups) or NONE}"
        for code, one in law.places.items()
    }


def _closures(law: Law) -> Mapping[str, str]:
    return {f"{one.calendar} {one.day}": _works(one) for one in law.closures}


def _works(closure: Closure) -> str:
    return "a working day" if closure.works else "closed"


_FILES: tuple[tuple[str, Callable[[Law], Mapping[str, str]]], ...] = (
    ("facts.toml", _facts),
    ("places.toml", _places),
    ("closures.toml", _closures),
    ("pack.toml", lambda law: law.contentions),
    ("fields/", lambda law: {id: f"form {digest[:12]}" for id, digest in law.forms.items()}),
)


_CONCERNS = (Standing.RAISED, Standing.OPEN)


def _duty(id: str, was: Duty | None, now: Duty | None) -> DutyChange | None:
    before, after = _stands(was), _stands(now)
    if before == after:
        return None
    due, later = _due(was), _due(now)
    begins = _concerns(now) and not _concerns(was)
    moved = later is not None and (due is None or later < due)
    return DutyChange(rule=id, words=f"{before} -> {after}", earlier=begins or moved)


def _concerns(duty: Duty | None) -> bool:
    return duty is not None and duty.standing in _CONCERNS


def _due(duty: Duty | None) -> datetime | None:
    if duty is None or not _concerns(duty) or duty.deadline is None:
        return None
    return duty.deadline.conservative


def _stands(duty: Duty | None) -> str:
    """How a duty stands, in words."""
    if duty is None:
        return "no such rule"
    if not _concerns(duty):
        return duty.standing.value.replace("-", " ")
    due = _due(duty)
    words = [duty.standing.value, f"due {_at(due)}" if due else "no instant"]
    if duty.deadline is not None and duty.deadline.latest is not None:
        words.append(f"arguable until {_at(duty.deadline.latest)}")
    if duty.immediately_from is not None:
        words.append(f"immediately from {_at(duty.immediately_from)}")
    if duty.recipients:
        words.append(f"to {', '.join(duty.recipients)}")
    return ", ".join(words)


def _at(at: datetime) -> str:
    return at.isoformat(timespec="minutes")
