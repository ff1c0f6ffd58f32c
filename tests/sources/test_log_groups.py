"""Groups and scores in the profile: counted as a plain loop over the rows counts them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.facts.logs import Compare, Condition, Decisions, LogMapping, Term
from tocsin.facts.summaries import NO_CHANCE, OTHER_GROUPS, WindowSummary
from written_log import parquet, row, source


def asked(column: str, compare: Compare, value: float) -> Condition:
    return Condition(either=((Term(column=column, compare=compare, values=(value,)),),))


DECISIONS = Decisions(
    decided=asked("risk", Compare.AT_LEAST, 5.0), truth=asked("label", Compare.IS, 1.0),
    score="chance", groups=("sex", "race"), subject="person",
)  # fmt: skip
MAPPING = LogMapping(window_seconds=3600, profile_seconds=3600, rates={}, decisions=DECISIONS)


def window(folder: Path, people: list[dict[str, Any]], mapping: LogMapping = MAPPING,
           **more: object) -> WindowSummary:  # fmt: skip
    parquet(folder / "log/a.parquet",
            [row(i / 100, person=f"p{i}", **p, **more) for i, p in enumerate(people)])  # fmt: skip
    log = source(folder, mapping)
    assert log.refresh().rejected == ()
    [found] = log.windows()
    return found


def person(sex: str | None, race: str | None, risk: int | None, label: int | None,
           chance: float | None = 0.5) -> dict[str, Any]:  # fmt: skip
    return {"sex": sex, "race": race, "risk": risk, "label": label, "chance": chance}


PEOPLE = st.builds(
    person, st.sampled_from(["f", "m", None]), st.sampled_from(["a", "b"]),
    st.integers(1, 10) | st.none(), st.sampled_from([0, 1, None]),
    st.sampled_from([0.0, 0.05, 0.1, 0.39, 0.8, 0.95, 1.0, 1.5, -0.1, float("nan"), None]),
)  # fmt: skip
TYPES = [person("f", "a", 1, 1, 0.5), person(None, None, None, None, None)]


@settings(max_examples=25, deadline=None)
@given(st.lists(PEOPLE, max_size=30))
def test_groups_are_counted_as_a_loop_counts_them(
    tmp_path_factory: pytest.TempPathFactory, people: list[dict[str, Any]]
) -> None:
    people = [*TYPES, *people]
    found = window(tmp_path_factory.mktemp("log"), people)
    judged, counted = Counter[Any](), Counter[Any]()
    for each in people:
        decided = None if each["risk"] is None else each["risk"] >= 5
        truth = None if each["label"] is None else each["label"] == 1
        rates: dict[str, bool | None] = {"selected": decided, "base_rate": truth}
        if decided is not None and truth is not None:
            rates["accuracy"] = decided == truth
            rates["recall" if truth else "false_positive_rate"] = decided
            if decided:
                rates["precision"] = truth
        for name, counts in rates.items():
            if counts is not None:
                judged[each["sex"], each["race"], name] += 1
                counted[each["sex"], each["race"], name] += counts
    cells = {c.group: c for c in found.groups}
    assert {(*g, n): k for g, c in cells.items() for n, k in c.judged.items()} == judged
    assert {(*g, n): k for g, c in cells.items() for n, k in c.counted.items()} == +counted | {
        key: 0 for key in judged if not counted[key]
    }
    [cell] = found.cells
    for name in cell.judged:
        assert cell.judged[name] == sum(n for (*_, rate), n in judged.items() if rate == name)


@settings(max_examples=25, deadline=None)
@given(st.lists(PEOPLE, max_size=30))
def test_scores_are_counted_as_a_loop_counts_them(
    tmp_path_factory: pytest.TempPathFactory, people: list[dict[str, Any]]
) -> None:
    people = [*TYPES, *people]
    found = window(tmp_path_factory.mktemp("log"), people)
    labelled, true, expected = Counter[Any](), Counter[Any](), Counter[Any]()
    for each in people:
        chance, label = each["chance"], each["label"]
        if chance is None or label is None:
            continue
        tenth = min(int(chance * 10), 9) if 0 <= chance <= 1 else NO_CHANCE
        key = each["sex"], each["race"], tenth
        labelled[key] += 1
        true[key] += label
        expected[key] += chance if chance == chance else 0
    cells = {(*c.group, c.tenth): c for c in found.scores}
    assert {key: c.labelled for key, c in cells.items()} == labelled
    for key, cell in cells.items():
        assert cell.true == true[key] and cell.expected == pytest.approx(expected[key])


def test_rare_groups_stand_together_and_missing_ones_apart(tmp_path: Path) -> None:
    common = [person("f", f"r{i:02}", 7, 1) for i in range(30) for _ in range(2)]
    people = [*common, person("f", "rare", 7, 0), person("f", "seldom", 7, 1),
              person("f", None, 7, 1)]  # fmt: skip
    found = {c.group[1]: c.judged["selected"] for c in window(tmp_path, people).groups}
    assert found == {**{f"r{i:02}": 2 for i in range(30)}, OTHER_GROUPS: 2, None: 1}


def test_what_people_decided_in_its_stead_is_not_counted(tmp_path: Path) -> None:
    found = window(tmp_path, [person("f", "a", 7, 1)], served_by="people")
    assert found.groups == () == found.scores and found.cells[0].by_fallback == 1


def test_whom_a_row_was_about_is_in_no_summary(tmp_path: Path) -> None:
    numbered = [{**person("f", "a", 7, 1), "account": 123456789}]
    decisions = Decisions(decided=DECISIONS.decided, groups=("sex",), subject="account")
    mapping = LogMapping(window_seconds=3600, profile_seconds=3600, rates={}, decisions=decisions)
    assert "account" not in window(tmp_path, numbered, mapping).numbers


def test_a_group_that_is_no_column_is_told_with_what_was_meant(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [row(0, **person("f", "a", 7, 1))])
    decisions = Decisions(decided=DECISIONS.decided, groups=("sexe",))
    [told] = source(tmp_path, LogMapping(rates={}, decisions=decisions)).refresh().rejected
    assert "no column 'sexe'" in told.reason and "'sex'" in told.remedy


def test_what_a_file_may_lack_keeps_no_file_from_being_read(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [row(i, risk=7) for i in range(3)])
    lacking = frozenset({"sex", "race", "label", "chance"}) | MAPPING.assumed
    log = source(tmp_path, msgspec.structs.replace(MAPPING, assumed=lacking))
    assert log.refresh().rejected == ()
    [found] = log.windows()
    [cell] = found.groups
    assert (cell.group, cell.judged) == ((None, None), {"selected": 3}) and found.scores == ()


def test_rates_of_decisions_can_be_asked_for_by_name(tmp_path: Path) -> None:
    parquet(tmp_path / "log/a.parquet", [row(i, **person("f", "a", 7, i % 2)) for i in range(4)])
    log = source(tmp_path, MAPPING)
    log.refresh()
    assert log.served("false_positive_rate", row(0)["at"]).by_version[0].judged == 2  # type: ignore[arg-type]
