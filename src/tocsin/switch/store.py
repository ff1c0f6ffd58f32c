"""The folder in which the signed state of a home's switches lies, and the only way to change it.

A change is whole or did not happen, also when the power fails; two who change at once wait for each
other. When the state is lost or damaged, every switch counts as off until a person says otherwise:
nobody can tell any more which were.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

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

        What is on stays on and what is off stays off; only what happens on loss is taken over.

        Raises:
            StateLost: there was a state and it is gone; see `begin_anew`.
            Unreachable: the folder cannot be used.
        """
        with self._locked():
            if not (self.folder / KEY).exists():
                self._create_key()
                return self._write(1, _dated(declared, now), now)
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

    def begin_anew(self, declared: Mapping[str, Switch], serial: int, now: datetime) -> State:
        """A state in which every declared switch is OFF, in place of one that was lost.

        Args:
            serial: above every serial that applications may have heard.
        """
        with self._locked():
            off = {name: replace(one, on=False) for name, one in _dated(declared, now).items()}
            return self._write(serial, off, now)

    def set(self, name: str, on: bool, order: str, now: datetime) -> Switch:
        """Switch, and give the switch as it was before. Setting it twice is setting it once.

        Raises:
            Refused: no such switch.
            StateLost: there is no state to change.
        """
        with self._locked():
            state = self.read()
            before = state.switches.get(name)
            if before is None:
                known = ", ".join(sorted(state.switches)) or "none"
                raise Refused(f"no switch is called {name}; there are: {known}")
            if before.on is not on:
                now_it_is = replace(before, on=on, order=order, since=now.isoformat())
                self._write(state.serial + 1, {**state.switches, name: now_it_is}, now)
            return before

    def document(self) -> bytes:
        """The signed document as it lies there, believed or not. Raises StateLost when absent."""
        try:
            return (self.folder / STATE).read_bytes()
        except OSError as bad:
            raise StateLost(f"{self.folder / STATE}: {bad.strerror}") from None

    def read(self) -> State:
        """The state, verified. Raises StateLost."""
        try:
            return verified(self.document(), self.public_key)
        except ValueError as bad:
            raise StateLost(f"{self.folder / STATE}: {bad}") from None

    def _write(self, serial: int, switches: Mapping[str, Switch], now: datetime) -> State:
        state = State(serial=serial, issued_at=now.isoformat(), switches=switches)
        self._replace(STATE, signed(state, self._key()), 0o644)
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
        self._replace(KEY, data, 0o600)

    def _replace(self, name: str, data: bytes, mode: int) -> None:
        fresh = self.folder / f"{name}.new"
        try:
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self.folder / name)
            place = os.open(self.folder, os.O_RDONLY)
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


def _dated(switches: Mapping[str, Switch], now: datetime) -> dict[str, Switch]:
    return {name: replace(one, since=now.isoformat()) for name, one in switches.items()}
