"""The live world of a home: its clock, its record, its evidence, its hands and eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import msgspec

from tocsin.desk import Writer
from tocsin.desk.loaded.known import Knowledge
from tocsin.facts import HOME_LOG, Refused
from tocsin.journal.keys import LogKey
from tocsin.journal.store import Allowed, Store
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.vault.folder import FolderVault
from tocsin.wiring.detectors import stamp
from tocsin.wiring.equipment import InForce, declared, difference
from tocsin.wiring.law import HomeLaw
from tocsin.wiring.places import KEY_FILE, Warn
from tocsin.wiring.signing import Signing, check_key, own_key, store_of
from tocsin.wiring.whereabouts import lost, remember
from tocsin.world import Clock, RandomIds, World


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A home that is open: its world, and what a door needs beside it.

    Args:
        declared: the register that the files in the home declare now, in force or not; what
            could not be read, or cannot be used, is in `mistakes`.
    """

    home: Path
    world: World
    desk: Writer
    store: Store
    key: LogKey
    declared: Register
    mistakes: tuple[Mistake, ...]

    @property
    def in_force(self) -> Register:
        """The register in force; an empty one before any was adopted.

        Raises:
            Refused: it is not in the vault as it was adopted.
        """
        return self.desk.knowledge.register()

    @property
    def difference(self) -> str | None:
        """How the files differ from the register in force, and the next step; None if not."""
        adopted = self.desk.knowledge.register_adopted()
        in_force = self.in_force
        lost = self.desk.knowledge.register_lost
        return lost or difference(self.declared, list(self.mistakes), in_force, adopted)


_HELD: ContextVar[Opened | None] = ContextVar("held", default=None)


@contextmanager
def holding(opened: Opened) -> Iterator[None]:
    """Within it, whoever opens this home gets what is open already, and does not close it.

    For a server, which opens a home once and answers many; each thread holds its own.
    """
    token = _HELD.set(opened)
    try:
        yield
    finally:
        _HELD.reset(token)


def reread(opened: Opened) -> Opened:
    """The same with the register as the files declare it now."""
    files, mistakes = _declared(opened.home, opened.world.clock)
    return msgspec.structs.replace(opened, declared=files, mistakes=mistakes)


def written_at(home: Path) -> object:
    """Another whenever a file of the register or of detectors was written, added or removed."""
    seen = ((path, path.stat()) for path in sorted((home / "register").glob("*")))
    named = tuple((path.name, found.st_mtime_ns, found.st_size) for path, found in seen)
    return named, stamp(home)


def for_reader(opened: Opened, allowed: Allowed) -> Opened:
    """The same as somebody sees it who may not read all of it; to look, not to decide upon."""
    store = opened.store.for_reader(allowed)
    world = msgspec.structs.replace(opened.world, journal=store)
    return msgspec.structs.replace(opened, store=store, world=world, desk=Writer(world))


@contextmanager
def open_home(
    home: Path,
    *,
    warn: Warn,
    check_tail: bool = True,
    key: LogKey | None = None,
    founding: bool = False,
) -> Iterator[Opened]:
    """The live world of a home, in a `with` statement that closes the record at its end.

    Args:
        check_tail: False only to look at a record that may be broken; nothing is built upon it.
        key: signs checkpoints instead of the home's own key, while that one is being replaced.
        founding: whether a record may be begun where there is none.

    Raises:
        Refused: there is no home here, or its record is not where it is looked for.
        Unreachable: the home, or the database, cannot be used now.
        BrokenLog: the record does not fit its own proofs.
    """
    held = _HELD.get()
    if held is not None and held.home == home and key is None and check_tail and not founding:
        yield held
        return
    sign = None
    if key is None:
        key = own_key(home, warn)
        sign = Signing(home / KEY_FILE, key)
    store = store_of(home, key, warn, check_tail=check_tail, sign=sign, create=founding)
    clock = store.clock
    try:
        if check_tail and not founding and store.head(HOME_LOG) == 0:
            raise lost(home)
        if check_tail and sign is not None:
            check_key(store, key)
            remember(home)
        files, mistakes = _declared(home, clock)
        world = _world(home, store)
        yield Opened(
            home=home,
            world=world,
            desk=Writer(world),
            store=store,
            key=key,
            declared=files,
            mistakes=mistakes,
        )
    finally:
        store.close()


def _world(home: Path, store: Store) -> World:
    """The live world; its hands and eyes are those of the register in force."""
    bare = World(
        clock=store.clock,
        ids=RandomIds(),
        journal=store,
        vault=FolderVault(home / "vault"),
        connectors={},
        probes={},
        home=home,
        law=HomeLaw(home).texts,
    )
    equipped = InForce(Knowledge(bare).register, home, store.clock)
    return msgspec.structs.replace(
        bare,
        connectors=equipped.hands,
        probes=equipped.eyes,
        producers=equipped.producers,
        sources=equipped.sources,
        references=equipped.references,
        beats=equipped.beats,
        couriers=equipped.couriers,
    )


def _declared(home: Path, clock: Clock) -> tuple[Register, tuple[Mistake, ...]]:
    """What the files say; a folder that cannot be read is told, and stops nobody."""
    try:
        register, told = declared(home, clock)
    except Refused as bad:
        found, _, remedy = str(bad).partition("; ")
        return Register(), (Mistake(file="register", line=1, path="", found=found, remedy=remedy),)
    return register, tuple(told)
