"""Which jurisdictions a rule concerns, in three values, and in whose zone it is counted. Pure.

Where nobody said which place it is, a period is counted in every place that it could be, and the
earliest end is the one that is told: a place that is not known never makes a deadline later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

import msgspec

from tocsin.duties.calendars import LegalPlace, calendar_of
from tocsin.duties.instants import NoInstant, zone_of
from tocsin.duties.known import LegalFacts
from tocsin.duties.law import Closure, Law, Place, PlaceOf, Rule, Whose

JURISDICTIONS = "jurisdictions"
ENTITY_PLACE = "place.entity"


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule is counted.

    Args:
        sure: False where it is one of these and nobody said which.
        asks: the key of the fact that would say it; None where nothing is missing.
    """

    of: tuple[LegalPlace, ...]
    sure: bool = True
    asks: str | None = None


class Atlas:
    """The places of a law pack, each made once."""

    def __init__(self, law: Law) -> None:
        self.places: Mapping[str, PlaceOf] = law.places
        self.closures: tuple[Closure, ...] = law.closures
        self._made: dict[str, LegalPlace] = {}
        self._spread: dict[str, tuple[str, ...]] = {}
        self._matched: dict[tuple[str, str], bool | None] = {}
        self._any: dict[tuple[tuple[str, ...], str], Places] = {}
        alike: dict[tuple[Place, tuple[str, ...]], int] = {}
        self._alike = {
            id(rule): alike.setdefault((rule.place, rule.where), len(alike)) for rule in law.rules
        }

    def alike(self, rule: Rule) -> int:
        """The same number for all rules of this law that are counted in the same places."""
        return self._alike[id(rule)]

    def matches(self, where: str, known: str) -> bool | None:
        """Whether what is known to be in `known` is in `where`; None where it may be."""
        key = (where, known)
        if key not in self._matched:
            self._matched[key] = self._match(where, known)
        return self._matched[key]

    def _match(self, where: str, known: str) -> bool | None:
        if where == known or known.startswith(f"{where}-") or where in self._groups(known):
            return True
        members = [code for code, place in self.places.items() if known in place.groups]
        within = [code for code in members if where in self._groups(code)]
        if members and len(within) == len(members):
            return True
        may_be = within or where.startswith(f"{known}-") or known in self._groups(where)
        return None if may_be else False

    def narrowed(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Without each group or country of which a member is named: it adds no place to that."""
        return tuple(
            one for one in codes
            if not any(other.startswith(f"{one}-") or one in self._groups(other)
                       for other in codes if other != one)
        )  # fmt: skip

    def _groups(self, code: str) -> tuple[str, ...]:
        own = self.places.get(code)
        country = self.places.get(code.partition("-")[0])
        found = (own.groups if own else ()) + (country.groups if country else ())
        return found or tuple(
            group
            for other, place in self.places.items()
            if other.startswith(f"{code}-")
            for group in place.groups
        )

    def place(self, zone: str, calendar: str) -> LegalPlace:
        """The place of this zone and calendar.

        Raises:
            ValueError: there is no such calendar, or no such zone.
        """
        key = f"{zone} {calendar}"
        if key not in self._made:
            made = LegalPlace(zone_of(zone), calendar_of(calendar, self.closures))
            self._made[key] = made
        return self._made[key]

    def spread(self, code: str) -> tuple[str, ...]:
        """The places that a code may stand for: itself, its parts, the members of a group."""
        if code not in self._spread:
            self._spread[code] = tuple(self._spreading(code))
        return self._spread[code]

    def _spreading(self, code: str) -> Iterator[str]:
        if code in self.places:
            yield code
            return
        for other, place in self.places.items():
            if other.startswith(f"{code}-") or code in place.groups:
                yield other

    def _many(self, codes: Iterable[str]) -> tuple[LegalPlace, ...]:
        named = {(self.places[code].zone, self.places[code].calendar) for code in codes}
        return tuple(self.place(zone, calendar) for zone, calendar in sorted(named))

    def counted(self, known: tuple[str, ...], where: tuple[str, ...], asks: str) -> Places:
        """The places of these jurisdictions; of none, every one that it may be."""
        if not known:
            return self._anywhere(where, asks)
        if all(code in self.places for code in known):
            open_ = len(known) > 1 and asks == ENTITY_PLACE
            return Places(of=self._many(known), asks=asks if open_ else None)
        if len(known) == 1:
            return self._anywhere(known, asks)
        codes = dict.fromkeys(part for code in known for part in self.spread(code))
        return Places(of=self._many(codes), sure=False, asks=asks)

    def _anywhere(self, where: tuple[str, ...], asks: str) -> Places:
        """Every place that it may be; of nowhere in particular, all there are."""
        key = (where, asks)
        if key not in self._any:
            codes = dict.fromkeys(part for code in where for part in self.spread(code))
            of = self._many(codes or self.places)
            self._any[key] = Places(of=of, sure=len(of) == 1, asks=asks)
        return self._any[key]


class Ground:
    """What one set of facts says of places, each worked out once."""

    def __init__(self, atlas: Atlas, facts: LegalFacts) -> None:
        self._atlas, self._facts = atlas, facts
        known = facts.words(JURISDICTIONS)
        self._known = None if known is None else atlas.narrowed(known)
        self._concerned: dict[tuple[str, ...], bool | None] = {}
        self._of: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._counted: dict[int, Places] = {}

    def concerned(self, where: tuple[str, ...]) -> bool | None:
        """Whether a rule of these places concerns what is known; no place is everywhere."""
        if where not in self._concerned:
            self._concerned[where] = self._concern(where) if where else True
        return self._concerned[where]

    def _concern(self, where: tuple[str, ...]) -> bool | None:
        if self._known is None:
            return None
        unknown = JURISDICTIONS in self._facts.unsure
        for one in self._known:
            for place in where:
                found = self._atlas.matches(place, one)
                if found:
                    return True
                unknown = unknown or found is None
        return None if unknown else False

    def concerned_of(self, where: tuple[str, ...]) -> tuple[str, ...]:
        """The known jurisdictions in which a rule of these places holds."""
        if where not in self._of:
            self._of[where] = tuple(
                one
                for one in self._known or ()
                if not where or any(self._atlas.matches(place, one) for place in where)
            )
        return self._of[where]

    def counted(self, rule: Rule) -> Places:
        """Where a rule is counted, as far as that is known."""
        key = self._atlas.alike(rule)
        if key not in self._counted:
            self._counted[key] = self._count(rule)
        return self._counted[key]

    def _count(self, rule: Rule) -> Places:
        if rule.place.zone is not None:
            calendar = rule.place.calendar or ""
            return Places(of=(self._atlas.place(rule.place.zone, calendar),))
        zone, calendar_given = self._facts.get("zone"), self._facts.get("calendar")
        if isinstance(zone, str) and isinstance(calendar_given, str):
            return Places(of=(self._atlas.place(zone, calendar_given),))
        asks, known = JURISDICTIONS, self.concerned_of(rule.where)
        if rule.place.whose is Whose.ENTITY:
            asks, known = ENTITY_PLACE, self._facts.words(ENTITY_PLACE) or known
        return self._atlas.counted(known, rule.where, asks)


def zone_of_places(places: Places) -> ZoneInfo:
    """The zone in which days are told: of the first place; of none, UTC."""
    return places.of[0].zone if places.of else ZoneInfo("UTC")


def place_wrong(zone: object, calendar: object, closures: tuple[Closure, ...]) -> tuple[str, ...]:
    """What is wrong with the zone and the calendar of a document, each with a remedy."""
    found: list[str] = []
    try:
        zone_of(zone)
    except NoInstant as bad:
        found.append(str(bad))
    try:
        calendar_of(str(calendar), closures)
    except ValueError as bad:
        found.append(str(bad))
    return tuple(found)
