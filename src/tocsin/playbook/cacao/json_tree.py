"""Reads JSON strictly and remembers on which line each value stands.

Not a parser for speed but for people: what is wrong is told with its line, a key that stands twice
is told and the first one counts, and no file can make it run deep or long.

Source: RFC 8259; numbers beyond 2^53 and NaN are no JSON for us either (RFC 7493 2.2).
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

import msgspec

from tocsin.register.mistakes import Mistake, shown

FILE_BYTES_MAX = 8 * 1024 * 1024
DEPTH_MAX = 64

Value: TypeAlias = "str | int | float | bool | tuple[Json, ...] | dict[str, Json] | None"


class Json(msgspec.Struct, frozen=True, kw_only=True):
    """A value with the line on which it begins; for a field, the line of its key."""

    line: int
    value: Value


_TOKEN = re.compile(
    r'(?P<space>[ \t\r\n]+)|(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![0-9A-Za-z.])"
    r"|(?P<word>[A-Za-z_]+)|(?P<sign>[{}\[\],:])"
)
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
_HALF = re.compile("[\ud800-\udfff]")
_DIGITS_MAX = 30


class NotJson(Exception):
    """The text cannot be read as JSON: on which line, what stands there, what would be right."""

    def __init__(self, line: int, found: str, remedy: str) -> None:
        super().__init__(found)
        self.line, self.found, self.remedy = line, found, remedy


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something in a file of JSON that can be read, and is wrong; what a tolerant reader did."""

    line: int
    path: str
    found: str
    remedy: str
    done: str


def read_json(data: bytes, file: str) -> tuple[Json | None, list[Note], list[Mistake]]:
    """The value in these bytes with its lines and what is odd about it; or None and why not."""
    try:
        reading = _Reading(_text(data))
        return reading.whole(), reading.notes, []
    except NotJson as bad:
        wrong = Mistake(file=file, line=bad.line, path="", found=bad.found, remedy=bad.remedy)
        return None, [], [wrong]


def _text(data: bytes) -> str:
    if len(data) > FILE_BYTES_MAX:
        told = f"more than {FILE_BYTES_MAX} bytes"
        raise NotJson(1, told, f"a file has at most {FILE_BYTES_MAX} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = data[: bad.start].count(b"\n") + 1
        raise NotJson(line, "bytes that are not UTF-8", "save the file as UTF-8") from None
    if not text.strip():
        raise NotJson(1, "an empty file", "name a file that holds JSON")
    return text


class _Open:
    """A list or mapping that is not closed yet."""

    def __init__(self, line: int, path: str, is_mapping: bool) -> None:
        self.line, self.path = line, path
        self.fields: dict[str, Json] | None = {} if is_mapping else None
        self.items: list[Json] = []
        self.key: tuple[str, int] | None = None


class _Reading:
    """One reading of one text, from left to right, with a stack of its own."""

    def __init__(self, text: str) -> None:
        self.notes: list[Note] = []
        self._text, self._at, self._line = text, 0, 1
        self._stack: list[_Open] = []

    def whole(self) -> Json:
        expected = "value"
        done: Json | None = None
        while True:
            kind, token, line = self._next(expected)
            if kind == "end":
                if done is None:
                    what = "the file ends in the middle"
                    raise NotJson(line, what, "look for a missing } or ]")
                return done
            if done is not None:
                raise NotJson(line, f"more after the end: {shown(token)}", "remove it")
            expected, done = self._step(expected, kind, token, line)

    def _step(self, expected: str, kind: str, token: str, line: int) -> tuple[str, Json | None]:
        """What is expected after this token, and the whole value when it is complete."""
        top = self._stack[-1] if self._stack else None
        closes = kind == "sign" and token in "}]"
        if closes and top is not None and expected in ("key or }", "value or ]", ", or end"):
            if (top.fields is not None) != (token == "}"):
                raise NotJson(line, f"{token} where the other bracket was opened", "mend it")
            self._stack.pop()
            value = top.fields if top.fields is not None else tuple(top.items)
            return self._put(Json(line=top.line, value=value))
        if expected == ", or end" and token == "," and kind == "sign":
            return ("key" if top is not None and top.fields is not None else "value"), None
        if expected.startswith("key") and kind == "string" and top is not None:
            top.key = (self._string(token, line), line)
            return ":", None
        if expected == ":" and kind == "sign" and token == ":":
            return "value", None
        if not expected.startswith("value"):
            raise self._unexpected(expected, token, line)
        return self._value(kind, token, line)

    def _value(self, kind: str, token: str, line: int) -> tuple[str, Json | None]:
        if kind == "sign" and token in "{[":
            if len(self._stack) >= DEPTH_MAX:
                raise NotJson(line, "nested too deeply", f"use at most {DEPTH_MAX} levels")
            self._stack.append(_Open(line, self._path(), token == "{"))
            return ("key or }" if token == "{" else "value or ]"), None
        if kind == "string":
            return self._put(Json(line=line, value=self._string(token, line)))
        if kind == "number":
            return self._put(Json(line=line, value=_number(token, line)))
        if kind == "word" and token in _WORDS:
            return self._put(Json(line=line, value=_WORDS[token]))
        raise self._unexpected("value", token, line)

    def _put(self, value: Json) -> tuple[str, Json | None]:
        if not self._stack:
            return "end", value
        top = self._stack[-1]
        if top.fields is None:
            top.items.append(value)
        elif top.key is not None:
            key, line = top.key
            if key in top.fields:
                self._note(line, f"{top.path}.{key}", "stands here a second time",
                    f"remove one; the first is on line {top.fields[key].line}",
                    "the first one counts")  # fmt: skip
            else:
                top.fields[key] = Json(line=line, value=value.value)
        return ", or end", None

    def _string(self, token: str, line: int) -> str:
        if "\\" not in token:
            return token[1:-1]
        text = str(json.loads(token))
        whole = _HALF.sub("\ufffd", text)
        if whole != text:
            found, done = "half a character (a lone surrogate)", "a sign for it stands there"
            self._note(line, self._path(), found, "write the whole character", done)
        return whole

    def _note(self, line: int, path: str, found: str, remedy: str, done: str) -> None:
        self.notes.append(Note(line=line, path=path, found=found, remedy=remedy, done=done))

    def _path(self) -> str:
        if not self._stack:
            return "$"
        top = self._stack[-1]
        return f"{top.path}[{len(top.items)}]" if top.key is None else f"{top.path}.{top.key[0]}"

    def _next(self, expected: str) -> tuple[str, str, int]:
        while self._at < len(self._text):
            match = _TOKEN.match(self._text, self._at)
            if match is None:
                raise self._no_token(expected)
            line, token = self._line, match.group()
            self._at, kind = match.end(), str(match.lastgroup)
            if kind != "space":
                return kind, token, line
            self._line += token.count("\n")
        return "end", "", self._line

    def _no_token(self, expected: str) -> NotJson:
        rest = self._text[self._at : self._at + 40]
        if rest.startswith('"'):
            told = "text in quotes that does not end on its line, or a wrong \\ in it"
            return NotJson(self._line, told, "close the quotes; write a line break as \\n")
        return self._unexpected(expected, rest.split("\n")[0], self._line)

    def _unexpected(self, expected: str, token: str, line: int) -> NotJson:
        what = {"value or ]": "a value", "key or }": "a key in quotes", "key": "a key in quotes",
                "value": "a value", ", or end": "a comma, } or ]"}  # fmt: skip
        if token.startswith("```") or (line == 1 and not self._stack and token[:1] in "#-<"):
            return NotJson(line, f"not JSON: {shown(token)}", "save the playbook alone in a file")
        if token in ("}", "]") and expected in ("key", "value"):
            return NotJson(line, f"a comma before {token}", "remove the comma")
        right = what.get(expected, expected)
        return NotJson(line, f"not JSON: {shown(token)}", f"here belongs {right}")


def _number(token: str, line: int) -> int | float:
    if len(token) > _DIGITS_MAX:
        raise NotJson(line, f"a number of {len(token)} signs", "write it as text, in quotes")
    if re.fullmatch(r"-?[0-9]+", token):
        return int(token)
    value = float(token)
    if value in (float("inf"), float("-inf")):
        raise NotJson(line, f"a number beyond all bounds: {token}", "write it as text, in quotes")
    return value
