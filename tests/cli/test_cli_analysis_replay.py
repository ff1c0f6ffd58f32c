"""A replay from the keyboard goes to an address for tests, and to no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli_seat import Keyboard, copied
from small_web import Asked, Said, Web, small_web

SET = "".join(
    json.dumps({"id": f"a{n}", "request": f"q{n}", "expect": {"not_matches": "refund"}}) + "\n"
    for n in range(6)
)
INTEGRATIONS = """
[integrations.staging]
kind = "http-model"
url = "{url}"
[integrations.staging.settings]
purpose = "replay"
body = '{{"version": "{{version}}", "question": "{{ask}}"}}'
networks = "127.0.0.1/32"
ports = "{port}"

[integrations.hidden]
kind = "http-model"
url = "{url}/canary"
settings = {{ purpose = "replay", networks = "127.0.0.1/32", ports = "{port}" }}

[integrations.assistant-canary]
kind = "canary"
url = "{url}/canary/"
settings = {{ questions = "hello", networks = "127.0.0.1/32", ports = "{port}" }}
"""


def answer(asked: Asked) -> Said:
    said = json.loads(asked.body)
    text = "a refund" if said["version"] == "6" and said["question"] < "q3" else "no"
    return Said(body=json.dumps({"answer": text, "version": said["version"]}).encode())


@pytest.fixture
def web() -> Iterator[Web]:
    with small_web(answer) as web:
        yield web


@pytest.fixture
def tocsin(staffed_home: Path, keys: dict[str, Path], tmp_path: Path, web: Web) -> Keyboard:
    home = copied(staffed_home, tmp_path / "home")
    register = home / "register" / "register.toml"
    register.write_text(register.read_text() + INTEGRATIONS.format(url=web.url(), port=web.port))
    (tmp_path / "attack.jsonl").write_text(SET)
    tocsin = Keyboard(home)
    tocsin.done("register", "adopt", "--as", "ana", "--key", keys["ana"])
    return tocsin


def test_versions_are_compared_and_what_failed_is_a_problem(
    tocsin: Keyboard, tmp_path: Path
) -> None:
    incident = tocsin.opened()
    words = ("analysis", "replay", incident, "--set", tmp_path / "attack.jsonl")
    ran = tocsin(*words, "--against", "staging@6", "--against", "staging@7")
    assert ran.status == 1, ran
    assert "staging@6 (says it is 6): 3 of 6 as expected" in ran.out
    assert "staging@7 against staging@6: 3 mended, 0 broken" in ran.out
    clean = tocsin.done(*words, "--against", "staging@7")
    again = tocsin.done(
        "analysis",
        "replay",
        incident,
        "--set-evidence",
        clean["set"][:12],
        "--against",
        "staging@7",
    )
    assert (clean["replay"], again["replay"]) == ("R2", "R3")
    assert "R1 staging@6: 3 of 6" in tocsin("analysis", "show", incident).out
    tocsin.sound()


@pytest.mark.parametrize(
    ("against", "says"),
    [
        ("hidden", "same address as assistant-canary"),
        ("stagin", 'did you mean "staging"?'),
        ("https://elsewhere.example/ask", "only to addresses that the register names"),
    ],
)
def test_it_goes_to_no_live_user_and_to_no_unknown_place(
    tocsin: Keyboard, tmp_path: Path, web: Web, against: str, says: str
) -> None:
    incident = tocsin.opened()
    told = tocsin.refused(
        "analysis", "replay", incident, "--set", tmp_path / "attack.jsonl", "--against", against
    )
    assert says in told
    assert web.asked == []


def test_a_set_with_mistakes_tells_all_of_them(tocsin: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"id": 1}\nnonsense\n')
    told = tocsin.refused(
        "analysis", "replay", tocsin.opened(), "--set", tmp_path / "bad.jsonl",
        "--against", "staging@7",
    )  # fmt: skip
    assert "bad.jsonl:1: mistake: id:" in told and "bad.jsonl:2:" in told


def test_killed_without_warning_it_goes_on_and_no_request_counts_twice(
    tocsin: Keyboard, tmp_path: Path, web: Web
) -> None:
    incident = tocsin.opened()
    held = threading.Event()

    def slow(asked: Asked) -> Said:
        if len(web.asked) > 3:
            held.wait(60)
        return answer(asked)

    web.answers = slow
    words = ("analysis", "replay", incident, "--set", tmp_path / "attack.jsonl",
             "--against", "staging@7")  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "--home", str(tocsin.home), *map(str, words)],
        env={k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    kept = tocsin.home / "replays"
    until = time.monotonic() + 60
    while sum(p.read_bytes().count(b"\n") for p in kept.glob("*/*.jsonl")) < 3:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    held.set()
    web.answers = answer
    done = tocsin.done(*words)
    assert (done["replay"], done["resumed"]) == ("R1", 3)
    assert (done["ended"][0]["held"], done["ended"][0]["unanswered"]) == (6, 0)
    asked = [json.loads(one.body)["question"] for one in web.asked]
    assert set(asked) == {f"q{n}" for n in range(6)} and len(asked) <= 6 + 4
    tocsin.sound()


def test_an_address_that_does_not_say_it_is_for_tests_is_never_in_force(
    tocsin: Keyboard, keys: dict[str, Path]
) -> None:
    register = tocsin.home / "register" / "register.toml"
    register.write_text(register.read_text().replace('purpose = "replay"\n', ""))
    ran = tocsin("register", "adopt", "--as", "ana", "--key", keys["ana"])
    assert ran.status == 1
    assert "a replay never goes to live users" in ran.out
