"""A file of facts, vectors or whole incidents, in JSON or TOML: its cases, and every mistake in it
with its line. What is only advice is told as well, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from tocsin.cli.frame.plain_files import plain_bytes
from tocsin.duties.law import Law
from tocsin.duties.worked import Worked, worked_of
from tocsin.playbook.cacao.json_tree import FILE_BYTES_MAX, Json, read_json
from tocsin.register.lines import line_of, lines_of
from tocsin.register.mistakes import Mistake
from tocsin.register.read import toml_parsed

WHAT = "a file of legal facts, vectors or cases, in JSON or TOML"
PathIn = tuple[str | int, ...]


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds.

    Args:
        document: as it stands in the file.
        several: whether it holds a list of cases, and not a single one.
    """

    name: str
    document: Mapping[str, object]
    cases: tuple[Worked, ...]
    told: tuple[Mistake, ...]

    @property
    def several(self) -> bool:
        return any(name in self.document for name in ("cases", "case", "vectors", "vector"))


def case_file(path: Path, law: Law) -> CaseFile:
    """The cases of a file.

    Raises:
        Refused: it is no plain file.
    """
    data = plain_bytes(path, WHAT, FILE_BYTES_MAX)
    read = _toml if path.suffix.lower() == ".toml" else _json
    document, lines, told = read(str(path), data)
    if told:
        return CaseFile(name=str(path), document={}, cases=(), told=told)
    cases, mistakes = worked_of(document, law)
    placed = tuple(_placed(one, str(path), document, lines) for one in mistakes)
    return CaseFile(name=str(path), document=document, cases=cases, told=tuple(sorted(placed)))


def _toml(
    name: str, data: bytes
) -> tuple[Mapping[str, object], Mapping[PathIn, int], tuple[Mistake, ...]]:
    source, values = toml_parsed(name, data)
    told = tuple(msgspec.structs.replace(one, advice=False) for one in source.told)
    return values, lines_of(data.decode("utf-8-sig")) if not told else {}, told


def _json(
    name: str, data: bytes
) -> tuple[Mapping[str, object], Mapping[PathIn, int], tuple[Mistake, ...]]:
    tree, notes, told = read_json(data, name)
    told += [
        Mistake(file=name, line=note.line, path=note.path.removeprefix("$."), found=note.found,
                remedy=note.remedy)
        for note in notes
    ]  # fmt: skip
    value = _plain(tree) if tree is not None else None
    if tree is not None and not isinstance(value, dict):
        remedy = 'write an object, such as {"facts": {...}}'
        told.append(Mistake(file=name, line=1, path="", found="no object", remedy=remedy))
    if tree is None or not isinstance(value, dict) or told:
        return {}, {}, tuple(told)
    return value, dict(_lines(tree, ())), ()


def _plain(node: Json) -> object:
    if isinstance(node.value, dict):
        return {name: _plain(inner) for name, inner in node.value.items()}
    if isinstance(node.value, tuple):
        return [_plain(inner) for inner in node.value]
    return node.value


def _lines(node: Json, path: PathIn) -> Iterator[tuple[PathIn, int]]:
    yield path, node.line
    if isinstance(node.value, dict):
        for name, inner in node.value.items():
            yield from _lines(inner, (*path, name))
    elif isinstance(node.value, tuple):
        for number, inner in enumerate(node.value):
            yield from _lines(inner, (*path, number))


def _placed(mistake: Mistake, file: str, document: object, lines: Mapping[PathIn, int]) -> Mistake:
    """The mistake with its file and line; a dot may part names, or stand in one."""
    path = _walked(mistake.path, document)
    return msgspec.structs.replace(mistake, file=file, line=line_of(lines, path))


def _walked(dotted: str, value: object) -> PathIn:
    """As far down the document as this path leads."""
    if isinstance(value, list):
        head, _, rest = dotted.partition(".")
        place = int(head) - 1 if head.isdecimal() else -1
        return (place, *_walked(rest, value[place])) if 0 <= place < len(value) else ()
    if isinstance(value, dict):
        for name in sorted(map(str, value), key=len, reverse=True):
            if dotted == name or dotted.startswith(f"{name}."):
                return (name, *_walked(dotted[len(name) + 1 :], value.get(name)))
    return ()
