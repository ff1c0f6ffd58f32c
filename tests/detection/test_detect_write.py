"""What is written as YAML reads back as the same detectors."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from test_detect_read_kinds import GOOD, ROWS

from tocsin.detection import declaration_of
from tocsin.detection.conventions.usual import usual_declaration
from tocsin.detection.declared.write import yaml_of
from tocsin.facts.logs import LogMapping


def test_detectors_of_every_kind_are_written_as_they_were_read() -> None:
    for text in (GOOD, ROWS, GOOD.replace("disparate-impact", "equalised-odds")):
        declared = declaration_of(text.encode())
        begin = text[: text.index("detectors:")]
        again = declaration_of((begin + yaml_of(declared.detectors, declared.log)).encode())
        assert again.detectors == declared.detectors


@given(st.lists(st.text(min_size=1, max_size=20), max_size=5, unique=True))
def test_columns_with_any_name_can_be_written(names: list[str]) -> None:
    kept = tuple(name for name in names if name.strip() and name.isprintable())
    usual = usual_declaration(LogMapping(numbers=kept, categories=(), rates={}))
    if not usual.detectors:
        return
    text = "system: log\n" + yaml_of(usual.detectors, usual.log)
    found = declaration_of(text.encode()).detectors
    assert [one.id for one in found] == [one.id for one in usual.detectors]
    columns = {getattr(one, "column", None) for one in found}
    assert columns == set(kept)
