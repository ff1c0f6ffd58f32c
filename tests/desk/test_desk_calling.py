"""Plans that call plans of the home, on the desk: versions, ends, halts, chains, their words."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from desk_world import ANA, BY_ANA, LOG, Hand, facts, opened, world_of
from tocsin.desk import Writer, run_until_idle
from tocsin.desk.plans.runs import answer, cancel, pause, resume, start_run
from tocsin.dossier.account import account_of
from tocsin.dossier.gaps import gaps
from tocsin.facts import Access, Asserter, Author, Proof, Refused
from tocsin.facts.courses import CallBegan, CallRefused
from tocsin.facts.incidents import Assigned
from tocsin.facts.runs import LimitPassed, Ordered, RunCancelled, RunEnded, RunStarted
from tocsin.incident.timeline import words_of
from tocsin.playbook import RunStanding

ENDS = "  done: {end: completed}\n  lost: {end: failed}\n"
ONE = (
    """
plan: one
version: 1
title: Calls another
steps:
  other: {call: two, limit: 2h, on_limit: lost, next: done, on_failure: lost}
"""
    + ENDS
)
TWO = (
    """
plan: two
version: 1
title: Is called
steps:
  ask: {ask: Over, role: commander, choices: {yes: off, no: lost}}
  off: {act: switch, target: assistant, wanted: off, next: done, on_failure: lost}
"""
    + ENDS
)


def desk_of(folder: Path, **plans: str) -> Writer:
    (folder / "playbooks").mkdir()
    for name, text in plans.items():
        (folder / "playbooks" / f"{name}.yaml").write_text(text)
    world = msgspec.structs.replace(world_of({"switch": Hand()}), home=folder)
    desk = opened(world)
    desk.record(LOG, lambda _: [Assigned(role="commander", person="ana")], ANA)
    return desk


def begun(folder: Path, text: str = ONE, **plans: str) -> Writer:
    desk = desk_of(folder, **(plans or {"two": TWO}))
    start_run(desk, LOG, text.encode(), BY_ANA)
    return desk


def endings(desk: Writer) -> dict[str, str]:
    return {fact.run: fact.ending.value for fact in facts(desk.world, RunEnded)}


def standing(desk: Writer) -> list[RunStanding]:
    return [run.standing for run in desk.runs(LOG)]


def test_the_other_plan_runs_and_its_end_goes_on_in_the_same_append(tmp_path: Path) -> None:
    desk = begun(tmp_path)
    assert [run.plan for run in desk.runs(LOG)] == ["one", "two"]
    answer(desk, LOG, "run-2", "ask", "yes", "", BY_ANA)
    run_until_idle(desk.world)
    assert endings(desk) == {"run-2": "completed", "run-1": "completed"}
    assert desk.world.journal.next_due() is None
    assert desk.run(LOG, "run-2").started_by == ANA


@pytest.mark.parametrize("how", ["no", "cancel"])
def test_another_end_leads_where_a_failure_leads(tmp_path: Path, how: str) -> None:
    desk = begun(tmp_path)
    if how == "no":
        answer(desk, LOG, "run-2", "ask", "no", "", BY_ANA)
    else:
        cancel(desk, LOG, "run-2", "not needed", BY_ANA)
    ended = "cancelled" if how == "cancel" else "failed"
    assert endings(desk) == {"run-2": ended, "run-1": "failed"}


def test_the_limit_ends_the_waiting_alone(tmp_path: Path) -> None:
    desk = begun(tmp_path)
    run_until_idle(desk.world)
    assert endings(desk) == {"run-1": "failed"} and len(facts(desk.world, LimitPassed)) == 1
    answer(desk, LOG, "run-2", "ask", "yes", "", BY_ANA)
    run_until_idle(desk.world)
    assert endings(desk)["run-2"] == "completed"


def test_the_version_is_the_one_in_force_when_the_step_began(tmp_path: Path) -> None:
    wait = ONE.replace("  other:", "  rest: {wait: 1h, next: other}\n  other:")
    desk = begun(tmp_path, wait)
    file = tmp_path / "playbooks" / "two.yaml"
    second = TWO.replace("Is called", "Is called, the second version")
    file.write_text(second)
    desk.world.clock.sleep(3600)
    run_until_idle(desk.world, until=desk.world.clock.now())
    file.write_text(TWO.replace("version: 1", "version: 3"))
    assert desk.knowledge.plan(desk.run(LOG, "run-2")).title == "Is called, the second version"
    file.unlink()
    answer(Writer(desk.world), LOG, "run-2", "ask", "yes", "", BY_ANA)
    run_until_idle(desk.world)
    assert endings(desk)["run-1"] == "completed"


@pytest.mark.parametrize(
    ("plans", "why"),
    [
        ({"to": TWO.replace("plan: two", "plan: twoo")}, 'did you mean "twoo"'),
        ({"two": TWO.replace("next: done, on", "next: nowhere, on")}, "two has mistakes"),
        ({"two": TWO.replace("act: switch", "act: lever")}, "lever, which is not set up"),
        ({"two": TWO, "again": TWO}, "both say that they are two"),
    ],
)
def test_what_cannot_begin_fails_with_the_reason(
    tmp_path: Path, plans: dict[str, str], why: str
) -> None:
    desk = begun(tmp_path, **plans)
    (refused,) = facts(desk.world, CallRefused)
    assert why in refused.why and endings(desk) == {"run-1": "failed"}
    account = account_of(desk.world.journal.read(LOG), frozenset(Access))
    assert any("plan two could not begin" in gap for gap in gaps(account))
    assert "could NOT begin" in words_of(refused)


def test_plans_that_call_one_another_in_a_circle_stop_where_it_closes(tmp_path: Path) -> None:
    back = TWO.replace(
        "  ask: {ask: Over, role: commander, choices: {yes: off, no: lost}}\n",
        "  back: {call: one, next: off, on_failure: lost}\n",
    )
    desk = begun(tmp_path, one=ONE, two=back)
    (refused,) = facts(desk.world, CallRefused)
    assert "one > two > one" in refused.why
    assert endings(desk) == {"run-2": "failed", "run-1": "failed"}


def test_a_chain_is_at_most_five_deep(tmp_path: Path) -> None:
    plans = {
        f"p{n}": ONE.replace("plan: one", f"plan: p{n}").replace("call: two", f"call: p{n + 1}")
        for n in range(9)
    }
    desk = begun(tmp_path, plans["p0"], **plans)
    assert len(facts(desk.world, CallBegan)) == 5
    (refused,) = facts(desk.world, CallRefused)
    assert "longer than 5" in refused.why and set(endings(desk).values()) == {"failed"}


def test_halting_and_ending_a_run_does_the_same_to_those_it_called(tmp_path: Path) -> None:
    middle = ONE.replace("plan: one", "plan: middle")
    desk = begun(tmp_path, ONE.replace("call: two", "call: middle"), middle=middle, two=TWO)
    pause(desk, LOG, "run-1", "wait", BY_ANA)
    assert standing(desk) == [RunStanding.PAUSED] * 3
    resume(desk, LOG, "run-1", "on", BY_ANA)
    assert standing(desk) == [RunStanding.ACTIVE] * 3
    pause(desk, LOG, "run-2", "wait", BY_ANA)
    assert standing(desk) == [RunStanding.ACTIVE, RunStanding.PAUSED, RunStanding.PAUSED]
    cancel(desk, LOG, "run-1", "over", BY_ANA)
    assert set(endings(desk).values()) == {"cancelled"} and len(endings(desk)) == 3
    words = [fact.because for fact in facts(desk.world, RunCancelled)]
    assert words[0] == "over" and words[1] == "with run-1, which called it: over"
    assert not facts(desk.world, Ordered)
    with pytest.raises(Refused, match="is ended"):
        cancel(desk, LOG, "run-3", "again", BY_ANA)


def test_a_call_in_a_plan_that_nobody_started_acts_only_where_armed(tmp_path: Path) -> None:
    """What is called is no way around arming: its acts wait for a person, as the caller's would."""
    desk = desk_of(tmp_path, two=TWO)
    home = Author(who="home", kind=Asserter.HOME, proof=Proof.PROCESS)
    digest = desk.world.vault.put(io.BytesIO(ONE.encode())).digest
    desk.record(LOG, lambda _: [RunStarted(run="run-1", plan="one", plan_digest=digest)], home)
    assert desk.run(LOG, "run-2").started_by.kind is Asserter.HOME
    answer(desk, LOG, "run-2", "ask", "yes", "", BY_ANA)
    assert facts(desk.world, Ordered)[0].approvals == 1
