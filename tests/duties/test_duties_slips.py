"""Slips in facts, cases and packs are told, and none of them silences a duty."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from made_law import AI_ACT, AT, DORA_INITIAL, GDPR, PLACES, known_in, law_of

from small_law import SMALL, spoilt
from tocsin.duties.checked import checked
from tocsin.duties.duty import Standing
from tocsin.duties.law import Law
from tocsin.duties.places import Atlas
from tocsin.duties.raised import duties_raised
from tocsin.duties.read import read_law
from tocsin.duties.values import facts_of
from tocsin.duties.worked import worked_of

LAW = law_of(GDPR, DORA_INITIAL, AI_ACT)
AWARE = "2028-01-05T09:00:00+01:00"


def said(document: dict[str, object], law: Law = LAW) -> list[str]:
    return [str(one) for one in facts_of(document, law)[1]]


def told(document: dict[str, object]) -> list[str]:
    return [str(one) for one in worked_of(document, LAW)[1]]


@pytest.mark.parametrize("name", ["instead_of", "after"])
def test_rules_that_lead_back_to_each_other_are_no_law(name: str) -> None:
    circle = spoilt(
        'id = "eu/act/1/initial"\n', f'id = "eu/act/1/initial"\n{name} = ["eu/act/1/final"]\n'
    )
    if name == "instead_of":
        text = circle["eu/act/1.toml"]
        circle["eu/act/1.toml"] = text.replace(
            'id = "eu/act/1/final"\n',
            'id = "eu/act/1/final"\ninstead_of = ["eu/act/1/initial"]\n',
        )
    read, mistakes = read_law(circle)
    assert read is None
    found = [one for one in mistakes if "leads back" in one.found]
    assert len(found) == 2 and all(one.line > 1 for one in found)


def test_a_pack_without_any_rule_is_no_law() -> None:
    read, mistakes = read_law({name: SMALL[name] for name in SMALL if "/" not in name})
    assert read is None and any("no rule" in one.found for one in mistakes)


def test_a_harm_that_nobody_named_shows_the_earliest_clock_that_could_run() -> None:
    facts = known_in(LAW, {"jurisdictions": ["DE"], "aware": AWARE})
    duty = duties_raised(LAW, facts, at=AT)[-1]
    assert duty.standing is Standing.OPEN and "harms" in duty.missing
    assert duty.deadline is not None and duty.deadline.conservative is not None
    assert duty.deadline.conservative.date() == date(2028, 1, 16)
    none = duties_raised(LAW, facts.with_("harms", ()), at=AT)[-1]
    assert none.standing is Standing.NOT_RAISED


def test_the_awareness_of_the_incident_is_the_first_one_of_a_death() -> None:
    harms = [{"kind": "death", "aware": "2028-01-10T09:00:00+01:00"}]
    facts = known_in(LAW, {"jurisdictions": ["DE"], "aware": AWARE, "harms": harms})
    deadline = duties_raised(LAW, facts, at=AT)[-1].deadline
    assert deadline is not None and deadline.conservative and deadline.latest
    assert (deadline.conservative.date(), deadline.latest.date()) == (
        date(2028, 1, 16), date(2028, 1, 21),
    )  # fmt: skip


def test_a_vector_does_not_hang_on_the_day_it_is_run() -> None:
    early = msgspec.structs.replace(DORA_INITIAL, clocks=DORA_INITIAL.clocks[:1])
    law = law_of(early)
    vector = {
        "id": "V", "rule": early.id, "facts": {"aware": "2024-11-19T08:00:00Z"},
        "zone": "Europe/Berlin", "calendar": "DE-BE", "status": "not-in-force",
    }  # fmt: skip
    cases, _ = worked_of({"vectors": [vector]}, law)
    assert not checked(law, cases, at=AT)


def test_a_group_within_a_group_is_in_it_and_the_wider_one_may_be() -> None:
    places = {
        code: msgspec.structs.replace(place, groups=(*place.groups, "EEA"))
        for code, place in PLACES.items()
        if "EU" in place.groups
    }
    norway = msgspec.structs.replace(places["DE"], groups=("EEA",))
    law = msgspec.structs.replace(LAW, places={**PLACES, **places, "NO": norway})
    atlas = Atlas(law)
    assert atlas.matches("EEA", "EU") is True
    assert atlas.matches("EU", "EEA") is None
    assert atlas.matches("EU", "NO") is False
    assert atlas.matches("US", "EU") is False


def test_an_empty_list_of_places_or_roles_is_unknown() -> None:
    facts, mistakes = facts_of({"jurisdictions": [], "roles": []}, LAW)
    assert facts.get("jurisdictions") is None and facts.get("roles") is None
    assert len(mistakes) == 2 and all(one.advice for one in mistakes)


def test_a_stage_or_rule_of_no_such_name_is_told_and_a_decision_has_a_reason() -> None:
    assert 'did you mean "submitted.initial"' in said({"submitted.inital": AWARE})[0]
    assert "no rule of the law" in said({"not_required.gdrp": "counsel: no"})[0]
    facts, (mistake,) = facts_of({"not_required.gdpr": ""}, LAW)
    assert not mistake.advice and facts.get("not_required.gdpr") is None


def test_facts_that_cannot_both_be_so_are_told() -> None:
    both = {"personal_data": False, "personal_data.high_risk": True}
    assert "personal_data is no" in said(both)[0]
    assert "something of it is known" in said({"aware": False, "personal_data": True})[0]


def test_places_of_facts_and_profile_are_joined_and_other_differences_told() -> None:
    case = {
        "facts": {"jurisdictions": ["US-CA"], "entity": "none"},
        "entity_profile": {"jurisdictions": ["DE"], "entity": "credit-institution"},
    }
    (worked,), mistakes = worked_of(case, LAW)
    assert worked.facts.words("jurisdictions") == ("DE", "US-CA")
    assert [one.path for one in mistakes] == ["facts.entity"] and mistakes[0].advice


def test_names_that_a_case_has_not_are_told() -> None:
    assert 'did you mean "raised"' in told({"facts": {}, "rasied": {}})[0]
    assert 'did you mean "entity_profile"' in told({"facts": {}, "entity_profil": {}})[0]
    assert "is a legal fact" in told({"facts": {}, "jurisdictions": ["DE"]})[0]
    assert 'did you mean "cases"' in told({"vectors": [], "casess": []})[0]
    assert not told({"facts": {}, "story": "what happened"})
    several = told({"vectors": [
        {"id": "a", "rule": "eu/x", "zone": "Europe/Berln", "calendar": "DE-QQ", "status": "due",
         "due": "2026-11-20T10:00", "facts": {"classified": "2026-02-30T10:00Z"}},
        {"id": "a", "rule": "eu/x"},
    ]})  # fmt: skip
    for said in ("no rule is called", "Europe/Berln", "DE-QQ", "has no zone", "not in any calendar",
                 "two cases"):  # fmt: skip
        assert any(said in one for one in several), (said, several)
    assert "two cases" in told({"cases": [{"id": "a", "facts": {}}, {"id": "a", "facts": {}}]})[0]
