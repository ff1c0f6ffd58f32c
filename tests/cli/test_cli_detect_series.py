"""Slow proof: what is known to change in the series that river carries is found by the command.

Several people marked where each changes; the reference ends before. Readings of one thing in a row
are not independent, so that no promise of ours holds here: only what is found is looked at.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tocsin.cli.main import main

ORACLES = os.environ.get("TOCSIN_ORACLES_PYTHON", "")
WHERE = "import importlib.util as u; print(*u.find_spec('river').submodule_search_locations)"
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        not ORACLES, reason="NOT PROVEN: TOCSIN_ORACLES_PYTHON names no Python; run `make proof`"
    ),
]


@pytest.fixture(scope="module")
def folder() -> Path:
    ran = subprocess.run([ORACLES, "-c", WHERE], capture_output=True, text=True, check=True)
    return Path(ran.stdout.strip()) / "drift/datasets"


def asked(
    file: Path, known: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    """What is said of a series, the first rows of which are the reference."""
    with file.open(newline="", encoding="utf-8") as text:
        first, *rows = csv.reader(text)
    for name, part in (("reference", rows[:known]), ("log", rows[known:])):
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as written:
            csv.writer(written).writerows([first, *part])
    log, reference = tmp_path / "log.csv", tmp_path / "reference.csv"
    main(["detect", str(log), "--reference", str(reference), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


@pytest.mark.parametrize(
    ("series", "known", "columns"),
    [
        ("occupancy", 140, {"V1", "V2", "V4"}),
        ("brent_crude_oil", 2500, {"DPB"}),
        ("bitcoin", 250, {"price"}),
        ("apple", 500, {"Close", "Volume"}),
    ],
)
def test_a_series_that_people_say_changes_is_found_to_change(
    series: str, known: int, columns: set[str], folder: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    told = asked(folder / f"{series}.csv", known, tmp_path, capsys)
    assert columns <= {one["column"] for one in told["findings"] if one["kind"] == "drift"}


def test_a_series_too_short_for_a_finding_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """80 years of coal mines: everything changed, and twenty rows more are needed to say so."""
    told = asked(folder / "uk_coal_employment.csv", 25, tmp_path, capsys)
    why = {one["detector"]: one["why"] for one in told["not_judged"]}
    assert why["drift-Employment"] == "not enough data: 80 rows, and 100 are needed"
