"""What an import says beside the plan: what was wrong and is mended, and what is not carried."""

from __future__ import annotations

from collections import Counter

import msgspec

from tocsin.playbook.cacao.json_tree import Json


class Repair(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something in a foreign file that was wrong, and what was done about it.

    Args:
        line: of the file; 0 where nothing stands there.
        path: as in "$.workflow.action--...on_completion".
    """

    line: int
    path: str
    found: str
    done: str

    def __str__(self) -> str:
        return f"repaired: {_where(self.line, self.path)}: {self.found}; {self.done}"


class Loss(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something that a foreign file says and our plan does not."""

    line: int
    path: str
    what: str

    def __str__(self) -> str:
        return f"not carried: {_where(self.line, self.path)}: {self.what}"


def _where(line: int, path: str) -> str:
    return f"line {line}, {path}" if line else path


class Account:
    """Gathers repairs and losses while a file is read, each of them once."""

    def __init__(self) -> None:
        self._repairs: dict[Repair, None] = {}
        self._losses: dict[Loss, None] = {}

    def repaired(self, at: Json | int, path: str, found: str, done: str) -> None:
        self._repairs[Repair(line=_line(at), path=path, found=found, done=done)] = None

    def lost(self, at: Json | int, path: str, what: str) -> None:
        self._losses[Loss(line=_line(at), path=path, what=what)] = None

    @property
    def repairs(self) -> tuple[Repair, ...]:
        return tuple(sorted(self._repairs))

    @property
    def losses(self) -> tuple[Loss, ...]:
        return tuple(sorted(self._losses))


def _line(at: Json | int) -> int:
    return at if isinstance(at, int) else at.line


class Names:
    """Gives each thing a name of its own: letters, digits and -, short, never one given before."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._given = Counter(taken)

    def new(self, wish: str, otherwise: str) -> str:
        """A name like the wish; `otherwise` when nothing of the wish can stand in a name."""
        return self.exactly(slug(wish) or slug(otherwise) or "step")

    def exactly(self, stem: str) -> str:
        """This very name, or with a number behind it when it was given before."""
        name, number = stem, 1
        while self._given[name]:
            number += 1
            name = f"{stem}-{number}"
        self._given[name] += 1
        return name


def slug(text: str, chars_max: int = 48) -> str:
    """The text as a name: small letters and digits with - between them; may be empty."""
    signs = (sign if sign.isascii() and sign.isalnum() else " " for sign in text.lower())
    words = "".join(signs).split()
    found = ""
    for word in words:
        longer = f"{found}-{word}" if found else word[:chars_max]
        if len(longer) > chars_max:
            break
        found = longer
    return found
