"""A text as it is to read, read and compared: a plan, detectors, or a clause of a contract.

Each comes back with what changes in words and with what its linter says, if it has one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin import wiring
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.desk.evidence.lessons import Version
from tocsin.detection.declared.changed import changed
from tocsin.detection.declared.read import declaration_of
from tocsin.facts import Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.lessons import ChangeKind
from tocsin.facts.spelt import spelt
from tocsin.incident.decide_actions import Text
from tocsin.playbook import plan_of
from tocsin.playbook.diff import changes
from tocsin.register.mistakes import mistakes_only
from tocsin.world import RealClock

CLAUSE_BYTES_MAX = 256 * 1024
LINES_MAX = 200
LETTERS_MAX = 30_000
_FOLDERS = {ChangeKind.PLAYBOOK: "playbooks", ChangeKind.DETECTORS: "detectors"}


def version_of(home: Path, of: ChangeKind, file: Path, replaces: Path | None) -> Version:
    """The text as it is to read, and what differs from the one that it replaces.

    Args:
        replaces: the text as it reads now; without it the file of the same name in the home.

    Raises:
        Refused: a file cannot be read, or is not what it should be: every mistake, one a line.
    """
    after = plain_bytes(file, "the text as it is to read", CLAUSE_BYTES_MAX)
    before_at = replaces or _in_home(home, of, file.name)
    before = None
    if before_at is not None:
        before = plain_bytes(before_at, "the text as it reads now", CLAUSE_BYTES_MAX)
    for path, data in ((file, after), (before_at, before)):
        if data is not None and len(data) > CLAUSE_BYTES_MAX:
            raise Refused(f"{path} is longer than {CLAUSE_BYTES_MAX:,} bytes; name the part alone")
    told = list(_told(of, file.name, before, after))
    lint, errors = _lint(home, of, file.name, after)
    text = Text(
        of=of,
        name=file.name,
        before=None if before is None else sha256_hex(before),
        after=sha256_hex(after),
        told=_fitting(told) or "only comments or layout differ",
        errors=errors,
        lint=_fitting(lint),
    )
    return Version(text=text, before=before, after=after)


def _in_home(home: Path, of: ChangeKind, name: str) -> Path | None:
    folder = _FOLDERS.get(of)
    path = home / folder / name if folder is not None else None
    return path if path is not None and path.is_file() else None


def _told(of: ChangeKind, name: str, before: bytes | None, after: bytes) -> Iterator[str]:
    match of:
        case ChangeKind.PLAYBOOK:
            plan = plan_of(after, name)
            if before is None:
                yield f"plan {plan.id} is new, with {len(plan.steps)} steps"
                return
            for one in changes(plan_of(before, name), plan):
                yield f"{'SAFETY MAY BE WEAKER: ' if one.weaker else ''}{one.words}"
        case ChangeKind.DETECTORS:
            declared = declaration_of(after, name)
            if before is None:
                names = ", ".join(one.id for one in declared.detectors)
                yield f"detectors of {declared.system} are new: {names}"
                return
            yield from changed(declaration_of(before, name), declared)
        case ChangeKind.CLAUSE:
            yield from _lines_changed(_text(before or b"", name), _text(after, name))


def _text(data: bytes, name: str) -> list[str]:
    try:
        return data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise Refused(f"{name} is not UTF-8 text; save the clause as plain text") from None


def _lines_changed(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for row in difflib.ndiff(old, new):
        if row.startswith("- ") and row[2:].strip():
            yield f"out: {row[2:]}"
        elif row.startswith("+ ") and row[2:].strip():
            yield f"in: {row[2:]}"


def _lint(home: Path, of: ChangeKind, name: str, data: bytes) -> tuple[list[str], int | None]:
    """What the linter says and how many errors; detectors that were read have none."""
    if of is not ChangeKind.PLAYBOOK:
        return [], 0 if of is ChangeKind.DETECTORS else None
    (linted,), unhomed = wiring.linted_files(home, [(name, data)], RealClock())
    lines = [str(one) for one in linted.told]
    if unhomed is not None:
        lines.append(f"not checked against a register, people and detectors: {unhomed}")
    return lines, len(mistakes_only(linted.told))


def _fitting(lines: Sequence[str]) -> str:
    """The lines, as many as an entry has room for, and how many more there are."""
    kept, letters = list[str](), 0
    for one in lines[:LINES_MAX]:
        text = spelt(" ".join(one.split()))
        letters += len(text) + 1
        if letters > LETTERS_MAX:
            break
        kept.append(text)
    left = len(lines) - len(kept)
    return "\n".join([*kept, f"and {left} more; compare the files"] if left else kept)
