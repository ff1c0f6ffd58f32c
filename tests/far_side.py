"""A small real system on the other end of the line, with a switch for each way it can fail."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tocsin.connectors.calls import Caller
from tocsin.connectors.egress import Resolve, resolved
from tocsin.connectors.kinds import limits_from
from tocsin.connectors.signature import verify
from tocsin.connectors.webhook import Webhook, WebhookSettings
from tocsin.facts import Refused
from tocsin.facts.runs import Repeatable
from tocsin.world import Clock, RealClock

SECRET = "a secret of sufficient length"
NAMES = {"assistant": "on", "search": "on"}


class FarSide:
    """Keeps states, obeys signed orders, counts effects, and fails as its switches say."""

    def __init__(self) -> None:
        self.state = dict(NAMES)
        self.obeyed: dict[str, dict[str, str]] = {}
        self.effects: list[str] = []
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []
        self.drops_repeats = True
        self.loses_answers = 0
        self.obeys_in_word_only = False
        self.answers: tuple[int, dict[str, str], bytes] | None = None  # to an order, as it is
        self.raw: bytes | None = None  # to an order, in place of HTTP
        self.shows: bytes | None = None  # to a look, in place of the state
        self.hangs = threading.Event()
        self.hangs.set()  # not hanging
        self.drips = False
        self.says = b'{"accepted": true}'
        self.last_refusal = ""

    def obey(self, order: dict[str, str]) -> None:
        if order["key"] in self.obeyed and self.drops_repeats:
            return
        before = self.state.get(order["target"], "unknown")
        self.effects.append(order["key"])
        if not self.obeys_in_word_only:
            self.state[order["target"]] = order["wanted"]
        self.obeyed[order["key"]] = {
            "key": order["key"], "before": before, "after": self.state[order["target"]],
        }  # fmt: skip


class Answering(BaseHTTPRequestHandler):
    """One call to a far side."""

    @property
    def far(self) -> FarSide:
        return self.server.far  # type: ignore[attr-defined, no-any-return]

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.far.calls.append(("POST", self.path, headers, body))
        if self.far.answers is not None:
            self.reply(*self.far.answers)
        elif self.far.raw is not None:
            self.wfile.write(self.far.raw)
        elif self.is_signed(headers, body):
            self.far.obey(json.loads(body))
            self.acknowledge()
        else:
            self.reply(401, {}, b"unsigned")

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.far.calls.append(("GET", self.path, headers, b""))
        sort, _, name = self.path.lstrip("/").partition("/")
        if sort == "state" and self.far.shows is not None:
            self.reply(200, {}, self.far.shows)
        elif sort == "state" and unquote(name) in self.far.state:
            self.reply(200, {}, json.dumps({"state": self.far.state[unquote(name)]}).encode())
        elif sort == "orders" and unquote(name) in self.far.obeyed:
            self.reply(200, {}, json.dumps(self.far.obeyed[unquote(name)]).encode())
        elif sort == "orders":
            self.reply(404, {}, json.dumps({"unknown": unquote(name)}).encode())
        else:
            self.reply(404, {}, b"unknown")

    def is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        try:
            verify(headers, body, [SECRET], RealClock().now())
        except Refused as bad:
            self.far.last_refusal = str(bad)
            return False
        return True

    def acknowledge(self) -> None:
        if self.far.drips:
            self.drip()
        elif not self.far.hangs.wait(10) or self.far.loses_answers:
            self.far.loses_answers -= 1
            self.close_connection = True
        else:
            self.reply(200, {}, self.far.says)

    def drip(self) -> None:
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not self.far.hangs.wait(0.05):
                self.wfile.write(b" ")
        except OSError:
            self.close_connection = True

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Listening(ThreadingHTTPServer):
    """A server for one far side; a caller that hangs up is no news."""

    daemon_threads = True

    def __init__(self, far: FarSide) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.far = far

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


class Standing:
    """A far side that listens, and the ways to reach it."""

    def __init__(self, far: FarSide, port: int, scheme: str) -> None:
        self.far, self.port, self.scheme = far, port, scheme

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def webhook(
        self,
        repeatable: Repeatable = Repeatable.KEYED,
        *,
        sees: bool = True,
        finds: bool = True,
        seconds: float = 2.0,
        settle: float = 0.0,
        patience: float = 0.0,
        host: str = "127.0.0.1",
        resolve: Resolve = resolved,
        trust: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        orders_url: str | None = None,
    ) -> Webhook:
        settings = WebhookSettings(
            place=orders_url or self.url("/orders", host),
            secret="env:SECRET",
            repeatable=repeatable,
            state_url=self.url("/state/{target}", host) if sees else None,
            lookup_url=self.url("/orders/{key}", host) if finds else None,
            settle_seconds=settle,
            lookup_settle_seconds=patience,
        )
        limits = limits_from(
            {"networks": "127.0.0.0/30", "ports": str(self.port), "timeout_seconds": str(seconds)}
        )
        caller = Caller(limits, resolve, trust)
        return Webhook(settings, caller, lambda _: SECRET, clock or RealClock())


@contextmanager
def standing(far: FarSide | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Standing]:
    """A far side on a free local port, until the block ends."""
    far = far or FarSide()
    server = Listening(far)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Standing(far, server.server_address[1], "http" if tls is None else "https")
    finally:
        far.hangs.set()
        server.shutdown()
        server.server_close()
