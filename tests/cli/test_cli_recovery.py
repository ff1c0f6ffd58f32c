"""From a gate on paper to a stage that waits for two people, all at the keyboard."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli_seat import Keyboard, copied
from gates import GATE
from tocsin import wiring
from tocsin.facts import Asserter, Author, Proof, incident_log
from tocsin.facts.analysis import Replayed

START = datetime(2026, 10, 1, tzinfo=UTC)
MAPPING = "log:\n  decided: approved\n  groups: [sex]\n"
SETTINGS = """
switch = "kill-switch"
seen_by = "healthy"
log = "logs/assistant"
"""
INTEGRATIONS = """
[integrations.kill-switch]
kind = "switch"
path = "switch"
[integrations.kill-switch.settings]
server = "http://127.0.0.1:8600"
flags = "assistant.model"

[integrations.healthy]
kind = "log-rate"
path = "assistant"

[integrations.mail]
kind = "smtp"
url = "smtp://127.0.0.1:1"
[integrations.mail.settings]
sender = "tocsin@example.org"
encryption = "none"
networks = "127.0.0.1/32"
ports = "1"
"""


def log(
    path: Path, version: str, *, fallback: float = 0.04, rows: int = 20_000, seed: int = 1
) -> Path:
    """A log of one version, in which all else is well."""
    draw = np.random.default_rng(seed)
    table = {
        "at": [START + timedelta(seconds=n) for n in range(rows)],
        "version": [version] * rows,
        "fallback": draw.random(rows) < fallback,
        "error": draw.random(rows) < 0.001,
        "approved": draw.random(rows) < 0.5,
        "sex": draw.choice(["f", "m"], rows),
    }
    pq.write_table(pa.table(table), path)
    return path


def attacks(path: Path, version: str = "3", *, tried: int = 400, succeeded: int = 3) -> Path:
    rows = [{"attack": f"a{n}", "version": version, "succeeded": n < succeeded}
            for n in range(tried)]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def seat(staffed_home: Path, keys: dict[str, Path], tmp_path: Path) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    text = register.read_text().replace('switch = "assistant-switch"\n', SETTINGS.strip() + "\n")
    register.write_text(text + INTEGRATIONS)
    (home / "gates").mkdir()
    (home / "gates" / "assistant.yaml").write_text(GATE)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


@pytest.fixture
def incident(seat: Keyboard) -> str:
    opened = seat.done("incident", "open", "--title", "it invents", "--system", "assistant")
    return str(opened["incident"])


def told(seat: Keyboard, incident: str) -> str:
    return seat("recovery", "status", incident).out


def test_a_candidate_earns_its_first_stage(
    seat: Keyboard, incident: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    assert "NO GATE WAS REGISTERED" in told(seat, incident)
    registered = seat.done("recovery", "register", incident, *ana)
    assert registered["criteria"] == ["answers", "errors", "groups", "jailbreaks"]
    found = seat.done(
        "recovery", "measure", incident, "--log", log(tmp_path / "c.parquet", "3"),
        "--baseline", log(tmp_path / "b.parquet", "1", seed=2),
        "--attacks", attacks(tmp_path / "a.jsonl"), "--mapping", tmp_path / "mapping.yaml", *ana,
    )  # fmt: skip
    assert {one["result"] for one in found["criteria"]} == {"passed"}, found
    assert len(found["evidence"]) == 4 and found["candidate"] == "3"
    begun = seat.done("recovery", "next", incident, *ana)
    assert (begun["stage"], begun["share"]) == (1, 100)
    shown = seat("--json", "recovery", "status", incident).json["systems"][0]
    assert shown["waits_for_approval"] == [begun["order"]]
    assert shown["next"].startswith("tocsin decide ") and not shown["is_back"]
    again = seat("recovery", "next", incident, "--as", "ben", "--key", keys["ben"])
    assert again.status == 2 and "is under way" in again.err
    seat.done("decide", incident, begun["order"], "approve", "--as", "ben", "--key", keys["ben"])
    seat.done("decide", incident, begun["order"], "approve", "--as", "cleo", "--key", keys["cleo"])


def test_failing_says_by_how_much_and_the_screen_says_what_is_next(
    seat: Keyboard, incident: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    seat.done("recovery", "register", incident, *ana)
    answer = seat(
        "recovery", "measure", incident, "--log", log(tmp_path / "c.parquet", "3", fallback=0.1),
        "--baseline", log(tmp_path / "b.parquet", "1", seed=2), "--mapping",
        tmp_path / "mapping.yaml", *ana,
    )  # fmt: skip
    assert answer.status == 1 and "FAILED  answers: fallback is 0.0" in answer.out
    assert "too much" in answer.out
    screen = told(seat, incident)
    assert "FAILED  answers" in screen and "jailbreaks: not measured yet" in screen
    assert "next      version 3 was measured as often as its gate allows (1)" in screen
    assert len(screen.splitlines()) <= 24
    refused = seat("recovery", "next", incident, *ana)
    assert refused.status == 2 and "may not come back yet" in refused.err


def test_a_stop_is_not_taken_back_around_the_gate(
    seat: Keyboard, incident: str, keys: dict[str, Path]
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    seat.done(
        "recovery", "register", "--standing", "--gate", seat.home / "gates/assistant.yaml", *ana
    )
    assert "it stands for every incident" in told(seat, incident)


@pytest.mark.parametrize(
    "lines, words",
    [
        ("", "no results of attacks"),
        ("{}\n", "1: no result of an attack"),
        ('{"succeeded": 1}\n', "1: no result"),
        ("[" * 3000 + "\n", "1: no result"),
        ('{"succeeded": true}\n', "name the candidate"),
        ('{"succeeded": true, "version": "2"}\n{"succeeded": true, "version": "3"}\n',
         "results of 2, 3; name the candidate"),
    ],
)  # fmt: skip
def test_results_that_say_nothing_are_told_with_their_line(
    seat: Keyboard, incident: str, keys: dict[str, Path], tmp_path: Path, lines: str, words: str
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    seat.done("recovery", "register", incident, *ana)
    (tmp_path / "a.jsonl").write_text(lines)
    answer = seat("recovery", "measure", incident, "--attacks", tmp_path / "a.jsonl", *ana)
    assert answer.status == 2 and words in answer.err and "Traceback" not in answer.err


def test_a_log_that_cannot_be_compared_is_refused_with_what_would_do(
    seat: Keyboard, incident: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    own = log(tmp_path / "c.parquet", "3", rows=1000)
    measure = ("recovery", "measure", incident, "--log", own)
    refused = seat(*measure, *ana)
    assert refused.status == 2 and "tocsin recovery register" in refused.err
    seat.done("recovery", "register", incident, *ana)
    assert "holds no version 1, the gate's baseline" in seat(*measure, *ana).err
    assert "holds no version 9" in seat(*measure, "--candidate", "9", *ana).err
    assert "name what to measure" in seat("recovery", "measure", incident, *ana).err


def test_mistakes_of_a_gate_are_told_at_once(seat: Keyboard, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(GATE.replace("margin: 2%", "margin: 0%").replace("share: 100%", "share: 50%"))
    answer = seat("recovery", "lint", bad)
    assert answer.status == 1 and len(answer.out.splitlines()) == 2
    assert seat("recovery", "lint", seat.home / "gates/assistant.yaml").status == 0


def test_a_shortcut_is_signed_and_shown(
    seat: Keyboard, incident: str, keys: dict[str, Path]
) -> None:
    ben = ("--as", "ben", "--key", keys["ben"])
    seat.done("recovery", "register", incident, *ben)
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    cut = ("recovery", "shortcut", incident, "--skip", "jailbreaks", "--until", until,
           "--because", "the replay takes a week", "--candidate", "3")  # fmt: skip
    assert seat(*cut).status == 2
    assert seat.done(*cut, *ben)["untold"] is None
    screen = told(seat, incident)
    assert "SHORTCUT  jailbreaks is skipped until" in screen and "signed by ben" in screen
    assert "SHORTCUT" in seat("log", incident).out


def test_work_is_done_by_its_evidence_alone(
    seat: Keyboard, incident: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    ana = ("--as", "ana", "--key", keys["ana"])
    add = ("recovery", "work", "add", incident, "--kind", "retraining", "--title", "clean labels",
           "--due", due, "--measure", "recall", "--before", "0.71", *ana)  # fmt: skip
    assert "not known" in seat(*add, "--owner", "zoe").err
    assert seat.done(*add, "--owner", "ben")["work"] == "work-1"
    done = ("recovery", "work", "done", incident, "work-1", *ana)
    told = seat(*done).err
    assert "nothing shows that work-1 is done" in told
    assert "tocsin recovery work evidence INCIDENT work-1 --file FILE" in told
    paper = tmp_path / "eval.json"
    paper.write_text("{}")
    seat.done("recovery", "work", "evidence", incident, "work-1", "--file", paper, *ana)
    assert "no evidence says what it is now" in seat(*done).err
    seat.done("recovery", "work", "evidence", incident, "work-1", "--file", paper,
              "--after", "0.83", *ana)  # fmt: skip
    seat.done(*done)
    assert "recall 0.71 -> 0.83" in seat("recovery", "work", "list", incident).out
    assert "was done at" in seat(*done).err


def test_a_version_is_signed_off_by_who_did_not_build_it(
    seat: Keyboard, keys: dict[str, Path]
) -> None:
    cleo = ("--as", "cleo", "--key", keys["cleo"])
    sign = ("model", "signoff", "intents", "3", "--tier", "1", "--developer", "ben",
            "--restriction", "only EU, only advice")  # fmt: skip
    assert "independent" in seat(*sign, "--owner", "cleo", "--expires", "2099-01-31", *cleo).err
    told_ = seat(*sign, "--owner", "ana", "--expires", "2020-01-31", *cleo)
    assert told_.status == 2 and "before now" in told_.err
    other = seat(*sign, "--owner", "ana", "--validator", "ben", "--expires", "2099-01-31", *cleo)
    assert "they say so themselves" in other.err or "independent" in other.err
    seat.done(*sign, "--owner", "ana", "--expires", "2099-01-31", *cleo)
    assert "until 2099-01-31 23:59 UTC; only EU, only advice" in seat("model", "list").out
    assert seat("model", "show", "intents").status == 0
    assert seat("model", "show", "other").status == 2
    seat.done("model", "withdraw", "intents", "3", "--because", "it memorises names", *cleo)
    assert seat("model", "list").status == 1


def test_now_and_doctor_say_what_is_owed(
    seat: Keyboard, incident: str, keys: dict[str, Path]
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    assert "gate was registered" not in seat("now", incident).out  # nothing was stopped
    told_ = seat("doctor").out
    assert "this file binds nobody until it is registered" in told_
    gate = seat.home / "gates/assistant.yaml"
    seat.done("recovery", "register", "--standing", "--gate", gate, *ana)
    assert "stands for assistant in every incident" in seat("doctor").out
    screen = seat("now", incident).out
    assert "assistant: stage 1 of 3, 4 things are asked first" in screen
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    seat.done("recovery", "shortcut", incident, "--skip", "stages", "--until", until,
              "--because", "harm of not serving", "--candidate", "3", *ana)  # fmt: skip
    assert "SHORTCUT around stages" in seat("now", incident).out
    report = seat.home.parent / "report"
    seat.done("report", incident, "--to", report)
    papers = [file.read_text() for file in report.glob("*.md")]
    assert papers and all("SHORTCUT around stages" in paper for paper in papers)


def test_a_lacking_sign_off_is_told_by_the_doctor(
    seat: Keyboard, incident: str, keys: dict[str, Path]
) -> None:
    register = seat.home / "register" / "register.toml"
    text = register.read_text().replace("owner = ", 'sign_off = "intents"\nowner = ', 1)
    register.write_text(text)
    seat.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    answer = seat("doctor")
    assert answer.status == 1 and "no version was ever signed off" in answer.out
    sign = ("model", "signoff", "intents", "3", "--tier", "2", "--owner", "ana", "--expires",
            "2099-01-31", "--as", "cleo", "--key", keys["cleo"])  # fmt: skip
    seat.done(*sign)
    assert "no version was ever signed off" not in seat("doctor").out


def test_a_replay_of_the_incident_is_measured_and_what_has_no_answer_is_not_withstood(
    seat: Keyboard, incident: str, keys: dict[str, Path]
) -> None:
    ana = ("--as", "ana", "--key", keys["ana"])
    seat.done("recovery", "register", incident, *ana)
    with wiring.open_home(seat.home, warn=print) as opened:
        result = opened.world.vault.put(io.BytesIO(b"{}")).digest
        one = Replayed(replay="R1", set="0" * 64, against="staging@3", served="3", result=result,
                       items=400, held=398, failed=0, unanswered=2, low="0", high="1")  # fmt: skip
        worker = Author(who="w", kind=Asserter.WORKER, proof=Proof.PROCESS)
        opened.desk.record(incident_log(incident), lambda _: [one], worker)
    measure = ("recovery", "measure", incident, *ana, "--replay")
    found = seat.done(*measure, "R1")
    assert [one["criterion"] for one in found["criteria"]] == ["jailbreaks"]
    assert found["criteria"][0]["difference"] == "0.005" and len(found["evidence"]) == 2
    assert "R2 has results of: no result" in seat(*measure, "R2").err
