"""Reads checkpoints, policies and proofs strictly, with nothing but Python.

Packed between `verify_bag.py` and `verify.py` into every evidence package; it shares no line with
what writes these files, so that a mistake there is not repeated here.

Source: C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy; RFC 9162 2.1.3.2, 2.1.4.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass

from tocsin.journal.verify_bag import Broken, ed25519_holds

LOG_KEY, WITNESS_KEY = 1, 4
_DASH = "\u2014 "


@dataclass(frozen=True)
class Note:
    """A signed text and its signatures as (name, key hash, signature)."""

    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signed_by(self, name: str, public: bytes, kind: int = LOG_KEY) -> bool:
        """Whether this key signed. Raises Broken on a line by it that does not hold."""
        id_ = key_id(name, public, kind)
        mine = [value for who, found, value in self.signatures if (who, found) == (name, id_)]
        for value in mine:
            covered = self.text
            if kind == WITNESS_KEY:
                seconds = int.from_bytes(value[:8], "big")
                covered, value = b"cosignature/v1\ntime %d\n" % seconds + covered, value[8:]
            if not ed25519_holds(public, covered, value):
                raise Broken(f"the signature of {name} under a note does not hold")
        return bool(mine)


@dataclass(frozen=True)
class Head:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes
    note: Note


@dataclass(frozen=True)
class Policy:
    """Whom the reader believes: (name, key) of logs, names and keys of witnesses, the quorum."""

    logs: tuple[tuple[str, bytes], ...]
    witnesses: dict[str, tuple[str, bytes]]
    groups: dict[str, tuple[int, tuple[str, ...]]]
    quorum: str

    def reached(self, cosigned: set[str], name: str | None = None) -> bool:
        """Whether so many cosigned that `name`, or the quorum, counts as having cosigned."""
        name = self.quorum if name is None else name
        if name not in self.groups:
            return name == "none" or name in cosigned
        needed, members = self.groups[name]
        return sum(self.reached(cosigned, member) for member in members) >= needed


def read_note(data: bytes) -> Note:
    """The note that these bytes spell."""
    try:
        text, blank, tail = data.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError:
        raise Broken("a note is not UTF-8") from None
    if not blank or not tail.endswith("\n") or any(c < " " and c != "\n" for c in text + tail):
        raise Broken("a note is not a text, an empty line and signature lines")
    signatures = []
    for line in tail[:-1].split("\n"):
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        value = base64_bytes(encoded)
        if not line.startswith(_DASH) or not name or not space or len(value) < 5:
            raise Broken("a note has a line that is no signature line")
        signatures.append((name, value[:4], value[4:]))
    return Note((text + "\n").encode(), tuple(signatures))


def read_head(data: bytes) -> Head:
    """The checkpoint that these bytes spell; who signed it is the caller's question."""
    note = read_note(data)
    lines = note.text.decode().split("\n")[:-1]
    if len(lines) < 3 or not all(lines):
        raise Broken("a checkpoint is not an origin, a size and a root")
    return Head(lines[0], size_of(lines[1]), hash_of(lines[2]), note)


def read_policy(data: bytes) -> Policy:
    """The policy that a file spells.

    Raises:
        ValueError: at its first mistake; `tocsin` itself lists all of them.
    """
    logs: list[tuple[str, bytes]] = []
    witnesses: dict[str, tuple[str, bytes]] = {}
    groups: dict[str, tuple[int, tuple[str, ...]]] = {}
    quorum: list[str] = []
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        words = re.findall(r"[^ \t]+", line)
        match words:
            case []:
                continue
            case [first, *_] if first.startswith("#"):
                continue
            case ["log", key, *url] if len(url) <= 1:
                logs.append(_policy_key(number, key, LOG_KEY))
            case ["witness", name, key, *url] if len(url) <= 1:
                _check_names(number, witnesses, groups, (), name)
                found = _policy_key(number, key, WITNESS_KEY)
                if any(found[1] == public for _, public in witnesses.values()):
                    raise ValueError(f"policy, line {number}: this key has two names")
                witnesses[name] = found
            case ["group", name, count, *members] if members:
                _check_names(number, witnesses, groups, members, name)
                needed = {"all": len(members), "any": 1}.get(count) or _count(number, count)
                if needed > len(members):
                    raise ValueError(f"policy, line {number}: {count} can never be reached")
                groups[name] = needed, tuple(members)
            case ["quorum", name] if not quorum:
                _check_names(number, witnesses, groups, () if name == "none" else (name,))
                quorum.append(name)
            case _:
                raise ValueError(f"policy, line {number}: not a policy line: {line[:60]!r}")
    if not quorum:
        raise ValueError('policy: there is no quorum line; without witnesses: "quorum none"')
    return Policy(tuple(logs), witnesses, groups, quorum[0])


def _check_names(
    number: int,
    witnesses: dict[str, tuple[str, bytes]],
    groups: dict[str, tuple[int, tuple[str, ...]]],
    used: list[str] | tuple[str, ...],
    fresh: str | None = None,
) -> None:
    grouped = {m for _, members in groups.values() for m in members} if fresh else set()
    for name in used:
        if name not in {*witnesses, *groups}:
            raise ValueError(f"policy, line {number}: {name!r} is not defined above")
        if name in grouped or (fresh and list(used).count(name) > 1):
            raise ValueError(f"policy, line {number}: {name!r} is a member twice")
    if fresh in {*witnesses, *groups, "none"}:
        raise ValueError(f"policy, line {number}: the name {fresh!r} is taken")


def _count(number: int, text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise ValueError(f"policy, line {number}: {text!r} is not all, any or a count")
    return int(text)


def _policy_key(number: int, text: str, kind: int) -> tuple[str, bytes]:
    try:
        return key_of(text, kind)
    except Broken as bad:
        raise ValueError(f"policy, line {number}: {bad}") from None


def key_of(text: str, kind: int) -> tuple[str, bytes]:
    """Name and public key of a verifier key "name+hash+base64" of this kind."""
    name, _, rest = text.partition("+")
    id_, _, encoded = rest.partition("+")
    data = base64_bytes(encoded)
    if not name or len(data) != 33 or data[0] != kind or key_id(name, data[1:], kind).hex() != id_:
        raise Broken(f"{text[:60]!r} is not a verifier key of type {kind}")
    return name, data[1:]


def key_id(name: str, public: bytes, kind: int) -> bytes:
    """The four bytes by which a signature line names a key."""
    named = name.encode("utf-8", "surrogateescape")
    return hashlib.sha256(named + b"\n" + bytes([kind]) + public).digest()[:4]


def size_of(text: str) -> int:
    """A decimal number in its one spelling."""
    if not re.fullmatch("0|[1-9][0-9]{0,17}", text):
        raise Broken(f"{text[:24]!r} is not a number")
    return int(text)


def hash_of(text: str) -> bytes:
    """A SHA-256 in base64."""
    data = base64_bytes(text)
    if len(data) != 32:
        raise Broken("a hash is not of 32 bytes")
    return data


def base64_bytes(text: str) -> bytes:
    """The bytes behind base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Broken("base64 is damaged") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise Broken("base64 is not in its one spelling")
    return data


def lines_of(name: str, data: bytes) -> list[str]:
    """The lines of a text that is empty or ends with a newline, and has no empty line."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Broken(f"{name} is not UTF-8") from None
    if not text:
        return []
    lines = text.split("\n")
    if lines.pop() or not all(lines):
        raise Broken(f"{name} has an empty line, or its last line is cut short")
    return lines


def json_of(where: str, text: str) -> object:
    """The value that this canonical JSON spells. Source: RFC 8785."""
    try:
        value: object = json.loads(text)
        same = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) == text
    except (ValueError, RecursionError):
        raise Broken(f"{where} is not JSON") from None
    if not same:
        raise Broken(f"{where} is not in canonical form")
    return value


def object_of(where: str, text: str) -> dict[str, object]:
    """The object that this canonical JSON spells."""
    value = json_of(where, text)
    if not isinstance(value, dict):
        raise Broken(f"{where} is not a JSON object")
    return value


def inclusion_root(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root that `leaf` at `index` leads to; None if the path does not fit. RFC 9162 2.1.3.2."""
    if index >= size:
        return None
    place, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = _parent(step, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = _parent(root, step)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def check_growth(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> None:
    """Passes if the tree `new` only adds to the tree `old`. RFC 9162 2.1.4.2."""
    changed = Broken(f"the record of {new} entries does not only add to that of {old}")
    if old in (0, new):
        if path or (old == new and old_root != new_root) or old > new:
            raise changed
        return
    steps = path if old & (old - 1) else [old_root, *path]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not steps:
        raise changed
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise changed
        if place & 1 or place == last:
            first, second = _parent(step, first), _parent(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = _parent(second, step)
        place, last = place >> 1, last >> 1
    if last != 0 or first != old_root or second != new_root:
        raise changed


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
