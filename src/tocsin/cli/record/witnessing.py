"""Asking the witnesses of the register to cosign the record, and recording what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.cli.frame.screen import Screen
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, Refused, Unreachable
from tocsin.facts.records import CheckpointWitnessed
from tocsin.journal.packed import Packed
from tocsin.journal.policy import Policy
from tocsin.journal.witness_answers import Answers, answers, asked, asked_of_package
from tocsin.journal.witness_client import Cosigned, Grown, WitnessClient
from tocsin.register.model import Register
from tocsin.register.references import WITNESS
from tocsin.wiring import HOME_AUTHOR, Opened


def cosigned(opened: Opened, screen: Screen) -> list[Cosigned]:
    """What each witness of the register says of the latest checkpoint; kept beside it.

    One that is away, or does not know us, is told and stops nothing.

    Raises:
        Tampered: a witness remembers another record than the one we have.
    """
    seen: list[Cosigned] = []
    for integration in opened.in_force.integrations.values():
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


def keys_by_url(register: Register, policy: Policy | None) -> dict[str, str]:
    """Under which key each witness of the register, or of the reader's policy, is believed."""
    known = {
        _same(one.place): one.settings["key"]
        for one in register.integrations.values()
        if one.kind == WITNESS and "key" in one.settings
    }
    if policy is not None:
        texts = [verifier.text() for verifier in policy.witnesses.values()]
        known |= {_same(policy.urls[text]): text for text in texts if text in policy.urls}
    return known


def asked_now(urls: Sequence[str], record: Grown, keys: Mapping[str, str]) -> Answers | None:
    """What the witnesses at these addresses say of a record now; None without addresses.

    Args:
        keys: as `keys_by_url` gives them; a witness that is not among them is believed as it is.

    Raises:
        Refused: not the address of a witness.
    """
    return answers([asked(url, keys.get(_same(url)), record) for url in urls])


def asked_of_package_now(
    urls: Sequence[str], package: Packed, keys: Mapping[str, str]
) -> Answers | None:
    """As `asked_now`, of an evidence package."""
    return answers([asked_of_package(url, keys.get(_same(url)), package) for url in urls])


def _same(url: str) -> str:
    return url.rstrip("/")


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
