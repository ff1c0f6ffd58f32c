"""Slow proof on chats as people wrote them, with no configuration: CLINC150 and HaluEval.

CLINC150's questions out of scope are those that an assistant cannot answer. Where their share
rises from 5 % to 10 % it is found; where it does not, nothing is said.
"""

from __future__ import annotations

import json
import os
import random
import statistics
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tocsin.cli.main import main

SHARED = Path(os.environ.get("TOCSIN_SHARED") or Path(__file__).parents[3] / "shared")
LOGS = SHARED / "data" / "logs"
START = datetime(2026, 10, 1, tzinfo=UTC)
ROWS, CHANGED, SECONDS = 10_000, 4800, 6
WINDOW = timedelta(hours=1)  # 600 questions
SEEDS = range(20)
pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(
        not LOGS.exists(),
        reason="NOT PROVEN: TOCSIN_SHARED names no folder with data/logs in it",
    ),
]


@cache
def clinc() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = json.loads((LOGS / "clinc150.json").read_text("utf-8"))
    return found


def written(path: Path, seed: int, rows: int, late: float) -> Path:
    """Questions of which 5 % are out of scope, and this share from CHANGED on."""
    draw = random.Random(seed)
    known = [*clinc()["train"], *clinc()["val"], *clinc()["test"]]
    strange = [*clinc()["oos_train"], *clinc()["oos_val"], *clinc()["oos_test"]]
    with path.open("w", encoding="utf-8") as file:
        for i in range(rows):
            share = late if i >= CHANGED else 0.05
            question, intent = draw.choice(strange if draw.random() < share else known)
            at = (START + timedelta(seconds=SECONDS * i)).isoformat()
            print(json.dumps({"at": at, "question": question, "intent": intent}), file=file)
    return path


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    main(["detect", *map(str, words), "--json"])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profiles of a healthy log, read once."""
    folder = tmp_path_factory.mktemp("reference")
    log = written(folder / "log.jsonl", 777, 2 * ROWS, 0.05)
    assert main(["profile", str(log), "--to", str(folder / "profiles"), "--window", "1h"]) == 0
    return folder / "profiles"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_chat_raises_nothing(
    seed: int, reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path / "log.jsonl", 1000 + seed, ROWS, 0.05)
    assert answer(capsys, log, "--reference", reference)["findings"] == []


def test_twice_as_many_questions_out_of_scope_are_found_soon(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By itself the command learns what a fallback is: the intent `oos`."""
    late, held = [], 0
    for seed in SEEDS:
        log = written(tmp_path / f"{seed}.jsonl", 2000 + seed, ROWS, 0.10)
        told = answer(capsys, log, "--reference", reference)
        found = {one["detector"]: one for one in told["findings"]}
        assert set(found) == {"fallback"}
        one = found["fallback"]
        begun = (datetime.fromisoformat(one["since"]) - START) / timedelta(seconds=SECONDS)
        healthy = max(0.0, CHANGED - begun) / (ROWS - begun)
        held += one["low"] < 0.05 * healthy + 0.10 * (1 - healthy) < one["high"]
        raised = next(w for w in one["course"]["windows"] if w["raised"])
        changed = START + timedelta(seconds=SECONDS * CHANGED)
        late.append((datetime.fromisoformat(raised["until"]) - changed) / WINDOW)
    assert held >= 0.8 * len(late)  # 95 % each for a beginning that is known; this one is estimated
    assert min(late) > 0 and statistics.median(late) <= 3 and max(late) <= 6


def test_the_share_of_hallucinated_answers_is_that_of_peoples_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """HaluEval beside a part of it in which few answers are marked."""
    log = LOGS / "halueval_general.jsonl"
    lines = log.read_text("utf-8").splitlines()
    marked = [line for line in lines if json.loads(line)["hallucination"] == "yes"]
    well = [line for line in lines if line not in set(marked)]
    draw = random.Random(5)
    mixed = [*well, *draw.sample(marked, 185)]
    draw.shuffle(mixed)
    (tmp_path / "reference.jsonl").write_text("\n".join(mixed) + "\n", "utf-8")
    told = answer(capsys, log, "--reference", tmp_path / "reference.jsonl")
    [one] = told["findings"]
    assert one["detector"] == "hallucination"
    assert (one["counted"], one["rows"], one["since"]) == (815, 4507, 1)
    assert one["observed"] == pytest.approx(815 / 4507, abs=1e-6)
    assert told["rows"] == 4507
