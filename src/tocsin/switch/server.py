"""Serves the switches over HTTP: the signed state for our provider, OFREP for every other client.

Nothing here can switch anything; it only reads. What cannot be read is served as off: an answer of
"no such flag" would let a client's own default decide, and that may be True. A switch that serves a
share asks the context for a targeting key, and is off for whoever has none.

Source: OpenFeature Remote Evaluation Protocol (OFREP) 0.2, evaluate/flags and evaluate/flags/{key}.
"""

from __future__ import annotations

import hashlib
import json
import threading

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tocsin.switch.state import State, verified
from tocsin.switch.store import StateLost, SwitchFolder

CONTEXT_BYTES_MAX = 64 * 1024
"""What is longer tells nobody apart."""


class Served:
    """The newest state that could be believed. Threads may share it.

    While the file is unreadable the last good state is served, and `trouble` says so.
    """

    def __init__(self, folder: SwitchFolder) -> None:
        self._folder, self._key = folder, folder.public_key
        self._lock = threading.Lock()
        self._seen = b""
        self.state: State | None = None
        self.document = b""
        self.trouble = ""

    def refresh(self) -> None:
        """Take over what lies in the folder now."""
        with self._lock:
            try:
                document = self._folder.document()
                if document != self._seen:
                    state = verified(document, self._key)
                    if self.state is not None and state.serial < self.state.serial:
                        raise ValueError(f"state {state.serial} is older than the one served")
                    self.state, self.document, self._seen = state, document, document
                damage = self._folder.damage()
                self.trouble = f"{damage}; the last state written is served" if damage else ""
            except (StateLost, ValueError) as bad:
                self.trouble = f"{bad}; see: tocsin switch show"

    def evaluated(self, key: str, who: str | None = None) -> dict[str, object]:
        """One flag as OFREP says it, to whoever asks with this targeting key."""
        switch = self.state.switches.get(key) if self.state else None
        on = switch is not None and switch.serves(key, who)
        why = self.trouble if switch is not None else f"no switch is called {key}: served as off"
        split = switch is not None and switch.share > 0
        if split and not who:
            why = why or "a share is served, and the context has no targetingKey: off"
        return {
            "key": key,
            "value": on,
            "variant": "on" if on else "off",
            "reason": "SPLIT" if split else "STATIC" if switch is not None else "DEFAULT",
            "metadata": {"why": why} if why else {},
        }


def app(folder: SwitchFolder) -> FastAPI:
    """The server's application.

    Raises:
        Refused: nothing was declared in this folder yet.
    """
    served = Served(folder)
    served.refresh()
    made = FastAPI(title="Tocsin switches", openapi_url=None, docs_url=None, redoc_url=None)

    @made.get("/health")
    def health() -> JSONResponse:
        served.refresh()
        serial = served.state.serial if served.state else None
        plain = {"ok": not served.trouble, "serial": serial, "trouble": served.trouble}
        return JSONResponse(plain, 503 if served.trouble else 200)

    @made.get("/state")
    def state() -> Response:
        served.refresh()
        if served.state is None:
            return JSONResponse({"trouble": served.trouble}, 503)
        return Response(served.document, media_type="application/json")

    @made.post("/ofrep/v1/evaluate/flags/{key}")
    async def one(key: str, request: Request) -> JSONResponse:
        served.refresh()
        return JSONResponse(served.evaluated(key, await _who(request)))

    @made.post("/ofrep/v1/evaluate/flags")
    async def every(request: Request) -> Response:
        served.refresh()
        who = await _who(request)
        known = served.state.switches if served.state else {}
        asked = b"" if who is None else who.encode("utf-8", "surrogatepass")
        seen = b"\0".join((served.document, served.trouble.encode(), asked))
        tag = f'"{hashlib.sha256(seen).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        flags = [served.evaluated(key, who) for key in sorted(known)]
        return JSONResponse({"flags": flags}, headers={"ETag": tag})

    return made


async def _who(request: Request) -> str | None:
    """The targeting key of the context; None where there is none, or no body that says it."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > CONTEXT_BYTES_MAX:
            return None
    try:
        context = json.loads(body)["context"]
        key = context["targetingKey"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return key if isinstance(key, str) and key else None
