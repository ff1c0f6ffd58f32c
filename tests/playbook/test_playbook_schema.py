"""The schema for editors knows what the reader knows: no field more, none less."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from random_plans import plan_texts

from tocsin.cli.playbook.schema import schema_text
from tocsin.playbook import read_plan
from tocsin.playbook.read_attributes import ANY_STEP
from tocsin.playbook.read_steps import FIELDS
from tocsin.playbook.schema import FIELD, KIND, OF_ANY_STEP, REQUIRED, schema

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "playbooks" / "playbook.schema.json"
SHIPPED = [*sorted((ROOT / "playbooks").glob("*.yaml")),
           *sorted((ROOT / "examples").glob("*/plan.yaml"))]  # fmt: skip
CHECK = Draft202012Validator(schema())
often = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck),
                 phases=[Phase.explicit, Phase.generate])  # fmt: skip
LEAST: dict[str, dict[str, Any]] = {
    "act": {"act": "h", "target": "t", "wanted": "off", "next": "over"},
    "ask": {"ask": "q?", "role": "r", "choices": {"yes": "over"}},
    "approve": {"approve": "it", "role": "r", "next": "over", "on_declined": "over"},
    "wait": {"wait": "5m", "next": "over"},
    "probe": {"probe": "e", "target": "t", "wanted": "off", "next": "over"},
    "gate": {"gate": [{"probe": "e", "target": "t", "wanted": "w", "criterion": "safety"}],
             "next": "over", "on_not_shown": "over", "on_undetermined": "over"},
    "call": {"call": "other", "next": "over", "on_failure": "over"},
    "decide": {"decide": [{"when": "true", "next": "over"}], "otherwise": "over",
               "undetermined": "over"},
    "seal": {"seal": ["model"], "budget": "1m", "next": "over", "on_insufficient": "over"},
    "page": {"page": "r", "text": "x", "within": "5m", "next": "over", "on_unanswered": "over"},
    "tell": {"tell": "a", "subject": "s", "text": "x", "through": "mail", "next": "over"},
    "parallel": {"parallel": ["one", "two"], "next": "over"},
    "end": {"end": "completed"},
}  # fmt: skip


def as_editors_see(value: Any) -> Any:
    """What YAML 1.2 makes of plain scalars: numbers and booleans."""
    match value:
        case dict():
            return {key: as_editors_see(one) for key, one in value.items()}
        case list():
            return [as_editors_see(one) for one in value]
        case "true" | "false":
            return value == "true"
        case str() if re.fullmatch(r"-?[0-9]+", value):
            return int(value)
        case str() if re.fullmatch(r"-?[0-9]+\.[0-9]+", value):
            return float(value)
        case _:
            return value


def around(step: dict[str, Any]) -> dict[str, Any]:
    steps: dict[str, Any] = {"begin": step}
    if "parallel" in step:
        steps |= {name: {"wait": "1m", "next": "join"} for name in step["parallel"]}
    if "end" not in step:
        steps["over"] = {"end": "completed"}
    return {"plan": "p", "version": "1", "title": "T", "steps": steps}


def fits(document: Any) -> bool:
    return bool(CHECK.is_valid(document))


def reads(document: Any) -> bool:
    return read_plan(json.dumps(document).encode())[0] is not None


def test_the_published_schema_is_the_one_that_is_made() -> None:
    assert PUBLISHED.read_text() == schema_text(), (
        "write it anew: tocsin playbook schema --to playbooks/playbook.schema.json"
    )
    Draft202012Validator.check_schema(json.loads(PUBLISHED.read_text()))


def test_every_field_of_the_readers_tables_has_words_in_the_schema_and_none_more() -> None:
    assert {*KIND} == {*FIELDS} == {*REQUIRED} == {*LEAST}
    assert {*FIELD} == {field for fields in FIELDS.values() for field in fields}
    assert {*OF_ANY_STEP} == {*ANY_STEP}
    assert all("description" in one for one in (*KIND.values(), *FIELD.values()))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_plans_fit_as_text_and_as_editors_see_them(path: Path) -> None:
    document = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    for seen in (document, as_editors_see(document)):
        assert [error.message for error in CHECK.iter_errors(seen)] == []


@often
@given(plan_texts())
def test_whatever_the_reader_accepts_fits(text: str) -> None:
    document = json.loads(text)
    assert fits(document) and fits(as_editors_see(document))


@pytest.mark.parametrize("kind", FIELDS)
def test_reader_and_schema_ask_for_the_same_fields_of_each_kind(kind: str) -> None:
    whole = LEAST[kind]
    assert reads(around(whole)) and fits(around(whole))
    for field in whole:
        less = {name: value for name, value in whole.items() if name != field}
        assert not reads(around({**less})) and not fits(around(less)), field
    every = {*KIND, *FIELD} - {kind, *FIELDS[kind]}
    for field in every:
        more = {**whole, field: LEAST.get(field, {}).get(field, "1")}
        assert not reads(around(more)) and not fits(around(more)), field


@pytest.mark.parametrize(
    "swap",
    [
        {"plan": "two words"}, {"title": "  "}, {"steps": {}},
        {"steps": {"join": {"end": "failed"}}},
        {"steps": {"a": {"end": "over"}}}, {"steps": {"a": {"wait": "5 min", "next": "b"}}},
        {"steps": {"a": {"wait": "0s", "next": "b"}}}, {"review_by": "31.5.2027"},
        {"techniques": ["T0020"]},
        {"severity": [{"when": "true", "severity": "bad", "reason": "r"}]},
        {"audiences": {"x": {"where": "abroad"}}}, {"variables": {"a-b": {"type": "text",
         "value": "x", "means": "m"}}}, {"continuity": {"fallback": "people"}},
        {"communication": [{"audience": "a", "within": "soon", "by": "b"}]}, {"tittle": "T"},
        {"post_mortem": [{"duty": "d", "by": "b"}]}, {"owner": ["a", "b"]},
        {"steps": {"a": {**LEAST["act"], "approvals": "3"}}},
        {"steps": {"a": {**LEAST["act"], "effect": "destroy"}}},
        {"steps": {"a": {**LEAST["act"], "undo": "on", "no_undo": "why"}}},
        {"steps": {"a": {**LEAST["ask"], "limit": "5m"}}},
        {"steps": {"a": {**LEAST["wait"], "rounds_max": "3"}}},
        {"steps": {"a": {**LEAST["wait"], "raci": {"responsible": ["r"]}}}},
        {"steps": {"a": {**LEAST["wait"],
                         "raci": {"accountable": ["r", "s"], "responsible": "r"}}}},
        {"steps": {"a": {**LEAST["wait"], "purpose": "fun"}}},
        {"steps": {"a": {**LEAST["wait"], "hours": "night"}}},
    ],
)  # fmt: skip
def test_what_the_reader_refuses_for_its_form_is_refused(swap: dict[str, Any]) -> None:
    document = {**around({"end": "completed"}), **swap}
    assert not reads(document) and not fits(document)
