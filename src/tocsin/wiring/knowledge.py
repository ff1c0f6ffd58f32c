"""What the files of a home say they stand against, and the release of ATLAS that it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tocsin.desk.loaded.home_files import DETECTORS, PLAYBOOKS, Detectors, HomePlan
from tocsin.detection.declared.declaration import Status
from tocsin.facts import Refused
from tocsin.facts.failure_modes import mode_named
from tocsin.playbook.knowledge import Atlas, Drill, Named, Playbook, Watcher, read_atlas
from tocsin.playbook.knowledge.tree import BYTES_MAX
from tocsin.register.mistakes import Mistake

RELEASE = Path("knowledge", "ATLAS.yaml")
"""Where a home keeps its release of ATLAS."""


def has_files(home: Path) -> bool:
    """Whether there is anything of a home, founded or not."""
    return any((home / one).exists() for one in ("tocsin.toml", PLAYBOOKS, DETECTORS))


def release_in(file: Path, shown: str) -> tuple[Atlas | None, list[Mistake]]:
    """The release in this file, or None and all its mistakes, told of the file as it is shown.

    Raises:
        Refused: it is no plain file, or cannot be read.
    """
    if not file.is_file():
        raise Refused(f"{file}: no plain file; give the file ATLAS.yaml of the official release")
    try:
        with file.open("rb") as opened:
            data = opened.read(BYTES_MAX + 1)
    except OSError as bad:
        raise Refused(f"{file}: {bad.strerror}; give a file that can be read") from None
    return read_atlas(data, shown)


def kept_release(home: Path) -> tuple[Atlas | None, list[Mistake]]:
    """The release that the home keeps, if it keeps one, and what is wrong with it."""
    file = home / RELEASE
    if not file.exists():
        return None, []
    try:
        return release_in(file, RELEASE.as_posix())
    except Refused as bad:
        found, _, remedy = str(bad).removeprefix(f"{file}: ").partition("; ")
        return None, [Mistake(file=RELEASE.as_posix(), line=1, path="", found=found, remedy=remedy)]


def playbook_of(one: HomePlan, *, shipped: bool) -> Playbook:
    """What a plan says it is for."""
    plan = one.plan
    return Playbook(
        id=plan.id,
        mode=mode_named(plan.failure_mode or ""),
        techniques=plan.techniques,
        triggers=plan.triggers,
        systems=plan.systems,
        shipped=shipped,
    )


def watchers_in(found: Mapping[str, Detectors]) -> list[Watcher]:
    """What the detectors say they watch for; one in shadow calls nobody, and covers nothing."""
    return [
        Watcher(id=one.id, system=system, modes=one.failure_modes, techniques=one.techniques)
        for system, of in found.items()
        for one in of.declared.detectors
        if one.status is Status.LIVE
    ]


def drills_in(home: Path) -> list[Drill]:
    """The drills that took place. Nothing records one yet, so nothing is covered by one."""
    return []


def named_by_plans(plans: Iterable[HomePlan]) -> list[Named]:
    """The techniques that these plans name, each with its line."""
    return [
        Named(technique=id, file=one.file, line=_line(one.data, id), path="techniques")
        for one in plans
        for id in one.plan.techniques
    ]


def named_by_detectors(found: Mapping[str, Detectors]) -> list[Named]:
    """The techniques that these detectors name, each with its line."""
    return [
        Named(
            technique=id,
            file=of.file,
            line=_line(of.data, id),
            path=f"detectors.{one.id}.techniques",
        )
        for of in found.values()
        for one in of.declared.detectors
        for id in one.techniques
    ]


def _line(data: bytes, word: str) -> int:
    """The first line on which a word stands."""
    before, _, _ = data.partition(word.encode())
    return before.count(b"\n") + 1
