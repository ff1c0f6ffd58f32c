"""Profiles one Parquet file by Ibis, in an environment that has it; prints the rows as JSON lines.

`python on_cluster.py ENGINE FILE MAPPING GRIDS`: ENGINE is duckdb or pyspark, the last two are JSON
files. With `compile DIALECT` as ENGINE the queries are only written, for an engine not here; with
`isinf DIALECT` what Ibis makes of `isinf` there. With `follow ENGINE` the file is followed as the
log of a system while it grows.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import ibis
import msgspec

from tocsin.facts.grids import Grid
from tocsin.facts.logs import LogMapping
from tocsin.sources.cluster.asked import profile_rows
from tocsin.sources.cluster.branches import queries
from tocsin.sources.cluster.log import ClusterLog
from tocsin.world import RealClock


def table_on(engine: str, file: str):  # type: ignore[no-untyped-def]
    """The file as a table of the engine."""
    if engine == "duckdb":
        connection = ibis.duckdb.connect()
        connection.raw_sql(
            "SET TimeZone = 'UTC'; SET disabled_optimizers = 'statistics_propagation'"
        )
        return connection.read_parquet(file)
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session).read_parquet(file)


def follow(engine: str, file: str, mapping: LogMapping) -> None:
    """Look at a table twice as it is, and again when it has grown; prints what was read."""
    whole = table_on(engine, file)
    end = whole.at.max().to_pyarrow().as_py()
    some = whole.filter(whole.at < end - timedelta(hours=1))
    with tempfile.TemporaryDirectory() as folder:
        log = ClusterLog("cluster", "trino://nowhere/x?table=log", Path(), mapping, RealClock(),
                         folder=Path(folder))  # fmt: skip
        for table in (some, some, whole):
            log._table = table
            found = log.refresh()
            windows = log.windows()
            print(
                msgspec.json.encode(
                    {
                        "new": found.new,
                        "changed": found.changed,
                        "rows": found.rows,
                        "held": sum(
                            cell.requests + cell.by_fallback
                            for one in windows
                            if one.seconds == mapping.window_seconds
                            for cell in one.cells
                        ),
                        "columns": sorted({name for one in windows for name in one.numbers}),
                    }
                ).decode()
            )
        log.close()


def main() -> None:
    engine, file, mapping_file, grids_file = sys.argv[1:5]
    mapping = msgspec.json.decode(Path(mapping_file).read_bytes(), type=LogMapping)
    grids = msgspec.json.decode(Path(grids_file).read_bytes(), type=dict[str, Grid])
    if engine.startswith("follow "):
        follow(engine.removeprefix("follow "), file, mapping)
        return
    if engine.startswith("isinf "):
        dialect, column = engine.removeprefix("isinf "), ibis.table({"x": "float64"}, name="log").x
        getattr(ibis, dialect)  # so that its options are there
        print(ibis.to_sql(column.isinf(), dialect=dialect))
        return
    if engine.startswith("compile "):
        table = ibis.table(ibis.duckdb.connect().read_parquet(file).schema(), name="log")
        asked = queries(table, mapping, grids)
        for query in (asked.counted, asked.numbers, asked.groups, *asked.categories.values(),
                      *asked.commonest.values()):  # fmt: skip
            print(ibis.to_sql(query, dialect=engine.removeprefix("compile ")))
        return
    for row in profile_rows(table_on(engine, file), mapping, grids):
        print(msgspec.json.encode(row).decode())


main()
