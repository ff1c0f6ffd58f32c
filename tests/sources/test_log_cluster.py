"""The same rows give the same profile on DuckDB by hand, on DuckDB by Ibis, and on Spark."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest

from tocsin import wiring
from tocsin.facts import Refused
from tocsin.facts.logs import Compare, Condition, Decisions, LogMapping, Share, Term, holds
from tocsin.sources.grid import ABOVE, BELOW, NAN
from tocsin.world import RealClock
from written_log import START, source

PYTHON = os.environ.get("TOCSIN_CLUSTER_PYTHON", "")
ROOT = Path(__file__).parents[2]
ROWS = 20_000
ALIKE = 1e-12


_DONE = Condition(either=((Term(column="decided", compare=Compare.IS, values=(1.0,)),),))
_TRUE = Condition(either=((Term(column="label", compare=Compare.IS, values=(1.0,)),),))
_SLOW = Condition(
    either=(
        (
            Term(column="ms", compare=Compare.MORE, values=(900.0,)),
            Term(column="lang", compare=Compare.AMONG, values=("de", "en"), negated=True),
        ),
        (Term(column="score", compare=Compare.MISSING),),
    )
)
MAPPING = LogMapping(
    version="model",
    segment="lang",
    fallback=Condition(
        either=((Term(column="served_by", compare=Compare.IS, values=("people",)),),)
    ),
    rates={"fallback": Share(counts=holds("fallback")), "slow": Share(counts=_SLOW)},
    numbers=("ms", "odd", "zeros", "far"),
    categories=("intent", "label"),
    decisions=Decisions(decided=_DONE, truth=_TRUE, score="score", groups=("sex", "race")),
    window_seconds=600,
    profile_seconds=3600,
    assumed=frozenset(),
)
_COLUMNS = """
  TIMESTAMPTZ '{start}' + to_microseconds(i * 400003) AS at,
  'm' || (i % 2) AS model, ['de', 'en', NULL, 'ä'][1 + (hash(i, 1) % 4)::INTEGER] AS lang,
  CASE WHEN hash(i, 2) % 20 = 0 THEN 'people' ELSE 'model' END AS served_by,
  CASE WHEN hash(i, 3) % 50 = 0 THEN NULL ELSE hash(i, 3) % 10 = 0 END AS fallback,
  exp((hash(i, 4) % 100000) / 12000.0) AS ms,
  CASE hash(i, 5) % 12 WHEN 0 THEN NULL WHEN 1 THEN 'nan'::DOUBLE WHEN 2 THEN 'inf'::DOUBLE
    WHEN 3 THEN '-inf'::DOUBLE WHEN 4 THEN -0.0 WHEN 5 THEN 1e300 WHEN 6 THEN -1e-300
    ELSE (hash(i, 6) % 2001)::DOUBLE - 1000 END AS odd,
  CASE WHEN hash(i, 7) % 10 < 9 THEN 0 ELSE (hash(i, 8) % 100) / 7.0 END AS zeros,
  CASE WHEN hash(i, 9) % 2 = 0 THEN 1000 ELSE 0 END + (hash(i, 10) % 10000) / 5000.0 AS far,
  'intent ' || (hash(i, 11) % 1200) AS intent, (hash(i, 12) % 2)::INTEGER AS decided,
  CASE WHEN hash(i, 13) % 3 = 0 THEN NULL ELSE (hash(i, 14) % 2)::INTEGER END AS label,
  CASE WHEN hash(i, 15) % 40 = 0 THEN NULL WHEN hash(i, 15) % 40 = 1 THEN 7.5
    WHEN hash(i, 15) % 40 = 2 THEN 'nan'::DOUBLE
    ELSE (hash(i, 16) % 1001) / 1000.0 END AS score,
  ['F', 'M', NULL][1 + (hash(i, 17) % 3)::INTEGER] AS sex, 'r' || (hash(i, 18) % 45) AS race
"""

Key = tuple[object, ...]
Rows = dict[Key, tuple[int, int | None, float | None]]


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "sliced"])
def written(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """One Parquet file with all that is odd in a log, read by hand-written SQL as well."""
    mapping = msgspec.structs.replace(MAPPING, sliced=request.param)
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "log").mkdir()
    columns = _COLUMNS.format(start=START.isoformat())
    duckdb.connect().execute(
        f"COPY (SELECT {columns} FROM range({ROWS}) t(i)) TO '{folder}/log/a.parquet' "
        "(FORMAT parquet)"
    )
    log = source(folder, mapping)
    log.refresh()
    shelf = log._shelf
    (folder / "mapping.json").write_bytes(msgspec.json.encode(mapping))
    (folder / "grids.json").write_bytes(msgspec.json.encode(shelf.grids()))
    [part] = shelf.counted()
    assert part.content is not None
    (folder / "native.parquet").write_bytes(shelf.path(part.content).read_bytes())
    return folder


def native(folder: Path) -> Rows:
    read = duckdb.connect().execute(
        "SELECT w, seconds, v, s, o, kind, name, bucket, value, n, hits, total, first, last "
        f"FROM read_parquet('{folder}/native.parquet')"
    )
    return keyed(read.fetchall())


def keyed(rows: list[tuple[object, ...]]) -> Rows:
    found: Rows = {}
    for *key, n, hits, total, first, last in rows:
        at = (*key, first, last)
        assert at not in found
        found[at] = (n, hits, total)  # type: ignore[assignment]
    return found


@cache
def on(engine: str, folder: Path) -> str:
    files = [folder / "log/a.parquet", folder / "mapping.json", folder / "grids.json"]
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("on_cluster.py"), engine, *files],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TZ": "America/New_York"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def by_ibis(engine: str, folder: Path) -> Rows:
    rows = [msgspec.json.decode(line) for line in on(engine, folder).splitlines()]
    names = ("w", "seconds", "v", "s", "o", "kind", "name", "bucket", "value", "n", "hits", "total",
             "first", "last")  # fmt: skip
    return keyed([tuple(row[name] for name in names) for row in rows])


def alike(one: Mapping[Key, tuple[int, int | None, float | None]], other: Rows) -> None:
    assert set(one) == set(other)
    for key, (n, hits, total) in one.items():
        assert (n, hits) == other[key][:2], key
        assert (total is None) == (other[key][2] is None), key
        if total is not None:
            assert math.isclose(total, other[key][2] or 0.0, rel_tol=ALIKE, abs_tol=1e-9), key


NEEDS_CLUSTER = pytest.mark.skipif(
    not Path(PYTHON).is_file(), reason="NO CLUSTER HERE: TOCSIN_CLUSTER_PYTHON names no Python"
)


@pytest.mark.proof
@NEEDS_CLUSTER
def test_ibis_on_duckdb_counts_as_we_do_by_hand(written: Path) -> None:
    by_hand = native(written)
    assert len(by_hand) > 2000
    alike(by_ibis("duckdb", written), by_hand)


@pytest.mark.proof
@NEEDS_CLUSTER
@pytest.mark.skipif(shutil.which("java") is None, reason="NO SPARK HERE: there is no Java")
@pytest.mark.parametrize("written", [True], ids=["sliced"], indirect=True)
def test_spark_counts_as_we_do_by_hand(written: Path) -> None:
    alike(by_ibis("pyspark", written), native(written))


@pytest.mark.proof
@NEEDS_CLUSTER
@pytest.mark.parametrize("written", [True], ids=["sliced"], indirect=True)
def test_infinities_have_their_buckets_on_spark_though_ibis_never_finds_one(written: Path) -> None:
    table = pq.read_table(written / "log/a.parquet", columns=["odd"])
    odd = [value for value in table["odd"].to_pylist() if value is not None]
    found = dict[object, int]()
    for (*_, kind, name, bucket, _, _, _), (n, _, _) in by_ibis("pyspark", written).items():
        if (kind, name) == ("number", "odd"):
            found[bucket] = found.get(bucket, 0) + n
    assert (found[ABOVE], found[BELOW]) == (odd.count(math.inf), odd.count(-math.inf))
    assert found[NAN] == sum(map(math.isnan, odd)) > 1000
    if "FALSE" not in on("isinf pyspark", written):
        pytest.fail(
            "Ibis is mended: `isinf` is no constant on Spark; see sources/cluster/values.py"
        )


@pytest.mark.proof
@NEEDS_CLUSTER
@pytest.mark.parametrize("engine", ["trino", "bigquery", "clickhouse", "snowflake", "postgres"])
def test_every_query_can_be_written_for_engines_that_are_not_here(
    engine: str, written: Path
) -> None:
    said = on(f"compile {engine}", written)
    assert said.count("GROUP BY") >= 10
    assert "isinf" not in said.lower() and "FALSE OR FALSE" not in said


@pytest.mark.proof
@NEEDS_CLUSTER
def test_a_table_that_grows_is_read_where_it_grew(written: Path) -> None:
    first, again, grown = map(msgspec.json.decode, on("follow duckdb", written).splitlines())
    assert first["rows"] == first["held"] > 0 and len(first["new"]) == 2
    assert again["rows"] == 0 and not again["new"] and not again["changed"]
    assert again["held"] == first["held"]
    assert grown["held"] == ROWS > first["held"] and len(grown["new"]) == 1
    assert len(grown["changed"]) == 1  # the window that was cut in two
    assert set(grown["columns"]) == set(MAPPING.numbers or ())


def test_without_ibis_a_cluster_is_refused_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="extra `cluster`"):
        wiring.log_source("trino://x/y?table=z", MAPPING, tmp_path, RealClock())
