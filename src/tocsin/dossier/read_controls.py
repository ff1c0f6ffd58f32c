"""Frameworks and pieces of evidence from TOML texts, or every mistake in them at once. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from tocsin.dossier.controls import Control, Framework, Piece
from tocsin.facts.union import KINDS
from tocsin.playbook.steps import Purpose
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.register.table import Source, Table

EVIDENCE = "evidence.toml"
"""The name of files that define pieces; every other file holds a framework."""

STEP_KINDS = (
    "act", "ask", "approve", "wait", "look", "gate", "call", "decide", "seal", "page", "tell",
    "parallel", "end",
)  # fmt: skip
STEPS = (*STEP_KINDS, *(one.value for one in Purpose))
DECLARED = (
    "systems", "versions", "people", "roles", "detectors", "plans", "switches", "fallbacks",
    "vendor-clauses", "drills",
)  # fmt: skip
GRADES = ("P", "S", "M", "?")


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All frameworks, and the pieces that they name."""

    frameworks: tuple[Framework, ...]
    pieces: Mapping[str, Piece]


def read_controls(
    files: Iterable[tuple[str, str]],
) -> tuple[Catalogue | None, tuple[Mistake, ...]]:
    """The catalogue in these files, or None and all mistakes.

    A framework may stand in several files: those after the first add controls, or further evidence
    to a control that is known.

    Args:
        files: name and text of each, in the order in which they are laid over one another.
    """
    sources = [_Placed(name, text) for name, text in files]
    pieces: dict[str, Piece] = {}
    for placed in sources:
        if placed.name == EVIDENCE:
            _pieces(placed, pieces)
    frameworks: dict[str, Framework] = {}
    for placed in sources:
        if placed.name != EVIDENCE:
            _framework(placed, pieces, frameworks)
    told = tuple(mistake for placed in sources for mistake in placed.source.told)
    if any(not mistake.advice for mistake in told):
        return None, told
    return Catalogue(frameworks=tuple(frameworks.values()), pieces=pieces), told


class _Placed:
    """A file with its mistakes; one that is no TOML is empty."""

    def __init__(self, shown: str, text: str) -> None:
        self.name = shown.rsplit("/", 1)[-1]
        self.source = Source(shown, text)
        try:
            values: Mapping[str, object] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as bad:
            self.source = Source(shown, "")
            self.source.tell((), str(bad), "write TOML; see the files that travel with Tocsin")
            values = {}
            self.name = EVIDENCE  # says nothing more: its framework cannot be judged
        self.table = Table(self.source, (), values)


def _pieces(placed: _Placed, pieces: dict[str, Piece]) -> None:
    for id, table in placed.table.named_tables():
        says = table.needed_text("says", "say in one sentence what is shown")
        step = table.needed_text("next", "name the first step of whoever lacks it")
        piece = Piece(
            id=id, says=says or "", next=step or "",
            facts=_known(table, "facts", tuple(KINDS)),
            steps=_known(table, "steps", STEPS),
            declared=_known(table, "declared", DECLARED),
        )  # fmt: skip
        table.done()
        if id in pieces:
            placed.source.tell((id,), f"the piece {id} a second time", "give it another name")
        if not (piece.facts or piece.steps or piece.declared):
            placed.source.tell((id,), "nothing that would show it", "name facts, steps or declared")
        pieces.setdefault(id, piece)


def _known(table: Table, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    found = table.texts(name)
    for place, one in enumerate(found):
        if one not in known:
            remedy = did_you_mean(one, known, f"known: {', '.join(known)}")
            path = (*table.path, name, place)
            table.source.tell(path, f"{one!r}, which is not known", remedy)
    return found


def _framework(
    placed: _Placed, pieces: Mapping[str, Piece], frameworks: dict[str, Framework]
) -> None:
    table = placed.table
    id = table.needed_text("framework", 'name the framework: framework = "nist-ai-rmf"') or ""
    known = frameworks.get(id)
    grade = table.text("grade", _grade_wrong) or "?"
    head = _head(table, id, grade, adds=known is not None)
    controls = dict[str, Control]()
    for one in table.tables("control"):
        control = _control(one, pieces, grade)
        if control.id in controls:
            one.tell("id", f"{control.id!r} a second time", "each control stands once in a file")
        controls.setdefault(control.id, control)
    table.done()
    if known is None:
        if head is not None:
            made = msgspec.structs.replace(head, controls=tuple(controls.values()))
            frameworks[id] = made
        return
    joined = {one.id: _joined(one, controls.pop(one.id, None)) for one in known.controls}
    every = (*joined.values(), *controls.values())
    frameworks[id] = msgspec.structs.replace(known, controls=every)


def _joined(control: Control, more: Control | None) -> Control:
    """A control with what another file adds to it; its own words and grade stay."""
    if more is None:
        return control
    added = tuple(one for one in more.evidence if one not in control.evidence)
    return msgspec.structs.replace(
        control, evidence=control.evidence + added, beyond=control.beyond or more.beyond
    )


def _head(table: Table, id: str, grade: str, *, adds: bool) -> Framework | None:
    notes = table.texts("notes")
    dates = [table.day(name) for name in ("compared_on", "from", "until")]
    if adds:
        for name in ("title", "version", "source"):
            table.text(name)
        return None
    title = table.needed_text("title", "name the framework as people call it")
    version = table.needed_text("version", "say which version was compared")
    source = table.needed_text("source", "say where it is published")
    if not table.has("compared_on"):
        table.tell("compared_on", "no day", "write the day on which it was compared: 2026-11-23")
    return Framework(
        id=id, title=title or "", version=version or "", source=source or "", controls=(),
        compared_on=dates[0] or date.min, from_=dates[1], until=dates[2], notes=notes,
    )  # fmt: skip


def _control(table: Table, pieces: Mapping[str, Piece], grade: str) -> Control:
    id = table.needed_text("id", "write the id that the framework gives it")
    says = table.needed_text("says", "say in one sentence of your own what it asks")
    control = Control(
        id=id or "",
        says=says or "",
        grade=table.text("grade", _grade_wrong) or grade,
        evidence=_known(table, "evidence", tuple(pieces)),
        beyond=table.text("beyond") or "",
    )
    table.done()
    if not control.evidence and not control.beyond:
        table.tell("evidence", "nothing", "name pieces of evidence, or say in `beyond` what else")
    return control


def _grade_wrong(value: str) -> str | None:
    return None if value in GRADES else f"one of: {', '.join(GRADES)}"
