"""Hands and eyes of paper: an exercise acts on a sheet that is laid over what is really there.

Looking goes to the sheet, and through it to the connector beneath where nothing is written. Acting
only ever writes on the sheet, so that the next step sees what this one pretended to do. No method
here can call the connector beneath for anything but a look.
"""

from __future__ import annotations

import threading
from datetime import datetime

from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Repeatable, Verdict
from tocsin.world import Connector, Order, Probe, Reading, Receipt

REHEARSED = "rehearsed on paper"


class Sheet:
    """What an exercise has pretended so far, by connector and target. Threads may share it."""

    def __init__(self) -> None:
        self._states: dict[tuple[str, str], str] = {}
        self._receipts: dict[tuple[str, str], Receipt] = {}
        self._lock = threading.RLock()

    def state(self, connector: str, target: str) -> str | None:
        """What is written about a target, or None."""
        return self._states.get((connector, target))

    def states(self, target: str) -> list[str]:
        """What is written about a target under any connector, sorted."""
        with self._lock:
            return sorted(state for (_, name), state in self._states.items() if name == target)

    def write(self, connector: str, target: str, state: str) -> None:
        """Write a state, as an event of the exercise does: someone undid what was done."""
        with self._lock:
            self._states[connector, target] = state

    def rehearse(self, connector: str, order: Order, before: str) -> Receipt:
        """Write the wanted state, and keep the receipt under the order's key."""
        outcome = Outcome.ALREADY if before == order.wanted else Outcome.REHEARSED
        receipt = Receipt(key=order.key, outcome=outcome, before=before, after=order.wanted)
        with self._lock:
            self._states[connector, order.target] = order.wanted
            return self._receipts.setdefault((connector, order.key), receipt)

    def receipt(self, connector: str, key: str) -> Receipt | None:
        """The first receipt of an order."""
        return self._receipts.get((connector, key))


class PaperConnector:
    """A connector of which only the looks are real.

    Args:
        name: under which the plan knows the connector.
        beneath: looked at where the sheet is empty. Where an exercise may not even look at
            production, this is a fake.
    """

    def __init__(self, name: str, beneath: Connector, sheet: Sheet) -> None:
        self._name, self._beneath, self._sheet = name, beneath, sheet

    @property
    def repeatable(self) -> Repeatable:
        return self._beneath.repeatable

    def look(self, target: str) -> str:
        written = self._sheet.state(self._name, target)
        return self._beneath.look(target) if written is None else written

    def act(self, order: Order) -> Receipt:
        try:
            before = self.look(order.target)
        except ConnectorError as unseen:  # a hand without an eye can be rehearsed too
            before = f"not seen: {unseen}"
        return self._sheet.rehearse(self._name, order, before)

    def find(self, order: Order) -> Receipt | None:
        return self._sheet.receipt(self._name, order.key)


class PaperProbe:
    """A probe that sees what was rehearsed, and looks beneath only where nothing was."""

    def __init__(self, beneath: Probe, sheet: Sheet) -> None:
        self._beneath, self._sheet = beneath, sheet

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        written = self._sheet.states(target)
        if not written:
            return self._beneath.sample(target, wanted, since)
        return Reading(
            hypothesis=f"{target} is {wanted} ({REHEARSED})",
            sample=len(written),
            error="0",
            verdict=Verdict.SHOWN if wanted in written else Verdict.NOT_SHOWN,
            seen=f"{REHEARSED}: {target} is {', '.join(written)}",
        )
