"""Many writers at once, in threads and in processes: no gap, no double, no lost acknowledgement."""

import subprocess
import sys
import textwrap
import threading
from datetime import timedelta
from pathlib import Path

from journal_checks import ANNA, T0, check_journal, notes, open_plain, texts_of
from tocsin.facts import Conflict, LeaseLost
from tocsin.world import Lease, Work

WRITER = textwrap.dedent(
    """
    import sys
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    from journal_checks import ANNA, notes, open_plain
    from tocsin.facts import Conflict
    place, name = sys.argv[1:]
    store = open_plain(place if place.startswith("postgres") else Path(place))
    written = 0
    while written < 25:
        log = ("shared", name)[written % 2]
        try:
            store.append(log, store.head(log), notes(f"{{name}} {{written}}"), ANNA)
        except Conflict:
            continue
        print(log, f"{{name}} {{written}}", sep="|", flush=True)
        written += 1
    store.close()
    """
).format(tests=str(Path(__file__).resolve().parents[1]))


def test_threads(store):
    def write(name: str) -> None:
        for n in range(20):
            while True:
                try:
                    store.append("shared", store.head("shared"), notes(f"{name} {n}"), ANNA)
                    break
                except Conflict:
                    continue
            store.append(name, n, notes(str(n)), ANNA)

    threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.head("shared") == 160
    assert sorted(texts_of(store, "shared")) == sorted(
        f"t{n} {m}" for n in range(8) for m in range(20)
    )
    check_journal(store)


def test_processes(place, opener):
    store = opener()
    store.append("shared", 0, notes("first"), ANNA)
    command = [sys.executable, "-c", WRITER, str(place)]
    writers = [
        subprocess.Popen([*command, f"p{n}"], stdout=subprocess.PIPE, text=True) for n in range(3)
    ]
    acknowledged = []
    for writer in writers:
        out, _ = writer.communicate(timeout=120)
        assert writer.returncode == 0
        acknowledged += [line.split("|") for line in out.splitlines()]
    assert len(acknowledged) == 75
    for log in store.logs():
        said = [words for where, words in acknowledged if where == log]
        there = [t for t in texts_of(store, log) if t != "first"]
        assert sorted(there) == sorted(said)
    check_journal(store)


def test_workers_on_two_logs_never_wait_for_each_other_for_ever(opener):
    """Claim, renew and complete from four records at once, in opposite orders of the logs."""
    stores = [opener() for _ in range(4)]
    for log in "ab":
        stores[0].append(log, 0, [], ANNA, work=Work(due={"k": T0}))
    claims: list[tuple[str, int]] = []

    def work(number: int) -> None:
        store = stores[number]
        for round_ in range(15):
            for log in ("ab", "ba")[number % 2]:
                for piece in store.due(T0 + timedelta(seconds=round_), 9):
                    lease = Lease(
                        log=piece.log, key="k", holder=f"w{number}", fence=piece.fence + 1, until=T0
                    )
                    try:
                        head = store.head(piece.log)
                        store.append(piece.log, head, notes(log), ANNA, work=Work(take=lease))
                        claims.append((piece.log, lease.fence))
                        store.renew(lease, T0)
                    except (Conflict, LeaseLost):
                        continue

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
        assert not thread.is_alive()
    assert len(claims) == len(set(claims)) > 20  # no fence was given twice
    check_journal(stores[0])


def test_open_plain_is_what_the_other_tests_think(tmp_path):
    store = open_plain(tmp_path)
    store.append("a", 0, notes("x"), ANNA)
    assert store.warnings == [] or "WAL" in store.warnings[0]
    store.close()
