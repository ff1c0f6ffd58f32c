"""Reads the detectors that a home declares, and makes the logs of its systems readable by them.

One file a system, `HOME/detectors/NAME.yaml`. A log whose detectors have mistakes is not read at
all: read by a wrong mapping it would give numbers that mean nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tocsin.detection import Declaration, read_declaration, system_named
from tocsin.detection.declared.read import reference_missing
from tocsin.facts.logs import LogMapping
from tocsin.register.mistakes import Mistake, did_you_mean, mistakes_only
from tocsin.register.model import Register
from tocsin.sources.log import LogSource
from tocsin.sources.producer import LogProducer
from tocsin.wiring.references import ReferenceLog
from tocsin.world import Clock

FOLDER = "detectors"
ENDINGS = (".yaml", ".yml")


class _Named(msgspec.Struct, frozen=True):
    """Which system a file is about, and on which line it says so."""

    file: str
    line: int
    system: str


class Logs(msgspec.Struct, frozen=True, kw_only=True):
    """The log of each system that has one, what it is compared with, what secures evidence from it,
    and what is wrong."""

    sources: dict[str, LogSource]
    references: dict[str, ReferenceLog]
    producers: dict[str, LogProducer]
    mistakes: list[Mistake]


def read_detectors(home: Path) -> tuple[dict[str, Declaration], list[Mistake]]:
    """The declaration of each system, and everything that is wrong with the others."""
    declared, mistakes, _ = _read(home)
    return declared, mistakes


def _read(home: Path) -> tuple[dict[str, Declaration], list[Mistake], list[_Named]]:
    """As `read_detectors`, with the system of each file, also of those that have mistakes."""
    found: dict[str, Declaration] = {}
    mistakes: list[Mistake] = []
    named: dict[str, _Named] = {}
    for path in _files(home):
        file = f"{FOLDER}/{path.name}"
        try:
            data = path.read_bytes()
        except OSError as bad:
            mistakes.append(_mistake(file, 1, "", f"cannot be read: {bad.strerror}", "mend it"))
            continue
        declared, told = read_declaration(data, file)
        mistakes += told
        mistakes += _without_reference(data, file)
        about = system_named(data)
        if about is None:
            continue
        one = _Named(file, about[1], about[0])
        if named.setdefault(one.system, one) is not one:
            remedy = f"put all of them into {named[one.system].file}"
            mistakes.append(_wrong_system(one, f"more detectors of {one.system}", remedy))
        if declared is not None:
            found.setdefault(declared.system, declared)
    return found, mistakes, list(named.values())


def _files(home: Path) -> list[Path]:
    return sorted(path for path in (home / FOLDER).glob("*") if path.suffix in ENDINGS)


def stamp(home: Path) -> object:
    """Another whenever a file of detectors was written, added or removed."""
    seen = ((path, path.stat()) for path in _files(home))
    return tuple((path.name, found.st_mtime_ns, found.st_size) for path, found in seen)


def logs_of(register: Register, home: Path, clock: Clock) -> Logs:
    """The logs of all systems, and what belongs to them."""
    declared, mistakes, named = _read(home)
    broken = bool(mistakes_only(mistakes))
    sources: dict[str, LogSource] = {}
    references: dict[str, ReferenceLog] = {}
    for system in register.systems.values():
        if system.log is None or (broken and system.id not in declared):
            continue
        known = declared.get(system.id)
        mapping = known.log if known is not None else LogMapping()
        log = LogSource(system.id, system.log, home, mapping, clock)
        sources[system.id] = log
        if known is not None and known.reference is not None:
            references[system.id] = ReferenceLog(system.id, known, log, home, clock)
    logs = [system.id for system in register.systems.values() if system.log is not None]
    for one in named:
        if one.system not in logs:
            remedy = did_you_mean(one.system, logs, "declare it with a log in register/")
            mistakes.append(_wrong_system(one, f"no system {one.system!r} has a log", remedy))
    producers = {f"log/{system}": LogProducer(log, clock) for system, log in sources.items()}
    return Logs(sources=sources, references=references, producers=producers, mistakes=mistakes)


def _without_reference(data: bytes, file: str) -> Iterator[Mistake]:
    """What compares with a reference though none is named; it judges nothing."""
    for name, line in reference_missing(data):
        yield Mistake(
            file=file,
            line=line,
            path=f"detectors.{name}.baseline",
            found="no `reference:` says where the reference lies, so that it cannot judge",
            remedy="write `reference: PLACE` beside `system:`, a log or a folder of profiles that "
            "`tocsin profile` made; or another baseline, such as {first: 2000}",
            advice=True,
        )


def _wrong_system(one: _Named, found: str, remedy: str) -> Mistake:
    return _mistake(one.file, one.line, "system", found, remedy)


def _mistake(file: str, line: int, path: str, found: str, remedy: str) -> Mistake:
    return Mistake(file=file, line=line, path=path, found=found, remedy=remedy)
