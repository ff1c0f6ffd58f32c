"""Makes a home, or finishes making one: settings, key, register and its first entry."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tocsin import __version__
from tocsin.facts import HOME_LOG, Draft, Refused
from tocsin.facts.records import FoundedAnew, HomeFounded
from tocsin.journal import note
from tocsin.journal.keys import LogKey, public_path
from tocsin.register.files import write_atomically, write_starter
from tocsin.wiring.live import open_home
from tocsin.wiring.places import (
    CONFIG,
    HOME_AUTHOR,
    KEY_FILE,
    Warn,
    config_text,
    origin_of,
    written,
)
from tocsin.wiring.signing import recorded
from tocsin.wiring.whereabouts import BEGUN, MARK, lost
from tocsin.world import RandomIds

ANEW = "anew: "


class Founded(msgspec.Struct, frozen=True, kw_only=True):
    """A home that is ready: where it is, the fingerprint of its key, and whether it is new."""

    home: Path
    origin: str
    key: str
    new: bool


def found(
    home: Path, origin: str | None, warn: Warn, *, anew: str | None = None, account: str = ""
) -> Founded:
    """Make a home, or finish making one; what is there already stays as it is.

    Args:
        anew: why a new record is begun in the place of one that was lost for good; is recorded.
        account: of the operating system, that says so.

    Raises:
        Refused: the home was founded under another origin, its key file is gone, or its record is
            not where it is looked for.
        Unreachable: the folder cannot be written.
    """
    if origin is not None:
        _check_origin(origin)
    with written(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "keys").mkdir(mode=0o700, exist_ok=True)
        (home / "register").mkdir(exist_ok=True)
        _check_not_lost(home, warn, anew)
        _settle(home, origin, warn)
        write_starter(home / "register")
        founded = _begun(home, origin, warn, account)
        (home / BEGUN).unlink(missing_ok=True)
        return founded


def _check_not_lost(home: Path, warn: Warn, anew: str | None) -> None:
    """Passes when this home has its record, or none yet, or somebody says why it begins anew.

    Raises:
        Refused: it had a record, which is not where it is looked for; or nothing is lost.
    """
    if anew is not None and not anew.strip():
        raise Refused("say why a new record is begun under the old name; the reason is recorded")
    there = _had_record(home) and not (home / BEGUN).exists()
    missing = there and recorded(home, warn) is None
    if missing and anew is None:
        raise lost(home)
    if anew is not None and not missing:
        raise Refused(f"{home} has lost no record; nothing is begun anew")
    if anew is not None:
        write_atomically(home / BEGUN, f"{ANEW}{anew.strip()}\n".encode())


def _had_record(home: Path) -> bool:
    """Whether anything here tells of a record: its key, where it lies, or evidence under its name.

    Settings alone tell of none: a founding that is broken off at its first step leaves just those.
    """
    if (home / KEY_FILE).exists() or (home / MARK).exists():
        return True
    return (home / CONFIG).exists() and any(one.is_file() for one in (home / "vault").rglob("*"))


def _why_anew(home: Path) -> str | None:
    """Why a new record is begun, as it was said before a crash or just now; None if it is not."""
    text = (home / BEGUN).read_text(encoding="utf-8") if (home / BEGUN).exists() else ""
    return text.removeprefix(ANEW).strip() if text.startswith(ANEW) else None


def _settle(home: Path, origin: str | None, warn: Warn) -> None:
    """Settings and key are in place: those that the record knows, new ones only for a new one."""
    config, key_file = home / CONFIG, home / KEY_FILE
    whole = config.exists() and key_file.exists()
    known = None if whole else recorded(home, warn)
    if not config.exists():
        chosen = origin or f"tocsin.invalid/{RandomIds().incident().lower()}"
        if known is not None:
            chosen = known.origin
            _check_same(home, origin, chosen)
        write_atomically(config, config_text(chosen).encode())
    if not key_file.exists():
        if known is not None:
            raise Refused(
                f"the record is signed by {known.fingerprint}, but its key file {key_file} is "
                "gone; put the file back from a copy: a new key would not be the record's"
            )
        if _why_anew(home) is None:
            write_atomically(home / BEGUN, b"a record is being founded\n")
        LogKey.create(key_file, origin_of(home))
    elif not public_path(key_file).exists():
        key = LogKey.load(key_file, origin_of(home))
        write_atomically(public_path(key_file), f"{key.public_line} {key.origin}\n".encode())


def _begun(home: Path, origin: str | None, warn: Warn, account: str) -> Founded:
    named = origin_of(home)
    _check_same(home, origin, named)
    # A record that was there a moment ago is not made again if it vanishes meanwhile.
    founding = (home / BEGUN).exists()
    with open_home(home, warn=warn, founding=founding) as opened:
        key = opened.key
        new = opened.store.head(HOME_LOG) == 0
        if new:
            fact = HomeFounded(
                origin=named,
                key=key.public_line,
                fingerprint=key.fingerprint,
                version=__version__,
            )
            now = opened.world.clock.now()
            why = _why_anew(home)
            drafts = [Draft(fact=fact, happened_at=now)]
            if why is not None:
                anew = FoundedAnew(because=why, account=account)
                drafts.append(Draft(fact=anew, happened_at=now))
            opened.store.append(HOME_LOG, 0, drafts, HOME_AUTHOR, client_key="founding")
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
