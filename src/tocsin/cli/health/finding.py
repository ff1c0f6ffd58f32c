"""What `tocsin doctor` looks at in a home that opens: each is `ok`, or what to do about it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.lessons.action_sheet import nag
from tocsin.desk.evidence.lessons import overdue
from tocsin.facts import BrokenLog, Refused, Unreachable
from tocsin.journal.probing import guards_missing, write_tried


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the doctor looked at: `ok`, or what to do about it."""

    what: str
    ok: bool
    seen: str
    remedy: str = ""


def told(what: str, bad: Exception) -> Finding:
    """A finding from an error: what was found before the first semicolon, what to do after it."""
    seen, _, remedy = str(bad).partition("; ")
    return Finding(what=what, ok=False, seen=seen, remedy=remedy or "keep everything as it is")


def writable(opened: wiring.Opened) -> list[Finding]:
    """Whether the record takes a write (which is taken back), and the home's folder a file."""
    found: list[Finding] = []
    try:
        write_tried(opened.store)
        found.append(Finding(what="writing to the record", ok=True, seen="taken, and taken back"))
    except (Unreachable, Refused, BrokenLog) as bad:
        found.append(told("writing to the record", bad))
    for name, folder in (("home folder", opened.home), ("vault", opened.home / "vault")):
        found.append(_folder(name, folder))
    return found


def guarded(opened: wiring.Opened) -> Finding:
    """Whether the database itself still refuses changes."""
    missing = guards_missing(opened.store)
    return Finding(
        what="append-only by the database",
        ok=not missing,
        seen=f"missing: {', '.join(missing)}" if missing else "in place",
        remedy="someone removed what guards the record: keep everything, run: tocsin verify, and "
        "compare with a copy that has them"
        if missing
        else "",
    )


def vault_read(opened: wiring.Opened) -> Finding:
    """Whether the vault can be listed."""
    try:
        count = sum(1 for _ in opened.world.vault.digests())
    except (Unreachable, Refused, BrokenLog) as bad:
        return told("evidence", bad)
    return Finding(what="evidence", ok=True, seen=f"{count:,} pieces in the vault")


def lessons_owed(opened: wiring.Opened) -> Finding:
    """Whether work that follows from incidents is overdue, or a review was not held."""
    told = nag(*overdue(opened.desk))
    what, _, remedy = told.partition(": ")
    return Finding(what="lessons", ok=not told, seen=what or "none overdue", remedy=remedy)


def unreferenced(opened: wiring.Opened) -> Finding:
    """Whether every detector that compares with a reference has one named."""
    blind = [one for one in opened.mistakes if one.advice and one.file.startswith("detectors/")]
    return Finding(
        what="detectors without their reference",
        ok=not blind,
        seen=f"{len(blind)}; the first: {blind[0]}" if blind else "none",
        remedy="they judge nothing; run: tocsin register lint" if blind else "",
    )


def _folder(what: str, folder: Path) -> Finding:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor."):
            return Finding(what=what, ok=True, seen="can be written")
    except OSError as bad:
        return Finding(
            what=what,
            ok=False,
            seen=f"{folder}: {bad.strerror}",
            remedy="check the folder's owner, rights and space",
        )
