"""`--labels`: the truth lies in another file, and detect and profile find it there."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tocsin.cli.main import main

MAPPING = """\
log: {at: rows, decided: hired == 1, truth: fit == 1, groups: [sex], numbers: [], categories: []}
window: 2000
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the fit, women are hired half as often as men; only the labels can tell."""
    made = tmp_path_factory.mktemp("labels")
    rows = (
        "SELECT i AS id, CASE WHEN i % 5 < 2 THEN 'f' ELSE 'm' END AS sex, "
        "(i // 5 % 2 = 0)::INT AS fit, "
        "CASE WHEN i // 5 % 2 = 0 THEN (CASE WHEN i % 5 < 2 THEN i // 10 % 2 ELSE 1 END) "
        "ELSE (CASE WHEN i % 5 < 2 THEN i // 10 % 2 ELSE 0 END) END AS hired FROM range(20000) t(i)"
    )
    duckdb.execute(f"COPY (SELECT id, sex, hired FROM ({rows})) TO '{made}/log.parquet'")
    duckdb.execute(f"COPY (SELECT id, fit FROM ({rows}) WHERE id < 19000) TO '{made}/truth.csv'")
    duckdb.execute(
        f"COPY (SELECT id, sex, fit AS hired, fit FROM ({rows})) TO '{made}/before.parquet'"
    )
    (made / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return made


def asked(folder: Path, *more: str) -> list[str]:
    return ["detect", f"{folder}/log.parquet", "--reference", f"{folder}/before.parquet",
            "--mapping", f"{folder}/mapping.yaml", *more, "--json"]  # fmt: skip


def test_what_only_the_labels_can_tell_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(asked(folder, "--labels", f"{folder}/truth.csv", "--labels-key", "id")) == 1
    answer = json.loads(capsys.readouterr().out)
    odds = {(f["rate"], f["group"]): f for f in answer["findings"] if f["kind"] == "unfair"}
    missed = odds["recall", "sex=f"]
    assert (missed["observed"], missed["compared_with"]) == (0.5, "sex=m")
    assert missed["baseline"] == 1.0
    waits = [
        one for one in answer["not_judged"] if "1000 of 20000 rows have none yet" in one["why"]
    ]
    assert "equalised-odds" in {one["detector"] for one in waits}
    # the one column that both have is taken where none is named
    assert main(asked(folder, "--labels", f"{folder}/truth.csv")) == 1
    again = json.loads(capsys.readouterr().out)["findings"]
    assert [f["observed"] for f in again] == [f["observed"] for f in answer["findings"]]


def test_without_labels_the_same_log_says_that_it_cannot_judge(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(asked(folder))
    answer = json.loads(capsys.readouterr().out)
    assert "recall" not in {f["rate"] for f in answer["findings"]}
    assert "equalised-odds" in {one["detector"] for one in answer["not_judged"]}


def test_profile_keeps_what_the_labels_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["profile", f"{folder}/log.parquet", "--to", f"{tmp_path}/kept", "--mapping",
             f"{folder}/mapping.yaml", "--labels", f"{folder}/truth.csv", "--json"]  # fmt: skip
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["mapping"]["labels"]["key"] == "id" and answer["rows"] == 20_000
    words = ["detect", "--profiles", f"{tmp_path}/kept", "--reference", f"{folder}/before.parquet"]
    assert main([*words, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert ("recall", "sex=f") in {(f["rate"], f["group"]) for f in found}


def test_a_history_is_calibrated_by_the_labels_that_came_later(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["detect", "calibrate", f"{folder}/log.parquet", "--mapping",
             f"{folder}/mapping.yaml", "--labels", f"{folder}/truth.csv", "--json"]  # fmt: skip
    assert main(words) == 1
    answer = json.loads(capsys.readouterr().out)
    [odds] = [one for one in answer["detectors"] if one["id"] == "equalised-odds"]
    assert odds["alarms"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--labels-key", "id"], "say with --labels where they lie"),
        (["--labels", "{}/truth.csv", "--labels-key", "ID"], "the log has no such column"),
        (["--labels", "{}/before.parquet"], "both have: id, sex, hired"),
        (["--labels", "{}/nowhere"], "there is no file of a log"),
    ],
)
def test_labels_that_are_not_clear_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    assert main(asked(folder, *(word.format(folder) for word in more))) == 2
    assert said in capsys.readouterr().err
