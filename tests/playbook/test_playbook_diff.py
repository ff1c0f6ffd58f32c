"""A comparison of plans tells every change, none where there is none, and which are less safe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_plans import plans
from written_plans import plans as awkward_plans

from tocsin.playbook import Plan, plan_of
from tocsin.playbook.diff import Change, Kind, changes
from tocsin.playbook.diff.frame_changes import fields_compared
from tocsin.playbook.diff.renaming import with_names

FILE = Path(__file__).parents[2] / "playbooks" / "assistant-fallback.yaml"
TEXT = FILE.read_text()
often = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck),
                 phases=[Phase.explicit, Phase.generate])  # fmt: skip


def told(*swaps: tuple[str, str], text: str = TEXT) -> tuple[Change, ...]:
    new = text
    for old, other in swaps:
        assert old in new, old
        new = new.replace(old, other)
    return changes(plan_of(text.encode()), plan_of(new.encode()))


def words(*swaps: tuple[str, str], text: str = TEXT) -> list[tuple[str, bool]]:
    return [(change.words, change.weaker) for change in told(*swaps, text=text)]


def test_comments_and_layout_are_no_change() -> None:
    assert told(("start: first-minutes\n", "# a comment\n\nstart:   first-minutes\n")) == ()


@pytest.mark.parametrize(
    ("old", "new", "said", "weaker"),
    [
        ("approvals: 2 ", "approvals: 1 ",
         "roll-back: an approval is dropped: approvals were 2 and are 1 now", True),
        ("    approvals: 1\n", "    approvals: 2\n",
         "lift: approvals were 1 and are 2 now", False),
        ("evidence: [model, lineage, configuration, requests]", "evidence: [model, requests]",
         "roll-back: evidence kept before it: lineage and configuration gone", True),
        ("limit: 4h", "limit: 2h", "lift: the limit is shortened from 4 h to 2 h", False),
        ("limit: 4h", "limit: 6h", "lift: the limit is lengthened from 4 h to 6 h", True),
        ("    on_failure: stop-again  #", "    on_failure: tell-still-stopped  #",
         "lift: when it fails, it leads to tell-still-stopped instead of stop-again", False),
        ("    on_failure: stop-by-hand\n", "",
         "stop: when it fails, the plan has no answer any more; it led to stop-by-hand", True),
        ("    undo: before            #", "    no_undo: nobody knows #",
         "roll-back: nothing takes it back any more; “before” did", True),
        ("through: mail\n    next_update: 30m", "through: mail\n    next_update: 1h",
         "tell-leads: the promised next news is lengthened from 30 min to 1 h", True),
        ("tell: [executive, ethics-board]", "tell: [executive]",
         "tell-board: who is told by it: ethics-board gone", True),
        ("finding.observed >= 0.25", "finding.observed >= 0.5",
         "rules of severity: sev1 when finding.sign == 'rate' && finding.observed >= 0.25 "
         "(one question in four, or more, gets no answer) gone", True),
        ("  - {audience: counsel, within: 30m, by: incident-commander}\n", "",
         "who must hear of it: counsel gone", True),
        ("ethics-board, within: 60m", "ethics-board, within: 2h",
         "the time until ethics-board must hear of it is lengthened from 1 h to 2 h", True),
        ("triggers: [assistant-fallback-rate]", "triggers: [other]",
         "detectors that begin it: assistant-fallback-rate gone", True),
        ("review_by: 2027-05-31", "review_by: 2028-05-31",
         "the day of its review was “2027-05-31” and is “2028-05-31” now", True),
        ("owner: data-science-lead\n", "owner: support-lead\n",
         "the owner was “data-science-lead” and is “support-lead” now", False),
        ("Nothing is asked of you now.", "Please come.",
         "tell-board: the words: “…d. You will hear how it ends. Nothing is asked", False),
    ],
)  # fmt: skip
def test_a_change_is_told_in_words(old: str, new: str, said: str, weaker: bool) -> None:
    found = words((old, new))
    assert any(w.startswith(said[:60]) and weak == weaker for w, weak in found), found


def test_who_answers_now_is_told() -> None:
    found = words(("accountable: incident-commander\n      responsible: [on-call]\n"
                   "      consulted: [support-lead]",
                   "accountable: data-science-lead\n      responsible: [on-call]"))  # fmt: skip
    assert found == [
        ("stop: data-science-lead answers for it instead of incident-commander", False),
        ("stop: who is asked before: support-lead gone", True),
    ]


def test_a_renamed_step_is_told_once_and_not_as_other_ways() -> None:
    found = told(("find-target", "look-for-target"), ("find_target", "look_for_target"))
    assert [(c.kind, c.words) for c in found] == [
        (Kind.RENAMED, "find-target is called look-for-target now")
    ]


def test_steps_that_are_gone_or_new_are_told_and_what_then_leads_elsewhere() -> None:
    gone = TEXT[TEXT.index("  call-commander:") : TEXT.index("  # 2. Stop the harm")]
    found = told((gone, ""), ("on_unanswered: call-commander", "on_unanswered: join"))
    assert [(c.kind, c.where, c.weaker) for c in found] == [
        (Kind.LEADS, "steps.call.on_unanswered", False),
        (Kind.REMOVED, "steps.call-commander", True),
    ]
    less = TEXT.replace(gone, "").replace("on_unanswered: call-commander", "on_unanswered: join")
    back = changes(plan_of(less.encode()), plan_of(TEXT.encode()))
    assert {c.kind for c in back} == {Kind.LEADS, Kind.ADDED} and not any(c.weaker for c in back)


def test_other_spaces_in_a_text_are_told() -> None:
    found = words(("Nothing is asked of you now.", "Nothing is  asked of you now."))
    assert len(found) == 1 and "only line breaks and spaces differ" in found[0][0]
    found = words(("reason: one question in four, or", "reason: one  question in four, or"))
    assert len(found) == 2 or "differs in spaces" in found[0][0]


def test_steps_in_another_order_are_told() -> None:
    plan = plan_of(TEXT.encode())
    turned = msgspec.structs.replace(plan, steps=dict(reversed(plan.steps.items())))
    assert [c.kind for c in changes(plan, turned)] == [Kind.REORDERED]


@often
@given(plans(), awkward_plans())
def test_a_plan_is_like_itself_and_two_plans_are_compared_without_fail(
    plan: Plan, other: Plan
) -> None:
    assert changes(plan, plan) == ()
    found = changes(plan, other)
    assert bool(found) == (plan.steps != other.steps or bool(found))
    for change in found:
        assert change.words and "\n" not in change.words


def mutated(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case None:
            return None
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case tuple() if len(value) > 1:
            return value[1:]
        case tuple() if value and isinstance(value[0], msgspec.Struct):
            field = value[0].__struct_fields__[-1 if hasattr(value[0], "criterion") else 0]
            other = mutated(getattr(value[0], field))
            return (msgspec.structs.replace(value[0], **{field: other}),)
        case dict():
            return {mutated(next(iter(value))): v for v in value.values()}
        case msgspec.Struct():
            field = value.__struct_fields__[0]
            return msgspec.structs.replace(value, **{field: mutated(getattr(value, field))})
        case _ if hasattr(type(value), "__members__"):
            return next((one for one in type(value) if one is not value), value)
        case _:
            return value


@often
@given(plans(), st.data())
def test_every_single_mutation_of_a_step_is_told_under_its_name(
    plan: Plan, data: st.DataObject
) -> None:
    step = data.draw(st.sampled_from([*plan.steps.values()]))
    names = [name for name in step.__struct_fields__ if name not in ("id", "line")]
    for name in names:
        value = mutated(getattr(step, name))
        if value == getattr(step, name):
            continue
        changed = msgspec.structs.replace(step, **{name: value})
        new = msgspec.structs.replace(plan, steps={**plan.steps, step.id: changed})
        found = changes(plan, new)
        assert [c.where for c in found if not c.where.startswith(f"steps.{step.id}.{name}")] == []
        assert found and all(c.words.startswith(f"{step.id}: ") for c in found), (name, value)


def test_every_field_around_the_steps_is_compared() -> None:
    assert fields_compared() == {*Plan.__struct_fields__} - {"steps", "lines", "digest"}


def test_advice_that_is_followed_no_more_is_weaker() -> None:
    waiver = "waived: [{rule: TP501, because: no pipeline}]\nstart: first-minutes\n"
    assert words(("start: first-minutes\n", waiver)) == [
        ("advice of the linter not followed: TP501 (no pipeline) new", True)
    ]


@often
@given(plans())
def test_every_single_mutation_around_the_steps_is_told(plan: Plan) -> None:
    for name in plan.__struct_fields__:
        value = mutated(getattr(plan, name))
        if name in ("steps", "lines", "digest") or value == getattr(plan, name):
            continue
        found = changes(plan, msgspec.structs.replace(plan, **{name: value}))
        assert {c.where for c in found} == {"plan" if name == "id" else name}, (name, value)


@often
@given(plans(), st.data())
def test_a_step_under_another_name_is_a_renamed_step(plan: Plan, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*plan.steps]))
    new = with_names(plan, {name: "quite-another"})
    steps = {key: msgspec.structs.replace(step, id=key) for key, step in new.steps.items()}
    found = changes(plan, msgspec.structs.replace(new, steps=steps))
    assert [c.kind for c in found] in ([Kind.RENAMED], [Kind.RENAMED, Kind.REORDERED])


@often
@given(plans(), st.data())
def test_a_step_that_is_gone_is_told(plan: Plan, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*plan.steps]))
    fewer = {key: step for key, step in plan.steps.items() if key != name}
    without = msgspec.structs.replace(plan, steps=fewer)
    assert [(c.kind, c.where) for c in changes(plan, without)] == [(Kind.REMOVED, f"steps.{name}")]
    assert [(c.kind, c.where) for c in changes(without, plan)] == [(Kind.ADDED, f"steps.{name}")]
