"""A request that never becomes whole loses its place: head and body have a deadline each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from tocsin.cli.frame import listening

HEAD = b"POST /v2/enqueue HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n"
WHOLE = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n"
PLACES = 3


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 202,
                "headers": [(b"content-length", b"2")]})  # fmt: skip
    await send({"type": "http.response.body", "body": b"ok"})


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def served(client: Callable[[Callable[[], Awaitable[Line]]], Awaitable[None]]) -> None:
    """Let a client talk to a server that gives few places."""

    async def run() -> None:
        config = uvicorn.Config(
            reads_all, port=0, http=listening.Impatient, log_level="error",
            limit_concurrency=PLACES + 1, ws="none", lifespan="off",
        )  # fmt: skip
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            await client(lambda: asyncio.open_connection("127.0.0.1", port))
        finally:
            server.should_exit = True
            await serving

    asyncio.run(run())


async def status(line: Line) -> bytes:
    reader, writer = line
    writer.write(WHOLE + b"{}")
    await writer.drain()
    return (await reader.readline())[9:12]


@pytest.mark.parametrize("begun", [b"P", HEAD, HEAD + b"{"])
def test_those_who_never_finish_lose_their_places(
    monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(listening, "HEAD_SECONDS_MAX", 0.3)
    monkeypatch.setattr(listening, "BODY_SECONDS_MAX", 0.3)

    async def client(connect: Callable[[], Awaitable[Line]]) -> None:
        idle = [await connect() for _ in range(PLACES + 1)]
        for _, writer in idle:
            writer.write(begun)
            await writer.drain()
        ended = await asyncio.gather(*(reader.read() for reader, _ in idle))
        assert len(ended) == PLACES + 1, "each was let go by the door, none by us"
        assert await status(await connect()) == b"202"

    served(client)


def test_a_letter_now_and_then_buys_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "BODY_SECONDS_MAX", 0.3)

    async def client(connect: Callable[[], Awaitable[Line]]) -> None:
        reader, writer = await connect()
        writer.write(HEAD)
        sent = 0
        while not reader.at_eof() and sent < 90:
            writer.write(b"x")
            sent += 1
            await asyncio.sleep(0.05)
            if writer.is_closing() or reader.at_eof():
                break
        assert sent < 90
        assert await reader.read() == b""

    served(client)


def test_who_finishes_in_time_may_go_on_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "BODY_SECONDS_MAX", 5.0)

    async def client(connect: Callable[[], Awaitable[Line]]) -> None:
        line = await connect()
        for _ in range(3):
            assert await status(line) == b"202"
            assert await line[0].readuntil(b"\r\n\r\nok")

    served(client)
