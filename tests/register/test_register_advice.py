"""What a register allows and people would regret: told as advice, or refused where it cannot be."""

from __future__ import annotations

import pytest
from register_texts import GOOD, PERSON, SYSTEM, only, read

from tocsin.register.audiences import DPO_ROLES
from tocsin.register.mistakes import mistakes_only
from tocsin.register.model import (
    Decision,
)


def test_what_would_be_missed_is_advice_and_stops_nothing() -> None:
    _, told = read(GOOD)
    assert {(m.path, m.found) for m in told} == {
        ("systems.paper", f'no "{field}"')
        for field in (
            "deputy", "switch", "fallback", "log", "recovery_target", "jurisdictions", "roles",
        )
    }  # fmt: skip
    assert all(m.advice for m in told)


def advice(text: str) -> set[tuple[str, str]]:
    return {(m.path, m.found) for m in read(text)[1] if m.advice}


def test_systems_that_fall_back_in_a_circle_are_pointed_out() -> None:
    def chain(*pairs: tuple[str, str]) -> str:
        return PERSON + "".join(
            f'[systems.{one}]\nowner = "ada"\ntier = 1\nfallback = "{other}"\n'
            for one, other in pairs
        )

    circle = "systems that fall back on each other in a circle"
    found = advice(chain(("a", "b"), ("b", "c"), ("c", "b"), ("d", "e")))
    assert {path for path, what in found if what == circle} == {
        "systems.b.fallback",
        "systems.c.fallback",
    }


def test_leading_roles_that_nobody_fills_are_pointed_out() -> None:
    found = {what for path, what in advice(PERSON) if path == "people"}
    assert found == {'nobody has the role "commander"', 'nobody has the role "counsel"'}
    filled = advice(PERSON + 'roles = ["commander", "counsel"]\n')
    assert "people" not in {path for path, _ in filled}
    assert ("", "no [entity] in any file") in filled


def test_a_role_by_which_no_notice_finds_the_data_protection_officer_is_pointed_out() -> None:
    def told(role: str) -> bool:
        return ("people.ada.roles[1]", f'role "{role}"') in advice(PERSON + f'roles = ["{role}"]\n')

    for role in ("data-protection-lead", "privacy-officer", "group-dpo", "Datenschutz"):
        assert told(role), role
    for role in (*DPO_ROLES, "data-science", "protection-officer", "commander"):
        assert not told(role), role


def test_a_person_nobody_can_reach_is_pointed_out() -> None:
    unreachable = ("people.ada", "no way to reach them")
    assert unreachable in advice('[people.ada]\nname = "Ada"\n')
    for way in ('email = "a@b.example"', 'phone = "+49 30 1234567"', 'reach = ["pager"]'):
        assert unreachable not in advice(f"[people.ada]\n{way}\n")


def test_rules_for_different_tiers_or_decisions_do_not_contradict() -> None:
    def rule(decision: str, tier: int, role: str) -> str:
        return (
            f'[[entity.proofs]]\ndecision = "{decision}"\nproof = "link"\n'
            f'tiers = [{tier}]\nrole = "{role}"\n'
        )

    able = PERSON + 'roles = ["counsel", "legal"]\n[entity]\nlegal_name = "x"\n'
    apart = rule("closure", 1, "counsel") + rule("closure", 2, "legal")
    assert mistakes_only(read(able + apart)[1]) == []
    other = rule("closure", 1, "counsel") + rule("deletion", 1, "legal")
    assert mistakes_only(read(able + other)[1]) == []
    same = rule("closure", 1, "counsel") + rule("closure", 1, "counsel")
    assert mistakes_only(read(able + same)[1]) == []
    assert mistakes_only(read(able + rule("closure", 1, "legal") + rule("closure", 1, "x"))[1])


@pytest.mark.parametrize("country", ["Germany", "GERMANY", "ZZ"])
def test_what_is_no_country_is_told_how_to_write_one(country: str) -> None:
    mistake = only(SYSTEM + f'jurisdictions = ["{country}"]\n')
    assert "ISO 3166-1" in mistake.remedy


def test_a_witness_counts_only_by_a_key_that_the_register_names() -> None:
    witness = '[integrations.w]\nkind = "witness"\nurl = "https://w.example"\n'
    missing = 'no "settings.key", so what this witness signed counts for nothing later'
    assert ("integrations.w", missing) in advice(witness)
    named = witness + f'settings.key = "w.example+9a4e70b2+{"B" * 44}"\n'
    assert not {path for path, _ in advice(named)} & {"integrations.w"}
    for bad in ("w.example", "w.example+9a4e70b2", f"w.example+9A4E70B2+{'B' * 44}", "a b+c"):
        wrong = only(witness + f'settings.key = "{bad}"\n')
        assert (wrong.line, wrong.path) == (4, "integrations.w.settings")
        assert "name+hash+key" in wrong.remedy


ENTITY = '[entity]\nlegal_name = "x"\n'


TWO = "".join(f'[people.{who}]\nemail = "{who}@b.example"\n' for who in ("ada", "ben"))


@pytest.mark.parametrize("decision", Decision, ids=lambda one: one.value)
def test_two_people_are_asked_only_for_what_two_can_decide(decision: Decision) -> None:
    rule = f'[[entity.proofs]]\ndecision = "{decision.value}"\nproof = "signature"\n'
    assert mistakes_only(read(ENTITY + TWO + rule + "people = 1\n")[1]) == []
    text = ENTITY + TWO + rule + "people = 2\n"
    if decision in {Decision.APPROVAL, Decision.OVERRIDE, Decision.HOLD_RELEASE}:
        assert mistakes_only(read(text)[1]) == []
        return
    wrong = only(text)
    assert (wrong.line, wrong.path) == (10, "entity.proofs[1].people")
    assert wrong.found == f"2 people for {decision.value}, which one person decides"
    assert "approval, hold-release and override" in wrong.remedy


def test_an_account_approves_no_action_and_what_is_signed_anyway_is_told() -> None:
    def rule(decision: Decision, proof: str) -> str:
        one = f'[[entity.proofs]]\ndecision = "{decision.value}"\nproof = "{proof}"\n'
        return ENTITY + TWO + one

    wrong = only(rule(Decision.APPROVAL, "account"))
    assert (wrong.line, wrong.path) == (9, "entity.proofs[1].proof")
    assert "account under which Tocsin works" in wrong.found and '"link"' in wrong.remedy
    for decision in set(Decision) - {Decision.APPROVAL}:
        text = rule(decision, "account")
        assert mistakes_only(read(text)[1]) == []
        told = [what for path, what in advice(text) if path.endswith(".proof")]
        signed = decision in {Decision.OVERRIDE, Decision.ENROLMENT}
        assert (
            told == [f'"account" for {decision.value}, which needs a signature anyway']
        ) is signed
