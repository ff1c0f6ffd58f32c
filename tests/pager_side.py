"""A pager's far side: it takes events by their key, as PagerDuty says, and can fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from post_office import Drawer
from small_web import Asked, Said, Web, small_web
from tocsin.connectors.message import Open
from tocsin.connectors.pagerduty import PagerDuty, PagerDutySettings
from tocsin.world import Clock, RealClock

ROUTE = "R0UTINGKEY0123456789"


class Pager:
    """Alerts that are open, by their keys; `events` counts everything that came in."""

    def __init__(self) -> None:
        self.alerts: dict[str, dict[str, object]] = {}
        self.events = 0
        self.says: Said | None = None  # in place of its own answer
        self.loses_answers = 0

    def answer(self, asked: Asked) -> Said:
        if self.says is not None:
            return self.says
        event = json.loads(asked.body)
        wrong = self._wrong(event)
        if wrong:
            body = {
                "status": "invalid event",
                "message": "Event object is invalid",
                "errors": wrong,
            }
            return Said(status=400, body=json.dumps(body).encode())
        self.events += 1
        key = event["dedup_key"]
        self.alerts.setdefault(key, event)
        lost, self.loses_answers = self.loses_answers > 0, max(self.loses_answers - 1, 0)
        body = {"status": "success", "message": "Event processed", "dedup_key": key}
        return Said(status=202, body=json.dumps(body).encode(), lost=lost)

    def _wrong(self, event: dict[str, object]) -> list[str]:
        payload = event.get("payload")
        if event.get("routing_key") != ROUTE:
            return [f"unknown routing_key {event.get('routing_key')}"]
        if event.get("event_action") != "trigger" or not isinstance(payload, dict):
            return ["event_action and payload are required"]
        lacking = [k for k in ("summary", "source", "severity") if not payload.get(k)]
        long = len(str(payload.get("summary"))) > 1024 or len(str(event["dedup_key"])) > 255
        return [*(f"{key} is missing" for key in lacking), *(["too long"] if long else [])]


class PagerStanding:
    """A pager that listens, and the way to reach it."""

    def __init__(self, pager: Pager, web: Web) -> None:
        self.pager, self.web, self.drawer = pager, web, Drawer()

    def hand(
        self,
        *,
        url: str = "",
        route: str = ROUTE,
        origin: str = "tocsin.example/record",
        severity: str = "critical",
        secret: str = "env:ROUTE",
        seconds: float = 5.0,
        clock: Clock | None = None,
        open_kept: Open | None = None,
    ) -> PagerDuty:
        settings = PagerDutySettings(
            secret=secret, place=url or self.web.url("/v2/enqueue"), severity=severity
        )
        return PagerDuty(
            settings, self.web.caller(seconds), origin, open_kept or self.drawer.open,
            lambda _: route,
            clock or RealClock(),
        )  # fmt: skip


@contextmanager
def pager_standing() -> Iterator[PagerStanding]:
    """A pager on a free local port, until the block ends."""
    pager = Pager()
    with small_web(pager.answer) as web:
        yield PagerStanding(pager, web)
