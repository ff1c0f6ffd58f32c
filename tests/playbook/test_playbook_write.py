"""A plan that is written reads back to the very same plan, whatever words stand in it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_plans import plans, texts

from tocsin.playbook import Plan, plan_of
from tocsin.playbook.write import yaml_of
from tocsin.playbook.write_yaml import Tree, beneath
from tocsin.register.strict_yaml import Node, YamlFile

ROOT = Path(__file__).parents[2]
SHIPPED = [*sorted((ROOT / "playbooks").glob("*.yaml")), ROOT / "examples/first-response/plan.yaml"]


def bare(plan: Plan) -> Plan:
    """The plan without what belongs to the file it was read from."""
    return msgspec.structs.replace(
        plan,
        digest="",
        lines={},
        severity=tuple(msgspec.structs.replace(rule, line=0) for rule in plan.severity),
        steps={n: msgspec.structs.replace(step, line=0) for n, step in plan.steps.items()},
    )


def read_again(text: str) -> Tree:
    file = YamlFile("plan.yaml", "plan", "anything")
    node = file.tree(text.encode())
    assert node is not None and not file.mistakes, (file.mistakes, text)
    return tree(node)


def tree(node: Node) -> Tree:
    match node.value:
        case dict():
            return {key: tree(value) for key, value in node.value.items()}
        case tuple():
            return tuple(map(tree, node.value))
        case str():
            return node.value


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_plan_is_written_as_it_was_read(path: Path) -> None:
    plan = plan_of(path.read_bytes(), path.name)
    text = yaml_of(plan)
    again = plan_of(text.encode(), path.name)
    assert bare(again) == bare(plan)
    assert list(again.steps) == list(plan.steps)
    assert yaml_of(again) == text


@settings(max_examples=40, deadline=None)
@given(plans())
def test_any_plan_is_written_as_it_was_read(plan: Plan) -> None:
    text = yaml_of(plan)
    again = plan_of(text.encode())
    assert bare(again) == bare(plan)
    assert yaml_of(again) == text


trees = st.recursive(
    texts(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(tuple),
        st.dictionaries(texts(), inner, min_size=1, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(texts(), trees, min_size=1, max_size=3))
def test_any_tree_of_texts_is_read_back(fields: dict[str, Tree]) -> None:
    assert read_again("\n".join(beneath(fields, 0)) + "\n") == fields


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("People answer (for an hour), then the model", None),
        ("finding.observed >= 0.25 && severity == 'sev1'", None),
        ("off", '"off"'),
        ("1.10", '"1.10"'),
        ("2027-05-31", None),
        ("{finding.metric} is high", '"{finding.metric} is high"'),
        ("Rule: stop #1", '"Rule: stop #1"'),
        ("ends with a colon:", '"ends with a colon:"'),
        ("- item", '"- item"'),
        (" space before", '" space before"'),
        ("a\tb", '"a\\tb"'),
        ("half a sign \ud800", '"half a sign \\ud800"'),
        ("for 30s in a#b and http://x/y", None),
    ],
)
def test_words_stand_in_quotes_only_where_yaml_could_take_them_for_something_else(
    text: str, line: str | None
) -> None:
    assert list(beneath({"says": text}, 0)) == [f"says: {line or text}"]


def test_long_words_are_folded_and_several_lines_stay_lines() -> None:
    long = "one word after another " * 9 + "and an end"
    lines = list(beneath({"says": long, "lines": "first\n\nthird\n", "last": "a\nb"}, 0))
    assert lines[0] == "says: >-" and all(len(line) < 100 for line in lines)
    assert lines[-7:] == ["lines: |", "  first", "", "  third", "last: |-", "  a", "  b"]
    assert read_again("\n".join(lines)) == {
        "says": long, "lines": "first\n\nthird\n", "last": "a\nb",
    }  # fmt: skip
