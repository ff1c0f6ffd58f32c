"""Serves an HTTP application until it is told to stop, and says where it listens."""

from __future__ import annotations

import json
import socket

import uvicorn
from fastapi import FastAPI

from tocsin.cli.arguments import Place
from tocsin.cli.screen import Screen
from tocsin.facts import Unreachable


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
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[line])
    return address
