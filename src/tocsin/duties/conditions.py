"""Conditions in three values: true, false, and unknown, with the keys that would settle it. Pure.

Unknown is None. It is never taken for false: a duty that hangs on it stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo

import msgspec

from tocsin.duties.known import Harm, LegalFacts, Value
from tocsin.duties.law import ALWAYS, AllOf, AnyOf, Condition, Named, NotSo, Op, Test

Truth = bool | None
_Keys = tuple[Truth, Sequence[str]]
# Looked up once: each access to a member of an enum costs, and these are asked by the thousand.
_UNLESS, _KNOWN, _HAPPENED = Op.UNLESS, Op.KNOWN, Op.HAPPENED
_AT_LEAST, _BEFORE, _FROM = Op.AT_LEAST, Op.BEFORE, Op.FROM


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a condition is judged on.

    Args:
        zone: of the place, for what is compared with a date.
        named_so: keys that stand for others in one rule: the submission of a stage may be known
            by the rule's own name.
    """

    facts: LegalFacts
    zone: tzinfo
    named_so: Mapping[str, str] = {}

    def get(self, key: str) -> Value | None:
        """The value of a key, by the rule's own name for it first."""
        other = self.named_so.get(key)
        if other is not None and other in self.facts.values:
            return self.facts.values[other]
        return self.facts.values.get(key)

    def instant(self, key: str) -> datetime | None:
        """When it happened; of awareness the earliest."""
        if key == "aware":
            return self.facts.awareness()
        value = self.get(key)
        return value if isinstance(value, datetime) else None


def truth(condition: Condition, seen: Seen) -> Truth:
    """Whether a condition holds; None where what is known does not say."""
    if isinstance(condition, Test):
        return _tested(condition, seen)
    if isinstance(condition, Named):
        return truth(condition.of, seen)
    if isinstance(condition, NotSo):
        inner = truth(condition.of, seen)
        return None if inner is None else not inner
    stops = isinstance(condition, AnyOf)
    unknown = False
    for one in condition.of:
        found = _tested(one, seen) if isinstance(one, Test) else truth(one, seen)
        if found is stops:
            return stops
        unknown = unknown or found is None
    return None if unknown else not stops


def asserted(condition: Condition) -> Condition:
    """The same where silence contradicts nothing: what must be known counts as known."""
    if isinstance(condition, Test):
        return ALWAYS if condition.op is _KNOWN else condition
    if isinstance(condition, Named):
        return asserted(condition.of)
    if isinstance(condition, NotSo):
        return condition
    of = tuple(asserted(one) for one in condition.of)
    return AnyOf(of=of) if isinstance(condition, AnyOf) else AllOf(of=of)


def missing(condition: Condition, seen: Seen) -> tuple[str, ...]:
    """The keys that would settle a condition, in its order, each once; none where it is settled."""
    return tuple(dict.fromkeys(_missing(condition, seen)[1]))


def _missing(condition: Condition, seen: Seen) -> _Keys:
    if isinstance(condition, Test):
        holds = _tested(condition, seen)
        return holds, (condition.fact,) if holds is None else ()
    if isinstance(condition, Named):
        return _missing(condition.of, seen)
    if isinstance(condition, NotSo):
        inner, keys = _missing(condition.of, seen)
        return None if inner is None else not inner, keys
    stops, found = isinstance(condition, AnyOf), list[str]()
    unknown = False
    for one in condition.of:
        holds, keys = _missing(one, seen)
        if holds is stops:
            return stops, ()
        unknown = unknown or holds is None
        found += keys
    return None if unknown else not stops, found


def deciding(condition: Condition, seen: Seen) -> tuple[str, ...]:
    """The keys of the facts that make a condition what it is, each once: those that are known, and
    those of which a rule asks whether anybody said anything.
    """
    return tuple(dict.fromkeys(_deciding(condition, seen)[1]))


def _deciding(condition: Condition, seen: Seen) -> _Keys:
    if isinstance(condition, Test):
        said = condition.op is _KNOWN or seen.get(condition.fact) is not None
        return _tested(condition, seen), (condition.fact,) if said else ()
    if isinstance(condition, Named):
        return _deciding(condition.of, seen)
    if isinstance(condition, NotSo):
        inner, keys = _deciding(condition.of, seen)
        return None if inner is None else not inner, keys
    stops = isinstance(condition, AnyOf)
    found: dict[Truth, list[str]] = {not stops: []}
    for one in condition.of:
        holds, keys = _deciding(one, seen)
        if holds is stops:  # one is enough
            return stops, keys
        found.setdefault(holds, []).extend(keys)
    whole = None if None in found else not stops
    return whole, found[whole]


def _tested(test: Test, seen: Seen) -> Truth:
    value = seen.get(test.fact)
    op = test.op
    if op is _UNLESS:
        return value is None or not _among(value, test, seen)
    if op is _KNOWN:
        return value is not None
    if value is None:
        return None
    if op is _HAPPENED:
        return value is not False and value != ()
    if op is _AT_LEAST:
        least = test.values[0]
        return isinstance(value, int) and isinstance(least, int) and value >= least
    if op is _BEFORE or op is _FROM:
        return _dated(value, test, seen)
    if _among(value, test, seen):
        return True
    return None if test.fact in seen.facts.unsure else False


def _dated(value: Value, test: Test, seen: Seen) -> Truth:
    if value is True:
        return None  # it happened, and nobody said when
    limit = test.values[0]
    if not isinstance(value, date) or not isinstance(limit, date):
        return False
    if isinstance(value, datetime) and not isinstance(limit, datetime):
        value = value.astimezone(seen.zone).date()
    return value < limit if test.op is _BEFORE else value >= limit


def _among(value: Value, test: Test, seen: Seen) -> bool:
    if isinstance(value, tuple):
        return any((one.kind if isinstance(one, Harm) else one) in test.values for one in value)
    if isinstance(value, datetime):
        value = value.astimezone(seen.zone).date()
    if value not in test.values:
        return False
    return isinstance(value, str) or any(  # a yes would be found as a 1
        one == value and type(one) is type(value) for one in test.values
    )
