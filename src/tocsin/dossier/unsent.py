"""What was to be written outside and needs somebody, with the command that helps; who was told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from tocsin.facts import Entry
from tocsin.facts.reach import MessageWritten
from tocsin.facts.runs import Effect
from tocsin.playbook import OrderStanding, Run
from tocsin.playbook.outbox import Write, WriteState, writes_of


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits for people or for evidence, and the command that helps.

    Args:
        asks: whether a person settles it by that command; evidence comes by itself, or not.
    """

    what: str
    whom: str
    since: datetime
    command: str
    asks: bool = True


def unsent(runs: Mapping[str, Run], name: str) -> Iterator[Waiting]:
    """Writes that are held, in doubt or dead, also of runs that are over.

    What nobody knows the outcome of is told with its run while that goes on; an act on a system
    that failed is told with its action.
    """
    for write in writes_of("", runs):
        order, fact = write.order, write.order.fact
        what = f"{fact.connector}: words for {fact.target}"
        if order.held is not None:
            command = f"tocsin outbox release {name} {order.seq} --because '...'"
            yield _waiting(f"{what} ({order.held})", write, command)
        elif write.state is WriteState.IN_DOUBT:
            yield _waiting(f"{what} may have gone out; being looked for", write, "", asks=False)
        elif write.state is WriteState.DEAD and fact.effect is Effect.TELL:
            yield _waiting(f"{what} did NOT go out", write, _show(write, name))
        elif order.standing is OrderStanding.UNKNOWN and not runs[write.run].is_open:
            yield _waiting(f"whether {what} went out", write, _show(write, name))


def audiences(
    messages: Sequence[tuple[Entry, MessageWritten]], runs: Mapping[str, Run]
) -> tuple[list[str], list[str]]:
    """Whom words reached by a receipt, and whom words are still on their way to.

    Words of which some addresses wait are on their way. What failed is in neither.
    """
    went, going = set[str](), set[str]()
    for run in runs.values():
        for order in run.orders.values():
            if order.standing is OrderStanding.DONE:
                went.add(order.fact.wanted)
            elif order.standing in _GOING:
                going.add(order.fact.wanted)
    words = [(message.audience, f"sent:{message.text}") for _, message in messages]
    late = dict.fromkeys(one for one, wanted in words if wanted in going)
    told = dict.fromkeys(one for one, wanted in words if wanted in went - going)
    return list(told), list(late)


_GOING = (
    OrderStanding.AWAITING, OrderStanding.UNSEALED, OrderStanding.READY, OrderStanding.OPEN,
)  # fmt: skip


def _waiting(what: str, write: Write, command: str, *, asks: bool = True) -> Waiting:
    whom = "anyone who can look" if asks else write.order.fact.connector
    return Waiting(what=what, whom=whom, since=write.order.stands_since, command=command, asks=asks)


def _show(write: Write, name: str) -> str:
    return f"tocsin outbox show {name} {write.order.seq}"
