"""How a log and its reference are read and judged: as files say, and for the rest by convention.

Whatever the person did not say is chosen here, and what was chosen is told. Nothing is read of the
logs but a look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tocsin import wiring
from tocsin.cli.detection.document import Reading
from tocsin.cli.detection.log_options import labelled, labels_of
from tocsin.cli.detection.without_reference import judged_without
from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.detection.conventions import vocabulary
from tocsin.detection.conventions.convention import Convention, conventional
from tocsin.detection.conventions.spans import window_for
from tocsin.detection.conventions.usual import usual_declaration
from tocsin.detection.declared.declaration import Declaration
from tocsin.detection.declared.read import read_declaration, watched
from tocsin.detection.declared.read_log import mapping_of
from tocsin.facts import Refused
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.confusion import every_rate
from tocsin.facts.logs import LogMapping
from tocsin.facts.looks import LogLook
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.register.strict_yaml import DURATION, SECONDS


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked for.

    Args:
        log: a log, or a folder of profiles; `profiled` that it must be the latter.
        window: as written, such as 1h or 5000.
        to: where the profiles are kept; None removes them.
        labels, labels_key: of the log; a reference has its own.
        reference: None judges what needs none.
    """

    log: str
    reference: str | None = None
    profiled: bool = False
    detectors: Path | None = None
    mapping: Path | None = None
    window: str | None = None
    to: Path | None = None
    labels: str | None = None
    labels_key: str | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How two logs are read and judged.

    Args:
        log, reference: how each is read; of profiles exactly as they were made. Without a
            reference None.
    """

    declared: Declaration
    log: LogMapping
    reference: LogMapping | None
    reading: Reading
    log_profiled: bool = False
    reference_profiled: bool = False


def planned(asked: Asked) -> Plan:
    """How it will be read and judged.

    Raises:
        Refused: a file has mistakes, or nothing of a log can be looked at.
    """
    own = _kept(asked.log)
    other = _kept(asked.reference) if asked.reference is not None else None
    if asked.profiled and own is None:
        raise Refused(f"--profiles {asked.log}: no profiles there; make them: tocsin profile LOG "
                      f"--to {asked.log}")  # fmt: skip
    if own is None and other is None:
        return _of_logs(asked)
    return _of_profiles(asked, own, other)


def _kept(place: str) -> wiring.KeptLog | None:
    return wiring.kept_in(Path(place)) if Path(place).is_dir() else None


def _of_logs(asked: Asked) -> Plan:
    look = wiring.look_at(asked.log)
    other = wiring.look_at(asked.reference) if asked.reference is not None else None
    labels, look = labels_of(asked.labels, asked.labels_key, look)
    usual = conventional(look, other)
    mapping, digest, said = _mapping(asked, usual)
    mapping, chosen = _windows(asked, mapping, look, said=said)
    declared = _lenient(_declared(asked, mapping, digest))
    log = labelled(declared.log, labels)
    declared, without = _judged_by(asked, msgspec.structs.replace(declared, log=log))
    reading = Reading(
        log=asked.log,
        reference=asked.reference,
        columns=tuple({"column": one.column, "taken_for": one.taken_for, "because": one.because}
                      for one in usual.readings),
        remarks=(*without, *usual.remarks, *_not_there(declared, look, other)),
        chosen=chosen,
    )  # fmt: skip
    own = labels is not None
    reference = None if other is None else _of_reference(log, other, own_labels=own)
    return Plan(declared=declared, log=log, reference=reference, reading=reading)


def _of_reference(log: LogMapping, look: LogLook, *, own_labels: bool) -> LogMapping:
    """As the log, but for what a reference has not: times, and the labels of the log alone."""
    reference = log
    if log.at is not None and look.column(log.at) is None:
        reference = msgspec.structs.replace(reference, at=None)
    if log.labels is not None and (own_labels or look.column(log.labels.key) is None):
        reference = msgspec.structs.replace(reference, labels=None)
    # Only the sums of its windows are asked for: of a long one a few long ones will do.
    length, _ = window_for(look, reference.at)
    alike = reference.window_seconds == reference.profile_seconds
    if alike and reference.window_seconds < length:
        reference = msgspec.structs.replace(
            reference, window_seconds=length, profile_seconds=length
        )
    return reference


def _of_profiles(asked: Asked, own: wiring.KeptLog | None, other: wiring.KeptLog | None) -> Plan:
    """Profiles say how they were read, and what is compared with them is read alike."""
    for said, option in ((asked.mapping, "--mapping"), (asked.window, "--window"),
                         (asked.labels, "--labels")):  # fmt: skip
        if said is not None:
            raise Refused(f"{option} {said}: profiles were made with what they were made; leave "
                          "it out, or name the logs themselves")  # fmt: skip
    kept = own or other
    assert kept is not None
    mapping = kept.mapping
    declared = _declared(asked, mapping, sha256_hex(msgspec.json.encode(kept)))
    asked_of = declared.log.watched
    log = msgspec.structs.replace((own or kept).mapping, watched=asked_of)
    reference = msgspec.structs.replace((other or kept).mapping, watched=asked_of)
    declared, without = _judged_by(asked, msgspec.structs.replace(declared, log=log))
    named = {"log": own, "reference": other}
    reading = Reading(
        log=asked.log,
        reference=asked.reference,
        columns=tuple({"column": c, "taken_for": t, "because": b} for c, t, b in kept.readings),
        remarks=(*without, *dict.fromkeys(
            remark for one in named.values() if one is not None for remark in one.remarks)),
        chosen="as it was profiled",
    )  # fmt: skip
    return Plan(declared=declared, log=log, reading=reading,
                reference=reference if asked.reference is not None else None,
                log_profiled=own is not None, reference_profiled=other is not None)  # fmt: skip


def _judged_by(asked: Asked, declared: Declaration) -> tuple[Declaration, tuple[str, ...]]:
    """The detectors that can be asked, and what a reference would add where there is none."""
    if asked.reference is not None:
        return declared, ()
    return judged_without(declared, asked.log, chosen=asked.detectors is not None)


def _mapping(asked: Asked, usual: Convention) -> tuple[LogMapping, str, bool]:
    """How the log is read, the digest of what says so, and whether that says the windows."""
    if asked.mapping is None:
        return usual.mapping, sha256_hex(msgspec.json.encode(usual.mapping)), False
    data = plain_bytes(asked.mapping, "a mapping")
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
        length, chosen = _length(asked.window, rows=mapping.at is None), ""
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


def _declared(asked: Asked, mapping: LogMapping, digest: str) -> Declaration:
    if asked.detectors is None:
        latency, cost = (_called(mapping.numbers or (), names)
                         for names in (vocabulary.LATENCY, vocabulary.COST))  # fmt: skip
        return usual_declaration(mapping, latency=latency, cost=cost, digest=digest)
    data = plain_bytes(asked.detectors, "a file of detectors")
    declared, mistakes = read_declaration(data, str(asked.detectors), log=mapping)
    if declared is None:
        raise Refused(_told(mistakes))
    if asked.window is not None:
        declared = rewindowed(declared, mapping.window_seconds)
    return declared


def _called(columns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(column for column in columns if vocabulary.sound(column) in names)


def rewindowed(declared: Declaration, seconds: int) -> Declaration:
    """The same detectors in windows of another length."""
    detectors = tuple(
        msgspec.structs.replace(one, window_seconds=seconds) if hasattr(one, "window_seconds")
        else one
        for one in declared.detectors
    )  # fmt: skip
    log = msgspec.structs.replace(declared.log, window_seconds=seconds, profile_seconds=seconds)
    return msgspec.structs.replace(declared, detectors=detectors, log=watched(log, detectors))


def _lenient(declared: Declaration) -> Declaration:
    """Every column may be absent: what rests on it is told as not judged, the rest is judged."""
    log = declared.log
    assumed = log.assumed | frozenset(_wanted(log))
    return msgspec.structs.replace(declared, log=msgspec.structs.replace(log, assumed=assumed))


def _wanted(log: LogMapping) -> tuple[str, ...]:
    """The columns that a mapping names, but for the time: without it nothing can be read."""
    known, texts = log.decisions, log.texts
    found = [log.version, log.segment, log.request, log.session, *log.categories,
             *(log.numbers or ()), known.score, known.subject, *known.groups,
             texts.question, texts.answer, texts.context]  # fmt: skip
    found += [c for share in every_rate(log).values() for c in share.columns()]
    found += log.fallback.columns() if log.fallback is not None else ()
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _not_there(declared: Declaration, log: LogLook, reference: LogLook | None) -> Iterator[str]:
    """The columns that detectors ask for and that one of the logs does not show."""
    asked = declared.log.watched or frozenset()
    drawn = {*declared.log.texts.numbers, *declared.log.texts.categories}
    for look, called in ((log, "the log"), (reference, "the reference")):
        names = [column.name for column in look.columns] if look is not None else sorted(asked)
        for name in sorted(asked - drawn - set(names)):
            meant = did_you_mean(name, names, f"it has: {', '.join(names[:8])}")
            yield f"{called} shows no column {name}; {meant}"


def _told(mistakes: Sequence[Mistake]) -> str:
    return "\n".join(str(mistake) for mistake in mistakes)
