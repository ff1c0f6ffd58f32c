"""Slow proof on the census' employment log: its order alarms, chance alone does not.

Reference 2015, analysed 2016 to 2018. Shuffled within each year nothing changes but the order.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tocsin.cli.main import main

DATA = os.environ.get("TOCSIN_REAL_DATA", "")
FOLDER = Path(DATA) / "nannyml/datasets/data"
REFERENCE, LOG = FOLDER / "employment_MA_reference.pq", FOLDER / "employment_MA_analysis.pq"
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not DATA, reason="TOCSIN_REAL_DATA names no folder: run `make proof`"),
]


def found(log: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    main(["detect", str(log), "--reference", str(REFERENCE), "--json"])
    findings: list[dict[str, object]] = json.loads(capsys.readouterr().out)["findings"]
    return findings


def test_the_log_in_the_order_of_its_file_has_drifted(capsys: pytest.CaptureFixture[str]) -> None:
    drifts = {one["detector"] for one in found(LOG, capsys) if one["kind"] == "drift"}
    assert {"drift-RELP", "drift-AGEP"} <= drifts


@pytest.mark.parametrize("seed", [1, 2, 20151])
def test_shuffled_within_its_years_it_raises_nothing(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pq.read_table(LOG)
    years, draw = table["year"].to_numpy(), np.random.default_rng(seed)
    order = [draw.permutation(np.flatnonzero(years == year)) for year in np.unique(years)]
    pq.write_table(table.take(np.concatenate(order)), tmp_path / "shuffled.parquet")
    assert found(tmp_path / "shuffled.parquet", capsys) == []
