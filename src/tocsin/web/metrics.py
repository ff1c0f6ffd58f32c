"""`/metrics`: numbers about this process and its record, as Prometheus reads them.

No label holds a name of a person, a system or an incident, and none has values without an end:
a route is told as it is declared, never as it was asked for.

Source: Prometheus text exposition format 0.0.4.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.register.can import Right
from tocsin.web.api.routes import Api
from tocsin.web.application import Through
from tocsin.world import Clock

told = logging.getLogger("tocsin.web")

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LOOKED_FOR = timedelta(seconds=5)
BUCKETS = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
ON_THE_WAY = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers of those that hand a request on: whoever stands behind them is not on this machine."""


Labels = tuple[tuple[str, str], ...]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A number, or several by label.

    Args:
        samples: by labels, each a name and a value.
    """

    name: str
    kind: str
    about: str
    samples: Mapping[Labels, float]


def gauge(name: str, about: str, value: float) -> Metric:
    """One number that goes up and down."""
    return Metric(name=name, kind="gauge", about=about, samples={(): value})


def by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    """One such number for each value of a label."""
    samples: dict[Labels, float] = {((label, one),): value for one, value in values.items()}
    return Metric(name=name, kind="gauge", about=about, samples=samples)


def text_of(metrics: Iterable[Metric]) -> str:
    """What Prometheus reads."""
    lines: list[str] = []
    for one in metrics:
        family = one.name
        lines += [f"# HELP {family} {_line(one.about)}", f"# TYPE {family} {one.kind}"]
        for labels, value in one.samples.items():
            suffix = next((v for k, v in labels if k == "__suffix"), "")
            said = ",".join(f'{k}="{_quoted(v)}"' for k, v in labels if k != "__suffix")
            lines.append(f"{family}{suffix}{'{' + said + '}' if said else ''} {value:.15g}")
    return "\n".join(lines) + "\n"


class Requests:
    """How many requests there were, by route and status, and how long they took."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._counts = Counter[tuple[str, str, str]]()
        self._within = Counter[tuple[str, float]]()
        self._seconds = Counter[str]()
        self._answered = Counter[str]()
        self._paths: frozenset[str] | None = None

    def counting(self, within: ASGIApp) -> ASGIApp:
        """The same application, each request of which is counted, whatever comes of it."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await within(scope, receive, send)
                return
            begun, status = self._clock.now(), 500

            async def sent(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                await send(message)

            try:
                await within(scope, receive, sent)
            finally:
                self._answered_one(scope, status, begun)

        return counted

    def _answered_one(self, scope: Scope, status: int, begun: datetime) -> None:
        route = self._route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        seconds = (self._clock.now() - begun).total_seconds()
        self._took(route, method, str(status), seconds)
        told.info("answered", extra={
                "route": route, "method": method, "status": status,
                "ms": round(seconds * 1000, 1), "token": scope.get("state", {}).get("token"),
            })  # fmt: skip

    def _route_of(self, scope: Scope) -> str:
        """The path of the route as it was declared; nothing that was made up by whoever asks."""
        if self._paths is None:  # once all parts have added theirs
            declared = [str(getattr(one, "path", "")) for one in scope["app"].routes]
            self._paths = frozenset(path for path in declared if "{" not in path)
        path = str(scope["path"])
        if path in self._paths:
            return path
        for route in scope["app"].routes:
            if route.matches(scope)[0] is not Match.NONE:
                return str(getattr(route, "path", "none"))
        return "none"

    def _took(self, route: str, method: str, status: str, seconds: float) -> None:
        with self._lock:
            self._counts[(route, method, status)] += 1
            self._answered[route] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]
            for bucket in BUCKETS:
                if seconds <= bucket:
                    self._within[(route, bucket)] += 1

    def metrics(self) -> list[Metric]:
        """What was counted."""
        with self._lock:
            counted: dict[Labels, float] = {
                (("route", route), ("method", method), ("status", status)): count
                for (route, method, status), count in sorted(self._counts.items())
            }
            took: dict[Labels, float] = {}
            for route, count in sorted(self._answered.items()):
                for bucket in BUCKETS:
                    key = (("__suffix", "_bucket"), ("route", route), ("le", f"{bucket:g}"))
                    took[key] = self._within[(route, bucket)]
                took[(("__suffix", "_bucket"), ("route", route), ("le", "+Inf"))] = count
                took[(("__suffix", "_sum"), ("route", route))] = self._seconds[route]
                took[(("__suffix", "_count"), ("route", route))] = count
        return [
            Metric(name="tocsin_http_requests_total", kind="counter",
                   about="requests by declared route, method and status", samples=counted),
            Metric(name="tocsin_http_request_seconds", kind="histogram",
                   about="how long requests took, by declared route", samples=took),
        ]  # fmt: skip


class Metrics:
    """The route, and what it tells."""

    def __init__(self, api: Api, look: Callable[[], Sequence[Metric]], clock: Clock) -> None:
        self._api, self._look, self._clock = api, look, clock
        self._requests = Requests(clock)
        self._lock = threading.Lock()
        self._seen: tuple[datetime, Sequence[Metric]] | None = None

    def add(self, made: FastAPI) -> None:
        """Add the route to an application, and count whatever it answers."""
        made.add_middleware(Through, by=self._requests.counting)

        async def told(request: Request) -> Response:
            if not is_on_this_machine(request):
                self._api.bearer(request, Right.READ)
            return await self._api.in_turn(self._told)

        made.add_route("/metrics", self._api.guarded(told), ["GET"])

    def _told(self) -> Response:
        metrics = [*self._now(), *self._requests.metrics()]
        return Response(text_of(metrics), media_type=MEDIA_TYPE)

    def _now(self) -> Sequence[Metric]:
        with self._lock:
            now = self._clock.now()
            if self._seen is None or not now - LOOKED_FOR < self._seen[0] <= now:
                self._seen = (now, self._look())
            return self._seen[1]


def is_on_this_machine(request: Request) -> bool:
    """Whether it was asked from this very machine, by its own address, and handed on by nobody."""
    if any(name in request.headers for name in ON_THE_WAY) or request.client is None:
        return False
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    return _is_loopback(request.client.host) and (host == "localhost" or _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _line(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")
