"""The hand that switches: signs the new state, and believes only what the server then serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from tocsin.facts import ConnectorError, Refused
from tocsin.facts.recovery import share_of, share_words
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.switch.state import LAST, SAFE, State, Switch, verified
from tocsin.switch.store import StateLost, SwitchFolder
from tocsin.world import Clock, Order, Produced, Receipt

ON, OFF = "on", "off"
PAUSE_SECONDS = 0.05

Fetch = Callable[[str], tuple[int, bytes]]
"""Fetches an address: status and body. Raises ConnectorError when there is no whole answer."""


class SwitchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the switches of a home need to know.

    Args:
        place: the folder of the signed state, inside the home.
        server: the address of `tocsin switch serve`.
        flags: the switches there are, by name.
        on_loss: "safe" or "last", see `state.Switch`.
        last_for_seconds: with "last": for how long.
        served_within_seconds: how long a change may take to be served.
    """

    place: str
    server: str
    flags: tuple[str, ...] = ()
    on_loss: str = SAFE
    last_for_seconds: int = 0
    served_within_seconds: float = 5.0

    @property
    def declared(self) -> Mapping[str, Switch]:
        """Each switch as it begins: on.

        Raises:
            Refused: there is none, or what happens on loss is not said rightly.
        """
        if not self.flags:
            raise Refused('name the switches: flags = "assistant.model, assistant.knowledge"')
        if self.on_loss not in (SAFE, LAST):
            raise Refused(f'on_loss is "{SAFE}" or "{LAST}", not "{self.on_loss}"')
        if (self.on_loss == LAST) != (self.last_for_seconds > 0):
            raise Refused(f'last_for_seconds belongs to on_loss = "{LAST}", and is above 0')
        one = Switch(on=True, on_loss=self.on_loss, last_for_seconds=self.last_for_seconds)
        return dict.fromkeys(self.flags, one)


class SwitchHand:
    """A connector to the switches of a home, and what secures their state as evidence."""

    def __init__(self, settings: SwitchSettings, home: Path, fetch: Fetch, clock: Clock) -> None:
        self.declared = settings.declared
        self.folder = SwitchFolder(home / settings.place)
        self._settings, self._fetch, self._clock = settings, fetch, clock

    @property
    def repeatable(self) -> Repeatable:
        return Repeatable.IDEMPOTENT

    @property
    def server(self) -> str:
        """The address of the server."""
        return self._settings.server

    def seen(self, name: str) -> str:
        """How a switch is served, or why that cannot be seen."""
        try:
            return self.look(name)
        except ConnectorError as unseen:
            return f"not seen: {unseen}"

    def look(self, target: str) -> str:
        """What the server serves for this switch."""
        return self._of(self._served(), target)

    def act(self, order: Order) -> Receipt:
        share = share_of(order.wanted)
        if order.wanted not in (ON, OFF) and share is None:
            raise _refusal(f"a switch is {ON}, {OFF} or a share such as 1 %, not {order.wanted!r}")
        now, on = self._clock.now(), order.wanted == ON
        try:
            was = self.folder.set(order.target, on, order.key, now, self.declared, share=share or 0)
        except (Refused, StateLost) as bad:
            raise _refusal(str(bad)) from None
        before = stands(was)
        self._await(order)
        outcome = Outcome.ALREADY if before == order.wanted else Outcome.DONE
        return Receipt(key=order.key, outcome=outcome, before=before, after=order.wanted)

    def find(self, order: Order) -> Receipt | None:
        """ALREADY while the switch is served as wanted; else None, for setting it again is safe."""
        seen = self.look(order.target)
        if seen != order.wanted:
            return None
        return Receipt(key=order.key, outcome=Outcome.ALREADY, before=seen, after=seen)

    def produce(self, item: str, seconds: float) -> Produced:
        """The signed state that is served now; sufficient when every declared switch is in it."""
        wanted, data, why = len(self.declared), b"", ""
        count = 0
        try:
            status, data = self._fetch(self._address)
            state = verified(data, self.folder.public_key) if status == 200 else None
            count = len(set(self.declared) & set(state.switches)) if state else 0
            why = f"{count} of {wanted} switches, signed and as served"
        except (ConnectorError, Refused, ValueError) as bad:
            why = str(bad)
        return Produced(
            item=item, producer="the switch server", name="switches.json", data=data,
            count=count, wanted=wanted, sufficient=count == wanted, why=why,
        )  # fmt: skip

    @property
    def _address(self) -> str:
        return self._settings.server.rstrip("/") + "/state"

    def _served(self) -> State:
        status, body = self._fetch(self._address)
        if status != 200:
            raise ConnectorError(
                f"the switch server answered {status}; see: tocsin switch show",
                may_have_acted=False,
            )
        try:
            return verified(body, self.folder.public_key)
        except (ValueError, Refused) as bad:
            raise ConnectorError(
                f"the switch server at {self._settings.server}: {bad}", may_have_acted=False
            ) from None

    def _of(self, state: State, target: str) -> str:
        switch = state.switches.get(target)
        if switch is None:
            known = ", ".join(sorted(state.switches)) or "none"
            raise _refusal(f"no switch is called {target}; there are: {known}")
        return stands(switch)

    def _await(self, order: Order) -> None:
        """Return once the server serves it; the change is signed and stays in any case."""
        waited, seen = 0.0, ""
        while waited <= self._settings.served_within_seconds:
            try:
                seen = self.look(order.target)
            except ConnectorError as away:
                seen = str(away)
            if seen == order.wanted:
                return
            self._clock.sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS
        safe_after = self.declared.get(order.target, Switch(on=False)).believed_for_seconds
        raise ConnectorError(
            f"{order.target} is {order.wanted} in the signed state, but is not served so ({seen}); "
            f"start: tocsin switch serve. Applications that hear nothing go to their fallback "
            f"within {safe_after:.0f} s",
            may_have_acted=True,
        )


def stands(switch: Switch) -> str:
    """How a switch stands, as an order asks for it: on, off, or a share such as `1 %`."""
    if switch.share:
        return share_words(switch.share)
    return ON if switch.on else OFF


def _refusal(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
