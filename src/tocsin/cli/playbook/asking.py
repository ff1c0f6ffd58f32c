"""Asks at a terminal what no flag said; elsewhere takes the default, or says which flag is missing.

Questions go to standard error, so that the answer of the command stands alone on standard output.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tocsin.cli.frame.screen import Screen
from tocsin.facts import Refused
from tocsin.playbook.first.offers import Offer
from tocsin.register.strict_yaml import NAME

TRIES = 3
LINE_MAX = 500

__all__ = ["Asking", "Offer", "name", "names", "yes_or_no"]


def name(text: str) -> str:
    """A name as plans and registers spell it. Used as an argument type."""
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text[:70]!r} is no name; use letters, digits, dots, - and _ (64 at most)"
        )
    return text


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them; "none" is no name. Used as an argument type."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(name(part) for part in parts if part != "none"))


def yes_or_no(text: str) -> bool:
    """Whether it says yes."""
    return text.strip().lower() in ("yes", "y")


class Asking:
    """The person at the terminal, if there is one."""

    def __init__(self, screen: Screen) -> None:
        self._screen, self._is_there = screen, sys.stdin.isatty()

    def name(self, given: str | None, flag: str, question: str, offer: Offer) -> str:
        """A name: as given, as answered, or the default."""
        if given is not None:
            return given
        for _ in range(TRIES):
            said = self.text(None, flag, question, offer)
            if NAME.fullmatch(said):
                return said
            self._screen.say(f"{said[:70]!r} is no name: letters, digits, dots, - and _")
            if not self._is_there:
                break
        raise Refused(f"no name was given; say {flag} NAME")

    def text(self, given: str | None, flag: str, question: str, offer: Offer,
             listed: Sequence[str] = ()) -> str:  # fmt: skip
        """Some words: as given, as answered, or the default."""
        if given is not None:
            return given
        if not self._is_there:
            if offer.default:
                return offer.default
            raise Refused(f"not known, and nobody at a terminal to ask; say {flag}")
        for line in listed:
            self._screen.say(f"  {line}")
        known = f" ({', '.join(offer.known)})" if offer.known and not listed else ""
        default = f" [{offer.default}]" if offer.default else ""
        for _ in range(TRIES):
            self._screen.say(f"{question}{known}{default}")
            line = sys.stdin.readline(LINE_MAX)
            if not line:
                break
            if line.strip() or offer.default:
                return line.strip() or offer.default
        raise Refused(f"no answer; say {flag}")
