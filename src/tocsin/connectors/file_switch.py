"""A switch that is a file: one JSON object, each target's name with its state, and nothing else.

Whoever reads the file sees the old states or the new ones, whole, even after a power cut. Two
writers that both use this switch exclude each other; of one that does not, the change is noticed
where it can be, and never overwritten knowingly. A file that is not such an object is left as it
is. The file remembers states, not orders.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tocsin.connectors.targets import did_you_mean, plain, target_checked
from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.world import Clock, Order, Receipt

FILE_BYTES_MAX = 1024 * 1024
LOCK_PAUSE_SECONDS = 0.05


class FileSwitchSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file switch needs to know.

    Args:
        place: the file; it must be there, with every target it may switch.
        states: the only states that may be written; empty: any.
        lock_seconds: how long to wait for another writer.
    """

    place: str
    states: tuple[str, ...] = ()
    lock_seconds: float = 5.0


class FileSwitch:
    """A connector to such a file. Setting a state twice is setting it once."""

    def __init__(self, settings: FileSwitchSettings, clock: Clock) -> None:
        if not settings.place or "\0" in settings.place:
            raise Refused("a file switch needs the path of its file as `place`")
        self._settings, self._clock = settings, clock
        self._path = Path(settings.place)

    @property
    def repeatable(self) -> Repeatable:
        return Repeatable.IDEMPOTENT

    def look(self, target: str) -> str:
        target_checked(target)
        return self._state(self._read()[1], target)

    def act(self, order: Order) -> Receipt:
        target_checked(order.target)
        self._allowed(order)
        with self._locked():
            data, states = self._read()
            before = self._state(states, order.target)
            if before == order.wanted:
                return Receipt(key=order.key, outcome=Outcome.ALREADY, before=before, after=before)
            self._replace(data, {**states, order.target: order.wanted})
            after = self._seen_after(order)
        return Receipt(key=order.key, outcome=Outcome.DONE, before=before, after=after)

    def find(self, order: Order) -> Receipt | None:
        """ALREADY when the target is in the wanted state. None otherwise: then the order never
        arrived or was undone since, and acting on it is safe in both cases."""
        seen = self.look(order.target)
        if seen != order.wanted:
            return None
        return Receipt(key=order.key, outcome=Outcome.ALREADY, before=seen, after=seen)

    def _allowed(self, order: Order) -> None:
        states = self._settings.states
        if states and order.wanted not in states:
            raise _refusal(
                f"{order.wanted!r} is not a state of this switch; "
                f"{did_you_mean(order.wanted, states)}"
            )
        if not order.wanted or len(order.wanted) > 200 or not order.wanted.isprintable():
            raise _refusal(f"{plain(order.wanted)!r} is not a state: 1 to 200 printable characters")

    def _state(self, states: dict[str, str], target: str) -> str:
        if target not in states:
            raise _refusal(
                f"{self._path.name} has no target {target}; {did_you_mean(target, states)}"
            )
        return states[target]

    def _read(self) -> tuple[bytes, dict[str, str]]:
        data = self._bytes()
        try:
            return data, msgspec.json.decode(data, type=dict[str, str])
        except (msgspec.DecodeError, UnicodeDecodeError) as bad:
            raise _refusal(
                f"{self._path.name} is not one JSON object of names and states ({bad}); "
                "it was left as it is: repair it by hand"
            ) from None

    def _bytes(self) -> bytes:
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as bad:
            raise self._unusable(f"cannot be opened: {bad.strerror}") from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise self._unusable("is not a plain file")
        with os.fdopen(handle, "rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise self._unusable(f"is larger than {FILE_BYTES_MAX} bytes")
        return data

    def _replace(self, old: bytes, states: dict[str, str]) -> None:
        new = msgspec.json.format(msgspec.json.encode(states), indent=2) + b"\n"
        fresh = self._path.with_name(f".{self._path.name}.new")
        try:
            _write_durably(fresh, new, self._path.stat().st_mode)
            if self._bytes() != old:
                raise ConnectorError(
                    f"{self._path.name} was changed by another writer meanwhile; nothing written",
                    may_have_acted=False,
                )
        except OSError as bad:
            fresh.unlink(missing_ok=True)
            raise ConnectorError(
                f"{self._path.name} cannot be written: {bad.strerror}; its states are as before",
                may_have_acted=False,
            ) from None
        except ConnectorError:
            fresh.unlink(missing_ok=True)
            raise
        try:
            fresh.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as bad:
            raise ConnectorError(
                f"{self._path.name}: writing ended in an error: {bad.strerror}; look again",
                may_have_acted=True,
            ) from None

    def _seen_after(self, order: Order) -> str:
        try:
            after = self.look(order.target)
        except ConnectorError as unseen:
            raise ConnectorError(
                f"{order.target} was written, but not seen: {unseen}", may_have_acted=True
            ) from None
        if after != order.wanted:
            raise ConnectorError(
                f"{order.target}: {order.wanted!r} was written, yet the file says {after!r}; "
                "another writer does not use the lock",
                may_have_acted=True,
            )
        return after

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Excludes other switches on this file. The lock is a file beside it, since the file
        itself is replaced by each change."""
        beside = self._path.with_name(f".{self._path.name}.lock")
        try:
            handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as bad:
            raise self._unusable(f"cannot be locked: {bad.strerror}") from None
        try:
            self._wait_for(handle)
            yield
        finally:
            os.close(handle)

    def _wait_for(self, handle: int) -> None:
        waited = 0.0
        while True:
            try:
                return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waited >= self._settings.lock_seconds:
                    raise ConnectorError(
                        f"{self._path.name} is being written by another for more than "
                        f"{self._settings.lock_seconds:g} s; nothing was written",
                        may_have_acted=False,
                    ) from None
            self._clock.sleep(LOCK_PAUSE_SECONDS)
            waited += LOCK_PAUSE_SECONDS

    def _unusable(self, what: str) -> ConnectorError:
        return ConnectorError(
            f"{self._path.name} {what}; a file switch needs a plain, writable file",
            may_have_acted=False,
        )


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), stat.S_IMODE(mode))
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refusal(message: str) -> ConnectorError:
    return ConnectorError(message, may_have_acted=False, retry=False)
