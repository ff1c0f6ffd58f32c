"""Evidence about a share that may be looked at as often as one likes: a test martingale.

Source: Ville's inequality; Ramdas, Grünwald, Vovk and Shafer, Statistical Science 38(4), 2023.
"""

from __future__ import annotations

import math


def evidence(requests: int, bad: int, limit: float, grid: tuple[float, ...]) -> float:
    """The logarithm of the mean likelihood ratio of the rates `limit` x `grid` against `limit`.

    A rate of 1 or more is no rate; where the grid holds no other, there is no evidence.
    """
    logs = [
        bad * math.log(part) + (requests - bad) * math.log((1 - limit * part) / (1 - limit))
        for part in grid
        if limit * part < 1
    ]
    if not logs:
        return -math.inf
    most = max(logs)
    return most + math.log(sum(math.exp(one - most) for one in logs) / len(grid))
