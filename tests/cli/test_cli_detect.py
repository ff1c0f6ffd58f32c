"""`tocsin detect`: a log and a reference are enough, and every answer can be relied on."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from written_logs import columns, written

from tocsin.cli.main import main

WANTED = {
    "detector", "kind", "column", "segment", "version", "group", "measure", "effect", "low",
    "high", "baseline", "observed", "tolerated", "since", "since_region", "until", "rows",
    "counted", "evidence", "confidence", "promise", "profiles", "sentence", "for_the_file",
    "failure_mode", "status", "level", "level_because",
}  # fmt: skip


class Asked:
    """What one command answered: its status, its document, and what it said beside."""

    def __init__(self, words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
        self.status = main([*words, "--json"])
        told = capsys.readouterr()
        self.said = told.err
        self.answer = json.loads(told.out)

    @property
    def found(self) -> dict[str, dict[str, object]]:
        return {one["detector"]: one for one in self.answer["findings"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("logs")
    written(made / "reference.parquet", columns(1, 20_000))
    written(made / "healthy.parquet", columns(2, 20_000))
    bad = columns(3, 20_000, changed=0.5, changed_to=0.10, shift=0.5)
    written(made / "bad.parquet", bad)
    written(made / "rows.parquet", {n: v for n, v in bad.items() if n != "at"})
    return made


def test_a_healthy_log_is_told_healthy_and_names_what_judged_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["detect", f"{folder}/healthy.parquet", "--reference", f"{folder}/reference.parquet"]
    asked = Asked(words, capsys)
    assert (asked.status, asked.answer["findings"], asked.answer["groups"]) == (0, [], [])
    watched = {one["id"] for one in asked.answer["detectors"]}
    assert {"fallback", "drift-confidence", "drift-intent", "missing-intent", "unseen-intent",
            "p95-latency_ms"} <= watched  # fmt: skip
    assert asked.answer["rows"] == 20_000 and asked.answer["windows"] >= 4
    assert main(words) == 0
    assert capsys.readouterr().out.startswith("nothing was found: ")


def test_the_same_log_as_its_own_reference_raises_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = f"{folder}/bad.parquet"
    asked = Asked(["detect", place, "--reference", place], capsys)
    assert asked.status == 0 and "are the same bytes" in asked.answer["remarks"][0]
    assert "fallback" in {one["detector"] for one in asked.answer["not_judged"]}


def test_what_failed_is_told_with_everything_that_a_file_needs(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    words = ["detect", f"{folder}/bad.parquet", "--reference", f"{folder}/reference.parquet"]
    asked = Asked([*words, "--to", str(kept)], capsys)
    assert asked.status == 1
    assert all(one.keys() >= WANTED for one in asked.answer["findings"])
    fallback, drift = asked.found["fallback"], asked.found["drift-confidence"]
    assert fallback["version"] == "2" and fallback["failure_mode"] == "degradation"
    assert 0.03 < fallback["effect"] < 0.07 and fallback["low"] < fallback["observed"]
    assert str(fallback["since"]).startswith("2026-10-06T") and fallback["until"] is None
    assert fallback["evidence"] > 4 and fallback["confidence"] == 0.95
    assert "false alarm" in str(fallback["promise"])
    assert fallback["level"] == "page"
    assert str(fallback["level_because"]).startswith("serious harm, strong evidence (10^")
    assert 0.1 < drift["effect"] < 0.3 and drift["failure_mode"] == "drift"
    for one in asked.answer["findings"]:
        for digest in one["profiles"]:
            data = (kept / "evidence" / f"{digest}.parquet").read_bytes()
            assert sha256(data).hexdigest() == digest and digest in one["for_the_file"]
    first = asked.answer["groups"][0]
    assert (first["version"], first["failure_mode"]) == ("2", "degradation")
    assert main(words) == 1
    told = capsys.readouterr().out.splitlines()
    assert "fallback rose from" in told[0] and "version 2" in told[0] and " to 1" in told[0]
    assert any(line.strip().startswith("tocsin detect explain fallback") for line in told)
    assert any(line.startswith("fallback: serious harm, strong evidence") for line in told)
    heads = [line.split() for line in told if line.strip().startswith("WHAT")]
    assert heads and all(line[-1] == "LEVEL" for line in heads)


def test_a_table_says_only_what_its_heading_does_not(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["detect", f"{folder}/bad.parquet", "--reference", f"{folder}/reference.parquet"])
    lines = capsys.readouterr().out.splitlines()
    heads = [i for i, line in enumerate(lines) if line.endswith(", all requests:")]
    assert heads and all("WHERE" not in lines[i + 1] for i in heads)


def test_a_log_that_tells_no_time_speaks_of_rows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["detect", f"{folder}/rows.parquet", "--reference", f"{folder}/reference.parquet"]
    asked = Asked(words, capsys)
    since = asked.found["fallback"]["since"]
    assert since == 10_001 and asked.answer["window"]["unit"] == "rows"
    main(words)
    told = capsys.readouterr().out
    assert "since row 10,001" in told and "1970" not in told
    for one in asked.answer["findings"]:
        assert " rows" in one["promise"] and " s " not in one["promise"] + one["for_the_file"]
    assert Asked([*words, "--window", "2500"], capsys).answer["windows"] == 8
    bad = Asked([*words, "--window", "1h"], capsys)
    assert bad.status == 2 and "give a number of rows" in bad.answer["error"]


def test_one_window_alone_is_enough_to_alarm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = written(tmp_path / "r.parquet", columns(1, 20_000, timed=False))
    log = written(tmp_path / "l.parquet", columns(2, 2000, timed=False, fallback=0.2))
    asked = Asked(["detect", log, "--reference", reference, "--window", "5000"], capsys)
    assert asked.answer["windows"] == 1 and asked.found["fallback"]["since"] == 1


def test_a_log_too_short_for_a_finding_is_not_told_healthy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = written(tmp_path / "r.parquet", columns(1, 20_000, timed=False))
    log = written(tmp_path / "l.parquet", columns(2, 80, timed=False, fallback=0.9))
    asked = Asked(["detect", log, "--reference", reference], capsys)
    why = {one["detector"]: one["why"] for one in asked.answer["not_judged"]}
    assert {one["id"] for one in asked.answer["detectors"]} == set(why)
    assert why["fallback"] == why["drift-confidence"]
    assert why["fallback"] == "not enough data: 80 rows, and 100 are needed"


def test_a_column_that_is_gone_is_told_by_name_and_stops_nothing_else(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    less = columns(3, 20_000, changed=0.5, changed_to=0.10)
    less["confidnce"] = less.pop("confidence")
    log = written(tmp_path / "less.parquet", less)
    declared = tmp_path / "detectors.yaml"
    declared.write_text(
        "system: chat\nwindow: 6h\ndrift_window: 6h\ndetectors:\n"
        "  d: {drift: confidence, tolerance: 2%, baseline: reference}\n"
        "  f: {rate: fallback, direction: up, tolerance: 10%, basis: relative,\n"
        "      baseline: reference, slices: [version]}\n"
        "  s: {no-data: 5m}\n"
    )
    words = ["detect", log, "--reference", f"{folder}/reference.parquet"]
    asked = Asked([*words, "--detectors", str(declared)], capsys)
    assert set(asked.found) == {"f"} and asked.found["f"]["status"] == "shadow"
    assert 'no column confidence; did you mean "confidnce"?' in str(asked.answer["remarks"])
    assert {one["detector"] for one in asked.answer["not_judged"]} == {"d", "s"}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["detect"], "and what it is compared with"),
        (["detect", "REF"], "without a reference nothing of"),
        (["detect", "REF", "--detectors", "NEEDS"], "needs: `baseline: reference`, and no"),
        (["detect", "nowhere", "--reference", "REF"], "nowhere"),
        (["detect", "REF", "--reference", "REF", "--detectors", "BAD"], "bad.yaml:3: mistake"),
        (["detect", "REF", "--reference", "REF", "--detectors", "BAD"], "bad.yaml:4: mistake"),
        (["detect", "REF", "--reference", "REF", "--mapping", "BAD"], "an unknown field"),
        (["detect", "REF", "--reference", "REF", "--detectors", "GONE"], "No such file"),
        (["detect", "REF", "--reference", "REF", "--window", "5000"], "give a duration"),
    ],
)
def test_what_is_wrong_is_told_and_ends_with_2(
    words: list[str], wanted: str, folder: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    bad = tmp_path / "bad.yaml"
    bad.write_text("system: chat\ndetectors:\n  a: {rate: fall}\n  b: {drift: x, measur: ks}\n")
    needs = tmp_path / "needs.yaml"
    needs.write_text(
        "system: chat\ndetectors:\n"
        "  needs: {drift: confidence, tolerance: 2%, baseline: reference}\n"
        "  not: {drift: confidence, tolerance: 2%, baseline: {first: 2000}}\n"
    )
    places = {"REF": f"{folder}/reference.parquet", "BAD": str(bad), "GONE": str(tmp_path / "g"),
              "NEEDS": str(needs)}  # fmt: skip
    asked = Asked([places.get(word, word) for word in words], capsys)
    assert asked.status == 2 and wanted in asked.answer["error"]


@pytest.fixture(scope="module")
def answer(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An answer that was kept."""
    with pytest.MonkeyPatch.context() as patch:
        out = io.StringIO()
        patch.setattr("sys.stdout", out)
        main(["detect", f"{folder}/bad.parquet", "--reference", f"{folder}/reference.parquet",
              "--json"])  # fmt: skip
    kept = tmp_path_factory.mktemp("kept") / "found.json"
    kept.write_text(out.getvalue())
    return kept


def test_how_a_finding_came_about_is_told_window_by_window(
    answer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["detect", "explain", "fallback", "--from", str(answer)]) == 0
    told = capsys.readouterr().out
    for wanted in (
        "fallback rose from", "compared with   the baseline: ", "10 % of the baseline above it",
        "worst window    ", "its level       ", "it began", "ALARM",
        "why not earlier: an alarm takes", "what it promises: While",
        "what it does not say: ", "It is no chance of being wrong", "SHA-256",
    ):  # fmt: skip
        assert wanted in told, f"{wanted}\n{told}"
    lines = told.splitlines()
    assert max(map(len, lines)) <= 110, "prose is set in lines, not left to the terminal"
    raised = next(line for line in lines if line.endswith("ALARM"))
    one = json.loads(answer.read_text())["findings"]
    course = next(f["course"] for f in one if f["detector"] == "fallback")
    [alarm] = [w for w in course["windows"] if w["raised"]]
    assert alarm["held"] > course["needed"] and f"{alarm['held']:,.2f}" in raised
    before = course["windows"][course["windows"].index(alarm) - 1]
    assert before["held"] < course["needed"]


def test_every_finding_is_drawn_as_a_picture_that_stands_alone(
    answer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, one in enumerate(json.loads(answer.read_text())["findings"]):
        svg = tmp_path / f"{number}.svg"
        words = ["detect", "explain", one["finding"], "--from", str(answer), "--svg", str(svg)]
        assert main(words) == 0, capsys.readouterr().err
        root = ElementTree.fromstring(svg.read_text())
        kinds = {element.get("class") for element in root.iter()}
        assert {"curve", "tolerated", "change", "raised"} <= kinds
        style = root.find("{http://www.w3.org/2000/svg}style")
        assert style is not None and "prefers-color-scheme:dark" in str(style.text)
        assert main(words) == 2  # nothing is written over


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["fallbac", "--from", "KEPT"], "no finding is called 'fallbac'"),
        (["fallback", "--from", "NONE"], "No such file"),
        (["fallback", "--from", "BAD"], "no answer of `tocsin detect --json`"),
        (["fallback"], "is no home of a record"),
    ],
)
def test_what_cannot_be_explained_is_told(
    words: list[str], wanted: str, answer: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    bad = tmp_path / "bad.json"
    bad.write_text('{"findings": [{"finding": 1}]}')
    places = {"KEPT": str(answer), "BAD": str(bad), "NONE": str(tmp_path / "none")}
    said = [places.get(word, word) for word in words]
    asked = Asked(["detect", "explain", *said, "--home", str(tmp_path / "home")], capsys)
    assert asked.status == 2 and wanted in asked.answer["error"]


def test_profiles_that_were_made_before_give_the_same_findings(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {}
    for name in ("bad", "reference"):
        places[name] = str(tmp_path / name)
        words = ["profile", f"{folder}/{name}.parquet", "--to", places[name], "--window", "12h"]
        assert main(words) == 0
    capsys.readouterr()
    alone = ["detect", "--profiles", places["bad"], "--reference", places["reference"]]
    raw = ["detect", f"{folder}/bad.parquet", "--reference", f"{folder}/reference.parquet"]
    by_profiles, by_logs = Asked(alone, capsys), Asked([*raw, "--window", "12h"], capsys)
    mixed = Asked([*raw[:2], "--reference", places["reference"]], capsys)
    plain = Asked(["detect", places["bad"], *alone[3:]], capsys)
    assert by_profiles.status == by_logs.status == mixed.status == 1
    assert set(by_profiles.found) == set(by_logs.found) == set(mixed.found)
    assert plain.answer["findings"] == by_profiles.answer["findings"]
    for name, one in by_logs.found.items():
        for other in (by_profiles.found[name], mixed.found[name]):
            assert abs(float(str(other["effect"])) - float(str(one["effect"]))) < 0.01
            assert other["since"] == one["since"]
    refused = Asked([*alone, "--window", "1h"], capsys)
    assert refused.status == 2 and "profiles were made" in refused.answer["error"]
    nothing = Asked(["detect", "--profiles", str(tmp_path), *alone[3:]], capsys)
    assert nothing.status == 2 and "no profiles there" in nothing.answer["error"]


def test_a_healthy_history_is_calibrated_on_what_it_did_not_see(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["detect", "calibrate", f"{folder}/healthy.parquet", "--window", "6h"]
    asked = Asked(words, capsys)
    assert asked.status == 0 and asked.answer["enough"] and asked.answer["alarms"] == []
    assert asked.answer["learned"]["windows"] + asked.answer["judged"]["windows"] == 40
    [fallback] = [one for one in asked.answer["detectors"] if one["id"] == "fallback"]
    assert fallback["proposed"] < 0.5 and fallback["power"]["within"] == 20
    file = tmp_path / "detectors.yaml"
    file.write_text(asked.answer["yaml"].replace("name-of-your-system", "chat"))
    again = ["detect", f"{folder}/bad.parquet", "--reference", f"{folder}/reference.parquet"]
    found = Asked([*again, "--detectors", str(file)], capsys).found
    assert found["fallback"]["status"] == "shadow" and "drift-confidence" in found
    assert found["fallback"]["level"] == "page"
    assert "in shadow, where it calls nobody" in str(found["fallback"]["level_because"])
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "FINDS WITHIN 20 WINDOWS" in told and "is what the method promises" in told


def test_a_history_that_was_not_healthy_or_is_too_short_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = Asked(["detect", "calibrate", f"{folder}/bad.parquet", "--window", "12h"], capsys)
    assert asked.status == 1
    assert "fallback" in {one["detector"] for one in asked.answer["alarms"]}
    place = f"{folder}/healthy.parquet"
    short = Asked(["detect", "calibrate", place, "--window", "2d"], capsys)
    assert not short.answer["enough"] and "too short" in str(short.answer["remarks"])
    one = Asked(["detect", "calibrate", place, "--window", "28d"], capsys)
    assert one.status == 2 and "lies in one window" in one.answer["error"]


def test_a_log_of_which_nothing_can_be_judged_is_no_good_news(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "words.csv"
    log.write_text("at,x\n" + "".join(f"2026-10-02T00:{n % 60:02d}:00Z,w{n}\n" for n in range(900)))
    words = ["detect", str(log), "--reference", f"{folder}/reference.parquet"]
    assert main(words) == 2
    told = capsys.readouterr().out
    assert told.startswith("nothing could be judged") and "note: not watched: x: " in told


def test_every_kind_of_finding_has_a_way_that_reaches_what_it_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = {}
    for name, seed, worse in (("r", 1, 0.0), ("l", 2, 1.0)):
        draw = np.random.default_rng(seed)
        score, sex = draw.random(12_000), draw.choice(["f", "m"], 12_000)
        unfair = worse * 0.4 * (sex == "f")
        found = columns(seed, 12_000)
        found |= {
            "sex": sex, "score": score, "intent": np.where(draw.random(12_000) < worse * 0.3,
                                                           "odd", found["intent"]),
            "label": (draw.random(12_000) < score * (1 - worse * 0.5)).astype(int),
            "prediction": (draw.random(12_000) < 0.6 - unfair).astype(int),
            "latency_ms": np.asarray(found["latency_ms"]) * (1 + worse),
        }  # fmt: skip
        place[name] = written(tmp_path / f"{name}.parquet", found)
    asked = Asked(["detect", place["l"], "--reference", place["r"]], capsys)
    kinds = {one["kind"] for one in asked.answer["findings"]}
    assert {"rate", "drift", "unfair", "calibration", "quantity"} <= kinds
    for one in asked.answer["findings"]:
        raised = [w for w in one["course"]["windows"] if w["raised"]]
        assert len(raised) == 1 and raised[0]["held"] >= one["course"]["needed"], one["detector"]
        low, high = min(one["low"], one["observed"]), max(one["high"], one["observed"])
        room = 0.1 * max(abs(high - low), abs(one["observed"])) + 0.02
        assert low - room <= raised[0]["value"] <= high + room, one["detector"]
