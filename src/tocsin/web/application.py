"""The one application that `tocsin web` serves: each part brings its own routes, on one listener.

Whatever a part does, an error is told in a few words and never as a trace of the program, no answer
is kept by anybody on the way, and nobody can frame or sniff it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Request, Response

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
    made.middleware("http")(_with_headers)
    add_answering(made, desk)
    for add in parts:
        add(made)
    return made


async def _with_headers(
    request: Request, answer: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await answer(request)
    for name, value in EVERYWHERE.items():
        response.headers.setdefault(name, value)
    return response
