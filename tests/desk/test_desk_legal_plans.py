"""A plan on the real desk decides by what was stated of the law, and by what the register says."""

from __future__ import annotations

import msgspec
from test_desk_duties import HOUR, answer, house, says, until

from desk_register import adopted
from desk_world import BY_ANA, LOG, NOON, facts
from tocsin.desk.plans.runs import start_run
from tocsin.facts.legal import Answered, LegalFactStated
from tocsin.facts.runs import Ending, RunEnded, StepEnded

PLAN = """
plan: route
version: 1
title: T
steps:
  which:
    decide:
      - {when: legal.system_route == 'annex-iii' && legal.personal_data, next: both}
    otherwise: over
    undetermined: later
  later: {wait: 1h, rounds_max: 5, next: which, on_rounds_max: over}
  both: {end: completed}
  over: {end: failed}
"""


def test_a_plan_waits_for_a_legal_fact_and_knows_what_the_register_says() -> None:
    desk, _ = house()
    register = desk.knowledge.register()
    profile = {**register.answers, "system.route": "annex-iii"}
    adopted(desk, msgspec.structs.replace(register, profile=profile))
    start_run(desk, LOG, PLAN.encode(), BY_ANA)

    def results() -> list[str]:
        return [one.result for one in facts(desk.world, StepEnded) if one.step == "which"]

    until(desk, NOON + HOUR / 2)
    assert results() == ["undetermined"]
    answer(desk, "personal_data", "no")
    back = LegalFactStated(key="personal_data", answer=Answered.UNKNOWN, value="", basis="b")
    says(desk, back)
    until(desk, NOON + 3 * HOUR / 2)
    assert results() == ["undetermined", "undetermined"]
    answer(desk, "personal_data", "yes")
    until(desk, NOON + 3 * HOUR)
    assert results() == ["undetermined", "undetermined", "1"]
    assert [one.ending for one in facts(desk.world, RunEnded)] == [Ending.COMPLETED]
