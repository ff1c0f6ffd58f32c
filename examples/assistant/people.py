"""The humans' queue: it takes a question and answers with a ticket that is on disk.

    python people.py --folder tickets --port 0

POST /questions {"request_id", "question", "segment", "session"}; the same request asked again is
the same ticket. GET /tickets says how many there are, and the last of them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, HTTPException
from listening import serve
from pydantic import BaseModel, Field

TEXTS = {
    "en": "A person will answer you. Your ticket is {ticket}.",
    "de": "Ein Mensch wird Ihnen antworten. Ihre Vorgangsnummer ist {ticket}.",
    "es": "Le responderá una persona. Su número es {ticket}.",
}


class Question(BaseModel):
    """What the assistant hands over."""

    request_id: str = Field(min_length=1, max_length=100)
    question: str = Field(max_length=10_000)
    segment: str = "en"
    session: str = ""


class Queue:
    """The tickets, a JSON line each. What was promised is on disk; one sync serves many."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "tickets.jsonl"
        self.tickets: dict[str, str] = {}
        self.last: list[dict[str, str]] = []
        self._pending: dict[str, tuple[dict[str, str], asyncio.Future[None]]] = {}
        self._issued = 0
        self._arrived = asyncio.Event()
        self._recall()

    def _recall(self) -> None:
        """Reads what is there; a line that a power cut left half written was never promised."""
        if not self._path.exists():
            return
        kept = self._path.read_bytes()
        whole = kept[: kept.rfind(b"\n") + 1]
        if whole != kept:
            os.truncate(self._path, len(whole))
        for line in whole.splitlines():
            entry = json.loads(line)
            self.tickets[entry["request_id"]] = entry["ticket"]
            self.last = [*self.last[-19:], entry]
            self._issued = max(self._issued, int(entry["ticket"][1:]))

    async def promise(self, asked: Question) -> str:
        """The ticket of a question, once it is on disk.

        Raises: OSError, when the disk refuses; then nothing was promised.
        """
        known = self.tickets.get(asked.request_id)
        if known:
            return known
        if asked.request_id not in self._pending:
            self._issued += 1
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            entry = {"ticket": f"H{self._issued:06d}", "at": at, **asked.model_dump()}
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._pending[asked.request_id] = (entry, done)
            self._arrived.set()
        entry, done = self._pending[asked.request_id]
        await asyncio.shield(done)
        return entry["ticket"]

    async def write(self) -> None:
        """Puts waiting tickets on disk, all that came meanwhile at once; ends when cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            now = list(self._pending.values())
            lines = "".join(json.dumps(e, ensure_ascii=False) + "\n" for e, _ in now)
            try:
                await asyncio.to_thread(self._append, lines.encode())
            except OSError as refused:
                self._settle(now, refused)
            else:
                self._settle(now, None)

    def _settle(
        self, written: list[tuple[dict[str, str], asyncio.Future[None]]], refused: OSError | None
    ) -> None:
        for entry, done in written:
            del self._pending[entry["request_id"]]
            if refused is not None:
                done.set_exception(refused)
                continue
            self.tickets[entry["request_id"]] = entry["ticket"]
            self.last = [*self.last[-19:], entry]
            done.set_result(None)

    def _append(self, lines: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())


def application(folder: Path) -> FastAPI:
    """The queue's API."""
    queue = Queue(folder)

    @contextlib.asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        writer = asyncio.create_task(queue.write())
        yield
        writer.cancel()

    app = FastAPI(title="people", lifespan=running)

    @app.post("/questions")
    async def questions(asked: Question) -> dict[str, str]:
        try:
            ticket = await queue.promise(asked)
        except OSError as refused:
            raise HTTPException(503, f"no ticket, the disk refuses: {refused}") from refused
        text = TEXTS.get(asked.segment, TEXTS["en"]).format(ticket=ticket)
        return {"answer": text, "ticket": ticket}

    @app.get("/tickets")
    async def tickets() -> dict[str, object]:
        return {"tickets": len(queue.tickets), "last": queue.last}

    @app.get("/health")
    async def health() -> dict[str, object]:
        return {"ok": True, "tickets": len(queue.tickets)}

    return app


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="where the tickets are kept")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()
    serve(application(asked.folder), asked.port, "people")


if __name__ == "__main__":
    main()
