"""From a log to an incident by one command; and the switches from the keyboard."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli_seat import Keyboard, command_line, copied

DETECTORS = """\
system: assistant
window: 5s
detectors:
  fallback-rate:
    status: live
    rate: fallback
    direction: up
    tolerance: 15%
    basis: relative
    baseline: {first: 1000}
    minimum: 100
    run_length: 30d
"""
# Where a window of the detector begins, so that its figures are the same whenever this runs.
BEGAN = datetime.fromtimestamp(datetime.now(UTC).timestamp() // 5 * 5 - 600, UTC)


def _by_rows(seat: Keyboard, *one_in: int) -> None:
    """A log that tells no time: a file of 4000 rows for each, one of so many a failure."""
    log = seat.home / "logs" / "assistant"
    (log / "a.jsonl").unlink()
    for name, each in zip("abcd", one_in, strict=False):
        rows = "".join(f"{int(n % each == 0)},{name}\n" for n in range(4000))
        (log / f"{name}.csv").write_text(f"fallback,batch\n{rows}")
        os.utime(log / f"{name}.csv", (BEGAN.timestamp() - 86400,) * 2)
    rows = DETECTORS.replace("window: 5s", "window: 500\nlog: {at: rows}").replace("30d", "10000")
    (seat.home / "detectors" / "assistant.yaml").write_text(rows)


def _rows(first: int, count: int, one_in: int, version: str) -> str:
    return "".join(
        json.dumps(
            {
                "at": (BEGAN + timedelta(seconds=(first + n) / 20)).isoformat(),
                "version": version,
                "segment": "en",
                "fallback": n % one_in == 0,
                "error": False,
                "served_by": "assistant",
            }
        )
        + "\n"
        for n in range(count)
    )


@pytest.fixture
def seat(staffed_home: Path, keys: dict[str, Path], tmp_path: Path) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    register.write_text(
        register.read_text().replace("recovery_target", 'log = "logs/assistant"\nrecovery_target')
    )
    for folder in ("detectors", "logs/assistant"):
        (home / folder).mkdir(parents=True)
    (home / "detectors" / "assistant.yaml").write_text(DETECTORS)
    (home / "logs" / "assistant" / "a.jsonl").write_text(_rows(0, 4000, 25, "1"))
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def test_healthy_traffic_opens_nothing_and_a_bad_release_one_incident(seat: Keyboard) -> None:
    assert seat.done("watch", "--once")["incidents"] == []
    bad = seat.home / "logs" / "assistant" / "b.jsonl"
    bad.write_text(_rows(4000, 1500, 4, "2"))
    found = seat.done("watch", "--once")
    (incident,) = found["incidents"]
    again = seat.done("watch", "--once")
    assert again["incidents"] == []
    assert [one["incident"] for one in again["standing"]] == [incident]
    said = seat("watch", "--once").out
    assert "STANDS: assistant: fallback-rate" in said and "nothing is wrong" not in said
    now = seat.done("now", incident)
    assert "fallback 25.0 % instead of 4.0 % (version 2)" in "\n".join(now["harm"])
    told = seat.done("detect", "explain", "fallback-rate")["finding"]
    assert [w["raised"] for w in told["course"]["windows"]].count(True) == 1
    made = seat.done("report", incident, "--to", seat.home.parent / "report")
    assert "<svg" in Path(made["html"]).read_text()
    seat.sound()


def test_detectors_with_a_mistake_are_told_and_are_exit_1(seat: Keyboard) -> None:
    detectors = seat.home / "detectors" / "assistant.yaml"
    detectors.write_text(DETECTORS.replace("tolerance: 15%", "tolerance: lots"))
    ran = seat("watch", "--once", "--json")
    assert ran.status == 1 and not ran.json["whole"], ran
    assert any("assistant.yaml" in remark for remark in ran.json["remarks"]), ran
    assert not ran.json["sign_of_life"]


def test_what_stands_without_its_detector_says_that_nobody_looks(seat: Keyboard) -> None:
    (seat.home / "logs" / "assistant" / "b.jsonl").write_text(_rows(4000, 1500, 4, "2"))
    (incident,) = seat.done("watch", "--once")["incidents"]
    detectors = seat.home / "detectors" / "assistant.yaml"
    for text in (
        DETECTORS.replace("fallback-rate:", "fallback-share:").replace("live", "shadow"),
        DETECTORS.replace("tolerance: 15%", "tolerance: lots"),
    ):
        detectors.write_text(text)
        ran = seat("watch", "--once", "--json")
        stands = [one for one in ran.json["standing"] if one["detector"] == "fallback-rate"]
        assert [(one["incident"], one["watched"]) for one in stands] == [(incident, False)]
        said = seat("watch", "--once").out
        assert "NOBODY LOOKS" in said and "fallback-rate still claims" not in said
    assert "mend HOME/detectors/assistant.yaml" in said and "no detectors" not in said
    detectors.write_text(DETECTORS)
    (again,) = seat.done("watch", "--once")["standing"]
    assert again["watched"] and "still claims" in seat("watch", "--once").out


def test_of_a_log_without_times_rows_are_told_and_never_invented_instants(seat: Keyboard) -> None:
    _by_rows(seat, 25, 4)
    (incident,) = seat.done("watch", "--once")["incidents"]
    told = [
        seat("watch", "--once"), seat("now", incident), seat("digest"), seat("log", incident),
        seat("incident", "show", incident), seat("incident", "causes", incident),
    ]  # fmt: skip
    lines = "\n".join(ran.out for ran in told).splitlines()
    assert not [line for line in lines if "1970" in line or " Jan " in line]
    assert "since row 4,001" in seat("now", incident).out
    seat.done("report", incident, "--to", seat.home.parent / "report")
    assert "1970" not in (seat.home.parent / "report" / "report.md").read_text()


def test_what_is_over_among_rows_is_told_once_and_is_not_lost(seat: Keyboard) -> None:
    _by_rows(seat, 25, 4, 25)
    (incident,) = seat.done("watch", "--once")["incidents"]
    assert "it was over when it was found" in seat("log", incident).out
    again = seat.done("watch", "--once")
    assert again["incidents"] == [] and again["systems"][0]["ranked"] == []


def test_a_part_that_cannot_be_read_is_named_each_time_and_is_exit_1(seat: Keyboard) -> None:
    cut_off = seat.home / "logs" / "assistant" / "b.parquet"
    cut_off.write_bytes(b"PAR1 and no more")
    os.utime(cut_off, (BEGAN.timestamp() - 86400,) * 2)  # nobody writes it any more
    for _ in range(2):
        ran = seat("watch", "--once")
        assert ran.status == 1 and "b.parquet" in ran.out and "nothing is wrong" not in ran.out
    cut_off.unlink()
    ran = seat("watch", "--once")
    assert ran.status == 0 and "b.parquet" not in ran.out, "taken away, it can be mended no more"


def test_without_detectors_nothing_is_watched_and_that_is_said(staffed_home: Path) -> None:
    ran = Keyboard(staffed_home)("watch", "--once")
    assert ran.status == 1 and "nothing is watched" in ran.out


def test_a_home_without_a_switch_says_what_to_declare(staffed_home: Path) -> None:
    seat = Keyboard(staffed_home)
    for words in (("show",), ("key",), ("export", "--flagd", "x.json")):
        assert 'kind "switch"' in seat.refused("switch", *words)


def test_switches_are_shown_exported_and_begun_anew_after_a_loss(
    staffed_home: Path, keys: dict[str, Path], tmp_path: Path
) -> None:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    register.write_text(
        register.read_text() + '\n[integrations.kill]\nkind = "switch"\npath = "switch"\n'
        'settings = { server = "http://127.0.0.1:1", flags = "a.model, a.feed" }\n'
    )
    seat = Keyboard(home)
    key = seat.done("switch", "key")["key"]
    assert seat.done("switch", "key")["key"] == key
    shown = seat("switch", "show", "--json")
    assert shown.status == 1 and not shown.json["served_as_signed"], "nothing serves it"
    out = tmp_path / "flags.json"
    assert seat.done("switch", "export", "--flagd", out)["fail_safe"] is False
    assert "NOT FAIL-SAFE" in out.read_text()
    (home / "switch" / "state.json").unlink()
    assert seat("switch", "show", "--json").json["damage"], "the copy counts, and it is told"
    (home / "switch.last.json").unlink()
    assert "begin-anew" in seat("switch", "show").out
    assert seat.done("switch", "begin-anew")["switches"] == ["a.feed", "a.model"]
    assert not any(one["on"] for one in seat("switch", "show", "--json").json["switches"].values())


def test_a_port_that_is_taken_is_the_worlds_fault(staffed_home: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = command_line(staffed_home, "web", "--listen", f"127.0.0.1:{port}")
    assert ran.status == 3 and "cannot listen" in ran.err, ran
    assert command_line(staffed_home, "web", "--listen", "nowhere").status == 2
