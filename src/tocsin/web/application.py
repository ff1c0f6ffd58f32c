"""The one application that `tocsin web` serves: each part brings its own routes, on one listener.

Whatever a part does, an error is told in a few words and never as a trace of the program, no answer
is kept by anybody on the way, and nobody can frame or sniff it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.desk import Writer
from tocsin.web.answering import add_answering

Part = Callable[[FastAPI], None]
"""Adds its routes to an application. Paths that are taken: /l/, /health, /healthz, /metrics, /api/,
/in/ (alarms from outside, with the paths that their senders expect), /pagerduty/answers."""

EVERYWHERE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer that does not say otherwise."""


def application(desk: Writer, parts: Sequence[Part] = ()) -> FastAPI:
    """The pages behind one-time links, and the routes of all parts.

    Args:
        parts: in this order; a door gives those that it wired, such as `inbound` and the API.
    """
    made = FastAPI(
        title="Tocsin", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    made.add_middleware(Through, by=_with_headers)
    add_answering(made, desk)
    for add in parts:
        add(made)
    return made


class Through:
    """Lets every request go through a function that wraps the application."""

    def __init__(self, app: ASGIApp, by: Callable[[ASGIApp], ASGIApp]) -> None:
        self._wrapped = by(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._wrapped(scope, receive, send)


def _with_headers(within: ASGIApp) -> ASGIApp:
    """The same application, with the headers of every answer."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in EVERYWHERE.items():
                    headers.setdefault(name, value)
            await send(message)

        await within(scope, receive, sent)

    return guarded
