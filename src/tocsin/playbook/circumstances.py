"""What the log of an incident says beside its runs, and what its names stand for. Pure.

A name whose fact is not there is not in the bindings: it is undetermined, never false.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

import msgspec

from tocsin.facts import Access, Asserter, Entry
from tocsin.facts.duties import DeadlineSet
from tocsin.facts.entry import INCIDENT_PREFIX
from tocsin.facts.findings import Found, Subsided
from tocsin.facts.gates import EvidenceSealed
from tocsin.facts.incidents import (
    BecameAware,
    Opened,
    PersonClass,
    Severity,
    SeverityJudged,
    Widened,
)
from tocsin.facts.kinds import TOCSIN
from tocsin.facts.legal import Answered, DutyReckoned, LegalFactStated, Standing
from tocsin.incident.about import About
from tocsin.playbook.names import Value, spelled
from tocsin.playbook.plan import Plan

IN_CHARGE = frozenset({PersonClass.STAFF, PersonClass.MANAGEMENT})
"""Whose awareness starts limits that count from it, before anybody rules what the law counts."""


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it was told last, and whether its detector has fallen silent since.

    Args:
        since: the earliest instant since when it was ever said to fail.
    """

    seq: int
    fact: Found
    since: datetime
    subsided: bool = False


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """How bad it is, and who said so last."""

    seq: int
    severity: Severity
    by_person: bool


class Circumstances(msgspec.Struct, kw_only=True):
    """What the facts of one log tell beside its runs. Grows with the fold.

    What is for counsel or the board alone gives instants and levels, and never a word: what plans
    write goes to everybody.

    Args:
        aware_at: when somebody in charge became aware, the first of them.
        judged_by_person: whether a person ever judged how bad it is.
        sealed: by item of evidence, whether its newest seal was enough.
        deadlines: by their ids, each as it was set last.
        stated: by key of a legal fact, what was said of it last; None where nobody knows it, it did
            not happen, or not everybody may read what was said.
    """

    log: str = ""
    title: str | None = None
    about: About = msgspec.field(default_factory=About)
    runs: int = 0  # how many began
    opened_at: datetime | None = None
    aware_at: datetime | None = None
    noticed: dict[str, Noticed] = {}
    judged: Judged | None = None
    judged_by_person: bool = False
    sealed: dict[str, bool] = {}
    deadlines: dict[str, DeadlineSet] = {}
    stated: dict[str, str | None] = {}

    def apply(self, entry: Entry) -> None:
        """Take the next entry of the log."""
        fact = entry.fact
        match fact:
            case Widened():
                self.about.take(entry)
            case Opened():
                self.log = entry.log
                self.about.take(entry)
                told = entry.access is Access.OPS and "title" not in entry.missing
                self.title = fact.title if told else None
                self.opened_at = self.opened_at or entry.happened_at
            case Found() if entry.access is Access.OPS:
                known = self.noticed.get(fact.finding)
                since = min(fact.since, known.since) if known else fact.since
                self.noticed[fact.finding] = Noticed(seq=entry.seq, fact=fact, since=since)
            case Subsided() if fact.finding in self.noticed:
                before = self.noticed[fact.finding]
                self.noticed[fact.finding] = msgspec.structs.replace(before, subsided=True)
            case SeverityJudged():
                by_person = entry.author.kind is Asserter.PERSON
                self.judged = Judged(seq=entry.seq, severity=fact.severity, by_person=by_person)
                self.judged_by_person = self.judged_by_person or by_person
            case BecameAware() if fact.standing in IN_CHARGE:
                self.aware_at = min(self.aware_at or entry.happened_at, entry.happened_at)
            case DeadlineSet():
                self.deadlines[fact.deadline] = fact
            case DutyReckoned() if entry.author.kind in TOCSIN:
                self._reckoned(fact)
            case LegalFactStated():
                told = entry.access is Access.OPS and fact.answer is Answered.KNOWN
                self.stated[fact.key] = fact.value if told else None
            case EvidenceSealed():
                self.sealed[fact.item] = fact.sufficient
            case _:
                pass

    def _reckoned(self, fact: DutyReckoned) -> None:
        """A duty of law is a deadline under its rule's id, each / written as -: eu-gdpr-33."""
        name = fact.rule.replace("/", "-")
        asked = fact.standing in (Standing.RAISED, Standing.OPEN)
        if not asked or fact.conservative_at is None:
            self.deadlines.pop(name, None)
            return
        self.deadlines[name] = DeadlineSet(
            deadline=name, conservative_at=fact.conservative_at, latest_at=fact.latest_at,
            basis=fact.why, source=fact.rule,
        )  # fmt: skip

    @property
    def systems(self) -> tuple[str, ...]:
        """All systems that the incident is about."""
        return self.about.systems

    @property
    def enough(self) -> frozenset[str]:
        """The items of evidence that are sealed, and enough."""
        return frozenset(item for item, enough in self.sealed.items() if enough)

    def finding(self, plan: Plan) -> Noticed | None:
        """The newest finding for which this plan is made; what an act of ours explains is none.

        A plan without triggers is made for any.
        """
        return max(self._fitting(plan), key=lambda one: one.seq, default=None)

    def failing_since(self, plan: Plan) -> datetime | None:
        """Since when it fails, by the earliest of the findings for which this plan is made."""
        return min((one.since for one in self._fitting(plan)), default=None)

    def _fitting(self, plan: Plan) -> list[Noticed]:
        return [
            one
            for one in self.noticed.values()
            if one.fact.caused_by is None
            and (not plan.triggers or one.fact.detector in plan.triggers)
        ]

    def bindings(self, plan: Plan, now: datetime) -> dict[str, Value]:
        """What the names of the incident stand for at an instant; those not known are not there."""
        found: dict[str, Value | None] = {}
        noticed = self.finding(plan)
        if noticed is not None:
            found |= _of_finding(noticed)
        found["incident.id"] = self.log.removeprefix(INCIDENT_PREFIX) or None
        found["incident.title"] = self.title
        found["incident.systems"] = ", ".join(self.systems) or None
        found["severity"] = self.judged.severity.value if self.judged else None
        if self.opened_at is not None:
            found["minutes_open"] = max(0, int((now - self.opened_at).total_seconds()) // 60)
        for name in plan.deadlines:
            if name in self.deadlines:
                by = self.deadlines[name].conservative_at
                found[f"deadlines.{spelled(name)}"] = by
                found[f"minutes_to.{spelled(name)}"] = int((by - now).total_seconds() // 60)
        found |= {f"sealed.{spelled(item)}": enough for item, enough in self.sealed.items()}
        return {name: value for name, value in found.items() if value is not None}


def _of_finding(noticed: Noticed) -> Mapping[str, Value | None]:
    fact = noticed.fact
    return {
        "finding.detector": fact.detector,
        "finding.system": fact.system,
        "finding.sign": fact.sign.value,
        "finding.metric": fact.metric,
        "finding.version": fact.version,
        "finding.segment": fact.segment,
        "finding.baseline": _decimal(fact.baseline),
        "finding.observed": _decimal(fact.observed),
        "finding.low": _decimal(fact.low),
        "finding.high": _decimal(fact.high),
        "finding.confidence": _decimal(fact.confidence),
        "finding.tolerated": _decimal(fact.tolerated),
        "finding.since": fact.since,
        "finding.requests": fact.requests,
        "finding.bad": fact.bad,
        "finding.subsided": noticed.subsided,
    }


def _decimal(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
