"""Whether a system is still failing, judged by what it served after the act, at a stated error.

The hypothesis to be rejected is "still failing": a request goes wrong with a chance of `at_most`
or more. For every better rate q on a grid, the likelihood ratio of q against `at_most` is a test
martingale under that hypothesis; their mean is one too, and it ever exceeds 1/error with a chance
of at most `error`, however often one looks. Until then the answer is "not yet shown".

Source: Ville's inequality; Ramdas, Grünwald, Vovk and Shafer, Statistical Science 38(4), 2023.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

import msgspec

from tocsin.facts import Refused
from tocsin.facts.runs import Verdict
from tocsin.facts.summaries import Served
from tocsin.world import Reading

ServedSince = Callable[[str, datetime], Served]
"""What was served since an instant, and how many of it count for a rate. Raises ConnectorError."""

GRID = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # better rates, as parts of `at_most`
WORSE = (1.25, 1.5, 2.0, 3.0)
OFF = "off"


class LogRateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to judge.

    Args:
        system: whose log it is.
        rate: which requests count as wrong.
        at_most: a share of wrong requests at which it is still failing.
        error: the chance of a wrong SHOWN.
        least: how few requests by the fallback show that a switch is off.
    """

    system: str
    rate: str = "fallback"
    at_most: str = "0.1"
    error: str = "0.01"
    least: int = 20


class LogRate:
    """A probe of an inference log.

    A wanted "off" asks that only the fallback served, "version:N" judges what that version served,
    and anything else judges all that the system itself served.
    """

    def __init__(self, settings: LogRateSettings, served: ServedSince) -> None:
        self._settings, self._served = settings, served
        self._limit = _share(settings.at_most, "at_most")
        self._error = _share(settings.error, "error")

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        seen = self._served(self._settings.rate, since)
        if wanted == OFF:
            return self._off(target, seen, since)
        version = wanted.removeprefix("version:") if wanted.startswith("version:") else None
        counted = [one for one in seen.by_version if version in (None, one.version)]
        own = sum(one.requests - one.by_fallback for one in counted)
        bad = sum(one.bad for one in counted)
        who = f"version {version}" if version else "it"
        told = f"since {since:%H:%M:%S} UTC {who} served {own} requests, {bad} of them wrong"
        needed = math.log(1 / self._error)
        if evidence(own, bad, self._limit, GRID) >= needed:
            return self._reading(target, own, Verdict.SHOWN, told)
        if evidence(own, bad, self._limit, WORSE) >= needed:
            return self._reading(target, own, Verdict.NOT_SHOWN, f"{told}; still failing")
        more = missing(own, bad, self._limit, self._error)
        wait = f"about {more} more at this rate" if more is not None else "this rate shows nothing"
        return self._reading(target, own, Verdict.UNDETERMINED, f"{told}; not yet shown: {wait}")

    def _off(self, target: str, seen: Served, since: datetime) -> Reading:
        own = seen.requests - seen.by_fallback
        told = (
            f"since {since:%H:%M:%S} UTC {seen.by_fallback} requests were served by the fallback "
            f"and {own} by {target}"
        )
        verdict = Verdict.UNDETERMINED
        if own:
            verdict = Verdict.NOT_SHOWN
        elif seen.by_fallback >= self._settings.least:
            verdict = Verdict.SHOWN
        return Reading(
            hypothesis=f"{target} serves nobody: all is served by the fallback",
            sample=seen.requests,
            error="0",
            verdict=verdict,
            seen=told,
        )

    def _reading(self, target: str, requests: int, verdict: Verdict, told: str) -> Reading:
        one = self._settings
        return Reading(
            hypothesis=(
                f"{target} is no longer failing: fewer than {one.at_most} of its requests go "
                f"wrong ({one.rate})"
            ),
            sample=requests,
            error=one.error,
            verdict=verdict,
            seen=told,
        )


def evidence(requests: int, bad: int, limit: float, grid: tuple[float, ...]) -> float:
    """The logarithm of the mean likelihood ratio of the rates `limit` x `grid` against `limit`."""
    logs = [
        bad * math.log(part) + (requests - bad) * math.log((1 - limit * part) / (1 - limit))
        for part in grid
        if limit * part < 1
    ]
    most = max(logs)
    return most + math.log(sum(math.exp(one - most) for one in logs) / len(grid))


def missing(requests: int, bad: int, limit: float, error: float) -> int | None:
    """About how many more requests at the present share would reject it; None when none would."""
    share = bad / requests if requests else 0.0
    if share >= limit:
        return None
    needed, more = math.log(1 / error), 1
    while evidence(requests + more, bad + round(share * more), limit, GRID) < needed:
        more *= 2
        if more > 1_000_000:
            return None
    return more


def _share(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise Refused(f"{name} is above 0 and below 1, such as 0.1, not {text!r}")
    return value
