"""The doors for alarms from outside: proven, on disk, then acknowledged; or told why not.

Plain ASGI: it answers before anything else of the application is asked. Nothing is acknowledged
that is not durable, nothing wrong is taken, and an error never shows the program.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import datetime
from typing import Any, Protocol

from tocsin.desk.inbound.senders import Sender, Senders
from tocsin.facts import Unreachable
from tocsin.facts.deliveries import UNPROVEN, Arrival, Delivery
from tocsin.register.inbound import Unproven
from tocsin.signals.credentials import taken_out
from tocsin.signals.echoes import HEADERS as HEADERS_OF_ECHOES
from tocsin.signals.formats import read_body
from tocsin.signals.model import BodyMistake, Reading
from tocsin.signals.opsgenie import ALIAS, IDENTIFIER_TYPE
from tocsin.signals.readings import Readings
from tocsin.web.inbound_answers import (
    HEADERS,
    Reply,
    accepted,
    later,
    logs_accepted,
    refused,
    unproven,
    wrong_body,
)
from tocsin.web.inbound_body import Receive, whole_body
from tocsin.web.inbound_form import form_page, form_reply, without_code
from tocsin.web.inbound_opsgenie import asked_status, place_in
from tocsin.web.inbound_routes import Route, route_of
from tocsin.world import Clock

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEPT_HEADERS = ("content-type", "user-agent", "x-mlflow-delivery-id", *HEADERS_OF_ECHOES)
SAID_MAX, SAID_COUNT_MAX = 500, 40
READ_ASIDE_BYTES = 32 * 1024
UNPROVEN_SIGNALS_MAX = 20
"""In one body that nothing proves."""

RETRY_SECONDS = 5.0
NEVER_READ = (
    "an alert is not read, changed or deleted here: say what happens to it by POST, ask what "
    "became of a request at /v2/alerts/requests/ID, and look at alerts with: tocsin signals list"
)
PACKED = "application/x-protobuf"


class Kept(Protocol):
    """Where an arrival is kept."""

    @property
    def place(self) -> int:
        """Its place in the inbox."""

    @property
    def repeated(self) -> bool:
        """Whether the same delivery was there before."""


class Keeping(Protocol):
    """What keeps arrivals durably, many at once."""

    async def keep(self, arrival: Arrival) -> Kept | None:
        """Where it is kept, once it is durable; None when too many wait.

        Raises:
            Unreachable: the disk is full, or cannot be written. It is not kept.
        """

    async def at(self, place: int) -> Delivery | None:
        """The delivery at a place; None where there is none. Raises Unreachable."""

    def waiting(self, now: datetime) -> int:
        """How many are kept and not decided yet, about."""


class Quota(Protocol):
    """How many are taken in."""

    def wait_seconds(
        self,
        source: str,
        *,
        proven: bool,
        now: float,
        count: int = 1,
        paid: int = 0,
        is_form: bool = False,
    ) -> float:
        """0.0, and it is counted; or how long to wait, and it is not."""


class Door:
    """Takes requests in, for one event loop.

    Args:
        quota: makes the quotas of a policy: for a source, in all, and for what nothing proves.
    """

    def __init__(
        self,
        senders: Senders,
        keeping: Keeping,
        quota: Callable[[int, int, int], Quota],
        clock: Clock,
    ) -> None:
        self._senders, self._keeping, self._clock = senders, keeping, clock
        self._make_quota = quota
        self._quota: Quota | None = None
        self._readings = Readings()

    async def answer(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        """Answer one request."""
        headers = {name.decode("latin-1"): value.decode("latin-1")
                   for name, value in scope["headers"]}  # fmt: skip
        reply = await self._reply(scope["method"], route, headers, receive)
        await _send(send, reply)

    async def _reply(
        self, method: str, route: Route, headers: dict[str, str], receive: Receive
    ) -> Reply:
        is_form = route.format == "form"
        if method not in route.methods:
            allowed = ", ".join(one for one in route.methods if one != "HEAD")
            why = NEVER_READ if route.said else f"send it by {allowed.replace(', ', ' or ')}"
            return refused(405, why, (b"allow", allowed.encode()))
        now = self._clock.now()
        try:
            self._refresh(now)
            if is_form and method != "POST":
                policy = self._senders.policy
                return form_page(self._senders.systems, anonymous=policy.anonymous)
            if route.asks:
                return await self._status(route.asks, headers, now)
            reply = await self._taken(route, headers, receive, now)
        except Unreachable as away:
            reply = later(503, str(away), RETRY_SECONDS)
        return form_reply(reply) if is_form else reply

    def _refresh(self, now: datetime) -> None:
        if self._senders.refresh(now) or self._quota is None:
            policy = self._senders.policy
            self._quota = self._make_quota(policy.a_minute, policy.in_all, policy.unproven_a_minute)

    async def _taken(
        self, route: Route, headers: dict[str, str], receive: Receive, now: datetime
    ) -> Reply:
        body = await whole_body(headers, receive)
        if isinstance(body, Reply):
            return body
        sender, body = self._who(route, headers, body, now)
        if sender.wrong:
            return unproven(sender.wrong)
        proven = bool(sender.source)
        policy = self._senders.policy
        if not proven:
            allowed = (
                policy.anonymous if route.format == "form" else (policy.unproven is Unproven.TRIAGE)
            )
            if not allowed:
                return unproven("show a token: tocsin register token NAME --scope signals")
        reply = self._no_room(sender, route, now)
        if reply is not None:
            return reply
        said = {**_said(headers, route.format), **await self._meant(route.said, sender)}
        reading = await self._read(route.format, body, said)
        mistakes = reading.mistakes if proven else (reading.mistakes or _too_many(reading))
        if mistakes and not proven:
            return wrong_body(route.format, mistakes)
        reply = self._no_room(sender, route, now, len(reading.signals) - 1, paid=1)
        if reply is not None:
            return reply
        arrival = Arrival(
            format=route.format,
            source=sender.source or UNPROVEN,
            proven=proven,
            delivery=sender.delivery or reading.delivery,
            said=said,
            body=body,
            received_at=now,
            readable=not reading.mistakes,
        )
        kept = await self._keeping.keep(arrival)
        if kept is None:
            return later(503, "too much comes at once", RETRY_SECONDS)
        if reading.mistakes:  # kept for a person to look at, and told all the same
            return wrong_body(route.format, reading.mistakes)
        return _accepted(route, headers, reading, kept)

    async def _status(self, id_: str, headers: dict[str, str], now: datetime) -> Reply:
        """What became of a request, for whoever sent it."""
        token = _token(headers.get("authorization", ""))
        sender = self._senders.by_token(token, now) if token else Sender(wrong="show a token")
        if sender.wrong:
            return unproven(sender.wrong)
        delivery = await self._own(id_, sender)
        reading = None
        if delivery is not None and delivery.body is not None:
            reading = await self._read(delivery.format, delivery.body, dict(delivery.said))
        return asked_status(id_, delivery, reading)

    async def _meant(self, said: Mapping[str, str], sender: Sender) -> Mapping[str, str]:
        """What a path says, with the alias of an alert that it calls by the id we gave it."""
        if said.get(IDENTIFIER_TYPE) != "id":
            return said
        delivery = await self._own(said[ALIAS], sender)
        if delivery is None or delivery.body is None:
            return said
        reading = await self._read(delivery.format, delivery.body, dict(delivery.said))
        if not reading.signals:
            return said
        return {**said, ALIAS: reading.signals[0].key, IDENTIFIER_TYPE: "alias"}

    async def _own(self, id_: str, sender: Sender) -> Delivery | None:
        """The request with this id, if this proven sender made it."""
        place = place_in(id_)
        delivery = await self._keeping.at(place) if place and sender.source else None
        is_own = delivery is not None and (
            (delivery.source, delivery.format, delivery.proven) == (sender.source, "opsgenie", True)
        )
        return delivery if is_own else None

    def _no_room(
        self, sender: Sender, route: Route, now: datetime, count: int = 1, *, paid: int = 0
    ) -> Reply | None:
        """Why not so many signals now; None when they are let in. The first stands for the body."""
        if count < 1:
            return None
        assert self._quota is not None
        proven = bool(sender.source)
        if self._keeping.waiting(now) >= self._senders.policy.room(proven=proven):
            why = "too many wait to be decided; is `tocsin work` running"
            return later(503, why, 30.0)
        source = sender.source or UNPROVEN
        is_form = route.format == "form"
        waits = self._quota.wait_seconds(
            source, proven=proven, now=now.timestamp(), count=count, paid=paid, is_form=is_form
        )
        if waits > 0:
            whose = f"{source} has sent" if proven else "those who show no token have sent"
            return later(429, f"{whose} as many as are taken in a minute", waits)
        return None

    def _who(
        self, route: Route, headers: dict[str, str], body: bytes, now: datetime
    ) -> tuple[Sender, bytes]:
        """Who sends, and the body without any credential, whether it proved anybody or not."""
        if route.format == "form":
            shown, rest = without_code(body)
        else:
            is_json = not _is_packed(headers)
            shown, rest = taken_out(body, is_json=is_json)
        if route.integration:
            sender = self._senders.by_signature(route.integration, route.format, body, headers, now)
            return sender, rest
        token = _token(headers.get("authorization", ""))
        if not token and route.format in ("pagerduty", "form"):
            token = shown
        return (self._senders.by_token(token, now) if token else Sender()), rest

    async def _read(self, format_: str, body: bytes, said: dict[str, str]) -> Reading:
        """What a body carries; the same one is read once, a large one beside the others."""
        digest = hashlib.sha256(body).digest()
        key = (format_, digest, *said.items())
        reading = self._readings.get(key)
        if reading is None:
            if len(body) > READ_ASIDE_BYTES:
                reading = await asyncio.to_thread(read_body, format_, body, said)
            else:
                reading = read_body(format_, body, said)
            self._readings.keep(key, reading, len(body))
        return reading


class Inbound:
    """The doors before an application: requests for them end here, all others go on."""

    def __init__(self, app: App, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
            route = route_of(path, scope.get("query_string", b""))
            if route is not None:
                await self._door.answer(scope, receive, send, route)
                return
        await self._app(scope, receive, send)


def _too_many(reading: Reading) -> tuple[BodyMistake, ...]:
    count = len(reading.signals)
    if count <= UNPROVEN_SIGNALS_MAX:
        return ()
    found = f"{count:,} signals of a sender that nothing proves"
    remedy = (
        f"send at most {UNPROVEN_SIGNALS_MAX} at once, or show a token, which allows more: "
        "tocsin register token NAME --scope signals"
    )
    return (BodyMistake(field="", found=found, remedy=remedy),)


def _is_packed(headers: dict[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == PACKED


def _accepted(route: Route, headers: dict[str, str], reading: Reading, kept: Kept) -> Reply:
    if route.format == "otlp":
        return logs_accepted(headers.get("content-type", "").encode("latin-1"))
    key = reading.signals[0].key if reading.signals else ""
    return accepted(route.format, kept.place, key, len(reading.signals), kept.repeated)


def _token(authorization: str) -> str:
    """The credential that a header carries; of Basic the password, or the name alone."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() != "basic":
        return rest or scheme
    try:
        name, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "unreadable"
    return password or name or "unreadable"


def _said(headers: dict[str, str], format_: str) -> dict[str, str]:
    if format_ == "form":
        return {}  # nothing of whoever wrote it but what they wrote
    said = {name: headers[name][:SAID_MAX] for name in KEPT_HEADERS if name in headers}
    for name, value in headers.items():
        if name.startswith("ce-") and len(said) < SAID_COUNT_MAX:
            said[name[:80]] = value[:SAID_MAX]
    return said


async def _send(send: Send, reply: Reply) -> None:
    length = str(len(reply.body)).encode()
    headers = [(b"content-type", reply.kind), (b"content-length", length), *HEADERS, *reply.more]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
