"""What a simulation supposes, each supposition with its basis: assumed, or measured and where.

What nobody has said is assumed, with the figures that stand here. They are plain guesses for a team
that is not badly prepared; replace them by what drills and incidents showed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from tocsin.playbook.simulation.draws import Spread
from tocsin.register.model import Hours

SECOND_MS, MINUTE_MS, HOUR_MS = 1000, 60_000, 3_600_000


class Basis(enum.Enum):
    """What a supposition rests on."""

    ASSUMED = "assumed"
    MEASURED = "measured"


class What(enum.Enum):
    """Which stretch of time of a step it is."""

    REACTION = "reaction"  # until somebody who is at work has seen it
    WORK = "work"  # from then on, once they are free
    TAKES = "takes"  # of what a machine does


class StepKind(enum.Enum):
    """Steps that take time, by the word with which they begin; an act's approvals are `approve`."""

    ASK = "ask"
    APPROVE = "approve"
    PAGE = "page"
    ACT = "act"
    PROBE = "probe"
    GATE = "gate"
    DECIDE = "decide"
    SEAL = "seal"
    TELL = "tell"
    CALL = "call"


OFF_HOURS, HEARD = "off_hours", "heard"
OF_PEOPLE = MappingProxyType(
    {
        StepKind.ASK: (What.REACTION, What.WORK),
        StepKind.APPROVE: (What.REACTION, What.WORK),
        StepKind.PAGE: (What.REACTION,),
    }
)
"""The kinds that wait for people, with what can be said of them; of the others `TAKES`."""


class Supposed(msgspec.Struct, frozen=True, kw_only=True):
    """The base of each supposition.

    Args:
        name: where it stands: a path in the file, or "default".
        source: who says so, or where it was measured.
    """

    name: str
    basis: Basis = Basis.ASSUMED
    source: str = ""


class Timing(Supposed, frozen=True):
    """How long something takes."""

    spread: Spread


class Shares(Supposed, frozen=True):
    """How often each result comes about, in per cent of all; together 100."""

    per_cent: Mapping[str, int]


class Staff(Supposed, frozen=True):
    """How many people have a role, and when they work; no hours mean at any hour."""

    people: int
    hours: tuple[Hours, ...] = ()
    time_zone: str = "UTC"


class NamedLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A limit that does not stand in the plan.

    Args:
        steps: it is met when the first of them has been done.
        counted_from: a step, at whose end it begins to count; empty means the start of the run.
    """

    id: str
    steps: tuple[str, ...]
    within_ms: int
    counted_from: str = ""


def _assumed(median_ms: int, p90_ms: int) -> Timing:
    return Timing(name="default", spread=Spread(median_ms=median_ms, p90_ms=p90_ms))


_QUICK, _LOOK = _assumed(5 * SECOND_MS, 30 * SECOND_MS), _assumed(10 * SECOND_MS, MINUTE_MS)
DEFAULTS: Mapping[tuple[StepKind, What], Timing] = MappingProxyType(
    {
        (StepKind.ASK, What.REACTION): _assumed(10 * MINUTE_MS, 40 * MINUTE_MS),
        (StepKind.ASK, What.WORK): _assumed(10 * MINUTE_MS, 40 * MINUTE_MS),
        (StepKind.APPROVE, What.REACTION): _assumed(10 * MINUTE_MS, 40 * MINUTE_MS),
        (StepKind.APPROVE, What.WORK): _assumed(5 * MINUTE_MS, 20 * MINUTE_MS),
        (StepKind.PAGE, What.REACTION): _assumed(3 * MINUTE_MS, 12 * MINUTE_MS),
        (StepKind.ACT, What.TAKES): _QUICK,
        (StepKind.PROBE, What.TAKES): _LOOK,
        (StepKind.GATE, What.TAKES): _LOOK,
        (StepKind.SEAL, What.TAKES): _LOOK,
        (StepKind.TELL, What.TAKES): _QUICK,
        (StepKind.CALL, What.TAKES): _assumed(HOUR_MS, 6 * HOUR_MS),
    }
)
OVERTIME = msgspec.structs.replace(_assumed(4 * HOUR_MS, 4 * HOUR_MS), name="default for overtime")
DEFAULT_SHARES: Mapping[StepKind, Mapping[str, int]] = MappingProxyType(
    {
        StepKind.ACT: {"done": 97, "failed": 3},
        StepKind.APPROVE: {"approved": 95, "declined": 5},
        StepKind.PROBE: {"shown": 90, "not-shown": 5, "undetermined": 5},
        StepKind.GATE: {"shown": 80, "not-shown": 10, "undetermined": 10},
        StepKind.SEAL: {"sealed": 95, "insufficient": 5},
        StepKind.TELL: {"done": 99, "failed": 1},
        StepKind.CALL: {"done": 90, "failed": 10},
    }
)
"""Of a question and a decision, each result is as likely as any other; but a decision that cannot
be taken, because something is not known, comes in 5 of 100."""

OFFICE = (Hours(days=(0, 1, 2, 3, 4), from_minute=9 * 60, to_minute=17 * 60),)
"""The hours of people of whom nothing is known, in UTC; who is called by a plan is always there."""


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said about a plan's times beside the plan.

    Args:
        timings, shares: by where they stand: "steps.ask-commander", "roles.counsel", "kinds.ask".
        staff: by role, instead of the people of the register.
        deadlines: by the id of a deadline of the plan, in milliseconds after the start.
    """

    timings: Mapping[tuple[str, What], Timing] = {}
    shares: Mapping[str, Shares] = {}
    staff: Mapping[str, Staff] = {}
    limits: tuple[NamedLimit, ...] = ()
    deadlines: Mapping[str, int] = {}
    overtime: Timing = OVERTIME

    def timing(self, kind: StepKind, what: What, step: str, role: str | None = None) -> Timing:
        """How long it takes, as is said of the step, else of the role, the kind, or nobody."""
        places = [f"steps.{step}", *([f"roles.{role}"] if role else []), f"kinds.{kind.value}"]
        for place in places:
            if (place, what) in self.timings:
                return self.timings[place, what]
        default = DEFAULTS[kind, what]
        return msgspec.structs.replace(default, name=f"default for {kind.value}, {what.value}")

    def heard(self, step: str, role: str) -> Shares:
        """How many calls to somebody who is not at work they hear all the same, under `HEARD`."""
        for place in (f"steps.{step}", f"roles.{role}", f"kinds.{StepKind.PAGE.value}"):
            if (found := self.shares.get(f"{place}.{OFF_HOURS}")) is not None:
                return found
        return Shares(name=f"default for calls, {OFF_HOURS}", per_cent={HEARD: 0})

    def shared(self, kind: StepKind, step: str, results: tuple[str, ...]) -> Shares:
        """How often each of these results of a step comes about."""
        for place in (f"steps.{step}", f"kinds.{kind.value}"):
            if place in self.shares:
                return self.shares[place]
        named = f"default for {kind.value}, shares"
        known = DEFAULT_SHARES.get(kind)
        if known is None:
            return Shares(name=named, per_cent=dict(_alike(results)))
        return Shares(name=named, per_cent=known)


def _alike(results: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Each result as likely as any other, but what comes about because something is not known."""
    likely = [one for one in results if one != "undetermined"]
    left = 95 if "undetermined" in results else 100
    for place, result in enumerate(likely):
        yield result, left // len(likely) + (place < left % len(likely))
    if "undetermined" in results:
        yield "undetermined", 5
