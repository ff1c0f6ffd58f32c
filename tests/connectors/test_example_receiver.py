"""The receiver that ships as an example obeys each order once, also after kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.connectors.kinds import build
from tocsin.exercise.clock import VirtualClock
from tocsin.facts import ConnectorError
from tocsin.facts.runs import Outcome, Verdict
from tocsin.probes.kinds import build as build_probe
from tocsin.world import Connector, Order, RealClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


RECEIVER = Path(__file__).parents[2] / "examples" / "receiver" / "receiver.py"
SECRET = "a secret of sufficient length"
ORDER = Order(key="incident/7K3/17", target="assistant", wanted="off")


@contextmanager
def running(folder: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, str(RECEIVER), "--folder", str(folder), *more]
    with subprocess.Popen(
        command, env={**os.environ, "RECEIVER_SECRET": SECRET}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["listening"], process
        finally:
            process.kill()


def webhook(url: str, secret: str = SECRET, seconds: str = "3", *, sees: bool = True) -> Connector:
    eyes = {"state_url": url + "/state/{target}", "lookup_url": url + "/orders/{key}"}
    settings = {
        **(eyes if sees else {}),
        "place": f"{url}/orders", "secret": "env:RECEIVER_SECRET", "repeatable": "keyed",
        "networks": "127.0.0.1/32", "ports": url.rpartition(":")[2], "timeout_seconds": seconds,
    }  # fmt: skip
    return build("webhook", settings, lambda _: secret, RealClock())


def calls(folder: Path) -> list[dict[str, object]]:
    lines = (folder / "calls.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["path"] == "/orders"]


def test_one_effect_however_often_it_is_asked(tmp_path: Path) -> None:
    with running(tmp_path) as (url, _):
        hook = webhook(url)
        assert hook.find(ORDER) is None
        receipt = hook.act(ORDER)
        assert (receipt.outcome, receipt.before, receipt.after) == (Outcome.DONE, "on", "off")
        assert hook.act(ORDER).outcome is Outcome.ALREADY
        assert webhook(url, sees=False).act(ORDER).outcome is Outcome.DONE
        unsigned = json.dumps({"key": ORDER.key, "target": "assistant", "wanted": "off"}).encode()
        found = hook.find(ORDER)
        assert found is not None and (found.before, found.after) == ("on", "off")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(url + "/orders", unsigned, timeout=5)
    assert [line.get("effect") for line in calls(tmp_path)] == [True, False, None]
    settings = {"place": str(tmp_path / "served.json")}
    clock = VirtualClock(RealClock().now())
    probe = build_probe("file-state", settings, lambda _: (404, b""), clock)
    assert probe.sample("assistant", "off", NOON).verdict is Verdict.SHOWN


def test_killed_after_the_effect_it_drops_the_repeat_when_it_is_back(tmp_path: Path) -> None:
    with running(tmp_path, "--pause", "30") as (url, process):
        with pytest.raises(ConnectorError) as lost:
            webhook(url, seconds="0.5").act(ORDER)
        assert lost.value.may_have_acted
        os.kill(process.pid, signal.SIGKILL)
    with running(tmp_path) as (url, _):
        assert webhook(url).act(ORDER).outcome is Outcome.ALREADY
        found = webhook(url).find(ORDER)
        assert found is not None and found.after == "off"
    assert [line["effect"] for line in calls(tmp_path)] == [True]


def test_a_call_with_another_secret_is_refused(tmp_path: Path) -> None:
    with (
        running(tmp_path) as (url, _),
        pytest.raises(ConnectorError, match="signature") as refused,
    ):
        webhook(url, secret="another secret, as long as it").act(ORDER)
    assert not refused.value.may_have_acted
    assert all("effect" not in line for line in calls(tmp_path))
