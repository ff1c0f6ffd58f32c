"""Words for every fact about a plan at work: what was wanted, tried, seen, asked and decided."""

from __future__ import annotations

from typing import assert_never

from tocsin.facts.runs import (
    Answered,
    Approved,
    Asked,
    Attempted,
    AttemptFailed,
    Declined,
    Effect,
    Ending,
    LimitPassed,
    Ordered,
    Outcome,
    OutcomeJudged,
    OutcomeUnknown,
    Probed,
    Receipted,
    RunCancelled,
    RunEnded,
    RunFact,
    RunPaused,
    RunResumed,
    RunStarted,
    RunTakenOver,
    StepEnded,
    StepFailed,
    Verdict,
    WaitBegan,
    WaitEnded,
)

OUTCOMES = {
    Outcome.DONE: "done",
    Outcome.ALREADY: "it was so already",
    Outcome.REHEARSED: "rehearsed only, nothing outside was touched",
    Outcome.NOT_DONE: "not done",
}
VERDICTS = {
    Verdict.SHOWN: "It took effect",
    Verdict.NOT_SHOWN: "It did NOT take effect",
    Verdict.UNDETERMINED: "Whether it took effect could not be told",
}
CHECKED = {
    Verdict.SHOWN: "it is so",
    Verdict.NOT_SHOWN: "it is NOT so",
    Verdict.UNDETERMINED: "could not be told",
}
ENDINGS = {
    Ending.COMPLETED: "to its end",
    Ending.FAILED: "without success",
    Ending.CANCELLED: "because it was cancelled",
}

_Act = Ordered | Attempted | Receipted | AttemptFailed | OutcomeUnknown | OutcomeJudged | Probed
_Decision = Approved | Declined | Asked | Answered | LimitPassed


def run_words(fact: RunFact) -> str:
    """What a fact about a run says."""
    if isinstance(fact, _Act):
        return _act(fact)
    if isinstance(fact, _Decision):
        return _decision(fact)
    match fact:
        case RunStarted():
            return f"Plan {fact.plan} started (run {fact.run})"
        case WaitBegan():
            return f"Step {fact.step}: waiting until {fact.until:%Y-%m-%d %H:%M:%S %Z}"
        case WaitEnded():
            return f"Step {fact.step}: the wait is over"
        case StepEnded():
            follows = f"; next: {fact.next}" if fact.next else "; nothing follows on this branch"
            return f"Step {fact.step}: {fact.result}{follows}"
        case RunPaused():
            return f"Run {fact.run} paused, nothing new begins: {fact.because}"
        case RunResumed():
            return f"Run {fact.run} goes on: {fact.because}"
        case RunCancelled():
            return f"Run {fact.run} cancelled, what was done stays done: {fact.because}"
        case RunEnded():
            return f"Run {fact.run} ended {ENDINGS[fact.ending]}"
        case RunTakenOver():
            return (
                f"{fact.to_worker} went on with the action of entry {fact.order}; "
                f"{fact.from_worker} had fallen silent"
            )
        case StepFailed():
            return f"Tocsin itself failed at this, a person should look: {fact.error}"
        case _:
            assert_never(fact)


def _act(fact: _Act) -> str:
    match fact:
        case Ordered():
            if fact.effect is Effect.TELL:
                verb = "called" if fact.wanted.startswith("paged:") else "told"
                return f"{fact.target} shall be {verb} (through {fact.connector})"
            needs = f"; {fact.approvals} approval(s) needed first" if fact.approvals else ""
            return f"Action wanted: {fact.target} shall be {fact.wanted}{needs}"
        case Attempted():
            return f"Trying the action of entry {fact.order} (attempt {fact.attempt})"
        case Receipted():
            return (
                f"Action of entry {fact.order}: {OUTCOMES[fact.outcome]}. "
                f"What we saw: before {fact.before or '(not seen)'}, after {fact.after}"
            )
        case AttemptFailed():
            effect = "it may have taken effect" if fact.may_have_acted else "nothing was changed"
            again = (
                f"next attempt {fact.retry_at:%H:%M:%S %Z}" if fact.retry_at else "no more attempts"
            )
            if not fact.attempt and fact.may_have_acted:
                return (
                    f"The action of entry {fact.order} is not tried again, and an attempt before "
                    f"may have taken effect: {fact.why}"
                )
            if not fact.attempt:
                return f"The action of entry {fact.order} was not carried out: {fact.why}"
            return f"Attempt {fact.attempt} failed ({effect}): {fact.why}; {again}"
        case OutcomeUnknown():
            return (
                f"Nobody knows whether the action of entry {fact.order} happened, and it will not "
                f"be repeated blindly; a person must look: {fact.why}"
            )
        case OutcomeJudged():
            how = OUTCOMES[fact.outcome]
            return f"Looked at the action of entry {fact.order}: {how} ({fact.basis})"
        case Probed() if fact.step.endswith("]"):
            return (
                f"Check {fact.step} ({fact.hypothesis}): {CHECKED[fact.verdict]} ({fact.sample} "
                f"looks, chance of error {fact.error}). What we saw: {fact.seen}"
            )
        case Probed():
            return (
                f"{VERDICTS[fact.verdict]} on {fact.target} ({fact.sample} looks, chance of error "
                f"{fact.error}). What we saw: {fact.seen}"
            )
        case _:
            assert_never(fact)


def _decision(fact: _Decision) -> str:
    match fact:
        case Approved():
            return f"Approved what entry {fact.order} asks for: {fact.because}"
        case Declined():
            return f"Declined what entry {fact.order} asks for: {fact.because}"
        case Asked():
            limit = f" until {fact.limit_at:%Y-%m-%d %H:%M %Z}" if fact.limit_at else ""
            choices = " / ".join(fact.choices)
            return f"Question for {fact.role}{limit}: {fact.question} ({choices})"
        case Answered():
            return f"Answered {fact.choice} to entry {fact.asked}: {fact.because}"
        case LimitPassed():
            taken = f"{fact.choice} was taken" if fact.choice else "nothing was taken in its place"
            return f"No answer to entry {fact.entry} in time; {taken}"
        case _:
            assert_never(fact)
