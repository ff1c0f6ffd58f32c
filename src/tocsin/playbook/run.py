"""A run: a plan at work, as its facts tell it; where it stands in its plan is `spots`'."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from tocsin.facts import Author
from tocsin.facts.courses import LimitsSet, SoftLimitPassed
from tocsin.facts.runs import Effect, Ending
from tocsin.playbook.begun import (
    CallRecord,
    Chosen,
    Migrated,
    Moved,
    Question,
    SealRecord,
    Shown,
    Timer,
)
from tocsin.playbook.calls import PageRecord
from tocsin.playbook.circumstances import Circumstances
from tocsin.playbook.consent import ApprovalRecord
from tocsin.playbook.order import OrderRecord, OrderStanding


class RunStanding(enum.Enum):
    """How a run stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"  # by a person; acts that had begun are still being settled
    ENDED = "ended"


class Run(msgspec.Struct, kw_only=True):
    """A plan at work, as its facts tell it. Grows with the fold; readers leave it alone.

    What a plan that was called does counts as started by whoever started the one that called it.
    """

    id: str
    seq: int
    at: datetime
    started_by: Author
    plan: str
    plan_digest: str
    chain: tuple[str, ...]  # the plans that wait for one another down to its own, outermost first
    caller: tuple[str, int] | None = None  # the run that waits for it, and the entry of the call
    standing: RunStanding = RunStanding.ACTIVE
    ending: Ending | None = None
    orders: dict[int, OrderRecord] = {}
    questions: dict[int, Question] = {}
    approvals: dict[int, ApprovalRecord] = {}
    calls: dict[int, CallRecord] = {}
    timers: dict[int, Timer] = {}
    seals: dict[int, SealRecord] = {}
    pages: dict[int, PageRecord] = {}
    decided: list[Chosen] = []
    shown: dict[str, Shown] = {}  # the newest by step
    latest: dict[str, int] = {}  # the entry by which a step began last
    ordered: dict[str, list[int]] = {}  # all orders by step
    answers: dict[str, str] = {}  # the newest choice by question
    results: dict[str, str] = {}  # the newest by step
    glass: list[int] = []  # orders that one person let go alone
    open_orders: list[int] = []  # orders of which an attempt began whose end is not known, or that
    # a person has tried again after their end
    rounds: dict[str, int] = {}  # how many waits began, by step
    limits: dict[str, LimitsSet] = {}  # the newest by step, where they count from elsewhere
    late: dict[str, SoftLimitPassed] = {}  # the newest by step
    migrations: list[Migrated] = []  # the versions of its plan that it left, the first one first
    moves: list[Moved] = []
    failures: dict[int, int] = {}  # errors of Tocsin's own, by the entry worked on
    circumstances: Circumstances = msgspec.field(default_factory=Circumstances)  # of the log

    @property
    def is_open(self) -> bool:
        """Whether anything more will happen in it."""
        return self.standing is not RunStanding.ENDED

    @property
    def last_act_at(self) -> datetime:
        """When the last act of this run was over; its beginning where there was none.

        What the outside did before that says nothing about the effect of the act. Words to people
        are no act: a message sent meanwhile takes nothing away from what was seen.
        """
        done = (o for o in self.orders.values() if o.standing is OrderStanding.DONE)
        over = [o.stands_since for o in done if o.fact.effect is not Effect.TELL]
        return max(over, default=self.at)

    @property
    def late_now(self) -> list[SoftLimitPassed]:
        """Steps that are late and not over."""
        over = {move.step: move.seq for move in self.moves}
        return [one for step, one in self.late.items() if over.get(step, 0) <= one.since]

    @property
    def begun(self) -> list[OrderRecord]:
        """Orders of which an attempt began whose end is not known, or that are tried again."""
        return [self.orders[seq] for seq in self.open_orders]

    @property
    def to_countersign(self) -> list[OrderRecord]:
        """Orders that one person let go alone, and of which a second one has not spoken."""
        orders = (self.orders[seq] for seq in self.glass)
        return [order for order in orders if order.glass is not None and order.glass.is_owed]

    def orders_of(self, step: str, since: int) -> list[OrderRecord]:
        """The orders that a step gave after an entry."""
        return [self.orders[seq] for seq in self.ordered.get(step, ()) if seq > since]
