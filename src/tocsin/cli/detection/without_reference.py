"""What can be judged of a log that is compared with no reference: what needs none, or a refusal.

Detectors that somebody chose are never left out in silence: one that needs a reference is named.
Of those that are usual, only fairness and calibration need none, and what is missing is told.
"""

from __future__ import annotations

import msgspec

from tocsin.detection.declared.declaration import Declaration, Reference
from tocsin.facts import Refused

NAMED_MOST = 6


def judged_without(
    declared: Declaration, log: str, *, chosen: bool
) -> tuple[Declaration, tuple[str, ...]]:
    """The detectors that need no reference, and what one would add.

    Args:
        chosen: somebody wrote the detectors; they are not what is usual.

    Raises:
        Refused: one that was chosen needs a reference, or none can judge without.
    """
    needing = [one.id for one in declared.detectors
               if isinstance(getattr(one, "baseline", None), Reference)]  # fmt: skip
    if not needing:
        return declared, ()
    more = f" and {len(needing) - NAMED_MOST} more" if len(needing) > NAMED_MOST else ""
    names = f"{', '.join(needing[:NAMED_MOST])}{more}"
    if chosen:
        raise Refused(
            f"{names}: `baseline: reference`, and no reference is named; add --reference REF (a "
            "log that was well, or its profiles), or write another baseline, such as {first: 2000}"
        )
    left = tuple(one for one in declared.detectors if one.id not in needing)
    if not left:
        raise Refused(
            f"without a reference nothing of {log} can be judged: it does not show how groups of "
            "people are decided about, nor scores and what came true; add --reference REF (a log "
            f"that was well, or its profiles), and {len(needing)} detectors judge: {names}"
        )
    kept = msgspec.structs.replace(declared, detectors=left)
    return kept, (
        "without a reference only fairness and calibration are judged; --reference REF (a log "
        f"that was well, or its profiles) adds {len(needing)} detectors: {names}",
    )
