"""Whether a plan fits the house: each name that nothing answers to is told, with its line."""

from __future__ import annotations

import msgspec
import pytest

from tocsin.playbook import House, draft_plan, plan_of, unfitting
from tocsin.register.read import read_register

REGISTER = b"""
[people.ana]
name = "Ana"
email = "ana@example.org"
roles = ["on-call"]
[people.ben]
name = "Ben"
roles = ["lead"]
[integrations.kill]
kind = "switch"
path = "switch"
settings.flags = "t, other.flag"
[integrations.seen]
kind = "http-state"
url = "https://assistant.example.org/state"
[integrations.mail]
kind = "smtp"
url = "smtp://127.0.0.1:25"
[systems.assistant]
owner = "ana"
tier = 1
evidence = { model = "kill" }
[systems.search]
owner = "ana"
tier = 3
"""
PLAN = """\
plan: p
version: "1"
title: T
systems: [assistant]
triggers: [rate]
steps:
  call:
    page: owner
    text: Come
    within: 5m
    next: keep
    on_unanswered: keep
  keep:
    seal: [model]
    budget: 9s
    next: stop
    on_insufficient: stop
  stop:
    act: kill
    target: t
    wanted: off
    undo: before
    next: see
  see:
    probe: seen
    target: t
    wanted: off
    next: ask
    on_not_shown: ask
    on_undetermined: ask
  ask:
    ask: Sure
    role: lead
    choices: {yes: say, no: say}
  say:
    tell: [on-call, ana]
    subject: S
    text: T
    through: mail
    next: over
  over: {end: completed}
"""


def house() -> House:
    register, _ = read_register({"register.toml": REGISTER})
    return House(
        register=register,
        hands=frozenset({"kill", "mail"}),
        eyes=frozenset({"seen"}),
        detectors={"assistant": frozenset({"rate"}), "search": frozenset({"silence"})},
    )


def told(text: str, of: House | None = None) -> list[str]:
    return [str(one) for one in unfitting(plan_of(text.encode()), of or house(), "p.yaml")]


def test_a_plan_whose_names_are_all_there_fits() -> None:
    assert told(PLAN) == []


@pytest.mark.parametrize(
    ("good", "bad", "at", "said"),
    [
        ("[assistant]", "[asistant]", "4 systems", 'there is no system asistant; "assistant"'),
        ("[rate]", "[ratte]", "5 triggers", 'there is no detector ratte; "rate"'),
        ("[rate]", "[silence]", "5 triggers", "silence watches none of the systems of this plan"),
        ("owner", "on-cal", "8 steps.call.page", 'nobody has the role on-cal; "on-call"'),
        ("[model]", "[modell]", "14 steps.keep.seal", 'there is no evidence modell; "model"'),
        ("act: kill", "act: kil", "19 steps.stop.act", 'there is no integration kil; "kill"'),
        ("act: kill", "act: seen", "19 steps.stop.act", "none of that kind acts"),
        (
            "target: t\n    wanted: off\n    u",
            "target: elsewhere\n    wanted: off\n    u",
            "20 steps.stop.target",
            "kill has no switch 'elsewhere'; name it in its `flags`",
        ),
        ("off\n    undo", "of\n    undo", "21 steps.stop.wanted", "'of' is no state of it"),
        ("undo: before", "undo: bfore", "22 steps.stop.undo", "'bfore' is no state of it"),
        ("probe: seen", "probe: kill", "25 steps.see.probe", "none of that kind looks"),
        ("lead", "owner", "33 steps.ask.role", "nobody has the role owner; give it to someone"),
        ("[on-call, ana]", "[lead]", "36 steps.say.tell", "nobody who is lead has an address"),
        ("[on-call, ana]", "[anna]", "36 steps.say.tell", 'nobody has the role anna; "ana"'),
        ("mail", "post", "39 steps.say.through", "there is no integration post; declare it"),
    ],
)
def test_a_name_that_nothing_answers_to_is_told(good: str, bad: str, at: str, said: str) -> None:
    assert PLAN.count(good) == 1
    found = told(PLAN.replace(good, bad))
    line, path = at.split()
    plain = said.replace('; "', '; did you mean "')
    one = next((one for one in found if one.startswith(f"p.yaml:{line}: mistake: {path}: ")), "")
    assert plain in one, found
    assert len(found) == 1, found


CARRIED = """\
  over:
    end: completed
    raci: {accountable: lead, responsible: [on-call], consulted: [owner], informed: [on-call]}
audiences: {customers: {where: outside}}
communication:
  - {audience: customers, within: 2h, by: lead}
  - {audience: ana, within: 9m, by: on-call}
"""


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (
            "lead, resp",
            "leed, resp",
            '43: mistake: steps.over.raci: nobody has the role leed; "lead"',
        ),
        ("[on-call], c", "[oncall], c", "43: mistake: steps.over.raci: nobody has the role oncall"),
        ("[owner]", "[counsel]", "43: mistake: steps.over.raci: nobody has the role counsel; give"),
        (
            "informed: [on-call]",
            "informed: [press]",
            "43: mistake: steps.over.raci: nobody has the",
        ),
        (
            "by: lead",
            "by: owner",
            "46: mistake: communication[0]: nobody has the role owner; give it",
        ),
        (
            "audience: ana",
            "audience: anna",
            "47: mistake: communication[1]: nobody has the role anna",
        ),
    ],
)
def test_whoever_carries_a_step_or_must_hear_of_it_is_there(good: str, bad: str, said: str) -> None:
    text = PLAN.replace("  over: {end: completed}\n", CARRIED)
    assert told(text) == [] and text.count(good) == 1
    (one,) = told(text.replace(good, bad))
    assert said.replace('; "', '; did you mean "') in one


def test_what_is_switched_may_be_filled_in_later() -> None:
    later = PLAN.replace(
        "target: t\n    wanted: off\n    u", "target: '{w}'\n    wanted: off\n    u"
    )
    plan, _ = draft_plan(later.encode(), "p.yaml")
    assert plan is not None and unfitting(plan, house(), "p.yaml") == []


def test_all_mistakes_are_told_at_once_by_line() -> None:
    found = told(PLAN.replace("act: kill", "act: a").replace("page: owner", "page: b"))
    assert [one.split(": ")[0] for one in found] == ["p.yaml:8", "p.yaml:19"]


def test_a_state_that_is_filled_in_later_is_no_mistake() -> None:
    assert told(PLAN.replace("undo: before", 'undo: "{see.value}"')) == []


def test_no_trigger_is_judged_where_a_file_of_detectors_cannot_be_read() -> None:
    unread = msgspec.structs.replace(house(), detectors=None)
    assert told(PLAN.replace("[rate]", "[ratte]"), unread) == []


def test_what_is_missing_in_a_draft_is_not_told_a_second_time() -> None:
    text = PLAN
    for field in ("act: kill", "probe: seen", "page: owner", "through: mail", "role: lead"):
        text = text.replace(field, field.split()[0])
    plan, mistakes = draft_plan(text.encode(), "p.yaml")
    assert plan is not None and len(mistakes) >= 5
    assert unfitting(plan, house(), "p.yaml") == []
