"""A plan as one frozen value: what it is for, who is told, and its steps.

A plan that was read without a mistake (`read`) names only steps that exist, and every run of it
comes to an end: apart from waits that count their rounds, its steps form no circle.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tocsin.facts.incidents import Phase, Severity
from tocsin.facts.runs import Effect, Ending

JOIN = "join"
"""The word that ends a branch: what follows stands at the step that began the branches."""

BEFORE = "before"
"""The word for an undo that brings back what was seen before the act."""

PAGE_ROUNDS_MAX = 3
"""How often a page goes through all its people before it counts as unanswered."""


class Raci(msgspec.Struct, frozen=True, kw_only=True):
    """Who carries a step, by role. One answers for it, never two."""

    accountable: str
    responsible: tuple[str, ...]
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    line: int = 0  # where it stands in the file, from 1
    phase: Phase | None = None
    raci: Raci | None = None


class Act(_Part, frozen=True):
    """Bring a target to a wanted state by a connector.

    Args:
        target, wanted: may hold `{step.value}`: what a probe found.
        undo: the wanted state that takes it back, or `BEFORE`; None when nothing does.
        approvals: how many people must approve first: 0, 1 or 2.
        limit_seconds: how long approvals and evidence are waited for.
        evidence: items that must be sealed, and enough, before the act.
    """

    connector: str
    target: str
    wanted: str
    next: str
    effect: Effect = Effect.CHANGE
    evidence: tuple[str, ...] = ()
    undo: str | None = None
    approvals: int = 0
    limit_seconds: int | None = None
    on_limit: str | None = None
    attempts_max: int = 5
    on_failure: str | None = None
    on_declined: str | None = None


class Ask(_Part, frozen=True):
    """Ask people in a role; each choice leads to a step. The limit takes one choice for them."""

    question: str
    role: str
    choices: Mapping[str, str]
    limit_seconds: int | None = None
    on_limit: str | None = None


class Wait(_Part, frozen=True):
    """Let time pass. Inside a circle it counts its rounds and leaves by `on_rounds_max`."""

    seconds: int
    next: str
    rounds_max: int | None = None
    on_rounds_max: str | None = None


class Look(_Part, frozen=True):
    """Let a probe look whether a target is in a state."""

    probe: str
    target: str
    wanted: str
    next: str
    on_not_shown: str | None = None
    on_undetermined: str | None = None


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A condition in CEL, and where it leads when it holds."""

    when: str
    next: str


class Decide(_Part, frozen=True):
    """Take the first branch whose condition holds.

    A condition that cannot be told, because something it asks for is not known, leads to
    `undetermined` at once: what comes after it might have been the wrong one to ask.
    """

    branches: tuple[Branch, ...]
    otherwise: str
    undetermined: str


class Seal(_Part, frozen=True):
    """Secure items of evidence, all of them within a budget of time."""

    items: tuple[str, ...]
    seconds: int
    next: str
    on_insufficient: str


class Page(_Part, frozen=True):
    """Call the people of a role, one after another, until one of them answers.

    Args:
        text: a template over what is known.
        within_seconds: how long each has before the next is called.
    """

    role: str
    text: str
    within_seconds: int
    next: str
    on_unanswered: str


class Tell(_Part, frozen=True):
    """Send the same words to one or several audiences.

    Args:
        audiences: audiences or roles; their addresses come from the register.
        subject, text: templates over what is known.
        claims: ids of the claims that the words state.
        next_update_seconds: when the audience is promised to hear more.
    """

    audiences: tuple[str, ...]
    subject: str
    text: str
    through: str
    next: str
    claims: tuple[str, ...] = ()
    next_update_seconds: int | None = None
    on_failure: str | None = None


class Parallel(_Part, frozen=True):
    """Begin several branches at once and go on when all of them have ended."""

    branches: tuple[str, ...]
    next: str
    on_failure: str | None = None


class End(_Part, frozen=True):
    """The plan is over."""

    ending: Ending


Step = Act | Ask | Wait | Look | Decide | Seal | Page | Tell | Parallel | End


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


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A response plan. `digest` is the SHA-256 of the very bytes it was read from.

    Args:
        triggers: ids of the detectors whose findings start it.
        severity: the first rule that holds judges how bad it is.
        review_by: the day by which its owner must have looked at it again, as "2027-05-31".
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
        return frozenset(s.probe for s in self.steps.values() if isinstance(s, Look))

    @property
    def roles(self) -> frozenset[str]:
        """The roles that this plan calls."""
        return frozenset(s.role for s in self.steps.values() if isinstance(s, Page))

    @property
    def audiences(self) -> frozenset[str]:
        """The audiences that this plan tells."""
        return frozenset(a for s in self.steps.values() if isinstance(s, Tell) for a in s.audiences)

    @property
    def evidence(self) -> frozenset[str]:
        """The items of evidence that this plan seals."""
        return frozenset(i for s in self.steps.values() if isinstance(s, Seal) for i in s.items)
