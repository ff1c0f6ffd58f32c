"""What a team wrote for its home: detectors by system, and the plans that their findings start.

A file with mistakes is told and stops no other file: half of the watch is better than none.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from pathlib import Path

import msgspec

from tocsin.detection import Declaration, read_declaration
from tocsin.playbook import Plan, draft_plan, read_plan
from tocsin.register.mistakes import Mistake

DETECTORS, PLAYBOOKS = "detectors", "playbooks"
ENDINGS = (".yaml", ".yml")


class Detectors(msgspec.Struct, frozen=True, kw_only=True):
    """The detectors of one system, as their file says; `data` is the file."""

    file: str
    declared: Declaration
    data: bytes


class HomePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in HOME/playbooks; `data` is its file."""

    file: str
    plan: Plan
    data: bytes


def detectors_of(home: Path) -> tuple[dict[str, Detectors], list[str]]:
    """The detectors in HOME/detectors by system, and what is wrong with the rest, in words."""
    found: dict[str, Detectors] = {}
    told: list[str] = []
    unread: list[Mistake] = []
    for name, data in _files(home / DETECTORS, unread):
        declared, mistakes = read_declaration(data, name)
        told += [str(mistake) for mistake in mistakes]
        if declared is None:
            continue
        if declared.system in found:
            first = found[declared.system].file
            told.append(f"{name}: {declared.system} has detectors in {first} already; join them")
            continue
        found[declared.system] = Detectors(file=name, declared=declared, data=data)
    return found, [*told, *map(str, unread)]


def triggered_by(home: Path, detector: str, system: str) -> tuple[list[HomePlan], list[str]]:
    """The plans in HOME/playbooks that this detector starts, and plans that cannot be read."""
    return triggered_by_any(home, {detector}, {system})


def triggered_by_any(
    home: Path, triggers: Set[str], systems: Set[str]
) -> tuple[list[HomePlan], list[str]]:
    """As `triggered_by`, of all that name one of these triggers; each file is read once.

    Args:
        systems: what failed; a plan for systems of its own begins for one of them.
    """
    found: list[HomePlan] = []
    told: list[str] = []
    unread: list[Mistake] = []
    for name, data in _files(home / PLAYBOOKS, unread):
        plan, mistakes = read_plan(data, name)
        if plan is None:
            told.append("; ".join(str(mistake) for mistake in mistakes[:3]))
        elif triggers & {*plan.triggers} and (not plan.systems or systems & {*plan.systems}):
            found.append(HomePlan(file=name, plan=plan, data=data))
    return found, [*told, *map(str, unread)]


def plans_of(home: Path) -> tuple[list[HomePlan], list[Mistake]]:
    """All plans in HOME/playbooks as far as they can be read, and every mistake in them."""
    found: list[HomePlan] = []
    told: list[Mistake] = []
    for name, data in _files(home / PLAYBOOKS, told):
        plan, mistakes = draft_plan(data, name)
        told += mistakes
        if plan is not None:
            found.append(HomePlan(file=name, plan=plan, data=data))
    return found, told


def _files(folder: Path, told: list[Mistake]) -> Iterator[tuple[str, bytes]]:
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix in ENDINGS and p.is_file())
    except FileNotFoundError:
        return
    except OSError as error:
        told.append(_unread(folder.name, f"cannot be listed: {error.strerror}"))
        return
    for path in paths:
        try:
            yield f"{folder.name}/{path.name}", path.read_bytes()
        except OSError as error:
            told.append(_unread(f"{folder.name}/{path.name}", f"cannot be read: {error.strerror}"))


def _unread(file: str, found: str) -> Mistake:
    return Mistake(file=file, line=1, path="", found=found, remedy="check its owner and rights")
