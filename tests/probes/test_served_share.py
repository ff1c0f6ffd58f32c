"""A share that is served is shown by counting, with some served and not too many."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from tocsin.facts.recovery import share_of, share_words
from tocsin.facts.runs import Verdict
from tocsin.facts.summaries import Served, ServedBy
from tocsin.probes.log_rate import LogRate, LogRateSettings
from tocsin.world import Reading

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def sampled(own: int, requests: int, wanted: str = "1 %") -> Reading:
    one = ServedBy(
        version="3", requests=requests, judged=own, bad=0, by_fallback=requests - own
    )  # fmt: skip
    seen = Served(by_version=(one,), until=NOON)
    probe = LogRate(LogRateSettings(system="assistant"), lambda rate, since: seen)
    return probe.sample("assistant", wanted, NOON)


@pytest.mark.parametrize(
    "own, requests, verdict",
    [
        (0, 10_000, Verdict.UNDETERMINED),  # nobody reached it: no canary
        (30, 3000, Verdict.SHOWN),
        (10, 1000, Verdict.UNDETERMINED),
        (1, 20, Verdict.UNDETERMINED),
        (40, 100, Verdict.NOT_SHOWN),
        (1000, 1000, Verdict.NOT_SHOWN),
    ],
)
def test_some_are_served_and_not_too_many(own: int, requests: int, verdict: Verdict) -> None:
    found = sampled(own, requests)
    assert found.verdict is verdict, found.seen
    assert f"{own} of {requests} requests" in found.seen and found.error == "0.01"


def test_twice_the_share_is_seldom_taken_for_it() -> None:
    wrong = 0
    for seed in range(300):
        draw, own = random.Random(seed), 0
        for n in range(1, 3001):
            own += draw.random() < 0.02
            if n % 50 == 0 and sampled(own, n).verdict is Verdict.SHOWN:
                wrong += 1
                break
    assert wrong <= 10  # at most 0.01 of them; more than 10 of 300 come once in 10,000 times


@pytest.mark.parametrize("text, share", [("1 %", 100), ("10%", 1000), ("0.5 %", 50),
                                         ("100 %", None), ("0 %", None), ("on", None),
                                         ("off", None), ("-1 %", None), ("1", None)])  # fmt: skip
def test_a_share_is_more_than_none_and_less_than_all(text: str, share: int | None) -> None:
    assert share_of(text) == share
    assert share is None or share_of(share_words(share)) == share
