"""A small law of our own for tests: one rule for each thing that the engine can do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import msgspec

from tocsin.duties.law import (
    Article,
    Clock,
    Condition,
    Enforcement,
    Grade,
    Law,
    NotSo,
    Op,
    Period,
    Place,
    PlaceOf,
    Reading,
    Rule,
    Shift,
    Sort,
    Test,
    Unit,
    Whose,
)
from tocsin.duties.values import LegalFacts, facts_of
from tocsin.register.legal_keys import Dictionary, KeyType, LegalKey
from tocsin.register.mistakes import mistakes_only

AT = datetime(2028, 1, 20, 12, tzinfo=UTC)


def key(name: str, type: KeyType, *choices: str, also: tuple[str, ...] = ()) -> LegalKey:
    return LegalKey(
        key=name, type=type, question=f"What about {name}?", answered_by="legal-fact-stated",
        choices={one: one for one in choices}, spelt_also=also,
    )  # fmt: skip


DICTIONARY = Dictionary(keys={one.key: one for one in (
    key("jurisdictions", KeyType.CHOICES, also=("countries",)),
    key("roles", KeyType.CHOICES, "provider", "deployer", also=("role", "organisation.roles")),
    key("place.entity", KeyType.CHOICES),
    key("entity", KeyType.CHOICE, "credit-institution", "insurance-intermediary", "none"),
    key("aware", KeyType.AWARENESS, "employee", "management"),
    key("harms", KeyType.HARMS, "death", "health", "cyber-breach"),
    key("classified", KeyType.INSTANT),
    key("received", KeyType.INSTANT),
    key("reply_days", KeyType.COUNT),
    key("resolved", KeyType.INSTANT),
    key("causal_link_likely", KeyType.INSTANT),
    key("personal_data", KeyType.YES_NO),
    key("personal_data.high_risk", KeyType.YES_NO),
    key("system.route", KeyType.CHOICE, "annex-iii", "annex-i", "other"),
    key("system.placed_on_market", KeyType.DATE),
    key("title", KeyType.TEXT),
    key("submitted.*", KeyType.INSTANT),
    key("not_required.*", KeyType.TEXT),
)})  # fmt: skip
PLACES = {
    "DE": PlaceOf(zone="Europe/Berlin", calendar="DE", groups=("EU",)),
    "FI": PlaceOf(zone="Europe/Helsinki", calendar="FI", groups=("EU",)),
    "PT": PlaceOf(zone="Europe/Lisbon", calendar="PT", groups=("EU",)),
    "US-CA": PlaceOf(zone="America/Los_Angeles", calendar="US-CA", groups=()),
    "US-NY": PlaceOf(zone="America/New_York", calendar="US-NY", groups=()),
}


def law_of(*rules: Rule) -> Law:
    article = Article(
        path="small", title="Small", instrument="Ours", version="1", compared_on=date(2026, 11, 1),
        grade=Grade.PRIMARY, sources=(), summary="", rules=rules,
    )  # fmt: skip
    return Law(
        version="1", digest="", articles=(article,), dictionary=DICTIONARY, places=PLACES,
        closures=(), contentions={},
    )  # fmt: skip


def rule(id: str = "r", **words: object) -> Rule:
    made = Rule(
        id=id, article="small", sort=Sort.NOTICE, says="Tell them.", paragraphs=("1",),
        grade=Grade.PRIMARY, from_=date(2025, 1, 1), until=None, enforcement=Enforcement.LIVE,
        where=("EU",), who="everybody",
    )  # fmt: skip
    return msgspec.structs.replace(made, **words)


def clock(start: str = "aware", unit: Unit = Unit.HOURS, count: int = 72, **words: object) -> Clock:
    made = Clock(paragraph=f"{start} {count}", start=start, within=Period(unit=unit, count=count))
    return msgspec.structs.replace(made, **words)


def happened(fact: str) -> Condition:
    return Test(fact=fact, op=Op.HAPPENED, values=(True,))


def is_(fact: str, value: str | bool) -> Condition:
    return Test(fact=fact, op=Op.IS, values=(value,))


def known(law: Law, **facts: object) -> LegalFacts:
    """Facts that must be without a mistake; `__` in a name is a dot."""
    document = {name.replace("__", "."): value for name, value in facts.items()}
    return known_in(law, document)


def known_in(law: Law, document: Mapping[str, object]) -> LegalFacts:
    found, told = facts_of(document, law)
    assert not mistakes_only(told), told
    return found


FINANCE = Test(fact="entity", op=Op.IN, values=("credit-institution", "insurance-intermediary"))
NOT_A_BANK = NotSo(of=is_("entity", "credit-institution"))
NOON = Reading(shift=Shift.NOON_NEXT_WORKING_DAY, paragraph="5(4)", when=NOT_A_BANK)
DORA_INITIAL = rule(
    "dora/initial",
    applies=FINANCE,
    when=happened("classified"),
    stage="initial",
    place=Place(whose=Whose.ENTITY),
    clocks=(
        clock("classified", count=4, readings=(NOON,)),
        clock("aware", count=24, yields_to="classified"),
    ),
)
DORA_FINAL = rule(
    "dora/final",
    applies=FINANCE,
    when=happened("submitted.initial"),
    stage="final",
    after=("dora/initial",),
    clocks=(clock("submitted.initial", Unit.MONTHS, 1),),
)
GDPR = rule("gdpr", when=is_("personal_data", True), clocks=(clock("aware", count=72),))
AI_ACT = rule(
    "ai-act",
    when=Test(fact="harms", op=Op.HAS, values=("death", "health")),
    clocks=(
        clock("harms", Unit.DAYS, 15, harms=("health", "death")),
        clock(
            "first-harm",
            Unit.DAYS,
            10,
            harms=("death",),
            later_start="harms",
            yields_to="harms",
            contention="C2",
        ),
    ),
)
BOTH = (DORA_INITIAL, DORA_FINAL, GDPR, AI_ACT)
