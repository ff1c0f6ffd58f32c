"""The decisions that a failure touched: all of them, in order, once, and what could not be told."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.detection.declared.condition import condition_of
from tocsin.facts import Refused, Unreachable
from tocsin.facts.affected import AffectedAsked, AffectedFound, Written
from tocsin.facts.logs import Decisions, LogMapping, equals, holds
from tocsin.sources.log import LogSource
from written_log import MAPPING, START, parquet, row, rows, source

PEOPLE = LogMapping(
    window_seconds=10,
    profile_seconds=60,
    decisions=Decisions(decided=holds("hired"), groups=("sex", "race"), subject="applicant"),
)


def asked(begin: int = 0, end: int = 10_000, **more: object) -> AffectedAsked:
    return AffectedAsked(
        since=START + timedelta(seconds=begin),
        until=START + timedelta(seconds=end),
        **more,  # type: ignore[arg-type]
    )


def answered(
    log: LogSource, question: AffectedAsked, into: Path
) -> tuple[AffectedFound, list[Mapping[str, object]]]:
    found = log.affected(question, into)
    return found, [json.loads(line) for line in into.read_text().splitlines()]


def person(second: int, who: str, sex: str, race: str | None, *, hired: bool) -> object:
    return row(second, applicant=who, sex=sex, race=race, hired=hired)


def test_bad_decisions_of_the_slice_and_span_come_in_order_of_time(tmp_path: Path) -> None:
    parquet(tmp_path / "log/b.parquet", rows(60, 60, every=5, version="2"))
    parquet(tmp_path / "log/a.parquet", [*rows(0, 60, every=5), *reversed(rows(120, 60, every=5))])
    question = asked(70, 100, version="2", rate="fallback")
    found, lines = answered(source(tmp_path), question, tmp_path / "list")
    assert [line["request"] for line in lines] == [f"r{n}" for n in range(70, 100, 5)]
    assert [line["item"] for line in lines] == list(range(1, 7))
    assert lines[0]["at"] == "2026-11-26T08:01:10.000000Z" and lines[0]["file"] == "b.parquet"
    assert lines[0]["counts"] is True and len(str(lines[0]["content"])) == 64
    assert found.decisions == 6 and found.subjects is None
    assert any("no subject" in one for one in found.untold)


def test_rows_that_people_served_in_its_stead_are_no_decisions_of_the_system(
    tmp_path: Path,
) -> None:
    parquet(tmp_path / "log/a.parquet", [row(1, fallback=True), row(2, served_by="people")])
    _, lines = answered(source(tmp_path), asked(), tmp_path / "list")
    assert [line["request"] for line in lines] == ["r1"]


def test_a_share_that_fell_lists_those_judged_that_do_not_count(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [row(n, error=n % 3 == 0) for n in range(9)])
    question = asked(rate="error", counts=False)
    _, lines = answered(source(tmp_path), question, tmp_path / "list")
    assert [line["request"] for line in lines] == ["r1", "r2", "r4", "r5", "r7", "r8"]


def test_whom_it_was_about_is_counted_once_and_a_row_without_a_name_is_told(
    tmp_path: Path,
) -> None:
    people = [person(n, f"p{n % 4}", "F", "A", hired=n % 2 == 0) for n in range(12)]
    parquet(tmp_path / "log/a.parquet", [*people, row(20, applicant=None, sex="F", race="A")])
    found, lines = answered(source(tmp_path, PEOPLE), asked(), tmp_path / "list")
    assert (found.decisions, found.subjects) == (13, 4) and len(lines) == 13
    assert lines[0]["subject"] == "p0" and lines[0]["decision"] is True
    assert found.untold == ("1 of these decisions name no subject",)


@pytest.mark.parametrize(
    ("group", "items"),
    [
        ("sex=F", ["r0", "r1", "r2"]),
        ("race=A, sex=x", ["r4"]),
        ("sex=F, race=A", ["r0"]),
        ("sex=F, race=missing", ["r2"]),
    ],
)
def test_a_group_is_told_by_one_column_or_all_of_them(
    tmp_path: Path, group: str, items: list[str]
) -> None:
    written = [
        person(0, "a", "F", "A", hired=True), person(1, "b", "F", "B", hired=True),
        person(2, "c", "F", None, hired=True), person(3, "d", "M", "A", hired=True),
        person(4, "e", "M", "A, sex=x", hired=True),
    ]  # fmt: skip
    parquet(tmp_path / "log/a.parquet", written)  # type: ignore[arg-type]
    _, lines = answered(source(tmp_path, PEOPLE), asked(group=group), tmp_path / "list")
    assert [line["request"] for line in lines] == items


def test_what_cannot_be_judged_is_counted_and_not_listed(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [row(n, intent=None if n else "x") for n in range(4)])
    question = asked(where=equals("intent", "x"))
    found, lines = answered(source(tmp_path), question, tmp_path / "list")
    assert [line["request"] for line in lines] == ["r0"]
    assert any(one.startswith("of 3 rows") for one in found.untold)


def test_a_part_that_is_gone_or_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    log = source(tmp_path)
    for name in "abc":
        begin = 60 * "abc".index(name)
        parquet(tmp_path / f"log/{name}.parquet", rows(begin, 60, every=2))
    log.refresh()
    (tmp_path / "log/a.parquet").unlink()
    (tmp_path / "log/b.parquet").write_bytes(b"PAR1 cut off PAR1")
    found, lines = answered(log, asked(rate="fallback"), tmp_path / "list")
    assert len(lines) == 30
    assert any("a.parquet" in one and "gone" in one for one in found.untold)
    assert any("b.parquet" in one and "cannot be read" in one for one in found.untold)


def test_a_part_that_was_corrected_is_listed_as_it_is_now(tmp_path: Path) -> None:
    log = source(tmp_path)
    parquet(tmp_path / "log/a.parquet", rows(0, 60, every=2))
    log.refresh()
    parquet(tmp_path / "log/a.parquet", rows(0, 60, every=3))
    log.refresh()
    sealed = log.evidence(START, START + timedelta(hours=1))
    assert answered(log, asked(rate="fallback", sealed=sealed), tmp_path / "a")[0].untold[1:] == ()
    parquet(tmp_path / "log/a.parquet", rows(0, 60, every=4))
    found, _ = answered(log, asked(rate="fallback", sealed=sealed), tmp_path / "list")
    assert found.decisions == 15
    assert any("a.parquet was corrected since" in one for one in found.untold)


def test_the_same_log_gives_the_same_bytes_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    odd = [row(5, request_id=name) for name in ("=1+1", "b,\n\"'", "@x", "+1", "\té", " =1", "n")]
    parquet(tmp_path / "log/a.parquet", odd)
    parquet(tmp_path / "log/b.parquet", list(reversed(rows(0, 30))))
    question, log = asked(written=Written.CSV), source(tmp_path)
    log.affected(question, tmp_path / "one")
    log.affected(question, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with (tmp_path / "one").open(newline="") as file:
        cells = list(csv.DictReader(file))
    assert [int(cell["item"]) for cell in cells] == list(range(1, 38))
    assert not any(
        value.lstrip(" ")[:1] in set("=+-@\t") for cell in cells for value in cell.values()
    )
    assert {"'=1+1", "b,\n\"'", "'@x", "'+1", "'\té", "' =1", "n"} <= {c["request"] for c in cells}


def test_a_rate_or_column_that_the_log_does_not_have_is_told_with_what_it_has(
    tmp_path: Path,
) -> None:
    parquet(tmp_path / "log/a.parquet", rows(0, 6))
    with pytest.raises(Unreachable, match="fallback, error"):
        source(tmp_path).affected(asked(rate="refused"), tmp_path / "list")
    with pytest.raises(Refused, match="confidence"):
        source(tmp_path).affected(asked(where=holds("confidense")), tmp_path / "list")
    with pytest.raises(Unreachable, match="groups are: none"):
        source(tmp_path).affected(asked(group="sex=F"), tmp_path / "list")
    assert source(tmp_path, MAPPING).affected(asked(50, 60), tmp_path / "list").decisions == 0


def test_a_log_without_times_is_listed_by_its_rows(tmp_path: Path) -> None:
    by_rows = LogMapping(
        at=None, window_seconds=10, profile_seconds=50, decisions=Decisions(subject="session")
    )
    for name, first in (("a", 0), ("b", 40)):
        parquet(tmp_path / f"log/{name}.parquet", rows(first, 40, every=5))
    log = source(tmp_path, by_rows)
    start = datetime(1970, 1, 1, tzinfo=UTC)
    question = AffectedAsked(
        since=start + timedelta(seconds=20), until=start + timedelta(seconds=60), rate="fallback"
    )
    found, lines = answered(log, question, tmp_path / "list")
    # the second file begins with a new window of the profile's length: its row 1 stands at 50
    assert [(one["file"], one["row"], one["request"]) for one in lines] == [
        ("a.parquet", 21, "r20"), ("a.parquet", 26, "r25"), ("a.parquet", 31, "r30"),
        ("a.parquet", 36, "r35"), ("b.parquet", 1, "r40"), ("b.parquet", 6, "r45"),
    ]  # fmt: skip
    assert found.by_rows and found.subjects == 1 and "at" not in lines[0]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("amount == '5'", "amount holds numbers, and '5' is a text"),
        ("amount > '5'", "write a number without quotation marks: amount > 5"),
        ("amount in ['a', 'b']", "amount holds numbers"),
        ("amount == true", "amount holds numbers, and not true and false"),
        ("note > 5", "of which 1 are no numbers, such as 'abc'"),
        ("reviewed == 'yes'", "reviewed holds true and false"),
        ("amuont > 5", "no column 'amuont'"),
    ],
)
def test_a_number_is_not_compared_with_a_text(tmp_path: Path, where: str, says: str) -> None:
    parquet(
        tmp_path / "log/a.parquet",
        [
            row(n, amount=n, note="abc" if n == 3 else str(n), reviewed=n % 2 == 0)
            for n in range(10)
        ],
    )
    question = asked(where=condition_of(where))
    with pytest.raises(Refused, match=re.escape(says)):
        source(tmp_path).affected(question, tmp_path / "list")


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("amount > 5", 4), ("amount == 5", 1), ("digits > 5", 4), ("reviewed == 'true'", 5),
        ("reviewed and amount in [2, 3]", 1), ("digits == '5'", 1), ("amount is missing", 0),
    ],
)  # fmt: skip
def test_what_can_be_compared_is_compared(tmp_path: Path, where: str, count: int) -> None:
    parquet(
        tmp_path / "log/a.parquet",
        [row(n, amount=n, digits=str(n), reviewed=n % 2 == 0) for n in range(10)],
    )
    question = asked(where=condition_of(where))
    assert source(tmp_path).affected(question, tmp_path / "list").decisions == count


def test_decisions_of_several_versions_are_listed(tmp_path: Path) -> None:
    for version in ("1", "2", "3"):
        parquet(tmp_path / f"log/{version}.parquet", rows(int(version) * 20, 10, version=version))
    question = asked(versions=("1", "3"))
    found, lines = answered(source(tmp_path), question, tmp_path / "list")
    assert found.decisions == 20 and {line["version"] for line in lines} == {"1", "3"}
