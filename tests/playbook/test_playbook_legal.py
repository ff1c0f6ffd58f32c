"""Plans name the legal facts of the dictionary: by type, by what was said last, by the register."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook_story import RULES, WORKER, Story, person
from tocsin.facts import Access, Entry
from tocsin.facts.legal import Answered, LegalFactStated
from tocsin.facts.runs import Asked
from tocsin.playbook import plan_of
from tocsin.playbook.conditions import mistake_in
from tocsin.playbook.legal import asks_law, choice_mistake, legal_known
from tocsin.playbook.legal_names import LEGAL_KEYS
from tocsin.playbook.lint import linted
from tocsin.playbook.names import BY_LAW, Type
from tocsin.register.model import ProfileAnswer

PLAN = """
plan: p
version: 1
title: T
steps:
  when:
    decide:
      - {when: WHEN, next: yes}
    otherwise: no
    undetermined: unknown
  yes: {end: completed}
  no: {end: failed}
  unknown: {wait: 1h, rounds_max: 3, next: when, on_rounds_max: no}
"""


def plan(when: str) -> str:
    return PLAN.replace("WHEN", f'"{when}"')


def stated(key: str, value: str, answer: Answered = Answered.KNOWN) -> LegalFactStated:
    return LegalFactStated(key=key, answer=answer, value=value, basis="b")


@pytest.mark.parametrize(
    ("when", "key", "value", "other"),
    [
        ("legal.personal_data == true", "personal_data", "yes", "no"),
        ("legal.personal_data", "personal_data", "yes", "no"),
        ("legal.personal_data_high_risk", "personal_data.high_risk", "yes", "no"),
        ("legal.system_route == 'annex-iii'", "system.route", "annex-iii", "none"),
        ("legal.system_route in ['annex-i', 'annex-iii']", "system.route", "annex-i", "none"),
        ("legal.individuals >= 500", "individuals", "500", "499"),
        ("legal.paid < timestamp('2026-11-26T12:00:00Z')", "paid",
         "2026-11-26T12:59:00+01:00", "2026-11-26T13:00:00+01:00"),
    ],
)  # fmt: skip
def test_each_type_is_compared_as_what_it_is(when: str, key: str, value: str, other: str) -> None:
    assert Story(plan(when)).path() == ["when undetermined"]
    assert Story(plan(when), RULES, stated(key, value)).path() == ["when 1"]
    assert Story(plan(when), RULES, stated(key, other)).path() == ["when otherwise"]


def test_what_was_said_last_holds_and_what_is_taken_back_is_undetermined() -> None:
    when = plan("legal.personal_data == true")
    yes, no = stated("personal_data", "yes"), stated("personal_data", "no")
    back = stated("personal_data", "", Answered.UNKNOWN)
    assert Story(when, RULES, yes, no).path() == ["when otherwise"]
    assert Story(when, RULES, yes, back).path() == ["when undetermined"]
    never = plan("legal.paid < timestamp('2030-01-01T00:00:00Z')")
    denied = stated("paid", "", Answered.DENIED)
    assert Story(never, RULES, denied).path() == ["when undetermined"]


def test_a_run_that_waits_goes_on_by_what_is_said_meanwhile() -> None:
    story = Story(plan("legal.personal_data == true"))
    story.add(stated("personal_data", "yes"), by=person("ana"))
    assert story.path() == ["when undetermined"]
    story.pass_by(*story.due("wait")[0])
    assert story.path()[-1] == "when 1"


def test_what_not_everybody_may_read_is_undetermined_also_over_what_they_may() -> None:
    story = Story(plan("legal.personal_data == true"), RULES, stated("personal_data", "no"))
    about = story.run.circumstances
    assert about.stated == {"personal_data": "no"}
    about.apply(
        Entry(
            log="incident/7K3", seq=99, happened_at=story.now, recorded_at=story.now,
            author=WORKER, access=Access.COUNSEL, fact=stated("personal_data", "yes"),
        )
    )  # fmt: skip
    assert legal_known(about.stated, {"personal_data": False}) == {}


def test_the_register_answers_where_the_incident_says_nothing() -> None:
    when = plan("legal.system_route == 'annex-iii'")
    says = msgspec.structs.replace(RULES, profile={"ai_act.route": "annex-iii"})
    assert Story(when, says).path() == ["when 1"]
    assert Story(when, says, stated("system.route", "none")).path() == ["when otherwise"]
    back = stated("system.route", "", Answered.UNKNOWN)
    assert Story(when, says, back).path() == ["when undetermined"]


@pytest.mark.parametrize(
    ("key", "answer", "value"),
    [
        ("device", True, True),
        ("device", "perhaps", None),
        ("device", ("yes",), None),
        ("entity", "essential", "essential-entity"),  # read as the dictionary reads it
        ("individuals", 7, 7),
        ("individuals", False, None),
        ("bias_audited", "2026-11-26T13:00:00+01:00", datetime(2026, 11, 26, 12, tzinfo=UTC)),
        ("bias_audited", "2026-11-26T13:00:00", None),  # no zone
        ("bias_audited", False, None),  # it did not happen
        ("roles", ("provider",), None),
        ("no_such_key", "x", None),
    ],
)
def test_an_answer_of_another_type_is_no_answer(
    key: str, answer: ProfileAnswer, value: object
) -> None:
    found = legal_known({}, {key: answer})
    assert list(found.values()) == ([] if value is None else [value])
    assert not found or type(next(iter(found.values()))) is type(value)


ANSWERS = st.text(max_size=12) | st.booleans() | st.integers() | st.lists(st.text()).map(tuple)
KINDS = {Type.YES_NO: bool, Type.TEXT: str, Type.COUNT: int, Type.INSTANT: datetime}


KEYS = st.sampled_from([*LEGAL_KEYS, "x"])


@given(
    st.dictionaries(KEYS, ANSWERS, max_size=6),
    st.dictionaries(KEYS, st.none() | st.text(), max_size=6),
)
def test_whatever_stands_there_a_value_has_the_type_of_its_name(
    profile: dict[str, ProfileAnswer], said: dict[str, str | None]
) -> None:
    for name, value in legal_known(said, profile).items():
        assert type(value) is KINDS[BY_LAW[name]]
        assert not isinstance(value, date) or isinstance(value, datetime)


def test_each_key_has_a_name_of_its_own() -> None:
    assert len(BY_LAW) == len(LEGAL_KEYS) >= 80
    assert BY_LAW["legal.nis2_significant"] is Type.YES_NO


@pytest.mark.parametrize(
    ("when", "found", "remedy"),
    [
        ("legal.personal_dta == true", "nothing is known as legal.personal_dta",
         'did you mean "legal.personal_data"?'),
        ("legal.roles == 'provider'", "nothing is known as legal.roles", "legal."),
        ("legal.personal_data == 'yes'", "does not fit bool and string", "quotes"),
        ("legal.individuals > 2.5", "does not fit int and double", "whole number"),
        ("legal.entity", "gives STRING, not yes or no", "compare it"),
        ("legal.system_route == 'annex-3'", 'legal.system_route is never "annex-3"',
         "annex-iii"),
        ('"annex-3" != legal.system_route', 'legal.system_route is never "annex-3"',
         "annex-iii"),
        ("legal.system_route in ['annex-i', 'x']", 'legal.system_route is never "x"',
         "it may be: annex-i, annex-iii, none"),
        ("legal.entity == 'credit-institutoin'", 'is never "credit-institutoin"',
         'did you mean "credit-institution"?'),
        ("legal.entity == 'essential'", 'legal.entity is never "essential"',
         'write "essential-entity"'),
    ],
)  # fmt: skip
def test_a_mistake_says_what_would_be_right(when: str, found: str, remedy: str) -> None:
    wrong = mistake_in(when, BY_LAW) or choice_mistake(when)
    assert wrong is not None and found in wrong.found and remedy in wrong.remedy, wrong
    text = PLAN.replace("WHEN", '"' + when.replace('"', '\\"') + '"').encode()
    told = [one for one in linted(text, "p.yaml", date(2026, 11, 26)).told if one.rule == "TP106"]
    assert [(one.line, one.found) for one in told] == [(6, wrong.found)]


def test_texts_may_say_what_is_known_too() -> None:
    ask = "  yes: {ask: 'Personal data: {legal.personal_data}?', role: r, choices: {ok: no}}"
    text = plan("legal.individuals > 1").replace("  yes: {end: completed}", ask)
    story = Story(text, RULES, stated("individuals", "2"), stated("personal_data", "no"))
    assert "Personal data: no?" in str(story.all(Asked))


def test_only_a_plan_that_names_legal_facts_asks_the_register() -> None:
    assert asks_law(plan_of(plan("legal.device").encode()))
    assert not asks_law(plan_of(plan("minutes_open > 3").encode()))
    rule = "severity: [{when: legal.device, severity: sev1, reason: r}]\nsteps:"
    assert asks_law(plan_of(plan("minutes_open > 3").replace("steps:", rule).encode()))
