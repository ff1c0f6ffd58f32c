"""The rates that follow from what was decided and what turned out to be true.

Missing stays missing: a row whose decision or label is not there is in no rate that needs it. The
conditions are turned round and joined by De Morgan's laws, which hold for missing values too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import msgspec

from tocsin.facts.logs import Condition, Decisions, LogMapping, Share, Term

SELECTED, ACCURACY, PRECISION = "selected", "accuracy", "precision"
RECALL, FALSE_POSITIVES = "recall", "false_positive_rate"
BASE_RATE = "base_rate"
"""The share of labelled rows whose truth is positive: what it judges are the labels that came."""


def every_rate(mapping: LogMapping) -> dict[str, Share]:
    """The rates of a log: those that follow from its decisions, and those declared, which win."""
    return {**confusion_rates(mapping.decisions), **mapping.rates}


def confusion_rates(decisions: Decisions) -> Mapping[str, Share]:
    """The rates by name; those that need a truth only where one is declared, and so on."""
    decided, truth = decisions.decided, decisions.truth
    found = dict[str, Share]()
    if decided is not None:
        found[SELECTED] = Share(counts=decided)
    if truth is not None:
        found[BASE_RATE] = Share(counts=truth)
    if decided is not None and truth is not None:
        right = either(both(decided, truth), both(opposite(decided), opposite(truth)))
        found[ACCURACY] = Share(counts=right)
        found[RECALL] = Share(counts=decided, among=truth)
        found[FALSE_POSITIVES] = Share(counts=decided, among=opposite(truth))
        found[PRECISION] = Share(counts=truth, among=decided)
    return found


def opposite(condition: Condition) -> Condition:
    """True where the condition is false, false where it is true, missing where it is missing."""
    turned = [[_negated(term) for term in terms] for terms in condition.either]
    return _of(itertools.product(*turned))


def both(one: Condition, other: Condition) -> Condition:
    """That both conditions hold."""
    return _of(a + b for a in one.either for b in other.either)


def either(one: Condition, other: Condition) -> Condition:
    """That at least one of them holds."""
    return _of(one.either + other.either)


def _negated(term: Term) -> Term:
    return msgspec.structs.replace(term, negated=not term.negated)


def _of(found: Iterable[tuple[Term, ...]]) -> Condition:
    """Each alternative once, with each of its terms once."""
    each = (tuple(dict.fromkeys(terms)) for terms in found)
    return Condition(either=tuple(dict.fromkeys(each)))
