"""What holds of the shipped law whatever is known, within one version of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tocsin.duties.document import duties_document
from tocsin.duties.duty import Duty, Standing
from tocsin.duties.known import Harm, LegalFacts, Value
from tocsin.duties.law import Law
from tocsin.duties.raised import duties_raised
from tocsin.duties.read import read_law
from tocsin.register.legal_keys import KeyType

ROOT = Path(__file__).parents[2] / "law"
AT = datetime(2029, 6, 1, tzinfo=UTC)
FIRST = datetime(2028, 8, 10, tzinfo=UTC)
COUNTS = (Standing.RAISED, Standing.OPEN)


@cache
def law() -> Law:
    files = {path.relative_to(ROOT).as_posix(): path.read_text() for path in ROOT.rglob("*.toml")}
    found, told = read_law(files)
    assert found is not None, told
    return found


MINUTES = st.integers(min_value=0, max_value=150 * 24 * 60)
INSTANTS = MINUTES.map(lambda minutes: FIRST + timedelta(minutes=minutes))
KEYS = sorted(key for key in law().dictionary.keys if not key.endswith(".*"))
DATED = [key for key in KEYS if law().dictionary.keys[key].type is KeyType.INSTANT] + [
    "submitted.initial",
    "submitted.intermediate",
    "submitted.notification",
]
PLACES = st.sampled_from(["DE", "FR", "PT", "US-CA", "US-NY", "US", "EU", "BR", "CN", "SG"])


def values(key: str) -> st.SearchStrategy[Value]:
    entry = law().dictionary.keys[key]
    words = sorted(entry.choices)
    match entry.type:
        case KeyType.INSTANT | KeyType.AWARENESS:
            return INSTANTS
        case KeyType.YES_NO:
            return st.booleans()
        case KeyType.COUNT:
            return st.integers(min_value=1, max_value=2000)
        case KeyType.CHOICE:
            return st.sampled_from(words)
        case KeyType.CHOICES:
            one = st.sampled_from(words) if words else PLACES
            return st.lists(one, min_size=1, max_size=3, unique=True).map(
                lambda some: tuple(sorted(some))
            )
        case KeyType.HARMS:
            harm = st.builds(Harm, kind=st.sampled_from(words), aware=INSTANTS)
            return st.lists(harm, min_size=1, max_size=3).map(tuple)
        case KeyType.DATE:
            return INSTANTS.map(lambda instant: instant.date())
        case _:
            return st.just("words")


FACTS = st.fixed_dictionaries({}, optional={key: values(key) for key in KEYS}).map(
    lambda found: LegalFacts(values=found)
)
A_FACT = st.sampled_from(KEYS).flatmap(lambda key: st.tuples(st.just(key), values(key)))
MODERATE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def by_id(facts: LegalFacts) -> Mapping[str, Duty]:
    return {duty.rule.id: duty for duty in duties_raised(law(), facts, at=AT)}


def end(duty: Duty) -> datetime | None:
    return duty.deadline.conservative if duty.deadline is not None else None


@MODERATE
@given(FACTS, A_FACT)
def test_a_new_fact_never_removes_a_duty_without_a_reason_that_names_it(
    facts: LegalFacts, fact: tuple[str, Value]
) -> None:
    key, value = fact
    assume(facts.get(key) is None)
    before, after = by_id(facts), by_id(facts.with_(key, value))
    for id, duty in before.items():
        then = after[id]
        if duty.standing in COUNTS and then.standing not in COUNTS:
            other_version = then.standing in (Standing.NOT_IN_FORCE, Standing.ANTICIPATORY)
            replaced = "stands in its place" in then.why
            assert other_version or replaced or key in then.why, (id, key, then.why)


@MODERATE
@given(FACTS, st.sampled_from(DATED), st.integers(min_value=1, max_value=30 * 24 * 60))
def test_a_later_event_never_gives_an_earlier_deadline(
    facts: LegalFacts, key: str, minutes: int
) -> None:
    first = facts.with_(key, FIRST + timedelta(days=20))
    later = facts.with_(key, FIRST + timedelta(days=20, minutes=minutes))
    before, after = by_id(first), by_id(later)
    for id, duty in before.items():
        then = after[id]
        same = duty.rule is then.rule and duty.standing in COUNTS and then.standing in COUNTS
        one, other = end(duty), end(then)
        if same and one is not None and other is not None:
            assert other >= one, (id, key)


@MODERATE
@given(FACTS, st.integers(min_value=0, max_value=2), st.integers(min_value=1, max_value=40_000))
def test_a_harm_or_an_awareness_that_comes_later_never_ends_a_clock_earlier(
    facts: LegalFacts, which: int, minutes: int
) -> None:
    later = timedelta(minutes=minutes)
    harms = facts.harms
    if which < len(harms) and (aware := harms[which].aware) is not None:
        moved = msgspec.structs.replace(harms[which], aware=aware + later)
        then = facts.with_("harms", (*harms[:which], moved, *harms[which + 1 :]))
    else:
        facts = facts.with_("aware", FIRST + timedelta(days=9))
        then = facts.with_("aware", FIRST + timedelta(days=9) + later)
    before, after = by_id(facts), by_id(then)
    for id, duty in before.items():
        one, other = end(duty), end(after[id])
        if duty.rule is after[id].rule and one is not None and other is not None:
            assert other >= one, id


@MODERATE
@given(FACTS)
def test_what_is_unknown_never_silences(facts: LegalFacts) -> None:
    """Whatever would be due if one fact more were known is raised or open without it; save where
    the law pack itself says that a rule waits for a first word of it, and the reason names it.
    """
    for key in list(facts.values)[:4]:
        without = by_id(facts.with_(key, None))
        for id, duty in by_id(facts).items():
            if duty.standing is Standing.RAISED and without[id].rule is duty.rule:
                silent = without[id].standing not in COUNTS
                why = without[id].why
                told = "stands in its place" in why or f"nothing said of {key}" in why
                assert not silent or told, (id, key, why)


@MODERATE
@given(FACTS, st.randoms(use_true_random=False))
def test_the_same_facts_in_any_order_give_the_same_bytes(facts: LegalFacts, random: object) -> None:
    pairs = sorted(facts.values.items())
    random.shuffle(pairs)  # type: ignore[attr-defined]
    turned = LegalFacts(values=dict(pairs))
    one, other = (duties_document(law(), some, AT)[0] for some in (facts, turned))
    assert json.dumps(one) == json.dumps(other)


@MODERATE
@given(FACTS)
def test_both_instants_are_in_order_and_the_earliest_clock_wins(facts: LegalFacts) -> None:
    for duty in by_id(facts).values():
        if duty.deadline is None:
            continue
        early, late = duty.deadline.conservative, duty.deadline.latest
        assert late is None or (early is not None and late > early), duty.rule.id
        ends = [clock.deadline.conservative for clock in duty.clocks]
        dated = [one for one in ends if one is not None]
        if duty.done_at is None:
            assert early == min(dated, default=None), duty.rule.id
        known = [one for one in duty.missing if one in duty.rule.after]
        assert known == [] and msgspec.json.encode(duty)
