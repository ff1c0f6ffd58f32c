"""A plan with every kind of step, under any schedule: it ends, and no gate is ever passed over."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from playbook_story import NOON, Story, found, person
from tocsin.facts.gates import Countersigned, CountersignMissed, SealBegan
from tocsin.facts.reach import PageAnswered, PageBegan
from tocsin.facts.runs import (
    Asked,
    Effect,
    Ending,
    Ordered,
    Outcome,
    OutcomeJudged,
    RunPaused,
    RunResumed,
    StepEnded,
    Verdict,
    WaitBegan,
)
from tocsin.playbook import OrderStanding, Rules, Runs, due_pieces, planned, replay_runs
from tocsin.playbook.pieces import ORDERS
from tocsin.playbook.ways import results_of, target_of

PLAN = """\
plan: p
version: 1
title: T
severity:
  - {when: finding.observed > 0.3, severity: sev1, reason: a third}
steps:
  both: {parallel: [call, stop, keep, say], next: find, on_failure: rest}
  call: {page: on-call, text: "{severity}", within: 5m, next: join, on_unanswered: join}
  stop: {act: c, target: t, wanted: off, effect: stop, undo: on, attempts_max: 2, next: join,
         on_failure: lost}
  lost: {ask: Q, role: r, choices: {yes: join, no: join}, limit: 1h, on_limit: no}
  keep: {seal: [a, b], budget: 60s, next: join, on_insufficient: join}
  say: {tell: [support], subject: s, text: "{results.stop}", through: mail, next: join}
  find: {probe: e, target: t, wanted: w, next: which, on_not_shown: rest}
  which:
    decide:
      - {when: answers.lost == 'yes', next: back}
      - {when: sealed.a && sealed.b, next: back}
    otherwise: rest
    undetermined: wipe
  wipe: {act: d, target: t, wanted: gone, effect: destroy, evidence: [a, b], approvals: 2,
         limit: 1h, attempts_max: 2, next: done, on_failure: rest}
  back: {act: c, target: t, wanted: "v:{find.value}", undo: before, approvals: 2, evidence: [a],
         limit: 1h, attempts_max: 2, next: done, on_failure: rest}
  rest: {wait: 5m, next: both, rounds_max: 2, on_rounds_max: over}
  done: {end: completed}
  over: {end: failed}
"""
RULES = Rules(
    reach={"on-call": (("ana", "pager"), ("ben", "sms"))}, addresses={"support": ("s@x", "t@x")}
)
BEGINNINGS = (Ordered, Asked, WaitBegan, SealBegan, PageBegan)


def _do_piece(story: Story, draw: st.DataObject) -> bool:
    due = due_pieces(story.plan, story.run)
    if not due:
        return False
    piece, at = due[draw.draw(st.integers(0, len(due) - 1))]
    story.now = max(story.now, at)
    match piece.kind:
        case "order" | "call" | "stop":
            _check_gates(story, piece.seq)
            how = draw.draw(st.sampled_from(("done", "failed", "again", "unknown")))
            if not story.run.orders[piece.seq].attempts_left - 1 and how == "again":
                how = "failed"
            story.attempt(piece.seq, how, before="was")
        case "probe":
            verdict = draw.draw(st.sampled_from(Verdict))
            story.probe(piece.step, verdict, draw.draw(st.sampled_from(("1", "", "two words"))))
        case "seal":
            seal = story.run.seals[piece.seq]
            item = draw.draw(st.sampled_from(seal.outstanding))
            story.seal(seal.fact.step, item, draw.draw(st.booleans()))
        case "countersign":
            story.add(CountersignMissed(run="r", order=piece.seq))
        case _:
            story.pass_by(piece, at)
    return True


def _check_gates(story: Story, seq: int) -> None:
    """Whatever the fold says of it: may this order be carried out by what stands in the log?"""
    order = story.run.orders[seq]
    assert order.standing is OrderStanding.READY
    assert len(order.approved_by) >= order.fact.approvals or (
        order.glass is not None and order.fact.effect is not Effect.DESTROY
    )
    enough = story.runs.circumstances.enough
    assert order.attempts or all(
        item in enough or item in order.overridden for item in order.fact.evidence
    )
    assert "{" not in order.fact.target + order.fact.wanted


def _people(story: Story, draw: st.DataObject) -> bool:
    """One thing that a person could do now."""
    run = story.run
    can = [("ack", 0)]
    can += [("page", page.seq) for page in run.pages.values() if page.answered_by is None]
    can += [("answer", q.seq) for q in run.questions.values() if q.choice is None]
    for order in run.orders.values():
        if order.is_waiting:
            can += [(how, order.seq) for how in ("approve", "decline", "glass", "override")]
        if order.standing is OrderStanding.UNKNOWN:
            can.append(("judge", order.seq))
        if order.glass is not None:
            can.append(("countersign", order.seq))
    what, seq = can[draw.draw(st.integers(0, len(can) - 1))]
    who = draw.draw(st.sampled_from(("ana", "ben")))
    step = run.orders[seq].fact.step if seq in run.orders else ""
    match what:
        case "ack":
            story.acknowledge(who)
        case "page":
            answered = PageAnswered(run="r", step=run.pages[seq].fact.step, page=seq)
            story.add(answered, by=person(who))
        case "answer":
            question = run.questions[seq].fact
            story.answer(question.step, draw.draw(st.sampled_from(question.choices)))
        case "approve":
            story.approve(step, who)
        case "decline":
            story.decline(step, who)
        case "glass":
            story.break_glass(step, who)
        case "override":
            story.override(step, draw.draw(st.sampled_from(("a", "b"))))
        case "countersign":
            story.add(Countersigned(run="r", order=seq, order_digest="0" * 64, agrees=True,
                                    because=""), by=person(who))  # fmt: skip
        case _:
            outcome = draw.draw(st.sampled_from((Outcome.DONE, Outcome.NOT_DONE)))
            story.add(OutcomeJudged(run="r", order=seq, outcome=outcome, basis=""),
                      by=person(who))  # fmt: skip
    return True


def _halt(story: Story) -> None:
    story.add(RunPaused(run="r", because=""), by=person("ana"))
    at_rest = len(story.entries)
    assert planned(story.plan, story.run, story.now, story.rules).facts == ()
    assert len(story.entries) == at_rest
    story.add(RunResumed(run="r", because=""), by=person("ana"))


def told(draw: st.DataObject) -> Story:
    story = Story(PLAN, RULES, *([found()] if draw.draw(st.booleans()) else []))
    for turn in range(400):
        if not story.run.is_open:
            return story
        if turn % 50 == 7:
            _halt(story)
        elif turn < 150 and draw.draw(st.integers(0, 2)) == 0:
            _people(story, draw)
        elif not _do_piece(story, draw):
            _unblock(story)
        for _, at in due_pieces(story.plan, story.run):
            assert at >= NOON
    raise AssertionError(f"does not end: {story.path()[-10:]}")


def _unblock(story: Story) -> None:
    """Only people can go on from here: an act of unknown outcome waits for one who looks."""
    unknown = [o for o in story.run.orders.values() if o.standing is OrderStanding.UNKNOWN]
    assert unknown, f"waits for nobody: {story.path()[-10:]}"
    for order in unknown:
        story.add(OutcomeJudged(run="r", order=order.seq, outcome=Outcome.NOT_DONE, basis=""),
                  by=person("ana"))  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_every_run_ends_and_leads_only_where_the_plan_says(data: st.DataObject) -> None:
    story = told(data)
    assert story.run.ending in (Ending.COMPLETED, Ending.FAILED)
    left = {piece.kind for piece, _ in due_pieces(story.plan, story.run)}
    assert left <= ORDERS | {"countersign"}
    assert planned(story.plan, story.run, story.now, RULES).facts == ()
    begun: dict[str, int] = {}
    for entry in story.entries:
        fact = entry.fact
        if isinstance(fact, StepEnded):
            step = story.plan.steps[fact.step]
            assert fact.result in results_of(step)
            to = target_of(step, fact.result)
            assert fact.next == (None if to == "join" else to)
            begun.pop(fact.step, None)
        elif isinstance(fact, BEGINNINGS) and fact.step not in ("call", "say"):
            assert fact.step not in begun, f"{fact.step} began twice without an end"
            begun[fact.step] = entry.seq


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_fold_can_be_cut_anywhere(data: st.DataObject) -> None:
    story = told(data)
    cut = data.draw(st.integers(0, len(story.entries)))
    runs = Runs()
    for entry in story.entries[:cut]:
        runs.apply(entry)
    kept = copy.deepcopy(runs)
    for entry in story.entries[cut:]:
        kept.apply(entry)
    assert kept == story.runs and replay_runs(story.entries) == story.runs.by_id
    for run in kept.by_id.values():
        assert run.circumstances is kept.circumstances
