"""Reads a set of requests with what is expected of each, and judges an answer by it. Pure.

A set is JSON lines: `{"id": "a1", "request": "...", "expect": {"not_matches": "refund"}}`. Every
mistake of every line is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from tocsin.facts.replays import Expected, Item, Said
from tocsin.register.mistakes import Mistake, did_you_mean, shown

ITEMS_MAX = 100_000
SET_BYTES_MAX = 256 * 1024 * 1024
PATTERN_LETTERS_MAX = 500
JUDGED_LETTERS_MAX = 20_000
"""A pattern is looked for in so much of an answer, so that none can hold up the replay for long."""

FIELDS = ("id", "request", "expect")
_SERVES = re.compile(r"on|off|version:\S+")
_DOUBLED = re.compile(r"\([^()]*[+*][^()]*\)\s*[+*{]")
"""A repetition of a repetition: on some answers it is looked for without end."""


def read_set(data: bytes, file: str) -> tuple[list[Item], list[Mistake]]:
    """The requests of a set in their order, and everything that is wrong with it."""
    items, told, seen = list[Item](), list[Mistake](), dict[str, int]()
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        one, wrong = _item(line)
        if one is not None and one.id in seen:
            wrong.append(("id", f"{shown(one.id)} stands in line {seen[one.id]} too", "name it so"
                          " that no two are alike"))  # fmt: skip
        told += [
            Mistake(file=file, line=number, path=path, found=found, remedy=remedy)
            for path, found, remedy in wrong
        ]
        if one is not None:
            seen.setdefault(one.id, number)
            items.append(one)
    if not items and not told:
        told.append(Mistake(file=file, line=1, path="", found="no request", remedy=_EXAMPLE))
    if len(items) > ITEMS_MAX:
        found = f"{len(items):,} requests"
        remedy = f"at most {ITEMS_MAX:,} in one set; cut it"
        told.append(Mistake(file=file, line=ITEMS_MAX + 1, path="", found=found, remedy=remedy))
    return items, told


_Wrong = tuple[str, str, str]
_EXAMPLE = 'write lines like {"id": "a1", "request": "...", "expect": {"not_matches": "..."}}'


def _item(line: bytes) -> tuple[Item | None, list[_Wrong]]:
    try:
        said = msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        return None, [("", f"not a JSON object ({bad})", _EXAMPLE)]
    wrong: list[_Wrong] = [
        (name, "unknown", did_you_mean(name, FIELDS, f"there are: {', '.join(FIELDS)}"))
        for name in said
        if name not in FIELDS
    ]
    id_, request = said.get("id"), said.get("request")
    if not isinstance(id_, str) or not 1 <= len(id_) <= 200 or not id_.isprintable():
        wrong.append(("id", shown(id_), "a text of 1 to 200 letters on one line"))
    if not isinstance(request, str | dict) or not request:
        wrong.append(("request", shown(request), "what is asked: a text, or an object"))
    expected, more = _expected(said.get("expect"))
    wrong += more
    if wrong or expected is None or not isinstance(id_, str) or not isinstance(request, str | dict):
        return None, wrong
    return Item(id=id_, request=request, expected=expected), wrong


def _expected(said: object) -> tuple[Expected | None, list[_Wrong]]:
    names = Expected.__struct_fields__
    if not isinstance(said, dict) or not said:
        return None, [("expect", shown(said), f"say what is expected: {', '.join(names)}")]
    unknown = [name for name in said if name not in names]
    if unknown:
        return None, [
            (f"expect.{name}", "unknown", did_you_mean(name, names, f"use {', '.join(names)}"))
            for name in unknown
        ]
    try:
        expected = msgspec.convert(said, type=Expected)
    except msgspec.ValidationError as bad:
        return None, [("expect", str(bad), "equals, matches, not_matches and serves are texts")]
    if not expected.says_something:
        return None, [("expect", "nothing is expected", f"use one of {', '.join(names)}")]
    return expected, list(_pattern_mistakes(expected))


def _pattern_mistakes(expected: Expected) -> Iterator[_Wrong]:
    for name in ("matches", "not_matches"):
        pattern = getattr(expected, name)
        if pattern is None:
            continue
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as bad:
            yield f"expect.{name}", shown(pattern), f"not a regular expression: {bad}"
            continue
        if len(pattern) > PATTERN_LETTERS_MAX or _DOUBLED.search(pattern):
            remedy = f"at most {PATTERN_LETTERS_MAX} letters, no repetition of a repetition"
            yield f"expect.{name}", shown(pattern), remedy
    if expected.serves is not None and not _SERVES.fullmatch(expected.serves):
        yield "expect.serves", shown(expected.serves), '"on", "off" or "version:N"'


def held(expected: Expected, said: Said) -> tuple[bool | None, str]:
    """Whether an answer is as expected, and why not; None where it cannot be judged."""
    if said.why:
        return None, said.why
    if expected.rejects is not None and said.rejected is not expected.rejects:
        return False, "it was answered" if expected.rejects else "it was refused"
    if expected.serves is not None:
        if said.serves is None and not said.rejected:
            return None, "the answer does not say who serves"
        if not _is_served(expected.serves, said.serves):
            return False, f"{said.serves or 'nobody'} served"
    wanted = (expected.equals, expected.matches, expected.not_matches)
    if all(one is None for one in wanted):
        return True, ""
    if said.text is None:
        if said.rejected and expected.equals is None and expected.matches is None:
            return True, ""  # nothing was said, so not that either
        return (False, "it was refused") if said.rejected else (None, "no answer to judge")
    return _worded(expected, said.text)


def _worded(expected: Expected, text: str) -> tuple[bool, str]:
    part = text[:JUDGED_LETTERS_MAX]
    if expected.equals is not None and text != expected.equals:
        return False, "it says something else"
    if expected.matches is not None and not re.search(expected.matches, part):
        return False, f"{shown(expected.matches)} is not in it"
    if expected.not_matches is not None and re.search(expected.not_matches, part):
        return False, f"{shown(expected.not_matches)} is in it"
    return True, ""


def _is_served(wanted: str, seen: str | None) -> bool:
    if wanted == "on":
        return seen is not None and seen != "off"
    return seen == wanted


def told_lines(mistakes: Sequence[Mistake], most: int = 50) -> str:
    """The mistakes for a person, each on a line."""
    more = len(mistakes) - most
    lines = [str(one) for one in mistakes[:most]]
    return "\n".join([*lines, *([f"... and {more} more"] if more > 0 else [])])
