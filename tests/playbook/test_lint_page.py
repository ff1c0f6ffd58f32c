"""The page of rules says what the rules say, and so do its examples."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from tocsin.playbook.lint import RULES

PROGRAM = Path(__file__).parents[1] / "rules_page.py"


def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rules_page", PROGRAM)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_rules_say() -> None:
    rules_page = program()
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.page(), (
        "rules or their examples have changed: run python -m tests.rules_page"
    )


def test_every_rule_stands_on_the_page_with_both_examples() -> None:
    text = program().page()
    for rule in RULES.values():
        assert rule.why in text and rule.example.bad in text and rule.example.good in text
