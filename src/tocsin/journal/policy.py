"""Whom to believe: logs, witnesses and how many of them must agree, read from a policy file.

Source: C2SP tlog-policy (log, witness, group, quorum lines).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from tocsin.journal import note

NONE = "none"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_COUNT = re.compile(r"[1-9][0-9]{0,8}")


class PolicyError(ValueError):
    """A policy file has mistakes; `mistakes` gives all of them at once, each with its line."""

    def __init__(self, mistakes: list[tuple[int, str]]) -> None:
        super().__init__("\n".join(f"line {line}: {what}" for line, what in mistakes))
        self.mistakes = mistakes


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """So many of these names, each a witness or an earlier group, must have cosigned."""

    needed: int
    members: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint counts when one of `logs` signed it and the `quorum` of witnesses cosigned it.

    Args:
        urls: where a log or witness can be reached, by the text of its verifier key.
    """

    logs: tuple[note.Verifier, ...]
    witnesses: dict[str, note.Verifier]
    groups: dict[str, Group]
    quorum: str
    urls: dict[str, str]

    def cosigners(self, checkpoint: note.Checkpoint) -> dict[str, datetime]:
        """Which witnesses of this policy cosigned, and when. Raises ValueError on a bad one."""
        found = {name: w.cosigned_at(checkpoint.note) for name, w in self.witnesses.items()}
        return {name: at for name, at in found.items() if at is not None}

    def reached(self, cosigners: set[str]) -> bool:
        """Whether these witnesses are enough."""
        return self.quorum == NONE or self._holds(self.quorum, cosigners)

    def _holds(self, name: str, cosigners: set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigners
        return sum(self._holds(m, cosigners) for m in group.members) >= group.needed


def parse_policy(data: bytes) -> Policy:
    """The policy that a file spells. Names are compared octet by octet.

    Raises:
        PolicyError: with every mistake and its line.
    """
    reader = _Reader()
    text = data.decode("latin-1")
    if text and not text.endswith("\n"):
        reader.mistakes.append((text.count("\n") + 1, "the last line must end with a newline"))
    for number, words in _lines(text, reader.mistakes):
        try:
            reader.read(words)
        except ValueError as bad:
            reader.mistakes.append((number, str(bad)))
    if reader.quorum is None and not reader.quorum_failed:
        last = text.count("\n")
        reader.mistakes.append((last, 'there is no quorum line; without witnesses: "quorum none"'))
    if reader.mistakes or reader.quorum is None:
        raise PolicyError(sorted(reader.mistakes))
    return Policy(
        logs=tuple(reader.logs),
        witnesses=reader.witnesses,
        groups=reader.groups,
        quorum=reader.quorum,
        urls=reader.urls,
    )


def _lines(text: str, mistakes: list[tuple[int, str]]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if _FORBIDDEN.search(line):
            mistakes.append((number, "holds a control character other than tab"))
        elif (words := re.findall(r"[^ \t]+", line)) and not words[0].startswith("#"):
            yield number, words


class _Reader:
    """Collects what the lines define, one after another."""

    def __init__(self) -> None:
        self.logs: list[note.Verifier] = []
        self.witnesses: dict[str, note.Verifier] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.quorum_failed = False
        self.urls: dict[str, str] = {}
        self.mistakes: list[tuple[int, str]] = []
        self._members: set[str] = set()

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._read_log(vkey, url)
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._read_witness(name, vkey, url)
            case ["group", name, count, *members] if members:
                self._read_group(name, count, members)
            case ["quorum", name]:
                self._read_quorum(name)
            case _:
                raise ValueError(
                    f"{' '.join(words)[:60]!r} is none of: log KEY [URL], witness NAME KEY [URL], "
                    "group NAME all|any|COUNT NAME..., quorum NAME"
                )

    def _read_log(self, text: str, url: list[str]) -> None:
        key = _verifier(text, note.ED25519, "a log")
        if any(key.public == other.public for other in self.logs):
            raise ValueError("this key is listed for another log already")
        self.logs.append(key)
        self.urls.update((text, u) for u in url)

    def _read_witness(self, name: str, text: str, url: list[str]) -> None:
        self._check_new(name)
        key = _verifier(text, note.COSIGNATURE, "a witness")
        if any(key.public == other.public for other in self.witnesses.values()):
            raise ValueError("this key is listed for another witness already")
        self.witnesses[name] = key
        self.urls.update((text, u) for u in url)

    def _read_group(self, name: str, count: str, members: list[str]) -> None:
        self._check_new(name)
        for place, member in enumerate(members):
            self._check_known(member)
            if member in self._members or member in members[:place]:
                raise ValueError(f"{member!r} is a member of a group already")
        counts = {"all": len(members), "any": 1}
        if count not in counts and not _COUNT.fullmatch(count):
            raise ValueError(f"{count!r} must be all, any or a number from 1 to {len(members)}")
        needed = counts.get(count) or int(count)
        if needed > len(members):
            raise ValueError(f"{needed} of {len(members)} members can never be reached")
        self._members.update(members)
        self.groups[name] = Group(needed=needed, members=tuple(members))

    def _read_quorum(self, name: str) -> None:
        self.quorum_failed = True
        if self.quorum is not None:
            raise ValueError("there is a quorum line already")
        if name != NONE:
            self._check_known(name)
        self.quorum = name

    def _check_new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise ValueError(f"the name {name!r} is taken")

    def _check_known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise ValueError(f"{name!r} is not defined on a line above")


def _verifier(text: str, kind: int, what: str) -> note.Verifier:
    # Octets stay what they were: the file is read as Latin-1, names of keys are UTF-8.
    key = note.parse_verifier(text.encode("latin-1").decode("utf-8"))
    if key.kind != kind:
        raise ValueError(f"the key {key.name} is of type {key.kind}; {what} needs type {kind}")
    return key
