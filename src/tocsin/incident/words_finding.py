"""Words for every fact about what detectors claim."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import assert_never

from tocsin.facts.findings import FindingFact, Found, Sign, Subsided
from tocsin.facts.spelt import spelt

EVERYWHERE = "all requests"


def finding_words(fact: FindingFact) -> str:
    """What a fact about a finding says."""
    match fact:
        case Found():
            return _found(fact)
        case Subsided():
            return f"{fact.detector} no longer sees it ({fact.requests} requests looked at)"
        case _:
            assert_never(fact)


def percent(share: str) -> str:
    """A share from 0 to 1 as people read it: 12.3 %; what is no number, as it stands."""
    try:
        return f"{Decimal(share) * 100:.1f} %"
    except InvalidOperation:
        return share


def said(fact: Found, value: str) -> str:
    """A value of a finding as people read it: a share as such, else in the column's own unit."""
    if fact.sign in (Sign.RATE, Sign.UNFAIR):
        return percent(value)
    try:
        return f"{float(value):,.4g}" if abs(float(value)) < 10_000 else f"{float(value):,.0f}"
    except ValueError:
        return value


def measured(fact: Found) -> str:
    """What is measured instead of what, of whom or where, short enough for one line."""
    now, before = said(fact, fact.observed), said(fact, fact.baseline)
    if fact.sign is Sign.UNFAIR:
        other = spelt(fact.compared_with) if fact.compared_with else "others"
        place = "" if where(fact) == EVERYWHERE else f" ({where(fact)})"
        return f"{_whom(fact)}: {fact.metric} {now} against {before} of {other}{place}"
    what = fact.metric if fact.sign is Sign.RATE else f"{fact.measure} of {fact.metric}"
    return f"{what} {now} instead of {before} ({where(fact)})"


def where(fact: Found) -> str:
    """The slice in which it was seen, in words."""
    parts = [f"version {spelt(fact.version)}" if fact.version else "", spelt(fact.segment or "")]
    return ", ".join(part for part in parts if part) or EVERYWHERE


def said_when(fact: Found, at: datetime, form: str) -> str:
    """An instant of a finding, for people; of a log that tells no time, the row."""
    return f"row {int(at.timestamp()) + 1:,}" if fact.by_rows else f"{at.strftime(form)} UTC"


def _whom(fact: Found) -> str:
    return spelt(fact.group) if fact.group else where(fact)


def _found(fact: Found) -> str:
    since = f"since {said_when(fact, fact.since, '%Y-%m-%d %H:%M:%S')}"
    cause = f"; explained by action {fact.caused_by}" if fact.caused_by else ""
    match fact.sign:
        case Sign.NO_DATA:
            return f"No data from {fact.system} {since}: nobody can tell whether it works{cause}"
        case Sign.RATE:
            return (
                f"{fact.system}: {fact.metric} is {percent(fact.observed)} "
                f"({percent(fact.low)} to {percent(fact.high)}) instead of "
                f"{percent(fact.baseline)}, {since}, in {where(fact)}: "
                f"{fact.bad} of {fact.requests} requests{cause}"
            )
        case Sign.DRIFT:
            return (
                f"{fact.system}: {fact.metric} is distributed otherwise than before "
                f"(distance {fact.observed}, tolerated {fact.tolerated}), {since}, "
                f"in {where(fact)}, over {fact.requests} requests{cause}"
            )
        case Sign.UNFAIR:
            return (
                f"{fact.system}: {_whom(fact)} fares otherwise than others: "
                f"{fact.metric} is {percent(fact.observed)} ({percent(fact.low)} to "
                f"{percent(fact.high)}) against {percent(fact.baseline)}, {since}, "
                f"over {fact.requests} people{cause}"
            )
        case Sign.CALIBRATION | Sign.QUANTITY:
            return (
                f"{fact.system}: {fact.measure} of {fact.metric} is {fact.observed} "
                f"({fact.low} to {fact.high}) instead of {fact.baseline}, tolerated "
                f"{fact.tolerated}, {since}, in {where(fact)}, over {fact.requests} requests{cause}"
            )
        case _:
            assert_never(fact.sign)
