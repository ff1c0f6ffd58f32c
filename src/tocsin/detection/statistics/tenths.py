"""How far predicted chances lie from the shares that came true, over tenths of the scale.

Healthy means: the expected calibration error, the mean over all people of how far the mean truth of
their tenth lies from its mean score, is at most what is tolerated. Whether a tenth lies too high or
too low is not known beforehand: the evidence is spread over all ways of it, which comes to one
product over the tenths.

For signs s and a stake b, sum over tenths of s b (true) - n log(1 + m (exp(s b) - 1)) has an
exponential of mean at most 1 where m is the tenth's mean truth (Jensen: people within a tenth may
differ). At m = score + d the logarithm is concave in d, so at most its tangent at d = 0; the sum of
n |d| is at most what is tolerated times all people.

Source: the exponential supermartingale of bounded variables (Howard, Ramdas, McAuliffe, Sekhon,
Probability Surveys 17, 2020), with the cumulant of a truth that is 0 or 1 in place of a bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from tocsin.detection.statistics.evidence import together as mean_of
from tocsin.detection.statistics.shares import interval
from tocsin.facts.summaries import NO_CHANCE, TENTHS, ScoreCell

STAKES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""How much is staked on each truth; small ones for many people, large ones for rare truths."""


_LEAST = 1e-3


class Tenth(msgspec.Struct, frozen=True, kw_only=True):
    """People whose scores lie in one tenth.

    Args:
        expected: the sum of their scores.
    """

    labelled: int = 0
    true: int = 0
    expected: float = 0.0

    def plus(self, other: Tenth) -> Tenth:
        return Tenth(
            labelled=self.labelled + other.labelled,
            true=self.true + other.true,
            expected=self.expected + other.expected,
        )


Tenths = tuple[Tenth, ...]
NOBODY: Tenths = (Tenth(),) * TENTHS


def tenths(cells: Iterable[ScoreCell]) -> Tenths:
    """The sums of these cells by tenth; scores that are no chance are left out."""
    found = list(NOBODY)
    for cell in cells:
        if cell.tenth != NO_CHANCE:
            more = Tenth(labelled=cell.labelled, true=cell.true, expected=cell.expected)
            found[cell.tenth] = found[cell.tenth].plus(more)
    return tuple(found)


def no_chances(cells: Iterable[ScoreCell]) -> int:
    """How many scores are no chance: below 0, above 1, or not a number."""
    return sum(cell.labelled for cell in cells if cell.tenth == NO_CHANCE)


def together(one: Sequence[Tenth], other: Sequence[Tenth]) -> Tenths:
    """Both, tenth by tenth."""
    return tuple(a.plus(b) for a, b in zip(one, other, strict=True))


def people(found: Sequence[Tenth]) -> int:
    """How many there are in all tenths."""
    return sum(tenth.labelled for tenth in found)


def log_e_values(found: Sequence[Tenth], tolerated: float) -> tuple[float, ...]:
    """The logarithms of a window's e-values, one for each stake."""
    filled = [tenth for tenth in found if tenth.labelled]
    return tuple(_log_e(filled, tolerated, stake) for stake in STAKES)


def error(found: Sequence[Tenth]) -> float:
    """The expected calibration error as it was seen: where few are in a tenth, too large."""
    count = people(found)
    return sum(abs(t.true - t.expected) for t in found) / count if count else 0.0


def error_interval(found: Sequence[Tenth], chance: float) -> tuple[float, float]:
    """An interval of the true error: each tenth's Clopper-Pearson interval, all at once.

    Args:
        chance: that it does not hold; shared among the tenths that hold anybody.
    """
    filled = [tenth for tenth in found if tenth.labelled]
    low = high = 0.0
    for tenth in filled:
        least, most = interval(tenth.true, tenth.labelled, chance / len(filled))
        score = tenth.expected / tenth.labelled
        low += tenth.labelled * max(least - score, score - most, 0.0)
        high += tenth.labelled * max(most - score, score - least)
    count = people(found)
    return (low / count, high / count) if count else (0.0, 1.0)


def likeliest_begin(
    windows: Sequence[Tenths], tolerated: float, drop: float
) -> tuple[int, int, int]:
    """The window from which on all people together speak most for an error beyond what is
    tolerated, and the first and last of those that come within `drop` of it."""
    since, worth = NOBODY, list[float]()
    for found in reversed(windows):
        since = together(since, found)
        worth.append(mean_of(log_e_values(since, tolerated)) if people(found) else -math.inf)
    worth.reverse()
    place = max(range(len(worth)), key=lambda i: (worth[i], i), default=-1)
    near = [i for i, found in enumerate(worth) if found >= worth[place] - drop]
    return place, min(near, default=place), max(near, default=place)


def log_well(found: Sequence[Tenth], failing: Sequence[Tenth], distance: float) -> float:
    """How much likelier these truths are where scores come true than where they fail as before.

    Args:
        failing: how the tenths lay; only their directions and proportions are taken from it.
        distance: the expected calibration error that they are supposed to have still.
    """
    whole, total = error(failing), 0.0
    for one, then in zip(found, failing, strict=True):
        if one.labelled and then.labelled and whole:
            score = one.expected / one.labelled
            off = (then.true - then.expected) / then.labelled * distance / whole
            well, ill = _chance(score), _chance(score + off)
            total += one.true * math.log(well / ill)
            total += (one.labelled - one.true) * math.log((1 - well) / (1 - ill))
    return total


def _chance(share: float) -> float:
    return min(max(share, _LEAST), 1 - _LEAST)


def _log_e(filled: Sequence[Tenth], tolerated: float, stake: float) -> float:
    total = steepest = 0.0
    for tenth in filled:
        up, up_steep = _bet(tenth, stake)
        down, down_steep = _bet(tenth, -stake)
        total += _mean(up, down)
        steepest = max(steepest, up_steep, down_steep)
    return total - steepest * tolerated * sum(tenth.labelled for tenth in filled)


def _bet(tenth: Tenth, stake: float) -> tuple[float, float]:
    """What a bet on a tenth came to where nothing is tolerated, and what tolerance costs of it."""
    score = min(max(tenth.expected / tenth.labelled, 0.0), 1.0)
    gain = math.expm1(stake)
    fair = 1 + score * gain
    return stake * tenth.true - tenth.labelled * math.log(fair), abs(gain) / fair


def _mean(one: float, other: float) -> float:
    """The logarithm of the mean of two exponentials."""
    most = max(one, other)
    return most + math.log((math.exp(one - most) + math.exp(other - most)) / 2)
