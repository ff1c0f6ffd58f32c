"""The example assistant, as far as it runs without MLflow and scikit-learn."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet
import pytest
import uvicorn
from assistant_parts import EXAMPLE, call, part, running
from openfeature import api

from tocsin.switch.server import app
from tocsin.switch.state import Switch
from tocsin.switch.store import SwitchFolder

corpus, inference_log, flags, manifest = (
    part(name) for name in ("corpus", "inference_log", "flags", "manifest")
)


def row(number: int, at: datetime | None = None) -> dict[str, object]:
    return {
        "at": at or datetime(2026, 11, 26, 3, 0, 0, number, tzinfo=UTC),
        "request_id": f"r{number}",
        "session": "s",
        "version": "1",
        "segment": "en",
        "question": "where is my kettle",
        "answer": "on its way",
        "intent": "order_status",
        "confidence": 0.9,
        "fallback": False,
        "error": False,
        "latency_ms": 1.5,
        "sources": ["kb-en-order_status"],
        "context": "Orders leave the warehouse in one working day.",
        "index": "0" * 64,
        "expected": None,
        "served_by": "assistant",
        "flags": "{}",
    }


def logged(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.glob("date=*/part-*.parquet")):
        table = pyarrow.parquet.ParquetFile(path).read()
        assert table.schema.equals(inference_log.SCHEMA)
        found += table.column("request_id").to_pylist()
    return found


# --- the corpus


def test_the_same_seed_gives_the_same_utterances_and_another_seed_others() -> None:
    first = corpus.utterances("train", 1)
    assert first == corpus.utterances("train", 1)
    assert first != corpus.utterances("train", 2)
    assert len(first) > 4000
    assert {u.segment for u in first} == {"en", "de", "es"}
    assert len({u.intent for u in first} - {corpus.OUT_OF_SCOPE}) == 15


def test_questions_out_of_scope_in_traffic_were_never_trained_on() -> None:
    for segment in corpus.LANGUAGES:
        ways = corpus.Language(segment).ways[corpus.OUT_OF_SCOPE]
        draw = corpus.random.Random(1)
        pools = [
            set(corpus.pool(ways, corpus.OUT_OF_SCOPE, split, draw))
            for split in ("train", "check", "traffic")
        ]
        assert all(pools) and sum(map(len, pools)) == len(set.union(*pools))


def test_every_slot_is_filled() -> None:
    assert not [u for u in corpus.utterances("traffic", 3) if "{" in u.text or "}" in u.text]


def test_every_intent_has_an_article_in_every_language() -> None:
    lines = (EXAMPLE / "corpus" / "articles.jsonl").read_text("utf-8").splitlines()
    told = {(a["topic"], a["language"]) for a in map(json.loads, lines)}
    asked = {(u.intent, u.segment) for u in corpus.utterances("train", 1)}
    assert {pair for pair in asked if pair[0] != corpus.OUT_OF_SCOPE} == told


def test_clinc_stands_in_for_the_corpus(tmp_path: Path) -> None:
    file = tmp_path / "data_full.json"
    splits = {s: [[f"{s} a", "translate"]] for s in ("train", "val", "test")}
    out = {f"oos_{s}": [[f"{s} b", "oos"]] for s in ("train", "val", "test")}
    file.write_text(json.dumps(splits | out))
    found = set(corpus.utterances("check", 1, file))
    assert found == {
        corpus.Utterance("val a", "translate", "en"),
        corpus.Utterance("val b", corpus.OUT_OF_SCOPE, "en"),
    }


# --- the log


def test_rows_are_on_disk_within_the_flush_second_in_their_days(tmp_path: Path) -> None:
    log = inference_log.InferenceLog(tmp_path / "log", flush_seconds=0.05)
    log.append(row(1, datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC)))
    log.append(row(2, datetime(2026, 11, 26, 0, 0, 0, tzinfo=UTC)))
    ends = time.monotonic() + 10
    while log.written < 2 and time.monotonic() < ends:
        time.sleep(0.01)
    days = sorted(p.parent.name for p in (tmp_path / "log").glob("date=*/part-*.parquet"))
    assert days == ["date=2026-11-25", "date=2026-11-26"]
    log.close()
    assert logged(tmp_path / "log") == ["r1", "r2"]


def test_a_full_buffer_does_not_wait_for_the_second(tmp_path: Path) -> None:
    log = inference_log.InferenceLog(tmp_path / "log", flush_seconds=3600, flush_rows=10)
    for number in range(10):
        log.append(row(number))
    ends = time.monotonic() + 10
    while log.written < 10 and time.monotonic() < ends:
        time.sleep(0.01)
    assert log.written == 10
    log.close()


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    log = inference_log.InferenceLog(tmp_path / "log")
    with pytest.raises(BlockingIOError):
        inference_log.InferenceLog(tmp_path / "log")
    log.close()
    inference_log.InferenceLog(tmp_path / "log").close()


def test_what_the_disk_refuses_is_held_and_counted_when_it_is_too_much(tmp_path: Path) -> None:
    log = inference_log.InferenceLog(tmp_path / "log", flush_seconds=3600, held_rows_max=3)
    in_the_way = tmp_path / "log" / "date=2026-11-26"
    in_the_way.write_text("a file where the folder should be")
    for number in range(5):
        log.append(row(number))
    log.flush()
    assert (log.written, log.lost) == (0, 2) and "Error" in log.trouble
    in_the_way.unlink()
    log.close()
    assert (log.written, log.trouble) == (3, "")
    assert logged(tmp_path / "log") == ["r2", "r3", "r4"]


WRITER = """
import sys, time
sys.path[:0] = [{example!r}, {tests!r}]
from pathlib import Path
from inference_log import InferenceLog
from test_assistant_parts import row
log = InferenceLog(Path({folder!r}), flush_seconds=0.02, flush_rows=50)
number = 0
while True:
    log.append(row(number))
    number += 1
    if number % 100 == 0:
        log.flush()
        print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_files_and_every_flushed_row(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    code = WRITER.format(example=str(EXAMPLE), tests=str(Path(__file__).parent), folder=str(folder))
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    flushed = 0
    for line in writer.stdout:
        flushed = int(line)
        if flushed >= 500:
            break
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    found = logged(folder)
    assert sorted(found, key=lambda r: int(r[1:])) == [f"r{n}" for n in range(len(found))]
    assert len(found) >= flushed
    inference_log.InferenceLog(folder).close()  # the next one takes over, and tidies
    assert not list(folder.glob(f"date=*/.*{inference_log.UNFINISHED}"))


# --- the manifest


def test_a_manifest_notices_every_change(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(b"weights")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "words").write_bytes(b"words")
    at = tmp_path / manifest.NAME
    at.write_bytes(manifest.manifest(tmp_path))
    wanted = manifest.sha256(at)
    assert manifest.objections(tmp_path, wanted) == []
    assert "no tag" in manifest.objections(tmp_path, None)[0]
    assert "not the one registered" in manifest.objections(tmp_path, "0" * 64)[0]
    (tmp_path / "model.skops").write_bytes(b"weightz")
    (tmp_path / "deep" / "words").unlink()
    found = manifest.objections(tmp_path, wanted)
    assert [f.split(":")[0] for f in found] == ["deep/words is missing", "model.skops is altered"]
    at.unlink()
    assert manifest.objections(tmp_path, wanted) == ["manifest.json is missing"]


# --- the switches


@pytest.mark.parametrize(
    ("content", "model"),
    [
        ('{"assistant.model": true, "assistant.knowledge": true}', True),
        ('{"assistant.model": false, "assistant.knowledge": true}', False),
        ('{"assistant.modle": true}', False),
        ('{"assistant.model": "true"}', False),
        ('{"assistant.model": 1}', False),
        ('{"assistant.model": tru', False),
        ("[true]", False),
        (None, False),
    ],
)
def test_every_doubt_about_a_switch_is_off(
    tmp_path: Path, content: str | None, model: bool
) -> None:
    file = tmp_path / "switches.json"
    if content is not None:
        file.write_text(content)
    switches = flags.Switches(flags.provider_from(f"file:{file}"))
    try:
        assert switches.read()[flags.MODEL] is model
        file.unlink(missing_ok=True)
        assert set(switches.read().values()) == {False}
        assert switches.why[flags.MODEL].startswith("ERROR")
    finally:
        api.clear_providers()


def test_without_a_switch_server_everything_is_off(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    switches = flags.Switches(flags.provider_from(nobody, "no key", tmp_path / "keep"))
    try:
        assert set(switches.read().values()) == {False}
        assert switches.why[flags.MODEL] != "STATIC"
    finally:
        flags.stopped()
        api.clear_providers()


@contextmanager
def switch_server(folder: SwitchFolder) -> Iterator[str]:
    """Tocsin's switch server, on a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app(folder), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def within(seconds: float, good: Callable[[], bool]) -> bool:
    ends = time.monotonic() + seconds
    while not good():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def test_tocsins_switch_is_obeyed_both_ways(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    folder = SwitchFolder(tmp_path / "switch")
    on = Switch(on=True, on_loss="safe", last_for_seconds=0)
    folder.declare({flags.MODEL: on, flags.KNOWLEDGE: on}, now)
    folder.set(flags.MODEL, True, "order-1", now)
    with switch_server(folder) as address:
        provider = flags.provider_from(address, folder.public_key, tmp_path / "keep")
        switches = flags.Switches(provider)
        try:
            assert within(10, lambda: switches.read()[flags.MODEL])
            folder.set(flags.MODEL, False, "order-2", now)
            assert within(10, lambda: not switches.read()[flags.MODEL])
            assert switches.why[flags.MODEL] == "STATIC"
            folder.set(flags.MODEL, True, "order-3", now)
            assert within(10, lambda: switches.read()[flags.MODEL])
        finally:
            flags.stopped()
            api.clear_providers()


# --- the third party


def test_the_knowledge_api_answers_lies_hangs_and_fails(tmp_path: Path) -> None:
    poison = tmp_path / "poison.jsonl"
    with running("knowledge.py", "--poison", str(poison)) as (address, _):
        query = f"{address}/search?topic=refund&language=de&q=Geld"
        _, true = call(query)
        assert [a["id"] for a in true["articles"]] == ["kb-de-refund"]
        call(f"{address}/admin", {"mode": "lie"})
        _, lie = call(query)
        assert "Mathilde Orsenne" in lie["articles"][0]["text"] and lie["index"] != true["index"]
        call(f"{address}/admin", {"mode": "healthy"})
        assert call(query)[1] == true
        poison.write_text((EXAMPLE / "corpus" / "lies.jsonl").read_text("utf-8"))
        assert call(query)[1] == lie
        poison.write_text("half a li")
        assert call(query)[1] == true
        call(f"{address}/admin", {"mode": "fail"})
        assert call(query)[0] == 503
        call(f"{address}/admin", {"mode": "hang"})
        with pytest.raises(TimeoutError):
            call(query, seconds=0.3)
        assert call(f"{address}/admin", {"mode": "worse"})[0] == 422
        assert call(f"{address}/health")[0] == 200


# --- the people


def asked(number: int) -> dict[str, str]:
    return {"request_id": f"r{number}", "question": "wo ist mein Geld", "segment": "de"}


def test_a_promised_ticket_survives_a_kill_and_is_promised_once(tmp_path: Path) -> None:
    folder = tmp_path / "tickets"
    with running("people.py", "--folder", str(folder)) as (address, process):
        with ThreadPoolExecutor(8) as many:
            answers = list(many.map(lambda n: call(f"{address}/questions", asked(n)), range(24)))
        process.send_signal(signal.SIGKILL)
        process.wait()
    tickets = {body["ticket"] for status, body in answers if status == 200}
    assert len(tickets) == 24
    with (folder / "tickets.jsonl").open("a") as file:
        file.write('{"ticket": "H0000')  # what a power cut may leave
    with running("people.py", "--folder", str(folder)) as (address, _):
        assert call(f"{address}/questions", asked(7))[1] == answers[7][1]
        fresh = call(f"{address}/questions", asked(99))[1]["ticket"]
        assert fresh not in tickets
        assert call(f"{address}/tickets")[1]["tickets"] == 25
    lines = (folder / "tickets.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["request_id"] for line in lines][-1] == "r99"


def test_a_disk_that_refuses_promises_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "tickets"
    with running("people.py", "--folder", str(folder)) as (address, _):
        (folder / "tickets.jsonl").mkdir()
        assert call(f"{address}/questions", asked(1))[0] == 503
        (folder / "tickets.jsonl").rmdir()
        assert call(f"{address}/questions", asked(1))[0] == 200
        assert call(f"{address}/tickets")[1]["tickets"] == 1


def test_the_same_request_at_the_same_time_is_one_ticket(tmp_path: Path) -> None:
    with running("people.py", "--folder", str(tmp_path)) as (address, _):
        at_once = threading.Barrier(6)

        def ask(_: int) -> object:
            at_once.wait()
            return call(f"{address}/questions", asked(1))[1]["ticket"]

        with ThreadPoolExecutor(6) as many:
            assert len(set(many.map(ask, range(6)))) == 1
