"""What a proof says: for each property whether it holds, and if not, a way on which it does not."""

from __future__ import annotations

import enum

import msgspec


class Standing(enum.Enum):
    """How a property stands."""

    PROVEN = "proven"
    REFUTED = "refuted"
    NOT_PROVEN = "not proven"


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """A step on the way of a counter-example.

    Args:
        does, came: the step and its result in plain words.
        at_best, at_worst: seconds since the run began, when the step ends so; None without a bound.
        beside: how each branch of a parallel step went meanwhile.
    """

    step: str
    does: str
    result: str
    came: str
    at_best: int
    at_worst: int | None
    beside: tuple[tuple[Passed, ...], ...] = ()


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """A way on which a property does not hold, or is not known to.

    Args:
        about: the step or audience whose matter it is.
        line: where it stands in the file, from 1.
        missing: what the way lacks.
        doubt: why the way may not be possible; empty where nothing speaks against it.
    """

    about: str
    line: int
    standing: Standing
    missing: str
    way: tuple[Passed, ...] = ()
    doubt: str = ""


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """A property of every run of a plan, and how it stands.

    Args:
        claim: the one sentence that is proven.
        about: how many steps, audiences or limits it was asked of.
        provided: what must be so besides, for it to hold.
        more: how many further counter-examples are not shown, at least.
        all_counted: whether there are no more than these.
    """

    id: str
    name: str
    claim: str
    standing: Standing
    about: int
    counters: tuple[Counter, ...] = ()
    provided: tuple[str, ...] = ()
    more: int = 0
    all_counted: bool = True


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What no run of the plan exceeds.

    Args:
        steps: how many steps end at most, those of all branches and rounds together.
        seconds_at_best, seconds_at_worst: the shortest and the longest run; None without a bound.
        open: the steps that may take for ever.
        longest: the way that takes longest.
    """

    steps: int
    seconds_at_best: int
    seconds_at_worst: int | None
    open: tuple[str, ...]
    longest: tuple[Passed, ...]


class LimitFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A limit, and how soon and how late the step that it binds can be over.

    Args:
        counted_from: the moment, in words.
        at_best, at_worst: seconds since that moment; None without a bound.
    """

    step: str
    kind: str
    counted_from: str
    limit: int
    at_best: int
    at_worst: int | None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was proven of one version of a plan, and what it rests on."""

    plan: str
    version: str
    digest: str
    properties: tuple[Property, ...]
    bounds: Bounds
    limits: tuple[LimitFigure, ...]
    abstraction: tuple[str, ...]

    @property
    def refuted(self) -> tuple[Property, ...]:
        """The properties of which a counter-example was found."""
        return tuple(p for p in self.properties if p.standing is Standing.REFUTED)

    @property
    def not_proven(self) -> tuple[Property, ...]:
        """The properties that are neither proven nor refuted."""
        return tuple(p for p in self.properties if p.standing is Standing.NOT_PROVEN)
