"""Serves the switches over HTTP: the signed state for our provider, OFREP for every other client.

Nothing here can switch anything; it only reads. What cannot be read is served as off: an answer of
"no such flag" would let a client's own default decide, and that may be True.

Source: OpenFeature Remote Evaluation Protocol (OFREP) 0.2, evaluate/flags and evaluate/flags/{key}.
"""

from __future__ import annotations

import hashlib
import threading

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tocsin.switch.state import State, verified
from tocsin.switch.store import StateLost, SwitchFolder


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

    def evaluated(self, key: str) -> dict[str, object]:
        """One flag as OFREP says it."""
        switch = self.state.switches.get(key) if self.state else None
        on = switch is not None and switch.on
        why = self.trouble if switch is not None else f"no switch is called {key}: served as off"
        return {
            "key": key,
            "value": on,
            "variant": "on" if on else "off",
            "reason": "STATIC" if switch is not None else "DEFAULT",
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
    def one(key: str) -> JSONResponse:
        served.refresh()
        return JSONResponse(served.evaluated(key))

    @made.post("/ofrep/v1/evaluate/flags")
    def every(request: Request) -> Response:
        served.refresh()
        known = served.state.switches if served.state else {}
        tag = f'"{hashlib.sha256(served.document + served.trouble.encode()).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        flags = [served.evaluated(key) for key in sorted(known)]
        return JSONResponse({"flags": flags}, headers={"ETag": tag})

    return made
