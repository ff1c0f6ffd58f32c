"""A home put back from a backup: whole or not at all, and nothing in it acts before a person looks.

A backup is the past. What it still has to do may have been done since, so every run that goes on in
it is paused in the same step, and the record says that it was restored, to which size, and why.
Whoever saw the record larger, such as a witness, will say so: that is no fault, and stays true.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tocsin.desk.loaded.known import Known
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer, draft
from tocsin.facts import HOME_LOG, Draft, Refused, Unreachable
from tocsin.facts.entry import INCIDENT_PREFIX, ORGANISATION_LOG
from tocsin.facts.records import RecordRestored
from tocsin.facts.runs import RunPaused
from tocsin.journal.copying import put_on
from tocsin.journal.migrate import NEWEST, migrate, tables_step
from tocsin.journal.opening import database_at
from tocsin.journal.sqlite import FILE
from tocsin.playbook import RunStanding
from tocsin.wiring.backup import KEYS, MANIFEST, TOLD, BackedUp, check_whole
from tocsin.wiring.live import open_home
from tocsin.wiring.places import KEY_FILE, Warn
from tocsin.wiring.whereabouts import database_url

ASIDE = ".restoring"


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was put back.

    Args:
        replaced: where the home that stood there lies now; None where none did.
        paused: the runs that were halted, as "incident run".
    """

    home: Path
    backup: BackedUp
    replaced: Path | None
    paused: tuple[str, ...]


def restore(
    backup: Path,
    home: Path,
    because: str,
    by: By,
    *,
    replace: bool,
    at: datetime,
    warn: Warn,
    key: bytes | None = None,
) -> Restored:
    """Put a home back from a backup.

    Args:
        replace: move a home that stands there aside first; else it is refused.
        at: this instant, for the name under which the old home is kept.
        key: what the file of the key that signs the record holds, where the backup has none.

    Raises:
        Refused: the backup is not whole or of a newer version, or a home stands there.
        Unreachable: something cannot be read or written. What stood there stands there still.
    """
    if not backup.is_file():
        raise Refused(f"{backup} is no file; name what `tocsin backup` wrote")
    try:
        told = check_whole(backup)
        _check(backup, told, home, replace, key)
        made = home.with_name(home.name + ASIDE)
        if made.exists():
            shutil.rmtree(made)
        _unpack(backup, made)
        if key is not None:
            _take_key(key, made)
        paused = _set_going(made, told, because, by, warn)
        replaced = _in_its_place(made, home, at)
    except OSError as bad:
        raise Unreachable(f"{bad.filename or backup}: {bad.strerror or bad}") from None
    return Restored(home=home, backup=told, replaced=replaced, paused=paused)


def _check(backup: Path, told: BackedUp, home: Path, replace: bool, key: bytes | None) -> None:
    if told.tables > NEWEST:
        raise Refused(
            f"{backup} was made by Tocsin {told.version}, whose tables are at step {told.tables}; "
            f"this version knows {NEWEST}. Restore it with that version"
        )
    if not told.keys and key is None:
        raise Refused(
            f"{backup} was made without keys; give the file of the key that signs the record: "
            "--signing-key FILE"
        )
    there = home.exists() and any(home.iterdir())
    if there and not replace:
        raise Refused(
            f"{home} is not empty; give another --home, or move what is there aside: --replace"
        )


def _unpack(backup: Path, to: Path) -> None:
    to.mkdir(mode=0o700, parents=True)
    with tarfile.open(backup, "r:") as tar:
        for member in tar:
            if member.name in (TOLD, MANIFEST):
                continue
            place = to / member.name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = tar.extractfile(member)
            assert file is not None  # each was found to be a file by `check_whole`
            with place.open("xb") as out:
                shutil.copyfileobj(file, out)
                out.flush()
                os.fsync(out.fileno())
            place.chmod(member.mode & 0o700 or 0o600)


def _take_key(key: bytes, home: Path) -> None:
    (home / KEYS).mkdir(mode=0o700, exist_ok=True)
    handle = os.open(home / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key)


def _set_going(home: Path, told: BackedUp, because: str, by: By, warn: Warn) -> tuple[str, ...]:
    """The restored home opens, says what it is, and halts what it was doing."""
    record = database_at(home, warn, create=False, home=home)
    try:
        migrate(record, forward=True)
    finally:
        record.close()
    if url := database_url():
        server = database_at(url, warn)
        try:
            put_on(home / FILE, server)
        finally:
            server.close()
        (home / FILE).unlink()
    with open_home(home, warn=warn) as opened:
        now = opened.world.clock.now()
        fact = RecordRestored(size=told.size, root=told.root or "0" * 64, because=because)
        made = f"{told.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        opened.desk.decide(HOME_LOG, lambda _: [draft(fact, now)], by.author, sign=by.sign)
        return tuple(_halted(opened.desk, f"restored from a backup of {made}", by))


def _halted(desk: Writer, because: str, by: By) -> list[str]:
    """Halt every run that goes on. Whoever restores need not be one who may steer runs: this only
    keeps the past from acting, and any of them lets it go on."""
    found: list[str] = []

    def judge(known: Known) -> list[Draft]:
        active = [run.id for run in known.runs.open if run.standing is RunStanding.ACTIVE]
        incident = known.log.removeprefix(INCIDENT_PREFIX)
        found.extend(f"{incident} {run}" for run in active)
        now = desk.world.clock.now()
        return [draft(RunPaused(run=run, because=because), now) for run in active]

    for log in (ORGANISATION_LOG, *desk.world.journal.logs(INCIDENT_PREFIX)):
        desk.decide_known(log, judge, by.author, sign=by.sign)
    return list(dict.fromkeys(found))


def _in_its_place(made: Path, home: Path, at: datetime) -> Path | None:
    replaced = None
    if home.exists():
        if any(home.iterdir()):
            replaced = home.with_name(f"{home.name}.replaced-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
            os.replace(home, replaced)
        else:
            home.rmdir()
    os.replace(made, home)
    return replaced


def tables_of(home: Path, warn: Warn) -> str | None:
    """The step at which the tables of this home's record are. Raises as opening it does."""
    record = database_at(database_url() or home, warn, create=False, home=home)
    try:
        return tables_step(record)
    finally:
        record.close()


def bring_forward(home: Path, warn: Warn) -> None:
    """The record of this home is as this version needs it, and opens.

    Raises:
        BrokenLog: it does not lead to its last checkpoint.
    """
    record = database_at(database_url() or home, warn, create=False, home=home)
    try:
        migrate(record, forward=True)
    finally:
        record.close()
    with open_home(home, warn=warn):
        pass
