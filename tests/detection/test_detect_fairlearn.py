"""Slow proof: fairlearn, an implementation that is not ours, gives the same numbers of groups."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from people_seen import fairness, window

from tocsin.detection.compared.parity import standings
from tocsin.detection.declared.declaration import Basis, Parity

PROGRAM = Path(__file__).with_name("fairlearn_says.py")
ORACLES = os.environ.get("TOCSIN_ORACLES_PYTHON", "")
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        not ORACLES, reason="TOCSIN_ORACLES_PYTHON names no Python: run `make proof`"
    ),
]


def asked(decided: Sequence[int], truth: Sequence[int], group: Sequence[str]) -> Any:
    """What fairlearn says of these rows."""
    rows = json.dumps({"decided": decided, "truth": truth, "group": group})
    ran = subprocess.run(
        [ORACLES, str(PROGRAM)], input=rows, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("seed", range(3))
def test_shares_ratios_and_differences_are_fairlearns(seed: int) -> None:
    draw = random.Random(seed)
    group = [draw.choice("abc") for _ in range(2000)]
    chance = {name: draw.uniform(0.2, 0.8) for name in "abc"}
    truth = [int(draw.random() < 0.4) for _ in group]
    decided = [int(draw.random() < chance[g]) for g in group]
    said = asked(decided, truth, group)

    counts: dict[tuple[str | None, ...], dict[str, tuple[int, int]]] = {}
    for d, t, g in zip(decided, truth, group, strict=True):
        own = counts.setdefault((g,), {})
        for rate in ("selected", "recall" if t else "false_positive_rate"):
            n, k = own.get(rate, (0, 0))
            own[rate] = n + 1, k + d
    one = [window(0, counts)]
    best = max(said["by_group"], key=lambda name: said["by_group"][name]["selected"])
    impact = standings(fairness(compared_with=best), ("sex",), one)
    assert min(s.effect.value or 0 for s in impact if s.effect) == pytest.approx(
        said["demographic_parity_ratio"], abs=1e-12
    )
    odds = standings(
        fairness(Parity.EQUALISED_ODDS, basis=Basis.POINTS, tolerance=0.1), ("sex",), one
    )
    for standing in (*impact, *odds):
        wanted = said["by_group"][standing.group.removeprefix("sex=")][standing.rate]
        assert standing.share == pytest.approx(wanted, abs=1e-12)
    spans = [
        max(shares) - min(shares)
        for rate in ("recall", "false_positive_rate")
        for shares in [[s.share or 0 for s in odds if s.rate == rate]]
    ]
    assert max(spans) == pytest.approx(said["equalized_odds_difference"], abs=1e-12)
