"""Writes trees of text as YAML that people read and that `strict_yaml` reads back to the very tree.

A scalar stands plain where no reader of YAML could take it for anything but that text, as a folded
or literal block where it is long, and in double quotes everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

Tree: TypeAlias = "str | int | tuple[Tree, ...] | Mapping[str, Tree]"
"""What a file of ours is made of: texts, whole numbers, lists and mappings."""

WIDTH = 96
KEY_CHARS_MAX = 1000  # YAML looks no farther than 1024 characters for the colon after a key
_SIGN = r"[^\x00-\x20`:#\\\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufff0-\uffff]"
_PLAIN = re.compile(
    rf"[A-Za-z0-9_(\u00c0-\u1fff](?:{_SIGN}| (?=[^ #])|:(?=[A-Za-z0-9_/])|(?<=[^ ])#)*"
)
_NOT_IN_A_ROW = re.compile(r"[,\[\]{}:?#\"]")
_TYPED = re.compile(
    r"[-+]?(\.inf|[0-9][0-9_,.:]*([eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F_]+)|\.nan|~|null|true|false"
    r"|yes|no|on|off|y|n",
    re.IGNORECASE,
)
_WORD_KEY = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,99}")
_RAW = re.compile(r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\uffef]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def entry(key: str, value: Tree, indent: int = 0) -> Iterator[str]:
    """The lines of one field of a mapping, which stands `indent` spaces from the left."""
    pad, name = " " * indent, key_text(key)
    if len(name) > KEY_CHARS_MAX:
        yield f"{pad}? {name}"
        pad, name = pad, ""
    row = in_a_row(value)
    if row is not None and len(pad) + len(name) + len(row) + 2 <= WIDTH:
        yield f"{pad}{name}: {row}"
    elif isinstance(value, str | int):
        first, *more = scalar(str(value), indent + 2)
        yield f"{pad}{name}: {first}"
        yield from more
    else:
        yield f"{pad}{name}:"
        yield from beneath(value, indent + 2)


def beneath(value: Mapping[str, Tree] | tuple[Tree, ...], indent: int) -> Iterator[str]:
    """The lines of a mapping or a list, each field or item on its own."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from entry(key, inner, indent)
        return
    pad = " " * indent
    for item in value:
        row = in_a_row(item)
        if row is not None and len(pad) + len(row) + 2 <= WIDTH:
            yield f"{pad}- {row}"
        elif isinstance(item, str | int):
            first, *more = scalar(str(item), indent + 2)
            yield f"{pad}- {first}"
            yield from more
        else:
            lines = beneath(item, indent + 2)
            yield f"{pad}- {next(lines).lstrip(' ')}"
            yield from lines


def in_a_row(value: Tree) -> str | None:
    """A value on one line; None for an unending one, and for text of several lines."""
    match value:
        case int():
            return str(value)
        case str():
            return None if "\n" in value else _plain(value) or quoted(value)
        case Mapping():
            rows = [(key_text(key), _inner(one)) for key, one in value.items()]
            found = [f"{key}: {row}" for key, row in rows if row is not None]
            fine = len(found) == len(rows) and sum(map(len, found)) <= WIDTH
            return "{" + ", ".join(found) + "}" if fine else None
        case _:
            inner = [row for row in map(_inner, value) if row is not None]
            fine = len(inner) == len(value) and sum(map(len, inner)) <= WIDTH
            return "[" + ", ".join(inner) + "]" if fine else None


def _inner(value: Tree) -> str | None:
    if isinstance(value, str) and "\n" not in value and _NOT_IN_A_ROW.search(value):
        return quoted(value)
    return in_a_row(value)


def scalar(text: str, indent: int) -> Iterator[str]:
    """A text as a block where it is long, else plain or quoted; the first line goes behind a key.

    Args:
        indent: of the further lines.
    """
    pad = " " * indent
    lines = text.removesuffix("\n").split("\n")
    if len(lines) > 1 and all(map(_stands_in_a_block, lines)) and lines[0] and lines[-1]:
        yield "|" if text.endswith("\n") else "|-"
        yield from (pad + line if line else "" for line in lines)
    elif len(text) > WIDTH - indent and "\n" not in text and _may_be_folded(text):
        yield ">-"
        yield from (pad + line for line in _folded(text, WIDTH - indent))
    else:
        yield _plain(text) or quoted(text)


def _stands_in_a_block(line: str) -> bool:
    return not line.startswith((" ", "\t")) and not line.endswith((" ", "\t")) and _raw(line)


def _may_be_folded(text: str) -> bool:
    return "" not in text.split(" ") and _raw(text)


def _raw(text: str) -> bool:
    return all(_RAW.fullmatch(sign) for sign in text)


def _folded(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def key_text(key: str) -> str:
    """A key as it stands before its colon."""
    return key if _WORD_KEY.fullmatch(key) else quoted(key)


def _plain(text: str) -> str | None:
    fine = _PLAIN.fullmatch(text) and not _TYPED.fullmatch(text)
    return text if fine else None


def quoted(text: str) -> str:
    """A text in double quotes, with every sign escaped that YAML would not carry as it is."""
    return '"' + "".join(map(_sign, text)) + '"'


def _sign(sign: str) -> str:
    if sign in _SHORT:
        return _SHORT[sign]
    if _RAW.fullmatch(sign):
        return sign
    code = ord(sign)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
