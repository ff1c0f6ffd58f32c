"""The assistant: answers customers' questions over HTTP, and logs every answer.

    python serve.py --registry http://127.0.0.1:5000 --knowledge http://127.0.0.1:8701 \\
        --people http://127.0.0.1:8702 --switch file:switches.json --log logs/assistant

POST /chat {"question", "segment", "session"}; who asks a question whose intent is known may say it
as "expected", for the log alone. Whether the model and the knowledge API may be used is asked for
every request (OpenFeature): without the model the people's queue answers, without the knowledge API
the assistant answers without quoting a source. GET /health, /metrics, /config and /retrieval say
how it is; POST /shadow {"version", "questions"} lets another release answer, beside.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Literal

os.environ.setdefault("OMP_NUM_THREADS", "1")

import aiohttp
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse, PlainTextResponse
from flags import KNOWLEDGE, MODEL, Switches, provider_from, stopped
from inference_log import InferenceLog, Row
from listening import serve
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import BaseModel, Field
from releases import Batches, Follower, ModelBroke, Unloadable

HERE = Path(__file__).parent
PROMPTS: dict[str, dict[str, str]] = json.loads((HERE / "prompts.json").read_text("utf-8"))
PEOPLE_SECONDS = 5.0
PACKAGES = ("scikit-learn", "mlflow", "openfeature-sdk", "fastapi", "pyarrow")


class Asked(BaseModel):
    """The body of POST /chat."""

    question: str = Field(min_length=1, max_length=2_000)
    segment: Literal["en", "de", "es"] = "en"
    session: str = Field(default="", max_length=100)
    expected: str | None = Field(default=None, max_length=100)


class Shadowed(BaseModel):
    """The body of POST /shadow."""

    version: str = Field(pattern="^[0-9]{1,9}$")
    questions: list[str] = Field(min_length=1, max_length=200)


class Counted:
    """What /metrics shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "assistant_answers",
            "Answers given",
            ["served_by", "segment", "fallback", "error"],
            registry=self.registry,
        )
        self.seconds = Histogram("assistant_seconds", "Time to answer", registry=self.registry)
        self.ungrounded = Counter(
            "assistant_ungrounded", "No article used", ["why"], registry=self.registry
        )
        self.version = Gauge("assistant_model_version", "Serving", registry=self.registry)
        self.switch = Gauge("assistant_switch", "1 is on", ["flag"], registry=self.registry)


class Assistant:
    """Answers questions with what is allowed at that moment, and logs each answer."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        self.follower = Follower(asked.registry, asked.model, asked.alias)
        self.batches = Batches(self.follower)
        self.switches = Switches(provider_from(asked.switch, asked.switch_key, asked.switch_keep))
        self.log = InferenceLog(asked.log)
        self.counted = Counted()
        self.retrievals: deque[dict[str, object]] = deque(maxlen=200)
        self.index = ""
        self.http: aiohttp.ClientSession

    async def answer(self, asked: Asked) -> dict[str, object]:
        """The answer, after its row was given to the log."""
        began = time.perf_counter()
        row = Row(
            at=datetime.now(UTC),
            request_id=uuid.uuid4().hex,
            session=asked.session,
            version=None,
            segment=asked.segment,
            question=asked.question,
            answer="",
            intent=None,
            confidence=None,
            fallback=False,
            error=False,
            latency_ms=0.0,
            sources=[],
            context=None,
            index=None,
            expected=asked.expected,
            served_by="assistant",
            flags="",
        )
        flags = self.switches.read(asked.session)
        row["flags"] = json.dumps(flags, sort_keys=True)
        if flags[MODEL] and self.follower.release:
            await self._by_model(row, flags[KNOWLEDGE])
        else:
            await self._by_people(row)
        took = time.perf_counter() - began
        row["latency_ms"] = round(took * 1000, 3)
        self.log.append(row)
        self._count(row, flags, took)
        told = ("request_id", "answer", "version", "served_by", "confidence", "intent", "fallback")
        return {k: row[k] for k in told} | {
            "error": row["error"],
            "sources": row["sources"],
            "flags": flags,
        }

    async def _by_model(self, row: Row, grounded: bool) -> None:
        texts = PROMPTS[row["segment"]]
        try:
            release, guess = await self.batches.guess(row["question"])
        except ModelBroke:
            row["error"], row["answer"] = True, texts["broken"]
            return
        row["version"], row["confidence"] = release.version, round(guess.confidence, 4)
        if guess.intent is None:
            row["fallback"], row["answer"] = True, texts["dont_know"]
            return
        row["intent"] = guess.intent
        article = await self._article(row, guess.intent) if grounded else None
        if article:
            row["sources"] = [article["id"]]
            row["context"], row["index"] = article["text"], self.index
            row["answer"] = texts["grounded"].format(**article)
        else:
            topic = guess.intent.replace("_", " ")
            row["answer"] = texts["ungrounded"].format(topic=topic)

    async def _article(self, row: Row, intent: str) -> dict[str, str] | None:
        """What the third party has on it, within its time; nothing when it fails."""
        query = {"topic": intent, "language": row["segment"], "q": row["question"]}
        try:
            async with self.http.get(
                f"{self.asked.knowledge}/search",
                params=query,
                timeout=aiohttp.ClientTimeout(total=self.asked.knowledge_timeout),
            ) as heard:
                heard.raise_for_status()
                found = await heard.json()
            self.index = str(found["index"])
            articles = [{"id": str(a["id"]), "text": str(a["text"])} for a in found["articles"]]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as bad:
            why = "time-out" if isinstance(bad, TimeoutError) else "failure"
            self.counted.ungrounded.labels(why).inc()
            self._retrieved(row, [], f"{why}: {bad}")
            return None
        self._retrieved(row, articles, "")
        if not articles:
            self.counted.ungrounded.labels("no article").inc()
            return None
        return articles[0]

    def _retrieved(self, row: Row, articles: list[dict[str, str]], trouble: str) -> None:
        self.retrievals.append(
            {
                "at": row["at"].isoformat(),
                "request_id": row["request_id"],
                "question": row["question"],
                "articles": articles,
                "index": self.index,
                "trouble": trouble,
            }
        )

    async def _by_people(self, row: Row) -> None:
        row["served_by"] = "people"
        row["version"] = self.follower.release.version if self.follower.release else None
        body = {k: row[k] for k in ("request_id", "question", "segment", "session")}
        try:
            async with self.http.post(
                f"{self.asked.people}/questions",
                json=body,
                timeout=aiohttp.ClientTimeout(total=PEOPLE_SECONDS),
            ) as heard:
                heard.raise_for_status()
                row["answer"] = str((await heard.json())["answer"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            row["error"], row["answer"] = True, PROMPTS[row["segment"]]["broken"]

    def _count(self, row: Row, flags: dict[str, bool], took: float) -> None:
        said = (row["served_by"], row["segment"], str(row["fallback"]), str(row["error"]))
        self.counted.answers.labels(*said).inc()
        self.counted.seconds.observe(took)
        for flag, on in flags.items():
            self.counted.switch.labels(flag).set(on)

    def health(self) -> dict[str, object]:
        """How it is, and what is wrong."""
        release = self.follower.release
        return {
            "ok": release is not None and not (self.follower.trouble or self.log.trouble),
            "version": release.version if release else None,
            "wanted": self.follower.wanted or None,
            "switches": self.switches.read(),
            "why": dict(self.switches.why),
            "rows_written": self.log.written,
            "rows_lost": self.log.lost,
            "trouble": [t for t in (self.follower.trouble, self.log.trouble) if t],
        }

    def config(self) -> dict[str, object]:
        """What decides its answers, with digests: evidence."""
        release, asked = self.follower.release, self.asked
        prompts = (HERE / "prompts.json").read_bytes()
        code = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in HERE.glob("*.py")}
        return {
            "model": {
                "registry": asked.registry,
                "name": asked.model,
                "alias": asked.alias,
                "version": release.version if release else None,
                "run": release.run if release else None,
                "manifest_sha256": release.manifest_sha256 if release else None,
                "threshold": release.intents.threshold if release else None,
                "intents": [str(c) for c in release.intents.model.classes_] if release else [],
                "loaded_at": release.loaded_at if release else None,
            },
            "prompts": PROMPTS,
            "prompts_sha256": hashlib.sha256(prompts).hexdigest(),
            "knowledge": {"url": asked.knowledge, "timeout_seconds": asked.knowledge_timeout},
            "people": {"url": asked.people, "timeout_seconds": PEOPLE_SECONDS},
            "switches": self.switches.read(),
            "code_sha256": dict(sorted(code.items())),
            "packages": {name: installed(name) for name in PACKAGES},
        }


def application(assistant: Assistant) -> FastAPI:
    """The assistant's HTTP face."""

    @contextlib.asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as http:
            assistant.http = http
            await assistant.follower.look()
            follower, batches = assistant.follower, assistant.batches
            tasks = [asyncio.create_task(w) for w in (follower.follow(), batches.work())]
            yield
            for task in tasks:
                task.cancel()
        assistant.log.close()
        stopped()

    app = FastAPI(title="assistant", lifespan=running)

    @app.post("/chat")
    async def chat(asked: Asked) -> JSONResponse:
        said = await assistant.answer(asked)
        return JSONResponse(said, status_code=503 if said["error"] else 200)

    @app.get("/health")
    async def health() -> JSONResponse:
        found = assistant.health()
        return JSONResponse(found, status_code=200 if found["version"] else 503)

    @app.get("/metrics")
    async def metrics() -> PlainTextResponse:
        release = assistant.follower.release
        assistant.counted.version.set(int(release.version) if release else 0)
        return PlainTextResponse(generate_latest(assistant.counted.registry).decode())

    @app.get("/config")
    async def config() -> dict[str, object]:
        return assistant.config()

    @app.get("/retrieval")
    async def retrieval() -> dict[str, object]:
        return {"index": assistant.index, "retrievals": list(assistant.retrievals)}

    @app.post("/shadow")
    async def shadow(asked: Shadowed) -> dict[str, object]:
        try:
            release = await assistant.follower.shadow(asked.version)
        except Unloadable as bad:
            raise HTTPException(422, f"version {asked.version} does not load: {bad}") from bad
        guesses = await asyncio.to_thread(release.intents.guess, asked.questions)
        answers = [
            {"question": q, "intent": g.intent, "confidence": round(g.confidence, 4)}
            for q, g in zip(asked.questions, guesses, strict=True)
        ]
        return {
            "version": release.version,
            "manifest_sha256": release.manifest_sha256,
            "answers": [a | {"fallback": a["intent"] is None} for a in answers],
        }

    return app


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--registry", required=True, help="the MLflow server's address")
    add("--model", default="intents", help="the registered model [intents]")
    add("--alias", default="production", help="the alias that names the version [production]")
    add("--knowledge", required=True, help="the knowledge API's address")
    add("--knowledge-timeout", type=float, default=0.5, help="seconds it may take [0.5]")
    add("--people", required=True, help="the humans' queue's address")
    add("--switch", required=True, help="http://... of `tocsin switch serve`, or file:PATH")
    add("--switch-key", default="", help="what `tocsin switch key` prints")
    add("--switch-keep", type=Path, help="carries the last switch state over a restart")
    add("--log", type=Path, required=True, help="the folder of the inference log")
    add("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()
    serve(application(Assistant(asked)), asked.port, "assistant")


if __name__ == "__main__":
    main()
