"""Reads a document of legal facts against the dictionary: facts, and all mistakes at once. Pure.

Nested and dotted keys are the same fact. A key or a word that the dictionary has not is told and
taken as unknown, so that it can never silence a duty; what cannot be read at all is a mistake.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from tocsin.duties.contradictions import contradictions
from tocsin.duties.instants import NoInstant, day_of, instant_of
from tocsin.duties.known import NOT_REQUIRED, SUBMITTED, Awareness, Harm, LegalFacts, Value
from tocsin.duties.law import Law
from tocsin.register.formats import jurisdiction_meant, jurisdiction_wrong
from tocsin.register.legal_keys import KeyType, LegalKey
from tocsin.register.mistakes import Mistake, did_you_mean, nearest, shown

__all__ = ["Awareness", "Harm", "LegalFacts", "Value", "facts_of"]

_YES = {"yes": True, "true": True, "no": False, "false": False}
PERIOD_MAX = 3_660
"""No case gives more days, or months, to answer: ten years of days."""
NEVER_NONE = ("jurisdictions", "roles")  # nobody is nowhere, or nothing: an empty list is unknown
_SLIP = 0.85  # as near as this to a known word, another word is a slip of the pen
_OF_AWARENESS = ("instant", "at", "person", "class", "basis", "organisation")


def facts_of(document: Mapping[str, object], law: Law) -> tuple[LegalFacts, tuple[Mistake, ...]]:
    """The legal facts of a document, and what is wrong in it.

    Returns:
        The facts that could be read, and mistakes with `file` "facts" and line 1, whose `path` is
        the place in the document. Those that are only advice leave the facts usable.
    """
    reading = _Reading(law)
    for path, key, value in reading.flat("", document):
        reading.take(path, key, value)
    facts = LegalFacts(values=reading.values, unsure=frozenset(reading.unsure))
    reading.mistakes += contradictions(facts, law)
    return facts, tuple(dict.fromkeys(reading.mistakes))


class _Reading:
    """One reading of one document; gathers mistakes as it goes."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.mistakes: list[Mistake] = []
        self.values: dict[str, Value] = {}
        self.unsure: set[str] = set()

    def flat(
        self, path: str, inner: Mapping[str, object]
    ) -> Iterator[tuple[str, LegalKey, object]]:
        """Each fact with where it stands and its entry in the dictionary."""
        for name, value in inner.items():
            here = f"{path}{name}"
            entry = self.law.dictionary.find(here)
            is_value = not isinstance(value, Mapping) or _is_one_value(entry, value)
            if entry is not None and is_value:
                yield here, entry, value
            elif isinstance(value, Mapping) and value:
                yield from self.flat(f"{here}.", {str(key): one for key, one in value.items()})
            elif entry is None:
                known = (*self.law.dictionary.keys, *_spellings(self.law))
                remedy = did_you_mean(here, known, "the keys stand in law/facts.toml")
                self.advise(here, "no legal fact is called so; it is not used", remedy)

    def take(self, path: str, entry: LegalKey, value: object) -> None:
        """Read one fact; a second one under the same key must say the same."""
        if value is None:
            return
        key = path if entry.key.endswith(".*") else entry.key
        self.named(path)
        read = self.read(path, entry, value)
        if read is None:
            return
        if key in self.values and self.values[key] != read:
            self.wrong(path, f"{key} is given twice, and not the same", "keep one of them")
        self.values[key] = read

    def named(self, path: str) -> None:
        """Advise on a submission of no stage, and a decision on no rule."""
        if not path.startswith((SUBMITTED, NOT_REQUIRED)):
            return
        known = {rule.id for rule in self.law.rules}
        before, what = NOT_REQUIRED, "rule"
        if path.startswith(SUBMITTED):
            before, what = SUBMITTED, "stage"
            known |= {rule.stage for rule in self.law.rules if rule.stage is not None}
        name = path.removeprefix(before)
        if name not in known:
            near = nearest(name, known)
            remedy = f'did you mean "{before}{near}"?' if near else "see: tocsin law list"
            self.advise(path, f"no {what} of the law is called {shown(name)}", remedy)

    def read(self, path: str, entry: LegalKey, value: object) -> Value | None:
        """The value in the type of its key, or None and a mistake."""
        if isinstance(value, str):
            value = value.strip()
        match entry.type:
            case KeyType.INSTANT:
                return self.instant(path, value)
            case KeyType.DATE:
                return self.day(path, value)
            case KeyType.YES_NO:
                return self.yes_no(path, value)
            case KeyType.CHOICE:
                return self.choice(path, entry, value)
            case KeyType.CHOICES:
                return self.choices(path, entry, value)
            case KeyType.COUNT:
                return self.count(path, entry, value)
            case KeyType.TEXT:
                return self.text(path, value)
            case KeyType.HARMS:
                return self.harms(path, entry, value)
            case KeyType.AWARENESS:
                return self.awareness(path, entry, value)

    def instant(self, path: str, value: object) -> datetime | bool | None:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in _YES:
            return _YES[value.lower()]
        try:
            return instant_of(value)
        except NoInstant as bad:
            self.wrong(path, bad.found, bad.remedy)
            return None

    def day(self, path: str, value: object) -> date | None:
        try:
            return day_of(value)
        except NoInstant as bad:
            self.wrong(path, bad.found, bad.remedy)
            return None

    def yes_no(self, path: str, value: object) -> bool | None:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in _YES:
            return _YES[value.lower()]
        self.wrong(path, f"{shown(value)} is neither yes nor no", "write true or false")
        return None

    def choice(self, path: str, entry: LegalKey, value: object) -> str | None:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, str):
            self.wrong(path, f"{shown(value)} is no word", f"write one of {_some(entry)}")
            return None
        word = entry.choice(value)
        return word if self.known_word(path, entry, word) else None

    def choices(self, path: str, entry: LegalKey, value: object) -> tuple[str, ...] | None:
        given = value if isinstance(value, list | tuple) else [value]
        if not given and entry.key in NEVER_NONE:
            self.advise(path, "an empty list; it counts as unknown", f"write {_some(entry)}")
            return None
        means = jurisdiction_meant if _of_places(entry) else entry.choice
        words = [means(word) for word in given if isinstance(word, str)]
        if len(words) < len(given):
            self.wrong(
                path, f"{shown(value)} is no list of words", f"write a list of {_some(entry)}"
            )
            return None
        known = [word for word in words if self.known_word(path, entry, word)]
        if len(known) < len(words):
            self.unsure.add(entry.key)
            if not known:
                return None
        return tuple(sorted(set(known)))

    def count(self, path: str, entry: LegalKey, value: object) -> int | None:
        least, most = (1, PERIOD_MAX) if _is_period(entry, self.law) else (0, None)
        to = "" if most is None else f" to {most:,}: a deadline counts by it"
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.wrong(
                path, f"{shown(value)} is no count", f"write a whole number from {least}{to}"
            )
            return None
        if most is not None and value > most:
            self.wrong(path, f"{value:,} is too many", f"write a whole number from {least}{to}")
            return None
        return value

    def text(self, path: str, value: object) -> str | None:
        if isinstance(value, str) and (value or not path.startswith(NOT_REQUIRED)):
            return value
        if value == "":
            self.wrong(path, "no reason", "write why it is not required, and who decided")
            return None
        self.wrong(path, f"{shown(value)} is no text", "write it in quotation marks")
        return None

    def harms(self, path: str, entry: LegalKey, value: object) -> Value | None:
        if value is False or (isinstance(value, str) and _YES.get(value.lower()) is False):
            return ()
        harms = []
        for place, one in _each(path, value):
            parts = {"kind": one} if isinstance(one, str) else one
            if not isinstance(parts, Mapping) or not isinstance(parts.get("kind"), str):
                remedy = 'write {"kind": ..., "aware": ...}'
                self.wrong(place, f"{shown(one)} is no harm with its kind", remedy)
                continue
            kind = entry.choice(str(parts["kind"]))
            self.others(place, parts, ("kind", "aware"))
            if not self.known_word(f"{place}.kind", entry, kind):
                self.unsure.add(entry.key)
            harms.append(Harm(kind=kind, aware=self.when(f"{place}.aware", parts.get("aware"))))
        return tuple(sorted(harms, key=lambda one: (one.kind, str(one.aware))))

    def awareness(self, path: str, entry: LegalKey, value: object) -> Value | None:
        if isinstance(value, bool | str) or not isinstance(value, list | tuple | Mapping):
            return self.instant(path, value)
        if isinstance(value, Mapping) and "local" in value:
            return self.instant(path, value)
        entries = []
        for place, one in _each(path, value):
            parts = one if isinstance(one, Mapping) and "local" not in one else {"instant": one}
            self.others(place, parts, _OF_AWARENESS)
            instant = self.when(f"{place}.instant", parts.get("instant", parts.get("at")))
            if instant is None:
                self.advise(
                    place, "an awareness that says not when is not used", "give its instant"
                )
                continue
            standing = self.part(place, parts, "class")
            if standing and entry.choices and not self.known_word(place, entry, standing):
                standing = None
            entries.append(
                Awareness(
                    instant=instant,
                    person=self.part(place, parts, "person"),
                    standing=standing,
                    basis=self.part(place, parts, "basis"),
                )
            )
        return tuple(sorted(entries, key=lambda one: (one.instant, str(one)))) or None

    def when(self, path: str, value: object) -> datetime | None:
        """The instant, where one is given and nothing else will do."""
        instant = None if value is None else self.instant(path, value)
        if isinstance(instant, bool):
            self.wrong(path, f"{shown(value)} says not when", "give the instant, or leave it out")
            return None
        return instant

    def part(self, place: str, parts: Mapping[str, object], name: str) -> str | None:
        value = parts.get(name)
        return None if value is None else self.text(f"{place}.{name}", value)

    def others(self, place: str, parts: Mapping[str, object], known: Sequence[str]) -> None:
        for name in parts:
            if name not in known:
                remedy = did_you_mean(str(name), known, f"it may hold {', '.join(known)}")
                self.advise(f"{place}.{name}", "not read", remedy)

    def known_word(self, path: str, entry: LegalKey, word: str) -> bool:
        """Whether a word may be used; told where the dictionary has it not."""
        if _of_places(entry):
            return self.known_place(path, word)
        if not entry.choices or word in entry.choices:
            return True
        near = nearest(word, entry.choices)
        if near is not None and _alike(word, near) >= _SLIP:
            self.wrong(path, f"{shown(word)} is not in the dictionary", f'did you mean "{near}"?')
        else:
            found = f"{shown(word)} is not in the dictionary; it counts as unknown"
            self.advise(path, found, did_you_mean(word, entry.choices, f"write {_some(entry)}"))
        return False

    def known_place(self, path: str, word: str) -> bool:
        """Whether a word is a jurisdiction, or a group of them."""
        places = self.law.places
        if word in places or any(word in place.groups for place in places.values()):
            return True
        if any(code.startswith(f"{word}-") for code in places):
            return True
        part = next((code for code in places if code.endswith(f"-{word}")), None)
        remedy = jurisdiction_wrong(word)
        if remedy is not None:
            meant = remedy if part is None else f'did you mean "{part}"?'
            self.wrong(path, f"{shown(word)} is no jurisdiction", meant)
            return False
        found = f"the zone and the holidays of {word} are not known here"
        meant = "" if part is None else f'if you mean "{part}", write that; else '
        remedy = f"{meant}add it to places.toml; until then the earliest end is told"
        self.advise(path, found, remedy)
        return True

    def wrong(self, path: str, found: str, remedy: str) -> None:
        self.mistakes.append(Mistake(file="facts", line=1, path=path, found=found, remedy=remedy))

    def advise(self, path: str, found: str, remedy: str) -> None:
        said = Mistake(file="facts", line=1, path=path, found=found, remedy=remedy, advice=True)
        self.mistakes.append(said)


def _is_period(entry: LegalKey, law: Law) -> bool:
    """Whether it says how long a period is."""
    return any(
        entry.key == within.count_from
        for rule in law.rules
        for within in (rule.again, *(clock.within for clock in rule.clocks))
        if within is not None
    )


def _of_places(entry: LegalKey) -> bool:
    return entry.key == "jurisdictions" or entry.key.startswith("place.")


def _is_one_value(entry: LegalKey | None, value: Mapping[str, object]) -> bool:
    """Whether a mapping is one value of this key, and not a group of keys."""
    if entry is None:
        return False
    of_type = {KeyType.HARMS: ("kind",), KeyType.AWARENESS: ("instant", "at", "local"),
               KeyType.INSTANT: ("local", "zone")}  # fmt: skip
    return any(part in value for part in of_type.get(entry.type, ()))


def _each(path: str, value: object) -> Iterator[tuple[str, object]]:
    many = value if isinstance(value, list | tuple) else [value]
    for number, one in enumerate(many, start=1):
        yield f"{path}.{number}", one


def _spellings(law: Law) -> tuple[str, ...]:
    return tuple(also for entry in law.dictionary.keys.values() for also in entry.spelt_also)


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _some(entry: LegalKey) -> str:
    words = sorted(entry.choices)
    return ", ".join(words[:8]) + (", ..." if len(words) > 8 else "") or "the words of its key"
