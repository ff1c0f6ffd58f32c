"""Whatever plan the reader accepts can be linted, with and without all that is known around it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planted import PLANS, REGISTER, TODAY, house_of
from random_plans import plan_texts

from tocsin.playbook import House, plan_of, read_plan
from tocsin.playbook.lint import RULES, linted

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
OTHERS = [plan_of(text.encode()) for text in PLANS.values()]


@UNHURRIED
@given(plan_texts(8), st.booleans(), st.booleans(), st.booleans())
def test_any_plan_can_be_judged(text: str, housed: bool, others: bool, drilled: bool) -> None:
    house: House | None = house_of(REGISTER) if housed else None
    assert read_plan(text.encode())[1] == []
    found = linted(text.encode(), "p.yaml", TODAY, house, OTHERS if others else None,
                   {} if drilled else None)  # fmt: skip
    lines = len(text.splitlines())
    for one in found.told:
        assert one.rule in RULES and 1 <= one.line <= lines and one.path and one.remedy
    assert found.told == tuple(sorted(found.told))


@UNHURRIED
@given(st.text(max_size=300))
def test_any_text_at_all_can_be_judged(text: str) -> None:
    found = linted(text.encode(), "p.yaml", TODAY)
    assert found.told and {one.rule for one in found.told} <= {*RULES}


@UNHURRIED
@given(st.sampled_from(sorted(PLANS)), st.data())
def test_a_plan_with_a_line_less_can_be_judged(file: str, data: st.DataObject) -> None:
    lines = PLANS[file].splitlines(keepends=True)
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    linted("".join(lines).encode(), file, TODAY, house_of(REGISTER), OTHERS, {})
