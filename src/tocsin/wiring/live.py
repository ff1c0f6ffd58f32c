"""The live world of a home: its clock, its record, its evidence, its hands and eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tocsin.connectors import kinds as connectors
from tocsin.connectors.references import secret_at
from tocsin.desk import Writer
from tocsin.facts import Refused
from tocsin.journal.keys import LogKey
from tocsin.journal.store import Store
from tocsin.probes import kinds as probes
from tocsin.register.files import load_register
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.vault.folder import FolderVault
from tocsin.wiring.places import KEY_FILE, Warn
from tocsin.wiring.signing import Signing, check_key, own_key, store_of
from tocsin.world import Clock, Connector, Probe, RandomIds, World

OTHER_KINDS = ("witness", "timestamp")
"""Integrations that are neither hand nor eye: whom an export asks to vouch for size and time."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A home that is open: its world, and what a door needs beside it.

    Args:
        register: as the files in the home say now; what could not be read is in `mistakes`.
    """

    home: Path
    world: World
    desk: Writer
    store: Store
    key: LogKey
    register: Register
    mistakes: tuple[Mistake, ...]


@contextmanager
def open_home(
    home: Path, *, warn: Warn, check_tail: bool = True, key: LogKey | None = None
) -> Iterator[Opened]:
    """The live world of a home, in a `with` statement that closes the record at its end.

    Args:
        check_tail: False only to look at a record that may be broken; nothing is built upon it.
        key: signs checkpoints instead of the home's own key, while that one is being replaced.

    Raises:
        Refused: there is no home here.
        Unreachable: the home, or the database, cannot be used now.
        BrokenLog: the record does not fit its own proofs.
    """
    sign = None
    if key is None:
        key = own_key(home, warn)
        sign = Signing(home / KEY_FILE, key)
    store = store_of(home, key, warn, check_tail=check_tail, sign=sign)
    clock = store.clock
    try:
        if check_tail and sign is not None:
            check_key(store, key)
        register, told = load_register(home / "register")
        hands, eyes, unusable = _integrations(register, clock)
        world = World(
            clock=clock,
            ids=RandomIds(),
            journal=store,
            vault=FolderVault(home / "vault"),
            connectors=hands,
            probes=eyes,
            home=home,
        )
        mistakes = (*told, *unusable)
        yield Opened(
            home=home,
            world=world,
            desk=Writer(world),
            store=store,
            key=key,
            register=register,
            mistakes=mistakes,
        )
    finally:
        store.close()


def _integrations(
    register: Register, clock: Clock
) -> tuple[dict[str, Connector], dict[str, Probe], list[Mistake]]:
    """Hands and eyes by integration id. One that cannot be built is a mistake, and no obstacle."""
    hands: dict[str, Connector] = {}
    eyes: dict[str, Probe] = {}
    unusable: list[Mistake] = []
    for integration in register.integrations.values():
        settings = {"place": integration.place, **integration.settings}
        if integration.secret is not None:
            settings["secret"] = integration.secret
        try:
            if integration.kind in connectors.KINDS:
                hands[integration.id] = connectors.build(
                    integration.kind, settings, secret_at, clock
                )
            elif integration.kind in probes.KINDS:
                fetch = connectors.fetcher(settings)
                own = {k: v for k, v in settings.items() if k not in connectors.CALL_LIMITS}
                eyes[integration.id] = probes.build(integration.kind, own, fetch, clock)
            elif integration.kind not in OTHER_KINDS:
                known = ", ".join((*connectors.KINDS, *probes.KINDS, *OTHER_KINDS))
                raise Refused(f"no integration is of kind {integration.kind!r}; known: {known}")
        except Refused as bad:
            unusable.append(
                Mistake(
                    file="register",
                    line=1,
                    path=f"integrations.{integration.id}",
                    found="cannot be used",
                    remedy=str(bad),
                )
            )
    return hands, eyes, unusable
