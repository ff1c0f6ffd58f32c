"""From what a person names, a log and a reference, to what is found: read, judged, put together.

Whatever the person did not say is chosen, and what was chosen is told.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.detect_document import Detected, Reading
from tocsin.cli.screen import Screen
from tocsin.detection.convention import Convention, conventional
from tocsin.detection.declaration import Declaration
from tocsin.detection.moments import Moments, spoken_seconds
from tocsin.detection.read import read_declaration, watched
from tocsin.detection.read_log import mapping_of
from tocsin.detection.replay import replayed
from tocsin.detection.spans import window_for
from tocsin.detection.usual import usual_declaration
from tocsin.facts import Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.findings import Found
from tocsin.facts.logs import LogMapping
from tocsin.facts.looks import LogLook
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.register.strict_yaml import DURATION, SECONDS
from tocsin.wiring.compared import Read, Side, both
from tocsin.world import RealClock

MINE_MOST = 1024 * 1024


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for.

    Args:
        window: as written, such as 1h or 5000.
        to: where the profiles are kept; None removes them.
    """

    log: str
    reference: str
    detectors: Path | None = None
    mapping: Path | None = None
    window: str | None = None
    to: Path | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How two logs are read and judged, before any of it is read."""

    declared: Declaration
    reference: LogMapping
    reading: Reading


def detected(asked: Asked, screen: Screen) -> Detected:
    """What the detectors say of the log.

    Raises:
        Refused: a file that was named has mistakes, or nothing of a log can be read.
    """
    plan = planned(asked)
    log = plan.declared.log
    clock = RealClock()
    with _folder(asked.to) as folder:
        sides = (Side(place=asked.log, mapping=log, folder=folder / "log"),
                 Side(place=asked.reference, mapping=plan.reference,
                      folder=folder / "reference"))  # fmt: skip
        with both(*sides, clock, screen.say) as (now, before):
            same = now.contents == before.contents
            replay = replayed(plan.declared, now.windows, before.windows, clock.now(), same=same)
            moments = Moments(log, now.windows)
            digests = _digests(now, before, [one.found for one in replay.judged], folder)
    remarks = (*_same(same=same), *plan.reading.remarks, *before.remarks, *now.remarks)
    return Detected(
        declared=plan.declared,
        replay=replay,
        windows=now.windows,
        moments=moments,
        before=Moments(plan.reference, before.windows),
        reading=msgspec.structs.replace(plan.reading, remarks=tuple(dict.fromkeys(remarks))),
        profiles=lambda found: digests[found.finding],
    )


def planned(asked: Asked) -> Plan:
    """How it will be read: as the files say, and for the rest by convention."""
    look, other = wiring.look_at(asked.log), wiring.look_at(asked.reference)
    usual = conventional(look, other)
    mapping, digest, said = _mapping(asked, usual)
    mapping, chosen = _windows(asked, mapping, look, said=said)
    declared = _declared(asked, mapping, usual, digest)
    log = msgspec.structs.replace(declared.log, assumed=_named(declared.log))
    declared = msgspec.structs.replace(declared, log=log)
    timed = log.at is None or other.column(log.at) is not None
    return Plan(
        declared=declared,
        reference=log if timed else msgspec.structs.replace(log, at=None),
        reading=Reading(
            log=asked.log,
            reference=asked.reference,
            columns=tuple({"column": one.column, "taken_for": one.taken_for,
                           "because": one.because} for one in usual.readings),
            remarks=(*usual.remarks, *_not_there(declared, look, other)),
            chosen=chosen,
        ),
    )  # fmt: skip


def _mapping(asked: Asked, usual: Convention) -> tuple[LogMapping, str, bool]:
    """How the log is read, the digest of what says so, and whether that says the windows."""
    if asked.mapping is None:
        return usual.mapping, sha256_hex(msgspec.json.encode(usual.mapping)), False
    data = _bytes(asked.mapping)
    mapping, mistakes = mapping_of(data, str(asked.mapping))
    if mapping is None:
        raise Refused(_told(mistakes))
    if mapping.numbers is None:
        mapping = msgspec.structs.replace(mapping, numbers=usual.mapping.numbers)
    said = re.search(rb"(?m)^\s*(drift_)?window\s*:", data) is not None
    return mapping, sha256_hex(data), said


def _windows(
    asked: Asked, mapping: LogMapping, look: LogLook, *, said: bool
) -> tuple[LogMapping, str]:
    """The mapping with its windows, and why they are so long."""
    if asked.window is not None:
        length = _length(asked.window, rows=mapping.at is None)
        chosen = ""
    elif said:
        return mapping, ""
    else:
        length, chosen = window_for(look, mapping.at)
    return msgspec.structs.replace(mapping, window_seconds=length, profile_seconds=length), chosen


def _length(text: str, *, rows: bool) -> int:
    if rows:
        if not re.fullmatch("[0-9]{1,9}", text) or int(text) == 0:
            raise Refused(f"--window {text}: the log tells no time; give a number of rows: 5000")
        return int(text)
    parts = DURATION.fullmatch(text)
    if parts is None or int(parts[1]) == 0:
        raise Refused(f"--window {text}: the log tells time; give a duration: 10m, 1h or 1d")
    return int(parts[1]) * SECONDS[parts[2]]


def _declared(asked: Asked, mapping: LogMapping, usual: Convention, digest: str) -> Declaration:
    if asked.detectors is None:
        return usual_declaration(mapping, latency=usual.latency, cost=usual.cost, digest=digest)
    data = _bytes(asked.detectors)
    declared, mistakes = read_declaration(data, str(asked.detectors), log=mapping)
    if declared is None:
        raise Refused(_told(mistakes))
    if asked.window is not None:
        declared = rewindowed(declared, mapping.window_seconds)
    return declared


def rewindowed(declared: Declaration, seconds: int) -> Declaration:
    """The same detectors in windows of another length."""
    detectors = tuple(
        msgspec.structs.replace(one, window_seconds=seconds) if hasattr(one, "window_seconds")
        else one
        for one in declared.detectors
    )  # fmt: skip
    log = msgspec.structs.replace(declared.log, window_seconds=seconds, profile_seconds=seconds)
    return msgspec.structs.replace(declared, detectors=detectors, log=watched(log, detectors))


def _named(log: LogMapping) -> frozenset[str]:
    """Every column may be absent: what rests on it is told as not judged, the rest is judged."""
    return frozenset(wanted(log)) | log.assumed


def wanted(log: LogMapping) -> tuple[str, ...]:
    """The columns that a mapping names."""
    from tocsin.facts.confusion import every_rate

    found = [log.at, log.version, log.segment, log.request, log.session, *log.categories,
             *(log.numbers or ()), log.decisions.score, log.decisions.subject,
             *log.decisions.groups, log.texts.question, log.texts.answer,
             log.texts.context]  # fmt: skip
    found += [c for share in every_rate(log).values() for c in share.columns()]
    found += log.fallback.columns() if log.fallback is not None else ()
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _not_there(declared: Declaration, log: LogLook, reference: LogLook) -> Iterator[str]:
    """The columns that detectors ask for and that one of the logs does not show."""
    watched_ = declared.log.watched or frozenset()
    drawn = {*declared.log.texts.numbers, *declared.log.texts.categories}
    for look, called in ((log, "the log"), (reference, "the reference")):
        names = [column.name for column in look.columns]
        for name in sorted(watched_ - drawn - set(names)):
            meant = did_you_mean(name, names, f"it has: {', '.join(names[:8])}")
            yield f"{called} shows no column {name}; {meant}"


def _same(*, same: bool) -> Iterator[str]:
    if same:
        yield (
            "the log and its reference are the same bytes, so nothing can have changed between "
            "them; to look for changes within a log, name an earlier part of it as the reference"
        )


@contextmanager
def _folder(to: Path | None) -> Iterator[Path]:
    """Where profiles are kept; removed in the end unless somebody said where."""
    if to is not None:
        try:
            to.mkdir(parents=True, exist_ok=True)
        except OSError as bad:
            raise Refused(f"--to {to}: {bad.strerror}; name a folder that can be made") from bad
        yield to
        return
    with tempfile.TemporaryDirectory(prefix="tocsin-detect-") as folder:
        yield Path(folder)


def _digests(
    now: Read, before: Read, found: list[Found], folder: Path
) -> dict[str, tuple[str, ...]]:
    """The digests of the profiles that each finding rests on; all lie in `evidence/`."""
    kept = folder / "evidence"
    kept.mkdir(exist_ok=True)
    first, last = before.windows[0].at, max(window.until for window in before.windows)

    @cache
    def bound(side: str, since: object, until: object) -> str:
        read = now if side == "log" else before
        data = read.evidence(since, until)  # type: ignore[arg-type]
        digest = sha256_hex(data)
        (kept / f"{digest}.parquet").write_bytes(data)
        return digest

    return {
        one.finding: (bound("log", one.since, one.seen_until), bound("reference", first, last))
        for one in found
    }


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MINE_MOST + 1)
    except OSError as bad:
        raise Refused(f"{path}: {bad.strerror}; name a file that can be read") from bad


def _told(mistakes: list[Mistake]) -> str:
    return "\n".join(str(mistake) for mistake in mistakes)


def length_said(log: LogMapping) -> str:
    """The length of a window, for people."""
    length = log.window_seconds
    return f"{length:,} rows" if log.at is None else spoken_seconds(length)
