"""The switches of a home: which its register declares, and the hand that sets them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tocsin.connectors import kinds
from tocsin.facts import Refused
from tocsin.register.files import load_register
from tocsin.register.model import Integration, Register
from tocsin.switch.hand import SwitchHand, SwitchSettings
from tocsin.wiring.places import origin_of
from tocsin.world import Clock, RealClock

KIND = "switch"


def switch_hand(integration: Integration, home: Path, clock: Clock) -> SwitchHand:
    """The hand of an integration of kind `switch`. Raises Refused."""
    given = {"place": integration.place, **integration.settings}
    own = {name: text for name, text in given.items() if name not in kinds.CALL_LIMITS}
    settings = kinds.settings_from(own, SwitchSettings, KIND)
    return SwitchHand(settings, home, kinds.fetcher(_reaching(settings.server, given)), clock)


def switches_in(home: Path) -> dict[str, SwitchHand]:
    """The hands of kind `switch` that the files of a home's register declare, by integration.

    The record is not opened: the server of the switches must start whatever state it is in. So it
    reads the files, in force or not; nothing is switched by that, for acting goes by what was
    adopted, and `tocsin doctor` tells when the two differ.

    Raises:
        Refused: there is no home, or a declaration cannot be used.
    """
    origin_of(home)
    register, _ = load_register(home / "register")
    return switches_of(register, home)


def switches_of(register: Register, home: Path) -> dict[str, SwitchHand]:
    """The hands of kind `switch` of this register, by integration. Raises Refused."""
    return {
        one.id: switch_hand(one, home, RealClock())
        for one in register.integrations.values()
        if one.kind == KIND
    }


def _reaching(server: str, given: Mapping[str, str]) -> dict[str, str]:
    """The limits of calls to the server; it is our own, and usually on this very machine."""
    parts = urlsplit(server)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f'server is an address such as "http://127.0.0.1:8600", not {server!r}')
    usual = {"networks": "127.0.0.0/8"} | ({"ports": str(port)} if port else {})
    return {"place": server, **usual, **given}
