"""Alarms in: durable, proven, deduplicated, beside an empty 202 of the same server.

Both are asked in turns by the same client on the same connections; the empty one reads the body and
answers. While ours is asked, `tocsin work` decides what came. In the middle server and worker are
killed with `kill -9`. Nine of ten alarms say the same.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.table import Table
from tocsin import wiring
from tocsin.desk import people
from tocsin.desk.inbound.triage import taken_of
from tocsin.inbox.store import Inbox
from tocsin.register.tokens import new_token

SECONDS = float(os.environ.get("BENCH_INBOUND_SECONDS", "60"))
ROUNDS = 6
CONNECTIONS = 128
LIMIT = 0.5
PAGE_ALARMS, PAGE_LIMIT = 100_000, 0.050
REGISTER = """
[entity]
legal_name = "Bench"
[people.ana]
email = "ana@example.org"
[systems.fraud]
owner = "ana"
tier = 1
[signals]
a_minute = 100000000
in_all_a_minute = 100000000
waiting_max = 100000000
"""


def run() -> Table:
    """60 seconds of each in turns, and what a page of an incident costs afterwards."""
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-in-") as folder:
        home = Path(folder) / "home"
        token = founded(home)
        ours, empty, acknowledged = asyncio.run(flood(home, token))
        lost, undecided, log = checked(home, acknowledged)
        page = page_seconds(home, log)
    ratio = statistics.median(a / b for a, b in zip(ours, empty, strict=True))
    held = ratio >= LIMIT and not lost and not undecided and page < PAGE_LIMIT
    rows = [
        ["durable, deduplicated, requests a second", f"{statistics.median(ours):,.0f}"],
        ["empty 202, requests a second", f"{statistics.median(empty):,.0f}"],
        ["ratio (median of turns)", f"{ratio:.2f} (limit {LIMIT})"],
        ["acknowledged, in all", f"{len(acknowledged):,}"],
        ["of these lost after kill -9 of server and worker", f"{lost}"],
        ["deliveries not decided in the end", f"{undecided}"],
        [f"incident page data at {PAGE_ALARMS:,} alarms, s", f"{page:.3f} (limit {PAGE_LIMIT})"],
    ]  # fmt: skip
    note = (
        f"{CONNECTIONS} connections, {SECONDS:.0f} s in {ROUNDS} turns of each; the server of "
        "`tocsin web` and one client for both; nine of ten alarms say the same, the tenth is new."
    )
    return Table("Alarms in, beside an empty endpoint", ("figure", "value"), rows, note, held)


def founded(home: Path) -> str:
    """A home with a register in force; the token of a machine that may send alarms."""
    quiet("--home", home, "init")
    for file in (home / "register").glob("*.toml"):
        file.unlink()
    (home / "register" / "bench.toml").write_text(REGISTER)
    quiet("--home", home, "register", "adopt", "--as", "ana")
    with wiring.open_home(home, warn=lambda _: None) as opened:
        ids = opened.world.ids
        text, fact = new_token("prom", ids.incident(), ids.salt(), ["signals"])
        people.vouched(opened.desk, fact, ana())
    return text


def ana() -> object:
    from tocsin.facts import Asserter, Author, Proof

    return Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT, account="ana")


def quiet(*words: object) -> None:
    out = subprocess.DEVNULL
    subprocess.run([sys.executable, "-m", "tocsin", *map(str, words)], stdout=out, stderr=out,
                   check=True)  # fmt: skip


class Served:
    """The server and the worker of a home, each a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.start()

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        me = [sys.executable, "-m", "bench.inbound", str(self.home), str(self.port)]
        self.server = subprocess.Popen(me, stderr=subprocess.DEVNULL)
        work = [sys.executable, "-m", "tocsin", "--home", str(self.home), "work"]
        self.worker = subprocess.Popen(work, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def kill(self) -> None:
        for one in (self.server, self.worker):
            one.send_signal(signal.SIGKILL)
            one.wait()


async def flood(home: Path, token: str) -> tuple[list[float], list[float], set[int]]:
    """Requests a second of ours and of the empty one, by turn; the acknowledged places."""
    served = Served(home)
    acknowledged: set[int] = set()
    ours: list[float] = []
    empty: list[float] = []
    turn = SECONDS / ROUNDS
    try:
        for number in range(ROUNDS):
            if number == ROUNDS // 2:
                timer = threading.Timer(turn / 2, served.kill)
                timer.start()
                await ask(served.port, bodies(token, number + 1000), turn, acknowledged)
                timer.join()
                served.start()
            empty.append(await ask(served.port, empties(token), turn, None))
            ours.append(await ask(served.port, bodies(token, number), turn, acknowledged))
    finally:
        served.kill()
    return ours, empty, acknowledged


def bodies(token: str, turn: int) -> list[bytes]:
    """A thousand requests of which a hundred say something new."""
    return [
        request("/v2/enqueue", token, f"new-{turn}-{number}" if number % 10 == 0 else "same")
        for number in range(1000)
    ]


def empties(token: str) -> list[bytes]:
    return [request("/empty", token, "same")] * 1000


def request(path: str, token: str, key: str) -> bytes:
    """One request as Alertmanager sends it."""
    body = json.dumps({
        "routing_key": token, "event_action": "trigger", "dedup_key": key,
        "payload": {"summary": f"[FIRING:1] ModelDrift {key}", "source": "fraud",
                    "severity": "error", "custom_details": {"firing": "Labels:\n - service = fraud",
                                                            "num_firing": "1"}},
    }).encode()  # fmt: skip
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(port: int, requests: list[bytes], seconds: float, got: set[int] | None) -> float:
    """Answers of 202 a second; the place of each in `got`."""
    until = time.perf_counter() + seconds
    counts = await asyncio.gather(
        *(line(port, requests, until, number, got) for number in range(CONNECTIONS))
    )
    return sum(counts) / seconds


async def line(
    port: int, requests: list[bytes], until: float, first: int, got: set[int] | None
) -> int:
    count, place = 0, first * 13
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            writer.write(requests[place % len(requests)])
            place += 1
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 202"):
                continue
            count += 1
            if got is not None:
                got.add(int(head.partition(b"x-place: ")[2].partition(b"\r\n")[0] or 0))
        writer.close()
    except (OSError, asyncio.IncompleteReadError):
        pass  # it was killed; what was acknowledged is counted
    return count


def checked(home: Path, acknowledged: set[int]) -> tuple[int, int, str]:
    """How many acknowledged places are gone, how many are undecided; the log of an incident."""
    quiet("--home", home, "work", "--until-idle", "--patience-seconds", "0")
    inbox = Inbox(home)
    kept: set[int] = set()
    after = 0
    while some := inbox.after(after, 5000):
        kept.update(one.place for one in some)
        after = some[-1].place
    with wiring.open_home(home, warn=lambda _: None) as opened:
        taken = taken_of(opened.desk)
        (log, *_) = opened.world.journal.logs("incident/")
        undecided = len(kept) - taken.deliveries
    return len(acknowledged - kept), undecided, log


def page_seconds(home: Path, log: str) -> float:
    """What the data of an incident's page take once it was told of a hundred thousand alarms."""
    from tocsin.dossier.account import account_of
    from tocsin.dossier.now import now_of
    from tocsin.facts import Access
    from tocsin.playbook import replay_runs

    send_until(home, PAGE_ALARMS)
    with wiring.open_home(home, warn=lambda _: None) as opened:
        times = []
        for _ in range(7):
            begun = time.perf_counter()
            entries = opened.world.journal.read(log)
            account = account_of(entries, frozenset({Access.OPS}))
            now_of(account, replay_runs(entries), account.incident.id, opened.world.clock.now())
            times.append(time.perf_counter() - begun)
    return statistics.median(times)


def send_until(home: Path, count: int) -> None:
    """Put alarms into the inbox until so many were decided, and have them decided."""
    from datetime import UTC, datetime

    from tocsin.facts.deliveries import Arrival

    inbox = Inbox(home)
    missing = count - inbox.last()
    raw = request("/", "", "same").partition(b"\r\n\r\n")[2]
    while missing > 0:
        some = [
            Arrival(
                format="pagerduty", source="prom", proven=True, delivery="", said={},
                body=raw.replace(b"same", b"n-%d" % number) if number % 10 == 0 else raw,
                received_at=datetime.now(UTC),
            )
            for number in range(missing, max(0, missing - 5000), -1)
        ]  # fmt: skip
        inbox.keep(some)
        missing -= len(some)
    quiet("--home", home, "work", "--until-idle", "--patience-seconds", "0")


def serve(home: Path, port: int) -> None:
    """Serve a home's doors, and an empty endpoint before them."""
    from tocsin.cli.frame.listening import listen
    from tocsin.cli.frame.screen import Screen
    from tocsin.cli.over_http.serving import served
    from tocsin.wiring.inbound import Inbounds
    from tocsin.world import RealClock

    with wiring.open_home(home, warn=lambda _: None) as opened:
        app, doors = served(opened), Inbounds(opened)
        doors.add(app)
        app.add_middleware(Empty)
        listen(app, ("127.0.0.1", port), Screen(json=False, clock=RealClock()), "bench")
        doors.close()


class Empty:
    """Reads a body and answers 202, before anything else of the application is asked."""

    def __init__(self, app: object) -> None:
        self.app = app

    async def __call__(self, scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        if scope["type"] != "http" or scope["path"] != "/empty":
            await self.app(scope, receive, send)  # type: ignore[operator]
            return
        while (await receive()).get("more_body"):  # type: ignore[operator]
            pass
        headers = [(b"content-length", b"2"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 202, "headers": headers})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"{}"})  # type: ignore[operator]


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
