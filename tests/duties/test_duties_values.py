"""Legal facts are read as people write them; what is wrong is told at once, with a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_law import DORA_FINAL, DORA_INITIAL, clock, known_in, law_of, rule

from tocsin.duties.known import Awareness, Harm
from tocsin.duties.law import Law, Period, Unit
from tocsin.duties.values import PERIOD_MAX, facts_of
from tocsin.register.legal_keys import Dictionary
from tocsin.register.mistakes import Mistake, mistakes_only

LAW = law_of(rule())


def told(document: Mapping[str, object]) -> list[Mistake]:
    return mistakes_only(facts_of(document, LAW)[1])


def advised(document: Mapping[str, object]) -> list[Mistake]:
    return [mistake for mistake in facts_of(document, LAW)[1] if mistake.advice]


def test_nested_dotted_and_other_spellings_are_one_fact() -> None:
    nested = known_in(LAW, {"system": {"route": "annex-i"}, "submitted": {"initial": "no"}})
    dotted = known_in(LAW, {"system.route": "annex-i", "submitted.initial": False})
    assert nested == dotted
    assert known_in(LAW, {"role": "provider"}).get("roles") == ("provider",)
    assert known_in(LAW, {"organisation": {"roles": ["provider"]}}).get("roles") == ("provider",)
    both = known_in(LAW, {"personal_data": {"high_risk": True}})
    assert both.get("personal_data.high_risk") is True and both.get("personal_data") is None


def test_each_type_is_read() -> None:
    facts = known_in(
        LAW,
        {
            "personal_data": "yes",
            "reply_days": 20,
            "title": " words ",
            "system.placed_on_market": "2026-08-01",
            "classified": "2026-11-19T13:30:00Z",
            "resolved": "no",
            "received": None,
            "aware": [{"instant": "2026-11-19T08:00:00+01:00", "person": "ada",
                       "class": "management", "basis": "a call"}],
            "harms": [{"kind": "death"}, "health"],
        },
    )  # fmt: skip
    assert facts.get("personal_data") is True and facts.get("reply_days") == 20
    assert facts.get("title") == "words" and facts.get("received") is None
    assert facts.get("system.placed_on_market") == date(2026, 8, 1)
    assert facts.get("classified") == datetime(2026, 11, 19, 13, 30, tzinfo=UTC)
    assert facts.get("resolved") is False
    at = datetime(2026, 11, 19, 7, tzinfo=UTC)
    entry = Awareness(instant=at, person="ada", standing="management", basis="a call")
    assert facts.get("aware") == (entry,) and facts.awareness() == at
    assert facts.get("harms") == (Harm(kind="death"), Harm(kind="health"))


@pytest.mark.parametrize(
    ("value", "found", "remedy"),
    [
        ("2026-11-19T13:30:00", "has no zone", "+01:00"),
        ("2026-02-30T10:00:00Z", "not in any calendar", "a day that its month has"),
        ("2026-11-20T10:00+05:99", "not in any calendar", "an hour it has"),
        ("2026-13-01T10:00:00Z", "not in any calendar", "a day that its month has"),
        ("2026-11-19", "has no zone", "zone"),
        (date(2026, 11, 19), "is a day and no instant", "time of day"),
        (datetime(2026, 11, 19, 13), "has no zone", "offset"),
        (17, "is no instant", "2026-11-23T14:05+01:00"),
        ("soon", "is no instant", "2026-11-23T14:05+01:00"),
        ({"local": "2026-03-29T02:30", "zone": "Europe/Berlin"}, "does not exist", "offset"),
        ({"local": "2026-10-25T02:30", "zone": "Europe/Berlin"}, "comes twice", '"fold": 0'),
        ({"local": "2026-10-25T02:30", "zone": "Europe/Berlim"}, "no zone", "Europe/Berlin"),
        ("2026-10-25T02:30[Europe/Berlin]", "comes twice", '"fold": 1'),
        ("2026-07-01T02:30+01:00[Europe/Berlin]", "not the time of", "+02:00"),
    ],
)
def test_an_instant_must_be_one(value: object, found: str, remedy: str) -> None:
    (mistake,) = told({"classified": value})
    assert mistake.path == "classified"
    assert found in mistake.found and remedy in mistake.remedy


def test_a_local_time_with_its_zone_is_an_instant() -> None:
    def read(value: object) -> object:
        return known_in(LAW, {"classified": value}).get("classified")

    parts = {"local": "2026-10-25T02:30", "zone": "Europe/Berlin"}
    assert read({**parts, "fold": 0}) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read({**parts, "fold": 1}) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert read("2026-10-25T02:30+01:00[Europe/Berlin]") == read({**parts, "fold": 1})
    assert read("2026-07-01T12:00[Asia/Tokyo]") == datetime(2026, 7, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"personal_data": "perhaps"}, "neither yes nor no"),
        ({"reply_days": "20"}, "is no count"),
        ({"reply_days": True}, "is no count"),
        ({"title": 3}, "is no text"),
        ({"roles": [3]}, "is no list of words"),
        ({"entity": 3}, "is no word"),
        ({"system.placed_on_market": "2026-02-30"}, "not in any calendar"),
        ({"jurisdictions": ["Germany"]}, "no jurisdiction"),
        ({"harms": [{"aware": "2026-11-19T08:00:00Z"}]}, "no harm with its kind"),
        ({"harms": [{"kind": "death", "aware": "2026-11-19T08:00:00"}]}, "has no zone"),
        ({"aware": [{"instant": "yesterday"}]}, "is no instant"),
        ({"role": "provider", "roles": ["deployer"]}, "given twice"),
        ({"entity": "credit-institutoin"}, "not in the dictionary"),
    ],
)
def test_what_cannot_be_read_is_a_mistake(document: Mapping[str, object], found: str) -> None:
    assert [found in mistake.found for mistake in told(document)] == [True]


BY_FACT = Period(unit=Unit.WORKING_DAYS, count_from="reply_days")


@pytest.mark.parametrize(
    "law", [law_of(rule(clocks=(clock("received", within=BY_FACT),))), law_of(rule(again=BY_FACT))]
)
def test_a_count_by_which_a_deadline_runs_is_bounded(law: Law) -> None:
    for count in (-1, 0, PERIOD_MAX + 1, 10**6, 10**9, 10**30):
        found, (mistake,) = facts_of({"reply_days": count}, law)
        assert found.get("reply_days") is None
        assert "from 1 to 3,660" in mistake.remedy and not mistake.advice
    for count in (1, PERIOD_MAX):
        assert known_in(law, {"reply_days": count}).get("reply_days") == count
    assert known_in(LAW, {"reply_days": 10**6}).get("reply_days") == 10**6, "no clock counts it"


def test_all_mistakes_are_told_at_once() -> None:
    document = {"classified": "x", "reply_days": -1, "harms": [{"kind": 3}, {}]}
    assert [mistake.path for mistake in told(document)] == [
        "classified", "reply_days", "harms.1", "harms.2",
    ]  # fmt: skip


def test_an_unknown_key_or_word_is_told_and_counts_as_unknown() -> None:
    (mistake,) = advised({"personal_dat": True})
    assert "not used" in mistake.found and "personal_data" in mistake.remedy
    facts, mistakes = facts_of({"entity": "a-guild", "roles": ["provider", "patron"]}, LAW)
    assert not mistakes_only(mistakes) and len(mistakes) == 2
    assert facts.get("entity") is None
    assert facts.get("roles") == ("provider",) and facts.unsure == {"roles"}


def test_another_word_for_a_choice_is_read_as_that_choice() -> None:
    same = {
        "entity": {"ccp": "none"},
        "harms": {"injury": "health"},
        "roles": {"maker": "provider"},
    }
    keys = {
        name: msgspec.structs.replace(entry, same_as=same.get(name, {}))
        for name, entry in LAW.dictionary.keys.items()
    }
    law = msgspec.structs.replace(LAW, dictionary=Dictionary(keys=keys))
    facts, mistakes = facts_of({"entity": "ccp", "harms": ["injury"], "roles": ["maker"]}, law)
    assert not mistakes
    assert facts.get("entity") == "none" and facts.get("roles") == ("provider",)
    assert facts.get("harms") == (Harm(kind="health"),)


def test_a_place_that_is_not_in_the_pack_is_told_and_kept() -> None:
    facts, mistakes = facts_of({"jurisdictions": ["AR", "DE", "EU", "US"]}, LAW)
    assert facts.words("jurisdictions") == ("AR", "DE", "EU", "US")
    assert [(one.advice, "AR" in one.found) for one in mistakes] == [(True, True)]


def test_a_notice_is_not_submitted_before_anybody_was_aware() -> None:
    before = {"aware": "2026-11-19T08:00:00Z", "submitted.initial": "2026-11-19T07:59:00Z"}
    (mistake,) = told(before)
    assert mistake.path == "submitted.initial" and "before anybody was aware" in mistake.found
    harm = [{"kind": "death", "aware": "2026-11-18T08:00:00Z"}]
    assert not told({**before, "harms": harm})
    assert [one.path for one in advised({"aware": before["aware"], "resolved":
            "2026-11-18T00:00:00Z"})] == ["resolved"]  # fmt: skip


def test_stages_follow_each_other() -> None:
    law = law_of(DORA_INITIAL, DORA_FINAL)
    late = {"submitted": {"initial": "2026-11-20T08:00:00Z", "final": "2026-11-19T08:00:00Z"}}
    _, mistakes = facts_of(late, law)
    assert [mistake.path for mistake in mistakes] == ["submitted.final"]


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20), st.floats(), st.dates(),
    st.datetimes(), st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip
NAMES = st.sampled_from([*LAW.dictionary.keys, "submitted", "system", "local", "zone", "kind",
                         "instant", "aware", "other"])  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, TREES, max_size=6))
def test_no_document_breaks_the_reading_and_every_mistake_has_a_remedy(
    document: dict[str, object],
) -> None:
    _, mistakes = facts_of(document, LAW)
    assert all(mistake.found and mistake.remedy and mistake.path for mistake in mistakes)


@given(st.permutations([
    ("aware", "2026-11-19T08:00:00Z"), ("role", "provider"), ("entity", "none"),
    ("harms", [{"kind": "health"}, {"kind": "death"}]), ("jurisdictions", ["FI", "DE"]),
]))  # fmt: skip
def test_the_order_of_facts_does_not_matter(pairs: list[tuple[str, object]]) -> None:
    reversed_lists = {
        key: list(reversed(value)) if isinstance(value, list) else value for key, value in pairs
    }
    first, second = facts_of(dict(pairs), LAW)[0], facts_of(reversed_lists, LAW)[0]
    assert first == second


def test_a_place_that_is_surely_meant_is_read_and_any_other_is_told() -> None:
    facts, mistakes = facts_of({"jurisdictions": ["de", "us_ny", "eu"]}, LAW)
    assert facts.words("jurisdictions") == ("DE", "EU", "US-NY") and not mistakes
    _, mistakes = facts_of({"jurisdictions": ["Germany"]}, LAW)
    assert [one.advice for one in mistakes] == [False]
    _, (mistake,) = facts_of({"jurisdictions": ["NY"]}, LAW)
    assert mistake.remedy == 'did you mean "US-NY"?'


def test_a_country_whose_code_is_that_of_a_state_is_kept_and_the_state_named() -> None:
    state = msgspec.structs.replace(LAW, places={**LAW.places, "US-CO": LAW.places["US-NY"]})
    facts, (advice,) = facts_of({"jurisdictions": ["CO"]}, state)
    assert facts.words("jurisdictions") == ("CO",), "Colombia"
    assert advice.advice and 'if you mean "US-CO", write that; else' in advice.remedy
