"""Serves a FastAPI application on loopback and says where, in one JSON line."""

from __future__ import annotations

import json
import socket

import uvicorn
from fastapi import FastAPI


class Announced(uvicorn.Server):
    """A server that says where it listens once the application has started."""

    line = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts the application, then prints the line."""
        await super().startup(sockets=sockets)
        if self.started:
            print(self.line, flush=True)


def serve(app: FastAPI, port: int, name: str) -> None:
    """Serves until it is told to stop (SIGTERM, Ctrl-C). Port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(512)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    server = Announced(config)
    server.line = json.dumps({"listening": address, "name": name})
    server.run(sockets=[listener])
