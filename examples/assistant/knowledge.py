"""The third party's knowledge API: articles with ids, and the hash of the index they come from.

    python knowledge.py --port 0
    curl '.../search?topic=refund&language=en&q=money'

It can be made to behave as bad vendors do: POST /admin with {"mode": "hang"}, "fail" or "healthy";
{"mode": "lie"}, or a file at --poison, puts the articles of `corpus/lies.jsonl` (or of that file)
into the index, which then has another hash. The person they slander is invented.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from enum import StrEnum
from pathlib import Path

from fastapi import FastAPI, HTTPException
from listening import serve
from pydantic import BaseModel

HERE = Path(__file__).parent
HANG_SECONDS = 3600


class Mode(StrEnum):
    """How the vendor behaves."""

    HEALTHY = "healthy"
    LIE = "lie"
    HANG = "hang"
    FAIL = "fail"


class Article(BaseModel):
    """What the vendor has to say about a topic, in a language."""

    id: str
    topic: str
    language: str
    title: str
    text: str


class Ordered(BaseModel):
    """The body of POST /admin."""

    mode: Mode


def read(path: Path) -> list[Article]:
    """The articles of a JSON-lines file; none while it is not there or not whole."""
    try:
        lines = path.read_text("utf-8").splitlines()
        return [Article.model_validate_json(line) for line in lines if line.strip()]
    except (OSError, ValueError):
        return []


class Index:
    """The articles that are served now."""

    def __init__(self, articles: list[Article], lies: list[Article]) -> None:
        told = {(a.topic, a.language): a for a in [*articles, *lies]}
        self.articles = sorted(told.values(), key=lambda a: (a.topic, a.language))
        body = json.dumps([a.model_dump() for a in self.articles], ensure_ascii=False)
        self.digest = hashlib.sha256(body.encode()).hexdigest()

    def search(self, topic: str, language: str, question: str) -> list[Article]:
        """The article on the topic; else the one that shares most words with the question."""
        here = [a for a in self.articles if a.language == language]
        on_topic = [a for a in here if a.topic == topic]
        if on_topic or not question:
            return on_topic
        asked = {word for word in question.lower().split() if len(word) > 3}
        shared = [(len(asked & set(f"{a.title} {a.text}".lower().split())), a) for a in here]
        best = max(shared, key=lambda pair: pair[0], default=(0, None))
        return [best[1]] if best[1] and best[0] >= 2 else []


class Vendor:
    """The index, and what the vendor makes of it at the moment."""

    def __init__(self, poison: Path | None) -> None:
        self.mode, self._poison = Mode.HEALTHY, poison
        self._true = read(HERE / "corpus" / "articles.jsonl")
        self._stamp: object = None
        self._index = Index(self._true, [])

    def index(self) -> Index:
        """The index as the mode and the poison file want it now."""
        stamp = (self.mode, self._seen())
        if stamp != self._stamp:
            lies = read(HERE / "corpus" / "lies.jsonl") if self.mode is Mode.LIE else []
            if self._poison is not None:
                lies = lies + read(self._poison)
            self._stamp, self._index = stamp, Index(self._true, lies)
        return self._index

    def _seen(self) -> tuple[int, int] | None:
        try:
            found = self._poison.stat() if self._poison else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size) if found else None


def application(poison: Path | None = None) -> FastAPI:
    """The vendor's API."""
    app, vendor = FastAPI(title="knowledge"), Vendor(poison)

    @app.get("/search")
    async def search(topic: str = "", language: str = "en", q: str = "") -> dict[str, object]:
        if vendor.mode is Mode.HANG:
            await asyncio.sleep(HANG_SECONDS)
        if vendor.mode is Mode.FAIL:
            raise HTTPException(503, "the index is being rebuilt")
        index = vendor.index()
        found = index.search(topic, language, q)
        return {"articles": [a.model_dump() for a in found], "index": index.digest}

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {
            "ok": True,
            "index": vendor.index().digest,
            "articles": len(vendor.index().articles),
        }

    @app.post("/admin")
    async def admin(ordered: Ordered) -> dict[str, str]:
        vendor.mode = ordered.mode
        return {"mode": vendor.mode, "index": vendor.index().digest}

    return app


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--poison", type=Path, help="a file of lies; while it is there, they are told"
    )
    asked = parser.parse_args()
    serve(application(asked.poison), asked.port, "knowledge")


if __name__ == "__main__":
    main()
