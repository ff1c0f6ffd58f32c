"""Whose a rule is, an incident's or the organisation's, and which submission counts for it. Pure.

Source: decision 0045.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.duties.law import AllOf, AnyOf, Condition, Law, Named, NotSo, Rule
from tocsin.register.legal_keys import Dictionary


def of_organisation(rule: Rule, dictionary: Dictionary) -> bool:
    """Whether a rule recurs by itself, from what is said of the organisation once and for all.

    What it starts from, and what triggers it, are facts that are set once: no incident has a part
    in it. A recurring duty that starts in an incident, such as a report every four weeks while it
    lasts, is the incident's.
    """
    if rule.again is None or not rule.clocks:
        return False
    asked = (*(clock.start for clock in rule.clocks), *_facts(rule.when))
    return all(_is_set_once(key, dictionary) for key in asked)


def _is_set_once(key: str, dictionary: Dictionary) -> bool:
    found = dictionary.find(key)
    return found is not None and found.set_once


def _facts(condition: Condition) -> Iterator[str]:
    match condition:
        case NotSo(of=inner) | Named(of=inner):
            yield from _facts(inner)
        case AllOf(of=parts) | AnyOf(of=parts):
            for one in parts:
                yield from _facts(one)
        case _:
            yield condition.fact


def counts_last(law: Law) -> frozenset[str]:
    """The rules of which the last submission counts; of all others the first settles the stage.

    So a report that was due and went is not late because another followed it, and no later stage
    is put off by that.
    """
    return frozenset(rule.id for rule in law.rules if rule.again is not None or rule.repeats)
