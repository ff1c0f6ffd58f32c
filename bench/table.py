"""A table of figures, for the screen and for bench/results."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """Columns, rows of text, and what was compared with what.

    Args:
        met: whether the stated limit held; None where there is none.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str
    met: bool | None = None
    name: str = field(default="")

    def markdown(self) -> str:
        """The table in Markdown."""
        verdict = {None: "", True: " (limit held)", False: " (LIMIT NOT HELD)"}[self.met]
        lines = [f"## {self.title}{verdict}", "", self._line(self.columns)]
        lines.append(self._line(["---"] * len(self.columns)))
        lines += [self._line(row) for row in self.rows]
        return "\n".join([*lines, "", self.note, ""])

    @staticmethod
    def _line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"


def paired(
    one: Callable[[], float], other: Callable[[], float], rounds: int
) -> tuple[float, float, float]:
    """Medians of both, and the median of the ratios one/other of interleaved rounds."""
    pairs = [(one(), other()) for _ in range(rounds)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )
