"""Asking the witnesses of the register to cosign the record, and recording what they said."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.cli.screen import Screen
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, Refused, Unreachable
from tocsin.facts.records import CheckpointWitnessed
from tocsin.journal.witness_client import Cosigned, WitnessClient
from tocsin.wiring import HOME_AUTHOR, Opened

WITNESS = "witness"


def cosigned(opened: Opened, screen: Screen) -> list[Cosigned]:
    """What each witness of the register says of the latest checkpoint; kept beside it.

    One that is away, or does not know us, is told and stops nothing.

    Raises:
        Tampered: a witness remembers another record than the one we have.
    """
    seen: list[Cosigned] = []
    for integration in opened.register.integrations.values():
        if integration.kind != WITNESS:
            continue
        client = WitnessClient(integration.place, integration.settings.get("key"))
        try:
            answer = client.cosign(opened.store)
        except (Unreachable, Refused) as away:
            screen.say(f"warning: {away}")
            continue
        opened.store.put_cosignature(answer.size, answer.line)
        if not answer.independent:
            screen.say(
                f"warning: witness {answer.witness} runs under our own account: it counts as none"
            )
        seen.append(answer)
    return seen


def record_cosigned(opened: Opened, seen: Sequence[Cosigned]) -> None:
    """Record what witnesses saw. Comes after the checkpoint was used, for it grows the record."""
    facts = [
        CheckpointWitnessed(
            witness=one.witness,
            key=one.vkey,
            size=one.size,
            root=one.root.hex(),
            cosignature=one.line,
            independent=one.independent,
        )
        for one in seen
    ]
    if facts:
        now = opened.world.clock.now()
        opened.desk.decide(HOME_LOG, lambda _: [draft(fact, now) for fact in facts], HOME_AUTHOR)
