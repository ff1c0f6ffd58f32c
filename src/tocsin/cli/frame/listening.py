"""Serves an HTTP application until it is told to stop, and says where it listens."""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.config import LOGGING_CONFIG
from uvicorn.protocols.http.h11_impl import H11Protocol

from tocsin.cli.frame import log_lines
from tocsin.cli.frame.arguments import Place
from tocsin.cli.frame.screen import Screen
from tocsin.facts import Unreachable

HEAD_BYTES_MAX = 32 * 1024
HEAD_SECONDS_MAX = 10.0
BODY_SECONDS_MAX = 30.0
"""For a whole body: a slow line brings the largest one in less."""

KEPT_ALIVE_SECONDS = 5
CONNECTIONS_MAX = 512
INTERPRETER_TURN_SECONDS = 0.0005
"""How long one thread keeps the interpreter while another waits for it. The thread that puts alarms
on disk needs it only briefly, and in a flood would wait ten times as long, with all who wait for
its acknowledgement."""


class Impatient(H11Protocol):
    """Closes a connection whose head, or whose body, does not come in time: one that sends a letter
    a minute would else hold its place for ever, and some hundreds of them the whole door."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.SEND_BODY:
            self._await_body()
        elif self.conn.their_state is not h11.IDLE:
            self._end_waiting()
        elif self._waiting.cancelled():
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._in_body = False
        self._waiting = self.loop.call_later(HEAD_SECONDS_MAX, self._give_up)

    def _await_body(self) -> None:
        if not self._in_body:  # once for each body, however many pieces it comes in
            self._end_waiting()
            self._in_body = True
            self._waiting = self.loop.call_later(BODY_SECONDS_MAX, self._give_up)

    def _end_waiting(self) -> None:
        self._in_body = False
        self._waiting.cancel()

    def _give_up(self) -> None:
        unfinished = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if unfinished and not self.transport.is_closing():
            self.transport.close()


def listen(app: FastAPI, where: Place, screen: Screen, name: str) -> str:
    """Serve until SIGTERM or SIGINT; the address it was served at.

    Raises:
        Unreachable: nothing can listen there.
    """
    host, port = where
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        line = socket.socket(family, socket.SOCK_STREAM)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind((host, port))
    except OSError as bad:
        raise Unreachable(f"cannot listen on {host}:{port}: {bad.strerror}") from None
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    address = f"http://{shown}:{line.getsockname()[1]}"
    screen.say(json.dumps({"listening": address, "name": name}))
    config = uvicorn.Config(
        app,
        log_level="warning",
        log_config=None if log_lines.are_begun() else LOGGING_CONFIG,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        timeout_keep_alive=KEPT_ALIVE_SECONDS,
        limit_concurrency=CONNECTIONS_MAX,
        http=Impatient,
        ws="none",
    )
    sys.setswitchinterval(INTERPRETER_TURN_SECONDS)
    uvicorn.Server(config).run(sockets=[line])
    return address
