"""A first plan is whole for every combination of answers: read, linted, proven, and it says why."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tocsin.facts.failure_modes import FailureMode, Trait
from tocsin.facts.runs import Effect
from tocsin.playbook import plan_of
from tocsin.playbook.first import Answers, first_plan
from tocsin.playbook.first.offers import Offers
from tocsin.playbook.lint import linted
from tocsin.playbook.proof import Standing, prove
from tocsin.playbook.steps import Act, Approve, End, Gate, Look, Purpose, Seal, Tell
from tocsin.register.model import Register

TODAY = date(2026, 11, 26)
NAMES = st.one_of(
    st.sampled_from(["on-call", "off", "no", "1.10", "null", "on-call", "counsel", "join", "0x1"]),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}", fullmatch=True),
)
TITLES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    str.strip
)
often = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck),
                 phases=[Phase.explicit, Phase.generate])  # fmt: skip


def answered(mode: FailureMode, **others: object) -> Answers:
    words = {
        "id": "p", "title": 'It "fails": # often', "mode": mode, "system": "assistant",
        "on_call": "on-call", "commander": "incident-commander", "owner": "data-science-lead",
        "review_by": "2027-05-31",
        "vendors": ("Ground: Truth #1",) if mode is FailureMode.VENDOR_COMPROMISE else (),
    }  # fmt: skip
    return Answers(**{**words, **others})  # type: ignore[arg-type]


def whole(answers: Answers) -> None:
    text = first_plan(answers)
    told = linted(text.encode(), "plan.yaml", TODAY).told
    assert [str(mistake) for mistake in told if not mistake.advice] == [], text


@pytest.mark.parametrize("mode", FailureMode)
def test_for_each_failure_mode_every_choice_gives_a_plan_that_is_proven(mode: FailureMode) -> None:
    for switch, registry, outside in itertools.product(
        ("", "kill-switch"), ("", "registry"), ((), ("customers", "authority"))
    ):
        answers = answered(mode, switch=switch, registry=registry, outside=outside)
        text = first_plan(answers)
        found = linted(text.encode(), "plan.yaml", TODAY)
        assert found.told == (), [str(one) for one in found.told]
        proof = prove(plan_of(text.encode()))
        unproven = [p for p in proof.properties if p.standing is not Standing.PROVEN]
        assert not proof.refuted, [str(c) for p in proof.refuted for c in p.counters]
        assert unproven == [], unproven


@often
@given(st.builds(
    Answers, id=NAMES, title=TITLES, mode=st.sampled_from(FailureMode), system=NAMES,
    on_call=NAMES, commander=NAMES, owner=NAMES, counsel=st.just("counsel"),
    review_by=st.just("2027-05-31"), fallback=NAMES, switch=st.one_of(st.just(""), NAMES),
    target=NAMES, eye=NAMES, registry=st.one_of(st.just(""), NAMES), finder=NAMES, mail=NAMES,
    vendors=st.lists(TITLES.map(str.strip), min_size=1, max_size=2, unique=True).map(tuple),
    triggers=st.lists(NAMES, max_size=2, unique=True).map(tuple),
    outside=st.lists(NAMES, max_size=3).map(tuple),
    evidence=st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple),
))  # fmt: skip
def test_whatever_names_are_answered_it_reads_and_passes_the_linter(answers: Answers) -> None:
    whole(answers)
    plan = plan_of(first_plan(answers).encode())
    assert plan.id == answers.id and plan.systems == (answers.system,)
    assert plan.title.split() == answers.title.split()


def test_what_was_answered_is_in_the_plan() -> None:
    plan = plan_of(first_plan(answered(
        FailureMode.UNFAIR_OUTCOME, switch="kill-switch", registry="registry",
        outside=("applicants",), fallback="recruiters",
    )).encode())  # fmt: skip
    steps = plan.steps.values()
    stops = [s for s in steps if isinstance(s, Act) and s.effect is Effect.STOP]
    assert [(s.connector, s.wanted, s.undo) for s in stops] == [("kill-switch", "off", "on")]
    assert any(isinstance(s, Look) and s.id == "stop-seen" for s in steps)
    back = plan.steps["roll-back"]
    assert isinstance(back, Act) and back.approvals == 2 and "training-data" in back.evidence
    assert [s.role for s in steps if isinstance(s, Approve)] == ["counsel"]
    assert plan.audiences["applicants"].outside and "applicants" in plan.audiences_told
    assert plan.continuity is not None and plan.continuity.fallback == "recruiters"
    gate = plan.steps["well-again"]
    assert isinstance(gate, Gate) and "fairness" in {c.criterion.value for c in gate.checks}
    served = {purpose for s in steps for purpose in s.purpose}
    assert {Purpose.LIST_AFFECTED, Purpose.REDECIDE, Purpose.RETRAIN, Purpose.MITIGATE_BIAS,
            Purpose.CHECK_FAIRNESS, Purpose.CHOOSE_ROOT_CAUSE_FORM} <= served  # fmt: skip


def test_a_letter_of_an_authority_stops_no_system() -> None:
    answers = answered(FailureMode.REGULATORY_INQUIRY, switch="kill-switch", registry="registry")
    plan = plan_of(first_plan(answers).encode())
    assert not any(isinstance(s, Act) for s in plan.steps.values())
    assert Purpose.INFORM_AUTHORITY in plan.steps["reply"].purpose
    assert any(isinstance(s, Seal) for s in plan.steps.values())


@pytest.mark.parametrize("mode", FailureMode)
def test_every_step_says_who_answers_and_each_trait_leaves_its_mark(mode: FailureMode) -> None:
    plan = plan_of(first_plan(answered(mode, switch="s", outside=("customers",))).encode())
    assert all(s.raci is not None for s in plan.steps.values() if not isinstance(s, End))
    served = {purpose for s in plan.steps.values() for purpose in s.purpose}
    for trait, purpose in (
        (Trait.HARMS_PEOPLE, Purpose.LIST_AFFECTED), (Trait.NEEDS_VENDOR, Purpose.CONTACT_VENDOR),
        (Trait.NEEDS_TRAINING_DATA, Purpose.PRESERVE_TRAINING_DATA),
        (Trait.NEEDS_REDECISION, Purpose.REDECIDE), (Trait.HARMS_PEOPLE, Purpose.NOTIFY_AFFECTED),
        (Trait.NEEDS_RETRAINING_BRANCH, Purpose.RETRAIN),
        (Trait.NEEDS_COUNSEL, Purpose.CHOOSE_ROOT_CAUSE_FORM),
    ):  # fmt: skip
        assert (purpose in served) == (trait in mode.traits), (trait, purpose)
    assert any(isinstance(s, Tell) for s in plan.steps.values())


def test_a_register_that_knows_nothing_offers_the_names_of_the_examples() -> None:
    offers = Offers(Register())
    assert offers.systems.default == "" and offers.on_call.default == "on-call"
    assert offers.commander.default == "incident-commander" and offers.counsel == "counsel"
    assert offers.switch("any").default == "none" and offers.registry == ""
    assert (offers.mail, offers.finder) == ("mail", "rollback-target")
    assert offers.eye("any") == "system-seen"
