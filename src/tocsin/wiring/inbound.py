"""Wires the doors for alarms from outside: the inbox of a home, its writing thread, its quotas."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from fastapi import FastAPI

from tocsin.connectors.references import secret_at
from tocsin.desk.inbound.senders import Senders
from tocsin.desk.inbound.triage import last_decided
from tocsin.facts import Unreachable
from tocsin.facts.deliveries import Arrival, Delivery
from tocsin.inbox.commits import Commits
from tocsin.inbox.quota import Quotas
from tocsin.inbox.store import Inbox, Kept
from tocsin.web.inbound import Door, Inbound
from tocsin.wiring.live import Opened

_Answer = asyncio.Future[Kept]
DECIDED_EVERY = timedelta(seconds=1)


class AsyncInbox:
    """An inbox for requests that wait for the disk together."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._commits: Commits[_Answer] = Commits(inbox, _answered)
        self._last = self._decided = 0
        self._asked_at: datetime | None = None

    async def keep(self, arrival: Arrival) -> Kept | None:
        """Where it is kept, once it is durable; None when too many wait. Raises Unreachable."""
        answer: _Answer = asyncio.get_running_loop().create_future()
        if not self._commits.put(arrival, answer):
            return None
        kept = await answer
        self._last = max(self._last, kept.place)
        return kept

    async def at(self, place: int) -> Delivery | None:
        """The delivery at a place; None where there is none. Raises Unreachable."""
        return await asyncio.to_thread(self._inbox.get, place)

    def waiting(self, now: datetime) -> int:
        """How many are kept and not decided yet, as far as was said within the last second."""
        if self._asked_at is None or now - self._asked_at >= DECIDED_EVERY:
            self._asked_at = now
            self._decided = self._inbox.decided()
            self._last = max(self._last, self._inbox.last())
        return self._last - self._decided

    def close(self) -> None:
        """Write what still waits, and close the inbox."""
        self._commits.close()
        self._inbox.close()


class Inbounds:
    """The doors of an open home, as a part of its application.

    Args:
        opened: the home.
    """

    def __init__(self, opened: Opened) -> None:
        inbox = Inbox(opened.home)
        decided = last_decided(opened.desk)
        if decided > inbox.last():
            inbox.begin_after(decided)
        self._keeping = AsyncInbox(inbox)
        senders = Senders(opened.desk, secret_at)
        self.door = Door(senders, self._keeping, Quotas, opened.world.clock)

    def add(self, app: FastAPI) -> None:
        """Put the doors before the other routes of an application."""
        app.add_middleware(Inbound, door=self.door)

    def close(self) -> None:
        """Write what still waits, and close the inbox."""
        self._keeping.close()


def _answered(answers: Sequence[tuple[_Answer, Kept | Unreachable]]) -> None:
    """Tell the requests of each event loop, in one call for each."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[_Answer, Kept | Unreachable]]] = {}
    for one in answers:
        loops.setdefault(one[0].get_loop(), []).append(one)
    for loop, mine in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(answers: Sequence[tuple[_Answer, Kept | Unreachable]]) -> None:
    for answer, kept in answers:
        if answer.done():
            continue  # whoever asked has gone
        if isinstance(kept, Unreachable):
            answer.set_exception(kept)
        else:
            answer.set_result(kept)
