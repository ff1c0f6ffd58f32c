"""Names that may travel into files and addresses, and what to say when one is not known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from tocsin.facts import ConnectorError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,199}", re.ASCII)
_WORDS_MAX = 200


def target_checked(target: str) -> str:
    """The target, when its name is harmless in a file and in an address.

    Raises:
        ConnectorError: the name is empty, long, or holds anything else. Correct the plan.
    """
    if not _NAME.fullmatch(target) or any(part in ("", ".", "..") for part in target.split("/")):
        raise ConnectorError(
            f"target {plain(target)!r} is not a usable name; begin with a letter or digit and use "
            "letters, digits and . _ : @ / - (at most 200)",
            may_have_acted=False,
            retry=False,
        )
    return target


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known words, or some of those there are."""
    names = sorted(known)
    near = difflib.get_close_matches(found, names, n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not names:
        return "none is known"
    more = ", ..." if len(names) > 8 else ""
    return f"known are {', '.join(names[:8])}{more}"


def plain(text: str) -> str:
    """Words from outside, fit for a message: one line, printable, at most 200 characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _WORDS_MAX else line[: _WORDS_MAX - 3] + "..."
