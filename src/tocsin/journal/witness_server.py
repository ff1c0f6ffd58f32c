"""The witness over HTTP: `POST /add-checkpoint` and `GET /about`, and nothing else.

Requests are small and must come quickly; so many at once are served, and others are told to wait.

Source: C2SP tlog-witness.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import msgspec

from tocsin.journal.witness import PLAIN_TYPE, REQUEST_BYTES_MAX, Answer, Witness

SILENCE_SECONDS_MAX = 10
AT_ONCE_MAX = 32


class WitnessServer(ThreadingHTTPServer):
    """Listens for a witness. `server_address` says where; `serve_forever` runs until `shutdown`.

    Args:
        port: 0 takes any free one.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, witness: Witness, host: str = "127.0.0.1", port: int = 0) -> None:
        self.witness = witness
        self.places = threading.BoundedSemaphore(AT_ONCE_MAX)
        super().__init__((host, port), _Exchange)

    @property
    def url(self) -> str:
        """The submission prefix under which it is reached."""
        host, port = self.server_address[:2]
        shown = host.decode() if isinstance(host, bytes | bytearray) else host
        return f"http://{shown}:{port}"


class _Exchange(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    timeout: ClassVar[int] = SILENCE_SECONDS_MAX
    server_version, sys_version = "tocsin-witness", ""

    def do_GET(self) -> None:
        if self.path != "/about":
            self._send(_plain(HTTPStatus.NOT_FOUND, "ask GET /about or POST /add-checkpoint"))
            return
        body = msgspec.json.encode(self.server.witness.about())
        self._send(Answer(status=HTTPStatus.OK, body=body, content_type="application/json"))

    def do_POST(self) -> None:
        self.close_connection = True  # unless the whole body is read
        if self.path != "/add-checkpoint":
            self._send(_plain(HTTPStatus.NOT_FOUND, "ask GET /about or POST /add-checkpoint"))
        elif not (length := self.headers.get("Content-Length", "")).isdecimal():
            self._send(_plain(HTTPStatus.LENGTH_REQUIRED, "say how long the request is"))
        elif int(length[:12]) > REQUEST_BYTES_MAX:
            self._send(_plain(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long for a request"))
        elif not self.server.places.acquire(blocking=False):
            self._send(_plain(HTTPStatus.SERVICE_UNAVAILABLE, "busy; ask again in a moment"))
        else:
            try:
                self._add_checkpoint(int(length))
            finally:
                self.server.places.release()

    def _add_checkpoint(self, length: int) -> None:
        try:
            body = self.rfile.read(length)
        except TimeoutError:
            return
        if len(body) == length:
            self.close_connection = self.headers.get("Connection", "").lower() == "close"
            self._send(self.server.witness.add_checkpoint(body))

    def _send(self, answer: Answer) -> None:
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: what matters is in the witness's memory."""


def _plain(status: HTTPStatus, why: str) -> Answer:
    return Answer(status=status, body=(why + "\n").encode(), content_type=PLAIN_TYPE)
