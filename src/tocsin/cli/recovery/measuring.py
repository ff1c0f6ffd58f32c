"""Reads what a candidate is measured by: its log, the baseline's, and what attacks came to."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.cli.frame.screen import Screen
from tocsin.desk.loaded.home_files import detectors_of
from tocsin.detection.compared.criteria import Attacks, Counted, counted
from tocsin.detection.conventions.convention import conventional
from tocsin.detection.conventions.spans import window_for
from tocsin.detection.declared.read_log import mapping_of
from tocsin.facts import Refused
from tocsin.facts.analysis import Replayed
from tocsin.facts.logs import LogMapping
from tocsin.wiring.compared import Read, Side, one
from tocsin.world import RealClock

RESULTS_BYTES_MAX = 64 * 1024 * 1024


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be measured. `sources` is sealed as what it rests on, by name."""

    own: Counted
    baseline: Counted
    attacks: Attacks | None
    sources: Mapping[str, bytes]
    remarks: tuple[str, ...] = ()


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person named: logs, a version, a file with what attacks came to."""

    home: Path
    system: str
    log: str | None
    baseline: str | None
    attacks: Path | None
    candidate: str | None
    mapping: Path | None
    replayed: Replayed | None = None
    result: bytes = b""


def read_candidate(asked: Asked, against: str, screen: Screen) -> Candidate:
    """What a candidate's log and results hold.

    Args:
        against: the version of the baseline, as the gate has it.

    Raises:
        Refused: nothing is named, a file has mistakes, or the candidate cannot be told.
    """
    if asked.log is None and asked.attacks is None and asked.replayed is None:
        raise Refused("name what to measure: --log FILE, and --attacks FILE or --replay ID")
    sources: dict[str, bytes] = {}
    attacks = None
    if asked.attacks is not None:
        data = plain_bytes(asked.attacks, "a file of results", RESULTS_BYTES_MAX)
        attacks = attacks_of(data, asked.candidate, asked.attacks.name)
        sources["attacks"] = data
    if asked.replayed is not None:
        attacks = _of_replay(asked.replayed, asked.candidate)
        sources["replay"] = asked.result
    if asked.log is None:
        assert attacks is not None
        nothing = Counted(version=against)
        own = Counted(version=attacks.version)
        return Candidate(own=own, baseline=nothing, attacks=attacks, sources=sources)
    mapping = _mapping(asked, asked.log)
    own_read = _read(asked.log, mapping, screen)
    sources["log"] = _summaries(own_read)
    base_read = own_read
    if asked.baseline is not None:
        base_read = _read(asked.baseline, mapping, screen)
        sources["baseline"] = _summaries(base_read)
    version, by_version = _candidate(own_read, against, asked.candidate)
    if attacks is not None and attacks.version != version:
        raise Refused(f"the attacks were replayed against {attacks.version}, and the log is of "
                      f"{version}; measure one candidate at a time")  # fmt: skip
    return Candidate(
        own=_counted(own_read, version if by_version else None, version, mapping),
        baseline=_counted(base_read, _baseline(base_read, against, asked), against, mapping),
        attacks=attacks,
        sources=sources,
        remarks=(*own_read.remarks, *(base_read.remarks if base_read is not own_read else ())),
    )


def attacks_of(data: bytes, candidate: str | None, file: str) -> Attacks:
    """What became of attacks: JSON lines, each an attack, `succeeded` and, if known, `version`.

    Raises:
        Refused: no such line, or of several versions where none is named; with its line.
    """
    tried: dict[str | None, list[bool]] = {}
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            row = None
        if not isinstance(row, dict) or type(row.get("succeeded")) is not bool:
            raise Refused(
                f"{file}:{number}: no result of an attack; write one a line: "
                '{"attack": "...", "version": "3", "succeeded": false}'
            )
        version = row.get("version")
        tried.setdefault(None if version is None else str(version), []).append(row["succeeded"])
    if not tried:
        raise Refused(f"{file}: no results of attacks; write one a line")
    known = [version for version in tried if version is not None]
    named = candidate or (known[0] if len(known) == 1 and len(tried) == 1 else None)
    if named is None:
        found = ", ".join(known) or "no version"
        raise Refused(f"{file}: results of {found}; name the candidate: --candidate VERSION")
    results = tried.get(named) or (tried.get(None) if not known else None)
    if results is None:
        raise Refused(f"{file}: no result of {named}; there are: {', '.join(known)}")
    return Attacks(version=named, tried=len(results), succeeded=sum(results))


def _of_replay(fact: Replayed, candidate: str | None) -> Attacks:
    """What a replay came to; an attack without an answer that could be judged counts as one that
    succeeded, for nothing shows that it was withstood."""
    version = fact.served or fact.against.partition("@")[2] or candidate
    if not version:
        raise Refused(f"{fact.replay}: the far side did not say its version: --candidate VERSION")
    return Attacks(version=version, tried=fact.items, succeeded=fact.items - fact.held)


def _mapping(asked: Asked, log: str) -> LogMapping:
    """As said; else as the home's detectors read the system's log; else by convention."""
    if asked.mapping is not None:
        data = plain_bytes(asked.mapping, "a mapping")
        mapping, mistakes = mapping_of(data, asked.mapping.name)
        if mapping is None:
            raise Refused("\n".join(map(str, mistakes)))
        return mapping
    declared = detectors_of(asked.home)[0].get(asked.system)
    if declared is not None:
        return msgspec.structs.replace(declared.declared.log, watched=frozenset())
    look = wiring.look_at(log)
    mapping = conventional(look, None).mapping
    length, _ = window_for(look, mapping.at)
    return msgspec.structs.replace(mapping, window_seconds=length, profile_seconds=length)


def _read(place: str, mapping: LogMapping, screen: Screen) -> Read:
    with tempfile.TemporaryDirectory(prefix="tocsin-measure-") as folder:
        side = Side(place=place, mapping=mapping, folder=Path(folder))
        with one(side, RealClock(), lambda doing: screen.pace(doing, always=False)) as read:
            summaries = _summaries(read)
            return msgspec.structs.replace(
                read, windows=list(read.windows), evidence=lambda since, until: summaries
            )


def _summaries(read: Read) -> bytes:
    first = min(window.at for window in read.windows)
    return read.evidence(first, max(window.until for window in read.windows))


def _versions(read: Read) -> list[str]:
    found = {cell.version for window in read.windows for cell in window.cells}
    return sorted(version for version in found if version is not None)


def _candidate(read: Read, against: str, named: str | None) -> tuple[str, bool]:
    """The candidate's version, and whether the log tells versions apart."""
    versions = _versions(read)
    if not versions:
        if named is None:
            raise Refused("the log tells no version; name the candidate: --candidate VERSION")
        return named, False
    others = [version for version in versions if version != against]
    if named is None and len(others) != 1:
        raise Refused(f"the log holds versions {', '.join(versions)}; name the candidate: "
                      "--candidate VERSION")  # fmt: skip
    version = named or others[0]
    if version not in versions:
        raise Refused(f"the log holds no version {version}; it holds {', '.join(versions)}")
    return version, True


def _baseline(read: Read, against: str, asked: Asked) -> str | None:
    """The baseline's version as its log tells it; None where that tells none."""
    versions = _versions(read)
    if versions and against not in versions:
        where = "--baseline" if asked.baseline is not None else "the log"
        raise Refused(
            f"{where} holds no version {against}, the gate's baseline; it holds "
            f"{', '.join(versions)}; name a log of the baseline: --baseline FILE"
        )
    if not versions and asked.baseline is None:
        raise Refused("the log tells no version, so the baseline needs one: --baseline FILE")
    return against if versions else None


def _counted(read: Read, version: str | None, name: str, mapping: LogMapping) -> Counted:
    return counted(
        read.windows,
        version,
        name=name,
        window_seconds=mapping.window_seconds,
        profile_seconds=mapping.profile_seconds,
        groups=mapping.decisions.groups,
    )
