"""The far side of the first alarm, small: a registry, an assistant, its vendor, and a pager.

Each speaks as the real one does, and has a switch for each way it can fail. The assistant asks the
real flag client for every answer and writes its log as the real one writes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow
import pyarrow.parquet
from openfeature import api

from pager_side import Pager
from small_web import Asked, Said
from tocsin.switch.provider import SwitchProvider

MODEL, ALIAS, FLAG = "intents", "production", "assistant.model"
SEGMENTS: tuple[str, ...] = ("en", "en", "en", "de", "de", "es")
INTENTS = ("order_status", "opening_hours", "return_item", "refund")
LOG = pyarrow.schema(
    [
        ("at", pyarrow.timestamp("us", tz="UTC")),
        ("request_id", pyarrow.string()),
        ("session", pyarrow.string()),
        ("version", pyarrow.string()),
        ("segment", pyarrow.string()),
        ("question", pyarrow.string()),
        ("answer", pyarrow.string()),
        ("intent", pyarrow.string()),
        ("confidence", pyarrow.float64()),
        ("fallback", pyarrow.bool_()),
        ("error", pyarrow.bool_()),
        ("latency_ms", pyarrow.float64()),
        ("sources", pyarrow.list_(pyarrow.string())),
        ("served_by", pyarrow.string()),
        ("flags", pyarrow.string()),
    ]
)
Row = dict[str, object]
Fallbacks = dict[str, dict[str, float]]
"""The share of "I don't know", by version and segment."""

HEALTHY = {"en": 0.04, "de": 0.04, "es": 0.05}
FAILING = {"en": 0.18, "de": 0.20, "es": 0.45}


def json_said(plain: object, status: int = 200) -> Said:
    """An answer of JSON."""
    return Said(status=status, body=json.dumps(plain).encode())


class SmallRegistry:
    """Versions with their files and manifests, and what the alias names.

    Args:
        moves: every move of the alias, in order.
        trouble: gives an answer in place of its own, or None.
    """

    def __init__(self, versions: int = 2) -> None:
        self.files = {number: self._made(number) for number in range(1, versions + 1)}
        self.registered = {n: hashlib.sha256(f["manifest.json"]).hexdigest()
                           for n, f in self.files.items()}  # fmt: skip
        self.alias, self.moves = 1, list[int]()
        self.trouble: Callable[[Asked], Said | None] = lambda _: None

    def answer(self, asked: Asked) -> Said:
        """What MLflow's REST API answers."""
        wrong = self.trouble(asked)
        if wrong is not None:
            return wrong
        parts = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/api/2.0/")
        if path.startswith("mlflow-artifacts/artifacts"):
            return self._artifact(path.removeprefix("mlflow-artifacts/artifacts"), query)
        match path.removeprefix("mlflow/"):
            case "registered-models/alias" if asked.method == "POST":
                self.alias = int(json.loads(asked.body)["version"])
                self.moves.append(self.alias)
                return json_said({})
            case "registered-models/alias":
                return json_said({"model_version": self._version(self.alias)})
            case "model-versions/get":
                number = int(query["version"])
                if number not in self.files:
                    return json_said({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)
                return json_said({"model_version": self._version(number)})
            case "model-versions/search":
                return json_said({"model_versions": [self._version(n) for n in self.files]})
            case "model-versions/get-download-uri":
                return json_said({"artifact_uri": f"mlflow-artifacts:/1/m-{query['version']}"})
            case "runs/get":
                return json_said({"run": {"inputs": {"dataset_inputs": [_dataset("utterances")]}}})
        return json_said({"error_code": "ENDPOINT_NOT_FOUND"}, 404)

    def _artifact(self, path: str, query: dict[str, str]) -> Said:
        where = unquote(path).strip("/") or query.get("path", "")
        _, folder, *name = where.split("/")
        files = self.files[int(folder.removeprefix("m-"))]
        if not name:
            return json_said({"files": [{"path": one, "is_dir": False, "file_size": len(data)}
                                        for one, data in files.items()]})  # fmt: skip
        data = files.get("/".join(name))
        return Said(status=404) if data is None else Said(body=data)

    def _version(self, number: int) -> dict[str, object]:
        return {
            "name": MODEL, "version": str(number), "status": "READY", "run_id": f"run{number}",
            "source": f"models:/m-{number}",
            "tags": [{"key": "manifest_sha256", "value": self.registered[number]}],
        }  # fmt: skip

    @staticmethod
    def _made(number: int) -> dict[str, bytes]:
        files = {"model.skops": f"weights {number}".encode() * 50, "MLmodel": b"flavors: {}\n"}
        listed = [{"path": p, "bytes": len(d), "sha256": hashlib.sha256(d).hexdigest()}
                  for p, d in files.items()]  # fmt: skip
        return {**files, "manifest.json": json.dumps({"files": listed}).encode()}


class SmallAssistant:
    """Answers customers by the version that the alias names, or lets people answer.

    Args:
        log: the folder of its inference log.
        now: tells the time at which it serves.
        ask_registry: which version the alias names.
        a_second: how many customers ask.
    """

    def __init__(
        self, log: Path, now: Callable[[], datetime], ask_registry: Callable[[], int],
        *, seed: int = 1, a_second: float = 60.0,
    ) -> None:  # fmt: skip
        self.log, self._now, self._ask_registry = log, now, ask_registry
        self.a_second, self._chance = a_second, random.Random(seed)
        self.fallbacks: Fallbacks = {"1": dict(HEALTHY), "2": dict(FAILING)}
        self.segments = SEGMENTS
        self.knowledge = ""  # the vendor's address
        self.rows: list[Row] = []
        self.written, self.served_to = 0, now()
        self.first_bad: tuple[datetime, int] | None = None
        self.bad = 0
        self.switched_on: bool | None = None  # instead of asking
        self.count, self._turn = 0, threading.RLock()
        self._client: object = None
        self.provider: SwitchProvider | None = None

    def obey(self, server: str, key: str, keep: Path | None = None) -> None:
        """Ask this switch server from now on, through the SDK, with a default that is wrong."""
        domain = f"assistant-{id(self)}"
        self.provider = SwitchProvider(server, key, keep)
        api.set_provider_and_wait(self.provider, domain)
        self._client = api.get_client(domain)

    def is_on(self, flag: str = FLAG) -> bool:
        """Whether its model may be used now."""
        if self.switched_on is not None:
            return self.switched_on
        return bool(self._client.get_boolean_value(flag, True))  # type: ignore[attr-defined]

    def pass_by(self) -> None:
        """Customers ask up to now; the switch was heard just before."""
        with self._turn:
            if self.provider is not None:
                self.provider.poll()
            self.serve()

    def serve(self, until: datetime | None = None) -> None:
        """Customers ask up to now, or up to an instant before it."""
        with self._turn:
            now, step = until or self._now(), timedelta(seconds=1 / self.a_second)
            on, version = self.is_on(), str(self._ask_registry())
            while self.served_to + step <= now:
                self.served_to += step
                self.rows.append(self._row(self.served_to, version, on, "", None))

    def flush(self) -> Path | None:
        """Write what was served to a partition that is whole or not there."""
        with self._turn:
            rows, self.rows = self.rows, []
            if not rows:
                return None
            self.written += len(rows)
            return write_rows(self.log, rows)

    def live(self, stop: threading.Event, flush_seconds: float = 0.25) -> None:
        """Serve by itself until stopped."""
        last = time.monotonic()
        while not stop.wait(0.02):
            self.serve()
            if time.monotonic() - last >= flush_seconds:
                self.flush()
                last = time.monotonic()

    def answer(self, asked: Asked) -> Said:
        """What the assistant answers over HTTP."""
        body = json.loads(asked.body) if asked.body else {}
        match urlsplit(asked.path).path:
            case "/chat":
                return self._chat(body)
            case "/shadow":
                share = self.fallbacks.get(str(body["version"]), {}).get("en", 0.0)
                answers = [{"fallback": share > 0.5, "error": False} for _ in body["questions"]]
                return json_said({"version": body["version"], "answers": answers})
            case "/config":
                return json_said({"model": {"alias": ALIAS}, "prompts": {"en": "Sorry?"}})
            case "/retrieval":
                return json_said({"index": "kb-7", "retrievals": [{"articles": ["kb-1"]}]})
            case "/health":
                return json_said({"ok": True, "version": str(self._ask_registry())})
        return Said(status=404)

    def _chat(self, body: dict[str, str]) -> Said:
        with self._turn:
            on, version = self.is_on(), str(self._ask_registry())
            row = self._row(self._now(), version, on, body["question"], body.get("segment"))
            row["sources"] = self._sources() if on else []
            self.rows.append(row)
        told = ("version", "served_by", "fallback", "answer", "sources")
        return json_said({name: row[name] for name in told})

    def _sources(self) -> list[str]:
        """What the vendor says within its time; nothing when it fails."""
        try:
            with urllib.request.urlopen(f"{self.knowledge}/search", timeout=0.3) as heard:
                return [str(json.load(heard)["id"])]
        except (OSError, ValueError):
            return []

    def _row(self, at: datetime, version: str, on: bool, question: str, segment: str | None) -> Row:
        segment = segment or self._chance.choice(self.segments)
        share = self.fallbacks.get(version, HEALTHY)[segment]
        falls_back = on and not question and self._chance.random() < share
        self.count += 1
        if falls_back and version != "1":
            self.bad += 1
            self.first_bad = self.first_bad or (at, self.count)
        intent = self._chance.choice(INTENTS) if on and not falls_back else None
        return {
            "at": at, "request_id": f"r{self.count}", "session": "s", "version": version,
            "segment": segment, "question": question or "where is my order",
            "answer": "I don't know" if falls_back else "on its way", "intent": intent,
            "confidence": (0.3 if falls_back else 0.9) if on else None, "fallback": falls_back,
            "error": False, "latency_ms": 12.5, "sources": [],
            "served_by": "assistant" if on else "people", "flags": json.dumps({FLAG: on}),
        }  # fmt: skip


class Vendor:
    """The knowledge API of a third party."""

    def __init__(self) -> None:
        self.hangs_seconds = 0.0

    def answer(self, asked: Asked) -> Said:
        said = json_said({"id": "kb-1"})
        said.after_seconds = self.hangs_seconds
        return said


class Paging(Pager):
    """The pager, which hears signs of life as well."""

    beats = 0

    def answer(self, asked: Asked) -> Said:
        if asked.method == "GET":
            self.beats += 1
            return json_said({})
        return super().answer(asked)


def write_rows(log: Path, rows: list[Row], name: str = "") -> Path:
    """Rows as a partition of the day of the first, renamed into place."""
    first = rows[0]["at"]
    assert isinstance(first, datetime)
    folder = log / f"date={first.astimezone(UTC).date().isoformat()}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"part-{time.time_ns():020d}-{os.getpid()}.parquet")
    hidden = path.with_name(f".{path.name}.unfinished")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=LOG), hidden)
    hidden.replace(path)
    return path


def _dataset(name: str) -> dict[str, object]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {"dataset": {"name": name, "digest": "0badcafe"},
            "tags": [{"key": "sha256", "value": digest}]}  # fmt: skip
