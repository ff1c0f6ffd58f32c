"""Gathers what is wrong with a foreign playbook, each at its line and path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tocsin.playbook.cacao.json_tree import Json
from tocsin.register.mistakes import Mistake


class At(NamedTuple):
    """A value of a file, and its path from `$`."""

    node: Json
    path: str


class Found:
    """What was found in one file."""

    def __init__(self, file: str) -> None:
        self.mistakes: list[Mistake] = []
        self._file = file

    def wrong(self, at: At, found: str, remedy: str) -> None:
        """Tell a mistake."""
        self._tell(at, found, remedy, advice=False)

    def advise(self, at: At, found: str, remedy: str) -> None:
        """Tell something that is allowed and would be better otherwise."""
        self._tell(at, found, remedy, advice=True)

    def _tell(self, at: At, found: str, remedy: str, *, advice: bool) -> None:
        self.mistakes.append(
            Mistake(file=self._file, line=at.node.line, path=at.path, found=found,
                    remedy=remedy, advice=advice)
        )  # fmt: skip


def fields_of(node: Json | None) -> Mapping[str, Json]:
    """The fields of an object; none where it is something else."""
    return node.value if node is not None and isinstance(node.value, dict) else {}
