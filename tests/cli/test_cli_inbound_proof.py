"""Real senders at the real door: an Alertmanager, an OTLP exporter, and a flood under `kill -9`."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_seat import Keyboard, copied
from tocsin.inbox.store import Inbox

pytestmark = pytest.mark.proof
PYTHON = os.environ.get("TOCSIN_API_PYTHON", "")
SYSTEM = """
[systems.fraud]
owner = "ana"
tier = 2
"""
ROUTES = """
route: {{receiver: all, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
- name: all
  webhook_configs:
  - url: {door}/signals/alertmanager
    http_config: {{authorization: {{credentials: {token}}}}}
  pagerduty_configs: [{{url: "{door}/v2/enqueue", routing_key: {token}}}]
  opsgenie_configs: [{{api_url: "{door}/", api_key: {token}}}]
"""


class Door:
    """`tocsin web` and `tocsin work` of a home, each a process of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.web = self.start("web", "--listen", "127.0.0.1:0")
        assert self.web.stderr is not None
        self.url = json.loads(self.web.stderr.readline())["listening"]
        self.work = self.start("work")

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tocsin", "--home", str(self.home), *words]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def kill(self) -> None:
        for one in (self.web, self.work):
            one.send_signal(signal.SIGKILL)
            one.wait()
            assert one.stderr is not None
            one.stderr.close()


@pytest.fixture
def seat(staffed_home: Path, keys: dict[str, Path], tmp_path: Path) -> Keyboard:
    tocsin = Keyboard(copied(staffed_home, tmp_path / "home"))
    register = tocsin.home / "register" / "register.toml"
    register.write_text(register.read_text() + SYSTEM)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


@pytest.fixture
def token(seat: Keyboard, keys: dict[str, Path]) -> str:
    issued = seat.done("register", "token", "prom", "--scope", "signals",
                       "--as", "ana", "--key", keys["ana"])  # fmt: skip
    return str(issued["token"])


@pytest.fixture
def door(seat: Keyboard) -> Iterator[Door]:
    made = Door(seat.home)
    yield made
    made.kill()


def wait_for(what: object, seconds: float = 180.0) -> object:
    """What a function gives once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()  # type: ignore[operator]
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come in time")


def alertmanager() -> str:
    found = shutil.which("prometheus-alertmanager") or os.environ.get("TOCSIN_ALERTMANAGER")
    if not found:
        pytest.skip("NO REAL ALERTMANAGER: install prometheus-alertmanager")
    return found


def test_a_real_alertmanager_opens_and_resolves_by_all_its_ways(
    seat: Keyboard, token: str, door: Door, tmp_path: Path
) -> None:
    config = tmp_path / "am.yml"
    config.write_text(ROUTES.format(door=door.url, token=token))
    port = 19093
    sender = subprocess.Popen(
        [alertmanager(), f"--config.file={config}", f"--storage.path={tmp_path / 'am'}",
         f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        labels = {"alertname": "ModelDrift", "service": "fraud", "severity": "critical"}
        alert = {"labels": labels, "annotations": {"summary": "PSI 0.4"}}

        def say(value: object) -> bool:
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/v2/alerts", data=json.dumps([value]).encode(),
                headers={"Content-Type": "application/json"},
            )  # fmt: skip
            try:
                with urllib.request.urlopen(asked) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        wait_for(lambda: say(alert))
        wait_for(lambda: len(seat.done("signals", "list")["signals"]) == 2)
        say({**alert, "endsAt": "2026-01-01T00:00:00Z"})
        wait_for(lambda: all(
            one["state"] == "resolved" for one in seat.done("signals", "list")["signals"]
        ))  # fmt: skip
    finally:
        sender.kill()
        sender.wait()
    (incident,) = seat.done("incident", "list")["incidents"]
    assert (incident["systems"], incident["status"]) == (["fraud"], "open")
    formats = {one.format for one in Inbox(seat.home).after(0, 100)}
    assert formats == {"alertmanager", "pagerduty", "opsgenie"}
    assert seat.done("signals", "show")["unreadable"] == 0
    assert token.encode() not in b"".join(one.body or b"" for one in Inbox(seat.home).after(0, 99))


@pytest.mark.skipif(
    not PYTHON, reason="NOT PROVEN: TOCSIN_API_PYTHON names no Python; run `make proof`"
)
def test_a_real_exporter_of_logs_is_answered_as_it_expects(
    seat: Keyboard, token: str, door: Door
) -> None:
    assert exported(door, token) == ["SUCCESS"] * 3
    wait_for(lambda: seat.done("signals", "list")["signals"])
    (signal_,) = seat.done("signals", "list")["signals"]
    assert (signal_["summary"], signal_["went"]) == ("fraud: timeout after 0 ms", "opened")
    assert seat.done("signals", "show")["deliveries"] == 3
    assert exported(door, "tcs_unknown_secret") == ["FAILURE"] * 3  # and it does not try again
    assert seat.done("signals", "show")["deliveries"] == 3


def exported(door: Door, token: str) -> list[str]:
    """What OpenTelemetry's exporter, in a Python of its own, made of each of its three calls."""
    program = Path(__file__).with_name("exporter_says.py")
    ran = subprocess.run(
        [PYTHON, str(program), door.url, token],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    return ran.stdout.split()


def test_nothing_acknowledged_is_lost_when_everything_is_killed_again_and_again(
    seat: Keyboard, token: str
) -> None:
    acknowledged: set[int] = set()
    sent = [0]
    for _ in range(5):
        wanted = len(acknowledged) + 100
        door = Door(seat.home)
        over = threading.Event()
        senders = [
            threading.Thread(target=_flood, args=(door, token, over, acknowledged, sent))
            for _ in range(8)
        ]
        for one in senders:
            one.start()
        wait_for(lambda wanted=wanted: len(acknowledged) >= wanted)
        door.kill()
        over.set()
        for one in senders:
            one.join()
    seat("work", "--until-idle", "--patience-seconds", "0")
    kept: set[int] = set()
    inbox = Inbox(seat.home)
    while some := inbox.after(max(kept, default=0), 5000):
        kept.update(one.place for one in some)
    assert acknowledged <= kept
    shown = seat.done("signals", "show")
    assert (shown["deliveries"], shown["waiting"]) == (len(kept), 0)
    decided = [entry for entry in seat.done("signals", "list")["signals"]]
    assert len({one["signal"] for one in decided}) == len(decided)
    (incident,) = seat.done("incident", "list")["incidents"]
    assert incident["systems"] == ["fraud"]
    seat.sound()


def _flood(
    door: Door, token: str, over: threading.Event, acknowledged: set[int], sent: list[int]
) -> None:
    host, _, port = door.url.removeprefix("http://").partition(":")
    line = http.client.HTTPConnection(host, int(port), timeout=10)
    while not over.is_set():
        sent[0] += 1
        key = f"new-{sent[0]}" if sent[0] % 10 == 0 else "same"
        event = {"routing_key": token, "event_action": "trigger", "dedup_key": key,
                 "payload": {"summary": key, "source": "fraud", "severity": "error"}}  # fmt: skip
        try:
            line.request("POST", "/v2/enqueue", json.dumps(event))
            answer = line.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):  # it is not up yet, or was just killed
            line.close()
            over.wait(0.1)
            continue
        if answer.status == 202:
            acknowledged.add(int(answer.headers["x-place"]))
