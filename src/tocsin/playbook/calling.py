"""What follows where a plan calls another one: its run, the wait for its end, or why not. Pure.

A chain of calls is never longer than `CALLS_DEEP_MAX`, and never comes back to a plan in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.facts.courses import CallBegan, CallRefused
from tocsin.facts.runs import RunStarted, StepEnded
from tocsin.playbook.moment import Moment
from tocsin.playbook.rules import PlanInForce
from tocsin.playbook.run import Run
from tocsin.playbook.steps import Call
from tocsin.playbook.ways import FAILED

CALLS_DEEP_MAX = 5

CallingFact = RunStarted | CallBegan | CallRefused | StepEnded


def calling(moment: Moment, step: Call, begun: int) -> Iterator[CallingFact]:
    """The run of the other plan, or the end of this step.

    Args:
        begun: the entry by which it began; 0 when it has not.
    """
    run = moment.run
    if begun:
        result = run.calls[begun].result
        if result is not None:
            yield moment.end(step, result)
        return
    there = moment.rules.plans.get(step.plan, PlanInForce(why_not=f"no plan is called {step.plan}"))
    why = _why_not(run, step.plan) or there.why_not
    if why:
        yield CallRefused(run=run.id, step=step.id, plan=step.plan, why=why)
        yield moment.end(step, FAILED)
        return
    called = moment.next_run()
    moment.texts[there.digest] = there.data
    yield RunStarted(run=called, plan=step.plan, plan_digest=there.digest)
    yield CallBegan(run=run.id, step=step.id, plan=step.plan, called=called)


def _why_not(run: Run, plan: str) -> str:
    """Why this run may not call that plan; empty where it may."""
    if plan in run.chain:
        chain = " > ".join((*run.chain, plan))
        return f"it would come back to a plan that waits for this one: {chain}"
    if len(run.chain) > CALLS_DEEP_MAX:
        return f"the chain of calls would be longer than {CALLS_DEEP_MAX}: {' > '.join(run.chain)}"
    return ""
