"""Another version of the plan under a run: what speaks against it, and what follows by it."""

from __future__ import annotations

import pytest

from playbook_story import Story, person
from tocsin.facts import BrokenLog
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.courses import RunMigrated
from tocsin.facts.runs import Attempted, Ending, RunEnded, Verdict
from tocsin.playbook import PlanInForce, Rules, Spots, plan_of
from tocsin.playbook.migration import unmigratable

OLD = """
plan: p
version: 1
title: T
steps:
  both: {parallel: [stop, tell], next: ask, on_failure: bad}
  stop: {act: c, target: t, wanted: off, approvals: 1, limit: 1h, on_limit: join,
         on_declined: join, on_failure: join, next: join}
  tell: {approve: Tell them, role: counsel, next: rest, on_declined: join}
  rest: {wait: 1h, next: join}
  ask: {ask: Back, role: r, choices: {yes: over, no: bad}}
  over: {end: completed}
  bad: {end: failed}
"""


def changed(*changes: tuple[str, str], of: str = OLD) -> str:
    text = of.replace("version: 1", "version: 2")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def against(story: Story, text: str) -> list[str]:
    spots = Spots(story.plan, story.run).now()
    return unmigratable(story.run, spots, story.plan, plan_of(text.encode()))


def test_what_lies_ahead_may_change() -> None:
    story = Story(OLD)
    ahead = changed(("yes: over, no: bad", "yes: look, no: bad"), ("  over:", "  look: {probe: e, "
                    "target: t, wanted: w, next: over, on_not_shown: bad}\n  over:"))  # fmt: skip
    assert against(story, ahead) == []
    assert against(story, changed(("wait: 1h", "wait: 2h"), ("limit: 1h", "limit: 3h"))) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([("target: t,", "target: u,")], ["stop has begun, and its `target` differs there"]),
        ([("act: c", "act: d"), ("approvals: 1", "approvals: 2")],
         ["stop has begun, and its `act` differs there",
          "stop has begun, and its `approvals` differs there"]),
        ([("role: counsel", "role: board")], ["tell has begun, and its `role` differs there"]),
        ([("Tell them", "Tell all")], ["tell has begun, and its `approve` differs there"]),
        ([("[stop, tell]", "[halt, tell]"), ("  stop:", "  halt:")],
         ["both has begun, and its `parallel` differs there",
          "the run stands at stop, which the new version does not have"]),
        ([("tell: {approve: Tell them, role: counsel, next: rest, on_declined: join}",
           "tell: {wait: 1h, next: rest}")],
         ["the run stands at tell, which is a step of another kind there"]),
    ],
)  # fmt: skip
def test_what_has_begun_must_mean_the_same_and_all_is_told(
    changes: list[tuple[str, str]], why: list[str]
) -> None:
    assert against(Story(OLD), changed(*changes)) == why


def test_a_step_in_another_branch_is_another_step() -> None:
    text = changed(
        ("[stop, tell]", "[stop, rest]"), ("  rest: {wait: 1h, next: join}", "  rest: {wait: 1h, "
         "next: join}"), ("next: join}\n  tell", "next: tell}\n  tell"),
        ("next: rest, on_declined", "next: join, on_declined"),
    )  # fmt: skip
    told = against(Story(OLD), text)
    assert "the run stands at tell, which stands in another branch there" in told


def test_an_act_under_way_needs_its_step_wherever_the_run_stands() -> None:
    story = Story(OLD)
    story.approve("stop", "ana")
    seq = story.order("stop").seq
    story.add(Attempted(run="r", order=seq, attempt=1, worker="w", fence=1))
    gone = changed(("[stop, tell]", "[halt, tell]"), ("  stop:", "  halt:"))
    assert f"action {seq} of stop is under way, and the new version has no such step" in against(
        story, gone
    )


def test_another_plan_and_the_same_bytes_are_refused() -> None:
    story = Story(OLD)
    assert against(story, OLD) == ["the run follows this very version already"]
    assert against(story, changed(("plan: p", "plan: q"))) == [
        "the run is of plan p, and this is q"
    ]


def test_a_choice_may_lead_elsewhere_but_not_be_another() -> None:
    story = Story(OLD)
    story.approve("stop", "ana")
    story.attempt(story.order("stop").seq)
    story.decline_question("tell")
    assert story.path()[-1] == "both done"
    assert against(story, changed(("no: bad}", "no: over}"))) == []
    assert against(story, changed(("no: bad}", "nay: bad}"))) == [
        "ask has begun, and its `choices` differs there"
    ]


def test_a_gate_that_has_looked_keeps_its_checks() -> None:
    text = OLD.replace("ask: {ask: Back, role: r, choices: {yes: over, no: bad}}", (
        "ask: {gate: [{probe: e, target: a, wanted: b, criterion: safety}, {probe: e, target: c, "
        "wanted: b, criterion: safety}], next: over, on_not_shown: bad, on_undetermined: bad}"
    ))  # fmt: skip
    story = Story(text)
    story.approve("stop", "ana")
    story.attempt(story.order("stop").seq)
    story.decline_question("tell")
    other = changed(("target: c,", "target: d,"), of=text)
    assert against(story, other) == []
    story.probe("ask", Verdict.SHOWN, check=1)
    assert against(story, other) == ["ask has begun, and its `gate` differs there"]


def test_the_run_goes_on_from_where_it_stands_and_its_past_stays_what_it_was() -> None:
    story = Story(OLD)
    story.approve("stop", "ana")
    story.attempt(story.order("stop").seq)
    story.decline_question("tell")
    new = plan_of(
        changed(("  ask:", "  more: {wait: 1h, next: over}\n  ask:"), ("yes: over", "yes: more"),
                ("  rest: {wait: 1h, next: join}\n", ""), ("next: rest, on", "next: join, on"),
                ).encode()
    )  # fmt: skip
    old, story.plan = story.plan, new
    fact = RunMigrated(run="r", from_digest=old.digest, to_digest=new.digest, because="b")
    story._write(fact, person("ana"))
    story.earlier = [old]
    story.plan_on()
    assert story.run.plan_digest == new.digest
    story.answer("ask", "yes")
    assert Spots(new, story.run, [old]).now()[()].step == "more"
    with pytest.raises(BrokenLog):
        story._write(fact, person("ana"))


LINE = """
plan: p
version: 1
title: T
steps:
  keep: {seal: [model, log], budget: 60s, next: say, on_insufficient: say}
  say: {tell: [support], subject: s, text: t, through: mail, next: other}
  other: {call: q, next: ask, on_failure: ask}
  ask: {ask: So, role: r, choices: {yes: over, no: over}, limit: 1h, on_limit: yes}
  over: {end: completed}
"""


def test_each_kind_of_step_binds_by_what_it_was_begun_with() -> None:
    there = PlanInForce(digest=sha256_hex(b"q"), data=b"q")
    story = Story(LINE, Rules(addresses={"support": ("a@x",)}, plans={"q": there}))
    assert against(story, changed(("budget: 60s", "budget: 90s"), of=LINE)) == []
    assert against(story, changed(("[model, log]", "[model]"), of=LINE)) == [
        "keep has begun, and its `seal` differs there"
    ]
    for item in ("model", "log"):
        story.seal("keep", item)
    assert against(story, changed(("text: t", "text: u"), of=LINE)) == []
    assert against(story, changed(("[support]", "[board]"), ("mail", "sms"), of=LINE)) == [
        "say has begun, and its `tell` differs there",
        "say has begun, and its `through` differs there",
    ]
    story.add(Attempted(run="r", order=story.order("say").seq, attempt=1, worker="w", fence=1))
    assert against(story, changed(("budget: 60s", "budget: 90s"), of=LINE)) == []
    story.attempt(story.order("say").seq)
    assert against(story, changed(("call: q", "call: z"), of=LINE)) == [
        "other has begun, and its `call` differs there"
    ]
    story.add(RunEnded(run="run-2", ending=Ending.COMPLETED))
    assert against(story, changed(("on_limit: yes", "on_limit: no"), of=LINE)) == [
        "ask has begun, and its `on_limit` differs there"
    ]
    assert against(story, changed((", limit: 1h, on_limit: yes", ""), of=LINE)) == [
        "ask has begun, and its `on_limit` differs there"
    ]
