"""How long something takes while some of it is not over yet: what still runs counts as "at least".

To leave out what is still open makes every response look fast; to count it as over makes it look
faster still. The curve of Kaplan and Meier uses each as what it is.

Source: Kaplan and Meier 1958; Greenwood 1926 (variance); Brookmeyer and Crowley 1982 (interval of
the median), with the complementary log-log scale. The interval is approximate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import msgspec

from tocsin.dossier.exact import CONFIDENCE, Interval


class Spell(msgspec.Struct, frozen=True, kw_only=True):
    """So long it took; or, where it is not over, so long it has taken at least."""

    length: float
    over: bool


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """From this length on such a share takes longer; `low` and `high` bound the share."""

    length: float
    longer: float
    low: float
    high: float


class Lasting(msgspec.Struct, frozen=True, kw_only=True):
    """How long half of them take; None where fewer than half are over, so that nobody can say."""

    median: float | None
    between: Interval


def curve(spells: Sequence[Spell], confidence: float = CONFIDENCE) -> list[Level]:
    """The share that takes longer, after each length at which something was over."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread, levels = 1.0, 0.0, list[Level]()
    for length in sorted({one.length for one in spells if one.over}):
        running = sum(one.length >= length for one in spells)
        ended = sum(one.over and one.length == length for one in spells)
        share *= 1 - ended / running
        spread += ended / (running * (running - ended)) if ended < running else math.inf
        low, high = _bounds(share, spread, z)
        levels.append(Level(length=length, longer=share, low=low, high=high))
    return levels


def _bounds(share: float, spread: float, z: float) -> tuple[float, float]:
    """The share's interval, made where it cannot leave 0 to 1; nothing bounds a share of none."""
    if share <= 0.0:
        return 0.0, 1.0
    wide = z * math.sqrt(spread) / abs(math.log(share))
    return share ** math.exp(wide), share ** math.exp(-wide)


def lasting(spells: Sequence[Spell], confidence: float = CONFIDENCE) -> Lasting:
    """The median length, and between which lengths it lies."""
    levels = curve(spells, confidence)
    return Lasting(
        median=_first(levels, [one.longer for one in levels]),
        between=Interval(
            low=_first(levels, [one.low for one in levels]),
            high=_first(levels, [one.high for one in levels]),
        ),
    )


def _first(levels: Sequence[Level], shares: Sequence[float]) -> float | None:
    """The first length from which on no more than half of them take longer."""
    return next((one.length for one, s in zip(levels, shares, strict=True) if s <= 0.5), None)
