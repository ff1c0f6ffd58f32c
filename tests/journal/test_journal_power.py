"""A power cut: only what was synced is still there, and that must be all that was acknowledged."""

import os
import random
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from journal_checks import check_journal, open_plain, texts_of
from tocsin.facts import Unreachable

HERE = Path(__file__).parent
FIRST = 3
WRITER = textwrap.dedent(
    f"""
    import sys
    sys.path.insert(0, {str(HERE.parent)!r})
    from pathlib import Path
    from journal_checks import ANNA, CountedIds, HandClock, ORIGIN, notes, signed
    from tocsin.journal.sqlite import Sqlite
    from tocsin.journal.store import Store
    home, mode, synchronous = sys.argv[1:]
    database = Sqlite(Path(home) / "journal.db", lambda _: None, journal_mode=mode,
                      synchronous=synchronous)
    store = Store(database, origin=ORIGIN, clock=HandClock(), ids=CountedIds(),
                  sign_checkpoint=signed, on_warning=lambda _: None)
    print("ready", flush=True)
    n = store.head("a")
    while True:
        store.append("a", n, notes(f"{{n}} " + "x" * (n % 7 * 900)), ANNA)
        print(n, flush=True)
        n += 1
    """
)


@pytest.fixture(scope="module")
def shim(tmp_path_factory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("NO POWER CUT: gcc is needed to build the file layer that drops unsynced bytes")
    built = tmp_path_factory.mktemp("shim") / "power_cut.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-o", built, HERE / "power_cut.c", "-ldl"]
    subprocess.run(command, check=True)
    return built


def cut(shim: Path, folder: Path, mode: str, synchronous: str, after: float) -> tuple[Path, int]:
    """Write until the power goes; what the disk holds then, and how much was acknowledged.

    It goes so many seconds after the first `FIRST` appends, however busy the machine is.
    """
    home, disk = folder / "home", folder / "disk"
    home.mkdir(exist_ok=True)
    disk.mkdir(exist_ok=True)
    environment = {
        **os.environ, "LD_PRELOAD": str(shim), "SHADOW_FROM": str(home), "SHADOW_TO": str(disk),
    }  # fmt: skip
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), mode, synchronous],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    said = [writer.stdout.readline().strip() for _ in range(FIRST)]
    time.sleep(after)
    writer.kill()
    said += [line for line in writer.stdout.read().splitlines() if line.isdigit()]
    writer.wait()
    return disk, int(said[-1]) + 1


@pytest.mark.proof
@pytest.mark.parametrize("mode", ["TRUNCATE", "WAL"])
def test_no_acknowledged_fact_is_lost_in_a_power_cut(shim, tmp_path, mode):
    chance = random.Random(1)
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        disk, acknowledged = cut(shim, folder, mode, "FULL", chance.random() * 0.4)
        for part in disk.glob(".*.part"):
            part.unlink()
        store = open_plain(disk)
        found = [int(text.split()[0]) for text in texts_of(store, "a")]
        assert found == list(range(len(found)))
        assert len(found) in (acknowledged, acknowledged + 1)
        check_journal(store)
        store.close()


@pytest.mark.proof
@pytest.mark.parametrize("mode", ["TRUNCATE", "WAL"])
def test_without_full_the_same_cut_loses_facts(shim, tmp_path, mode):
    """The proof above can fail: with synchronous=OFF the disk holds nothing of what was said."""
    disk, acknowledged = cut(shim, tmp_path, mode, "OFF", 0.4)
    database = disk / "journal.db"
    if database.exists():
        try:
            store = open_plain(disk)
        except Unreachable:
            return  # not even its tables are there
        assert store.head("a") < acknowledged
        store.close()
