"""A home's reference is read once, on the grids of the log, from rows or from profiles."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.facts import Refused
from tocsin.facts.summaries import ReferenceRead
from tocsin.register.model import Register, System
from tocsin.sources.log import LogSource
from tocsin.wiring.detectors import Logs, logs_of
from tocsin.wiring.references import ReferenceLog
from tocsin.world import RealClock

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
REGISTER = Register(
    systems={"credit": System(id="credit", name="C", owner="ana", tier=1, log="log")}
)
DETECTORS = """
system: credit
window: 1h
reference: training.parquet
detectors:
  income: {drift: income, tolerance: 10%, baseline: reference}
"""


def put(path: Path, scale: float, *, timed: bool = True, rows: int = 2000) -> None:
    draw = random.Random(str(path.name))
    made = [{"income": draw.gauss(0, 1) * scale} for _ in range(rows)]
    if timed:
        for place, row in enumerate(made):
            row["at"] = START + timedelta(seconds=place)  # type: ignore[assignment]
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(made), path)


def home_of(tmp_path: Path, text: str = DETECTORS) -> Logs:
    (tmp_path / "detectors").mkdir(exist_ok=True)
    (tmp_path / "detectors" / "credit.yaml").write_text(text)
    return logs_of(REGISTER, tmp_path, RealClock())


def rows_in(read: ReferenceRead, seconds: int = 3600) -> int:
    own = [w for w in read.windows if w.seconds == seconds]
    return sum(w.numbers["income"].rows for w in own)


@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("log_first", [True, False])
def test_the_log_and_its_reference_are_counted_on_one_grid_whichever_is_first(
    tmp_path: Path, log_first: bool, timed: bool
) -> None:
    put(tmp_path / "log" / "a.parquet", 1.0)
    put(tmp_path / "training.parquet", 1000.0, timed=timed)
    logs = home_of(tmp_path)
    assert logs.mistakes == [] and not (tmp_path / "references").exists()
    log, reference = logs.sources["credit"], logs.references["credit"]
    if log_first:
        log.refresh()
    read = reference()
    log.refresh()
    assert reference._opened().grids() == log.grids() and log.grids()
    assert rows_in(read) == 2000 and read.remarks == ()
    assert reference() is read  # nothing is read twice


def test_another_content_is_another_digest(tmp_path: Path) -> None:
    put(tmp_path / "training.parquet", 1.0)
    reference = home_of(tmp_path).references["credit"]
    read = reference()
    put(tmp_path / "training.parquet", 2.0, rows=3000)
    again = reference()
    assert read.digest != again.digest and rows_in(again) == 3000


def test_profiles_serve_without_the_rows_they_were_made_of(tmp_path: Path) -> None:
    put(tmp_path / "log" / "a.parquet", 1.0)
    put(tmp_path / "training.parquet", 1000.0)
    from tocsin.sources.remembered import KeptLog
    from tocsin.wiring.logs import profiled_log

    mapping = home_of(tmp_path).sources["credit"].mapping
    kept = KeptLog(log=str(tmp_path / "training.parquet"), mapping=mapping, reference=mapping)
    made = profiled_log(kept.log, kept, tmp_path / "profiles", RealClock())
    made.refresh()
    made.close()
    (tmp_path / "training.parquet").unlink()
    text = DETECTORS.replace("training.parquet", "profiles").replace("1h", "5m")
    logs = home_of(tmp_path, text)
    log = logs.sources["credit"]
    log.refresh()
    read = logs.references["credit"]()
    assert rows_in(read) == 2000  # under the log's own length, 1h for distributions
    assert "income was counted on another grid than in the log" in read.remarks[0]
    assert read.summaries.startswith(b"PAR1")


def test_a_reference_that_is_not_there_says_so(tmp_path: Path) -> None:
    reference = home_of(tmp_path).references["credit"]
    with pytest.raises(Refused, match=r"training\.parquet"):
        reference()
    put(tmp_path / "training.parquet", 1.0)
    assert rows_in(reference()) == 2000


def test_a_detector_that_compares_with_no_reference_is_told_by_its_line(tmp_path: Path) -> None:
    put(tmp_path / "log" / "a.parquet", 1.0)
    logs = home_of(tmp_path, DETECTORS.replace("reference: training.parquet\n", ""))
    (told,) = logs.mistakes
    assert told.advice and told.line == 5 and told.path == "detectors.income.baseline"
    assert "reference: PLACE" in told.remedy and "credit" in logs.sources
    assert isinstance(logs.sources["credit"], LogSource) and logs.references == {}
    assert isinstance(home_of(tmp_path).references["credit"], ReferenceLog)
