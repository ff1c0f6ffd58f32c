"""Reads YAML strictly, for people: every scalar is the text that stands there, every line is known.

`off`, `no` and `1.10` mean what they say; whole numbers, decimals and durations are read only where
they are declared. Anchors, aliases, tags, repeated and unknown keys are refused, and every mistake
is gathered with its line and a remedy.
"""

from __future__ import annotations

import re

import msgspec
import yaml

from tocsin.register.mistakes import Mistake, did_you_mean, shown

FILE_BYTES_MAX = 1024 * 1024
DEPTH_MAX = 8
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DURATION = re.compile(r"([0-9]{1,6})([smhd])")
UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where there is one: ten times as fast, with the same events."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of YAML with the line on which it begins."""

    line: int
    value: str | tuple[Node, ...] | dict[str, Node]


class _Piece(msgspec.Struct, kw_only=True):
    """What stands at a place of the file, before it is judged; a mapping holds keys and values in
    turn."""

    line: int
    value: str | list[_Piece]
    is_mapping: bool = False


class YamlFile:
    """One reading of one file; gathers mistakes as it goes.

    Args:
        kind: what such a file is called, for people: "plan".
        begin: what an empty one should begin with.
    """

    def __init__(self, file: str, kind: str, begin: str) -> None:
        self.file, self.mistakes = file, list[Mistake]()
        self._kind, self._begin = kind, begin

    def wrong(self, line: int, path: str, found: str, remedy: str, *, rule: str = "") -> None:
        self.mistakes.append(
            Mistake(file=self.file, line=line, path=path, found=found, remedy=remedy, rule=rule)
        )

    def tree(self, data: bytes) -> Node | None:
        """The YAML as nodes, or None when it cannot be read at all."""
        if len(data) > FILE_BYTES_MAX:
            told = f"more than {FILE_BYTES_MAX} bytes"
            self.wrong(1, "", told, f"a {self._kind} has at most {FILE_BYTES_MAX}")
            return None
        try:
            composed = self._composed(data.decode("utf-8-sig"))
        except UnicodeDecodeError as bad:
            line = data[: bad.start].count(b"\n") + 1
            self.wrong(line, "", "bytes that are not UTF-8", "save the file as UTF-8")
            return None
        except yaml.MarkedYAMLError as bad:
            line = bad.problem_mark.line + 1 if bad.problem_mark else 1
            self.wrong(line, "", f"not YAML: {bad.problem}", "mend the line, mind the indentation")
            return None
        except yaml.YAMLError as bad:
            line, sign = _sign_refused(data.decode("utf-8-sig"), bad)
            self.wrong(line, "", f"not YAML: {sign}", "remove it, or save the file as plain text")
            return None
        if composed is None:
            if not self.mistakes:
                self.wrong(1, "", "an empty file", self._begin)
            return None
        return self._node(composed, "", 0)

    def _composed(self, text: str) -> _Piece | None:
        """The one document, put together event by event: no nesting is too deep for that."""
        root: _Piece | None = None
        around: list[list[_Piece]] = []
        for event in yaml.parse(text, Loader=LOADER):
            self._refuse_references(event)
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                line = event.start_mark.line + 1 if event.start_mark else 1
                self.wrong(line, "", "a second document (---)", "write one document a file")
                return None
            if isinstance(event, yaml.CollectionEndEvent):
                around.pop()
            piece = _piece_of(event)
            if piece is None:
                continue
            if around:
                around[-1].append(piece)
            root = root or piece
            if isinstance(piece.value, list):
                around.append(piece.value)
        return None if self.mistakes else root

    def _refuse_references(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.wrong(
                line, "", "an anchor or alias (& or *)", "write the words out, or quote them"
            )
        elif getattr(event, "tag", None):
            self.wrong(line, "", "a tag (!)", "write plain text, in quotes if it begins with !")

    def _node(self, piece: _Piece, path: str, depth: int) -> Node:
        line, value = piece.line, piece.value
        if depth > DEPTH_MAX:
            self.wrong(line, path, "nested too deeply", f"a {self._kind} needs fewer levels")
            return Node(line=line, value="")
        if isinstance(value, str):
            return Node(line=line, value=value)
        if piece.is_mapping:
            return Node(line=line, value=self._mapping(value, path, depth))
        items = (self._node(one, f"{path}[{n}]", depth + 1) for n, one in enumerate(value))
        return Node(line=line, value=tuple(items))

    def _mapping(self, pieces: list[_Piece], path: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, value in zip(pieces[::2], pieces[1::2], strict=True):
            if not isinstance(key.value, str):
                self.wrong(key.line, path, "a key that is not a word", "write `name: value`")
                continue
            name = key.value
            inside = f"{path}.{name}".lstrip(".")
            if name in found:
                self.wrong(key.line, inside, "stands here a second time",
                           f"remove one; the first is on line {found[name].line}")  # fmt: skip
            else:
                read = self._node(value, inside, depth + 1)
                found[name] = msgspec.structs.replace(read, line=key.line)
        return found


def _sign_refused(text: str, bad: yaml.YAMLError) -> tuple[int, str]:
    """The line of a sign that no YAML may hold, and its name; in words on one line."""
    found = UNREADABLE.search(text)
    if found is None:
        return 1, " ".join(str(bad).split())
    line = text.count("\n", 0, found.start()) + 1
    return line, f"the sign U+{ord(found[0]):04X}, which no text holds"


def _piece_of(event: yaml.Event) -> _Piece | None:
    """The piece that begins with this event, still empty where it is a list or a mapping."""
    line = event.start_mark.line + 1 if event.start_mark else 1
    match event:
        case yaml.ScalarEvent():
            return _Piece(line=line, value=str(event.value))
        case yaml.SequenceStartEvent():
            return _Piece(line=line, value=[])
        case yaml.MappingStartEvent():
            return _Piece(line=line, value=[], is_mapping=True)
    return None


class Fields:
    """The fields of one mapping, each read as what it is declared to be."""

    def __init__(self, reading: YamlFile, path: str, line: int, fields: dict[str, Node]) -> None:
        self.reading, self.path, self.line, self.fields = reading, path, line, fields

    def wrong(self, field: str, found: str, remedy: str, *, rule: str = "") -> None:
        line = self.fields[field].line if field in self.fields else self.line
        path = f"{self.path}.{field}".lstrip(".")
        self.reading.wrong(line, path, found, remedy, rule=rule)

    def only(self, known: tuple[str, ...]) -> None:
        for field in self.fields:
            if field not in known:
                among = f"remove it; known here: {', '.join(known)}"
                self.wrong(field, "an unknown field", did_you_mean(field, known, among))

    def text(self, field: str) -> str:
        if field not in self.fields:
            self.wrong(field, "missing", f"write `{field}:`")
            return ""
        return self.optional(field) or ""

    def optional(self, field: str) -> str | None:
        node = self.fields.get(field)
        if node is None:
            return None
        if not isinstance(node.value, str) or not node.value.strip():
            self.wrong(field, "no text", f"write text after `{field}:`")
            return None
        return node.value

    def name(self, field: str) -> str:
        text = self.text(field)
        if text and not NAME.fullmatch(text):
            self.wrong(field, shown(text), "use letters, digits, dots, - and _ (64 at most)")
        return text

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.fields[field].value
        if not isinstance(value, tuple) or not all(_has_text(n) for n in value):
            self.wrong(field, "not a list of texts", f"write `{field}: [one, other]`")
            return ()
        names = tuple(str(n.value) for n in value)
        if len(names) < 2 or len(set(names)) != len(names):
            self.wrong(field, ", ".join(names) or "empty", "name two or more different steps")
        return names

    def number(self, field: str, least: int, most: int) -> int | None:
        text = self.optional(field)
        if text is None:
            return None
        if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
            self.wrong(field, shown(text), f"write a whole number from {least} to {most}")
            return None
        return int(text)

    def seconds(self, field: str) -> int | None:
        text = self.optional(field)
        if text is None:
            return None
        parts = DURATION.fullmatch(text)
        if parts is None or int(parts[1]) == 0:
            self.wrong(field, shown(text), "write a duration such as 30s, 15m, 72h or 30d")
            return None
        return int(parts[1]) * SECONDS[parts[2]]


def _has_text(node: Node) -> bool:
    return isinstance(node.value, str) and node.value.strip() != ""
