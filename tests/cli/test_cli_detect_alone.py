"""`tocsin detect` without a reference: what needs none is judged, and what is missing is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from written_logs import columns, written

from tocsin.cli.main import main

DETECTORS = """
system: chat
window: 1h
detectors:
  early: {status: live, rate: fallback, direction: up, tolerance: 10%, basis: relative,
          baseline: {first: 5000}}
  known: {status: live, rate: fallback, direction: up, tolerance: 10%, basis: relative,
          baseline: {requests: 20000, counted: 1000}}
  dated: {status: live, drift: confidence, tolerance: 5%,
          baseline: {since: 2026-10-01T00:00Z, until: 2026-10-04T00:00Z}}
  moving: {status: live, rate: fallback, direction: up, tolerance: 10%, basis: relative,
           baseline: {rolling: 24}}
"""


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object], str]:
    status = main([*words, "--json"])
    told = capsys.readouterr()
    return status, json.loads(told.out), told.err


def test_detectors_with_baselines_of_their_own_need_no_reference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path / "bad.parquet", columns(3, 20_000, changed=0.5, changed_to=0.2,
                                                    shift=1.5))  # fmt: skip
    (tmp_path / "d.yaml").write_text(DETECTORS)
    words = ("detect", log, "--detectors", str(tmp_path / "d.yaml"))
    status, answer, _ = asked(capsys, *words)
    findings = answer["findings"]
    assert isinstance(findings, list) and status == 1
    assert {"early", "known", "dated"} <= {one["detector"] for one in findings}
    assert all(len(one["profiles"]) == 1 for one in findings)  # of the log: there is no other
    assert answer["reference"] is None and answer["not_judged"] == []
    main(list(words))
    assert "compared with no reference" in capsys.readouterr().out
    profiles = str(tmp_path / "profiles")
    assert main(["profile", log, "--to", profiles]) == 0
    capsys.readouterr()
    words = ("detect", "--profiles", profiles, "--detectors", str(tmp_path / "d.yaml"))
    status, again, _ = asked(capsys, *words)
    assert {one["detector"] for one in again["findings"]} >= {"early", "known", "dated"}  # type: ignore[union-attr,attr-defined]


def test_without_anything_declared_fairness_and_calibration_are_judged_and_the_rest_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw, rows = np.random.default_rng(4), 20_000
    sex = draw.choice(["f", "m"], rows)
    score = draw.random(rows)
    found = columns(5, rows) | {
        "sex": sex,
        "predicted_probability": score,
        "prediction": (score > np.where(sex == "f", 0.7, 0.4)).astype(int),
        "label": (draw.random(rows) < score).astype(int),
    }
    status, answer, _ = asked(capsys, "detect", written(tmp_path / "log.parquet", found))
    findings, detectors = answer["findings"], answer["detectors"]
    assert isinstance(findings, list) and isinstance(detectors, list) and status == 1
    assert "disparate-impact" in {one["detector"] for one in findings}
    assert {one["kind"] for one in detectors} == {"fairness", "calibration"}
    remarks = answer["remarks"]
    assert isinstance(remarks, list) and "--reference REF" in remarks[0]
    assert "only fairness and calibration" in remarks[0] and "accuracy" in remarks[0]
