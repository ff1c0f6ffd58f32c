"""Reads the detectors' declaration from YAML: without a mistake, or all mistakes at once."""

from __future__ import annotations

import msgspec

from tocsin.detection.declared.declaration import (
    Declaration,
    Detector,
    Drift,
    Measure,
    Quantity,
    Rate,
)
from tocsin.detection.declared.read_baseline import REFERENCE
from tocsin.detection.declared.read_detectors import detectors_in
from tocsin.detection.declared.read_log import WINDOWS, log_of, with_windows
from tocsin.detection.declared.read_values import inside, run_length, tells_rows
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.confusion import every_rate
from tocsin.facts.errors import Refused
from tocsin.facts.logs import LogMapping
from tocsin.register.mistakes import Mistake
from tocsin.register.strict_yaml import NAME, Fields, Node, YamlFile

BEGIN = "write `system:` and `detectors:`"
FIELDS = ("system", *WINDOWS, "family_run_length", "log", "reference", "detectors")
_OF_NUMBERS = (Measure.KS, Measure.W1)
_OF_CATEGORIES = (Measure.TV, Measure.CHI2, Measure.UNSEEN, Measure.RISE)


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
    data: bytes, file: str = "detectors", *, log: LogMapping | None = None
) -> tuple[Declaration | None, list[Mistake]]:
    """The declaration in these bytes, or None and everything that is wrong with it, by line.

    Args:
        log: how the log is read where the declaration does not say it, windows included.
    """
    reading = YamlFile(file, "declaration", BEGIN)
    root = reading.tree(data)
    declared = _declaration(reading, root, sha256_hex(data), log) if root is not None else None
    if reading.mistakes:
        return None, sorted(set(reading.mistakes))
    return declared, []


def system_named(data: bytes) -> tuple[str, int] | None:
    """The system that these bytes are about and its line, whatever else is wrong with them."""
    root = YamlFile("", "declaration", BEGIN).tree(data)
    fields = root.value if root is not None else None
    if not isinstance(fields, dict) or "system" not in fields:
        return None
    node = fields["system"]
    known = isinstance(node.value, str) and NAME.fullmatch(node.value)
    return (str(node.value), node.line) if known else None


def reference_missing(data: bytes) -> list[tuple[str, int]]:
    """The detectors in these bytes that compare with a reference where none is named, by line."""
    root = YamlFile("", "declaration", BEGIN).tree(data)
    fields = root.value if root is not None else None
    if not isinstance(fields, dict) or "reference" in fields or "detectors" not in fields:
        return []
    detectors = fields["detectors"].value
    found = []
    for name, node in detectors.items() if isinstance(detectors, dict) else ():
        baseline = node.value.get("baseline") if isinstance(node.value, dict) else None
        if baseline is not None and baseline.value == REFERENCE:
            found.append((name, baseline.line))
    return found


def _declaration(
    reading: YamlFile, root: Node, digest: str, usual: LogMapping | None
) -> Declaration | None:
    """What the nodes declare; only worth something when no mistake was gathered."""
    if not isinstance(root.value, dict):
        reading.wrong(root.line, "", "not a mapping", BEGIN)
        return None
    top = Fields(reading, "", root.line, root.value)
    top.only(FIELDS)
    read_as = usual if usual is not None and "log" not in top.fields else log_of(inside(top, "log"))
    log = with_windows(top, read_as, usual)
    detectors = tuple(detectors_in(top, log))
    family = run_length(top, "family_run_length", log.window_seconds, rows=tells_rows(log))
    return Declaration(
        system=top.name("system"),
        digest=digest,
        log=watched(log, detectors),
        detectors=detectors,
        family_run_length=family,
        reference=top.optional("reference"),
    )


def watched(log: LogMapping, detectors: tuple[Detector, ...]) -> LogMapping:
    """The mapping with every column in it that a detector asks for, each of which must be there."""
    asked = [one for one in detectors if isinstance(one, Drift | Quantity)]
    columns = dict.fromkeys(one.column for one in asked)
    numbers, categories = log.numbers, log.categories
    drawn = {*log.texts.numbers, *log.texts.categories}  # from texts, and no columns of the log
    for one in asked:
        if one.column in {*drawn, *categories, *(numbers or ())}:
            continue
        if isinstance(one, Quantity) or one.measure in _OF_NUMBERS:
            numbers = None if numbers is None else (*numbers, one.column)
        elif numbers is not None or one.measure in _OF_CATEGORIES:
            categories = (*categories, one.column)
    return msgspec.structs.replace(
        log,
        numbers=numbers,
        categories=categories,
        watched=frozenset(columns),
        sliced=any(one.slices for one in asked),
        assumed=log.assumed - set(columns) - _needed(log, detectors),
    )


def _needed(log: LogMapping, detectors: tuple[Detector, ...]) -> set[str]:
    """What the rates read that a detector watches."""
    known = every_rate(log)
    rates = {one.rate for one in detectors if isinstance(one, Rate)}
    return {column for rate in rates if rate in known for column in known[rate].columns()}
