"""The whole command line: which module adds which word, and the help that leads to them.

A person at the command line waits for what is imported, so the words of each module stand here, and
only the module that a line asks for is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from tocsin import __version__
from tocsin.cli.frame.arguments import Parser, everywhere

EPILOG = """\
the first five minutes:
  tocsin init                                       make a home for the record
  tocsin register lint                              check what the organisation knows
  tocsin incident open --title "..." --system NAME  open an incident
  tocsin incident show 7K3                          what is known (any unambiguous start of an id)
  tocsin log 7K3                                    the timeline
  tocsin verify                                     check that nothing was changed
  tocsin export 7K3 --to DIR                        an evidence package that anyone can check

exit status: 0 done, 1 found a problem, 2 wrong use or bad input, 3 the outside world failed
"""

WORDS: dict[str, tuple[str, ...]] = {
    "home.home": ("init", "doctor"),
    "home.register": ("register",),
    "incident.first_hour": ("now", "ack", "stop", "undo", "decide"),
    "words.tell": ("tell",),
    "words.say": ("say",),
    "words.statements": ("statements",),
    "law.notice": ("notice",),
    "incident.incident": ("incident",),
    "analysis.analysis": ("analysis",),
    "evidence.counsel": ("counsel",),
    "recovery.recovery": ("recovery",),
    "recovery.model": ("model",),
    "evidence.hold": ("hold",),
    "law.law": ("law",),
    "acting.arming": ("arm", "disarm", "rehearse"),
    "playbook.playbook": ("playbook", "plan"),
    "assurance.coverage": ("coverage",),
    "assurance.controls": ("controls",),
    "detection.detect": ("detect",),
    "detection.profile": ("profile",),
    "alarms.watch": ("watch",),
    "detection.judge": ("judge",),
    "alarms.digest": ("digest", "paging"),
    "alarms.silence": ("silence",),
    "inbound.signals": ("signals",),
    "inbound.triage": ("triage",),
    "acting.work": ("work",),
    "acting.outbox": ("outbox",),
    "alarms.oncall": ("oncall", "page"),
    "incident.handover": ("handover",),
    "acting.switch": ("switch",),
    "over_http.web": ("web", "link"),
    "over_http.api": ("api",),
    "incident.report": ("report",),
    "lessons.postmortem": ("postmortem",),
    "lessons.actions": ("actions",),
    "lessons.metrics": ("metrics",),
    "record.log": ("log",),
    "record.verify": ("verify",),
    "record.export": ("export",),
    "record.witness": ("witness",),
    "record.key": ("key",),
    "record.backup": ("backup", "restore", "upgrade"),
    "demo.demo": ("demo",),
}
"""The words that each module adds, in the order in which help names them."""

_MODULE_OF = {word: module for module, words in WORDS.items() for word in words}


def parser(line: Sequence[str] = ()) -> Parser:
    """The whole command line; of a line that names its command, the part that understands it."""
    top = Parser(
        prog="tocsin",
        description="Incident response for AI systems: notice, act, prove, keep the record.",
        epilog=EPILOG,
    )
    top.add_argument("--version", action="version", version=f"tocsin {__version__}")
    everywhere(top, default=None)
    places = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in adding(_command_of(line)):
        add(places)
    return top


def _command_of(line: Sequence[str]) -> str | None:
    """The word of a command, where nothing but the options of every command stands before it."""
    words = iter(line)
    for word in words:
        if word == "--home":
            next(words, None)
        elif word != "--json" and not word.startswith("--home="):
            return word
    return None


def adding(word: str | None = None) -> list[Callable[..., None]]:
    """What adds the command of this word; of all commands where there is none of that word."""
    module = _MODULE_OF.get(word or "")
    return [_adding(one) for one in ([module] if module else WORDS)]


def _adding(module: str) -> Callable[..., None]:
    add: Callable[..., None] = import_module(f"tocsin.cli.{module}").add
    return add
