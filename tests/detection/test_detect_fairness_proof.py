"""Slow proof: groups at the border of what is tolerated keep the run length; beyond it is found."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from test_detect_fairness import LATE, YAML, Shares, days, declared

from tocsin.detection import State, scan

STREAMS, WINDOWS = 100, 200
pytestmark = pytest.mark.proof


@pytest.mark.parametrize("people", [20, 200])
def test_groups_at_the_border_keep_the_run_length(people: int) -> None:
    """20,000 windows at a run length of 200: at most 100 alarms on average; far fewer in truth."""
    text = YAML.replace("[sex]", "[sex, race]").replace("10000", "200")
    found = 0
    for seed in range(STREAMS):
        draw = np.random.default_rng(90_000 + seed)
        shares: list[Shares] = []
        for share in draw.uniform(0.3, 0.9, WINDOWS):  # what is usual changes from day to day
            low = 0.8 * share
            shares.append({("m", "a"): share, ("f", "a"): low, ("m", "b"): low, ("f", "b"): low})
        found += len(scan(declared(text), days(seed, shares, people), State(), LATE)[0])
    assert found <= 100


@pytest.mark.parametrize(
    ("people", "ratio", "windows"), [(20, 0.6, 40), (100, 0.6, 12), (1000, 0.7, 8), (1000, 0.4, 1)]
)
def test_a_group_that_is_worse_off_is_found_soon(people: int, ratio: float, windows: int) -> None:
    late = []
    for seed in range(30):
        seen = days(seed, [{("m", "a"): 0.5, ("f", "a"): 0.5 * ratio}] * 150, people)
        found = scan(declared(), seen, State(), LATE)[0]
        late.append((found[0].seen_until - seen[0].at).days if found else float("inf"))
    assert statistics.median(late) <= windows
