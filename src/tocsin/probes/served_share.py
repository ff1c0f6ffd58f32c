"""Whether no more than a share of requests reaches a system, and some do, at a stated error.

The hypothesis to be rejected is "at least twice the share": the evidence is that of `log_rate`, so
that one may look as often as one likes. It holds while who asks is independent of who asked before;
of sessions with many requests it is too sure.
"""

from __future__ import annotations

import math
from datetime import datetime

from tocsin.facts.recovery import SHARE_WHOLE, share_words
from tocsin.facts.runs import Verdict
from tocsin.facts.summaries import Served
from tocsin.probes.evidence import evidence
from tocsin.world import Reading

BELOW = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
ABOVE = (1.25, 1.5, 2.0, 3.0, 10.0)


def served_share(target: str, share: int, seen: Served, since: datetime, error: str) -> Reading:
    """What a log shows of a share in ten-thousandths that is wanted.

    SHOWN: some requests reached it, and fewer than the limit. NOT_SHOWN: more than the limit do.
    """
    own, limit = seen.requests - seen.by_fallback, _limit(share)
    needed = math.log(1 / float(error))
    verdict = Verdict.UNDETERMINED
    if own and evidence(seen.requests, own, limit, BELOW) >= needed:
        verdict = Verdict.SHOWN
    elif evidence(seen.requests, own, limit, ABOVE) >= needed:
        verdict = Verdict.NOT_SHOWN
    told = (
        f"{own} of {seen.requests} requests were served by {target} since {since:%H:%M:%S} UTC, "
        f"where {share_words(share)} were wanted"
    )
    if verdict is Verdict.UNDETERMINED:
        told += ", not yet shown: " + ("more requests are needed" if own else "nobody reached it")
    return Reading(
        hypothesis=f"{target} serves some requests, and fewer than {limit:.4g} of all",
        sample=seen.requests,
        error=error,
        verdict=verdict,
        seen=told,
    )


def _limit(share: int) -> float:
    """Twice the share; of large shares half way to all."""
    part = share / SHARE_WHOLE
    return min(2 * part, (1 + part) / 2)
