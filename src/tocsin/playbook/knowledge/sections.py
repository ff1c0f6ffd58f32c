"""The sections of a release, whatever its layout: each object with its id, line and fields.

Until release 2026.04 (format 5) objects stand in lists, within `matrices` or, before 4.0, at the
top, and hold their links. From format 6 on they stand under their ids, and links stand apart in
`relationships`. Both are read into the same pieces; unknown fields and links are passed over.

The releases before 4.0 have flaws of their own, as they were published: ids of three digits, no
version, names of what is not there. In that layout such flaws are advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from tocsin.facts.failure_modes import TECHNIQUE
from tocsin.register.mistakes import Mistake, shown
from tocsin.register.strict_yaml import Node

SECTIONS: Mapping[str, re.Pattern[str]] = {
    "tactics": re.compile(r"AML\.TA[0-9]{4}"),
    "techniques": TECHNIQUE,
    "mitigations": re.compile(r"AML\.M[0-9]{4}"),
    "case-studies": re.compile(r"AML\.CS[0-9]{4}"),
}
FORMS = {
    "tactics": "AML.TA0001",
    "techniques": "AML.T0001 or AML.T0001.000",
    "mitigations": "AML.M0001",
    "case-studies": "AML.CS0001",
}
_NEARLY = {
    "tactics": re.compile(r"AML\.TA[0-9]{1,5}"),
    "techniques": re.compile(r"AML\.T[0-9]{1,5}(\.[0-9]{1,4})?"),
    "mitigations": re.compile(r"AML\.M[0-9]{1,5}"),
    "case-studies": re.compile(r"AML\.CS[0-9]{1,5}"),
}
"""Ids as they stand in the oldest releases."""

FORMAT_KNOWN = 6
NULLS = ("", "~", "null")
"""How nothing is written."""
NOT_ATLAS = "give the file ATLAS.yaml of the official release, or ATLAS-2026.09.yaml and the like"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One object of a section; the keys of `fields` are written with `-`."""

    id: str
    line: int
    fields: Mapping[str, Node]

    def text(self, *fields: str) -> str:
        """What stands in the first of these fields that holds text, on one line."""
        for field in fields:
            node = self.fields.get(field)
            if node is not None and isinstance(node.value, str) and node.value not in NULLS:
                return " ".join(node.value.split())
        return ""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One relationship, from the object under whose id it stands."""

    line: int
    kind: str
    target: str
    tactic: str
    description: str
    step: str = ""
    leads_to: tuple[str, ...] = ()
    position: int = 0


class Release:
    """One reading of one release; gathers mistakes as it goes."""

    def __init__(self, file: str, root: Node) -> None:
        self.file, self.mistakes = file, list[Mistake]()
        self.root = fields_of(root)
        self.recognised = False
        self.flawed = not {"matrices", "matrix", "format-version"} & {*self.root}
        self.sections: dict[str, dict[str, Found]] = {name: {} for name in SECTIONS}
        self.links: dict[str, list[Link]] = {}
        if not isinstance(root.value, dict):
            self._no_mapping(root)
        elif not self._is_a_release():
            self.wrong(root.line, "", "not a release of ATLAS: no matrix, no techniques", NOT_ATLAS)
        else:
            self.recognised = True
            self._note_format()
            for prefix, fields in self._holders():
                for name in SECTIONS:
                    if name in fields:
                        self._section(name, f"{prefix}{name}", fields[name])
            self._relationships()
            if not self.sections["techniques"] and not self.mistakes:
                self.wrong(root.line, "techniques", "no technique in it", NOT_ATLAS)

    def wrong(self, line: int, path: str, found: str, remedy: str, *, advice: bool = False) -> None:
        self.mistakes.append(
            Mistake(file=self.file, line=line, path=path, found=found, remedy=remedy, advice=advice)
        )

    def _no_mapping(self, root: Node) -> None:
        link = root.value if isinstance(root.value, str) else ""
        if re.fullmatch(r"[\w./-]{1,100}\.yaml", link.strip()):
            remedy = f"give the file that it points to: {link.strip()}"
            self.wrong(root.line, "", "only the name of another file, as a link is kept", remedy)
        else:
            self.wrong(root.line, "", "not a release of ATLAS", NOT_ATLAS)

    def _is_a_release(self) -> bool:
        if self.root.get("type") is not None and "objects" in self.root:
            return False  # the STIX form
        return "matrices" in self.root or "techniques" in self.root

    def _note_format(self) -> None:
        node = self.root.get("format-version")
        text = node.value if node is not None and isinstance(node.value, str) else ""
        major = text.split(".")[0]
        if node is not None and major.isdecimal() and int(major[:6]) > FORMAT_KNOWN:
            found = f"format {shown(text)} is newer than what is known here ({FORMAT_KNOWN})"
            remedy = "what could be understood was read; look whether the numbers are plausible"
            self.wrong(node.line, "format-version", found, remedy, advice=True)

    def _holders(self) -> Iterator[tuple[str, Mapping[str, Node]]]:
        yield "", self.root
        node = self.root.get("matrices")
        if node is not None and not isinstance(node.value, tuple):
            self.wrong(node.line, "matrices", "not a list", "take the file anew, as it is")
        for number, matrix in enumerate(items_of(node)):
            yield f"matrices[{number}].", fields_of(matrix)

    def _section(self, name: str, path: str, node: Node) -> None:
        match node.value:
            case tuple():
                for number, item in enumerate(node.value):
                    fields = fields_of(item)
                    id = fields.get("id", Node(line=item.line, value=""))
                    self._object(name, f"{path}[{number}]", item, str_of(id), fields)
            case dict():
                for key, item in node.value.items():
                    self._object(name, f"{path}.{key[:60]}", item, key, fields_of(item))
            case str() if node.value in NULLS:
                pass
            case _:
                self.wrong(node.line, path, "neither a list nor a mapping", "take the file anew")

    def _object(
        self, name: str, path: str, node: Node, id: str, fields: Mapping[str, Node]
    ) -> None:
        inner = str_of(fields.get("id"))
        first = self.sections[name].get(id)
        if not isinstance(node.value, dict):
            self.wrong(node.line, path, "no fields", "an object has an id and a name")
        elif first is not None:
            remedy = f"keep one; the first is on line {first.line}"
            self.wrong(node.line, path, f"{id} stands a second time", remedy)
        elif SECTIONS[name].fullmatch(id) or self._odd_id(name, node.line, path, id):
            one = Found(id=id, line=node.line, fields=fields)
            if inner and inner != id:
                self.wrong(node.line, path, f"its id says {shown(inner)}", f"write {id} in both")
            if not one.text("name"):
                self.wrong(node.line, path, f"{id} has no name", "write `name:`")
            self.sections[name][id] = one

    def _odd_id(self, name: str, line: int, path: str, id: str) -> bool:
        """Tells an id that is not written as it should be; whether it is taken nevertheless."""
        taken = self.flawed and _NEARLY[name].fullmatch(id) is not None
        found = f"the id {shown(id)}" if id else "no id"
        remedy = f"an id here is written like {FORMS[name]}"
        self.wrong(line, path, found, remedy, advice=taken)
        return taken

    def _relationships(self) -> None:
        node = self.root.get("relationships")
        if node is None:
            return
        if not isinstance(node.value, dict):
            self.wrong(node.line, "relationships", "not a mapping", "take the file anew, as it is")
            return
        for source, kinds in node.value.items():
            for kind, listed in fields_of(kinds).items():
                for link in items_of(listed):
                    self.links.setdefault(source, []).append(link_of(link, kind, "target"))


def link_of(node: Node, kind: str, target: str) -> Link:
    """One relationship, or one step of a case study; `target` is the field that names to what."""
    fields = fields_of(node)
    position = str_of(fields.get("position"))
    return Link(
        line=node.line,
        kind=kind,
        target=str_of(fields.get(target)),
        tactic=str_of(fields.get("tactic")),
        description=" ".join(str_of(fields.get("description")).split()),
        step=str_of(fields.get("step-id")),
        leads_to=tuple(str_of(one) for one in items_of(fields.get("leads-to"))),
        position=int(position) if re.fullmatch("[0-9]{1,6}", position) else 0,
    )


def str_of(node: Node | None) -> str:
    """The text of a node; empty for nothing, and for anything that is no text."""
    text = node.value if node is not None else ""
    return text if isinstance(text, str) and text not in NULLS else ""


def items_of(node: Node | None) -> tuple[Node, ...]:
    return node.value if node is not None and isinstance(node.value, tuple) else ()


def fields_of(node: Node) -> dict[str, Node]:
    """The fields of a mapping, with `-` for `_`; none for anything else."""
    fields = node.value if isinstance(node.value, dict) else {}
    return {name.replace("_", "-"): value for name, value in fields.items()}
