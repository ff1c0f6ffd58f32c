"""A set is cut out of a list: every request once, and no name of one becomes SQL."""

from __future__ import annotations

import json

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.facts import Refused
from tocsin.facts.replays import Expected
from tocsin.incident.failing_set import question, requests_listed, set_of
from tocsin.incident.replay_set import read_set


def test_requests_come_once_and_those_without_a_name_are_counted() -> None:
    data = b'{"request": "a"}\n{"request": null}\n{"request": "b"}\n{"request": "a"}\n'
    assert requests_listed(data) == (["a", "b"], 1)
    with pytest.raises(Refused, match="not in JSON lines"):
        requests_listed(b"item,at\n1,2\n")
    with pytest.raises(Refused, match="names its request"):
        requests_listed(b'{"request": null}\n')


def test_a_set_keeps_what_is_expected_and_leaves_out_what_is_empty_or_doubled() -> None:
    answer = b'{"id":"a","request":"q"}\n{"id":"a","request":"r"}\n{"id":"b","request":null}\n'
    data, left = set_of(answer, Expected(serves="on", not_matches="x"))
    assert left == 2
    assert json.loads(data) == {
        "expect": {"not_matches": "x", "serves": "on"}, "id": "a", "request": "q",
    }  # fmt: skip
    assert read_set(data, "set.jsonl")[1] == []


@given(st.lists(st.text(alphabet="ab'\";-)\n", max_size=8), min_size=1, max_size=5))
def test_no_name_of_a_request_is_read_as_sql(names: list[str]) -> None:
    con = duckdb.connect(":memory:")
    con.execute('CREATE TABLE log ("req""uest" VARCHAR, q VARCHAR)')
    con.executemany("INSERT INTO log VALUES (?, 'asked')", [[name] for name in set(names)])
    found = con.execute(question(names, 'req"uest', "q")).fetchall()
    assert sorted(row[0] for row in found) == sorted(set(names))
