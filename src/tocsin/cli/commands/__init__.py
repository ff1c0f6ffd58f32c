"""The commands, each module one noun; only what a line asks for is loaded.

A person at the command line waits for what is imported, so the words of each module stand here.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

WORDS: dict[str, tuple[str, ...]] = {
    "home": ("init", "doctor"),
    "register": ("register",),
    "first_hour": ("now", "ack", "stop", "undo", "decide"),
    "tell": ("tell",),
    "say": ("say",),
    "statements": ("statements",),
    "notice": ("notice",),
    "incident": ("incident",),
    "analysis": ("analysis",),
    "counsel": ("counsel",),
    "recovery": ("recovery",),
    "model": ("model",),
    "hold": ("hold",),
    "law": ("law",),
    "arming": ("arm", "disarm", "rehearse"),
    "playbook": ("playbook", "plan"),
    "coverage": ("coverage",),
    "controls": ("controls",),
    "detect": ("detect",),
    "profile": ("profile",),
    "watch": ("watch",),
    "judge": ("judge",),
    "digest": ("digest", "paging"),
    "silence": ("silence",),
    "signals": ("signals",),
    "triage": ("triage",),
    "work": ("work",),
    "outbox": ("outbox",),
    "oncall": ("oncall", "page"),
    "handover": ("handover",),
    "switch": ("switch",),
    "web": ("web", "link"),
    "api": ("api",),
    "report": ("report",),
    "postmortem": ("postmortem",),
    "actions": ("actions",),
    "metrics": ("metrics",),
    "log": ("log",),
    "verify": ("verify",),
    "export": ("export",),
    "witness": ("witness",),
    "key": ("key",),
    "backup": ("backup", "restore", "upgrade"),
    "demo": ("demo",),
}
"""The words that each module adds, in the order in which help names them."""

_MODULE_OF = {word: module for module, words in WORDS.items() for word in words}


def adding(word: str | None = None) -> list[Callable[..., None]]:
    """What adds the command of this word; of all commands where there is none of that word."""
    module = _MODULE_OF.get(word or "")
    return [_adding(one) for one in ([module] if module else WORDS)]


def _adding(module: str) -> Callable[..., None]:
    add: Callable[..., None] = import_module(f"{__name__}.{module}").add
    return add
