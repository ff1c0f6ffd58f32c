"""Reads how the columns of a log are called, beneath `log:` or from a file that holds only that.

Whatever somebody named must be there when the log is read; what is only usual may be missing.
"""

from __future__ import annotations

import math
import re
import warnings

import msgspec

from tocsin.detection.declared.read_values import (
    condition,
    inside,
    length,
    one_of,
    share_of_rows,
    tells_rows,
    words,
)
from tocsin.facts.logs import Condition, Decisions, Labels, LogMapping, Share, Texts, TimeUnit
from tocsin.register.mistakes import Mistake, shown
from tocsin.register.strict_yaml import Fields, YamlFile

ROWS = "rows"
"""What `at` says of a log that tells no time."""

WINDOW, WINDOW_OF_ROWS = 60, 5000
WINDOWS = ("window", "drift_window")
NAMED = ("version", "segment", "session", "request")
_DECISIONS = ("decided", "truth", "score", "groups", "subject")
_TEXTS = ("question", "answer", "context", "patterns", "triggers")
FIELDS = ("at", *NAMED, "by_fallback", "rates", "numbers", "categories", *_DECISIONS,
          "labels", "texts")  # fmt: skip
_NOT_RE2 = re.compile(r"\(\?<?[=!]|\(\?P=|\(\?\(|(?<!\\)(?:\\\\)*\\[1-9]")
_ONLY_RE2 = re.compile(r"\\[pPzQEC]|\[:")  # what Python's own reader does not know
TURNED_MOST = 64  # alternatives of a condition that is turned round
BEGIN = "write `log:` and beneath it what the columns are called, such as `at: time`"


def mapping_of(data: bytes, file: str = "mapping") -> tuple[LogMapping | None, list[Mistake]]:
    """The mapping in these bytes, or None and everything that is wrong with it, by line.

    The file holds `log:`, and may say `window:` and `drift_window:`; or it holds only what would
    stand beneath `log:`.
    """
    reading = YamlFile(file, "mapping", BEGIN)
    root = reading.tree(data)
    found = None
    if root is not None and not isinstance(root.value, dict):
        reading.wrong(root.line, "", "not a mapping", BEGIN)
    elif root is not None and isinstance(root.value, dict):
        top = Fields(reading, "", root.line, root.value)
        if {"log", *WINDOWS} & set(root.value):
            top.only(("log", *WINDOWS))
            found = with_windows(top, log_of(inside(top, "log")))
        else:
            found = with_windows(Fields(reading, "", root.line, {}), log_of(top))
    return (None, sorted(set(reading.mistakes))) if reading.mistakes else (found, [])


def with_windows(top: Fields, log: LogMapping, usual: LogMapping | None = None) -> LogMapping:
    """The mapping with the lengths of windows that stand beside `log:`.

    Args:
        usual: has those that hold where none is written; None is a minute and an hour, or 5,000
            rows.
    """
    rows = tells_rows(log)
    window = length(top, "window", rows=rows)
    profile = length(top, "drift_window", rows=rows)
    if usual is not None and window is None and profile is None:
        window, profile = usual.window_seconds, usual.profile_seconds
    window = window or (WINDOW_OF_ROWS if rows else WINDOW)
    profile = profile or (window if rows else max(window, 3600 // window * window))
    if profile % window:
        unit = " rows" if rows else "s"
        remedy = f"write a multiple of {window}{unit}, the window"
        top.wrong("drift_window", f"{profile}{unit}", remedy)
    return msgspec.structs.replace(log, window_seconds=window, profile_seconds=profile)


def log_of(f: Fields | None) -> LogMapping:
    """What the fields beneath `log:` say; the usual names where there are none."""
    usual = LogMapping()
    if f is None:
        return usual
    f.only(FIELDS)
    at, unit = _time(f)
    rates = dict(usual.rates)
    own = inside(f, "rates")
    if own is not None:
        rates |= {name: share_of_rows(own, name) for name in own.fields}
    mapping = LogMapping(
        at=at,
        unit=unit,
        version=f.optional("version") or usual.version,
        segment=f.optional("segment") or usual.segment,
        session=f.optional("session") or usual.session,
        request=f.optional("request") or usual.request,
        fallback=condition(f, "by_fallback") if "by_fallback" in f.fields else usual.fallback,
        rates=rates,
        numbers=words(f, "numbers") if "numbers" in f.fields else None,
        categories=words(f, "categories") if "categories" in f.fields else usual.categories,
        decisions=_decisions(f),
        labels=_labels(f),
        texts=_texts(inside(f, "texts")),
    )
    return msgspec.structs.replace(mapping, assumed=usual.assumed - _said(f, mapping, own))


def _time(f: Fields) -> tuple[str | None, TimeUnit]:
    node = f.fields.get("at")
    if node is None:
        return "at", TimeUnit.AUTO
    if not isinstance(node.value, dict):
        name = f.text("at")
        return (None if name == ROWS else name or "at"), TimeUnit.AUTO
    beneath = Fields(f.reading, f"{f.path}.at".lstrip("."), node.line, node.value)
    beneath.only(("column", "unit"))
    return beneath.text("column"), one_of(beneath, "unit", TimeUnit, TimeUnit.AUTO)


def _decisions(f: Fields) -> Decisions:
    groups = words(f, "groups")
    for name in sorted({name for name in groups if groups.count(name) > 1}):
        f.wrong("groups", f"{shown(name)} twice", "name each column of groups once")
    return Decisions(
        decided=_turnable(f, "decided"),
        truth=_turnable(f, "truth"),
        score=f.optional("score"),
        groups=tuple(dict.fromkeys(groups)),
        subject=f.optional("subject"),
    )


def _labels(f: Fields) -> Labels | None:
    beneath = inside(f, "labels")
    if beneath is None:
        return None
    beneath.only(("from", "key"))
    if "truth" not in f.fields:
        f.wrong("labels", "labels, and no truth that they tell", "write `truth: label == 1`")
    return Labels(place=beneath.text("from"), key=beneath.text("key"))


def _turnable(f: Fields, field: str) -> Condition | None:
    """A condition that can be turned round, for rates count those that are not so as well."""
    if field not in f.fields:
        return None
    found = condition(f, field)
    if math.prod(len(terms) for terms in found.either) > TURNED_MOST:
        f.wrong(field, "too many `and` within `or` to be turned round",
                "write `column in [...]`, or log a column of true and false")  # fmt: skip
        return None
    return found


def _texts(f: Fields | None) -> Texts:
    if f is None:
        return Texts()
    f.only(_TEXTS)
    patterns = words(f, "patterns")
    for pattern in patterns:
        _is_pattern(f, pattern)
    return Texts(
        question=f.optional("question"),
        answer=f.optional("answer"),
        context=f.optional("context"),
        patterns=patterns,
        triggers=words(f, "triggers"),
    )


def _is_pattern(f: Fields, pattern: str) -> None:
    """A mistake where RE2 would not read it: no engine that can hang is let near a log."""
    if _NOT_RE2.search(pattern):
        f.wrong("patterns", f"{shown(pattern)} looks around or back",
                "write it without (?=, (?!, (?< and \\1: RE2 knows none of them")  # fmt: skip
        return
    if _ONLY_RE2.search(pattern):
        return
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(pattern)
    except re.error as bad:
        f.wrong("patterns", f"{shown(pattern)}: {bad.msg}", "write a regular expression (RE2)")
    except (OverflowError, RecursionError):
        f.wrong("patterns", f"{shown(pattern)}: too large", "write a shorter one")


def _said(f: Fields, mapping: LogMapping, rates: Fields | None) -> set[str]:
    """The columns that somebody named, which therefore must be there."""
    named = {f.optional(field) or "" for field in (*NAMED, "score", "subject") if field in f.fields}
    for field in ("numbers", "categories", "groups"):
        named |= set(words(f, field)) if field in f.fields else set()
    texts = mapping.texts
    named |= {c for c in (texts.question, texts.answer, texts.context) if c is not None}
    shares = [mapping.rates[name] for name in (rates.fields if rates is not None else ())]
    asked = [mapping.decisions.decided, mapping.decisions.truth]
    asked += [mapping.fallback] if "by_fallback" in f.fields else []
    shares += [Share(counts=one) for one in asked if one is not None]
    return named | {column for one in shares for column in one.columns()}
