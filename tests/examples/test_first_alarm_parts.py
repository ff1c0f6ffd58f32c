"""What the first alarm stands on: its files fit each other, its two servers do what they say."""

from __future__ import annotations

import json
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from tocsin.detection import read_declaration
from tocsin.playbook import read_plan
from tocsin.playbook.steps import Act, Look, Page, Seal, Tell
from tocsin.register.read import read_register

ROOT = Path(__file__).parents[2]
FIRST_ALARM = ROOT / "examples" / "first-alarm"


def test_register_detectors_and_plan_name_each_other() -> None:
    register, told = read_register({"r.toml": (FIRST_ALARM / "register.toml").read_bytes()})
    assert not [one for one in told if not one.advice], told
    declared, mistakes = read_declaration((FIRST_ALARM / "detectors.yaml").read_bytes())
    assert declared is not None and not mistakes
    plan, wrong = read_plan((ROOT / "playbooks" / "assistant-fallback.yaml").read_bytes())
    assert plan is not None and not wrong
    assert set(plan.triggers) <= {detector.id for detector in declared.detectors}
    assert declared.system in register.systems and set(plan.systems) <= set(register.systems)
    roles = {role for person in register.people.values() for role in person.roles}
    evidence = register.systems["assistant"].evidence
    for step in plan.steps.values():
        match step:
            case Act():
                assert step.connector in register.integrations, step.id
            case Look():
                assert step.probe in register.integrations, step.id
            case Seal():
                assert set(step.items) <= set(evidence), step.id
            case Page():
                assert step.role in roles, step.id
            case Tell():
                assert set(step.audiences) <= roles, step.id
            case _:
                pass


@contextmanager
def running(program: str, *words: str) -> Iterator[str]:
    """The address of a program of the example, for as long as the block."""
    process = subprocess.Popen(
        [sys.executable, str(FIRST_ALARM / program), *words, "--port", "0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["listening"])
    finally:
        process.kill()
        process.wait()


def _posted(url: str, body: object) -> tuple[int, object]:
    asked = urllib.request.Request(url, json.dumps(body).encode())
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_the_pager_keeps_each_page_once_and_counts_signs_of_life(tmp_path: Path) -> None:
    event = {"routing_key": "k", "event_action": "trigger", "dedup_key": "d",
             "payload": {"summary": "s"}}  # fmt: skip
    with running("pager.py", "--file", str(tmp_path / "pages.jsonl")) as address:
        for _ in range(2):
            status, said = _posted(f"{address}/v2/enqueue", event)
            assert status == 202 and said["dedup_key"] == "d"  # type: ignore[index]
        for bad in ({}, {"routing_key": "k"}, [], "x", {**event, "payload": {}}):
            assert _posted(f"{address}/v2/enqueue", bad)[0] == 400
        assert len((tmp_path / "pages.jsonl").read_text().splitlines()) == 1
        urllib.request.urlopen(f"{address}/beat", timeout=10).close()
        with urllib.request.urlopen(f"{address}/beats", timeout=10) as answer:
            assert json.load(answer)["beats"] == 1


def test_the_mailbox_keeps_each_message_once_and_refuses_whom_it_does_not_know(
    tmp_path: Path,
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "a@example.com", "b@example.com", "<1@x>"
    mail.set_content("words")
    refused = ("--refuse", "nobody@example.com")
    with running("mailbox.py", "--folder", str(tmp_path / "mail"), *refused) as address:
        host, _, port = address.removeprefix("smtp://").partition(":")
        for _ in range(2):
            with smtplib.SMTP(host, int(port), timeout=10) as line:
                line.send_message(mail)
        with (
            smtplib.SMTP(host, int(port), timeout=10) as line,
            pytest.raises(smtplib.SMTPRecipientsRefused),
        ):
            line.send_message(mail, to_addrs=["nobody@example.com"])
        (kept,) = (tmp_path / "mail").glob("*.eml")
        assert b"words" in kept.read_bytes()
