"""The first milliseconds of a record: whoever dies in them, and whoever comes, it can be made."""

import os
import queue
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from journal_checks import ANNA, check_journal, notes, open_plain, texts_of
from tocsin.facts import Refused, Unreachable

PATIENCE_SECONDS = 60.0
# Forks for each line "PLACE NAME" a process that opens the record there and says one thing in it.
# Many write to one pipe: a line is one write, since `print` writes it in pieces where Python does
# not buffer, and the pieces of two lines mix.
NURSERY = textwrap.dedent(
    """
    import os, sys
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    def tell(*words):
        os.write(1, (" ".join(map(str, words)) + "\\n").encode())

    import alembic.command, alembic.config, tocsin.journal.migrations.versions
    from journal_checks import ANNA, notes, open_plain
    if len(sys.argv) > 1:
        open_plain(Path(sys.argv[1])).close()  # whatever is imported late is imported now
    tell("ready")
    for line in sys.stdin:
        place, name = line.split()
        child = os.fork()
        if child == 0:
            try:
                store = open_plain(place if "://" in place else Path(place))
                store.append(name, store.head(name), notes("said"), ANNA)
                tell("said", name)
                store.close()
            except BaseException as bad:
                tell("failed", name, type(bad).__name__, *str(bad).splitlines())
            finally:
                os._exit(0)
        tell("born", child)
    """
).format(tests=str(Path(__file__).resolve().parents[1]))


class Nursery:
    """Processes that are born at once, because everything is imported before."""

    def __init__(self, warm: Path) -> None:
        warm.mkdir()
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY, str(warm)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._heard, self._lines = list[str](), queue.SimpleQueue[str]()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self.line() == "ready"

    def line(self) -> str:
        """The next line that it or one of its children tells."""
        try:
            self._heard.append(self._lines.get(timeout=PATIENCE_SECONDS))
        except queue.Empty:
            heard, status = self._heard[-8:], self._process.poll()
            pytest.fail(f"no line came; heard last: {heard}; the nursery's status: {status}")
        return self._heard[-1]

    def bear(self, place: object, name: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{place} {name}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.strip())


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    found = Nursery(tmp_path_factory.mktemp("nursery") / "warm")
    yield found
    found.end()


def test_killed_at_any_moment_of_the_founding(nursery, tmp_path):
    """What was said before the kill is there; if nothing was, a record can be made all the same."""
    chance = random.Random(3)
    heads: dict[str, int] = {}
    heard: list[str] = []
    for number in range(40):
        home, name = tmp_path / str(number // 2), f"k{number}"  # every other in what one left
        home.mkdir(exist_ok=True)
        nursery.bear(home, name)
        heard.append(nursery.line())
        while not heard[-1].startswith("born"):
            heard.append(nursery.line())
        time.sleep(chance.random() * 0.06)
        os.kill(int(heard[-1].split()[1]), signal.SIGKILL)
        store = open_plain(home)
        heads[name] = store.head(name)
        store.append("b", store.head("b"), notes("after"), ANNA)
        check_journal(store)
        store.close()
        assert not (home / "journal.db.new").exists()
    assert list(heads.values()).count(0) > 5
    assert not [line for line in heard if line.startswith("failed")]
    assert all(heads[line.split()[1]] == 1 for line in heard if line.startswith("said"))


def test_three_processes_found_one_record_at_once(nursery, place):
    """On either engine; both go on to say something, and nobody is refused."""
    for number in range(1 if isinstance(place, str) else 12):
        home = place if isinstance(place, str) else place / str(number)
        if isinstance(home, Path):
            home.mkdir()
        names = [f"{log}{number}" for log in "abc"]
        for name in names:
            nursery.bear(home, name)
        heard: list[str] = []
        while len(heard) < len(names):
            line = nursery.line()
            if line.startswith(("said", "failed")) and line.split()[1] in names:
                heard.append(line)
        assert sorted(heard) == [f"said {name}" for name in names]
        store = open_plain(home)
        assert [texts_of(store, log) for log in store.logs()] == [["said"]] * 3
        check_journal(store)
        store.close()


def test_a_founding_that_was_broken_off_is_begun_again(tmp_path):
    (tmp_path / "journal.db").touch()
    with pytest.raises(Unreachable, match="cut short"):
        open_plain(tmp_path)
    (tmp_path / "journal.db.new").touch()
    with pytest.raises(Refused, match="tocsin init"):
        open_plain(tmp_path, create=False)
    assert (tmp_path / "journal.db").stat().st_size == 0
    store = open_plain(tmp_path)
    store.append("a", 0, notes("x"), ANNA)
    check_journal(store)
    store.close()


def test_a_record_that_lost_all_its_tables_is_not_begun_again(tmp_path):
    store = open_plain(tmp_path)
    store.append("a", 0, notes("x"), ANNA)
    store.close()
    (tmp_path / "journal.db").unlink()
    connection = sqlite3.connect(tmp_path / "journal.db")
    connection.execute("CREATE TABLE x (x)")
    connection.execute("DROP TABLE x")
    connection.commit()
    connection.close()
    with pytest.raises(Unreachable, match="cut short"):
        open_plain(tmp_path)
