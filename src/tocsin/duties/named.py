"""Conditions that have names: the names in a rule, and a rule with what they stand for. Pure.

A name stands for its condition and for nothing else: in full, a rule is what it would be if every
condition were written out in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from tocsin.duties.law import AllOf, AnyOf, Clock, Condition, Named, NotSo, Reading, Rule, Test

_Turn = Callable[[Condition], Condition]


def in_full(rule: Rule) -> Rule:
    """The rule with what each name stands for in the place of the name."""
    return _turned(rule, _written_out)


def names_in(rule: Rule) -> tuple[Named, ...]:
    """The conditions of a rule that have names, each once; after them those named within them."""
    found: dict[str, Named] = {}
    ahead: list[Condition] = []

    def noted(condition: Condition) -> Condition:
        ahead.append(condition)
        return condition

    _turned(rule, noted)
    while ahead:
        inside = [one for condition in ahead for one in _named(condition)]
        ahead = [one.of for one in inside if one.name not in found]
        found |= {one.name: one for one in inside}
    return tuple(found.values())


def _named(condition: Condition) -> Iterator[Named]:
    """The outermost names in a condition."""
    if isinstance(condition, Named):
        yield condition
    elif isinstance(condition, NotSo):
        yield from _named(condition.of)
    elif not isinstance(condition, Test):
        for one in condition.of:
            yield from _named(one)


def _written_out(condition: Condition) -> Condition:
    """A list in a list of its kind is one list, as if it were written there."""
    if isinstance(condition, Test):
        return condition
    if isinstance(condition, Named):
        return _written_out(condition.of)
    if isinstance(condition, NotSo):
        return NotSo(of=_written_out(condition.of))
    parts: list[Condition] = []
    for one in condition.of:
        inner = _written_out(one)
        same = type(inner) is type(condition)
        if isinstance(one, Named) and isinstance(inner, AllOf | AnyOf) and same:
            parts += inner.of
        else:
            parts.append(inner)
    return msgspec.structs.replace(condition, of=tuple(parts))


def _turned(rule: Rule, turn: _Turn) -> Rule:
    """The rule with each of its conditions turned, in their order on the page."""
    return msgspec.structs.replace(
        rule,
        applies=turn(rule.applies),
        when=turn(rule.when),
        classification=tuple(
            msgspec.structs.replace(one, when=turn(one.when)) for one in rule.classification
        ),
        recipients=tuple(
            msgspec.structs.replace(one, when=turn(one.when)) for one in rule.recipients
        ),
        clocks=tuple(_clock(one, turn) for one in rule.clocks),
    )


def _clock(clock: Clock, turn: _Turn) -> Clock:
    return msgspec.structs.replace(
        clock,
        when=turn(clock.when),
        readings=tuple(_reading(one, turn) for one in clock.readings),
    )


def _reading(reading: Reading, turn: _Turn) -> Reading:
    return msgspec.structs.replace(reading, when=turn(reading.when))
