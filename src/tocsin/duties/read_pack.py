"""Reads what all articles of a pack share: its version, the facts, places, ways of counting,
closures and contentions. Each stands once, in the pack or in what is laid over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import TypeVar

from tocsin.duties.calendars import calendar_wrong
from tocsin.duties.law import Closure, Named, PlaceOf, Reading
from tocsin.duties.read_sheet import SHARED, Sheet
from tocsin.register.formats import time_zone_wrong
from tocsin.register.legal_keys import Dictionary, KeyType, LegalKey
from tocsin.register.lines import Path
from tocsin.register.mistakes import Mistake, did_you_mean
from tocsin.register.table import Source, Table

WITH_CHOICES = (KeyType.CHOICE, KeyType.CHOICES, KeyType.HARMS, KeyType.AWARENESS)
PLACES_KEY = "jurisdictions"
STAGES_KEY = "submitted."
_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_-]+)*(\.\*)?")
_CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_Entry = TypeVar("_Entry")
_CODE = re.compile(r"[A-Z]{1,3}[0-9]{1,3}")


class Pack:
    """What all articles share, and what can be looked up in it."""

    def __init__(self, sheets: Sequence[Sheet], field_sets: frozenset[str] | None) -> None:
        self.version = ""
        self.keys: dict[str, LegalKey] = {}
        self.places: dict[str, PlaceOf] = {}
        self.contentions: dict[str, str] = {}
        self.closures: list[Closure] = []
        self.counting: dict[str, tuple[Reading, ...]] = {}
        self.defined: dict[str, Table] = {}
        self.conditions: dict[str, Named] = {}
        self.being_read: list[str] = []
        self.referred: set[str] = set()
        self.field_sets = field_sets
        self.stages = frozenset(_stages(sheets))
        self.told: tuple[Mistake, ...] = ()
        self.dictionary = Dictionary(keys=self.keys)

    def spelt(self, name: str) -> str:
        """The key that this spelling means, as the dictionary writes it."""
        found = self.dictionary.find(name)
        return name if found is None or found.key.endswith(".*") else found.key

    def key(self, name: str, source: Source, path: Path) -> LegalKey | None:
        """The entry of a legal fact; told where the dictionary has none."""
        found = self.dictionary.find(name)
        stage = name.removeprefix(STAGES_KEY)
        if found is not None and (stage == name or stage in self.stages):
            return found
        known = [*self.keys, *(f"{STAGES_KEY}{one}" for one in sorted(self.stages))]
        if found is None:
            also = [spelling for key in self.keys.values() for spelling in key.spelt_also]
            remedy = did_you_mean(name, [*known, *also], "add it to facts.toml, with its question")
            source.tell(path, f'the fact "{name}", which facts.toml does not know', remedy)
        else:
            remedy = did_you_mean(name, known, "the stage of a rule is meant; no rule has it")
            source.tell(path, f'the fact "{name}"', remedy)
        return None

    def choices(self, key: LegalKey) -> Sequence[str]:
        """What a fact may be; of jurisdictions, the places and their groups."""
        if key.key == PLACES_KEY and not key.choices:
            return self.jurisdictions
        return tuple(key.choices)

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """All places and groups of them."""
        groups = {group for place in self.places.values() for group in place.groups}
        return (*self.places, *sorted(groups - self.places.keys()))


def pack_read(sheets: Sequence[Sheet], field_sets: frozenset[str] | None) -> Pack:
    """What the shared files of a pack say; each mistake in them is told."""
    pack = Pack(sheets, field_sets)
    shared = {name: [one for one in sheets if one.path == name] for name in SHARED}
    missing = [name for name in SHARED[:2] if not shared[name]]
    pack.told = tuple(
        Mistake(
            file=f"{name}.toml", line=1, path="", found="no such file",
            remedy="a law pack has a pack.toml (its version) and a facts.toml (the dictionary)",
        )
        for name in missing
    )  # fmt: skip
    for sheet in shared["pack"]:
        _pack(sheet, pack)
    for sheet in shared["facts"]:
        _facts(sheet, pack)
    for sheet in shared["places"]:
        _places(sheet, pack)
    for sheet in shared["closures"]:
        _closures(sheet, pack)
    return pack


def _stages(sheets: Iterable[Sheet]) -> Iterator[str]:
    for sheet in sheets:
        rules = sheet.values.get("rule")
        for rule in rules if isinstance(rules, list) else ():
            stage = rule.get("stage") if isinstance(rule, dict) else None
            if isinstance(stage, str):
                yield stage


def _pack(sheet: Sheet, pack: Pack) -> None:
    top = sheet.table
    if not sheet.own:
        pack.version = top.needed_text("version", "number the pack, as by its day") or ""
    elif top.has("version"):
        top.tell("version", "a version", "only the pack below has one; leave it out")
        top.value("version")
    inner = top.table("contentions")
    for code in inner.names if inner is not None else ():
        assert inner is not None
        if not _CODE.fullmatch(code):
            inner.tell(code, f'the code "{code}"', 'a contention has a code such as "C15"')
        says = inner.prose(code)
        put(pack.contentions, code, says or "", inner)
    top.done()


def _facts(sheet: Sheet, pack: Pack) -> None:
    for name, table in _keys(sheet.table, ""):
        entry = _key(name, table)
        table.done()
        if not _KEY.fullmatch(name):
            remedy = 'write small letters, digits and _; parts with dots: "system.route"'
            table.source.tell(table.path, f'the key "{name}"', remedy)
        put(pack.keys, name, entry, table)
    spelt: dict[str, str] = {}
    for entry in pack.keys.values():
        for also in entry.spelt_also:
            other = entry.key if also in pack.keys else spelt.setdefault(also, entry.key)
            if also in pack.keys or other != entry.key:
                sheet.source.tell(
                    (entry.key, "spelt_also"), f'"{also}"', f'it is read as "{other}" already'
                )


def _keys(table: Table, before: str) -> Iterator[tuple[str, Table]]:
    """Each entry; `[system.route]` without quotes is an entry as well."""
    for name, inner in table.named_tables():
        names = inner.names
        deeper = names and not {"type", "question"} & set(names)
        if deeper and all(isinstance(inner.value(one), dict) for one in names):
            yield from _keys(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}", inner


def _key(name: str, table: Table) -> LegalKey:
    if not table.has("type"):
        kinds = ", ".join(one.value for one in KeyType)
        table.source.tell(table.path, 'no "type"', f"write one of: {kinds}")
    type_ = table.one_of("type", KeyType)
    question = table.prose("question")
    if not table.has("question"):
        table.source.tell(table.path, 'no "question"', "write what to ask a person")
    choices = _choices(table)
    if type_ is not None and choices and type_ not in WITH_CHOICES:
        table.tell("choices", "choices", f"a fact of type {type_.value} has none")
    if type_ in (KeyType.CHOICE, KeyType.HARMS) and not choices:
        table.source.tell(table.path, "no choices", f"write [{name}.choices], each with what it is")
    return LegalKey(
        key=name,
        type=type_ or KeyType.TEXT,
        question=question or "",
        answered_by=table.needed_text("answered_by", 'such as "became-aware" or "register"') or "",
        choices=choices,
        set_once=table.flag("set_once") or False,
        spelt_also=table.texts("spelt_also"),
        same_as=_same_as(table, choices),
        counts_as=_counts_as(table, choices),
    )


def _choices(table: Table) -> dict[str, str]:
    inner = table.table("choices")
    found: dict[str, str] = {}
    for name in inner.names if inner is not None else ():
        assert inner is not None
        says = inner.prose(name)
        if not _CHOICE.fullmatch(name):
            inner.tell(name, f'the choice "{name}"', "write letters, digits, - and _")
        found[name] = says or ""
    return found


def _same_as(table: Table, choices: Mapping[str, str]) -> dict[str, str]:
    """Other words for choices; each means one choice, and is none itself."""
    inner = table.table("same_as")
    found: dict[str, str] = {}
    for name in inner.names if inner is not None else ():
        assert inner is not None
        means = inner.text(name) or ""
        if name in choices:
            inner.tell(name, f'"{name}", which is a choice itself', "remove one of the two")
        if means not in choices:
            remedy = did_you_mean(means, choices, f"choices: {', '.join(choices) or 'none'}")
            inner.tell(name, f'"{means}", which is no choice', remedy)
        found[name] = means
    return found


def _counts_as(table: Table, choices: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Choices that are of a wider kind, too; each of them and each kind is a choice."""
    inner = table.table("counts_as")
    found: dict[str, tuple[str, ...]] = {}
    for name in inner.names if inner is not None else ():
        assert inner is not None
        found[name] = inner.texts(name)
        for word in (name, *found[name]):
            if word not in choices:
                remedy = did_you_mean(word, choices, f"choices: {', '.join(choices) or 'none'}")
                inner.tell(name, f'"{word}", which is no choice', remedy)
    return found


def _places(sheet: Sheet, pack: Pack) -> None:
    for name, table in sheet.table.named_tables():
        if not _PLACE.fullmatch(name):
            remedy = 'write a code such as "DE" (ISO 3166-1) or "US-CA" (ISO 3166-2)'
            table.source.tell(table.path, f'the place "{name}"', remedy)
        place = PlaceOf(
            zone=table.needed_text("zone", "an IANA name", time_zone_wrong) or "",
            calendar=table.needed_text("calendar", 'such as "DE-BE"', calendar_wrong) or "",
            groups=table.texts("groups"),
        )
        table.done()
        put(pack.places, name, place, table)


def _closures(sheet: Sheet, pack: Pack) -> None:
    top = sheet.table
    for table in top.tables("closure"):
        calendar = table.needed_text("calendar", 'such as "US"', calendar_wrong)
        day, works = table.day("day"), table.flag("works")
        because = table.needed_text("because", "say who closed or opened it")
        for needed in ("day", "works"):
            if not table.has(needed):
                table.source.tell(table.path, f'no "{needed}"', "a closure has its day, and works")
        table.done()
        if calendar is not None and day is not None and works is not None:
            said = Closure(calendar=calendar, day=day, works=works, because=because or "")
            _agrees(said, pack.closures, table)
            pack.closures.append(said)
    top.done()


def _agrees(said: Closure, before: Iterable[Closure], table: Table) -> None:
    """Tell a closure of which another one says the opposite."""
    for other in before:
        if (other.calendar, other.day) == (said.calendar, said.day) and other.works != said.works:
            was = "works" if other.works else "does not work"
            found = f"{said.calendar} on {said.day}, which {was} by another closure"
            table.tell("works", found, f'only one can be true; that one is there "{other.because}"')
            return


def put(among: MutableMapping[str, _Entry], name: str, entry: _Entry, table: Table) -> None:
    """Add an entry; one that stands already, in this pack or below it, is told."""
    if name in among:
        remedy = "it stands in the pack already; write it once, under another name if it differs"
        table.source.tell(table.path, f'"{name}" a second time', remedy)
    among[name] = entry
