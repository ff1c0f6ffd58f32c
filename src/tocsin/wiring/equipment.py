"""What a home can act, look and secure evidence with, built from its register.

One that cannot be built is a mistake told with its remedy, and never an obstacle to the others.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from tocsin.connectors import kinds as connectors
from tocsin.connectors.references import secret_at
from tocsin.facts import Refused
from tocsin.probes import kinds as probes
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Integration, Register
from tocsin.wiring.switches import KIND as SWITCH
from tocsin.wiring.switches import switch_hand
from tocsin.world import Clock, Connector, Probe, Producer

OTHER_KINDS = ("witness", "timestamp")
"""Integrations that are neither hand nor eye: whom an export asks to vouch for size and time."""


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """Hands, eyes and producers of evidence, by integration id."""

    hands: dict[str, Connector] = {}
    eyes: dict[str, Probe] = {}
    producers: dict[str, Producer] = {}
    unusable: list[Mistake] = []


def equipment(register: Register, home: Path, clock: Clock) -> Equipment:
    """All that the integrations of a register give."""
    made = Equipment()
    for integration in register.integrations.values():
        try:
            _add(made, integration, home, clock)
        except Refused as bad:
            made.unusable.append(
                Mistake(
                    file="register",
                    line=1,
                    path=f"integrations.{integration.id}",
                    found="cannot be used",
                    remedy=str(bad),
                )
            )
    return made


def _add(made: Equipment, one: Integration, home: Path, clock: Clock) -> None:
    settings = {"place": one.place, **one.settings}
    if one.secret is not None:
        settings["secret"] = one.secret
    if one.kind in connectors.KINDS:
        made.hands[one.id] = connectors.build(one.kind, settings, secret_at, clock)
    elif one.kind == SWITCH:
        hand = switch_hand(one, home, clock)
        made.hands[one.id], made.producers[one.id] = hand, hand
    elif one.kind in probes.KINDS:
        fetch = connectors.fetcher(settings)
        own = {k: v for k, v in settings.items() if k not in connectors.CALL_LIMITS}
        made.eyes[one.id] = probes.build(one.kind, own, fetch, clock)
    elif one.kind not in OTHER_KINDS:
        known = ", ".join((*connectors.KINDS, SWITCH, *probes.KINDS, *OTHER_KINDS))
        raise Refused(f"no integration is of kind {one.kind!r}; known: {known}")
