"""From a finding on record to the page at the pager, while alerts pour in and webhooks hang."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.records import AUTHOR, CLOCK, IDS, drafts, folder, store_at
from bench.table import Table
from tocsin.desk import DESK_AUTHOR, Writer, work
from tocsin.desk.plans.runs import By, start_run
from tocsin.facts import HOME_LOG, Asserter, Author, ConnectorError, Proof
from tocsin.facts.registers import RegisterAdopted
from tocsin.facts.runs import Outcome, Repeatable
from tocsin.journal.store import Store
from tocsin.register.model import Integration, Person, Register
from tocsin.vault import FolderVault
from tocsin.world import Order, Receipt, World

PAGES, RATE, HANGING, LIMIT_SECONDS = 40, 1000, 60, 1.0
HANGS_SECONDS, WRITERS = 10.0, 32
WATCH = Author(who="watch", kind=Asserter.WORKER, proof=Proof.PROCESS)
REGISTER = Register(
    people={"ana": Person(id="ana", name="Ana", roles=("on-call",))},
    integrations={"pager": Integration(id="pager", kind="pagerduty", place="https://pager")},
)
CALL = b"""
plan: call
version: 1
title: It fails
steps:
  call: {page: on-call, text: It fails, within: 5m, next: done, on_unanswered: done}
  done: {end: completed}
"""
HOOK = b"""
plan: hook
version: 1
title: Tell a system
steps:
  hook: {act: hook, target: system, wanted: told, attempts_max: 9, next: done, on_failure: done}
  done: {end: completed}
"""


class _Pager:
    """Notes when each call came."""

    repeatable = Repeatable.KEYED

    def __init__(self) -> None:
        self.came: dict[str, float] = {}

    def look(self, target: str) -> str:
        return "unknown"

    def act(self, order: Order) -> Receipt:
        self.came.setdefault(order.key.rpartition("/")[0], perf_counter())
        return Receipt(key=order.key, outcome=Outcome.DONE, before="", after="called")

    def find(self, order: Order) -> Receipt | None:
        return None


class _Hangs(_Pager):
    """Answers nobody."""

    def act(self, order: Order) -> Receipt:
        time.sleep(HANGS_SECONDS)
        raise ConnectorError("no answer", may_have_acted=True)


def run() -> Table:
    """Seconds from before the finding's append to the pager's first sight of the call."""
    rows = [_row("quiet", rate=0, hanging=0)]
    rows.append(_row("alerts", rate=RATE, hanging=0))
    rows.append(_row("alerts, webhooks hang", rate=RATE, hanging=HANGING))
    met = all(float(row[-1]) < LIMIT_SECONDS and int(row[3]) == PAGES for row in rows)
    return Table(
        title="From a finding to the page sent, SQLite on disk",
        columns=["beside it", "alerts a second", "hanging writes", "pages", "median s", "p95 s",
                 "slowest s"],
        rows=rows,
        note=f"One process serves (tocsin work as it is by default); another appends alerts, each "
        f"durable before the next of its writer, {WRITERS} writers, at {RATE} a second if it can. "
        f"{HANGING} writes wait for a far side that keeps each for {HANGS_SECONDS:g} s. Each page "
        f"is an incident of its own: its run is begun in one append, as the watch does. Limit: "
        f"every one of {PAGES} pages within {LIMIT_SECONDS:g} s.",
        met=met,
    )  # fmt: skip


def _row(name: str, *, rate: int, hanging: int) -> list[str]:
    with folder(in_memory=False) as home:
        store = store_at(home)
        pager, hook = _Pager(), _Hangs()
        world = World(clock=CLOCK, ids=IDS, journal=store, vault=FolderVault(home / "vault"),
                      connectors={"pager": pager, "hook": hook}, probes={}, home=home)  # fmt: skip
        desk = Writer(world)
        _adopted(desk)
        for n in range(hanging):
            log = f"incident/HOOK{n}"
            desk.decide(log, lambda _: drafts(1), AUTHOR)
            start_run(desk, log, HOOK, By(author=AUTHOR))
        flood = _flood(home, rate) if rate else None
        stop = threading.Event()
        serving = threading.Thread(target=work, args=(world, stop), daemon=True)
        serving.start()
        time.sleep(3)
        began = _paged(store, world, pager)
        stop.set()
        spent = sorted(pager.came[log] - at for log, at in began.items() if log in pager.came)
        reached = _ended(flood) if flood is not None else 0.0
        serving.join(HANGS_SECONDS + 5)
        store.close()
    p95 = spent[int(len(spent) * 0.95)]
    return [name, f"{reached:,.0f}", str(hanging), str(len(spent)), f"{median(spent):.3f}",
            f"{p95:.3f}", f"{spent[-1]:.3f}"]  # fmt: skip


def _paged(store: Store, world: World, pager: _Pager) -> dict[str, float]:
    desk, began = Writer(world), dict[str, float]()
    for n in range(PAGES):
        log = f"incident/PAGE{n}"
        desk.decide(log, lambda _: drafts(1), AUTHOR)
        began[log] = perf_counter()
        start_run(desk, log, CALL, By(author=WATCH))
        time.sleep(0.25)
    end = perf_counter() + 5
    while len(pager.came) < PAGES and perf_counter() < end:
        time.sleep(0.01)
    assert store.head(HOME_LOG) == 1
    return began


def _adopted(desk: Writer) -> None:
    digest = desk.world.vault.put(io.BytesIO(REGISTER.canonical())).digest
    fact = RegisterAdopted(digest=digest, systems=0, people=1)
    desk.record(HOME_LOG, lambda _: [fact], DESK_AUTHOR)


def _flood(home: Path, rate: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "bench.page", str(home), str(rate)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def _ended(flood: subprocess.Popen[str]) -> float:
    said, _ = flood.communicate("stop\n", timeout=60)
    return float(said)


def _pour(home: Path, rate: int) -> None:
    """Append alerts at this rate until told to stop; print how many a second there were."""
    store, stop, counts = store_at(home), threading.Event(), [0] * WRITERS
    begun = perf_counter()

    def write(writer: int) -> None:
        head, log = 0, f"alerts-{writer}"
        while not stop.is_set():
            head = store.append(log, head, drafts(1), AUTHOR).last_seq
            counts[writer] += 1
            ahead = counts[writer] * WRITERS / rate - (perf_counter() - begun)
            stop.wait(max(0.0, ahead))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for one in threads:
        one.start()
    sys.stdin.readline()
    spent = perf_counter() - begun
    stop.set()
    for one in threads:
        one.join()
    print(sum(counts) / spent)
    store.close()


if __name__ == "__main__":
    _pour(Path(sys.argv[1]), int(sys.argv[2]))
