"""Shares and how sure one can be of them."""

from __future__ import annotations


def interval(counted: int, requests: int, error: float) -> tuple[float, float]:
    """The Clopper-Pearson interval of a share: each end is beyond the truth with chance error/2.

    Source: Clopper and Pearson, Biometrika 26 (1934).
    """
    return lower(counted, requests, error / 2), upper(counted, requests, error / 2)


def lower(counted: int, requests: int, error: float) -> float:
    """A bound that lies above the true share with at most this chance."""
    return 0.0 if counted <= 0 else _quantile(counted, requests - counted + 1, error)


def upper(counted: int, requests: int, error: float) -> float:
    """A bound that lies below the true share with at most this chance."""
    if counted >= requests:
        return 1.0
    return _quantile(counted + 1, requests - counted, 1 - error)


def _quantile(a: float, b: float, chance: float) -> float:
    """The quantile of a beta distribution."""
    # Loaded when first asked for: every command waits for what is imported above.
    from scipy.special import betaincinv  # type: ignore[import-untyped]

    return float(betaincinv(a, b, chance))


def decimal(number: float) -> str:
    """The number as it stands in the record: to six places, without an exponent."""
    return f"{number:.6f}".rstrip("0").rstrip(".") or "0"
