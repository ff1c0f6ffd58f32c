"""`tocsin judge` on answers whose inventions people marked, with a judge that errs as is known."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli_seat import Keyboard, copied
from model_side import Rule, model
from small_web import Said, Web, small_web

SHARED = Path(os.environ.get("TOCSIN_SHARED") or Path(__file__).parents[3] / "shared")
HALUEVAL = SHARED / "data" / "logs" / "halueval_general.jsonl"
ROWS = 500
SENSITIVITY, SPECIFICITY = 0.85, 0.92
MODEL = ("--model", "one")


def halueval() -> list[dict[str, str]]:
    if not HALUEVAL.exists():
        pytest.skip(f"NOT PROVEN: no {HALUEVAL}; set TOCSIN_SHARED to where the data lie")
    lines = HALUEVAL.read_text("utf-8").splitlines()[:ROWS]
    return [json.loads(line) for line in lines]


def lot(text: str) -> float:
    """A number from 0 to 1 that follows from a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def erring(truth: dict[str, bool]) -> Rule:
    """A small program in the place of a model: it errs as often as it is said to."""

    def grounded(put: dict[str, object]) -> bool:
        answer = str(put["answer"])
        right = lot(answer) < (SPECIFICITY if truth[answer] else SENSITIVITY)
        return truth[answer] if right else not truth[answer]

    return grounded


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def chat(path: Path, rows: list[dict[str, str]]) -> Path:
    """The exchanges as a log."""
    written: list[dict[str, object]] = [
        {"at": f"2026-11-26T08:{i // 60 % 60:02}:{i % 60:02}Z", "request_id": row["ID"],
         "question": row["user_query"], "answer": row["chatgpt_response"]}
        for i, row in enumerate(rows)
    ]  # fmt: skip
    return lines(path, written)


def test_a_judges_errors_are_taken_out_of_what_it_says_of_halueval(tmp_path: Path) -> None:
    rows = halueval()
    log, to = chat(tmp_path / "chat.jsonl", rows), tmp_path / "verdicts.jsonl"
    truth = {row["chatgpt_response"]: row["hallucination"] == "no" for row in rows}
    marked = [{"request_id": r["ID"], "grounded": r["hallucination"] == "no"} for r in rows]
    labels = lines(tmp_path / "labels.jsonl", marked[::2])  # people looked at every second one
    with small_web(model(erring(truth))) as web:
        words = ("judge", log, "--with", web.url("/v1"), *MODEL, "--sample", ROWS, "--to", to)
        done = Keyboard(tmp_path / "home").done(*words, "--labels", labels)
    share = sum(not grounded for grounded in truth.values()) / len(truth)
    assert done["exchanges"] == ROWS and done["left"] == 0 and done["verdicts"] > 0.9 * ROWS
    found, plain = done["corrected"], done["observed"]
    assert found["low"] <= share <= found["high"] and found["high"] - found["low"] < 0.4
    assert plain["share"] > share + 0.02  # it slanders more than it overlooks
    assert abs(found["share"] - share) < abs(plain["share"] - share)
    errors = done["judge_errors"]
    assert abs(errors["noticed"] / errors["ungrounded"] - SENSITIVITY) < 0.12
    first = json.loads(to.read_text().splitlines()[0])
    assert first["judge_version"] == "one-2026-05 fp1" and first["had_context"] is False


PLAIN = [
    {"at": f"2026-11-26T08:00:{i:02}Z", "request_id": f"r{i}", "question": "refund?",
     "answer": f"We refund order number {i}.", "context": f"We refund order number {i} at once."}
    for i in range(20)
]  # fmt: skip


def test_verdicts_are_a_log_that_detect_reads_without_being_told(tmp_path: Path) -> None:
    type_ = Keyboard(tmp_path / "home")
    for name, invented in (("before", 0.05), ("now", 0.25)):
        rows: list[dict[str, object]] = []
        for i in range(600):
            ill = lot(f"{name}{i}") < invented
            rows.append({
                "at": f"2026-11-26T{i // 60:02}:{i % 60:02}:00Z", "request_id": f"{name}{i}",
                "question": "refund?", "answer": "We refund never." if ill else "We refund.",
                "context": "We refund all orders.",
            })  # fmt: skip
        chats = lines(tmp_path / f"{name}.jsonl", rows)
        with small_web(model(lambda put: "never" not in str(put["answer"]))) as web:
            type_.done("judge", chats, "--with", web.url(), *MODEL, "--sample", 600, "--to",
                       tmp_path / f"{name}.verdicts.jsonl")  # fmt: skip
    ran = type_("detect", tmp_path / "now.verdicts.jsonl", "--reference",
                tmp_path / "before.verdicts.jsonl", "--json")  # fmt: skip
    [found] = [one for one in ran.json["findings"] if one["column"] == "ungrounded"]
    assert ran.status == 1 and found["failure_mode"] == "hallucination"
    assert found["low"] < 0.25 < found["high"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return lines(tmp_path / "chat.jsonl", [dict(row) for row in PLAIN])


def test_without_labels_it_says_that_it_is_uncorrected(tmp_path: Path, log: Path) -> None:
    type_ = Keyboard(tmp_path / "home")
    with small_web(model(lambda put: "7" not in str(put["answer"]))) as web:
        ran = type_("judge", log, "--with", web.url(), *MODEL, "--sample", 20, "--to",
                    tmp_path / "v.jsonl")  # fmt: skip
    assert ran.status == 0
    assert "20 of 20 exchanges were put before one told" in ran.out
    assert "not grounded, as the judge says: 10.0%" in ran.out and "uncorrected" in ran.out


def test_it_goes_on_where_the_calls_were_used_up(tmp_path: Path, log: Path) -> None:
    type_ = Keyboard(tmp_path / "home")
    with small_web(model(lambda put: True)) as web:
        words = ("judge", log, "--with", web.url(), *MODEL, "--sample", 12, "--to",
                 tmp_path / "v.jsonl")  # fmt: skip
        first = type_.done(*words, "--calls", 5)
        assert (first["asked"], first["left"]) == (5, 7)
        second = type_.done(*words)
        assert (second["asked"], second["left"], len(web.asked)) == (7, 0, 12)


def test_a_judge_of_the_register_is_named(tmp_path: Path, log: Path, founded_home: Path) -> None:
    with small_web(model(lambda put: True)) as web:
        home = copied(founded_home, tmp_path / "home")
        (home / "register" / "judge.toml").write_text(
            f'[integrations.truth]\nkind = "judge"\nurl = "{web.url()}"\n'
            f'settings = {{model = "one", networks = "127.0.0.1/32", ports = "{web.port}"}}\n'
        )
        type_ = Keyboard(home)
        words = ("judge", log, "--sample", 3, "--to", tmp_path / "v.jsonl")
        assert type_.done(*words, "--with", "truth")["verdicts"] == 3
        assert "did you mean" in type_.refused(*words, "--with", "trut")


def away(web: Web) -> None:
    web.answers = lambda asked: Said(status=401)


def test_a_far_side_that_refuses_is_the_world_that_failed(tmp_path: Path, log: Path) -> None:
    type_ = Keyboard(tmp_path / "home")
    with small_web(model(lambda put: True)) as web:
        away(web)
        ran = type_("judge", log, "--with", web.url(), *MODEL, "--sample", 3, "--to",
                    tmp_path / "v.jsonl", "--json")  # fmt: skip
    assert ran.status == 3 and "401" in ran.json["stopped"] and ran.json["left"] == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (lambda log, to: (log, "--with", "http://127.0.0.1:9", "--sample", 1, "--to", to), "model"),
        (lambda log, to: (log, "--with", "who", "--sample", 1, "--to", to), "tocsin init"),
        (lambda log, to: ("no.jsonl", "--with", "http://127.0.0.1:9", *MODEL, "--sample", 1,
                          "--to", to), "there is no no.jsonl"),
        (lambda log, to: (log, "--with", "http://127.0.0.1:9", *MODEL, "--sample", 0, "--to", to),
         "whole number"),
        (lambda log, to: (log, "--with", "http://127.0.0.1:9", *MODEL, "--sample", 1, "--to", log),
         "line 1: no verdict"),
    ],
)  # fmt: skip
def test_wrong_use_is_told(
    tmp_path: Path, log: Path, words: Callable[[Path, Path], tuple[object, ...]], told: str
) -> None:
    home = Keyboard(tmp_path / "home")
    assert told in home.refused("judge", *words(log, tmp_path / "v.jsonl"))
