"""A plan as the event loop sees it: activities, the workers who carry them, and what is measured.

All times are whole milliseconds after the start of the week. Who built it (`compiling`) has checked
that every activity that needs people has someone who can do it, and that every way ends.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from tocsin.playbook.simulation.calendar import Span
from tocsin.playbook.simulation.draws import Spread

JOINS, LOST = -1, -2
"""Where a way leads that is no activity: the end of a branch, and one without a continuation."""

CONTAINED = 0
"""The moment at which an act that stops the harm was first seen to have taken effect."""

PAGE_ROUNDS = 3
"""How often a call goes through all its people. See `plan.PAGE_ROUNDS_MAX`, which says the same."""


class Kind(enum.Enum):
    """What an activity waits for."""

    MACHINE = "machine"  # time only
    PEOPLE = "people"  # somebody who notices, is free, and works
    PAGE = "page"  # somebody who answers a call
    FORK = "fork"  # all its branches
    END = "end"


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of hands. `spans` None means at work at any hour."""

    id: str
    spans: tuple[Span, ...] | None = None


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One result of an activity.

    Args:
        share: how often it comes about, in parts of 65536; all shares of an activity make up that.
        to: the activity that follows, or `JOINS` or `LOST`.
        marks: the moments that it fixes, when they have not been before.
        stops: the containing acts, as moments, of which this result shows that they took effect;
            it contains when one of them has been. `-1` stands for a result that contains by itself.
        slot, value: what is remembered of it for decisions; slot -1 is nothing.
    """

    result: str
    share: int
    to: int
    marks: tuple[int, ...] = ()
    stops: tuple[int, ...] = ()
    slot: int = -1
    value: int = -1


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is done or waited for.

    Args:
        ways: of FORK: all branches ended well, or one was lost. Of PAGE: answered, unanswered.
        takes: of MACHINE: None takes no time. Of PEOPLE: the work itself.
        notices: of PEOPLE: how long until it is seen, once one of them is at work. Of PAGE: how
            long until a call is answered.
        workers: who can do it, the first to be asked first.
        people: how many of them must do it, each for themselves.
        role: the role whose waiting it counts as; -1 for none.
        heard: of PAGE: how many calls to somebody who is not at work they hear all the same, in
            parts of 65536.
        limit_ms: how long is waited for it; of PAGE, how long each call lasts.
        limit_from: the moment from which the limit counts; -1 when this activity begins.
        on_limit: which of `ways` is taken then.
        rounds_max: how often it may begin; after that `on_rounds` is taken at once.
        branches: of FORK: the first activities.
        within: the fork in a branch of which it stands; -1 in none.
        begins: the moments that its beginning fixes.
        draws_at: the place of its first draw in the block.
        depends: of MACHINE: the slots by which the shares of its ways are found in `cases`.
        cases: the shares of its ways by what is remembered in these slots, -1 for nothing.
    """

    id: str
    kind: Kind
    ways: tuple[Way, ...] = ()
    takes: Spread | None = None
    notices: Spread | None = None
    workers: tuple[int, ...] = ()
    people: int = 1
    role: int = -1
    heard: int = 0
    limit_ms: int | None = None
    limit_from: int = -1
    on_limit: int = 0
    rounds_max: int | None = None
    on_rounds: int = 0
    branches: tuple[int, ...] = ()
    within: int = -1
    begins: tuple[int, ...] = ()
    draws_at: int = 0
    depends: tuple[int, ...] = ()
    cases: Mapping[tuple[int, ...], tuple[int, ...]] = {}

    @property
    def draws(self) -> int:
        """How many draws it needs: one for its result, and what its times need."""
        match self.kind:
            case Kind.PEOPLE:
                return 1 + 2 * self.people
            case Kind.PAGE:
                return 2 * PAGE_ROUNDS * (len(self.workers) + 1)  # so that one more can be tried
            case Kind.MACHINE:
                return 2
            case _:
                return 0


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that shall have happened by then.

    Args:
        counted_from: a moment; -1 is the start of the run. Where it never comes, nothing is owed.
        met_by: the moments of which the first one meets it.
        missed_by: the moment that misses it whenever it comes; then `met_by` is empty.
        owed: whether it is missed where what would meet it never happens.
    """

    id: str
    within_ms: int
    counted_from: int = -1
    met_by: tuple[int, ...] = ()
    missed_by: int | None = None
    owed: bool = True


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """All activities of a plan, beginning with number `start`.

    Args:
        moments: how many moments are watched for, with `CONTAINED`, at least 1.
        slots: how many results are remembered.
        overtime_ms: how long work that is begun goes on past the end of hours.
        places: how many draws one block holds; the first one belongs to the start of the run.
    """

    activities: tuple[Activity, ...]
    start: int
    workers: tuple[Worker, ...]
    roles: tuple[str, ...]
    limits: tuple[Limit, ...]
    moments: int
    places: int
    slots: int = 0
    overtime_ms: int = 0
