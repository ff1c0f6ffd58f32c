"""Lives of a record on a disk that fails once: `failing_record.py FOLDER MODE WHEN ERROR STRIDE`.

A record is made, appended to, read back, closed, opened again and verified; each call to the disk
fails in turn, or with a stride of 9 each ninth. Prints the name of each call that failed.
"""

from __future__ import annotations

import itertools
import shutil
import sys
from pathlib import Path

from failing_disk import When, failed, failing
from journal_checks import (
    ANNA,
    ORIGIN,
    CountedIds,
    HandClock,
    check_journal,
    notes,
    signed,
    texts_of,
)
from tocsin.facts import Unreachable
from tocsin.journal.reserve import Reserve
from tocsin.journal.sqlite import Sqlite
from tocsin.journal.store import Store

APPENDS = 2


class Life:
    """One life of the record in a folder, and what was acknowledged in it."""

    def __init__(self, folder: Path, mode: str) -> None:
        self.home, self._mode, self.said = folder / "home", mode, list[str]()
        self._copy = folder / "copy"
        self.home.mkdir(parents=True)
        (self.home / "reserve").write_bytes(b"kept small")

    def opened(self, home: Path | None = None) -> Store:
        home = home or self.home
        database = Sqlite(home / "journal.db", lambda _: None, journal_mode=self._mode)
        database.reserve = Reserve(home / "reserve", lambda _: None, size=10)
        try:
            return Store(
                database, origin=ORIGIN, clock=HandClock(), ids=CountedIds(),
                sign_checkpoint=signed, on_warning=lambda _: None,
            )  # fmt: skip
        except Unreachable:
            database.close()
            raise

    def live(self) -> None:
        store = self.opened()
        try:
            for _ in range(APPENDS):
                self._append(store)
            assert texts_of(store, "a") == self.said
        finally:
            store.close()
        store = self.opened()
        try:
            check_journal(store)
            assert texts_of(store, "a") == self.said
        finally:
            store.close()

    def _append(self, store: Store) -> None:
        """Both notes or none; when that failed, the same again in the same process."""
        before = len(self.said)
        words, key = self._next(), f"c{before}"
        try:
            repeated = store.append("a", before, notes(*words), ANNA, client_key=key).repeated
            assert not repeated
        except Unreachable:
            # Whoever lives on sees these words or not; whoever is killed now and comes back, too,
            # and not always the same: a log written ahead may hold a commit that was not synced.
            shutil.copytree(self.home, self._copy)
            self._checked(self._copy, words)
            there = texts_of(store, "a")
            assert there in (self.said, self.said + words)
            again = store.append("a", before, notes(*words), ANNA, client_key=key)
            assert again.repeated == (words == there[before:])
        self.said += words

    def _next(self) -> list[str]:
        number = len(self.said)
        return [f"{number} " + "x" * 5000, f"{number} more"]

    def _checked(self, home: Path, words: list[str]) -> list[str]:
        store = self.opened(home)
        there = texts_of(store, "a")
        assert there in (self.said, self.said + words), (there, self.said)
        check_journal(store)
        store.close()
        return there

    def check(self) -> None:
        """The disk is well again: all that was acknowledged is there, and the record goes on."""
        there = self._checked(self.home, self._next())
        self.said = there
        store = self.opened()
        self._append(store)
        check_journal(store)
        store.close()


def main(folder: Path, mode: str, when: When, error: int, stride: int) -> None:
    for call in itertools.count(1, stride):
        life = Life(folder / str(call), mode)
        try:
            with failing(life.home, call, when, error):
                life.live()
        except Unreachable:
            assert failed(), "refused without a fault"
        life.check()
        shutil.rmtree(folder / str(call))
        if not failed():
            return
        print(failed(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], When(int(sys.argv[3])), int(sys.argv[4]), int(sys.argv[5]))
