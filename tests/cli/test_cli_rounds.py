"""The watchman's rounds: altered evidence raises an alarm, by itself, and is on record."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cli_seat import Keyboard
from tocsin import wiring
from tocsin.cli.acting.rounds import Rounds
from tocsin.cli.frame.screen import Screen
from tocsin.facts import Fact, Tampered, Unreachable, incident_log
from tocsin.facts.custody import Fixity, FixityChecked
from tocsin.wiring import Opened

SECONDS_MAX = 30.0


def with_evidence(tocsin: Keyboard, tmp_path: Path, *texts: str) -> tuple[str, list[str]]:
    """An incident with these pieces of evidence; their digests."""
    one, digests = tocsin.opened(), []
    for number, text in enumerate(texts):
        file = tmp_path / f"piece-{number}"
        file.write_text(text)
        words = ("--source", "export", "--because", "it shows the answer")
        digests.append(tocsin.done("incident", "evidence", "add", one, file, *words)["digest"])
    return one, digests


def alter(tocsin: Keyboard, digest: str) -> None:
    path = tocsin.home / "vault" / digest[:2] / digest
    path.chmod(0o600)
    path.write_bytes(b"something else")


@contextmanager
def opened(tocsin: Keyboard) -> Iterator[Opened]:
    with wiring.open_home(tocsin.home, warn=lambda _: None) as home:
        yield home


def checked(tocsin: Keyboard, incident: str) -> list[tuple[str, Fixity]]:
    """What readings of evidence found, as the record of this incident has it."""
    with opened(tocsin) as home:
        found: list[Fact] = [e.fact for e in home.world.journal.read(incident_log(incident))]  # type: ignore[misc]
    return [(f.digest, f.fixity) for f in found if isinstance(f, FixityChecked)]


def test_altered_evidence_is_told_and_on_record(
    tocsin: Keyboard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, (whole, altered, gone) = with_evidence(tocsin, tmp_path, "whole", "altered", "gone")
    alter(tocsin, altered)
    (tocsin.home / "vault" / gone[:2] / gone).unlink()
    with opened(tocsin) as home:
        screen = Screen(json=False, clock=home.world.clock)
        assert Rounds(home, screen, timedelta(hours=24)).once() is True  # nothing is due yet
        assert capsys.readouterr() == ("", "")
        assert Rounds(home, screen, timedelta(0)).once() is False
    out, err = capsys.readouterr()
    assert out == ""
    assert sorted(err.splitlines()) == sorted(
        f"ALARM: evidence {digest[:12]} is {word}; tell counsel"
        for digest, word in ((altered, "altered"), (gone, "absent"))
    )
    assert sorted(checked(tocsin, one), key=str) == sorted(
        [(whole, Fixity.INTACT), (altered, Fixity.ALTERED), (gone, Fixity.ABSENT)], key=str
    )
    tocsin.sound()


def test_a_piece_that_cannot_be_read_is_told_and_the_others_are_read(
    tocsin: Keyboard,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, (first, second) = with_evidence(tocsin, tmp_path, "first", "second")
    alter(tocsin, second)
    with opened(tocsin) as home:
        vault = home.world.vault
        check = vault.check

        def broken(digest: str, read: Callable[[int], None] | None = None) -> Fixity:
            if digest == first:
                raise Unreachable("cannot read evidence: Input/output error")
            return check(digest, read)

        monkeypatch.setattr(vault, "check", broken)
        screen = Screen(json=False, clock=home.world.clock)
        assert Rounds(home, screen, timedelta(0)).once() is False
        err = capsys.readouterr().err
        assert f"ALARM: evidence {second[:12]} is altered" in err
        assert f"evidence {first[:12]} could not be read" in err and "Input/output" in err
        assert checked(tocsin, one) == [(second, Fixity.ALTERED)]


def test_the_rounds_go_on_after_a_fault_and_end_when_told(
    tocsin: Keyboard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, (digest,) = with_evidence(tocsin, tmp_path, "a")
    stop, rounds = threading.Event(), 0
    with opened(tocsin) as home:
        check = home.world.vault.check

        def counted(asked: str, read: Callable[[int], None] | None = None) -> Fixity:
            nonlocal rounds
            rounds += 1
            if rounds == 3:
                stop.set()
            if rounds == 1:
                raise Unreachable("away")
            return check(asked, read)

        home.world.vault.check = counted  # type: ignore[method-assign]
        screen = Screen(json=False, clock=home.world.clock)
        walk = Rounds(home, screen, timedelta(0)).walk
        thread = threading.Thread(target=walk, args=(stop, timedelta(milliseconds=1)), daemon=True)
        thread.start()
        thread.join(SECONDS_MAX)
        assert not thread.is_alive() and rounds == 3
    assert f"evidence {digest[:12]} could not be read" in capsys.readouterr().err


def test_until_idle_makes_one_round_and_its_status_tells(tocsin: Keyboard, tmp_path: Path) -> None:
    one, (digest,) = with_evidence(tocsin, tmp_path, "a")
    idle = ("work", "--until-idle", "--patience-seconds", "0")
    assert tocsin.done(*idle)["in_order"] is True
    assert checked(tocsin, one) == []  # it was taken in a moment ago
    assert tocsin.done(*idle, "--evidence-hours", "0")["in_order"] is True
    alter(tocsin, digest)
    ran = tocsin(*idle, "--evidence-hours", "0", "--json")
    assert ran.status == 1 and ran.json["in_order"] is False
    assert f"ALARM: evidence {digest[:12]} is altered" in ran.err
    assert checked(tocsin, one) == [(digest, Fixity.INTACT), (digest, Fixity.ALTERED)]


def test_endless_work_goes_its_rounds_and_ends_when_asked(tocsin: Keyboard, tmp_path: Path) -> None:
    one, (digest,) = with_evidence(tocsin, tmp_path, "a")
    rounds = ("--rounds-minutes", "0.002", "--evidence-hours", "0")
    worker = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "--home", str(tocsin.home), "work", *rounds],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")},
    )  # fmt: skip
    try:
        assert b"is at work" in said(worker, b"is at work")
        alter(tocsin, digest)
        alarm = f"ALARM: evidence {digest[:12]} is altered; tell counsel".encode()
        assert alarm in said(worker, alarm)
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=SECONDS_MAX)
        assert worker.returncode == 0
    finally:
        worker.kill()
        worker.communicate()
    assert (digest, Fixity.ALTERED) in checked(tocsin, one)
    tocsin.sound()


def said(worker: subprocess.Popen[bytes], words: bytes) -> bytes:
    """What it told on standard error up to these words, or until patience or the worker ends."""
    assert worker.stderr is not None
    heard, until = b"", time.monotonic() + SECONDS_MAX
    while words not in heard and time.monotonic() < until:
        if select.select([worker.stderr], [], [], 0.1)[0]:
            more = os.read(worker.stderr.fileno(), 65536)
            if not more:
                break
            heard += more
    return heard


def test_a_worker_that_finds_the_record_rolled_back_ends_with_1(
    tocsin: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a witness remembers and the record lacks is no orderly end, whoever waits for it."""

    def rolled_back(*_: object) -> object:
        raise Tampered("witness w.example remembers 9 entries, this record has 4")

    monkeypatch.setattr("tocsin.cli.acting.rounds.cosigned", rolled_back)
    monkeypatch.setattr("tocsin.cli.acting.work.signal.signal", lambda *_: None)
    ran = tocsin("work", "--json")
    assert ran.status == 1 and ran.json["in_order"] is False, ran
    assert "STOP: witness w.example remembers 9 entries" in ran.err
