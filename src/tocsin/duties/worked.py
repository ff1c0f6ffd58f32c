"""Cases worked by hand, as others write them: facts, and what rules must come to on them. Pure.

One form holds both a vector, which is about one rule in one place and whose trigger counts as met
unless a fact says otherwise, and a whole incident, which names what is raised, not raised, or open.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from tocsin.duties.calendars import LegalPlace
from tocsin.duties.contradictions import not_yet
from tocsin.duties.instants import NoInstant, instant_of
from tocsin.duties.known import LegalFacts, Value
from tocsin.duties.law import Law
from tocsin.duties.places import place_wrong
from tocsin.duties.raised import place_of
from tocsin.duties.values import NEVER_NONE, facts_of
from tocsin.register.mistakes import Mistake, did_you_mean, nearest, shown

VECTORS, CASES = ("vectors", "vector"), ("cases", "case")
_VECTOR = ("id", "rule", "facts", "zone", "calendar", "status", "due", "latest_arguable",
           "immediately_from", "why", "contention", "at", "note")  # fmt: skip
_OF_PACK = ("id", "rule", "facts", "zone", "calendar", "at", "due", "latest_arguable",
            "immediately_from")  # fmt: skip
_EXPECTS = ("raised", "not_raised", "open")
_OF_FILES = ("id", "sources", "source", "version")
_TOLD = ("anticipatory", "not_in_force", "watch", "duties", "questions", "law", "note", "title",
         "story", "why", "contention", "incident")  # fmt: skip
AROUND = ("id", "at", "zone", "calendar", "facts", "entity_profile", *_EXPECTS)
_PLACE = ("zone", "calendar")
_INSTANTS = ("due", "latest_arguable", "immediately_from")


class Outcome(enum.Enum):
    """What a rule must come to."""

    DUE = "due"  # of a vector: raised, or open with this deadline
    ANTICIPATORY = "anticipatory"
    NOT_IN_FORCE = "not-in-force"
    NOT_APPLICABLE = "not-applicable"
    RAISED = "raised"
    NOT_RAISED = "not-raised"  # of a case: neither raised nor open
    OPEN = "open"


_OF_VECTORS = {one.value: one for one in (
    Outcome.DUE, Outcome.ANTICIPATORY, Outcome.NOT_IN_FORCE, Outcome.NOT_APPLICABLE
)}  # fmt: skip


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule must come to.

    Args:
        instants: those that are compared; None is that there must be none.
        asks: keys that must be among what is missing.
    """

    rule: str
    outcome: Outcome
    instants: Mapping[str, datetime | None] = {}
    asks: tuple[str, ...] = ()


class Worked(msgspec.Struct, frozen=True, kw_only=True):
    """One case with its facts and all that is expected.

    Args:
        at: as of when; None is whenever it is checked.
        place: of a vector: where the act is to be done.
        profile: the facts that belong to the organisation, as they stand in the document.
        given: the facts as they stand in the document.
    """

    id: str
    facts: LegalFacts
    expected: tuple[Expected, ...] = ()
    at: datetime | None = None
    place: LegalPlace | None = None
    given: Mapping[str, object] = {}
    profile: Mapping[str, object] = {}


def worked_of(
    document: Mapping[str, object], law: Law
) -> tuple[tuple[Worked, ...], tuple[Mistake, ...]]:
    """All cases of a document: vectors, whole incidents, a single one, or bare facts.

    Returns:
        The cases that could be read, and all mistakes; their `path` begins with the list and the
        number of the case in it, from 1, where the document holds several.
    """
    reading = _Reading(law)
    found: list[Worked] = []
    for path, one in _listed(document, VECTORS):
        found += reading.vector(path, one)
    for path, one in _listed(document, CASES):
        found += reading.case(path, one)
    if not any(name in document for name in (*VECTORS, *CASES)):
        found += reading.case("", document)
    else:
        reading.only("", document, (*VECTORS, *CASES), (*_TOLD, *_OF_FILES))
    reading.twice()
    return tuple(found), tuple(reading.mistakes)


def worked_in(law: Law) -> tuple[Worked, ...]:
    """The vectors that stand beside the rules of the pack itself."""
    vectors = [
        {name: getattr(one, name) for name in _OF_PACK} | {"status": one.status.value}
        for one in law.vectors
    ]
    return worked_of({VECTORS[0]: vectors}, law)[0]


def _listed(document: Mapping[str, object], names: Iterable[str]) -> Iterator[tuple[str, object]]:
    for name in names:
        value = document.get(name, ())
        for number, one in enumerate(value if isinstance(value, list | tuple) else [value], 1):
            yield f"{name}.{number}", one


class _Reading:
    """One reading of one document; gathers mistakes as it goes."""

    def __init__(self, law: Law) -> None:
        self.law = law
        self.mistakes: list[Mistake] = []
        self.ids: list[str] = []

    def vector(self, path: str, value: object) -> Iterator[Worked]:
        """The vector, where it can be read."""
        if not isinstance(value, Mapping):
            self.wrong(path, f"{shown(value)} is no vector", "write an object with id, rule, facts")
            return
        before = len(self.mistakes)
        self.only(path, value, _VECTOR, ("story", "title"))
        status = self.status(path, value)
        instants = dict.fromkeys(("due", "latest_arguable")) | dict(self.instants(path, value))
        rule = self.name(path, value, "rule")
        given, facts = self.facts(path, value, "facts")
        place = self.place(path, value)
        at = self.instant(f"{path}.at", value.get("at"))
        id = self.named(path, value)
        if self.is_unread(before, path, (rule,)):
            return
        yield Worked(
            id=id,
            facts=facts,
            expected=(Expected(rule=rule, outcome=status, instants=instants),),
            at=at,
            place=place,
            given=given,
        )

    def case(self, path: str, value: object) -> Iterator[Worked]:
        """The whole incident, where it can be read; an object without `facts` is its facts."""
        if not isinstance(value, Mapping):
            self.wrong(path, f"{shown(value)} is no case", "write an object with id and facts")
            return
        before = len(self.mistakes)
        bare = "facts" not in value
        source: Mapping[str, object] = value
        if bare:
            own = {name: one for name, one in value.items() if name not in AROUND}
            source = {name: one for name, one in value.items() if name in AROUND} | {"facts": own}
        else:
            self.only(path, value, AROUND, _TOLD)
        source = self.lifted(path, source)
        given, facts = self.facts(path, source, "facts", at_root=bare)
        profile, below = self.facts(path, source, "entity_profile")
        place = self.place(path, source) if "zone" in source or "calendar" in source else None
        if place is not None:
            facts = facts.with_("zone", str(source["zone"]))
            facts = facts.with_("calendar", str(source["calendar"]))
        at = self.instant(dotted(path, "at"), source.get("at"))
        expected = tuple(self.expected(path, source))
        id = self.named(path, source, needed=False)
        if self.is_unread(before, path, [one.rule for one in expected]):
            return
        for one in () if at is None else not_yet(facts, at):
            around = path if bare else dotted(path, "facts")
            self.mistakes.append(msgspec.structs.replace(one, path=dotted(around, one.path)))
        yield Worked(
            id=id,
            facts=self.joined(path, facts, below),
            expected=expected,
            at=at,
            given=given,
            profile=profile,
        )

    def lifted(self, path: str, source: Mapping[str, object]) -> Mapping[str, object]:
        """The case with the zone and the calendar that its facts or its profile name for it."""
        for name in ("facts", "entity_profile"):
            inner = source.get(name)
            if not isinstance(inner, Mapping) or not all(one in inner for one in _PLACE):
                continue
            for one in _PLACE:
                if source.get(one, inner[one]) != inner[one]:
                    found = f"{shown(inner[one])}, and {shown(source[one])} before it"
                    remedy = "that one counts; mend one of the two"
                    self.advise(dotted(path, f"{name}.{one}"), found, remedy)
            rest = {key: value for key, value in inner.items() if key not in _PLACE}
            source = {**{one: inner[one] for one in _PLACE}, **source, name: rest}
        return source

    def joined(self, path: str, facts: LegalFacts, below: LegalFacts) -> LegalFacts:
        """The facts over the profile; where both name places or roles, all of them count."""
        whole = facts.over(below)
        for key in sorted(facts.values.keys() & below.values.keys()):
            own, other = facts.values[key], below.values[key]
            if key in NEVER_NONE and isinstance(own, tuple) and isinstance(other, tuple):
                both = tuple(sorted({*map(str, own), *map(str, other)}))
                unsure = whole.unsure
                whole = msgspec.structs.replace(whole.with_(key, both), unsure=unsure)
            elif own != other:
                found = f"{shown(_plain(own))}, and {shown(_plain(other))} in the profile"
                self.advise(
                    dotted(path, f"facts.{key}"), found, "the facts count; mend one of the two"
                )
        return whole

    def expected(self, path: str, value: Mapping[str, object]) -> Iterator[Expected]:
        """What is raised, not raised and open."""
        for rule, said in self.by_rule(path, value, "raised"):
            here = dotted(path, f"raised.{rule}")
            if not isinstance(said, Mapping):
                self.wrong(here, shown(said), 'write {"due": ..., "latest_arguable": ...}')
                continue
            instants = dict(self.instants(here, said))
            yield Expected(rule=rule, outcome=Outcome.RAISED, instants=instants)
        for rule in self.words(dotted(path, "not_raised"), value.get("not_raised")):
            yield Expected(rule=rule, outcome=Outcome.NOT_RAISED)
        for rule, said in self.by_rule(path, value, "open"):
            asks = self.words(dotted(path, f"open.{rule}"), said)
            yield Expected(rule=rule, outcome=Outcome.OPEN, asks=asks)

    def by_rule(
        self, path: str, value: Mapping[str, object], name: str
    ) -> Iterator[tuple[str, object]]:
        inner = value.get(name)
        if isinstance(inner, Mapping):
            yield from ((str(rule), said) for rule, said in inner.items())
        elif inner is not None:
            self.wrong(dotted(path, name), shown(inner), "write an object with a rule as each key")

    def facts(
        self, path: str, value: Mapping[str, object], name: str, *, at_root: bool = False
    ) -> tuple[Mapping[str, object], LegalFacts]:
        """The facts under a name, with their mistakes told where they stand."""
        inner = value.get(name, {})
        if not isinstance(inner, Mapping):
            self.wrong(dotted(path, name), shown(inner), "write an object of legal facts")
            return {}, LegalFacts()
        given = {str(key): one for key, one in inner.items()}
        facts, mistakes = facts_of(given, self.law)
        around = path if at_root else dotted(path, name)
        self.mistakes += [
            msgspec.structs.replace(one, path=dotted(around, one.path)) for one in mistakes
        ]
        return given, facts

    def place(self, path: str, value: Mapping[str, object]) -> LegalPlace | None:
        """The zone and the calendar."""
        zone, calendar = value.get("zone"), value.get("calendar")
        if zone is None or calendar is None:
            lacks = "zone" if zone is None else "calendar"
            remedy = "name both, such as Europe/Berlin and DE-BE"
            self.wrong(path, f"no {lacks}", remedy)
            return None
        told = place_wrong(zone, calendar, self.law.closures)
        for wrong in told:
            found, _, remedy = wrong.partition("; ")
            self.wrong(path, found, remedy or "name both, such as Europe/Berlin and DE-BE")
        if told:
            return None
        return place_of(self.law, str(zone), str(calendar))

    def status(self, path: str, value: Mapping[str, object]) -> Outcome:
        said = value.get("status")
        found = _OF_VECTORS.get(str(said))
        if found is None:
            remedy = did_you_mean(str(said), _OF_VECTORS, f"write one of {', '.join(_OF_VECTORS)}")
            self.wrong(dotted(path, "status"), shown(said), remedy)
        return found or Outcome.DUE

    def instants(
        self, path: str, value: Mapping[str, object]
    ) -> Iterator[tuple[str, datetime | None]]:
        for name in _INSTANTS:
            if name in value:
                yield name, self.instant(dotted(path, name), value[name])

    def instant(self, path: str, value: object) -> datetime | None:
        if value is None:
            return None
        try:
            return instant_of(value)
        except NoInstant as bad:
            self.wrong(path, bad.found, bad.remedy)
            return None

    def name(
        self, path: str, value: Mapping[str, object], name: str, *, needed: bool = True
    ) -> str:
        said = value.get(name)
        if isinstance(said, str) and (said or not needed):
            return said
        if needed or said is not None:
            self.wrong(path, f"no {name}", f'write "{name}": "..."')
        return ""

    def named(self, path: str, value: Mapping[str, object], *, needed: bool = True) -> str:
        """The id of a case; those that cannot be read have one too."""
        found = self.name(path, value, "id", needed=needed)
        self.ids.append(found)
        return found

    def is_unread(self, before: int, path: str, rules: Iterable[str]) -> bool:
        """Whether a case has mistakes; then it is not checked, so a rule that is none is told."""
        if all(one.advice for one in self.mistakes[before:]):
            return False
        known = dict.fromkeys(one.id for one in self.law.rules)
        for rule in dict.fromkeys(rules):
            if rule and rule not in known:
                remedy = did_you_mean(rule, known, "see: tocsin law list")
                self.wrong(path, f"no rule is called {shown(rule)}", remedy)
        return True

    def words(self, path: str, value: object) -> tuple[str, ...]:
        given = value if isinstance(value, list | tuple) else [] if value is None else [value]
        words = tuple(one for one in given if isinstance(one, str))
        if len(words) < len(given):
            self.wrong(path, shown(value), "write a list of names")
        return words

    def only(
        self, path: str, value: Mapping[str, object], known: tuple[str, ...],
        beside: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Tell names that are not read: a slip of the pen, or a fact in a wrong place, is wrong."""
        for name in (str(one) for one in value if one not in known and one not in beside):
            near, fact = nearest(name, known), self.law.dictionary.find(name)
            remedy = f"it may hold {', '.join(known)}"
            if fact is not None:
                remedy = f'write it in "facts" or "entity_profile": {name} is a legal fact'
            elif near is not None:
                remedy = f'did you mean "{near}"?'
            told = Mistake(file="", line=1, path=dotted(path, name), found="not read",
                           remedy=remedy, advice=near is None and fact is None)  # fmt: skip
            self.mistakes.append(told)

    def twice(self) -> None:
        """Tell cases of one id: nobody could say which of them is missed."""
        for id in dict.fromkeys(one for one in self.ids if one and self.ids.count(one) > 1):
            self.wrong("", f"two cases are called {shown(id)}", "give each its own id")

    def advise(self, path: str, found: str, remedy: str) -> None:
        told = Mistake(file="", line=1, path=path, found=found, remedy=remedy, advice=True)
        self.mistakes.append(told)

    def wrong(self, path: str, found: str, remedy: str) -> None:
        self.mistakes.append(Mistake(file="", line=1, path=path, found=found, remedy=remedy))


def _plain(value: Value) -> object:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


def dotted(path: str, name: str) -> str:
    """A place within a place of a document."""
    return ".".join(part for part in (path, name) if part)
