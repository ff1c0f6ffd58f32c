"""A ticket system as Jira Cloud is told: no key, and a search that shows things late."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from post_office import Drawer
from small_web import Asked, Said, Web, small_web
from tocsin.connectors.jira import Jira, JiraSettings
from tocsin.exercise.clock import VirtualClock
from tocsin.world import Clock

TOKEN = "robot@example.org:T0KEN-0123456789"
LAG_SECONDS = 8.0
STATUSES = ("To Do", "In Progress", "Done")


class Tickets:
    """Tickets of one project. Its index shows a ticket `lag` after it was made.

    Args:
        now: the clock of the world that writes there.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now, self.lag = now, timedelta(seconds=LAG_SECONDS)
        self.issues: list[dict[str, Any]] = []
        self.loses_answers = 0
        self.drops = 0  # calls that never arrive, though nobody is told
        self.says: Said | None = None  # to a write, in place of its own answer

    def answer(self, asked: Asked) -> Said:
        url = urlsplit(asked.path)
        parts, query = url.path.removeprefix("/rest/api/3/").split("/"), parse_qs(url.query)
        if not asked.headers.get("authorization", "").startswith("Basic "):
            return _said(401, {"errorMessages": ["Client must be authenticated"]})
        if asked.method == "GET":
            return self._read(parts, query)
        if self.says is not None:
            return self.says
        if self.drops:
            self.drops -= 1
            return Said(lost=True)
        said = self._write(parts, json.loads(asked.body))
        said.lost, self.loses_answers = self.loses_answers > 0, max(self.loses_answers - 1, 0)
        return said

    def _write(self, parts: list[str], body: dict[str, Any]) -> Said:
        if parts == ["issue"]:
            number = len(self.issues) + 1
            fields = body["fields"] | {"status": {"name": STATUSES[0]}}
            made = {"id": str(10_000 + number), "key": f"OPS-{number}", "fields": fields,
                    "properties": body["properties"], "comments": [],
                    "made": self.now()}  # fmt: skip
            self.issues.append(made)
            return _said(201, {name: made[name] for name in ("id", "key")})
        issue = self._issue(parts[1])
        if issue is None:
            return _said(404, {"errorMessages": ["Issue does not exist"]})
        if parts[2] == "comment":
            comment = {"id": str(len(issue["comments"]) + 1), **body}
            issue["comments"].append(comment)
            return _said(201, comment)
        issue["fields"]["status"] = {"name": STATUSES[int(body["transition"]["id"])]}
        return Said(status=204)

    def _read(self, parts: list[str], query: dict[str, list[str]]) -> Said:
        if parts == ["search", "jql"]:
            label = query["jql"][0].partition('labels = "')[2].partition('"')[0]
            shown = [
                one
                for one in self.issues
                if label in one["fields"]["labels"] and one["made"] + self.lag <= self.now()
            ]
            found = [{"id": one["id"], "key": one["key"], "fields": one["fields"]} for one in shown]
            return _said(200, {"issues": found[: int(query["maxResults"][0])], "isLast": True})
        issue = self._issue(parts[1])
        if issue is None:
            return _said(404, {"errorMessages": ["Issue does not exist"]})
        if parts[2] == "transitions":
            ways = [{"id": str(n), "name": f"to {name}", "to": {"name": name}}
                    for n, name in enumerate(STATUSES)]  # fmt: skip
            return _said(200, {"transitions": ways})
        start, most = int(query["startAt"][0]), int(query["maxResults"][0])
        newest = issue["comments"][::-1]
        return _said(200, {"comments": newest[start : start + most], "total": len(newest)})

    def _issue(self, key: str) -> dict[str, Any] | None:
        return next((one for one in self.issues if one["key"] == key), None)


class TicketsStanding:
    """A ticket system that listens, and the way to reach it."""

    def __init__(self, tickets: Tickets, web: Web, clock: VirtualClock) -> None:
        self.tickets, self.web, self.clock, self.drawer = tickets, web, clock, Drawer()

    def hand(self, *, clock: Clock | None = None, seconds: float = 5.0, **more: Any) -> Jira:
        given = {"project": "OPS", "lag_seconds": LAG_SECONDS, "secret": "env:JIRA", **more}
        settings = JiraSettings(place=self.web.url(), **given)
        return Jira(
            settings, self.web.caller(seconds), "tocsin.example/record", self.drawer.open,
            lambda _: TOKEN, clock or self.clock,
        )  # fmt: skip


@contextmanager
def tickets_standing(clock: VirtualClock | None = None) -> Iterator[TicketsStanding]:
    """A ticket system until the block ends."""
    wound = clock or VirtualClock(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
    tickets = Tickets(wound.now)
    with small_web(tickets.answer) as web:
        yield TicketsStanding(tickets, web, wound)


def _said(status: int, body: object) -> Said:
    return Said(status=status, body=json.dumps(body, default=str).encode())
