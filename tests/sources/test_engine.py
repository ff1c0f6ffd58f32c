"""What does not fit into memory goes to disk, also into a folder that nobody has made yet."""

from __future__ import annotations

from pathlib import Path

from tocsin.sources.engine import Engine


def test_what_is_larger_than_memory_is_sorted_on_disk(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "spill" / "1234")
    engine.rows("SET memory_limit = '100MB'")
    engine.copy(
        "SELECT (i * 7919) % 1000003 AS i, repeat('x', 60) AS t FROM range(1000003) AS r(i)",
        tmp_path / "rows.parquet", {},
    )  # fmt: skip
    place = f"'{tmp_path / 'rows.parquet'}'"
    engine.rows(f"COPY (SELECT * FROM {place} ORDER BY i) TO '{tmp_path / 'sorted.csv'}'")
    with (tmp_path / "sorted.csv").open() as lines:
        next(lines)
        assert [int(line.partition(",")[0]) for line in lines] == list(range(1000003))
    engine.close()
