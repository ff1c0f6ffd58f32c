"""Writers killed with kill -9 at random moments: what was acknowledged is there, and once."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from journal_checks import check_journal, open_plain, texts_of

SECONDS, WRITERS = 20, 3
# Forks a writer for each line; it appends for ever, and tells each acknowledgement.
NURSERY = textwrap.dedent(
    """
    import os, signal, sys, threading
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    from journal_checks import ANNA, notes, open_plain
    from tocsin.facts import Conflict
    place = sys.argv[1]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    def write(store, log, name):
        n = 0
        while True:
            try:
                words = [f"{{name}} {{n}}", f"{{name}} {{n}} more"][: 1 + n % 2]
                store.append(log, store.head(log), notes(*words), ANNA)
            except Conflict:
                continue
            os.write(1, f"said|{{log}}|{{'|'.join(words)}}\\n".encode())
            n += 1

    for line in sys.stdin:
        if os.fork() == 0:
            os.write(1, f"born|{{os.getpid()}}\\n".encode())
            store = open_plain(place if "://" in place else Path(place))
            name = line.strip()
            beside = threading.Thread(target=write, args=(store, name, name + "b"), daemon=True)
            beside.start()
            write(store, "shared", name)
    """
).format(tests=str(Path(__file__).resolve().parents[1]))


@pytest.mark.proof
def test_writers_killed_at_random(place):
    open_plain(place).close()
    chance = random.Random(11)
    nursery = subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(place)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    said: list[list[str]] = []
    born: list[int] = []

    def listen() -> None:
        assert nursery.stdout is not None
        for line in nursery.stdout:
            kind, *rest = line.rstrip("\n").split("|")
            if kind == "said":
                said.append(rest)
            else:
                born.append(int(rest[0]))

    listener = threading.Thread(target=listen)
    listener.start()
    assert nursery.stdin is not None
    kills, begun = 0, time.monotonic()
    while time.monotonic() - begun < SECONDS:
        wanted = len(born) + 1
        nursery.stdin.write(f"w{kills + len(born)}\n")
        nursery.stdin.flush()
        while len(born) < wanted:
            time.sleep(0.001)
        if len(born) - kills >= WRITERS:
            time.sleep(chance.random() * 0.25)
            living = born[kills:]
            victim = living[chance.randrange(len(living))]
            born.remove(victim)
            born.insert(kills, victim)
            os.kill(victim, signal.SIGKILL)
            kills += 1
    for pid in born[kills:]:
        os.kill(pid, signal.SIGKILL)
    nursery.stdin.close()
    nursery.wait(timeout=30)
    listener.join(timeout=30)
    assert kills > 30 and len(said) > 200
    store = open_plain(place)
    check_journal(store)
    there: dict[str, list[str]] = {log: texts_of(store, log) for log in store.logs()}
    for log, *words in said:
        first = there[log].index(words[0])
        assert there[log][first : first + len(words)] == words
    for texts in there.values():
        assert len(texts) == len(set(texts))
        # Both entries of an append, or neither.
        whole = {text.removesuffix(" more") for text in texts if int(text.split()[1]) % 2}
        assert all(f"{text} more" in texts for text in whole)
    store.close()
