"""What several looks together show, and how likely it is that they show it wrongly.

Looks that all agree leave room for a minority that was never met: if a share s of all answers were
still otherwise, n independent looks would all miss it with a chance of (1-s)^n. That is the stated
error, and the hypothesis names s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, Context, Decimal

import msgspec

from tocsin.facts import ConnectorError
from tocsin.facts.runs import Verdict
from tocsin.world import Clock, Reading


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How often to look, and which share of other answers the looks shall rule out.

    Args:
        looks: at least 2; one look cannot disagree with itself.
        pause_seconds: between two looks.
        share: above 0, at most 1, as a decimal string.
    """

    looks: int = 5
    pause_seconds: float = 0.2
    share: str = "0.5"


def looked(plan: Plan, clock: Clock, look: Callable[[], str]) -> list[str | ConnectorError]:
    """What each of the looks saw, or why it saw nothing, in order."""
    found: list[str | ConnectorError] = []
    for place in range(plan.looks):
        if place:
            clock.sleep(plan.pause_seconds)
        try:
            found.append(look())
        except ConnectorError as unseen:
            found.append(unseen)
    return found


def reading(
    plan: Plan, where: str, target: str, wanted: str, looks: Sequence[str | ConnectorError]
) -> Reading:
    """The verdict on "`target` is `wanted`" that these looks allow.

    All saw the wanted state: shown. All saw another: not shown. They disagree, or any of them saw
    nothing: undetermined.
    """
    states = [look for look in looks if isinstance(look, str)]
    right = sum(state == wanted for state in states)
    verdict = Verdict.UNDETERMINED
    if states and len(states) == len(looks):
        verdict = {len(states): Verdict.SHOWN, 0: Verdict.NOT_SHOWN}.get(right, verdict)
    return Reading(
        hypothesis=(
            f"{target} is {wanted} at {where}; fewer than {plan.share} of all answers are otherwise"
        ),
        sample=len(looks),
        error=missed(plan.share, len(looks)),
        verdict=verdict,
        seen=_told(looks),
    )


def missed(share: str, looks: int) -> str:
    """The chance, rounded up, that so many looks all miss an answer of this share."""
    chance = (1 - Decimal(share)) ** looks
    return format(Context(prec=3, rounding=ROUND_CEILING).plus(chance).normalize(), "f")


def _told(looks: Sequence[str | ConnectorError]) -> str:
    counts = Counter(look for look in looks if isinstance(look, str))
    told = [f"{count} of {len(looks)} looks: {state}" for state, count in counts.most_common(5)]
    blind = [look for look in looks if isinstance(look, ConnectorError)]
    if blind:
        told.append(f"{len(blind)} of {len(looks)} looks saw nothing: {blind[-1]}")
    return "; ".join(told)
