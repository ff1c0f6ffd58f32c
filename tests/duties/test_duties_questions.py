"""At most five questions: those on which the most hangs, and soonest, first."""

from __future__ import annotations

from datetime import datetime, timedelta

from made_law import (
    AI_ACT,
    BOTH,
    DORA_FINAL,
    DORA_INITIAL,
    GDPR,
    clock,
    happened,
    is_,
    known,
    law_of,
    rule,
)

from tocsin.duties.law import AllOf, Law, Rule, Sort, Unit
from tocsin.duties.questions import Question, questions
from tocsin.duties.raised import duties_raised

AWARE = datetime.fromisoformat("2027-12-13T08:00:00+01:00")
NOW = AWARE + timedelta(hours=1)


def asked(*rules: Rule, most: int | None = 5, **facts: object) -> tuple[Question, ...]:
    law: Law = law_of(*rules)
    found = known(law, **facts)
    return questions(law, duties_raised(law, found, at=NOW), found, at=NOW, most=most)


def keys(found: tuple[Question, ...]) -> list[str]:
    return [one.key for one in found]


def test_what_most_duties_hang_on_comes_first_with_its_words() -> None:
    first, *_ = asked(*BOTH, aware=AWARE.isoformat(), most=None)
    assert first.key == "jurisdictions" and first.asks == "What about jurisdictions?"
    assert set(first.settles) == {one.id for one in BOTH} and first.moves == ()
    assert first.earliest == AWARE + timedelta(hours=24)


def test_what_is_due_sooner_comes_before_what_is_due_later() -> None:
    facts = {"jurisdictions": "DE", "aware": AWARE.isoformat(), "entity": "credit-institution"}
    found = keys(asked(AI_ACT, GDPR, DORA_INITIAL, DORA_FINAL, **facts))
    assert found == ["classified", "personal_data", "harms", "submitted.initial"]


def test_the_question_that_may_settle_it_alone_comes_first() -> None:
    chain = rule(
        when=AllOf(of=(is_("personal_data.high_risk", True), happened("resolved"))),
        clocks=(clock("aware"),),
    )
    other = rule("other", when=is_("personal_data", True), clocks=(clock("aware", count=80),))
    found = asked(chain, other, jurisdictions="DE", aware=AWARE.isoformat())
    assert keys(found) == ["personal_data.high_risk", "personal_data", "resolved"]


def test_only_what_may_still_move_is_asked() -> None:
    facts = {"jurisdictions": "DE", "aware": AWARE.isoformat()}
    assert asked(GDPR, **facts, personal_data=False) == ()
    control = rule(sort=Sort.CONTROL, when=is_("personal_data", True))
    assert asked(control, jurisdictions="DE") == ()
    done = rule(stage="initial", clocks=(clock(),), when=is_("personal_data", True))
    assert asked(done, **facts, submitted__initial=NOW.isoformat()) == ()


def test_a_place_is_asked_only_where_it_moves_an_end() -> None:
    hours = rule(where=("EU",), clocks=(clock("aware"),))
    days = rule(where=("EU",), clocks=(clock("aware", Unit.DAYS, 3),))
    facts = {"jurisdictions": "EU", "aware": AWARE.isoformat()}
    assert asked(hours, **facts) == ()
    (place,) = asked(days, **facts)
    assert (place.key, place.settles, place.moves) == ("jurisdictions", (), ("r",))


def test_five_at_a_time() -> None:
    names = ("classified", "received", "resolved", "causal_link_likely", "personal_data", "entity")
    rules = [rule(f"r{number}", when=happened(name)) for number, name in enumerate(names)]
    assert len(asked(*rules, jurisdictions="DE")) == 5
    assert len(asked(*rules, jurisdictions="DE", most=None)) == 6
