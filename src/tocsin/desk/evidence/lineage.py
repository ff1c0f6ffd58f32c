"""Seals where a version of a model comes from, with a verdict on each item of it.

What is sealed is what the registry said at that moment, for a registry can be changed afterwards.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from tocsin.desk.loaded.repeating import wish
from tocsin.desk.people import actor
from tocsin.desk.plans.runs import By
from tocsin.desk.record import Writer
from tocsin.facts import Access, Draft, Entry, Fact, Refused
from tocsin.facts.analysis import LineageJudged, LineageRead
from tocsin.facts.custody import EvidenceAcquired
from tocsin.facts.lineage import AtHand, DataUsed, Origin
from tocsin.incident.lineage import Judged, judged, source_path
from tocsin.incident.refusals import access_for

CHUNK_BYTES = 1024 * 1024
FILES_MOST = 100_000


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A lineage that was sealed."""

    fact: LineageRead
    items: tuple[Judged, ...]
    seq: int


def seal_lineage(
    desk: Writer, log: str, system: str, integration: str, origin: Origin,
    at_hand: Mapping[str, AtHand], by: By, access: Access | None = None,
) -> Sealed:  # fmt: skip
    """Judge an origin, and put it on record."""
    items = tuple(judged(origin, at_hand))
    document = {"origin": origin, "at_hand": dict(at_hand), "items": items}
    data = msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"
    stored = desk.world.vault.put(io.BytesIO(data))
    fact = LineageRead(
        document=stored.digest, system=system, integration=integration, model=origin.model,
        version=origin.version, alias=origin.alias, run=origin.run, read_at=origin.read_at,
    )  # fmt: skip
    facts: list[Fact] = [
        fact,
        *(
            LineageJudged(
                document=stored.digest, item=one.item, name=one.name, digest=one.digest,
                verdict=one.verdict, level=one.level, because=one.because,
            )
            for one in items
        ),
        EvidenceAcquired(
            digest=stored.digest, size=stored.size,
            name=f"lineage-{origin.model}-{origin.version}.json", source=f"registry {integration}",
            because="where the model of this incident comes from",
        ),
    ]  # fmt: skip

    def drafts(entries: list[Entry]) -> list[Draft]:
        now, who = desk.world.clock.now(), actor(desk, by.author.who)
        allowed = access_for(who, access)
        return [Draft(fact=one, happened_at=now, access=allowed) for one in facts]

    asked = wish(LineageRead, system=system, integration=integration, model=origin.model,
                 version=origin.version)  # fmt: skip
    appended = desk.decide(
        log, drafts, by.author, client_key=by.client_key, sign=by.sign, wish=asked
    )
    return Sealed(fact=fact, items=items, seq=appended.first_seq)


def looked_for(data: Sequence[DataUsed], places: Sequence[str]) -> dict[str, AtHand]:
    """What is found of data sets' bytes where a person says they are.

    Args:
        places: files and folders, or "NAME=FILE" for the data set of that name.

    Raises:
        Refused: a place is not there, or names a data set that the run did not use.
    """
    named, anywhere = dict[str, Path](), list[Path]()
    for place in places:
        name, sign, rest = place.partition("=")
        known = {one.name for one in data}
        if sign and name in known:
            named[name] = _there(rest)
        elif sign and not Path(place).exists():
            told = ", ".join(sorted(known)) or "none"
            raise Refused(f"--verify {place}: no data set is called {name!r}; there are: {told}")
        else:
            anywhere.append(_there(place))
    return {one.shown: _found(one, named.get(one.name), anywhere) for one in data}


def _found(one: DataUsed, named: Path | None, anywhere: Sequence[Path]) -> AtHand:
    if named is not None:
        return _read(named)
    place = source_path(one)
    name = os.path.basename(unquote(urlsplit(place).path)) if place else ""
    if not name:
        return AtHand(place="", sha256=None, why="its source names no file")
    found = [path for root in anywhere for path in _called(root, name)]
    if len(found) == 1:
        return _read(found[0])
    told = f"{len(found)} files are called {name}; name the one: --verify {one.name}=FILE"
    return AtHand(place="", sha256=None, why=told if found else f"no file is called {name} there")


def _called(root: Path, name: str) -> Iterator[Path]:
    """Files of this name in a folder or below it, or the file itself."""
    if root.is_file():
        if root.name == name:
            yield root
        return
    seen = 0
    for folder, _, files in os.walk(root):
        seen += len(files)
        if seen > FILES_MOST:
            raise Refused(f"{root} holds more than {FILES_MOST:,} files; name a smaller folder")
        if name in files:
            yield Path(folder) / name


def _read(path: Path) -> AtHand:
    """A file's digest, read piece by piece."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return AtHand(place="", sha256=None, why=f"{path} is no plain file")
            digest, size = hashlib.sha256(), 0
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as bad:
        return AtHand(place="", sha256=None, why=f"{path}: {bad.strerror}")
    return AtHand(place=str(path), sha256=digest.hexdigest(), bytes=size)


def _there(text: str) -> Path:
    path = Path(text)
    if not path.exists():
        raise Refused(f"--verify {text}: there is no such file or folder")
    return path
