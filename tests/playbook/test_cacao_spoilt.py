"""Playbooks of ours that were spoilt at random on their way: read or refused, and never a crash."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tocsin.playbook.cacao.bring_in import imported
from tocsin.playbook.cacao.check import mistakes_of_cacao
from tocsin.playbook.cacao.send_out import sent
from tocsin.playbook.read import plan_of

PLAN = Path(__file__).parents[2] / "examples/first-response/plan.yaml"
PLAYBOOK = json.loads(sent(plan_of(PLAN.read_bytes()), datetime(2026, 11, 26, tzinfo=UTC)).bytes)
JUNK = [None, True, 0, -1, 1.5, "", "x", "action--gone", [], {}, [[]], {"a": {}}, "\ud800", "a\nb",
        "~", "#x: y", "__x__:value"]  # fmt: skip


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document: what holds it, and the key or number there."""
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, inner in pairs:
        yield value, key
        if isinstance(inner, dict | list):
            yield from spots(inner)


def spoilt(draw: random.Random) -> Any:
    """The playbook with one to four places taken out, overwritten, exchanged or renamed."""
    document = copy.deepcopy(PLAYBOOK)
    for _ in range(draw.choice([1, 1, 2, 4])):
        places = list(spots(document))
        held, key = draw.choice(places)
        how = draw.randrange(4)
        if how == 0:
            del held[key]
        elif how == 1:
            held[key] = copy.deepcopy(draw.choice(JUNK))
        elif how == 2:
            other, there = draw.choice(places)
            if there in (other if isinstance(other, dict) else range(len(other))):
                held[key] = copy.deepcopy(other[there])
        elif isinstance(held, dict):
            held[draw.choice(["x", "on_failure", "on_success", "type"])] = held.pop(key)
    return document


@pytest.mark.parametrize("seed", range(120))
def test_a_spoilt_playbook_is_read_or_refused(seed: int) -> None:
    data = json.dumps(spoilt(random.Random(seed))).encode()
    found = imported(data, "playbook.json")
    assert (found.plan is None) == bool(found.mistakes)
    assert all("as a plan of ours" not in str(mistake) for mistake in found.mistakes)
    mistakes_of_cacao(data, "playbook.json")
