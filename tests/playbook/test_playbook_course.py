"""Why a run does what it does, and why not the rest: each step, at each moment, in each kind."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from playbook_story import RULES, Script, Story, Unfinished, found, person, play
from tocsin.facts.canonical import sha256_hex
from tocsin.facts.runs import Attempted, RunCancelled, RunPaused, Verdict
from tocsin.playbook import PlanInForce, Rules, Spots, plan_of
from tocsin.playbook.course import Reached, StepCourse, course_of

SHIPPED = Path(__file__).parents[2] / "playbooks" / "assistant-fallback.yaml"
PLAN = """
plan: p
version: 1
title: T
steps:
  which:
    decide:
      - {when: severity == 'sev1', next: stop}
      - {when: "finding.observed > 0.9", next: stop}
    otherwise: ask
    undetermined: unsure
  ask: {ask: Stop it, role: lead, choices: {yes: stop, no: over, wait: rest}, soft: 5m,
        limit: 1h, on_limit: no}
  rest: {wait: 10m, rounds_max: 2, next: ask, on_rounds_max: over}
  stop: {act: c, target: t, wanted: off, approvals: 2, limit: 2h, on_limit: over,
         on_declined: over, on_failure: unsure, next: both}
  both: {parallel: [one, two], next: over}
  one: {wait: 1h, next: join}
  two: {approve: Say so, role: counsel, next: join, on_declined: join}
  unsure: {end: failed}
  over: {end: completed}
"""
SEVERE = PLAN.replace("steps:\n", 'severity:\n  - {when: "true", severity: sev3, reason: r}\n'
                      "steps:\n", 1)  # fmt: skip


def told(story: Story) -> dict[str, StepCourse]:
    steps = course_of(story.plan, story.run, Spots(story.plan, story.run))
    assert [one.step for one in steps] == list(story.plan.steps)
    return {one.step: one for one in steps}


def why(story: Story, step: str) -> tuple[str, ...]:
    return told(story)[step].why


def test_what_stands_says_for_whom_and_until_when_and_what_would_lead_elsewhere() -> None:
    story = Story(SEVERE, RULES, found())
    steps = told(story)
    assert (steps["which"].reached, steps["which"].result) == (Reached.DONE, "otherwise")
    assert steps["ask"].reached is Reached.HERE and not steps["ask"].late
    assert steps["ask"].why == (
        "waits for lead to answer yes or no or wait, until 2026-11-26 13:00:00 UTC",
    )
    assert steps["stop"].why == (
        "which came to otherwise; branch 1 (severity == 'sev1') would lead here",
        "which came to otherwise; branch 2 (finding.observed > 0.9) would lead here",
        "ask leads here if it comes to yes",
    )
    assert steps["rest"].why == ("ask leads here if it comes to wait",)
    assert steps["both"].why == ("stop, where done leads here, is not reached",)
    assert steps["one"].why == ("both, which begins it, is not reached",)


def test_rounds_are_counted_and_late_is_told() -> None:
    story = Story(SEVERE, RULES, found())
    story.answer("ask", "wait")
    assert why(story, "rest") == ("waits until 2026-11-26 12:10:00 UTC",)
    assert (told(story)["ask"].reached, told(story)["ask"].times) == (Reached.DONE, 1)
    story.pass_by(*story.due("wait")[0])
    story.pass_by(*story.due("soft")[0])
    again = told(story)["ask"]
    assert (again.reached, again.times, again.result, again.late) == (
        Reached.HERE, 1, "wait", True,
    )  # fmt: skip


def test_an_act_says_how_its_order_stands() -> None:
    story = Story(SEVERE, RULES, found())
    story.answer("ask", "yes")
    seq = story.order("stop").seq
    until = ", until 2026-11-26 14:00:00 UTC"
    assert why(story, "stop") == (f"action {seq} waits for 2 more people to approve it{until}",)
    story.approve("stop", "ana")
    assert why(story, "stop") == (
        f"action {seq} waits for 1 more person to approve it (ana did){until}",
    )
    story.approve("stop", "ben")
    assert why(story, "stop")[0].startswith(f"action {seq} is to be carried out from ")
    story.add(Attempted(run="r", order=seq, attempt=1, worker="w", fence=1))
    assert why(story, "stop") == (f"action {seq}: attempt 1 is under way (w)",)


def test_an_act_that_waits_for_evidence_names_it() -> None:
    keep = "  keep: {seal: [model], budget: 60s, next: which, on_insufficient: which}\n"
    text = SEVERE.replace("  which:\n", f"{keep}  which:\n", 1)
    text = text.replace("wanted: off, approvals: 2", "wanted: off, evidence: [model], approvals: 2")
    story = Story(text, RULES, found(observed="0.95"))
    story.seal("keep", "model", enough=False)
    story.approve("stop", "ana")
    story.approve("stop", "ben")
    seq = story.order("stop").seq
    assert why(story, "stop")[0].startswith(f"action {seq} waits for evidence to be sealed: model")


def test_branches_say_where_the_run_stands_and_what_was_asked() -> None:
    story = Story(SEVERE, RULES, found())
    story.answer("ask", "yes")
    story.approve("stop", "ana")
    story.approve("stop", "ben")
    story.attempt(story.order("stop").seq)
    assert why(story, "both") == ("waits for its branches to end: the run stands at one, two",)
    assert why(story, "two") == ("waits for counsel to approve it",)
    assert why(story, "over")[-1] == "both leads here if it comes to done"


def test_a_halted_and_an_ended_run_say_so() -> None:
    story = Story(SEVERE, RULES, found())
    story.add(RunPaused(run="r", because="b"), by=person("ana"))
    assert why(story, "ask")[0] == "the run is paused: nothing new begins until somebody resumes it"
    story.add(RunCancelled(run="r", because="b"), by=person("ana"))
    assert why(story, "ask") == ("it stood here when the run was cancelled",)
    assert why(story, "rest") == ("ask, where wait leads here, is not reached, and the run is "
                                  "cancelled",)  # fmt: skip
    other = Story(PLAN)
    assert why(other, "unsure") == ("the run ended here: failed",)
    assert why(other, "ask") == (
        "which came to undetermined; otherwise would lead here",
        "rest, where done leads here, is not reached, and the run is failed",
    )


LOOKS = """
plan: p
version: 1
title: T
steps:
  look: {probe: e, target: t, wanted: w, next: gate, on_not_shown: bad}
  gate:
    gate:
      - {probe: e, target: t, wanted: w, criterion: safety}
      - {probe: e, target: u, wanted: w, criterion: fairness}
    next: keep
    on_not_shown: bad
    on_undetermined: bad
  keep: {seal: [model, log], budget: 60s, next: call, on_insufficient: call}
  call: {page: on-call, text: hi, within: 5m, next: tell, on_unanswered: tell}
  tell: {tell: support, subject: s, text: t, through: mail, next: other}
  other: {call: q, next: over, on_failure: bad}
  over: {end: completed}
  bad: {end: failed}
"""


def test_looks_seals_calls_words_and_plans_say_what_is_waited_for() -> None:
    there = PlanInForce(digest=sha256_hex(b"q"), data=b"q")
    rules = Rules(
        reach=RULES.reach, addresses={"support": ("a@x", "b@x")}, plans={"q": there}
    )  # fmt: skip
    story = Story(LOOKS, rules)
    assert why(story, "look") == ("waits for a look through e at t",)
    story.probe("look", Verdict.SHOWN)
    story.probe("gate", Verdict.SHOWN, check=2)
    assert why(story, "gate") == ("waits for 1 of 2 checks: 1",)
    story.probe("gate", Verdict.SHOWN, check=1)
    story.seal("keep", "log")
    assert why(story, "keep") == ("waits for evidence until 2026-11-26 12:01:00 UTC: model",)
    story.seal("keep", "model")
    assert why(story, "call") == ("waits for ana to answer the call; 0 did not answer before",)
    story.acknowledge()
    story.attempt(story.run.ordered["tell"][0])
    assert why(story, "tell") == ("sends words through mail: 1 of 2 have arrived",)
    story.attempt(story.run.ordered["tell"][1])
    assert why(story, "other") == ("waits for the end of run-2, of plan q",)


@settings(deadline=None, max_examples=40)
@given(
    turns=st.integers(0, 60),
    shows=st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=4),
    how=st.sampled_from(["done", "failed", "unknown"]),
    answers=st.booleans(),
)
def test_at_any_moment_of_a_whole_plan_each_step_is_one_of_three(
    turns: int, shows: list[Verdict], how: str, answers: bool
) -> None:
    plan = plan_of(SHIPPED.read_bytes())
    rules = Rules(reach={role: (("ana", "pager"),) for role in plan.roles},
                  addresses={name: (f"{name}@x",) for name in plan.audiences_told})  # fmt: skip
    steps = list(plan.steps)
    script = Script(
        probes={step: tuple(shows) for step in steps},
        orders={step: how for step in steps},
        answer={step: answers for step in steps},
    )
    story = Story(plan, rules, found())
    with contextlib.suppress(Unfinished, AssertionError):  # one that waits for people is one too
        play(story, script, turns)
    told_now = told(story)
    here = {s.step for s in Spots(plan, story.run).now().values() if s.step}
    assert {name for name, one in told_now.items() if one.reached is Reached.HERE} == here
    for one in told_now.values():
        assert (one.reached is Reached.NOT) == (one.step not in here and not one.times)
        assert one.why or one.reached is Reached.DONE
        assert one.times == sum(move.step == one.step for move in story.run.moves)
