"""What waits for a person: one item for what is alike, due by how urgent its first signal is.

What is proven and what is not never wait in one item, and nobody unknown makes many of them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from tocsin.facts import Fact
from tocsin.facts.deliveries import Delivery
from tocsin.facts.signals import SignalState, TriageOpened, Urgency
from tocsin.signals.model import Reading, Signal, plain
from tocsin.signals.rules import Ruled, Rules
from tocsin.signals.taken import Taken

LOOKED_AT_WITHIN = {
    Urgency.CRITICAL: timedelta(minutes=15),
    Urgency.ERROR: timedelta(hours=1),
}
LOOKED_AT_AT_LAST = timedelta(hours=24)


class Waiting:
    """The items of triage while one batch is decided: what waited before, and what it adds."""

    def __init__(self, taken: Taken, rules: Rules, now: datetime, facts: list[Fact]) -> None:
        """Args:
        facts: where each new item is added, so that it stands before the signal that made it.
        """
        self._before, self._rules, self._now, self._facts = taken.open_items, rules, now, facts
        self._items: dict[str, str] = {}
        self._next = len(taken.items) + 1

    def lay(self, delivery: Delivery, signal: Signal, ruled: Ruled, why: str) -> tuple[str, str]:
        """The item in which a signal waits, and why there."""
        text = ruled.group if delivery.proven else f"{delivery.format}/{ruled.systems[:1]}"
        group = _apart(text, proven=delivery.proven)
        item = self._items.get(group) or self._before.get(group)
        if item is not None:
            return item, f"{why}; {item} waits for the same {ruled.alike}"
        return self._opened(delivery, signal, ruled, group, why), why

    def lay_unreadable(self, delivery: Delivery, reading: Reading) -> None:
        """What cannot be read waits for a person, once for each source and format."""
        wrong = "; ".join(str(one) for one in reading.mistakes[:3])
        signal = Signal(
            key="unreadable",
            name="unreadable",
            state=SignalState.FIRING,
            urgency=Urgency.WARNING,
            summary=plain(f"{delivery.format} that cannot be read: {wrong}", 400),
        )
        ruled = self._rules.judge(signal, delivery.source, delivery.format)
        text = f"unreadable/{delivery.source}/{delivery.format}"
        group = _apart(hashlib.sha256(text.encode()).hexdigest(), proven=delivery.proven)
        if group not in self._items and group not in self._before:
            self._opened(delivery, signal, ruled, group, "its body could not be read")

    def _opened(
        self, delivery: Delivery, signal: Signal, ruled: Ruled, group: str, why: str
    ) -> str:
        item = self._items[group] = f"t{self._next}"
        self._next += 1
        within = LOOKED_AT_WITHIN.get(signal.urgency, LOOKED_AT_AT_LAST)
        self._facts.append(
            TriageOpened(
                item=item,
                source=delivery.source,
                proven=delivery.proven,
                urgency=signal.urgency,
                systems=ruled.systems,
                summary=signal.summary,
                place=delivery.place,
                digest=delivery.digest,
                rule=ruled.named,
                group=group,
                due_at=self._now + (within if delivery.proven else LOOKED_AT_AT_LAST),
                because=why,
            )
        )
        return item


def _apart(group: str, *, proven: bool) -> str:
    return hashlib.sha256(f"triage/{proven}/{group}".encode()).hexdigest()
