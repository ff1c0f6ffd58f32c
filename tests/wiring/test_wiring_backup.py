"""A home as one file: whole or refused, and what comes back never acts before a person looks."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tocsin import wiring
from tocsin.desk.plans.runs import By, start_run
from tocsin.desk.record import draft
from tocsin.facts import HOME_LOG, Asserter, Author, Proof, Refused, incident_log
from tocsin.facts.incidents import Noted, Opened
from tocsin.facts.records import RecordRestored
from tocsin.journal import migrate
from tocsin.journal.opening import database_at
from tocsin.playbook import RunStanding
from tocsin.world import RealClock

ANA = Author(who="ana", kind=Asserter.PERSON, proof=Proof.ACCOUNT)
BY = By(author=ANA)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LOG = incident_log("7K3ABCDEFG")
PLAN = b"""
plan: waits
version: "1"
title: Waits
steps:
  wait: {wait: 1h, next: done}
  done: {end: completed}
"""


def say(_: str) -> None: ...


def backed_up(home: Path, to: Path, *, keys: bool = True, older: bool = False) -> Path:
    return wiring.back_up(
        home, to, keys=keys, clock=RealClock(), warn=say, progress=lambda *_: None, older=older
    )[0]


def put_back(backup: Path, home: Path, **more: object) -> wiring.Restored:
    options = {"replace": False, "at": NOON, "warn": say, **more}
    return wiring.restore(backup, home, "a trial", BY, **options)  # type: ignore[arg-type]


def note(opened: wiring.Opened, words: str) -> None:
    opened.desk.decide(LOG, lambda _: [draft(Noted(text=words), NOON)], ANA)


def home_with_a_run(home: Path) -> str:
    wiring.found(home, "incidents.example.com", say)
    (home / "playbooks").mkdir()
    (home / "playbooks" / "waits.yaml").write_bytes(PLAN)
    with wiring.open_home(home, warn=say) as opened:
        fact = Opened(title="It fails", systems=("assistant",), unregistered=("assistant",),
                      discovered_at=NOON, occurred_at=None)  # fmt: skip
        opened.desk.decide(LOG, lambda _: [draft(fact, NOON)], ANA)
        opened.world.vault.put(io.BytesIO(b"a piece of evidence"))
        return start_run(opened.desk, LOG, PLAN, BY)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    home_with_a_run(place)
    return place


def notes_in(home: Path) -> list[str]:
    with wiring.open_home(home, warn=say) as opened:
        facts = [entry.fact for entry in opened.store.read(LOG)]
    return [one.text for one in facts if isinstance(one, Noted)]


def test_a_home_comes_back_with_its_evidence_and_its_runs_are_paused(
    home: Path, tmp_path: Path
) -> None:
    made = put_back(backed_up(home, tmp_path), tmp_path / "again")
    assert made.paused == ("7K3ABCDEFG run-1",) and made.replaced is None
    with wiring.open_home(tmp_path / "again", warn=say) as opened:
        (run,) = opened.desk.runs(LOG)
        assert run.standing is RunStanding.PAUSED
        (last,) = [e for e in opened.store.read(HOME_LOG) if isinstance(e.fact, RecordRestored)]
        assert last.author.who == "ana" and last.fact.because == "a trial"  # type: ignore[union-attr]
        assert len(list(opened.world.vault.digests())) == 2  # the evidence, and the plan
    for name in ("playbooks/waits.yaml", "keys/log.key", "tocsin.toml", "register/register.toml"):
        assert (tmp_path / "again" / name).read_bytes() == (home / name).read_bytes()
    assert (tmp_path / "again" / "keys" / "log.key").stat().st_mode & 0o077 == 0


def test_what_is_written_meanwhile_is_in_it_from_its_beginning_or_not_at_all(
    home: Path, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write() -> None:
        with wiring.open_home(home, warn=say) as opened:
            for number in range(10_000):
                if stop.is_set():
                    return
                note(opened, str(number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(notes_in(home)) < 20:
            pass
        backup = backed_up(home, tmp_path)
    finally:
        stop.set()
        writer.join()
    put_back(backup, tmp_path / "again")
    kept = notes_in(tmp_path / "again")
    assert kept == [str(number) for number in range(len(kept))] and len(kept) >= 20


def test_nothing_is_replaced_unasked_and_what_was_there_is_kept(home: Path, tmp_path: Path) -> None:
    backup = backed_up(home, tmp_path)
    with wiring.open_home(home, warn=say) as opened:
        note(opened, "later")
    with pytest.raises(Refused, match="--replace"):
        put_back(backup, home)
    assert notes_in(home) == ["later"]
    made = put_back(backup, home, replace=True)
    assert notes_in(home) == [] and made.replaced is not None
    assert notes_in(made.replaced) == ["later"]


def test_a_backup_without_keys_holds_none_and_wants_the_key_back(
    home: Path, tmp_path: Path
) -> None:
    backup = backed_up(home, tmp_path, keys=False)
    secret = (home / "keys" / "log.key").read_bytes()
    assert secret.splitlines()[1] not in backup.read_bytes()
    with pytest.raises(Refused, match="--signing-key"):
        put_back(backup, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    put_back(backup, tmp_path / "again", key=secret)
    assert notes_in(tmp_path / "again") == []


def test_no_flipped_byte_of_a_file_in_it_gets_through(home: Path, tmp_path: Path) -> None:
    backup = backed_up(home, tmp_path)
    whole, chance = backup.read_bytes(), random.Random(7)
    with tarfile.open(backup) as tar:
        spans = [(m.offset_data, m.size) for m in tar if m.size]
    for start, size in spans:
        at = start + chance.randrange(size)
        altered = bytearray(whole)
        altered[at] ^= 1 << chance.randrange(8)
        (tmp_path / "altered.tar").write_bytes(altered)
        with pytest.raises(Refused):
            put_back(tmp_path / "altered.tar", tmp_path / "again")
        assert not (tmp_path / "again").exists()
    for cut in (0, 100, 512, len(whole) // 2, len(whole) - 11_000):
        (tmp_path / "cut.tar").write_bytes(whole[:cut])
        with pytest.raises(Refused):
            put_back(tmp_path / "cut.tar", tmp_path / "again")


def with_member(backup: Path, to: Path, info: tarfile.TarInfo, data: bytes = b"") -> Path:
    to.write_bytes(backup.read_bytes())
    with tarfile.open(to, "a:") as tar:
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return to


def link() -> tarfile.TarInfo:
    info = tarfile.TarInfo("register/more.toml")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "info",
    [tarfile.TarInfo("../out"), tarfile.TarInfo("/out"), tarfile.TarInfo("a/../../out"), link(),
     tarfile.TarInfo("register/more.toml"), tarfile.TarInfo("tocsin.toml")],
)  # fmt: skip
def test_nothing_that_was_put_in_later_is_unpacked(
    home: Path, tmp_path: Path, info: tarfile.TarInfo
) -> None:
    hostile = with_member(backed_up(home, tmp_path), tmp_path / "hostile.tar", info)
    with pytest.raises(Refused):
        put_back(hostile, tmp_path / "again")
    assert not (tmp_path / "again").exists() and not (tmp_path / "out").exists()


def test_where_there_is_no_room_nothing_is_left_behind(home: Path, tmp_path: Path) -> None:
    """A file that may not grow stands for a disk that is full."""
    code = (
        "import resource, sys; from tocsin.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "sys.exit(main(sys.argv[1:]))"
    )
    out = tmp_path / "backups"
    out.mkdir()
    asked = [sys.executable, "-c", code, "--home", str(home), "backup", "--to", str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr and list(out.iterdir()) == []


def step(home: Path, number: str) -> None:
    """Make a record one of an older step, as the older version left it."""
    database = database_at(home, say, create=False, home=home)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{number}'"))
    database.close()


def test_an_older_record_is_brought_forward_only_on_demand_and_there_is_a_way_back(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wiring.open_home(home, warn=say) as opened:
        note(opened, "before")
    step(home, "0001")
    with pytest.raises(Refused, match="tocsin upgrade"):
        notes_in(home)
    assert wiring.tables_of(home, say) == "0001", "nothing was changed"
    backup = backed_up(home, tmp_path, older=True)
    wiring.bring_forward(home, say)
    assert wiring.tables_of(home, say) == migrate.NEWEST and notes_in(home) == ["before"]
    # The way back: the version before knows only the step before.
    monkeypatch.setattr(migrate, "NEWEST", "0001")
    monkeypatch.setattr("tocsin.wiring.restoring.NEWEST", "0001")
    put_back(backup, home, replace=True)
    assert wiring.tables_of(home, say) == "0001" and notes_in(home) == ["before"]
    monkeypatch.undo()
    put_back(backup, tmp_path / "newer")
    assert wiring.tables_of(tmp_path / "newer", say) == migrate.NEWEST


def test_a_backup_of_a_newer_version_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = backed_up(home, tmp_path)
    monkeypatch.setattr("tocsin.wiring.restoring.NEWEST", "0001")
    with pytest.raises(Refused, match="Restore it with that version"):
        put_back(backup, tmp_path / "again")


def test_the_oldest_are_those_beyond_the_number_kept(tmp_path: Path) -> None:
    from tocsin.wiring.backup import name_of, outdated

    made = [tmp_path / name_of("a.example", NOON.replace(day=day)) for day in (1, 5, 9)]
    others = [tmp_path / name_of("b.example", NOON), tmp_path / "notes.tar"]
    for one in made + others:
        one.touch()
    assert outdated(tmp_path, "a.example", 2) == made[:1]
    assert outdated(tmp_path, "a.example", 9) == []


@pytest.fixture
def on_server(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    def switch(on: bool) -> None:
        if on:
            monkeypatch.setenv("TOCSIN_DATABASE_URL", postgres_url)
        else:
            monkeypatch.delenv("TOCSIN_DATABASE_URL", raising=False)

    return switch


def test_a_record_on_a_server_comes_back_in_a_file_and_on_a_server(
    tmp_path: Path, on_server: Callable[[bool], None]
) -> None:
    on_server(True)
    home_with_a_run(tmp_path / "home")
    with wiring.open_home(tmp_path / "home", warn=say) as opened:
        note(opened, "on a server")
    backup = backed_up(tmp_path / "home", tmp_path)
    with pytest.raises(Refused, match="holds a record already"):
        with wiring.open_home(tmp_path / "home", warn=say) as opened:
            note(opened, "later")
            opened.store.integrate()
        put_back(backup, tmp_path / "again")
    on_server(False)
    put_back(backup, tmp_path / "in-a-file")
    assert notes_in(tmp_path / "in-a-file") == ["on a server"]


def test_a_record_in_a_file_moves_to_a_server(
    home: Path, tmp_path: Path, on_server: Callable[[bool], None]
) -> None:
    with wiring.open_home(home, warn=say) as opened:
        note(opened, "in a file")
    backup = backed_up(home, tmp_path)
    on_server(True)
    put_back(backup, tmp_path / "on-a-server")
    with wiring.open_home(tmp_path / "on-a-server", warn=say) as opened:
        assert opened.store.is_postgres
        note(opened, "and on")
    assert notes_in(tmp_path / "on-a-server") == ["in a file", "and on"]
