"""Tables that are written by a program say what they were written from."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from tocsin.facts import KINDS
from tocsin.facts.incidents import IncidentFact
from tocsin.playbook.legal_names import LEGAL_KEYS

PROGRAMS = Path(__file__).parents[1]


@cache
def program(name: str = "facts_table") -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PROGRAMS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_code_says() -> None:
    facts_table = program()
    assert facts_table.TABLE.read_text(encoding="utf-8") == facts_table.table(), (
        "kinds of facts, or who reads them, have changed: run python -m tests.facts_table"
    )


def test_plans_may_name_the_legal_facts_of_the_shipped_dictionary() -> None:
    assert program("legal_names").wanted() == LEGAL_KEYS, (
        "keys of law/facts.toml have changed: run python -m tests.legal_names"
    )


def test_every_kind_stands_in_it_and_every_fact_of_an_incident_is_folded() -> None:
    from typing import get_args

    rows = {line.split("`")[1]: line for line in program().table().splitlines() if "| `" in line}
    assert rows.keys() == KINDS.keys()
    for kind in get_args(IncidentFact):
        assert "incident/fold" in rows[str(kind.__struct_config__.tag)]


def test_erasable_fields_are_marked() -> None:
    rows = {line.split("`")[1]: line for line in program().table().splitlines() if "| `" in line}
    assert "*text: words*" in rows["noted"]
    assert "; size: whole number;" in rows["evidence-acquired"]
