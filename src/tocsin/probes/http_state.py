"""Asks an address, several times over fresh connections, which state it serves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlsplit

import msgspec

from tocsin.facts import ConnectorError, Refused
from tocsin.probes.agreement import Plan, looked, reading
from tocsin.world import Clock, Reading

Fetch = Callable[[str], tuple[int, bytes]]
"""Fetches an address: status and body. Raises ConnectorError when there is no whole answer."""

STATE_CHARACTERS_MAX = 200


class HttpStateProbe:
    """Looks at what is served, not at what the switch says.

    Args:
        place: the address; `{target}` in it stands for the target's name.
        field: the field of the JSON object it answers that holds the state; empty: the whole body,
            as text without surrounding space, is the state.
        fetch: makes one guarded call; a new connection each time, so that looks are independent.
    """

    def __init__(self, place: str, field: str, plan: Plan, fetch: Fetch, clock: Clock) -> None:
        self._place, self._field, self._plan = place, field, plan
        self._fetch, self._clock = fetch, clock
        self._where = urlsplit(place).hostname or ""
        if not self._where:
            raise Refused("a probe of an address needs one with a host as `place`")

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        url = self._place.replace("{target}", quote(target, safe=""))
        looks = looked(self._plan, self._clock, lambda: self._look(url))
        return reading(self._plan, self._where, target, wanted, looks)

    def _look(self, url: str) -> str:
        status, body = self._fetch(url)
        if status != 200:
            raise _unseen(f"{self._where} answered {status}")
        return self._state(body)

    def _state(self, body: bytes) -> str:
        try:
            if not self._field:
                state: object = body.decode("utf-8").strip()
            else:
                state = msgspec.json.decode(body, type=dict[str, object]).get(self._field)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise _unseen(f"{self._where} answered something that cannot be read") from None
        if not isinstance(state, str) or not 0 < len(state) <= STATE_CHARACTERS_MAX:
            raise _unseen(f"{self._where} answered without a state in {self._field or 'its text'}")
        if not state.isprintable():
            raise _unseen(f"{self._where} answered a state that is not plain text")
        return state


def _unseen(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False)
