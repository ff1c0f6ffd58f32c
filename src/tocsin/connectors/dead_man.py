"""Says to a watch outside that we are alive: when it hears nothing any more, it raises the alarm.

Nothing that has died can say so itself. So whoever must not fall silent, `tocsin watch`, `tocsin
work` and `tocsin web`, gives this sign again and again, each at an address of its own, and somebody
else's clock notices its absence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from tocsin.connectors.calls import Caller
from tocsin.connectors.references import SecretOf, is_reference
from tocsin.facts import ConnectorError, Refused
from tocsin.world import Clock

METHODS = ("GET", "POST")
PROCESSES = ("watch", "work", "web")


class DeadManSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the sign is given.

    Args:
        place: the address, or a reference to it where it holds a token.
        method: GET or POST.
        every_seconds: the time between two signs; give the watch outside at least three times that.
        of: whose sign it is: "watch", "work" or "web".
    """

    place: str
    method: str = METHODS[0]
    every_seconds: float = 60.0
    of: str = PROCESSES[0]


class DeadMan:
    """Gives the sign when it is due; to be called in every round of a loop that must not stop."""

    def __init__(
        self, settings: DeadManSettings, caller: Caller, secret_of: SecretOf, clock: Clock
    ) -> None:
        if settings.method not in METHODS:
            raise Refused(f"method is {' or '.join(METHODS)}, not {settings.method!r}")
        if settings.of not in PROCESSES:
            raise Refused(f"of is one of {', '.join(PROCESSES)}, not {settings.of!r}")
        if not 0 <= settings.every_seconds <= 86400:
            raise Refused("every_seconds is 0 to 86400")
        self._settings, self._caller = settings, caller
        self._secret_of, self._clock = secret_of, clock
        self._heard_at: datetime | None = None

    @property
    def of(self) -> str:
        """Whose sign it is."""
        return self._settings.of

    def __call__(self) -> None:
        """Give the sign if it is due.

        Raises:
            ConnectorError: it was not heard; it is due again at the next call.
        """
        now, every = self._clock.now(), timedelta(seconds=self._settings.every_seconds)
        if self._heard_at is not None and now - self._heard_at < every:
            return
        place = self._settings.place
        url = self._secret_of(place) if is_reference(place) else place
        answer = self._caller.call(self._settings.method, url, {"Accept": "*/*"})
        if not 200 <= answer.status < 300:
            raise ConnectorError(
                f"the watch outside answered {answer.status}; it did not hear that we are alive",
                may_have_acted=False,
            )
        self._heard_at = now
