"""Each number of a finding is that of all rows from its beginning to its end, counted by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats
from written_logs import written

from tocsin.cli.main import main

START = datetime(2026, 10, 1, tzinfo=UTC)
Log = Mapping[str, np.ndarray]
Found = Mapping[str, object]


def answered(
    folder: Path, log: Log, reference: Log, capsys: pytest.CaptureFixture[str], *more: str
) -> list[Found]:
    places = [
        written(folder / f"{name}.parquet", one)
        for name, one in (("log", log), ("reference", reference))
    ]
    main(["detect", places[0], "--reference", places[1], *more, "--json"])
    return json.loads(capsys.readouterr().out)["findings"]  # type: ignore[no-any-return]


def instants(rows: int, days: float, after: float = 0.0) -> np.ndarray:
    at = [START + timedelta(days=after + days * i / rows) for i in range(rows)]
    return np.array([one.replace(tzinfo=None) for one in at], "datetime64[us]")


def within(found: Found, at: np.ndarray) -> np.ndarray:
    since, until = (np.datetime64(str(found[name] or "2100-01-01").rstrip("Z"))
                    for name in ("since", "until"))  # fmt: skip
    return (at >= since) & (at < until)


def test_a_drift_is_told_with_the_distance_of_everything_since(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = np.random.default_rng(1)
    before = {"at": instants(40_000, 10), "x": draw.normal(size=40_000)}
    x = draw.normal(size=40_000)
    x[20_000:] += np.linspace(0.3, 0.9, 20_000)  # it goes on growing after the alarm
    log = {"at": instants(40_000, 10, 10), "x": x}
    [found] = answered(tmp_path, log, before, capsys)
    rows = within(found, log["at"])
    assert found["rows"] == rows.sum()
    exact = stats.ks_2samp(before["x"], x[rows]).statistic
    assert abs(float(str(found["effect"])) - exact) < 0.02
    assert float(str(found["low"])) <= exact <= float(str(found["high"]))


def test_a_drift_that_is_over_counts_up_to_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = np.random.default_rng(2)
    before = {"at": instants(40_000, 10), "x": draw.normal(size=40_000)}
    x = draw.normal(size=40_000)
    x[10_000:25_000] += 0.5
    log = {"at": instants(40_000, 10, 10), "x": x}
    [found] = answered(tmp_path, log, before, capsys)
    assert found["until"] is not None and found["rows"] == within(found, log["at"]).sum()


def test_groups_of_about_one_size_are_counted_to_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which of two is the larger changes meanwhile, and with it the group compared with."""
    draw, rows = np.random.default_rng(3), 20_000

    def log(women: float, after: float) -> Log:
        sex = draw.choice(["f", "m"], rows)
        sex[: rows // 4 : 9], sex[rows // 4 : rows // 2 : 7] = "f", "m"
        share = np.where(sex == "f", women, 0.5)
        return {"at": instants(rows, 10, after), "sex": sex,
                "prediction": (draw.random(rows) < share).astype(int)}  # fmt: skip

    shown = log(0.3, 10)
    found = [f for f in answered(tmp_path, shown, log(0.5, 0), capsys) if f["kind"] == "unfair"]
    assert len({one["compared_with"] for one in found}) == 2  # or this shows nothing
    for one in found:
        since = within(one, shown["at"])
        own, other = (since & (shown["sex"] == str(one[name]).removeprefix("sex="))
                      for name in ("group", "compared_with"))  # fmt: skip
        share, beside = shown["prediction"][own].mean(), shown["prediction"][other].mean()
        assert one["rows"] == own.sum()
        assert one["observed"] == pytest.approx(share, abs=1e-6)
        assert one["baseline"] == pytest.approx(beside, abs=1e-6)
        assert one["counted"] == shown["prediction"][own].sum()
        border = beside / 0.8 if share > beside else beside * 0.8
        assert one["tolerated"] == pytest.approx(min(border, 1.0), abs=1e-6)


def test_a_share_that_fell_is_told_with_how_many_were_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw, rows = np.random.default_rng(4), 20_000
    before = {"at": instants(rows, 10), "prediction": (draw.random(rows) < 0.5).astype(int)}
    log = {"at": instants(rows, 10, 10), "prediction": (draw.random(rows) < 0.3).astype(int)}
    [found] = [f for f in answered(tmp_path, log, before, capsys) if f["kind"] == "rate"]
    counted = log["prediction"][within(found, log["at"])].sum()
    assert found["counted"] == counted
    assert f"{counted:,} of {found['rows']:,})" in str(found["sentence"])


def test_a_share_of_a_value_that_rose_is_that_of_all_windows_since(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw, rows = np.random.default_rng(5), 40_000
    before = {"at": instants(rows, 10), "answer": draw.choice(["a", "b", "c"], rows)}
    late = np.arange(rows) >= rows // 2
    answer = np.where(late & (draw.random(rows) < np.linspace(0, 0.6, rows)), "a",
                      draw.choice(["a", "b", "c"], rows))  # fmt: skip
    log = {"at": instants(rows, 10, 10), "answer": answer}
    declared = tmp_path / "detectors.yaml"
    declared.write_text(
        "system: s\nwindow: 6h\ndrift_window: 6h\nlog: {at: at, categories: [answer]}\n"
        "detectors:\n  rise: {drift: answer, measure: rise, tolerance: 0.03, baseline: reference}\n"
    )
    [found] = answered(tmp_path, log, before, capsys, "--detectors", str(declared))
    since = within(found, log["at"])
    assert found["rows"] == since.sum()
    assert found["observed"] == pytest.approx((answer[since] == "a").mean(), abs=1e-6)


def judged_twice(folder: Path) -> tuple[str, Log]:
    """Women are favoured less whatever the truth is; a log that is its own reference."""
    draw, rows = np.random.default_rng(6), 8000
    sex = draw.choice(["f", "m"], rows, p=[0.4, 0.6])
    log = {"sex": sex, "label": draw.integers(0, 2, rows), "noise": draw.normal(size=rows)}
    share = np.where(sex == "f", np.where(log["label"] == 1, 0.2, 0.1), 0.6)
    log["prediction"] = (draw.random(rows) < share).astype(int)
    return written(folder / "own.parquet", log), log


def test_the_way_to_a_finding_is_that_of_its_own_rate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = judged_twice(tmp_path)
    assert main(["detect", place, "--reference", place, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    odds = [one for one in found if one["detector"] == "equalised-odds"]
    assert {one["rate"] for one in odds} == {"recall", "false_positive_rate"}
    for one in odds:
        assert one["rate"] in one["course"]["slice"]
        assert sum(w["rows"] for w in one["course"]["windows"]) >= one["rows"]
        assert one["course"]["needed"] <= one["evidence"] + 0.01  # by all who could judge
        assert (one["column"], one["segment"]) == ("sex", one["group"])


def test_who_fares_too_badly_over_the_whole_log_is_told_though_no_alarm_is_raised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = 6000
    sex = np.array(["f", "m"] * (rows // 2))
    spread = np.arange(rows) // 2 * 0.618 % 1  # evenly over all windows
    chosen = (spread < np.where(sex == "f", 0.36, 0.5)).astype(int)
    place = written(tmp_path / "own.parquet", {"sex": sex, "prediction": chosen})
    words = ["detect", place, "--reference", place]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "beyond what is tolerated over the whole log" in told and "beside sex=" in told
    main([*words, "--json"])
    people = json.loads(capsys.readouterr().out)["people"]
    assert [one["outside"] for one in people] == [False, True]


def test_what_is_unfair_all_along_is_found_at_large_though_no_window_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw, rows = np.random.default_rng(7), 4000
    sex = draw.choice(["f", "m"], rows)
    chosen = (draw.random(rows) < np.where(sex == "f", 0.31, 0.5)).astype(int)
    place = written(tmp_path / "own.parquet", {"sex": sex, "prediction": chosen})
    assert main(["detect", place, "--reference", place, "--json"]) == 1
    [found] = json.loads(capsys.readouterr().out)["findings"]
    assert found["detector"] == "disparate-impact-at-large" and found["worse_off"] == "sex=f"
    own = found["group"].removeprefix("sex=")
    other = "f" if own == "m" else "m"
    ratio = chosen[sex == own].mean() / chosen[sex == other].mean()
    assert found["effect"] == pytest.approx(ratio, abs=1e-5)
    assert found["rows"] == int((sex == own).sum())
    assert "judged once, as one window" in found["promise"]
    assert "Not counted: disparate-impact-at-large" in found["promise"]


@pytest.mark.parametrize("year", ["0001", "9999", "12026"])
def test_a_clock_that_is_far_off_is_told_and_hides_nothing(
    tmp_path: Path, year: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{START + timedelta(minutes=i)},{i % 7}" for i in range(2000)]
    for name in ("reference", "log"):
        rows[100] = rows[100] if name == "reference" else f"{year}-12-31 23:59:59+00:00,3"
        (tmp_path / f"{name}.csv").write_text("at,x\n" + "\n".join(rows) + "\n")
    words = ["detect", f"{tmp_path}/log.csv", "--reference", f"{tmp_path}/reference.csv", "--json"]
    assert main(words) in (0, 1)
    answer = json.loads(capsys.readouterr().out)
    assert answer["rows"] >= 1999 and "row 101" in " ".join(answer["remarks"])


def test_no_name_breaks_a_picture_or_hides_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw, rows = np.random.default_rng(8), 6000
    sex = draw.choice(["\x1b[2Jf", "\u202e\x1bm<b>"], rows)
    share = np.where(sex == "\x1b[2Jf", 0.1, 0.6)
    log = {"sex": sex, "prediction": (draw.random(rows) < share).astype(int)}
    place = written(tmp_path / "own.parquet", log)
    assert main(["detect", place, "--reference", place, "--json"]) == 1
    answer, svg = tmp_path / "found.json", tmp_path / "found.svg"
    answer.write_text(capsys.readouterr().out)
    main(["detect", "explain", "disparate-impact", "--from", str(answer), "--svg", str(svg)])
    drawn = svg.read_text()
    ElementTree.fromstring(drawn)
    assert (
        not {"\x1b", "\u202e"} & set(drawn)
        and "<b>" not in drawn
        and "\\u202e\\x1bm&lt;b&gt;" in drawn
    )


def test_where_evidence_cannot_be_kept_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw, rows = np.random.default_rng(9), 6000
    sex = draw.choice(["f", "m"], rows)
    log = {"sex": sex, "prediction": (draw.random(rows) < np.where(sex == "f", 0.1, 0.6))}
    place = written(tmp_path / "own.parquet", log)
    (tmp_path / "to").mkdir()
    (tmp_path / "to/evidence").write_text("in the way")
    assert main(["detect", place, "--reference", place, "--to", f"{tmp_path}/to"]) == 3
    assert "cannot keep" in capsys.readouterr().err
