"""The live world of a home: its clock, its record, its evidence, its hands and eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tocsin.desk import Writer
from tocsin.journal.keys import LogKey
from tocsin.journal.store import Store
from tocsin.register.files import load_register
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.vault.folder import FolderVault
from tocsin.wiring.equipment import equipment
from tocsin.wiring.places import KEY_FILE, Warn
from tocsin.wiring.signing import Signing, check_key, own_key, store_of
from tocsin.world import RandomIds, World


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
        equipped = equipment(register, home, clock)
        world = World(
            clock=clock,
            ids=RandomIds(),
            journal=store,
            vault=FolderVault(home / "vault"),
            connectors=equipped.hands,
            probes=equipped.eyes,
            home=home,
            producers=equipped.producers,
        )
        mistakes = (*told, *equipped.unusable)
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
