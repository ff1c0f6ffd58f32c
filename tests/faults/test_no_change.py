"""What is said of mutants that make no difference is said of code that is there."""

from __future__ import annotations

import ast

import pytest
from mutate import ROOT, TESTS, kinds
from no_change import NO_CHANGE


@pytest.mark.parametrize("file", NO_CHANGE)
def test_each_change_that_makes_none_can_still_be_made(file: str) -> None:
    source = (ROOT / "src" / "tocsin" / file).read_text()
    lines = source.splitlines()
    made = {(kind, lines[number - 1].strip()) for kind, number in kinds(ast.parse(source))}
    gone = [one for one in NO_CHANGE[file] if one not in made]
    assert not gone, f"look at {file} again, these lines are no more: {gone}"
    assert file in TESTS and all(len(why) > 20 for why in NO_CHANGE[file].values())
