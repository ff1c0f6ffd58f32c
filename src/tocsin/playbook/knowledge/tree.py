"""A large YAML file as nodes with their lines: quick, and bounded whatever the bytes are.

libyaml reads; nothing recurses, for a file of brackets would break its own composer. Aliases are
followed, and what they unfold to counts towards the bound. Every scalar is the text that stands
there.
"""

from __future__ import annotations

import msgspec
import yaml

from tocsin.register.mistakes import Mistake, shown
from tocsin.register.strict_yaml import Node

BYTES_MAX = 4 * 1024 * 1024
NODES_MAX = 400_000
DEPTH_MAX = 24
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def tree_of(data: bytes, file: str) -> tuple[Node | None, list[Mistake]]:
    """The one document in these bytes, or None and why not; keys that stand twice are told."""
    growing = _Growing(file)
    try:
        if len(data) > BYTES_MAX:
            raise _Refused(1, f"{len(data)} bytes", f"a release has at most {BYTES_MAX}")
        text = data.decode("utf-8-sig")
        for event in yaml.parse(text, Loader=_LOADER):
            growing.take(event)
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        growing.wrong(line, "", "bytes that are not UTF-8", "take the file anew, as it is")
    except yaml.MarkedYAMLError as bad:
        line = bad.problem_mark.line + 1 if bad.problem_mark else 1
        growing.wrong(line, "", f"not YAML: {bad.problem}", "take the file anew, as it is")
    except yaml.YAMLError as bad:
        line = data[: getattr(bad, "position", 0)].count(b"\n") + 1
        reason = getattr(bad, "reason", "it cannot be read")
        growing.wrong(line, "", f"not YAML: {reason}", "take the file anew, as it is")
    except _Refused as bad:
        growing.wrong(bad.line, "", bad.found, bad.remedy)
    else:
        if growing.root is None and not growing.mistakes:
            growing.wrong(1, "", "an empty file", "take the file anew, as it is")
        return growing.root, growing.mistakes
    return None, growing.mistakes


class _Refused(Exception):
    def __init__(self, line: int, found: str, remedy: str) -> None:
        super().__init__(found)
        self.line, self.found, self.remedy = line, found, remedy


class _Open(msgspec.Struct):
    """A list or mapping whose end has not been read."""

    line: int
    anchor: str | None
    items: list[Node] | None
    fields: dict[str, Node]
    key: str | None = None
    key_line: int = 0
    size: int = 1


class _Growing:
    """The tree so far. `size` is what a node unfolds to when every alias in it is followed."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self._file = file
        self._open: list[_Open] = []
        self._anchored: dict[str, tuple[Node, int]] = {}
        self._documents = 0

    def wrong(self, line: int, path: str, found: str, remedy: str) -> None:
        self.mistakes.append(
            Mistake(file=self._file, line=line, path=path, found=found, remedy=remedy)
        )

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.ScalarEvent():
                self._put(Node(line=line, value=str(event.value)), 1, event.anchor)
            case yaml.AliasEvent():
                self._alias(line, str(event.anchor))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                if len(self._open) >= DEPTH_MAX:
                    raise _Refused(line, "nested too deeply", f"at most {DEPTH_MAX} levels")
                items = list[Node]() if isinstance(event, yaml.SequenceStartEvent) else None
                self._open.append(_Open(line, event.anchor, items, {}))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                ended = self._open.pop()
                value = tuple(ended.items) if ended.items is not None else ended.fields
                self._put(Node(line=ended.line, value=value), ended.size, ended.anchor)
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _Refused(line, "a second document (---)", "one file is one release")
            case _:
                pass

    def _alias(self, line: int, name: str) -> None:
        if name not in self._anchored:
            found = f"an alias *{name} of nothing that ended before it"
            raise _Refused(line, found, "write the words out")
        node, size = self._anchored[name]
        self._put(node, size, None)

    def _put(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchored[anchor] = (node, size)
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += size
        if parent.size > NODES_MAX:
            raise _Refused(node.line, "more pieces than any release has", f"at most {NODES_MAX}")
        if parent.items is not None:
            parent.items.append(node)
        elif parent.key is None:
            if not isinstance(node.value, str):
                raise _Refused(node.line, "a key that is not a word", "write `name: value`")
            parent.key, parent.key_line = node.value, node.line
        else:
            self._field(parent, parent.key, node)
            parent.key = None

    def _field(self, parent: _Open, key: str, node: Node) -> None:
        if key in parent.fields:
            remedy = f"keep one; the first is on line {parent.fields[key].line}"
            self.wrong(parent.key_line, key[:60], f"{shown(key)} stands a second time", remedy)
        else:
            parent.fields[key] = Node(line=parent.key_line, value=node.value)
