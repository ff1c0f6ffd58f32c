"""Cases worked by hand are checked, and each miss is told with how it came about."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_law import AI_ACT, AT, DORA_INITIAL, GDPR, clock, is_, law_of, rule

from tocsin.duties.checked import Miss, checked
from tocsin.duties.law import AllOf, Op
from tocsin.duties.law import Test as FactTest
from tocsin.duties.worked import worked_of
from tocsin.register.mistakes import Mistake, mistakes_only

LAW = law_of(GDPR, DORA_INITIAL, AI_ACT)
VECTOR = {
    "id": "V1",
    "rule": "gdpr",
    "facts": {"aware": "2026-10-23T18:15:00+02:00"},
    "zone": "Europe/Berlin",
    "calendar": "DE-BE",
    "status": "due",
    "due": "2026-10-26T17:15:00+01:00",
    "latest_arguable": None,
    "why": "elapsed hours",
    "contention": None,
}
CASE = {
    "id": "I1",
    "facts": {"aware": "2026-11-19T08:00:00+01:00", "personal_data": True},
    "entity_profile": {"jurisdictions": ["DE"], "entity": "credit-institution"},
    "at": "2026-11-20T08:00:00+01:00",
    "raised": {"gdpr": {"due": "2026-11-22T07:00:00Z", "latest_arguable": None}},
    "not_raised": [],
    "open": {"dora/initial": ["classified"], "ai-act": ["harms"]},
}


def missed(document: Mapping[str, object]) -> list[Miss]:
    cases, mistakes = worked_of(document, LAW)
    assert not mistakes_only(mistakes), mistakes
    return list(checked(LAW, cases, at=AT))


def wrong(document: Mapping[str, object]) -> list[Mistake]:
    return mistakes_only(worked_of(document, LAW)[1])


def test_a_vector_holds_as_long_as_no_fact_speaks_against_its_trigger() -> None:
    assert missed({"note": "n", "vectors": [VECTOR]}) == []
    denied = {**VECTOR, "facts": {**VECTOR["facts"], "personal_data": False}}  # type: ignore[dict-item]
    (miss,) = missed({"vectors": [denied]})
    assert (miss.what, miss.expected, miss.found) == ("status", "due", "not-raised")
    assert "personal_data no" in miss.trace[0]


def test_silence_contradicts_no_vector_and_a_whole_incident_stays_as_it_is() -> None:
    told = FactTest(fact="personal_data", op=Op.KNOWN, values=(True,))
    asks = rule("asks", clocks=(clock(),), when=AllOf(of=(told, is_("personal_data", True))))
    law = law_of(asks)
    facts = {"aware": "2026-11-19T08:00:00+01:00"}
    vector = {**VECTOR, "rule": "asks", "facts": facts, "due": "2026-11-22T08:00:00+01:00"}
    silent, _ = worked_of({"vectors": [vector]}, law)
    denied, _ = worked_of(
        {"vectors": [{**vector, "facts": {**facts, "personal_data": False}}]}, law
    )
    assert checked(law, silent, at=AT) == ()
    assert [one.found for one in checked(law, denied, at=AT)] == ["not-raised"]
    whole, _ = worked_of({"cases": [{**CASE, "facts": facts, "raised": {}, "open": {},
                                     "not_raised": ["asks"]}]}, law)  # fmt: skip
    assert checked(law, whole, at=AT) == ()


def test_a_case_may_name_its_zone_and_calendar_in_the_profile_and_its_own_count_first() -> None:
    place = {"zone": "Europe/Lisbon", "calendar": "PT"}
    profile = {"jurisdictions": ["EU"], **place}
    bare = {name: value for name, value in CASE.items() if name not in ("raised", "open")}
    (case,), mistakes = worked_of({"cases": [{**bare, "entity_profile": profile}]}, LAW)
    assert (case.facts.get("zone"), case.facts.get("calendar")) == ("Europe/Lisbon", "PT")
    assert not mistakes and "zone" not in case.profile
    own = {"zone": "Europe/Berlin", "calendar": "DE"}
    (case,), mistakes = worked_of({"cases": [{**bare, **own, "entity_profile": profile}]}, LAW)
    assert case.facts.get("zone") == "Europe/Berlin"
    assert [(one.path, one.advice) for one in mistakes] == [
        ("cases.1.entity_profile.zone", True),
        ("cases.1.entity_profile.calendar", True),
    ]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"due": "2026-10-26T18:15:00+01:00"}, "due"),  # as a local clock would have it
        ({"latest_arguable": "2026-10-26T18:00:00+01:00"}, "latest_arguable"),
        ({"immediately_from": "2026-10-26T18:00:00+01:00"}, "immediately_from"),
        ({"status": "anticipatory"}, "status"),
        ({"rule": "gdrp"}, "rule"),
    ],
)
def test_each_miss_says_what_was_found_and_how(changed: Mapping[str, object], what: str) -> None:
    (miss,) = missed({"vectors": [{**VECTOR, **changed}]})
    assert (miss.case, miss.what) == ("V1", what)
    if what == "rule":
        assert "gdpr" in miss.found
    else:
        assert any("72 hours" in line for line in miss.trace)


def test_equal_instants_in_other_zones_are_equal() -> None:
    assert missed({"vectors": [{**VECTOR, "due": "2026-10-26T16:15:00Z"}]}) == []


def test_a_whole_incident_is_checked_over_all_rules() -> None:
    assert missed({"cases": [CASE]}) == [] == missed(CASE)
    other = {**CASE, "raised": {"ai-act": {}}, "not_raised": ["gdpr"], "open": {"gdpr": []}}
    assert [(miss.rule, miss.found) for miss in missed(other)] == [
        ("ai-act", "open"), ("gdpr", "raised"), ("gdpr", "raised"),
    ]  # fmt: skip
    (miss,) = missed({**CASE, "open": {"ai-act": ["system.route"]}})
    assert (miss.what, miss.expected, miss.found) == ("open", "system.route", "harms")


def test_only_the_instants_that_are_given_are_compared() -> None:
    assert missed({**CASE, "raised": {"gdpr": {}}}) == []
    (miss,) = missed({**CASE, "raised": {"gdpr": {"due": None}}})
    assert (miss.what, miss.expected) == ("due", "none")


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"due": "2026-10-26T17:15:00"}, "vectors.1.due"),
        ({"zone": "Europe/Berlim"}, "vectors.1"),
        ({"calendar": "XX-YY"}, "vectors.1"),
        ({"status": "dew"}, "vectors.1.status"),
        ({"facts": {"aware": "2026-02-30T00:00:00Z"}}, "vectors.1.facts.aware"),
        ({"facts": []}, "vectors.1.facts"),
        ({"rule": None}, "vectors.1"),
    ],
)
def test_bad_input_is_told_where_it_stands(changed: Mapping[str, object], path: str) -> None:
    (mistake,) = wrong({"vectors": [{**VECTOR, **changed}]})
    assert mistake.path == path and mistake.remedy


def test_all_mistakes_of_all_cases_are_told_and_the_others_are_read() -> None:
    bad = {**VECTOR, "due": "x", "latest_arguable": "y"}
    cases, mistakes = worked_of({"vectors": [bad, VECTOR, 3], "cases": [{"facts": 3}]}, LAW)
    assert [case.id for case in cases] == ["V1"]
    assert [one.path for one in mistakes_only(mistakes)] == [
        "vectors.1.due", "vectors.1.latest_arguable", "vectors.3", "cases.1.facts", "",
    ]  # fmt: skip


def test_what_is_told_as_yet_to_come_is_advised_on_and_counts_as_it_stands() -> None:
    harm = {"kind": "death", "aware": "2026-12-20T08:00:01+01:00"}
    told = {"aware": "2026-12-19T08:00:00+01:00", "classified": CASE["at"], "harms": [harm]}
    cases, mistakes = worked_of({**CASE, "facts": told}, LAW)
    assert len(cases) == 1 and all(one.advice for one in mistakes)
    late = [one.path for one in mistakes if "is after" in one.found]
    assert late == ["facts.aware", "facts.harms.death"]
    several = [{"at": "2026-11-18T08:00:00+01:00"}, {"at": "2026-11-19T08:00:00+01:00"}]
    for facts in (CASE["facts"], {"aware": several}):
        assert worked_of({**CASE, "facts": facts}, LAW)[1] == ()


def test_bare_facts_are_a_case_without_expectations() -> None:
    (case,), mistakes = worked_of({"aware": "2026-11-19T08:00:00Z", "zone": "Asia/Tokyo",
                                   "calendar": "JP", "personal_data": "yes"}, LAW)  # fmt: skip
    assert not mistakes and case.expected == ()
    assert (case.facts.get("zone"), case.facts.get("personal_data")) == ("Asia/Tokyo", True)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just("gdpr"),
              st.just("2026-11-19T08:00:00Z"), st.just("due"), st.just("Europe/Berlin")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "rule", "facts", "raised", "open", "not_raised",
            "due", "status", "zone", "calendar", "entity_profile", "at", "gdpr", "aware"]),
            inner, max_size=4),
    ),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["vectors", "cases", "facts", "raised", "open", "at"]),
                       VALUES, max_size=4))  # fmt: skip
def test_no_document_breaks_the_check(document: dict[str, object]) -> None:
    cases, mistakes = worked_of(document, LAW)
    assert all(one.found and one.remedy for one in mistakes)
    for miss in checked(LAW, cases, at=AT):
        assert miss.expected and miss.found
