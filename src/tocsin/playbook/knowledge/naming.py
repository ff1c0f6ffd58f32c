"""Whether the ids that plans and detectors name are in a release, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

import msgspec

from tocsin.playbook.knowledge.atlas import Atlas
from tocsin.register.mistakes import Mistake, nearest, shown

_LOOSE = re.compile(r"(?:(?:AML|ATLAS)[.\s-]*)?(TA|T|M|CS)\s*([0-9]{1,4})(?:\.([0-9]{1,3}))?")


SUCCESSORS = {
    "AML.T0019": "AML.T0115.000",
    "AML.T0058": "AML.T0115.001",
    "AML.T0104": "AML.T0115.002",
}
"""Ids that were retired in release 2026.07, and what took their place; a release says neither."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A technique that a file names, and where."""

    technique: str
    file: str
    line: int
    path: str


def not_in_release(named: Iterable[Named], atlas: Atlas) -> list[Mistake]:
    """Every name that this release does not have, and, as advice, those it has under another."""
    told = []
    for one in named:
        known = atlas.techniques.get(one.technique)
        others = present(one.technique, atlas)
        if known is None and others:
            found = f"{one.technique} has another id in ATLAS {atlas.version}"
            told.append(_mistake(one, found, f"there it is {', '.join(others)}", advice=True))
        elif known is None:
            found = f"ATLAS {atlas.version} has no technique {shown(one.technique)}"
            told.append(_mistake(one, found, _remedy(one.technique, atlas)))
        elif known.deprecated:
            found = f"{one.technique} ({known.name}) is deprecated in ATLAS {atlas.version}"
            told.append(_mistake(one, found, "name what took its place", advice=True))
    return sorted(told)


def present(id: str, atlas: Atlas) -> tuple[str, ...]:
    """The ids under which this release has a technique: its own, or what it was or became."""
    if id in atlas.techniques:
        return (id,)
    after = SUCCESSORS.get(id)
    before = [old for old, new in SUCCESSORS.items() if id in (new, new.rpartition(".")[0])]
    return tuple(one for one in (after, *before) if one is not None and one in atlas.techniques)


def probably_meant(id: str, known: Container[str]) -> str | None:
    """The known id that this one misspells: loosely written, or with two digits exchanged."""
    loose = _LOOSE.fullmatch(id.strip().upper())
    if loose is None:
        return None
    kind, number, case = loose[1], loose[2].zfill(4), loose[3]
    end = f".{case.zfill(3)}" if case is not None else ""
    written = f"AML.{kind}{number}{end}"
    if written in known:
        return written
    exchanged = {
        f"AML.{kind}{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}{end}"
        for at in range(3)
    }
    there = sorted(one for one in exchanged if one in known)
    return there[0] if len(there) == 1 else None


def _remedy(id: str, atlas: Atlas) -> str:
    meant = probably_meant(id, atlas.techniques)
    if meant is None:
        by_name = {one.name: one.id for one in atlas.techniques.values()}
        close = nearest(id, by_name) if "." not in id else None
        meant = by_name[close] if close is not None else None
    if meant is not None:
        return f'did you mean "{meant}" ({atlas.named(meant)})?'
    above = id.strip().upper().rpartition(".")[0]
    if above in atlas.techniques:
        cases = sorted(t.id for t in atlas.techniques.values() if t.parent == above)
        return f"{above} ({atlas.named(above)}) has {', '.join(cases) or 'no cases'}"
    return "look it up there; another release may have it, or have put another in its place"


def _mistake(one: Named, found: str, remedy: str, *, advice: bool = False) -> Mistake:
    return Mistake(
        file=one.file, line=one.line, path=one.path, found=found, remedy=remedy, advice=advice
    )
