"""Orders and their gates: approvals, broken glass, evidence, overrides; and after the act."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from playbook_story import HOME, NOON, RULES, Story, person
from tocsin.facts import Asserter, Author, BrokenLog, Fact, Proof
from tocsin.facts.gates import (
    Countersigned,
    CountersignMissed,
    GlassBroken,
    SealOverridden,
)
from tocsin.facts.reach import Delegated
from tocsin.facts.runs import Effect, Ending, Outcome, Receipted, RunStarted
from tocsin.playbook import OrderStanding, due_pieces, replay_runs

HEAD = "plan: p\nversion: 1\ntitle: T\nsteps:\n"
MACHINE = Author(who="m", kind=Asserter.MACHINE, proof=Proof.TOKEN)


def acting(fields: str, seal: str = "  keep: {seal: [model, logs], budget: 60s, next: go, "
           "on_insufficient: go}\n") -> str:  # fmt: skip
    return (
        HEAD
        + f"{seal}  go: {{act: c, target: t, wanted: off, {fields}, next: over, on_failure: bad}}\n"
        "  over: {end: completed}\n  bad: {end: failed}\n"
    )


def no_seal(fields: str) -> Story:
    return Story(acting(fields, seal=""))


def sealed(fields: str, **enough: bool) -> Story:
    story = Story(acting(fields))
    for item in ("model", "logs"):
        story.seal("keep", item, enough.get(item, True))
    return story


def standing(story: Story) -> OrderStanding:
    return story.order("go").standing


def test_a_stop_for_which_nobody_is_asked_is_ready_at_once() -> None:
    story = no_seal("effect: stop, undo: on")
    order = story.order("go")
    assert (order.standing, order.fact.effect, order.since) == (
        OrderStanding.READY, Effect.STOP, NOON,
    )  # fmt: skip
    assert [(p.kind, p.seq, at) for p, at in due_pieces(story.plan, story.run)] == [
        ("stop", order.seq, NOON)
    ]


def test_two_approvals_are_two_people_and_two_keys() -> None:
    story = no_seal("approvals: 2, limit: 1h")
    story.approve("go", "ana")
    story.approve("go", "ana")
    assert standing(story) is OrderStanding.AWAITING
    story.now += timedelta(minutes=5)
    story.approve("go", "ben")
    order = story.order("go")
    assert order.standing is OrderStanding.READY
    assert [a.who for a in order.approved_by] == ["ana", "ben"]
    assert order.since == order.stands_since == story.now
    assert [p.kind for p, _ in due_pieces(story.plan, story.run)] == ["order"]


def test_evidence_gates_an_act_until_every_item_it_names_is_enough() -> None:
    story = sealed("evidence: [model, logs], limit: 1h", logs=False)
    assert story.path() == ["keep insufficient"]
    order = story.order("go")
    assert (order.standing, order.unsealed) == (OrderStanding.UNSEALED, ("logs",))
    assert story.due("order") == [] and len(story.due("limit")) == 1
    story.seal("keep", "logs")
    assert standing(story) is OrderStanding.READY and story.order("go").unsealed == ()
    assert story.due("limit") == [] and len(story.due("order")) == 1


def test_approvals_come_before_evidence_and_both_are_needed() -> None:
    story = sealed("evidence: [model], effect: destroy, approvals: 2", model=False)
    assert standing(story) is OrderStanding.AWAITING
    story.seal("keep", "model")
    assert standing(story) is OrderStanding.AWAITING
    story.seal("keep", "model", enough=False)
    story.approve("go", "ana")
    story.approve("go", "ben")
    assert standing(story) is OrderStanding.UNSEALED
    story.override("go", "logs")
    assert standing(story) is OrderStanding.UNSEALED
    story.override("go", "model")
    assert standing(story) is OrderStanding.READY
    assert story.order("go").overridden == ("logs", "model")


def test_an_override_before_the_approvals_does_not_stand_for_them() -> None:
    story = sealed("evidence: [model], approvals: 1", model=False)
    story.override("go", "model")
    assert standing(story) is OrderStanding.AWAITING
    story.approve("go", "ana")
    assert standing(story) is OrderStanding.READY


def test_only_a_person_overrides_or_breaks_glass() -> None:
    with pytest.raises(AssertionError, match="may not assert"):
        sealed("evidence: [model]", model=False).override("go", "model", by=MACHINE)
    assert SealOverridden.asserted_by == GlassBroken.asserted_by == {Asserter.PERSON}


def test_what_another_run_of_the_incident_sealed_counts_too() -> None:
    story = sealed("evidence: [logs]", logs=False)
    story.add(RunStarted(run="other", plan="p", plan_digest="0" * 64))
    story.seal("elsewhere", "logs", run="other")
    assert standing(story) is OrderStanding.READY
    seal = next(iter(story.run.seals.values()))
    assert not seal.is_sufficient  # its own step ended before, and stays what it was


def test_one_breaks_the_glass_where_two_are_asked_and_a_second_countersigns() -> None:
    story = no_seal("approvals: 2")
    story.break_glass("go")
    order = story.order("go")
    assert order.standing is OrderStanding.READY and order.glass is not None
    assert (order.glass.broken_by.who, order.glass.is_owed) == ("ana", True)
    late = NOON + timedelta(hours=12)
    assert [at for p, at in story.due("countersign")] == [late]
    story.attempt(order.seq)
    assert story.run.ending is Ending.COMPLETED
    assert story.runs.open == [] and story.runs.unfinished == [story.run]
    assert [(p.kind, p.seq, at) for p, at in due_pieces(story.plan, story.run)] == [
        ("countersign", order.seq, late)
    ]
    agreed = Countersigned(
        run="r", order=order.seq, order_digest="0" * 64, agrees=False, because=""
    )
    story.add(agreed, by=person("ana"))
    assert len(story.due("countersign")) == 1, "who broke it cannot countersign it"
    story.add(agreed, by=person("ben"))
    glass = story.order("go").glass
    assert glass is not None and glass.countersigned_by == person("ben")
    assert glass.agrees is False and not glass.is_owed
    assert story.runs.unfinished == [] and story.due("countersign") == []


def test_a_countersignature_that_nobody_gives_is_missed_and_may_still_come() -> None:
    story = no_seal("approvals: 2")
    story.break_glass("go")
    seq = story.order("go").seq
    story.add(CountersignMissed(run="r", order=seq))
    glass = story.order("go").glass
    assert glass is not None and glass.missed and not glass.is_owed
    assert story.due("countersign") == []
    story.add(Countersigned(run="r", order=seq, order_digest="0" * 64, agrees=True, because=""),
              by=person("ben"))  # fmt: skip
    glass = story.order("go").glass
    assert glass is not None and glass.agrees is True and glass.missed


@pytest.mark.parametrize(
    "fields", ["approvals: 1", "approvals: 2, effect: destroy, evidence: [model]"]
)
def test_glass_is_not_broken_where_one_is_asked_or_evidence_may_go(fields: str) -> None:
    story = sealed(fields)
    story.break_glass("go")
    assert standing(story) is OrderStanding.AWAITING
    assert story.order("go").glass is None and story.due("countersign") == []


def test_broken_glass_does_not_stand_for_evidence() -> None:
    story = sealed("approvals: 2, evidence: [model]", model=False)
    story.break_glass("go")
    assert standing(story) is OrderStanding.UNSEALED
    assert story.due("order") == []


def test_a_second_person_may_still_decline_what_waits_for_evidence() -> None:
    story = sealed("evidence: [model]", model=False)
    story.decline("go")
    assert story.path()[-1] == "go declined" and story.run.ending is Ending.FAILED
    story.seal("keep", "model")
    assert standing(story) is OrderStanding.DECLINED


def test_the_limit_counts_from_the_order_for_evidence_too() -> None:
    story = sealed("evidence: [model], limit: 1h, on_limit: over", model=False)
    ((piece, at),) = story.due("limit")
    assert at == NOON + timedelta(hours=1)
    story.pass_by(piece, at)
    assert story.path()[-1] == "go limit" and story.run.ending is Ending.COMPLETED


def test_a_run_that_tocsin_starts_on_an_unarmed_system_asks_one_person_for_each_act() -> None:
    unarmed = msgspec.structs.replace(RULES, automatic=False)
    for asked, needed in ((0, 1), (1, 1), (2, 2)):
        story = Story(acting(f"effect: stop, approvals: {asked}", seal=""), unarmed)
        assert story.order("go").fact.approvals == needed
    assert Story(acting("undo: on", seal=""), RULES).order("go").fact.approvals == 0


def test_the_answer_can_be_handed_on_and_decides_nothing() -> None:
    story = no_seal("approvals: 2")
    story.add(Delegated(run="r", order=story.order("go").seq, to="eva", because=""),
              by=person("ana"))  # fmt: skip
    assert story.order("go").delegated_to == "eva"
    assert standing(story) is OrderStanding.AWAITING and story.order("go").approved_by == ()


def test_the_receipt_tells_what_to_bring_back() -> None:
    story = no_seal("undo: before")
    assert story.order("go").undo is None
    story.attempt(story.order("go").seq, before="version:2", after="version:1")
    order = story.order("go")
    assert (order.before, order.after, order.undo) == ("version:2", "version:1", "version:2")
    fixed = no_seal("undo: on")
    fixed.attempt(fixed.order("go").seq, before="x", after="y")
    assert fixed.order("go").undo == "on"
    assert no_seal("approvals: 1").order("go").undo is None


def test_words_that_were_erased_bring_nothing_back() -> None:
    story = no_seal("undo: before")
    seq = story.order("go").seq
    story.attempt(seq, before="secret")
    erased = [
        msgspec.structs.replace(e, missing=frozenset({"before"}))
        if isinstance(e.fact, Receipted) else e
        for e in story.entries
    ]  # fmt: skip
    order = replay_runs(erased)["r"].orders[seq]
    assert order.before is None and order.undo is None and order.outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("fact", "by"),
    [
        (Countersigned(run="r", order=99, order_digest="0" * 64, agrees=True, because=""),
         person("ana")),
        (CountersignMissed(run="r", order=99), HOME),
        (SealOverridden(run="r", order=99, order_digest="0" * 64, items=(), because=""),
         person("ana")),
        (Delegated(run="r", order=99, to="eva", because=""), person("ana")),
    ],
)  # fmt: skip
def test_facts_about_orders_that_never_were_break_the_log(fact: Fact, by: Author) -> None:
    with pytest.raises(BrokenLog, match="began nothing"):
        no_seal("undo: on").add(fact, by=by)


def test_a_seal_of_no_run_at_all_is_still_evidence() -> None:
    story = sealed("evidence: [logs]", logs=False)
    story.seal("by-hand", "logs", run="none")
    assert standing(story) is OrderStanding.READY
