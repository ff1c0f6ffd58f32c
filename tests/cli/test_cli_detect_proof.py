"""Slow proof on the census' employment log: its order alarms, chance alone does not.

Reference 2015, analysed 2016 to 2018. Shuffled within each year nothing changes but the order. What
is told of accuracy and of people is what a plain count of the joined rows says.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.cli.main import main

DATA = os.environ.get("TOCSIN_REAL_DATA", "")
FOLDER = Path(DATA) / "nannyml/datasets/data"
REFERENCE, LOG = FOLDER / "employment_MA_reference.pq", FOLDER / "employment_MA_analysis.pq"
LABELS = FOLDER / "employment_MA_analysis_target.pq"
ACCURACY = {2016: 0.8253, 2017: 0.8292, 2018: 0.8282}
NEVER_WRONG = """\
system: employment
window: 100000
drift_window: 100000
detectors:
  right: {rate: accuracy, direction: down, tolerance: 1%, basis: points,
          baseline: {requests: 1000000, counted: 1000000}}
"""
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        not DATA, reason="NOT PROVEN: TOCSIN_REAL_DATA names no folder; run `make proof`"
    ),
]
Counts = dict[str, tuple[int, int]]


def answer(log: Path, capsys: pytest.CaptureFixture[str], *more: object) -> dict[str, Any]:
    main(["detect", str(log), "--reference", str(REFERENCE), *map(str, more), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def found(log: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    findings: list[dict[str, object]] = answer(log, capsys)["findings"]
    return findings


def test_the_log_in_the_order_of_its_file_has_drifted(capsys: pytest.CaptureFixture[str]) -> None:
    drifts = {one["detector"] for one in found(LOG, capsys) if one["kind"] == "drift"}
    assert {"drift-RELP", "drift-AGEP"} <= drifts


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 20151])
def test_shuffled_within_its_years_it_raises_nothing(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pq.read_table(LOG)
    years, draw = table["year"].to_numpy(), np.random.default_rng(seed)
    order = [draw.permutation(np.flatnonzero(years == year)) for year in np.unique(years)]
    pq.write_table(table.take(np.concatenate(order)), tmp_path / "shuffled.parquet")
    assert found(tmp_path / "shuffled.parquet", capsys) == []


@pytest.fixture(scope="module")
def joined() -> pa.Table:
    """The log, each row with its label."""
    return pq.read_table(LOG).join(pq.read_table(LABELS), "id")


@pytest.mark.parametrize("year", ACCURACY)
def test_with_labels_that_lie_apart_the_accuracy_of_a_year_is_that_which_is_known(
    year: int, joined: pa.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compared with a model that is never wrong, so that its accuracy is told whatever it is.

    Source: the accuracies that nannyml tells of its own example, counted anew here.
    """
    own = joined.filter(pa.compute.equal(joined["year"], year))
    pq.write_table(own.drop_columns(["employed"]), tmp_path / "log.parquet")
    (tmp_path / "detectors.yaml").write_text(NEVER_WRONG)
    more = ("--labels", LABELS, "--detectors", tmp_path / "detectors.yaml")
    [one] = answer(tmp_path / "log.parquet", capsys, *more)["findings"]
    right = int(np.sum(own["prediction"].to_numpy() == own["employed"].to_numpy()))
    assert (one["column"], one["rows"], one["counted"]) == ("accuracy", len(own), right)
    assert one["observed"] == pytest.approx(ACCURACY[year], abs=5e-5)
    assert one["low"] < ACCURACY[year] < one["high"]


def counts(joined: pa.Table) -> dict[str, Counts]:
    """Of each group by SEX, by RAC1P and by both: how many people, and how many favourably."""
    names = ("SEX", "RAC1P", "prediction", "employed")
    sex, race, decided, true = (joined[name].to_numpy().astype(int) for name in names)
    groups = {f"SEX={s}": sex == s for s in np.unique(sex)}
    groups |= {f"RAC1P={r}": race == r for r in np.unique(race)}
    groups |= {
        f"SEX={s}, RAC1P={r}": (sex == s) & (race == r)
        for s in np.unique(sex) for r in np.unique(race)
    }  # fmt: skip
    among = {"selected": true >= 0, "recall": true == 1, "false_positive_rate": true == 0}
    return {
        group: {
            rate: (int(np.sum(of & own)), int(np.sum(of & own & (decided == 1))))
            for rate, of in among.items()
        }
        for group, own in groups.items()
    }


def test_shares_of_people_by_sex_and_race_are_what_a_plain_count_says(
    joined: pa.Table, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answer(LOG, capsys, "--labels", LABELS)["people"]
    known, seen = counts(joined), set[tuple[str, str]]()
    for one in told:
        if one["rate"] not in ("selected", "recall", "false_positive_rate"):
            continue
        people, favoured = known[one["group"]][one["rate"]]
        seen.add((one["group"], one["rate"]))
        assert one["people"] == people and one["enough"] == (people >= 100), one
        share = one.get("share")
        assert share == (favoured / people if people >= 100 else None), one
    wanted = {(g, rate) for g, rates in known.items() for rate in rates if rates["selected"][0]}
    assert seen == wanted
