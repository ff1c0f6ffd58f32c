"""Chooses the live world of a home: its clock, its record, its evidence, its hands and eyes.

A home is a folder: `tocsin.toml` (the record's origin), `keys/log.key`, `journal.db`, `vault/`,
`register/` and `reserve`. `found` makes all of it and may be run again after a crash.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tocsin import __version__
from tocsin.connectors import kinds as connectors
from tocsin.connectors.references import secret_at
from tocsin.desk import Writer
from tocsin.facts import HOME_LOG, Asserter, Author, Draft, Proof, Refused, Tampered, Unreachable
from tocsin.facts.records import HomeFounded, LogKeyRotated
from tocsin.journal import note
from tocsin.journal.keys import LogKey, public_path
from tocsin.journal.sqlite import FILE
from tocsin.journal.store import Store, open_store
from tocsin.probes import kinds as probes
from tocsin.register.files import load_register, write_atomically, write_starter
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.vault.folder import FolderVault
from tocsin.world import Clock, Connector, OffsetClock, Probe, RandomIds, RealClock, World

DATABASE_VARIABLE = "TOCSIN_DATABASE_URL"
CONFIG = "tocsin.toml"
KEY_FILE, NEXT_KEY_FILE = Path("keys", "log.key"), Path("keys", "log.key.next")
HOME_AUTHOR = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
OTHER_KINDS = ("witness", "timestamp")
"""Integrations that are neither hand nor eye: whom an export asks to vouch for size and time."""

Warn = Callable[[str], None]


class Founded(msgspec.Struct, frozen=True, kw_only=True):
    """A home that is ready: where it is, the fingerprint of its key, and whether it is new."""

    home: Path
    origin: str
    key: str
    new: bool


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


def found(home: Path, origin: str | None, warn: Warn) -> Founded:
    """Make a home, or finish making one; what is there already stays as it is.

    Raises:
        Refused: the home was founded under another origin, or its key file is gone.
        Unreachable: the folder cannot be written.
    """
    if origin is not None:
        _check_origin(origin)
    with _written(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "keys").mkdir(mode=0o700, exist_ok=True)
        (home / "register").mkdir(exist_ok=True)
        _settle(home, origin, warn)
        write_starter(home / "register")
        return _begun(home, origin, warn)


@contextmanager
def _written(home: Path) -> Iterator[None]:
    """Within it, a file that could not be written is the world's fault, not the person's."""
    try:
        yield
    except OSError as bad:
        raise _unusable(home, bad) from None
    except Refused as bad:
        if isinstance(bad.__context__, OSError):
            raise Unreachable(str(bad)) from None
        raise


def _settle(home: Path, origin: str | None, warn: Warn) -> None:
    """Settings and key are in place: those that the record knows, new ones only for a new one."""
    config, key_file = home / CONFIG, home / KEY_FILE
    whole = config.exists() and key_file.exists()
    known = None if whole else _recorded(home, warn)
    if not config.exists():
        chosen = origin or f"tocsin.invalid/{RandomIds().incident().lower()}"
        if known is not None:
            chosen = known.origin
            _check_same(home, origin, chosen)
        write_atomically(config, _config_text(chosen).encode())
    if not key_file.exists():
        if known is not None:
            raise Refused(
                f"the record is signed by {known.fingerprint}, but its key file {key_file} is "
                "gone; put the file back from a copy: a new key would not be the record's"
            )
        LogKey.create(key_file, origin_of(home))
    elif not public_path(key_file).exists():
        key = LogKey.load(key_file, origin_of(home))
        write_atomically(public_path(key_file), f"{key.public_line} {key.origin}\n".encode())


def _begun(home: Path, origin: str | None, warn: Warn) -> Founded:
    named = origin_of(home)
    _check_same(home, origin, named)
    with open_home(home, warn=warn) as opened:
        key = opened.key
        new = opened.store.head(HOME_LOG) == 0
        if new:
            fact = HomeFounded(
                origin=named,
                key=key.public_line,
                fingerprint=key.fingerprint,
                version=__version__,
            )
            draft = Draft(fact=fact, happened_at=opened.world.clock.now())
            opened.store.append(HOME_LOG, 0, [draft], HOME_AUTHOR, client_key="founding")
    return Founded(home=home.resolve(), origin=named, key=key.fingerprint, new=new)


def _check_same(home: Path, origin: str | None, named: str) -> None:
    if origin is not None and origin != named:
        raise Refused(f"{home} was founded as {named}; a record keeps its origin for ever")


def _check_origin(origin: str) -> None:
    try:
        note.checkpoint_text(origin, 0, bytes(32))
        if not origin.isprintable() or set(origin) & set('\\"'):
            raise ValueError("quotes, backslashes or signs that cannot be seen")
    except ValueError as bad:
        raise Refused(
            f"origin {origin!r}: {bad}; give a name such as incidents.example.com"
        ) from None


class _Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Under which name and by which key the record says that it is signed."""

    origin: str
    fingerprint: str


def _signer(store: Store) -> _Signer | None:
    found: _Signer | None = None
    for entry in store.read(HOME_LOG):
        match entry.fact:
            case HomeFounded(origin=origin, fingerprint=fingerprint):
                found = _Signer(origin=origin, fingerprint=fingerprint)
            case LogKeyRotated(new=new) if found is not None:
                found = msgspec.structs.replace(found, fingerprint=new)
    return found


def _recorded(home: Path, warn: Warn) -> _Signer | None:
    """What the record says of itself, read without settings and key; None where there is none."""
    url = os.environ.get(DATABASE_VARIABLE)
    if not url and not (home / FILE).exists():
        return None
    store = open_store(
        url or home,
        home=home,
        origin="",
        clock=RealClock(),
        ids=RandomIds(),
        sign_checkpoint=_never,
        on_warning=warn,
        check_tail=False,
    )
    try:
        return _signer(store)
    finally:
        store.close()


def _never(size: int, root: bytes) -> bytes:
    raise Refused("a record that was opened only to look at it is not signed")


def _check_key(store: Store, key: LogKey) -> None:
    """Passes when this key signed the last checkpoint, or the record says that it signs now."""
    last = store.checkpoint_at(store.size())
    if last is None or key.verifier.signed(note.parse_note(last)):
        return
    signer = _signer(store)
    if signer is not None and signer.fingerprint != key.fingerprint:
        raise Tampered(
            f"the key file holds the key {key.fingerprint}, but the record is signed by "
            f"{signer.fingerprint}; put that key back. Nothing was written"
        )


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
        key = _own_key(home, warn)
        sign = _Signing(home / KEY_FILE, key)
    store = _store(home, key, warn, check_tail=check_tail, sign=sign)
    clock = store.clock
    try:
        if check_tail and sign is not None:
            _check_key(store, key)
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


def next_key(home: Path) -> LogKey:
    """The key that will follow the home's own; made now, unless a rotation was begun before."""
    origin, place = origin_of(home), home / NEXT_KEY_FILE
    with _written(home):
        return LogKey.load(place, origin) if place.exists() else LogKey.create(place, origin)


def _own_key(home: Path, warn: Warn) -> LogKey:
    with _written(home):
        _finish_rotation(home, warn)
    return LogKey.load(home / KEY_FILE, origin_of(home))


def _finish_rotation(home: Path, warn: Warn) -> None:
    """Put the next key in its place once the record says that it signs."""
    place = home / NEXT_KEY_FILE
    if not place.exists():
        return
    new = LogKey.load(place, origin_of(home))
    store = _store(home, new, warn, check_tail=False)
    try:
        rotated = [e.fact for e in store.read(HOME_LOG) if isinstance(e.fact, LogKeyRotated)]
    finally:
        store.close()
    if rotated and rotated[-1].new == new.fingerprint:
        line = f"{new.public_line} {new.origin}\n"
        write_atomically(public_path(home / KEY_FILE), line.encode())
        public_path(place).unlink(missing_ok=True)
        os.replace(place, home / KEY_FILE)


class _Signing:
    """Signs checkpoints with the key in its place, also after another process has replaced it."""

    def __init__(self, place: Path, key: LogKey) -> None:
        self._place, self._key, self._seen = place, key, _identity(place)

    def __call__(self, size: int, root: bytes) -> bytes:
        there = _identity(self._place)
        if there is not None and there != self._seen:
            self._key, self._seen = LogKey.load(self._place, self._key.origin), there
        return self._key.sign_checkpoint(size, root)


def _identity(place: Path) -> tuple[int, int] | None:
    try:
        seen = place.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns


def _store(
    home: Path,
    key: LogKey,
    warn: Warn,
    *,
    check_tail: bool,
    sign: Callable[[int, bytes], bytes] | None = None,
) -> Store:
    url = os.environ.get(DATABASE_VARIABLE)
    store = open_store(
        url or home,
        home=home,
        origin=key.origin,
        clock=RealClock(),
        ids=RandomIds(),
        sign_checkpoint=sign or key.sign_checkpoint,
        on_warning=warn,
        check_tail=check_tail,
    )
    if url:
        # Workers on several machines share the server: its clock decides whose lease is over.
        store.clock = OffsetClock(RealClock(), store.now_of_database)
    return store


def origin_of(home: Path) -> str:
    """The name under which the record of this home signs. Raises Refused when there is no home."""
    config = home / CONFIG
    try:
        value = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Refused(
            f"{home} is no home of a record; make one: tocsin --home {home} init"
        ) from None
    except OSError as bad:
        raise _unusable(home, bad) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise Refused(f'{config}: {bad}; it should hold one line: origin = "NAME"') from None
    origin = value.get("origin")
    if not isinstance(origin, str) or not origin or value.keys() != {"origin"}:
        raise Refused(f'{config}: it should hold one line: origin = "NAME"')
    return origin


def _config_text(origin: str) -> str:
    return f'# The name under which this record signs. Never change it.\norigin = "{origin}"\n'


def _unusable(home: Path, bad: OSError) -> Unreachable:
    return Unreachable(f"home {home}: {bad.strerror or bad}; check the folder's owner and space")
