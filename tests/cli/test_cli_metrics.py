"""Metrics of a home, by the real command: files that are new, and numbers that are the record's."""

from __future__ import annotations

import csv
from pathlib import Path

from cli_seat import Keyboard


def test_a_home_with_few_incidents_lists_each_value(tocsin: Keyboard, tmp_path: Path) -> None:
    for title in ("it invents refunds", "it is slow", "it is rude"):
        one = tocsin.opened(title)
        tocsin.done("incident", "ack", one)
    dismissed = tocsin.opened("nothing at all")
    tocsin.done("incident", "dismiss", dismissed, "--because", "a test")
    table, drawing = tmp_path / "m.csv", tmp_path / "m.svg"
    found = tocsin.done("metrics", "--csv", table, "--svg", drawing)
    assert found["incidents"] == 4 and found["still_open"] == 3
    assert found["false_alarms"]["some"] == 1
    assert found["pages"]["count"] == 0 and {one["kind"] for one in found["pages_by"]} == {
        "finding", "outside", "plan", "person", "escalation", "due", "duty", "reminder",
    }  # fmt: skip
    taken_up = next(one for one in found["times"] if one["kind"] == "acknowledge")
    assert taken_up["over"] == 3 and taken_up["median"] is None and len(taken_up["each"]) == 3
    assert drawing.read_text().startswith("<svg")
    assert next(csv.reader(table.read_text().splitlines()))[0] == "what"
    text = tocsin("metrics", "--by", "severity").out
    assert "too few (n=3 over): each value listed" in text and "not judged" in text
    assert "is there already" in tocsin.refused("metrics", "--csv", table)


def test_an_empty_home_says_so(tocsin: Keyboard) -> None:
    found = tocsin("metrics")
    assert found.status == 0 and "0 incidents" in found.out
    assert "no trend can be told" in found.out
    future = tocsin.done("metrics", "--since", "2099-01-01T00:00Z")
    assert future["incidents"] == 0 and future["months"] == [] and future["pages"] is None
