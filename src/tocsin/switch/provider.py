"""What an application asks whether a dependency is on: an OpenFeature provider that fails safe.

It answers True only while a state that was signed by the switch's key, and heard lately, says so.
A mistyped flag, a dead server, a corrupt or forged answer, an older state than one heard before, a
flag asked for before anything was heard: all are False, whatever default the caller wrote.

    api.set_provider(SwitchProvider("http://127.0.0.1:8600", PUBLIC_KEY, keep=Path("switch.keep")))
    if api.get_client().get_boolean_value("assistant.model", False): ...

Needs the standard library, `openfeature-sdk` and `cryptography`; nothing else of Tocsin.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import NoReturn

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEvent, ProviderEventDetails
from openfeature.exception import TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.hook import Hook
from openfeature.provider import FeatureProvider, Metadata
from openfeature.track import TrackingEventDetails

from tocsin.switch.state import State, Switch, verified

ANSWER_BYTES_MAX = 1024 * 1024
POLL_SECONDS, PATIENCE_SECONDS = 0.25, 1.0

Fetch = Callable[[], bytes]
Emit = Callable[[FeatureProvider, ProviderEvent, ProviderEventDetails], None]

told = logging.getLogger("tocsin.switch")


class SwitchProvider:
    """Answers for the switches of one server. Threads may share it; asking never waits.

    It has no `initialize` on purpose: the SDK answers with the caller's default while a provider
    initialises, and a default may be True.

    Args:
        server: the address of `tocsin switch serve`.
        public_key: what `tocsin switch key` prints.
        keep: a file that carries the last signed state over a restart of the application.
        seconds, wall: clocks, the first of which never goes back.
    """

    def __init__(
        self,
        server: str,
        public_key: str,
        keep: Path | None = None,
        *,
        poll_seconds: float = POLL_SECONDS,
        fetch: Fetch | None = None,
        seconds: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._fetch = fetch or _fetching(server.rstrip("/") + "/state")
        self._key, self._keep, self._poll_seconds = public_key, keep, poll_seconds
        self._seconds, self._wall = seconds, wall
        self._state: State | None = None
        self._heard_at = 0.0
        self._trouble = "nothing was heard from the switch server yet"
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._recall()

    def attach(self, on_emit: Emit) -> None:
        """Hear the server once, and from then on until `detach`."""
        self.poll()
        self._stop.clear()
        self._thread = threading.Thread(target=self._listen, name="switch", daemon=True)
        self._thread.start()

    def detach(self) -> None:
        """Stop hearing."""
        self._stop.set()

    def shutdown(self) -> None:
        """Stop hearing, for good."""
        self._stop.set()

    def poll(self) -> None:
        """Hear the server once; what cannot be believed changes nothing but the reasons given."""
        try:
            document = self._fetch()
            self._believe(verified(document, self._key))
        except (OSError, HTTPException, ValueError) as lost:
            self._note(f"{type(lost).__name__}: {lost}")
        else:
            self._note("")
            self._remember(document)

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """Whether the dependency is on for whoever asks; the caller's default is not asked.

        A switch that serves a share tells them apart by the targeting key of the context; without
        one it is off.
        """
        switch, why = self._heard(flag_key)
        key = evaluation_context.targeting_key if evaluation_context is not None else None
        on = switch is not None and switch.serves(flag_key, key)
        reason = Reason.ERROR if why else Reason.STATIC
        if switch is not None and switch.share:
            reason, why = Reason.SPLIT, why or ("" if key else "no targeting key")
        return FlagResolutionDetails(
            value=on,
            reason=reason,
            variant="on" if on else "off",
            flag_metadata={"why": why} if why else {},
        )

    async def resolve_boolean_details_async(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        """As `resolve_boolean_details`."""
        return self.resolve_boolean_details(flag_key, default_value, evaluation_context)

    def only_boolean(
        self,
        flag_key: str,
        default_value: object,
        evaluation_context: EvaluationContext | None = None,
    ) -> NoReturn:
        """Never an answer: a switch is on or off."""
        raise TypeMismatchError(f"{flag_key} is a switch: ask for a boolean value")

    async def only_boolean_async(
        self,
        flag_key: str,
        default_value: object,
        evaluation_context: EvaluationContext | None = None,
    ) -> NoReturn:
        """Never an answer: a switch is on or off."""
        self.only_boolean(flag_key, default_value, evaluation_context)

    resolve_string_details = resolve_integer_details = only_boolean
    resolve_float_details = resolve_object_details = only_boolean
    resolve_string_details_async = resolve_integer_details_async = only_boolean_async
    resolve_float_details_async = resolve_object_details_async = only_boolean_async

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata(name="tocsin-switch")

    def get_provider_hooks(self) -> list[Hook]:
        """None."""
        return []

    def track(
        self,
        tracking_event_name: str,
        evaluation_context: EvaluationContext | None = None,
        tracking_event_details: TrackingEventDetails | None = None,
    ) -> None:
        """Nothing: a switch does not follow anyone."""

    def _heard(self, flag: str) -> tuple[Switch | None, str]:
        """The switch while it may be believed, and what is wrong if that is not so."""
        state, heard_at = self._state, self._heard_at
        if state is None:
            return None, self._trouble
        switch = state.switches.get(flag)
        if switch is None:
            return None, f"no switch is called {flag}"
        age = self._seconds() - heard_at
        if age > switch.believed_for_seconds:
            return None, f"nothing heard for {age:.0f} s: {self._trouble}"
        return switch, ""

    def _believe(self, state: State) -> None:
        known = self._state
        if known is not None and state.serial < known.serial:
            raise ValueError(f"state {state.serial} is older than {known.serial}, heard before")
        # The instant first: who reads between the two lines believes the older state for less long.
        self._heard_at, self._state = self._seconds(), state

    def _note(self, trouble: str) -> None:
        if bool(trouble) != bool(self._trouble):
            told.warning("switch server: %s", trouble or "heard again")
        self._trouble = trouble

    def _listen(self) -> None:
        while not self._stop.wait(self._poll_seconds):
            self.poll()

    def _remember(self, document: bytes) -> None:
        if self._keep is None:
            return
        fresh = self._keep.with_name(self._keep.name + ".new")
        kept = {"heard_at": self._wall(), "document": document.decode()}
        try:
            fresh.write_text(json.dumps(kept), encoding="utf-8")
            os.replace(fresh, self._keep)
        except OSError as bad:
            told.warning("switch state is not kept: %s", bad)

    def _recall(self) -> None:
        """The state that was kept, for as long as it may still be believed."""
        try:
            kept = json.loads(self._keep.read_text(encoding="utf-8")) if self._keep else None
            age = self._wall() - float(kept["heard_at"]) if kept else -1.0
            if kept and age >= 0:  # a clock that went back makes it worthless
                self._state = verified(str(kept["document"]).encode(), self._key)
                self._heard_at = self._seconds() - age
        except (OSError, ValueError, KeyError, TypeError) as bad:
            told.info("no switch state was kept: %s", bad)


def _fetching(address: str) -> Fetch:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def fetch() -> bytes:
        with opener.open(address, timeout=PATIENCE_SECONDS) as answer:
            document: bytes = answer.read(ANSWER_BYTES_MAX + 1)
        if len(document) > ANSWER_BYTES_MAX:
            raise ValueError("the answer is too large for a state of switches")
        return document

    return fetch
