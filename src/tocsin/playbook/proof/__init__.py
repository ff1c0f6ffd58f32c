"""Proves what holds of every run of a plan before any run begins, or shows a way on which it does
not. Pure: the same plan and allowances give the same proof.
"""

from __future__ import annotations

from tocsin.playbook.plan import Plan
from tocsin.playbook.proof.ends import bounds_of, every_run_ends
from tocsin.playbook.proof.evidence import evidence_first
from tocsin.playbook.proof.ground import Ground
from tocsin.playbook.proof.limits import limits_reachable
from tocsin.playbook.proof.spans import Allowances
from tocsin.playbook.proof.stops import containment_seen, safe_when_failed
from tocsin.playbook.proof.told import spoken
from tocsin.playbook.proof.unknowns import unknown_is_not_good
from tocsin.playbook.proof.verdicts import (
    Bounds,
    Counter,
    LimitFigure,
    Passed,
    Proof,
    Property,
    Standing,
)
from tocsin.playbook.proof.words import everybody_informed, outside_words_approved

__all__ = [
    "Allowances",
    "Bounds",
    "Counter",
    "LimitFigure",
    "Passed",
    "Proof",
    "Property",
    "Standing",
    "prove",
    "spoken",
]


def prove(plan: Plan, allowed: Allowances | None = None) -> Proof:
    """What holds of every run of the plan, and where not, a way on which it does not.

    Args:
        plan: read without a mistake.
        allowed: what the longest run is counted with beside the plan.
    """
    allowed = allowed or Allowances()
    ground = Ground(plan, allowed)
    reachable, figures = limits_reachable(ground)
    return Proof(
        plan=plan.id,
        version=plan.version,
        digest=plan.digest,
        properties=(
            every_run_ends(ground),
            evidence_first(ground),
            containment_seen(ground),
            everybody_informed(ground),
            outside_words_approved(ground),
            reachable,
            unknown_is_not_good(ground),
            safe_when_failed(ground),
        ),
        bounds=bounds_of(ground),
        limits=figures,
        abstraction=abstraction(allowed),
    )


def abstraction(allowed: Allowances) -> tuple[str, ...]:
    """What the proof takes for granted, one sentence each."""
    return (
        "Conditions are free: every branch of a decision, every answer and every result is "
        "possible, so a way that is shown may be one that no run takes; where that can be seen it "
        "says so. What is proven holds for every run.",
        "At best people answer at once and machines need no time; waits, and time-outs that pass, "
        "take what they take.",
        "At worst everybody answers just before the time-out, and every attempt of a hand, a "
        f"probe or the mail takes {spoken(allowed.attempt_seconds)}, with the pauses between "
        "attempts; what a far side asks to wait beyond that is not counted.",
        "Times count from the beginning of the run. What passed before it, since the failure or "
        "the opening of the incident, is not known here.",
        "A limit from a named moment is judged where its step is reached first, not in later "
        "rounds of a circle.",
        "Each act without approvals waits for one yes, without a time-out, unless the system is "
        "armed or a person starts the run.",
        "What an approval says is not read.",
        "Hands and probes come to an end. An act of which nobody knows whether it happened waits "
        "for a person to look, without a limit.",
        "Words can be sent: a tell that fails is on record as failed, and counts as told where the "
        "plan goes on as if it had been sent. Whether words arrive is not known. A question to a "
        "person counts as handing the matter over; what it says is not read.",
        "The desk holds an act until its evidence is sealed and enough; what a person overrides, "
        "pauses, cancels or does by hand is on record, and outside of this proof. A plan that is "
        "called counts as one step.",
    )
