"""Reads the detectors' declaration from YAML: without a mistake, or all mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from tocsin.detection.condition import NotUnderstood, condition_of
from tocsin.detection.declaration import (
    Baseline,
    Basis,
    Counts,
    Declaration,
    Detector,
    Direction,
    Drift,
    First,
    Rate,
    Silence,
    Slice,
    Span,
)
from tocsin.detection.read_against import AGAINST, modes_of, techniques_of
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.errors import Refused
from tocsin.facts.logs import Condition, LogMapping, Share, TimeUnit, holds
from tocsin.register.mistakes import Mistake, did_you_mean, shown
from tocsin.register.strict_yaml import DURATION, NAME, SECONDS, Fields, Node, YamlFile

BEGIN = "write `system:` and `detectors:`"
FIELDS: Mapping[str, tuple[str, ...]] = {
    "rate": ("direction", "tolerance", "basis", "baseline", "minimum", "run_length", "slices"),
    "drift": ("tolerance", "baseline", "minimum", "run_length"),
    "no-data": (),
}
"""What a detector of each kind may say beside its kind."""

_LOG = ("at", "version", "segment", "request", "session", "by_fallback", "rates", "numbers",
        "categories")  # fmt: skip
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?(%?)")
_Choice = TypeVar("_Choice", Basis, Direction, TimeUnit)
RUN_LENGTH, RUN_LENGTH_LEAST, RUN_LENGTH_MOST = 10_000, 100, 10**9


def declaration_of(data: bytes, file: str = "detectors") -> Declaration:
    """The declaration in these bytes.

    Raises:
        Refused: every mistake, one a line.
    """
    declared, mistakes = read_declaration(data, file)
    if declared is None:
        raise Refused("\n".join(str(mistake) for mistake in mistakes))
    return declared


def read_declaration(
    data: bytes, file: str = "detectors"
) -> tuple[Declaration | None, list[Mistake]]:
    """The declaration in these bytes, or None and everything that is wrong with it, by line."""
    reading = _Reading(file)
    root = reading.tree(data)
    declared = reading.declaration(root, sha256_hex(data)) if root is not None else None
    if reading.mistakes:
        return None, sorted(set(reading.mistakes))
    return declared, []


def system_named(data: bytes) -> tuple[str, int] | None:
    """The system that these bytes are about and its line, whatever else is wrong with them."""
    reading = _Reading("")
    root = reading.tree(data)
    fields = root.value if root is not None else None
    if not isinstance(fields, dict) or "system" not in fields:
        return None
    node = fields["system"]
    known = isinstance(node.value, str) and NAME.fullmatch(node.value)
    return (str(node.value), node.line) if known else None


class _Reading(YamlFile):
    """One reading of one declaration; gathers mistakes as it goes."""

    def __init__(self, file: str) -> None:
        super().__init__(file, "declaration", BEGIN)

    def declaration(self, root: Node, digest: str) -> Declaration | None:
        """What the nodes declare; only worth something when no mistake was gathered."""
        if not isinstance(root.value, dict):
            self.wrong(root.line, "", "not a mapping", BEGIN)
            return None
        top = Fields(self, "", root.line, root.value)
        top.only(("system", "window", "drift_window", "log", "detectors"))
        window = top.seconds("window") or 60
        profile = top.seconds("drift_window") or max(window, 3600 // window * window)
        if profile % window:
            top.wrong("drift_window", f"{profile}s", f"write a multiple of {window}s, the window")
        log = msgspec.structs.replace(
            _log(_inside(top, "log")), window_seconds=window, profile_seconds=profile
        )
        detectors = tuple(self._detectors(top, log))
        return Declaration(
            system=top.name("system"),
            digest=digest,
            log=_watched(log, detectors),
            detectors=detectors,
        )

    def _detectors(self, top: Fields, log: LogMapping) -> Iterator[Detector]:
        node = top.fields.get("detectors")
        if node is None or not isinstance(node.value, dict) or not node.value:
            self.wrong(node.line if node else top.line, "detectors", "no detectors",
                       "write each as `name:` with what it watches beneath")  # fmt: skip
            return
        for name, body in node.value.items():
            path = f"detectors.{name}"
            if not NAME.fullmatch(name):
                self.wrong(body.line, path, shown(name), "name it in letters, digits, - and _")
            elif not isinstance(body.value, dict):
                self.wrong(body.line, path, "no fields", f"say one of {', '.join(FIELDS)}")
            else:
                f = Fields(self, path, body.line, body.value)
                found = self._detector(name, f, log)
                if found is not None:
                    yield msgspec.structs.replace(
                        found, failure_modes=modes_of(f), techniques=techniques_of(f)
                    )

    def _detector(self, name: str, f: Fields, log: LogMapping) -> Detector | None:
        kinds = [kind for kind in FIELDS if kind in f.fields]
        if len(kinds) != 1:
            told = f"says {' and '.join(kinds)}" if kinds else "does not say what it watches"
            self.wrong(f.line, f.path, told, f"say exactly one of {', '.join(FIELDS)}")
            return None
        kind = kinds[0]
        f.only((kind, *FIELDS[kind], *AGAINST))
        match kind:
            case "rate":
                return _rate(name, f, log)
            case "drift":
                return _drift(name, f, log)
            case _:
                f.text(kind)
                return Silence(id=name, after_seconds=f.seconds(kind) or 1)


def _rate(name: str, f: Fields, log: LogMapping) -> Rate:
    rate = f.text("rate")
    if rate and rate not in log.rates:
        known = f"declare it under `log.rates`; there are: {', '.join(log.rates)}"
        f.wrong("rate", shown(rate), did_you_mean(rate, log.rates, known))
    slices = _texts(f, "slices")
    for given in slices:
        if given not in {s.value for s in Slice}:
            f.wrong("slices", shown(given), "write version, segment, or both")
    if "basis" not in f.fields:
        f.wrong("basis", "not said", "write relative (15% of 4% is 0.6%) or points (4% + 15%)")
    return Rate(
        id=name,
        rate=rate,
        window_seconds=log.window_seconds,
        direction=_one_of(f, "direction", Direction, Direction.UP),
        tolerance=_share(f, "tolerance"),
        basis=_one_of(f, "basis", Basis, Basis.RELATIVE),
        baseline=_baseline(f, counts=True),
        minimum=f.number("minimum", 1, 999_999) or 100,
        run_length=_run_length(f, log.window_seconds),
        slices=tuple(s for s in Slice if s.value in slices),
    )


def _drift(name: str, f: Fields, log: LogMapping) -> Drift:
    baseline = _baseline(f, counts=False)
    return Drift(
        id=name,
        column=f.text("drift"),
        window_seconds=log.profile_seconds,
        tolerance=_share(f, "tolerance"),
        baseline=First(1) if isinstance(baseline, Counts) else baseline,
        minimum=f.number("minimum", 1, 999_999) or 100,
        run_length=_run_length(f, log.profile_seconds),
    )


def _watched(log: LogMapping, detectors: tuple[Detector, ...]) -> LogMapping:
    """The mapping with every column in it that a detector of drift asks for."""
    columns = tuple(d.column for d in detectors if isinstance(d, Drift))
    categories = log.categories
    if log.numbers is not None:
        more = [c for c in columns if c not in log.numbers and c not in categories]
        categories = (*categories, *dict.fromkeys(more))
    return msgspec.structs.replace(
        log,
        categories=categories,
        watched=frozenset(columns),
        assumed=log.assumed - set(columns) - _needed(log, detectors),
    )


def _needed(log: LogMapping, detectors: tuple[Detector, ...]) -> set[str]:
    rates = {d.rate for d in detectors if isinstance(d, Rate)}
    return {c for rate in rates if rate in log.rates for c in log.rates[rate].columns()}


def _log(f: Fields | None) -> LogMapping:
    usual = LogMapping()
    if f is None:
        return usual
    f.only(_LOG)
    at, unit = _time(f)
    rates = dict(usual.rates)
    inside = _inside(f, "rates")
    for name in inside.fields if inside is not None else ():
        if inside is not None:
            rates[name] = _share_of(inside, name)
    mapping = LogMapping(
        at=at,
        unit=unit,
        version=f.optional("version") or usual.version,
        segment=f.optional("segment") or usual.segment,
        session=f.optional("session") or usual.session,
        request=f.optional("request") or usual.request,
        fallback=_condition(f, "by_fallback") if "by_fallback" in f.fields else usual.fallback,
        rates=rates,
        numbers=_texts(f, "numbers") if "numbers" in f.fields else None,
        categories=_texts(f, "categories") if "categories" in f.fields else usual.categories,
    )
    return msgspec.structs.replace(mapping, assumed=usual.assumed - _said(f, mapping, inside))


def _said(f: Fields, mapping: LogMapping, rates: Fields | None) -> set[str]:
    """The columns that somebody named, which therefore must be there."""
    said = {f.optional(field) or "" for field in ("version", "segment", "session", "request")
            if field in f.fields}  # fmt: skip
    for field in ("numbers", "categories"):
        said |= set(_texts(f, field)) if field in f.fields else set()
    shares = [mapping.rates[name] for name in (rates.fields if rates is not None else ())]
    if "by_fallback" in f.fields and mapping.fallback is not None:
        shares.append(Share(counts=mapping.fallback))
    return said | {column for share in shares for column in share.columns()}


def _time(f: Fields) -> tuple[str, TimeUnit]:
    node = f.fields.get("at")
    if node is None:
        return "at", TimeUnit.AUTO
    if not isinstance(node.value, dict):
        return f.text("at"), TimeUnit.AUTO
    inside = Fields(f.reading, "log.at", node.line, node.value)
    inside.only(("column", "unit"))
    return inside.text("column"), _one_of(inside, "unit", TimeUnit, TimeUnit.AUTO)


def _share_of(f: Fields, field: str) -> Share:
    """A condition, or `{counts: ..., among: ...}` where not every row is judged."""
    node = f.fields[field]
    if not isinstance(node.value, dict):
        return Share(counts=_condition(f, field))
    inside = Fields(f.reading, f"{f.path}.{field}", node.line, node.value)
    inside.only(("counts", "among"))
    among = _condition(inside, "among") if "among" in inside.fields else None
    return Share(counts=_condition(inside, "counts"), among=among)


def _condition(f: Fields, field: str) -> Condition:
    try:
        return condition_of(f.text(field) or "missing")
    except NotUnderstood as bad:
        f.wrong(field, *str(bad).split(": ", 1))
        return holds("missing")


def _baseline(f: Fields, *, counts: bool) -> Baseline:
    inside = _inside(f, "baseline")
    forms = "{first: 2000}, {since: 2026-11-01T00:00Z, until: 2026-11-08T00:00Z}"
    forms += " or {requests: 20000, counted: 900}" if counts else ""
    if inside is None:
        if "baseline" not in f.fields:
            f.wrong("baseline", "missing", f"write {forms}")
        return First(1)
    inside.only(("first", "since", "until") + (("requests", "counted") if counts else ()))
    match sorted(inside.fields):
        case ["first"]:
            return First(_whole(inside, "first", 1))
        case ["since", "until"]:
            since, until = _instant(inside, "since"), _instant(inside, "until")
            if until is not None and since is not None and until > since:
                return Span(since, until)
            if until is not None and since is not None:
                inside.wrong("until", "not after `since`", "write the later instant here")
        case ["counted", "requests"] if counts:
            requests, counted = _whole(inside, "requests", 1), _whole(inside, "counted", 0)
            if counted > requests:
                inside.wrong("counted", "more than there were requests", "mend one of the two")
            return Counts(requests, counted)
        case _:
            f.wrong("baseline", ", ".join(inside.fields) or "empty", f"write {forms}")
    return First(1)


def _run_length(f: Fields, window_seconds: int) -> int:
    text = f.optional("run_length")
    if text is None:
        return RUN_LENGTH
    duration = DURATION.fullmatch(text)
    windows = int(text) if re.fullmatch("[0-9]{1,10}", text) else 0
    if duration:
        windows = -(-int(duration[1]) * SECONDS[duration[2]] // window_seconds)
    if not RUN_LENGTH_LEAST <= windows <= RUN_LENGTH_MOST:
        f.wrong("run_length", shown(text), f"write at least {RUN_LENGTH_LEAST} windows, as a "
                "number or as a time such as 365d")  # fmt: skip
        return RUN_LENGTH
    return windows


def _share(f: Fields, field: str) -> float:
    text = f.text(field)
    parts = _SHARE.fullmatch(text)
    share = float(parts[1]) / (100 if parts[2] else 1) if parts else -1.0
    if text and not 0 <= share <= (10 if parts and parts[2] else 1):
        f.wrong(field, shown(text), "write a share such as 15% or 0.15")
        return 0.0
    return max(share, 0.0)


def _one_of(f: Fields, field: str, known: type[_Choice], usual: _Choice) -> _Choice:
    text = f.optional(field)
    if text is None:
        return usual
    found = {choice.value: choice for choice in known}
    if text not in found:
        f.wrong(field, shown(text), did_you_mean(text, found, f"write {' or '.join(found)}"))
        return usual
    return found[text]


def _whole(f: Fields, field: str, least: int) -> int:
    text = f.text(field)
    if text and (not re.fullmatch("[0-9]{1,12}", text) or int(text) < least):
        f.wrong(field, shown(text), f"write a whole number from {least}")
    return int(text) if re.fullmatch("[0-9]{1,12}", text) else least


def _instant(f: Fields, field: str) -> datetime | None:
    text = f.text(field)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if text and (found is None or found.tzinfo is None):
        f.wrong(field, shown(text), "write an instant with its zone: 2026-11-01T00:00Z")
        return None
    return found


def _texts(f: Fields, field: str) -> tuple[str, ...]:
    node = f.fields.get(field)
    if node is None:
        return ()
    if not isinstance(node.value, tuple):
        f.wrong(field, "not a list", f"write `{field}: [one, other]`")
        return ()
    for n in node.value:
        if not isinstance(n.value, str) or not n.value.strip():
            path = f"{f.path}.{field}".lstrip(".")
            f.reading.wrong(n.line, path, "not a list of words", f"write `{field}: [one, other]`")
    return tuple(n.value for n in node.value if isinstance(n.value, str))


def _inside(f: Fields, field: str) -> Fields | None:
    node = f.fields.get(field)
    if node is None:
        return None
    if not isinstance(node.value, dict):
        f.wrong(field, "no fields", f"write what `{field}` says beneath it, or remove it")
        return None
    return Fields(f.reading, f"{f.path}.{field}".lstrip("."), node.line, node.value)
