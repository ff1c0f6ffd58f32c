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
from tocsin.facts.recovery import share_of
from tocsin.facts.runs import Verdict
from tocsin.facts.spelt import spelt
from tocsin.facts.summaries import Served
from tocsin.probes.evidence import evidence
from tocsin.probes.served_share import served_share
from tocsin.world import Reading

ServedSince = Callable[[str, datetime], Served]
"""What was served since an instant, and how many of it count for a rate. Raises ConnectorError."""

GRID = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # better rates, as parts of `at_most`
WORSE = (1.25, 1.5, 2.0, 3.0)
OFF = "off"
MISSING_MAX = 1_000_000


class LogRateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to judge.

    Args:
        system: whose log it is.
        rate: which requests count as wrong; of several, each must be shown to be rare enough.
        at_most: a share of wrong requests at which it is still failing.
        error: the chance of a wrong SHOWN.
        least: how few requests by the fallback show that a switch is off.
    """

    system: str
    rate: tuple[str, ...] = ("fallback",)
    at_most: str = "0.1"
    error: str = "0.01"
    least: int = 20


class _Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the log shows of one rate."""

    verdict: Verdict
    requests: int
    told: str


class LogRate:
    """A probe of an inference log.

    A wanted "off" asks that only the fallback served, a share such as "1 %" that so many reach the
    system itself, "version:N" judges what that version served, and anything else judges all that
    the system itself served. Of several rates each is tested at the whole error: SHOWN needs all of
    them, and is wrong only if one of them is shown wrongly.
    """

    def __init__(self, settings: LogRateSettings, served: ServedSince) -> None:
        if not settings.rate:
            raise Refused('name what counts as wrong, such as rate = "fallback, error"')
        if settings.least < 1:
            raise Refused("least is at least 1: nothing seen shows nothing")
        self._settings, self._served = settings, served
        self._limit = _share(settings.at_most, "at_most")
        self._error = _share(settings.error, "error")

    def sample(self, target: str, wanted: str, since: datetime) -> Reading:
        rates = self._settings.rate
        if wanted == OFF:
            return self._off(target, self._served(rates[0], since), since)
        share = share_of(wanted)
        if share is not None:
            seen = self._served(rates[0], since)
            return served_share(target, share, seen, since, self._settings.error)
        version = wanted.removeprefix("version:") if wanted.startswith("version:") else None
        judged = [self._judged(self._served(rate, since), rate, version) for rate in rates]
        verdicts = {one.verdict for one in judged}
        verdict = Verdict.UNDETERMINED
        if verdicts == {Verdict.SHOWN}:
            verdict = Verdict.SHOWN
        elif Verdict.NOT_SHOWN in verdicts:
            verdict = Verdict.NOT_SHOWN
        who = f"version {spelt(version)}" if version else "it"
        told = "; ".join(one.told for one in judged)
        return Reading(
            hypothesis=(
                f"{target} is no longer failing: fewer than {self._settings.at_most} of its "
                f"requests go wrong ({', '.join(rates)})"
            ),
            sample=min(one.requests for one in judged),
            error=self._settings.error,
            verdict=verdict,
            seen=f"of what {who} served since {since:%H:%M:%S} UTC: {told}",
        )

    def _judged(self, seen: Served, rate: str, version: str | None) -> _Judged:
        counted = [one for one in seen.by_version if version in (None, one.version)]
        own, bad = sum(one.judged for one in counted), sum(one.bad for one in counted)
        silent = sum(one.requests - one.by_fallback for one in counted) - own
        told = f"{bad} of {own} requests wrong ({rate})"
        if silent:
            told += f", and {silent} of which the log does not say it"
        needed = math.log(1 / self._error)
        if evidence(own, bad, self._limit, GRID) >= needed:
            return _Judged(verdict=Verdict.SHOWN, requests=own, told=told)
        if evidence(own, bad, self._limit, WORSE) >= needed:
            told += ", still failing"
            return _Judged(verdict=Verdict.NOT_SHOWN, requests=own, told=told)
        more = missing(own, bad, self._limit, self._error)
        wait = f"about {more} more at this rate" if more is not None else "this rate shows nothing"
        told += f", not yet shown: {wait}"
        return _Judged(verdict=Verdict.UNDETERMINED, requests=own, told=told)

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


def missing(requests: int, bad: int, limit: float, error: float) -> int | None:
    """About how many more requests at the present share would reject it; None when none would."""
    share = bad / requests if requests else 0.0
    if share >= limit:
        return None
    needed, most = math.log(1 / error), 1

    def enough(more: int) -> bool:
        return evidence(requests + more, bad + round(share * more), limit, GRID) >= needed

    while not enough(most):
        most *= 2
        if most > MISSING_MAX:
            return None
    least = most // 2  # not enough
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if enough(middle) else (middle, most)
    return most


def _share(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise Refused(f"{name} is above 0 and below 1, such as 0.1, not {text!r}")
    return value
