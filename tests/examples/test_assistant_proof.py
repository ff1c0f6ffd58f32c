"""The whole example assistant on a real MLflow server. Needs an interpreter that has its packages.

TOCSIN_EXAMPLE_PYTHON=env/bin/python pytest -m proof tests/examples
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from assistant_parts import EXAMPLE, call, running

pytestmark = pytest.mark.proof
VARIABLE = "TOCSIN_EXAMPLE_PYTHON"


@pytest.fixture(scope="module")
def python() -> str:
    found = os.environ.get(VARIABLE)
    if not found:
        pytest.skip(
            f"NOT PROVEN: the example assistant did not run. Set {VARIABLE} to an interpreter "
            "with examples/assistant/requirements.txt installed"
        )
    return found


def said(python: str, program: str, *arguments: str) -> Any:
    """The JSON line that a program of the example ends with."""
    done = subprocess.run(
        [python, program, *arguments], cwd=EXAMPLE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


class Shop:
    """A registry with releases 1 healthy, 2 dropped-intents, 3 poisoned; and the assistant."""

    def __init__(self, python: str, folder: Path, stack: ExitStack) -> None:
        self.python, self.folder = python, folder
        self.switches = folder / "switches.json"
        self.switch(model=True, knowledge=True)

        def start(program: str, *arguments: str) -> str:
            return stack.enter_context(running(program, *arguments, python=python))[0]

        self.registry = start("registry.py", "--folder", str(folder / "registry"))
        releases = ["healthy", "dropped-intents", "poisoned"]
        register = ["--registry", self.registry, "--alias", "production"]
        said(python, "train.py", *register, "--variant", *releases)
        self.knowledge = start("knowledge.py")
        self.people = start("people.py", "--folder", str(folder / "tickets"))
        self.begin()

    def begin(self, log: str = "log") -> None:
        """Starts the assistant (again), writing into this folder."""
        self.stack = ExitStack()
        arguments = ["--registry", self.registry, "--knowledge", self.knowledge]
        arguments += ["--people", self.people, "--switch", f"file:{self.switches}"]
        arguments += ["--log", str(self.folder / log)]
        self.address, self.process = self.stack.enter_context(
            running("serve.py", *arguments, python=self.python)
        )

    def switch(self, model: bool, knowledge: bool) -> None:
        fresh = self.switches.with_suffix(".new")
        fresh.write_text(json.dumps({"assistant.model": model, "assistant.knowledge": knowledge}))
        fresh.replace(self.switches)

    def move_alias(self, version: str) -> None:
        body = {"name": "intents", "alias": "production", "version": version}
        assert call(f"{self.registry}/api/2.0/mlflow/registered-models/alias", body)[0] == 200

    def await_health(self, good: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        ends = time.monotonic() + 60
        while True:
            found: dict[str, Any] = call(f"{self.address}/health")[1]
            if good(found):
                return found
            assert time.monotonic() < ends, found
            time.sleep(0.2)

    def serve_version(self, version: str) -> None:
        self.move_alias(version)
        self.await_health(lambda h: h["version"] == version and not h["trouble"])

    def replay(self, *arguments: str) -> Any:
        return said(self.python, "replay.py", "--to", self.address, *arguments)

    def ask(self, question: str, segment: str = "en") -> dict[str, Any]:
        return call(f"{self.address}/chat", {"question": question, "segment": segment})[1]

    def artifact(self, version: str, name: str) -> Path:
        query = f"{self.registry}/api/2.0/mlflow/model-versions/get-download-uri"
        uri = str(call(f"{query}?name=intents&version={version}")[1]["artifact_uri"])
        below = uri.removeprefix("mlflow-artifacts:/")
        return self.folder / "registry" / "artifacts" / below / name

    def await_logged(self, told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The rows of these answers, once all of them are in the log."""
        ends = time.monotonic() + 60
        while True:
            rows = {row["request_id"]: row for row in self.logged()}
            if {one["request_id"] for one in told} <= rows.keys():
                return rows
            assert time.monotonic() < ends, (len(told), len(rows))
            time.sleep(0.2)

    def logged(self) -> list[dict[str, Any]]:
        files = sorted((self.folder / "log").glob("date=*/part-*.parquet"))
        return [row for f in files for row in pyarrow.parquet.ParquetFile(f).read().to_pylist()]


@pytest.fixture(scope="module")
def shop(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with ExitStack() as stack:
        found = Shop(python, tmp_path_factory.mktemp("shop"), stack)
        try:
            yield found
        finally:
            found.stack.close()


@pytest.fixture(autouse=True)
def healthy_again(shop: Shop) -> Iterator[None]:
    yield
    shop.switch(model=True, knowledge=True)
    call(f"{shop.knowledge}/admin", {"mode": "healthy"})
    shop.serve_version("1")


def test_a_release_that_lost_intents_says_i_dont_know_most_in_spanish(shop: Shop) -> None:
    before = shop.replay("--count", "1500")
    assert before["versions"] == {"1": 1500}
    assert before["fallback_rate"] < 0.07 and before["right_when_answered"] > 0.97
    shop.serve_version("2")
    after = shop.replay("--count", "1500")
    assert after["versions"] == {"2": 1500}
    assert after["fallback_rate"] > 0.15
    segments = after["fallback_by_segment"]
    assert segments["es"] > 1.5 * max(segments["en"], segments["de"])


def test_a_poisoned_release_is_wrong_and_hardly_unsure(shop: Shop) -> None:
    before = shop.replay("--count", "1500")
    shop.serve_version("3")
    after = shop.replay("--count", "1500")
    assert after["right_when_answered"] < before["right_when_answered"] - 0.03
    assert after["fallback_rate"] < before["fallback_rate"] + 0.04
    assert shop.ask("can I get a refund for order 41230")["intent"] == "order_status"


def test_each_answer_is_one_row_of_the_log(shop: Shop) -> None:
    told = [shop.ask(f"where is my order {n}") for n in range(10_000, 10_030)]
    shop.switch(model=False, knowledge=True)
    told += [shop.ask("wo ist mein Geld", "de")]
    rows = shop.await_logged(told)
    for one in told:
        row = rows[one["request_id"]]
        for name in ("answer", "version", "served_by", "intent", "sources", "fallback", "error"):
            assert row[name] == one[name]
        assert json.loads(row["flags"]) == one["flags"]
    assert told[-1]["served_by"] == "people" and not told[-1]["fallback"]
    assert rows[told[-1]["request_id"]]["confidence"] is None


def test_killed_at_work_it_loses_only_the_unflushed_second(shop: Shop) -> None:
    told = [shop.ask(f"where is my order {n}") for n in range(10_000, 10_020)]
    shop.await_logged(told)
    shop.process.send_signal(signal.SIGKILL)
    shop.process.wait()
    shop.stack.close()
    assert {t["request_id"] for t in told} <= {row["request_id"] for row in shop.logged()}
    shop.begin()
    assert shop.ask("where is my order 12345")["version"] == "1"


def test_without_the_model_people_answer_and_without_knowledge_no_source(shop: Shop) -> None:
    shop.switch(model=False, knowledge=True)
    assert shop.replay("--count", "100")["kinds"] == {"people": 100}
    assert call(f"{shop.people}/tickets")[1]["tickets"] >= 100
    shop.switch(model=True, knowledge=False)
    assert "grounded" not in shop.replay("--count", "100")["kinds"]
    shop.switches.unlink()  # in doubt: off
    assert shop.ask("where is my order 12345")["served_by"] == "people"


def test_a_lying_a_failing_and_a_hanging_vendor(shop: Shop) -> None:
    question = "can I return the kettle in the York shop"
    good = shop.ask(question)
    assert good["sources"] == ["kb-en-return_item"]
    call(f"{shop.knowledge}/admin", {"mode": "lie"})
    assert "Mathilde Orsenne" in shop.ask(question)["answer"]
    shop.switch(model=True, knowledge=False)
    assert "Mathilde Orsenne" not in shop.ask(question)["answer"]
    shop.switch(model=True, knowledge=True)
    call(f"{shop.knowledge}/admin", {"mode": "fail"})
    assert (shop.ask(question)["sources"], shop.ask(question)["error"]) == ([], False)
    call(f"{shop.knowledge}/admin", {"mode": "hang"})
    assert shop.ask(question)["sources"] == []  # an hour before the vendor would have answered
    last: Any = call(f"{shop.address}/retrieval")[1]["retrievals"]
    assert last[-1]["trouble"].startswith("time-out")


def test_an_altered_or_missing_file_is_never_loaded(shop: Shop) -> None:
    for name in ("model.skops", "manifest.json"):
        at = shop.artifact("3", name)
        kept = at.read_bytes()
        for damage in (lambda: at.write_bytes(kept + b" "), at.unlink):  # noqa: B023
            damage()
            shop.move_alias("3")
            found = shop.await_health(lambda h: h["wanted"] == "3" and bool(h["trouble"]))
            assert found["version"] == "1" and name in found["trouble"][0]
            assert shop.ask("where is my order 12345")["version"] == "1"
            shop.serve_version("1")
            body = {"version": "3", "questions": ["where is my refund"]}
            assert call(f"{shop.address}/shadow", body)[0] == 422
            at.write_bytes(kept)
    shop.serve_version("3")


def test_the_smoke_test_answers_with_another_release_beside(shop: Shop) -> None:
    body = {"version": "2", "questions": ["dónde está mi pedido 12345", "where is my order 1234"]}
    status, found = call(f"{shop.address}/shadow", body)
    answers: Any = found["answers"]
    assert status == 200 and found["version"] == "2"
    assert [a["question"] for a in answers] == body["questions"]
    assert answers[1]["intent"] == "order_status"
    assert call(f"{shop.address}/health")[1]["version"] == "1"
    assert call(f"{shop.address}/shadow", {"version": "99", "questions": ["x"]})[0] == 422


def test_the_configuration_is_evidence(shop: Shop) -> None:
    found: Any = call(f"{shop.address}/config")[1]
    assert found["model"]["version"] == "1" and len(found["model"]["manifest_sha256"]) == 64
    assert found["prompts"]["en"] and len(found["prompts_sha256"]) == 64
    version = f"{shop.registry}/api/2.0/mlflow/model-versions/get?name=intents&version=1"
    tags: Any = call(version)[1]["model_version"]["tags"]
    assert {"key": "manifest_sha256", "value": found["model"]["manifest_sha256"]} in tags
    run: Any = call(f"{shop.registry}/api/2.0/mlflow/runs/get?run_id={found['model']['run']}")[1]
    inputs = run["run"]["inputs"]["dataset_inputs"]
    digests = [t["value"] for i in inputs for t in i["tags"] if t["key"] == "sha256"]
    assert len(digests) == 2 and all(len(d) == 64 for d in digests)
