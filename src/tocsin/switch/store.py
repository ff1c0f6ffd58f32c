"""The folder in which the signed state of a home's switches lies, and the only way to change it.

A change is whole or did not happen, also when the power fails; two who change at once wait for each
other. A copy of the last state lies beside the folder, so that a damaged or an older one put in its
place does not count. When both are lost, or the key is, every switch is off until a person says
otherwise: nobody can tell any more which were.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)

from tocsin.facts import Refused, Unreachable
from tocsin.switch.state import State, Switch, public_text, signed, verified

KEY, STATE, LOCK = "switch.key", "state.json", "lock"
NOTHING: Mapping[str, Switch] = MappingProxyType({})


class StateLost(Exception):
    """The signed state is absent or not to be believed; the message says which, and what to do."""


class SwitchFolder:
    """The switches in a folder. Processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def public_key(self) -> str:
        """What applications must be told to believe this folder's states.

        Raises:
            Refused: nothing was declared here yet.
        """
        return public_text(self._key())

    def declare(self, declared: Mapping[str, Switch], now: datetime) -> State:
        """The state with a switch for each of these names, new ones as declared.

        What is on stays on and what is off stays off; only what happens on loss is taken over. A
        key that is gone is made anew, and then every switch is OFF.

        Raises:
            StateLost: there was a state or a key, and it is gone; every switch is OFF then.
            Unreachable: the folder cannot be used.
        """
        with self._locked():
            if not (self.folder / KEY).exists():
                first = not (self.folder / STATE).exists() and self._kept() is None
                self._create_key()
                if first:
                    return self._write(1, _dated(declared, now), now)
                self._begin_anew(declared, now)
                raise StateLost(
                    f"{self.folder / KEY} was gone; a new key was made and every switch is OFF. "
                    "Give applications the new key (tocsin switch key), then put each on again"
                )
            state = self.read()
            switches = dict(state.switches)
            for name, wish in _dated(declared, now).items():
                known = switches.get(name)
                if known is not None:
                    wish = replace(known, on_loss=wish.on_loss,
                                   last_for_seconds=wish.last_for_seconds)  # fmt: skip
                switches[name] = wish
            if switches == dict(state.switches):
                return state
            return self._write(state.serial + 1, switches, now)

    def begin_anew(self, declared: Mapping[str, Switch], now: datetime) -> State:
        """A state in which every declared switch is OFF, in place of one that was lost.

        Its serial is above every one that applications may have heard.
        """
        with self._locked():
            return self._begin_anew(declared, now)

    def _begin_anew(self, declared: Mapping[str, Switch], now: datetime) -> State:
        off = {name: replace(one, on=False, share=0) for name, one in _dated(declared, now).items()}
        # Serials count changes, so that the seconds since 1970 are above all of them.
        return self._write(max(int(now.timestamp()), self._floor() + 1), off, now)

    def set(
        self,
        name: str,
        on: bool,
        order: str,
        now: datetime,
        declared: Mapping[str, Switch] = NOTHING,
        *,
        share: int = 0,
    ) -> Switch:
        """Switch, and give the switch as it was before. Setting it twice is setting it once.

        Turning off works whatever became of the state: where it is lost, every switch is OFF.

        Args:
            declared: every switch there is, for a state that was lost.
            share: of 10,000 who ask, so many are served although it is off.

        Raises:
            Refused: no such switch.
            StateLost: there is no state to turn anything on in.
        """
        with self._locked():
            try:
                state = self.read()
            except StateLost:
                if on or share or name not in declared:
                    raise
                before = declared[name]  # it may have been on
                anew = self._begin_anew(declared, now)
                self._write(anew.serial + 1, _ordered(anew, name, on, order, now), now)
                return before
            known = state.switches.get(name)
            if known is None:
                names = ", ".join(sorted(state.switches)) or "none"
                raise Refused(f"no switch is called {name}; there are: {names}")
            if (known.on, known.share) != (on, share) or self._damaged() is not None:
                wanted = _ordered(state, name, on, order, now, share)
                self._write(state.serial + 1, wanted, now)
            return known

    def document(self) -> bytes:
        """The signed document that counts: the one that lies there, or the copy of the last one
        where that is damaged or older. Raises StateLost when neither can be believed."""
        damaged = self._damaged()
        if damaged is None:
            return (self.folder / STATE).read_bytes()
        kept = self._kept()
        if kept is None or self._believed(kept) is None:
            raise StateLost(damaged)
        return kept

    def read(self) -> State:
        """The state that counts, verified. Raises StateLost."""
        return verified(self.document(), self.public_key)

    def is_begun(self) -> bool:
        """Whether there ever was a key or a state here, as far as what is left tells."""
        left = (self.folder / KEY, self.folder / STATE, self._copy)
        return any(path.exists() for path in left)

    def damage(self) -> str:
        """What is wrong with the state that lies there; empty when nothing is."""
        return self._damaged() or ""

    def _damaged(self) -> str | None:
        try:
            state = verified((self.folder / STATE).read_bytes(), self.public_key)
        except OSError as bad:
            return f"{self.folder / STATE}: {bad.strerror}"
        except ValueError as bad:
            return f"{self.folder / STATE}: {bad}"
        if state.serial < self._floor():
            return f"{self.folder / STATE}: state {state.serial} is older than the last written"
        return None

    def _believed(self, document: bytes) -> State | None:
        try:
            return verified(document, self.public_key)
        except (ValueError, Refused):
            return None

    def _floor(self) -> int:
        """The serial of the last state that was written, as far as its copy tells."""
        kept = self._kept()
        state = self._believed(kept) if kept is not None else None
        return state.serial if state is not None else 0

    def _kept(self) -> bytes | None:
        """The copy of the last document, which lies beside the folder; None when there is none."""
        try:
            return self._copy.read_bytes()
        except OSError:
            return None

    @property
    def _copy(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.last.json"

    def _write(self, serial: int, switches: Mapping[str, Switch], now: datetime) -> State:
        state = State(serial=serial, issued_at=now.isoformat(), switches=switches)
        document = signed(state, self._key())
        self._replace(self.folder / STATE, document, 0o644)
        self._replace(self._copy, document, 0o644)
        return state

    def _key(self) -> Ed25519PrivateKey:
        path = self.folder / KEY
        try:
            key = load_ssh_private_key(path.read_bytes(), None)
        except FileNotFoundError:
            raise Refused(f"{path} is not there yet; run: tocsin switch serve") from None
        except OSError as bad:
            raise Unreachable(f"{path}: {bad.strerror}; check its owner and mode") from None
        except ValueError as bad:
            raise Refused(f"{path}: {bad}; bring back the key from a backup") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise Refused(f"{path}: not an Ed25519 key; bring back the key from a backup")
        return key

    def _create_key(self) -> None:
        key = Ed25519PrivateKey.generate()
        data = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        self._replace(self.folder / KEY, data, 0o600)

    def _replace(self, path: Path, data: bytes, mode: int) -> None:
        fresh = path.with_name(f"{path.name}.new")
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
            place = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(place)
            finally:
                os.close(place)
        except OSError as bad:
            raise self._unusable(bad) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as bad:
            raise self._unusable(bad) from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _unusable(self, bad: OSError) -> Unreachable:
        return Unreachable(f"{self.folder}: {bad.strerror or bad}; check its owner and space")


def _ordered(
    state: State, name: str, on: bool, order: str, now: datetime, share: int = 0
) -> dict[str, Switch]:
    one = replace(state.switches[name], on=on, order=order, since=now.isoformat(), share=share)
    return {**state.switches, name: one}


def _dated(switches: Mapping[str, Switch], now: datetime) -> dict[str, Switch]:
    return {name: replace(one, since=now.isoformat()) for name, one in switches.items()}
