"""Reads field sets from the TOML texts of a law pack: every mistake at once. Pure.

A set with a mistake, or that includes one, is no set: no notice is drafted from half a form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import date

import msgspec

from tocsin.duties.fields import (
    FACT_PREFIX,
    FIELD_PREFIX,
    Field,
    FieldSet,
    FieldSets,
    From,
    Needed,
    Settled,
    Settler,
    Shape,
    Source,
)
from tocsin.duties.law import Grade
from tocsin.register.mistakes import Mistake, did_you_mean, mistakes_only, shown
from tocsin.register.read import toml_parsed
from tocsin.register.table import Table

FOLDER = "fields/"
ENDING = ".toml"
_CHOOSING = (Shape.CHOICE, Shape.CHOICES)
_YES_NO = ("yes", "no")


class _Read(msgspec.Struct, kw_only=True):
    """One file: what it says of itself, before what it includes is put in front."""

    set: FieldSet
    table: Table
    good: bool


def read_fields(
    files: Mapping[str, str],
    keys: Collection[str] | None = None,
    own: Collection[str] = (),
) -> tuple[FieldSets, tuple[Mistake, ...]]:
    """The field sets among these files of a pack, and all that is wrong in them.

    Args:
        files: texts by their path in the pack; only those of `fields/` are read.
        keys: the keys of legal facts that there are; None does not ask.
        own: which of the files are the organisation's; their mistakes say "(own)".
    """
    read = {
        id: _read_set(id, f"(own) {name}" if name in own else name, files[name], keys)
        for name in sorted(files)
        if (id := _id_of(name)) is not None
    }
    found = {id: _whole(id, read, ()) for id in read}
    told = tuple(sorted(one for each in read.values() for one in each.table.source.told))
    by_id = {id: one for id, one in found.items() if one is not None}
    return FieldSets(by_id=by_id), told


def _id_of(name: str) -> str | None:
    if not name.startswith(FOLDER) or not name.endswith(ENDING):
        return None
    return name.removeprefix(FOLDER).removesuffix(ENDING)


def _read_set(id: str, name: str, text: str, keys: Collection[str] | None) -> _Read:
    source, values = toml_parsed(name, text.encode("utf-8", "surrogatepass"))
    top = Table(source, (), values)
    if source.told:  # it cannot be read at all, or is empty
        source.told[:] = [msgspec.structs.replace(one, advice=False) for one in source.told]
        return _Read(set=_set(id, top, Grade.DOUBTFUL, (), text), table=top, good=False)
    grade = top.one_of("grade", Grade)
    if not top.has("grade"):
        source.tell((), 'no "grade"', 'how well was the source read? "P", "S", "M" or "?"')
    fields: list[Field] = []
    for section in top.tables("section"):
        fields += _section(section, id, grade or Grade.DOUBTFUL, keys)
    if not fields and not source.told:
        source.tell((), "no fields", "write [[section]] and, in it, [[section.field]]")
    found = _set(id, top, grade or Grade.DOUBTFUL, tuple(fields), text)
    top.done()
    return _Read(set=found, table=top, good=not mistakes_only(source.told))


def _set(id: str, top: Table, grade: Grade, fields: tuple[Field, ...], text: str) -> FieldSet:
    broken = bool(top.source.told) and not fields
    asked = {} if broken else {
        "title": "name the notice as counsel would",
        "instrument": "name the act and the article",
        "version": "which version of the text was compared?",
    }  # fmt: skip
    said = {name: top.needed_text(name, remedy) or "" for name, remedy in asked.items()}
    compared = top.day("compared_on")
    if compared is None and not broken and not top.has("compared_on"):
        remedy = "on which day did a person compare it with its source?"
        top.source.tell((), 'no "compared_on"', remedy)
    return FieldSet(
        id=id,
        title=said.get("title", ""),
        instrument=said.get("instrument", ""),
        version=said.get("version", ""),
        compared_on=compared or date.min,
        grade=grade,
        sources=top.texts("sources"),
        notes=top.texts("notes"),
        includes=top.texts("includes"),
        fields=fields,
        digest=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _section(table: Table, of: str, grade: Grade, keys: Collection[str] | None) -> list[Field]:
    title = table.needed_text("title", "name the section") or ""
    found = [_field(one, title, of, grade, keys) for one in table.tables("field")]
    table.done()
    return found


def _field(
    table: Table, section: str, of: str, grade: Grade, keys: Collection[str] | None
) -> Field:
    id = table.needed_text("id", "give it an id that is its own in this set") or ""
    shape = table.one_of("shape", Shape)
    needed = table.one_of("needed", Needed)
    for name, choices in (("shape", Shape), ("needed", Needed)):
        if not table.has(name):
            listed = ", ".join(str(one.value) for one in choices)
            table.source.tell(table.path, f'no "{name}"', f"one of: {listed}")
    field = Field(
        id=id,
        of=of,
        number=table.text("number") or (id if id[:1].isdigit() else ""),
        section=section,
        label=table.needed_text("label", "say in your own words what it is") or "",
        give=table.needed_text("give", "say in plain words what to write") or "",
        needed=needed or Needed.YES,
        needed_if=table.text("needed_if") or "",
        from_=_places(table, keys),
        shape=shape or Shape.TEXT,
        choices=table.texts("choices"),
        grade=table.one_of("grade", Grade) or grade,
        settled_by=_settled(table, keys),
    )
    if field.settled_by and needed is not Needed.IF:
        table.tell("settled_by", "on a field without needed_if", 'it goes with needed = "if"')
    if (needed is Needed.IF) != bool(field.needed_if) and needed is not None:
        remedy = 'needed = "if" goes with needed_if = "in which circumstances"'
        table.tell("needed", shown(needed.value), remedy)
    if (shape in _CHOOSING) != bool(field.choices) and shape is not None:
        remedy = 'shape = "choice" or "choices" goes with choices = ["...", "..."]'
        table.tell("shape", shown(shape.value), remedy)
    table.done()
    return field


def _places(table: Table, keys: Collection[str] | None) -> tuple[From, ...]:
    texts = table.texts("from")
    if not table.has("from"):
        table.source.tell(table.path, 'no "from"', 'where does it come from? at least ["person"]')
    elif not texts:
        table.tell("from", "an empty list", 'where does it come from? at least ["person"]')
    found: list[From] = []
    for place, text in enumerate(texts):
        one = _place(text, keys)
        if isinstance(one, str):
            table.source.tell((*table.path, "from", place), shown(text), one)
        else:
            found.append(one)
    return tuple(found)


def _settled(table: Table, keys: Collection[str] | None) -> tuple[Settled, ...]:
    found: list[Settled] = []
    for place, text in enumerate(table.texts("settled_by")):
        one = _settler(text, keys)
        if isinstance(one, str):
            table.source.tell((*table.path, "settled_by", place), shown(text), one)
        else:
            found.append(one)
    return tuple(found)


def _settler(text: str, keys: Collection[str] | None) -> Settled | str:
    """What settles it, or what would be right."""
    if text == Settler.LATE.value:
        return Settled(settler=Settler.LATE)
    if text.startswith(FACT_PREFIX):
        place = _place(text, keys)
        return place if isinstance(place, str) else Settled(settler=Settler.FACT, key=place.key)
    key, equals, value = text.removeprefix(FIELD_PREFIX).partition("=")
    if not text.startswith(FIELD_PREFIX) or not equals:
        return f"{Settler.LATE.value}, {FACT_PREFIX}KEY, or {FIELD_PREFIX}ID=CHOICE"
    return Settled(settler=Settler.FIELD, key=key, value=value)


def _place(text: str, keys: Collection[str] | None) -> From | str:
    """A place of the record, or what would be right."""
    if text.startswith(FACT_PREFIX):
        key = text.removeprefix(FACT_PREFIX)
        if keys is not None and key not in keys:
            return did_you_mean(key, keys, "name a key of facts.toml")
        return From(source=Source.FACT, key=key)
    names = [one.value for one in Source if one is not Source.FACT]
    if text not in names:
        return did_you_mean(text, names, f"fact:KEY, or one of: {', '.join(names)}")
    return From(source=Source(text))


def _whole(id: str, read: Mapping[str, _Read], within: tuple[str, ...]) -> FieldSet | None:
    """The set with what it includes put in front; None where any of it has a mistake."""
    one = read[id]
    parts: list[FieldSet] = []
    good = one.good
    for place, other in enumerate(one.set.includes):
        path = ("includes", place)
        if other not in read:
            remedy = did_you_mean(other, read, f"there is no fields/{other}{ENDING}")
            good = _told(one, path, other, remedy)
        elif other in (*within, id):
            good = _told(one, path, other, "a set cannot include itself, by whatever way")
        else:
            part = _whole(other, read, (*within, id))
            if part is None:
                good = False
            else:
                parts.append(part)
    before = [field for part in parts for field in part.fields]
    good = _each_once(one, before) and good
    good = _settlers_there(one, [*before, *one.set.fields]) and good
    if not good:
        return None
    digests = [part.digest for part in parts]
    digest = hashlib.sha256("\n".join((*digests, one.set.digest)).encode()).hexdigest()
    return msgspec.structs.replace(
        one.set,
        fields=(*before, *one.set.fields),
        digest=digest if parts else one.set.digest,
    )


def _settlers_there(one: _Read, fields: list[Field]) -> bool:
    """Whether each field that settles another is there, and has such a choice."""
    choices = {field.id: field.choices or _YES_NO for field in fields
               if field.choices or field.shape is Shape.YES_NO}  # fmt: skip
    good = True
    for by in (by for field in one.set.fields for by in field.settled_by):
        there = choices.get(by.key, ())
        if by.settler is Settler.FIELD and by.value not in there:
            remedy = did_you_mean(by.value, there, f'no field "{by.key}" has such a choice')
            good = _told(one, ("section",), f"{FIELD_PREFIX}{by.key}={by.value}", remedy)
    return good


def _told(one: _Read, path: tuple[str | int, ...], found: str, remedy: str) -> bool:
    mistake = one.table.source.mistake(path, shown(found), remedy)
    if mistake not in one.table.source.told:
        one.table.source.told.append(mistake)
    return False


def _each_once(one: _Read, before: list[Field]) -> bool:
    seen = {field.id for field in before}
    good = True
    for field in one.set.fields:
        if field.id in seen:
            found = f'a second field with id "{field.id}"'
            good = _told(one, ("section",), found, "each id stands once in a set, and in what it "
                         "includes")  # fmt: skip
        seen.add(field.id)
    return good
