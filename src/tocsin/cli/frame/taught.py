"""What the help of a command says of its arguments, with an example, where it says no more itself.

No argument is without a meaning and no command without an example: a test asks for both.
"""

from __future__ import annotations

import argparse
import enum
import shlex
from collections.abc import Mapping
from pathlib import Path

from tocsin.cli.frame import arguments

EXIT_STATUS = (
    "exit status: 0 done, 1 found a problem, 2 wrong use or bad input, 3 the outside world failed"
)

MEANINGS: Mapping[str, str] = {
    "about": "what it is about: a claim, a question or the number of an entry",
    "answer": "what the answer is, in words or as the law's dictionary spells it",
    "attendee": "who took part (may be repeated)",
    "basis": "what it rests on",
    "because": "why; it stands in the record",
    "category": "under which head it is counted in the privilege log",
    "choice": "one of the choices that the plan gives",
    "conclusion": "what became of it",
    "counts": "it counts",
    "counts_not": "it does not count, and starts no clock",
    "decided": "whether the duty is asked of us",
    "digest": "the SHA-256 by which it lies in the vault",
    "drill": "the drill that will prove it closed",
    "due": "by when, with its zone: 2026-12-04T17:00Z",
    "entry": "its number in the timeline",
    "evidence": "SHA-256 of evidence in the vault (may be repeated)",
    "field": "which words of it, such as text or title",
    "file": "the file; what it holds is kept by its SHA-256",
    "files": "the files",
    "fingerprint": "the key, as `tocsin register keys` shows it",
    "flag": "what was flagged, by its code",
    "flagd": "where to write it",
    "grade": "how surely it is held to be so",
    "ground": "on what ground it is withheld",
    "held": "a person, by their id (may be repeated)",
    "host": "where to listen",
    "hypothesis": "its id: H1",
    "incident": "its id, or any start of it: 7K3",
    "into": "the incident that goes on",
    "kind": "of what kind",
    "log": "whose timeline",
    "member": "their id in the register",
    "model": "its name in the model registry",
    "new": "the plan as it shall be",
    "note": "words for the record",
    "notice": "its id: N1",
    "old": "the plan as it was",
    "other": "the other incident: its id, or any start of it",
    "outcome": "what came of it",
    "owner": "who answers for it, by their id in the register",
    "paper": "the document that says so",
    "phase": "the phase that begins",
    "plan": "the file of the plan",
    "playbook": "the file of the CACAO playbook",
    "port": "at which port to listen; 0 takes one that is free",
    "purpose": "what for, in words",
    "relation": "how it stands to the other",
    "role": "the role, as the register spells it",
    "run_id": "which run, where there are several: run-1",
    "says": "what it shows, in a line",
    "section": "which part",
    "severity": "how bad; sev1 is worst",
    "skip": "what was skipped, as `tocsin recovery status` names it",
    "standing": "in what standing they learnt it",
    "statement": "what is held to be so",
    "step": "the step of the plan",
    "strength": "how much it weighs",
    "subject": "of the mail",
    "system": "its id in the register",
    "text": "the words",
    "tier": "how much hangs on the model; 1 is most",
    "title": "what it is, in a line",
    "to": "to whom, by their id in the register",
    "vendor": "its name in the register",
    "version": "its version",
    "vkey": "the record's verifier key: tocsin key show",
    "went": "how it went",
    "what": "what it is, or is about",
    "where": "where it lies",
    "who": "their id in the register",
    "writer": "who writes it, by their id in the register",
}
"""By the name of the argument."""

SAMPLES: Mapping[str, object] = {
    "about": "C1",
    "action": 12,
    "amount": 1200,
    "answer": "yes",
    "because": "seen in 12 of 40 sampled answers",
    "basis": "12 of 40 sampled answers",
    "choice": "yes",
    "claim": "C1",
    "digest": "3fa2",
    "due": "2026-12-04T17:00Z",
    "entry": 12,
    "facilitator": "cleo",
    "file": "proof.pdf",
    "fingerprint": "SHA256:...",
    "folder": "witness",
    "held": "ana",
    "hold": "declaration",
    "incident": "7K3",
    "into": "9QX",
    "member": "ana",
    "model": "intents",
    "other": "9QX",
    "question": "Q1",
    "role": "commander",
    "run_id": "run-1",
    "step": "ask-commander",
    "system": "assistant",
    "title": "assistant invents refunds",
    "unit": "EUR",
    "vkey": "VERIFIER-KEY",
    "work": "work-1",
}
"""What an example says for an argument that must be given, by its name."""


def meaning(action: argparse.Action) -> str:
    """What an argument is, as its command says or else by its name."""
    return action.help or MEANINGS.get(action.dest, "")


def complete(parser: argparse.ArgumentParser) -> None:
    """Give each argument a meaning, and a command an example and what its exit status says.

    To do it again changes nothing.
    """
    for action in parser._actions:
        action.help = meaning(action)
    said = parser.epilog or ""
    if EXIT_STATUS in said or parser.get_default("run") is None:
        return
    worked = said or f"examples:\n  {example(parser)}"
    parser.epilog = f"{worked.rstrip()}\n\n{EXIT_STATUS}"


def example(parser: argparse.ArgumentParser) -> str:
    """A line with all that the command must be given, which it understands."""
    one_of = [group._group_actions for group in parser._mutually_exclusive_groups if group.required]
    asked = [one for one in parser._actions if one.required]
    asked += [group[0] for group in one_of]
    words = [word for one in asked if not one.option_strings for word in [_sample(one)]]
    for one in asked:
        if one.option_strings:
            words += [one.option_strings[-1], *([] if one.nargs == 0 else [_sample(one)])]
    if any(one.dest == "person" for one in parser._actions):
        words += ["--as", "ana", "--key", "FILE"]
    return " ".join([parser.prog, *map(shlex.quote, words)])


def _sample(action: argparse.Action) -> str:
    if action.choices is not None:
        first = next(iter(action.choices))
        return str(first.value if isinstance(first, enum.Enum) else first)
    if action.type is Path and action.dest != "folder":
        return "plan.yaml" if action.dest in ("plan", "old", "new") else "FILE"
    if action.type is arguments.instant:
        return "2026-12-04T17:00Z"
    if action.dest in SAMPLES:
        return str(SAMPLES[action.dest])
    named = action.metavar if isinstance(action.metavar, str) else action.dest
    return "12" if action.type in (arguments.whole, arguments.count) else named.upper()
