"""Two versions on the same requests: which differences are more than chance."""

from __future__ import annotations

import msgspec

from tocsin.detection.statistics.shares import decimal, lower, upper

ERROR = 0.05


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """How two versions differ on requests that both answered.

    Args:
        difference: of the shares that held, after minus before.
        low, high: an interval of the true difference, right at least 95 times in 100.
        chance: how probable so lopsided a count of changes is, if neither is better.
    """

    difference: float
    low: float
    high: float
    chance: float

    def said(self) -> tuple[str, str, str, str]:
        """All four as they stand in the record."""
        return (
            decimal(self.difference),
            decimal(self.low),
            decimal(self.high),
            decimal(self.chance),
        )


def paired(mended: int, broken: int, pairs: int) -> Paired:
    """The comparison of `pairs` requests, of which some were mended and some broken.

    The chance is McNemar's, exact: that of a fair coin. The interval is Clopper-Pearson of both
    shares of changes, each at half the error: wider than needed, never narrower.

    Source: McNemar, Psychometrika 12 (1947); Clopper and Pearson, Biometrika 26 (1934).
    """
    if not pairs:
        return Paired(difference=0.0, low=-1.0, high=1.0, chance=1.0)
    error = ERROR / 4
    return Paired(
        difference=(mended - broken) / pairs,
        low=lower(mended, pairs, error) - upper(broken, pairs, error),
        high=upper(mended, pairs, error) - lower(broken, pairs, error),
        chance=_coin(min(mended, broken), mended + broken),
    )


def _coin(fewer: int, changes: int) -> float:
    """The chance that a fair coin falls so lopsidedly, either way."""
    # Loaded when first asked for: every command waits for what is imported above.
    from scipy.special import bdtr  # type: ignore[import-untyped]

    return min(1.0, 2 * float(bdtr(fewer, changes, 0.5)))
