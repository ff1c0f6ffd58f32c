"""Tables of a real PostgreSQL server: grown, corrected late, with types that only a server has."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tocsin.cli.main import main
from tocsin.facts import Refused, Unreachable
from tocsin.facts.logs import LogMapping, Share, holds
from tocsin.sources.log import LogSource
from written_log import source

START = datetime(2026, 11, 26, tzinfo=UTC)
MAPPING = LogMapping(
    at="ts", version="version", segment="region", fallback=None, request="id",
    rates={"bad": Share(counts=holds("bad"))}, numbers=("ms", "cost"), categories=("kind",),
    window_seconds=3600, profile_seconds=3600,
)  # fmt: skip
TABLE = """
CREATE SCHEMA IF NOT EXISTS app;
CREATE TYPE app.kind AS ENUM ('chat', 'search');
CREATE TABLE app.answers (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(), ts TIMESTAMPTZ NOT NULL, version TEXT,
  region TEXT, bad BOOLEAN, ms DOUBLE PRECISION, cost NUMERIC(10, 4), kind app.kind,
  attributes JSONB, tokens INTEGER[], took INTERVAL, peer INET, raw BYTEA, "odd ""name" TEXT);
"""
INSERT = """
INSERT INTO app.answers (ts, version, region, bad, ms, cost, kind, attributes, tokens, took, peer,
  raw) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, interval '3 seconds', '10.0.0.1', '\\x00ff')
"""


def fill(url: str, first: int, hours: int) -> None:
    """A row every half hour, of which each tenth is bad."""
    made = [
        (
            START + timedelta(minutes=30 * i), "1", "eu" if i % 2 else "us", i % 10 == 0,
            float("nan") if i % 7 == 0 else 1.5 * i, f"{i}.25", "chat" if i % 3 else "search",
            json.dumps({"gen_ai": {"model": "m1"}}), [1, 2, i],
        )
        for i in range(2 * first, 2 * (first + hours))
    ]  # fmt: skip
    with psycopg.connect(url) as base:
        base.cursor().executemany(INSERT, made)


@pytest.fixture
def url(postgres_url: str) -> str:
    with psycopg.connect(postgres_url) as base:
        base.execute(TABLE)
    fill(postgres_url, 0, 48)
    return postgres_url


def of(tmp_path: Path, url: str, mapping: LogMapping = MAPPING) -> LogSource:
    return source(tmp_path, mapping, place=f"{url}?table=app.answers")


def counted(log: LogSource) -> tuple[int, int]:
    cells = [cell for window in log.windows() for cell in window.cells]
    return sum(c.requests for c in cells), sum(c.counted["bad"] for c in cells)


def test_a_table_grows_and_is_corrected_late_and_only_touched_days_are_read(
    tmp_path: Path, url: str
) -> None:
    log = of(tmp_path, url)
    first = log.refresh()
    assert first.rejected == () and first.rows == 96
    assert first.new == ("app.answers/2026-11-26", "app.answers/2026-11-27")
    assert counted(log) == (96, 10) and log.refresh().rows == 0
    fill(url, 48, 24)
    again = log.refresh()
    assert (again.new, again.changed, again.rows) == (("app.answers/2026-11-28",), (), 48)
    assert again.earliest == START + timedelta(days=2) and counted(log) == (144, 15)
    with psycopg.connect(url) as base:  # PostgreSQL writes such a row anew, at another place
        since = START + timedelta(hours=2)
        base.execute("UPDATE app.answers SET bad = true WHERE ts < %s", [since])
    late = log.refresh()
    assert (late.new, late.changed, late.rows) == ((), ("app.answers/2026-11-26",), 48)
    assert late.earliest == START and counted(log) == (144, 18)
    with psycopg.connect(url, autocommit=True) as base:
        base.execute("VACUUM FULL app.answers")
        base.execute("DELETE FROM app.answers WHERE ts >= %s", [START + timedelta(days=2)])
    assert of(tmp_path, url).refresh().rows == 0  # another process; what is gone stays counted


def test_every_type_of_a_server_is_read_or_left_out_and_none_stops_the_rest(
    tmp_path: Path, url: str
) -> None:
    log = of(tmp_path, url)
    log.refresh()
    [*windows] = [w for w in log.windows() if w.numbers]
    ms = [w.numbers["ms"] for w in windows]
    cost = [w.numbers["cost"] for w in windows]
    assert sum(sum(one.counts) for one in cost) == 96 and sum(one.rows for one in ms) == 96
    assert sum(one.nan for one in ms) == 14
    kinds = {value for w in windows for value in w.categories["kind"].counts}
    assert kinds == {"chat", "search"}
    rows, held = log.last_rows(3, START + timedelta(days=9))
    assert held == 96 and rows[-1]['odd "name'] is None and "10.0.0.1" in str(rows[-1]["peer"])


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_the_zone_of_a_session_changes_neither_days_nor_windows(
    tmp_path: Path, url: str, zone: str
) -> None:
    log = of(tmp_path, url)
    log.refresh()
    before = log.windows()
    with psycopg.connect(url, autocommit=True) as base:
        base.execute(f"ALTER ROLE tocsin SET timezone = '{zone}'")  # type: ignore[call-overload]
    try:
        assert log.refresh().rows == 0 and log.windows() == before
    finally:
        with psycopg.connect(url, autocommit=True) as base:
            base.execute("ALTER ROLE tocsin RESET timezone")


def test_what_is_not_there_and_a_server_that_is_away_are_told_without_a_password(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(Refused, match="it has"):
        source(tmp_path, MAPPING, place=f"{url}?table=answers").refresh()
    away = "postgresql://me:secret@127.0.0.1:1/base?table=answers"
    with pytest.raises(Unreachable) as told:
        source(tmp_path, MAPPING, place=away).refresh()
    assert "secret" not in str(told.value)


def test_a_table_is_profiled_and_judged_with_nothing_declared(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = f"{url}?table=app.answers"
    assert main(["profile", place, "--to", str(tmp_path / "p"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 96
    with psycopg.connect(url) as base:
        base.execute("CREATE TABLE later AS SELECT * FROM app.answers, generate_series(1, 200)")
        base.execute("UPDATE later SET bad = true, ts = ts + interval '30 days'")
    words = ["detect", f"{url}?table=later", "--reference", place, "--json"]
    status = main(words)
    answer = json.loads(capsys.readouterr().out)
    assert status == 1, answer
    assert answer["rows"] == 19_200
