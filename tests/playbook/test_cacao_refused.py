"""What is no playbook, or is two, is refused with a true reason and its line, and never raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from foreign_playbooks import chain, playbook, taken
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cacao import NONSENSE

from tocsin.playbook.cacao.bring_in import imported


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["type", "workflow", "id", "spec_version", "x"]), NONSENSE))
def test_nonsense_is_imported_or_refused_and_never_raises(document: object) -> None:
    found = taken(document)
    assert (found.plan is None) == bool(found.mistakes)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]",:01ab \n\\u').map(str.encode))
def test_bytes_that_are_no_json_are_refused_with_a_line(data: bytes) -> None:
    found = imported(data, "playbook.json")
    assert found.plan is None and all(m.line >= 1 and m.remedy for m in found.mistakes)


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"", 1, "an empty file"),
        (b"{\n 'type': 1}", 2, "not JSON: \"'type': 1}\"; here belongs a key in quotes"),
        (b'{\n "a": { ... }\n}', 2, "not JSON"),
        (b'{\n "a": 1,\n}', 3, "a comma before }; remove the comma"),
        (b'{"a": [1, 2}', 1, "} where the other bracket was opened"),
        (b'{"a": "line\nbreak"}', 1, "close the quotes"),
        (b'{"a": NaN}', 1, "not JSON: 'NaN'"),
        (b'{"a": 1} {"b": 2}', 1, "more after the end"),
        (b"# Title\n```json\n{}\n```", 1, "save the playbook alone in a file"),
        (b"\xff\xfe{}", 1, "bytes that are not UTF-8"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, 1, "nested too deeply"),
        (b"[]", 1, "no JSON object"),
        (b'{\n"type": "bundle", "objects": []}', 2, "$.type: it is a 'bundle'"),
        (b'{"type": "playbook", "workflow": {}}', 1, "$.workflow: no steps"),
        (b'{"type": "playbook"}', 1, "$.workflow: no steps"),
        (b'{"a": ' + b"9" * 40 + b"}", 1, "a number of 40 signs"),
        (b" " * (9 * 1024 * 1024), 1, "bytes; a file has at most"),
    ],
)
def test_what_is_no_playbook_is_refused_with_its_line(data: bytes, line: int, said: str) -> None:
    found = imported(data, "playbook.json")
    assert found.plan is None
    [mistake] = found.mistakes
    assert mistake.line == line and said in str(mistake), mistake


def test_one_playbook_in_a_list_or_a_bundle_is_taken_out_and_two_are_refused() -> None:
    one = playbook(chain("a"))
    for holder in ([one], {"type": "bundle", "objects": [{"type": "identity"}, one]}):
        found = taken(holder)
        assert found.plan is not None
        assert "taken out of it" in {r.done for r in found.repairs}
    assert taken([one, one]).plan is None
    assert taken({"type": "bundle", "objects": [one, one]}).plan is None


def test_a_key_that_stands_twice_counts_once_and_is_told() -> None:
    text = json.dumps(playbook(chain("a")))[:-1] + ',\n"name": "other"}'
    found = imported(text.encode(), "playbook.json")
    assert found.plan is not None and found.plan.title == "Quarantine a poisoned corpus"
    assert (2, "$.name", "the first one counts") in {
        (r.line, r.path, r.done) for r in found.repairs
    }


def test_steps_that_unfold_without_bound_are_refused_with_the_true_reason() -> None:
    steps: dict[str, Any] = {"start--1": {"type": "start", "on_completion": "parallel--0"}}
    for n in range(20):
        to = f"parallel--{n + 1}"
        steps[f"parallel--{n}"] = {"type": "parallel", "next_steps": [to, to],
                                   "on_completion": "end--1"}  # fmt: skip
    steps["parallel--20"] = {"type": "action", "on_completion": "end--1"}
    steps["end--1"] = {"type": "end"}
    [mistake] = taken(playbook(steps)).mistakes
    assert mistake.path == "$.workflow" and "unfold to more than 1000" in mistake.found
