"""How long the data of an incident's page takes over HTTP, after 100,000 alarms were laid to it.

The incident was told of them in a thousand batches, as the inbox does, and the log of signals holds
all of them. The figure to hold: less than 50 ms, the median of what a page asks after something new
was written, token, check and JSON included.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from bench.table import Table
from tocsin import wiring
from tocsin.cli.over_http.serving import served
from tocsin.facts import HOME_LOG, Asserter, Author, Draft, Fact, Proof, incident_log
from tocsin.facts.entry import SIGNALS_LOG
from tocsin.facts.incidents import Noted, Opened
from tocsin.facts.signals import SignalsJoined, SignalState, SignalTaken, Urgency, Went
from tocsin.register.tokens import new_token

ALARMS, BATCH, LIMIT_MS, REPEATS = 100_000, 100, 50.0, 31
INCIDENT = "7K3ABCDEFG"
LOG = incident_log(INCIDENT)
DIGEST = "0" * 64
ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
WORKER = Author(who="worker-1", kind=Asserter.WORKER, proof=Proof.PROCESS)


def run() -> Table:
    """The figures, and whether the limit held; smaller is better."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        wiring.found(home, origin="bench.example.com", warn=_silent)
        with wiring.open_home(home, warn=_silent) as opened:
            _fill(opened)
            return _measured(opened, TestClient(served(opened)), _headers(opened))


def _measured(opened: wiring.Opened, client: TestClient, headers: dict[str, str]) -> Table:
    page, one = f"/api/v1/incidents/{INCIDENT}", "/api/v1/incidents"

    def get(path: str) -> None:
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text

    first = _ms(lambda: get(page))
    again = [_ms(lambda: get(page)) for _ in range(REPEATS)]
    fresh: list[float] = []
    for number in range(REPEATS):
        _append(opened, LOG, [Noted(text=f"note {number}")])
        fresh.append(_ms(lambda: get(page)))
    rows = [_ms(lambda: get(f"{page}/timeline?after=900&limit=100")) for _ in range(REPEATS)]
    listed = [_ms(lambda: get(one)) for _ in range(REPEATS)]
    met = statistics.median(fresh) < LIMIT_MS
    return Table(
        title=f"Data of an incident's page over HTTP after {ALARMS:,} alarms",
        columns=("what is asked", "ms, median", "ms, slowest"),
        rows=[
            ("the page, for the first time", f"{first:.1f}", f"{first:.1f}"),
            ("the page again, nothing new", *_told(again)),
            ("the page, after something was written", *_told(fresh)),
            ("100 rows of its timeline", *_told(rows)),
            ("the list of incidents", *_told(listed)),
        ],
        note=f"{ALARMS:,} signals in the record, told to one incident in {ALARMS // BATCH:,} "
        f"batches; in one process, without the network; limit {LIMIT_MS:.0f} ms for the third row.",
        met=met,
    )


def _told(times: list[float]) -> tuple[str, str]:
    return f"{statistics.median(times):.1f}", f"{max(times):.1f}"


def _ms(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _headers(opened: wiring.Opened) -> dict[str, str]:
    text, fact = new_token("bench", "BENCH", "s" * 22, ["read"])
    _append(opened, HOME_LOG, [fact], home=True)
    return {"Authorization": f"Bearer {text}"}


def _fill(opened: wiring.Opened) -> None:
    now = opened.world.clock.now()
    _append(opened, LOG, [Opened(title="t", systems=("assistant",), unregistered=(),
                                 discovered_at=now, occurred_at=None)])  # fmt: skip
    for batch in range(ALARMS // BATCH):
        first = batch * BATCH + 1
        _append(opened, SIGNALS_LOG, [_signal(number) for number in range(first, first + BATCH)])
        _append(opened, LOG, [_joined(batch, first)])


def _signal(number: int) -> SignalTaken:
    return SignalTaken(
        signal=f"S{number}", source="alertmanager", proven=True, state=SignalState.FIRING,
        urgency=Urgency.WARNING, name="HighErrorRate", systems=("assistant",), summary="errors",
        claimed_at=None, skewed=False, place=number, digest=DIGEST, rule="default@3f2a9c01",
        group=DIGEST, went=Went.JOINED, into=INCIDENT, because="same system within the time",
    )  # fmt: skip


def _joined(batch: int, first: int) -> SignalsJoined:
    return SignalsJoined(
        batch=f"{SIGNALS_LOG}/{first}", deliveries=BATCH, signals=BATCH, firing=first + BATCH - 1,
        resolved=0, first=first, last=first + BATCH - 1, rule="default@3f2a9c01",
        told="\n".join(f"HighErrorRate {number}" for number in range(5)),
        because="same system within the time",
    )  # fmt: skip


def _append(opened: wiring.Opened, log: str, facts: list[Fact], *, home: bool = False) -> None:
    at = opened.world.clock.now() - timedelta(milliseconds=1)
    drafts = [Draft(fact=fact, happened_at=at) for fact in facts]
    opened.store.append(log, opened.store.head(log), drafts, ANA if home else WORKER)


def _silent(_: str) -> None:
    """Says nothing."""
