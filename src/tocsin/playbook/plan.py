"""A plan as one frozen value: what it is for, who is told, and its steps.

A plan that was read without a mistake (`read`) names only steps that exist, and every run of it
comes to an end: apart from waits that count their rounds, its steps form no circle.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from tocsin.facts.incidents import Severity
from tocsin.playbook.steps import Act, Gate, Look, Page, Seal, Step, Tell


class SeverityRule(msgspec.Struct, frozen=True, kw_only=True):
    """How bad it is when a condition holds."""

    when: str
    severity: Severity
    reason: str
    line: int = 0


class Informing(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the communication chain: who must hear of it, how soon, and from whom."""

    audience: str
    within_seconds: int
    by: str


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to whom words go.

    Args:
        outside: whether they are outside the organisation.
        approved_by: the roles that must approve words before they go there.
    """

    outside: bool
    approved_by: tuple[str, ...] = ()


class Continuity(msgspec.Struct, frozen=True, kw_only=True):
    """What serves while the system is stopped, and how soon it shall serve again itself."""

    fallback: str
    recovery_target_seconds: int


class VariableType(enum.Enum):
    """What kind of value a variable holds."""

    TEXT = "text"
    DECIMAL = "decimal"
    WHOLE = "whole number"
    YES_NO = "yes or no"


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """A value that an organisation sets once for the whole plan, and what it means."""

    type: VariableType
    value: str
    means: str

    @property
    def held(self) -> str | float | int | bool:
        """The value as its type."""
        match self.type:
            case VariableType.DECIMAL:
                return float(self.value)
            case VariableType.WHOLE:
                return int(self.value)
            case VariableType.YES_NO:
                return self.value == "yes"
            case VariableType.TEXT:
                return self.value


class PostMortemDuty(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed after the incident, by whom, and how soon after it is over."""

    duty: str
    by: str
    within_seconds: int


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the linter whose advice the plan does not follow, and why."""

    rule: str
    because: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A response plan. `digest` is the SHA-256 of the very bytes it was read from.

    Args:
        triggers: ids of the detectors whose findings start it.
        severity: the first rule that holds judges how bad it is.
        review_by: the day by which its owner must have looked at it again, as "2027-05-31".
        techniques: ids of MITRE ATLAS against which it is made.
        first_steps: the ids of the first steps of containment, as people name them.
        deadlines: by id, what the law asks for by then; the instants come in as facts.
        vendors: names of vendors in the register whose parts it concerns.
        waived: advice of the linter that the plan does not follow.
        lines: where each field stands in the file, such as "start" or "steps.stop.act".
    """

    id: str
    version: str
    title: str
    digest: str
    start: str
    steps: Mapping[str, Step]
    failure_mode: str | None = None
    systems: tuple[str, ...] = ()
    owner: str | None = None
    review_by: str | None = None
    triggers: tuple[str, ...] = ()
    severity: tuple[SeverityRule, ...] = ()
    communication: tuple[Informing, ...] = ()
    techniques: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    first_steps: tuple[str, ...] = ()
    audiences: Mapping[str, Audience] = {}
    continuity: Continuity | None = None
    variables: Mapping[str, Variable] = {}
    deadlines: Mapping[str, str] = {}
    post_mortem: tuple[PostMortemDuty, ...] = ()
    waived: tuple[Waiver, ...] = ()
    lines: Mapping[str, int] = {}

    @property
    def connectors(self) -> frozenset[str]:
        """The hands this plan needs."""
        steps = self.steps.values()
        acting = {s.connector for s in steps if isinstance(s, Act)}
        return frozenset(acting | {s.through for s in steps if isinstance(s, Tell)})

    @property
    def probes(self) -> frozenset[str]:
        """The eyes this plan needs."""
        steps = self.steps.values()
        looking = {s.probe for s in steps if isinstance(s, Look)}
        checking = {c.probe for s in steps if isinstance(s, Gate) for c in s.checks}
        return frozenset(looking | checking)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that this plan calls."""
        return frozenset(s.role for s in self.steps.values() if isinstance(s, Page))

    @property
    def audiences_told(self) -> frozenset[str]:
        """The audiences that this plan tells."""
        return frozenset(a for s in self.steps.values() if isinstance(s, Tell) for a in s.audiences)

    @property
    def evidence(self) -> frozenset[str]:
        """The items of evidence that this plan seals."""
        return frozenset(i for s in self.steps.values() if isinstance(s, Seal) for i in s.items)
