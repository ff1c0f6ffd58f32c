"""Asking the witnesses of the register to cosign the record, and recording what they said."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.cli.screen import Screen
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, Refused, Unreachable
from tocsin.facts.records import CheckpointWitnessed
from tocsin.journal.witness_answers import Answers, answers, asked
from tocsin.journal.witness_client import Cosigned, Grown, WitnessClient
from tocsin.register.model import Register
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


def asked_now(urls: Sequence[str], record: Grown, register: Register) -> Answers | None:
    """What the witnesses at these addresses say now; None when there are no addresses.

    One that the register names is believed only under the key that stands there.

    Raises:
        Refused: not the address of a witness.
    """
    known = {
        one.place.rstrip("/"): one.settings.get("key")
        for one in register.integrations.values()
        if one.kind == WITNESS
    }
    return answers([asked(url, known.get(url.rstrip("/")), record) for url in urls])


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
