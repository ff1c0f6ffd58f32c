"""A small HTTP server on loopback that answers as a function says, and can fail on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from tocsin.connectors.calls import Caller
from tocsin.connectors.kinds import limits_from


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Said(msgspec.Struct, kw_only=True):
    """What is answered.

    Args:
        lost: the line is cut in the place of the answer.
        after_seconds: how long it takes.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}
    lost: bool = False
    after_seconds: float = 0.0


Answers = Callable[[Asked], Said]


class _Call(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(method=self.command, path=self.path, headers=headers, body=body)
        web: Web = self.server.web  # type: ignore[attr-defined]
        web.asked.append(asked)
        said = web.answers(asked)
        time.sleep(said.after_seconds)
        if said.lost:
            self.close_connection = True
            return
        self.send_response(said.status)
        for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)

    do_GET = do_POST = answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a caller that hangs up is no news


class Web:
    """Where such a server stands, what it was asked, and a caller that may reach it."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.port = answers, 0
        self.asked: list[Asked] = []

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def settings(self, seconds: float = 5.0) -> dict[str, str]:
        """The limits of calls, as they stand in a register."""
        return {
            "networks": "127.0.0.1/32", "ports": f"{self.port}, 1",
            "timeout_seconds": str(seconds),
        }  # fmt: skip

    def caller(self, seconds: float = 5.0) -> Caller:
        return Caller(limits_from(self.settings(seconds)))


@contextmanager
def small_web(answers: Answers) -> Iterator[Web]:
    """A server on a free local port, until the block ends."""
    web = Web(answers)
    server = _Server(("127.0.0.1", 0), _Call)
    web.port = server.server_address[1]
    server.web = web  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
