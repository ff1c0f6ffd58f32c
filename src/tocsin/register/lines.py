"""On which line each key of a TOML text stands, so that a mistake can be pointed at.

The text has been read by a TOML reader before; this only finds places and judges nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = " \t"
DEEPEST = 40
"""Within so many keys and elements each has a line of its own."""


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest one above it that stands in the file; else 1."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of each key, table and element of an array in a valid TOML text."""
    return _Scan(text).run()


class _Scan:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1
        self.lines: dict[Path, int] = {}
        self.table: Path = ()
        self.counts: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == "#":
                self._to_line_end()
            elif here == "[":
                self._header()
            elif here in " \t\r\n":
                self._step()
            else:
                self._pair()
        return self.lines

    def _header(self) -> None:
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        line = self.line
        path = self._resolved(self._key(), many)
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)
        self.lines[path] = line
        self.table = path
        self._to_line_end()

    def _resolved(self, keys: list[str], many: bool) -> Path:
        """The path of a header; a key of an array of tables means its latest element."""
        path: Path = ()
        for place, key in enumerate(keys):
            path = (*path, key)
            if many and place == len(keys) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = (*path, self.counts[path])
        return path

    def _pair(self) -> None:
        line = self.line
        path: Path = self.table
        for key in self._key():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._skip(_SPACE + "=")
        self._value(path)

    def _key(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_SPACE)
            if self.at < len(self.text) and self.text[self.at] in "\"'":
                keys.append(self._quoted_key())
            else:
                bare = _BARE.match(self.text, self.at)
                if bare is None:
                    self.at += 1
                    return keys
                keys.append(bare.group())
                self.at = bare.end()
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return keys
            self.at += 1

    def _quoted_key(self) -> str:
        start = self.at
        self._string()
        return str(tomllib.loads(f"k = {self.text[start : self.at]}")["k"])

    def _value(self, path: Path) -> None:
        """Pass over a value; what stands in an array or a table in braces has a line of its own."""
        here = self.text[self.at : self.at + 1]
        if len(path) > DEEPEST:
            self._over()
        elif here and here in "\"'":
            self._string()
        elif here == "[":
            self._array(path)
        elif here == "{":
            self._braces(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                self.at += 1

    def _array(self, path: Path) -> None:
        place = 0
        self.at += 1
        while self._next() not in ("]", ""):
            self.lines.setdefault((*path, place), self.line)
            self._value((*path, place))
            place += 1
            if self._next() == ",":
                self.at += 1
        self.at += 1

    def _braces(self, table: Path) -> None:
        self.at += 1
        while self._next() not in ("}", ""):
            path, line = table, self.line
            for key in self._key():
                path = (*path, key)
                self.lines.setdefault(path, line)
            self._skip(_SPACE + "=")
            self._value(path)
            if self._next() == ",":
                self.at += 1
        self.at += 1

    def _next(self) -> str:
        """The next character that means something; empty at the end."""
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n#":
            if self.text[self.at] == "#":
                self._to_line_end()
            else:
                self._step()
        return self.text[self.at : self.at + 1]

    def _over(self) -> None:
        """Pass over a value too deep to be told apart."""
        depth = 0
        while self.at < len(self.text):
            here = self.text[self.at]
            if here in "\"'":
                self._string()
                continue
            if here == "#":
                self._to_line_end()
                continue
            if depth == 0 and here in ",]}\n":
                return
            depth += (here in "[{") - (here in "]}")
            self._step()

    def _string(self) -> None:
        quote = self.text[self.at]
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.at += len(fence)
        while self.at < len(self.text) and not self.text.startswith(fence, self.at):
            if self.text[self.at] == "\\" and quote == '"':
                self._step()
            self._step()
        self.at += len(fence)
        while len(fence) == 3 and self.text.startswith(quote, self.at):
            self.at += 1  # up to two quotes may stand just before the closing three

    def _step(self) -> None:
        if self.at < len(self.text) and self.text[self.at] == "\n":
            self.line += 1
        self.at += 1

    def _skip(self, characters: str) -> None:
        while self.at < len(self.text) and self.text[self.at] in characters:
            self.at += 1

    def _to_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end
