"""The steps of which plans are made, each kind one frozen value; what follows is named by step."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from tocsin.facts.incidents import Phase
from tocsin.facts.runs import Effect, Ending

JOIN = "join"
"""The word that ends a branch: what follows stands at the step that began the branches."""

BEFORE = "before"
"""The word for an undo that brings back what was seen before the act."""

PAGE_ROUNDS_MAX = 3
"""How often a page goes through all its people before it counts as unanswered."""


class Hours(enum.Enum):
    """When a step can be carried out."""

    ANY = "any"
    WORKING = "working"


class NamedMoment(enum.Enum):
    """An instant from which a limit may be counted, beside the end of another step."""

    OPENED = "opened"  # the incident was opened
    FOUND = "found"  # since when it fails, as the detector tells it
    AWARE = "aware"  # somebody in charge became aware of it, the first of them
    RUN = "run"  # the run began


class Purpose(enum.Enum):
    """What a step is for beyond its kind, in words that linter, coverage and reader share."""

    PIN_VERSION = "pin-version"  # no other version can come into service meanwhile
    VERIFY_TARGET = "verify-target"  # what is gone back to is known to be whole
    PRESERVE_TRAINING_DATA = "preserve-training-data"
    LIST_AFFECTED = "list-affected"  # which decisions, and which people, were touched
    CHECK_FAIRNESS = "check-fairness"
    RETRAIN = "retrain"
    MITIGATE_BIAS = "mitigate-bias"
    REDECIDE = "redecide"  # decisions that harmed people are taken anew
    RESTRICT_USE = "restrict-use"
    VALIDATE = "validate"  # somebody independent of the model's makers signs for it
    NOTIFY_PARTNER = "notify-partner"
    NOTIFY_AFFECTED = "notify-affected"
    CONTACT_VENDOR = "contact-vendor"
    INFORM_AUTHORITY = "inform-authority"
    CHOOSE_ROOT_CAUSE_FORM = "choose-root-cause-form"  # counsel says who writes it, and how
    WRITE_ROOT_CAUSE = "write-root-cause"


class Criterion(enum.Enum):
    """What a check of a recovery gate asks about."""

    PERFORMANCE = "performance"
    ROBUSTNESS = "robustness"
    FAIRNESS = "fairness"
    SAFETY = "safety"
    REPLAY = "replay"  # what made it fail is tried again


class Raci(msgspec.Struct, frozen=True, kw_only=True):
    """Who carries a step, by role. One answers for it, never two."""

    accountable: str
    responsible: tuple[str, ...]
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """What every step may say.

    Args:
        line: where it stands in the file, from 1.
        soft_seconds: when the step counts as late, and is told so; it goes on.
        counted_from: a `NamedMoment` or the id of a step, at whose end the limits begin to count;
            empty means when this step begins.
        before: the id of a deadline; the limits then count backwards from it.
        pre_authorised: the role that authorised the step before any incident.
        hours: when it can be carried out; None where the plan does not say.
    """

    id: str
    line: int = 0
    phase: Phase | None = None
    raci: Raci | None = None
    soft_seconds: int | None = None
    counted_from: str = ""
    before: str = ""
    pre_authorised: str | None = None
    hours: Hours | None = None
    purpose: tuple[Purpose, ...] = ()


class Act(_Part, frozen=True):
    """Bring a target to a wanted state by a connector.

    Args:
        target, wanted: may hold `{step.value}`: what a probe found.
        undo: the wanted state that takes it back, or `BEFORE`; None when nothing does.
        approvals: how many people must approve first: 0, 1 or 2.
        limit_seconds: how long approvals and evidence are waited for.
        evidence: items that must be sealed, and enough, before the act.
        no_undo: why nothing takes it back, where nothing does.
    """

    connector: str
    target: str
    wanted: str
    next: str
    effect: Effect = Effect.CHANGE
    evidence: tuple[str, ...] = ()
    undo: str | None = None
    no_undo: str | None = None
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


class Approve(_Part, frozen=True):
    """Let a proven person of a role say yes or no to something that the plan names.

    Args:
        subject: what is approved, a template over what is known.
        limit_seconds: how long is waited for them; then `on_limit` follows.
    """

    subject: str
    role: str
    next: str
    on_declined: str
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


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One look of a recovery gate, and what it asks about."""

    probe: str
    target: str
    wanted: str
    criterion: Criterion


class Gate(_Part, frozen=True):
    """Let several probes look, all of them, before something comes back into service.

    `next` follows when each has shown what is wanted; `on_not_shown` when one has shown that it is
    not so; `on_undetermined` otherwise.
    """

    checks: tuple[Check, ...]
    next: str
    on_not_shown: str
    on_undetermined: str


def check_name(gate: str, number: int) -> str:
    """What a check of a gate is called on record: by its gate, and its place there, from 1."""
    return f"{gate}[{number}]"


class Call(_Part, frozen=True):
    """Let another plan of the home run in the same incident, and go on when it has ended.

    Args:
        plan: its id; the version that is in force when the step begins is the one that runs.
    """

    plan: str
    next: str
    on_failure: str
    limit_seconds: int | None = None
    on_limit: str | None = None


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


Step = (
    Act | Ask | Approve | Wait | Look | Gate | Decide | Seal | Page | Tell | Parallel | Call | End
)
