"""What is wrong in a declaration: where, what was found, what would be right.

A mistake is a value, not an error. All are told at once, in the order of files and lines.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import msgspec


class Mistake(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something in the register that is wrong or, as advice, better otherwise.

    Args:
        line: from 1; the line of the nearest key that stands in the file.
        path: the field, as in "systems.assistant.owner"; empty for the whole file.
        found: what stands there; never a secret.
        remedy: what would be right.
        advice: True when the register can come into force as it is.
        rule: the id of the rule that says so, such as "TP402"; empty where none has an id.
    """

    file: str
    line: int
    path: str
    found: str
    remedy: str
    advice: bool = False
    rule: str = ""

    def __str__(self) -> str:
        kind = "advice" if self.advice else "mistake"
        where = f"{self.file}:{self.line}"
        field = f" {self.path}:" if self.path else ""
        named = f" [{self.rule}]" if self.rule else ""
        return f"{where}: {kind}:{field} {self.found}; {self.remedy}{named}"


def mistakes_only(told: Iterable[Mistake]) -> list[Mistake]:
    """Those that must be mended before the register can come into force."""
    return [mistake for mistake in told if not mistake.advice]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def did_you_mean(name: str, known: Sequence[str] | Iterable[str], otherwise: str) -> str:
    """A remedy: the nearest known name, or else what `otherwise` says."""
    meant = nearest(name, known)
    return f'did you mean "{meant}"?' if meant else otherwise


def shown(value: object) -> str:
    """A value from a file as it may be shown: on one line, and not for ever."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no number of more than some thousand digits
        return "a very large number"
    return text if len(text) <= 60 else text[:57] + "..."
