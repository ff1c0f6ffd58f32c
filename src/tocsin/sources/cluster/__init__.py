"""The same profile on an engine that Ibis speaks to, for logs that outgrew one machine.

Only what every such engine does alike is asked of it: group, count, sum, floor, ln, sqrt. What must
be exact to the last bucket is written as in `profile`; the rest is put together here, from rows
that are few. Needs the extra `cluster`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

SCHEMES = ("pyspark", "trino", "bigquery", "clickhouse", "snowflake", "databricks")
"""What the name of a log begins with when it is a table of a cluster."""

REMEDY = "install tocsin with the extra `cluster`, and what Ibis needs for this engine"


def is_cluster(log: str) -> bool:
    """Whether a log is named as a table of a cluster: `trino://host/catalog/schema?table=log`."""
    return urlsplit(log).scheme in SCHEMES
