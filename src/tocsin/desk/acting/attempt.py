"""One attempt at an order: how to go about it, and the one fact that tells how it ended.

What could do harm twice is never repeated without an answer to whether it happened: the far side is
asked, and where it cannot say, a person is. What may be repeated is repeated under the same key.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

from tocsin.desk.loaded.hands import Eventual
from tocsin.facts import ConnectorError
from tocsin.facts.outbox import AnswerLost
from tocsin.facts.runs import AttemptFailed, Outcome, OutcomeUnknown, Receipted, Repeatable
from tocsin.playbook import OrderRecord, OrderStanding, Run, RunStanding
from tocsin.world import Connector, Order, Receipt, World

BACKOFF_LEAST = timedelta(milliseconds=100)
BACKOFF_FIRST = timedelta(seconds=1)
BACKOFF_MOST = timedelta(minutes=5)
ASKED_MOST = timedelta(hours=1)  # nobody outside may keep an action waiting for longer
SPREAD = 0.1  # those who were asked to wait equally long shall not come back at one instant
NO_TIME = timedelta()
WORDS_MAX = 4000
SETTLE = 2.0  # times the lag that a far side declares: only then is it looked for
LOOKS_MAX = 3  # empty ones, each twice as late as the one before; then a person decides
Ended = Receipted | AttemptFailed | OutcomeUnknown | AnswerLost


class Approach(enum.Enum):
    """How to go about an order."""

    ACT = "act"
    ACT_AGAIN = "ask for the lost answer, then act under the same key"
    FIND = "only ask what became of it"


def approach_to(order: OrderRecord, run: Run) -> Approach:
    """How to go about an order that is due. Only `FIND` begins no attempt."""
    if order.standing is OrderStanding.OPEN:
        only_once = order.fact.repeatable is Repeatable.NEITHER
        halted = run.standing is not RunStanding.ACTIVE
        spent = not order.attempts_left
        return Approach.FIND if only_once or halted or spent else Approach.ACT_AGAIN
    return Approach.ACT_AGAIN if order.may_have_acted else Approach.ACT


class Attempt:
    """One attempt, from the intent that was recorded to the fact that tells its end."""

    def __init__(
        self, world: World, log: str, order: OrderRecord, number: int, hops: int = 1
    ) -> None:
        self._world, self._order, self._number = world, order, number
        fact = order.fact
        self._asked = Order(
            key=f"{log}/{order.seq}", target=fact.target, wanted=fact.wanted,
            origin=world.journal.origin, hops=hops,
        )  # fmt: skip
        self.key = self._asked.key
        self.error: ConnectorError | None = None  # what came back last

    def made(self, approach: Approach) -> Ended:
        """How the attempt ended. An error that is not a connector's own comes through."""
        connector = self._world.connectors.get(self._order.fact.connector)
        if connector is None:
            name = self._order.fact.connector
            return self._failed(
                f"nothing here is set up to act through {name}; add it to the register, then: "
                "tocsin register adopt",
                may_have_acted=self._order.may_have_acted or approach is not Approach.ACT,
                retry=True,
            )
        if approach is Approach.FIND:
            why = self._order.why if self._order.looks is not None else None
            return self._found(connector, why or "the worker that acted fell silent")
        if approach is Approach.ACT_AGAIN:
            receipt = self._answer(connector)
            if receipt is not None:
                return self._receipted(receipt)
        return self._acted(connector)

    def broken_off(self, why: str) -> Ended:
        """How an attempt ends in whose midst Tocsin itself failed: nobody knows what was done."""
        if self._order.fact.repeatable is Repeatable.NEITHER:
            return self._unknown(why)
        return self._failed(why, may_have_acted=True, retry=True)

    def forbidden(self, why: str) -> AttemptFailed:
        """How an order ends of which no attempt, or no other one, may be made."""
        order, began = self._order, self._order.standing is OrderStanding.OPEN
        self._number = self._number if began else 0  # those before have their outcomes
        may_have_acted = began or order.may_have_acted
        return self._failed(why, may_have_acted=may_have_acted, retry=False)

    def superseded(self, why: str) -> AttemptFailed:
        """How an order ends that a later stop has taken the place of. Never acts; asks what became
        of an attempt that was begun, so that the record tells what the stop may have met."""
        began = self._order.may_have_acted or self._order.standing is OrderStanding.OPEN
        found, may_have_acted = self._begun_before() if began else ("", False)
        return self._failed(f"{why}{found}", may_have_acted=may_have_acted, retry=False)

    def _begun_before(self) -> tuple[str, bool]:
        """What became of an attempt that began, in words, and whether it may have acted."""
        connector = self._world.connectors.get(self._order.fact.connector)
        asked = "; asked what became of the attempt before: "
        if connector is None:
            return f"{asked}nothing here is set up to ask through it", True
        try:
            receipt = connector.find(self._asked)
        except ConnectorError as error:
            return f"{asked}{error}", True
        if receipt is None and isinstance(connector, Eventual):
            return f"{asked}it is not seen there, or not yet", True
        if receipt is None:
            return f"{asked}it never arrived", False
        return f"{asked}{receipt.outcome.value}, and what is there now is {receipt.after}", True

    def _acted(self, connector: Connector) -> Ended:
        try:
            return self._receipted(connector.act(self._asked))
        except ConnectorError as error:
            self.error = error
            if error.may_have_acted and self._order.fact.repeatable is Repeatable.NEITHER:
                if isinstance(connector, Eventual):
                    return self._lost(str(error), 0, connector.lag_seconds)
                return self._found(connector, str(error))
            return self._failed(
                str(error),
                may_have_acted=error.may_have_acted,
                retry=error.retry,
                not_before=asked_to_wait(error),
            )

    def _found(self, connector: Connector, why: str) -> Ended:
        """What the far side knows of it. Never acts."""
        try:
            receipt = connector.find(self._asked)
        except ConnectorError as error:
            self.error = error
            told = f"{why}; asked what became of it: {error}"
            if self._order.fact.repeatable is Repeatable.NEITHER:
                if isinstance(connector, Eventual) and error.retry:
                    return self._asked_in_vain(f"asked in vain: {error}", connector, error)
                return self._unknown(told)
            return self._failed(
                told, may_have_acted=True, retry=True, not_before=asked_to_wait(error)
            )
        if receipt is None and isinstance(connector, Eventual):
            return self._not_seen(why, connector)
        if receipt is None:
            return self._failed(f"{why}; it never arrived", may_have_acted=False, retry=True)
        return self._receipted(receipt)

    def _not_seen(self, why: str, connector: Eventual) -> Ended:
        """A look found nothing. Before the far side must show what it took, that tells nothing."""
        lag, before = connector.lag_seconds, self._order.looks
        looks = 0 if before is None else before + 1
        if looks < LOOKS_MAX:
            return self._lost(why, looks, lag)
        return self._unknown(
            f"{why}; {looks} looks found nothing, the last one longer than {lag:g} s after it, "
            "which is how late the far side may show what it took: it most likely never arrived, "
            "and only a person may have it sent again"
        )

    def _asked_in_vain(self, why: str, connector: Eventual, error: ConnectorError) -> AnswerLost:
        """The far side could not say; it is asked again later, and the look does not count."""
        least = max(asked_to_wait(error).total_seconds(), BACKOFF_FIRST.total_seconds())
        grown = least * (1 << min(self._order.closed, 8))
        wait = max(min(grown, BACKOFF_MOST.total_seconds()), least, SETTLE * connector.lag_seconds)
        return self._lost_until(why, self._order.looks or 0, timedelta(seconds=wait))

    def _lost(self, why: str, looks: int, lag_seconds: float) -> AnswerLost:
        return self._lost_until(why, looks, timedelta(seconds=SETTLE * lag_seconds * (1 << looks)))

    def _lost_until(self, why: str, looks: int, wait: timedelta) -> AnswerLost:
        return AnswerLost(
            run=self._order.fact.run,
            order=self._order.seq,
            attempt=self._number,
            looks=looks,
            why=recordable(why),
            look_at=self._world.clock.now() + max(wait, BACKOFF_FIRST),
        )

    def _answer(self, connector: Connector) -> Receipt | None:
        try:
            return connector.find(self._asked)
        except ConnectorError:
            return None  # it cannot say; repeating under the same key is safe for this connector

    def _receipted(self, receipt: Receipt) -> Receipted:
        """What was seen. It is so already after an attempt whose answer was lost: then it was ours,
        and what was there before that attempt was not seen."""
        order = self._order
        began = order.may_have_acted or order.standing is OrderStanding.OPEN
        ours = receipt.outcome is Outcome.ALREADY and began
        return Receipted(
            run=order.fact.run,
            order=order.seq,
            attempt=self._number,
            outcome=Outcome.DONE if ours else receipt.outcome,
            before="" if ours else recordable(receipt.before),
            after=recordable(receipt.after),
            reference=recordable(receipt.reference),
            written=receipt.written,
        )

    def _unknown(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            run=self._order.fact.run,
            order=self._order.seq,
            attempt=self._number,
            why=recordable(why),
        )

    def _failed(
        self, why: str, *, may_have_acted: bool, retry: bool, not_before: timedelta = NO_TIME
    ) -> AttemptFailed:
        again = retry and self._number < self._order.attempts_max
        return AttemptFailed(
            run=self._order.fact.run,
            order=self._order.seq,
            attempt=self._number,
            may_have_acted=may_have_acted,
            why=recordable(why),
            retry_at=self._next_instant(not_before) if again else None,
        )

    def _next_instant(self, not_before: timedelta) -> datetime:
        """Later with every attempt, never all at one instant, never before the far side asked."""
        doubled: timedelta = BACKOFF_FIRST * (1 << min(self._order.closed, 20))
        fraction = self._world.ids.fraction()
        own = max(min(doubled, BACKOFF_MOST) * fraction, BACKOFF_LEAST)
        asked = not_before + min(not_before * SPREAD, BACKOFF_MOST) * fraction
        return self._world.clock.now() + max(own, asked)


def asked_to_wait(error: ConnectorError) -> timedelta:
    """How long the far side asked us to wait: as it said, but not longer than `ASKED_MOST`."""
    seconds = error.retry_after_seconds
    if seconds is None or not seconds > 0:  # nor a number that is none
        return NO_TIME
    return timedelta(seconds=min(seconds, ASKED_MOST.total_seconds()))


def recordable(text: str) -> str:
    """Words from outside as they can stand in a fact: whole characters, and not for ever."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= WORDS_MAX else whole[:WORDS_MAX] + " [cut here]"
