"""`tocsin law duties --facts FILE`: which duties these facts raise, until when, and what to ask.

Needs no home, and writes nothing: what is supposed by `--assume` is only looked at.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import datetime

import msgspec

from tocsin.cli.frame.screen import WRONG_USE, Answer, Screen
from tocsin.cli.law.case_file import case_file
from tocsin.cli.law.duties_sheet import sheet_of
from tocsin.cli.law.pack import asked_law
from tocsin.duties.contradictions import not_yet
from tocsin.duties.document import as_document, duties_document
from tocsin.duties.known import LegalFacts
from tocsin.duties.law import Law
from tocsin.duties.values import facts_of
from tocsin.duties.worked import Worked
from tocsin.facts import Refused
from tocsin.register.legal_keys import KeyType
from tocsin.register.mistakes import Mistake, mistakes_only
from tocsin.world import RealClock


def duties_of_facts(args: argparse.Namespace, screen: Screen) -> Answer:
    """The duties of each case of the file that is named."""
    law = asked_law(args)
    file = case_file(args.facts, law)
    assumed, unknown, told = assumed_of(args.assume or (), law)
    for one in (*file.told, *told):
        screen.say(str(one))
    wrong = mistakes_only([*file.told, *told])
    if wrong:
        data = {"error": f"{len(wrong)} mistakes", "exit": WRONG_USE, "mistakes": wrong}
        return Answer(data=data, text="", status=WRONG_USE)
    now = RealClock().now()
    cases = [_assuming(case, assumed, unknown) for case in file.cases]
    pages, documents = [], []
    for case in cases:
        at: datetime = args.at or case.at or now
        for one in not_yet(case.facts, at) if at != case.at else ():
            screen.say(str(msgspec.structs.replace(one, file=file.name)))
        most = None if args.all else 5
        document, duties, asked = duties_document(
            law, case.facts, at, id=case.id, case=case, most=most
        )
        documents.append(document)
        title = f"legal duties of {case.id or file.name}"
        pages.append(sheet_of(duties, asked, at, title=title, whole=args.all))
    data = {"cases": documents} if file.several else documents[0]
    note = f"by law {law.version} ({law.digest[:12]})"
    return Answer(data=data, text="\n\n".join([*pages, note]))


def assumed_of(
    words: Sequence[str], law: Law
) -> tuple[LegalFacts, tuple[str, ...], tuple[Mistake, ...]]:
    """What is assumed, the keys that are assumed to be unknown, and what is wrong with that.

    Raises:
        Refused: a word is not KEY=VALUE.
    """
    given: dict[str, object] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise Refused(f"--assume {word}: write KEY=VALUE, such as personal_data=yes")
        name = key.strip()
        entry = law.dictionary.find(name)
        of_harms = entry is not None and entry.type is KeyType.HARMS
        read = _harms(value.strip()) if of_harms else _value(value.strip())
        if name in given and given[name] != read:
            raise Refused(f"--assume {word}: {name} is assumed twice; keep one of them")
        given[name] = read
    facts, told = facts_of(given, law)
    placed = tuple(msgspec.structs.replace(one, file="--assume") for one in told)
    entries = [law.dictionary.find(key) for key, value in given.items() if value is None]
    names = [key for key, value in given.items() if value is None]
    unknown = tuple(
        name if entry is None or entry.key.endswith(".*") else entry.key
        for name, entry in zip(names, entries, strict=True)
    )
    return facts, unknown, placed


def _harms(text: str) -> object:
    """As JSON where it is some; else KIND or KIND=INSTANT, with commas between them."""
    if "=" not in text or text[:1] in ("[", "{"):
        return _value(text)
    parts = [part.partition("=") for part in text.split(",")]
    return [
        {"kind": kind.strip()} | ({"aware": aware.strip()} if equals else {})
        for kind, equals, aware in parts
    ]


def _value(text: str) -> object:
    """As JSON where it is some; a list where it has commas; else the words."""
    try:
        value: object = json.loads(text)
    except ValueError:
        parts = [part.strip() for part in text.split(",")]
        return parts if len(parts) > 1 else text
    return value if not isinstance(value, float) else text


def _assuming(case: Worked, assumed: LegalFacts, unknown: Sequence[str]) -> Worked:
    """The case with what is assumed; its facts are then given back as they are taken."""
    if not assumed.values and not unknown:
        return case
    facts = assumed.over(case.facts)
    for key in unknown:
        facts = facts.with_(key, None)
    return msgspec.structs.replace(case, facts=facts, given=as_document(facts), profile={})
