"""A sign that no YAML may hold is told by its number, on its line."""

from __future__ import annotations

import pytest

from tocsin.playbook import read_plan

PLAN = """\
plan: p
version: "1"
title: "TITLE"
steps:
  over:
    end: completed
"""


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\ufffe"])
def test_a_sign_that_yaml_refuses_is_told_on_its_line_in_one_line(sign: str) -> None:
    _, (mistake,) = read_plan(PLAN.replace("completed", f"comp{sign}leted").encode(), "p.yaml")
    assert mistake.line == 6 and f"U+{ord(sign):04X}" in mistake.found
    assert "\n" not in str(mistake)
