"""The test of "still failing": its stated error is held, and what it says of waiting is sane."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import ConnectorError, Refused
from tocsin.facts.runs import Verdict
from tocsin.facts.summaries import Served, ServedBy
from tocsin.probes.evidence import evidence
from tocsin.probes.log_rate import GRID, WORSE, LogRate, LogRateSettings, missing
from tocsin.world import Reading

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Judge = Callable[[int, int], Verdict]


def by(
    version: str | None, requests: int, bad: int, *, people: int = 0, silent: int = 0
) -> ServedBy:
    return ServedBy(
        version=version, requests=requests, judged=requests - people - silent, bad=bad,
        by_fallback=people,
    )  # fmt: skip


def sampled(
    *served: ServedBy, wanted: str = "healthy", limit: str = "0.1", error: str = "0.01",
    least: int = 20,
) -> Reading:  # fmt: skip
    settings = LogRateSettings(system="assistant", at_most=limit, error=error, least=least)
    seen = Served(by_version=served, until=NOON if served else None)
    return LogRate(settings, lambda rate, since: seen).sample("assistant", wanted, NOON)


def shown_within(rate: float, requests: int, seed: int, *, limit: float, error: float) -> int:
    """After how many requests it was shown no longer to fail, looking at every one; 0 when never.

    Looking after each request is the hardest case: the error must hold however often one looks.
    """
    draw, bad, needed = random.Random(seed), 0, math.log(1 / error)
    for n in range(1, requests + 1):
        bad += draw.random() < rate
        if evidence(n, bad, limit, GRID) >= needed:
            return n
    return 0


@pytest.mark.parametrize("rate", [0.1, 0.11, 0.2, 0.5])
def test_the_stated_error_is_held_while_it_still_fails(rate: float) -> None:
    runs = 400
    wrong = sum(shown_within(rate, 400, seed, limit=0.1, error=0.05) > 0 for seed in range(runs))
    # At most 0.05 of the runs; by chance more than 34 of 400 come in 1 of 1,000 cases.
    assert wrong <= 34


@pytest.mark.parametrize(("rate", "typical"), [(0.0, 80), (0.01, 110), (0.03, 230)])
def test_a_healthy_system_is_shown_soon(rate: float, typical: int) -> None:
    found = sorted(
        shown_within(rate, 2000, seed, limit=0.1, error=0.01) or 9999 for seed in range(60)
    )
    assert found[30] <= typical and found[-1] < 9999


def test_a_failing_system_is_told_to_be_failing_and_the_border_is_left_open() -> None:
    assert sampled(by("2", 200, 60)).verdict is Verdict.NOT_SHOWN
    assert "still failing" in sampled(by("2", 200, 60)).seen
    border = sampled(by("2", 200, 20))
    assert border.verdict is Verdict.UNDETERMINED and "this rate shows nothing" in border.seen
    healthy = sampled(by("1", 200, 2))
    assert (healthy.verdict, healthy.sample, healthy.error) == (Verdict.SHOWN, 200, "0.01")
    assert "fewer than 0.1 of its requests go wrong (fallback)" in healthy.hypothesis
    assert "2 of 200 requests wrong" in healthy.seen


def test_it_says_not_failing_of_no_failing_system_too_often_either() -> None:
    """The claim "still failing" holds the same error when the rate is at the limit or better."""
    wrong = 0
    for seed in range(300):
        draw, bad = random.Random(seed), 0
        for n in range(1, 301):
            bad += draw.random() < 0.1
            if evidence(n, bad, 0.1, WORSE) >= math.log(1 / 0.05):
                wrong += 1
                break
    assert wrong <= 27


@given(
    requests=st.integers(0, 3000), bad=st.integers(0, 3000),
    limit=st.floats(0.01, 0.99), grid=st.sampled_from([GRID, WORSE]),
)  # fmt: skip
def test_a_good_answer_speaks_for_health_and_a_bad_one_against(
    requests: int, bad: int, limit: float, grid: tuple[float, ...]
) -> None:
    bad = min(bad, requests)
    now = evidence(requests, bad, limit, grid)
    good, worse = (
        evidence(requests + 1, bad, limit, grid),
        evidence(requests + 1, bad + 1, limit, grid),
    )
    if grid is GRID:
        assert worse < now + 1e-9 and now < good + 1e-9
    else:
        assert good <= now + 1e-9 and now <= worse + 1e-9


@given(
    requests=st.integers(0, 500), bad=st.integers(0, 60), limit=st.sampled_from([0.05, 0.1, 0.3])
)
def test_the_number_that_is_missing_is_the_least_that_suffices(
    requests: int, bad: int, limit: float
) -> None:
    bad = min(bad, requests)
    more = missing(requests, bad, limit, 0.01)
    share = bad / requests if requests else 0.0
    if more is None:
        assert share >= limit * 0.8
        return
    needed = math.log(100)
    assert evidence(requests + more, bad + round(share * more), limit, GRID) >= needed
    if more > 1 and evidence(requests, bad, limit, GRID) < needed:
        fewer = more - 1
        assert evidence(requests + fewer, bad + round(share * fewer), limit, GRID) < needed


def test_about_so_many_more_comes_true() -> None:
    waiting = sampled(by("1", 20, 0))
    assert waiting.verdict is Verdict.UNDETERMINED and "about 36 more" in waiting.seen
    assert sampled(by("1", 20 + 35, 0)).verdict is Verdict.UNDETERMINED
    assert sampled(by("1", 20 + 36, 0)).verdict is Verdict.SHOWN


def test_nothing_served_shows_nothing() -> None:
    for nothing in (sampled(), sampled(by("1", 500, 0, people=500))):
        assert nothing.verdict is Verdict.UNDETERMINED and nothing.sample == 0


def test_only_the_version_that_was_asked_about_counts() -> None:
    both = (by("1", 200, 0), by("2", 200, 100))
    assert sampled(*both, wanted="version:1").verdict is Verdict.SHOWN
    assert sampled(*both, wanted="version:2").verdict is Verdict.NOT_SHOWN
    assert sampled(*both, wanted="version:3").verdict is Verdict.UNDETERMINED
    assert sampled(*both).verdict is Verdict.NOT_SHOWN


def test_what_people_served_and_what_the_log_does_not_judge_proves_no_health() -> None:
    people = sampled(by("1", 500, 0, people=490))
    assert people.verdict is Verdict.UNDETERMINED and people.sample == 10
    silent = sampled(by("1", 500, 0, silent=490))
    assert silent.verdict is Verdict.UNDETERMINED
    assert "490 of which the log does not say it" in silent.seen


@pytest.mark.parametrize(
    ("served", "verdict"),
    [((by("2", 20, 0, people=20),), Verdict.SHOWN),
     ((by("2", 19, 0, people=19),), Verdict.UNDETERMINED),
     ((by("2", 500, 0, people=499),), Verdict.NOT_SHOWN), ((), Verdict.UNDETERMINED),
     ((by(None, 30, 0, people=30), by("2", 1, 0)), Verdict.NOT_SHOWN)],
)  # fmt: skip
def test_off_means_that_the_fallback_alone_served(
    served: tuple[ServedBy, ...], verdict: Verdict
) -> None:
    assert sampled(*served, wanted="off").verdict is verdict


def test_of_several_rates_each_must_be_shown() -> None:
    rates = {"fallback": by("1", 200, 0), "error": by("1", 200, 200)}
    settings = LogRateSettings(system="assistant", rate=("fallback", "error"))

    def served(rate: str, since: datetime) -> Served:
        return Served(by_version=(rates[rate],), until=NOON)

    probe = LogRate(settings, served)
    broken = probe.sample("assistant", "healthy", NOON)
    assert (
        broken.verdict is Verdict.NOT_SHOWN and "200 of 200 requests wrong (error)" in broken.seen
    )
    rates["error"] = by("1", 5, 0)
    waiting = probe.sample("assistant", "healthy", NOON)
    assert (waiting.verdict, waiting.sample) == (Verdict.UNDETERMINED, 5)
    rates["error"] = by("1", 200, 0)
    assert probe.sample("assistant", "healthy", NOON).verdict is Verdict.SHOWN


def test_a_log_that_cannot_be_read_is_the_worlds_fault() -> None:
    def away(rate: str, since: datetime) -> Served:
        raise ConnectorError("the log is away", may_have_acted=False)

    with pytest.raises(ConnectorError, match="away"):
        LogRate(LogRateSettings(system="assistant"), away).sample("assistant", "healthy", NOON)


@pytest.mark.parametrize(
    "wrong",
    [{"at_most": "0"}, {"at_most": "1"}, {"at_most": "nan"}, {"at_most": "many"}, {"error": "0"},
     {"error": "-1"}, {"rate": ()}, {"least": 0}],
)  # fmt: skip
def test_a_test_that_could_not_tell_is_refused(wrong: dict[str, object]) -> None:
    settings = LogRateSettings(**{"system": "assistant", **wrong})  # type: ignore[arg-type]
    with pytest.raises(Refused):
        LogRate(settings, lambda rate, since: Served(by_version=(), until=None))
