"""Reads the detectors that a home declares, and makes the logs of its systems readable by them.

One file a system, `HOME/detectors/NAME.yaml`. A log whose detectors have mistakes is not read at
all: read by a wrong mapping it would give numbers that mean nothing.
"""

from __future__ import annotations

from pathlib import Path

from tocsin.detection import Declaration, read_declaration
from tocsin.facts.summaries import LogMapping
from tocsin.register.mistakes import Mistake
from tocsin.register.model import Register
from tocsin.sources.log import LogSource
from tocsin.sources.producer import LogProducer
from tocsin.world import Clock

FOLDER = "detectors"
ENDINGS = (".yaml", ".yml")


def read_detectors(home: Path) -> tuple[dict[str, Declaration], list[Mistake]]:
    """The declaration of each system, and everything that is wrong with the others."""
    found: dict[str, tuple[str, Declaration]] = {}
    mistakes: list[Mistake] = []
    for path in _files(home):
        file = f"{FOLDER}/{path.name}"
        try:
            declared, told = read_declaration(path.read_bytes(), file)
        except OSError as bad:
            told, declared = [_mistake(file, f"cannot be read: {bad.strerror}", "mend it")], None
        mistakes += told
        if declared is None:
            continue
        if declared.system in found:
            where = found[declared.system][0]
            remedy = f"put all of them into {where}"
            mistakes.append(_mistake(file, f"more detectors of {declared.system}", remedy))
        else:
            found[declared.system] = (file, declared)
    return {system: declared for system, (_, declared) in found.items()}, mistakes


def _files(home: Path) -> list[Path]:
    return sorted(path for path in (home / FOLDER).glob("*") if path.suffix in ENDINGS)


def stamp(home: Path) -> object:
    """Another whenever a file of detectors was written, added or removed."""
    seen = ((path, path.stat()) for path in _files(home))
    return tuple((path.name, found.st_mtime_ns, found.st_size) for path, found in seen)


def logs_of(
    register: Register, home: Path, clock: Clock
) -> tuple[dict[str, LogSource], dict[str, LogProducer], list[Mistake]]:
    """The log of each system that has one, what secures evidence from it, and what is wrong."""
    declared, mistakes = read_detectors(home)
    broken = bool(mistakes)
    sources: dict[str, LogSource] = {}
    for system in register.systems.values():
        if system.log is None or (broken and system.id not in declared):
            continue
        known = declared.get(system.id)
        mapping = known.log if known is not None else LogMapping()
        sources[system.id] = LogSource(system.id, system.log, home, mapping, clock)
    mistakes += [
        _mistake(FOLDER, f"detectors of {system!r}", "declare it with a log in register/")
        for system in declared
        if system not in sources
    ]
    producers = {f"log/{system}": LogProducer(log, clock) for system, log in sources.items()}
    return sources, producers, mistakes


def _mistake(file: str, found: str, remedy: str) -> Mistake:
    return Mistake(file=file, line=1, path="", found=found, remedy=remedy)
