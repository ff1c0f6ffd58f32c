"""Poisoned and hostile traffic of the example assistant raises the alarm that names its way in.

The releases, the lies, the attacks are run through the assistant itself; what it logged is judged
by the detectors beside it. Flipped labels stand in for poisoned ones. Needs an interpreter that has
the assistant's packages: TOCSIN_EXAMPLE_PYTHON=env/bin/python pytest -m proof tests/examples
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from assistant_parts import EXAMPLE, ROOT, call
from test_assistant_proof import Shop, python

pytestmark = pytest.mark.proof
__all__ = ["python"]
DETECTORS = EXAMPLE / "detectors.yaml"
SENT = ("--count", "6000", "--rate", "150", "--known", "0.3", "--concurrency", "16")


class Attacked(Shop):
    """The shop, with a log that was well to compare with."""

    def traffic(self, log: str, *arguments: str, version: str = "1", mode: str = "healthy") -> None:
        """A minute of traffic under an attack, logged into a folder of its own."""
        self.stack.close()
        call(f"{self.knowledge}/admin", {"mode": mode})
        self.move_alias(version)
        self.begin(log)
        self.await_health(lambda h: h["version"] == version and not h["trouble"])
        sent = self.replay(*SENT, *arguments)
        assert sent["sent"] == 6000 and not {"error", "unreachable"} & set(sent["kinds"])
        self.stack.close()

    def found(self, log: str) -> dict[str, Any]:
        """What the detectors say of a log, by detector."""
        words = ["detect", str(self.folder / log), "--reference", str(self.folder / "well")]
        words += ["--detectors", str(DETECTORS), "--json"]
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *words],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr[-2000:]
        told = json.loads(done.stdout)
        return {one["detector"]: one for one in told["findings"]}


@pytest.fixture(scope="module")
def shop(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with ExitStack() as stack:
        found = Attacked(python, tmp_path_factory.mktemp("attacked"), stack)
        try:
            found.traffic("well", "--seed", "11")
            yield found
        finally:
            found.stack.close()


def test_healthy_traffic_of_another_day_raises_nothing(shop: Attacked) -> None:
    shop.traffic("again", "--seed", "12")
    assert shop.found("again") == {}


def test_flipped_labels_make_known_questions_disagree(shop: Attacked) -> None:
    shop.traffic("poisoned", "--seed", "13", version="3")
    found = shop.found("poisoned")
    assert found["poisoned-labels"]["failure_mode"] == "data-poisoning"
    assert found["poisoned-labels"]["version"] == "3" and "injected-prompts" not in found


def test_a_feed_that_lies_is_another_source_with_foreign_words(shop: Attacked) -> None:
    shop.traffic("lies", "--seed", "14", mode="lie")
    found = shop.found("lies")
    for one in ("poisoned-source", "foreign-words", "one-word-answers"):
        assert found[one]["failure_mode"] == "data-poisoning"
    assert not {"poisoned-labels", "injected-prompts"} & set(found)


def test_injected_prompts_match_known_attacks(shop: Attacked) -> None:
    shop.traffic("attacks", "--seed", "15", "--attacks", "0.05")
    found = shop.found("attacks")
    assert found["injected-prompts"]["failure_mode"] == "prompt-injection"
    assert "poisoned-source" not in found and "poisoned-labels" not in found
