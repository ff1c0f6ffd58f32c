"""The door for a pager's own news: whoever takes a call there has answered it here as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from tocsin.desk import Writer
from tocsin.desk.words.paging import heard
from tocsin.facts import ConnectorError, Refused, Unreachable
from tocsin.register.pager_answers import SIGNATURE_HEADER, answer_in, is_signed

PATH = "/pagerduty/answers"
BODY_BYTES_MAX = 256 * 1024

Secrets = Callable[[], Sequence[str]]
"""The secrets with which pagers sign, as the register in force names them.

Raises ConnectorError: one of them cannot be read.
"""


def add_pager_answers(made: FastAPI, desk: Writer, secrets: Secrets) -> None:
    """Let an application take what pagers say back."""

    @made.post(PATH)
    async def taken(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > BODY_BYTES_MAX:
                return _told(413, f"more than {BODY_BYTES_MAX} bytes")
        header = request.headers.get(SIGNATURE_HEADER, "")
        return await run_in_threadpool(_taken, desk, secrets, header, bytes(body))


def _taken(desk: Writer, secrets: Secrets, header: str, body: bytes) -> Response:
    try:
        if not is_signed(header, body, secrets()):
            return _told(401, "not signed with a secret that the register names (answers_secret)")
        answer = answer_in(body)
        page = None if answer is None else heard(desk, answer)
    except Refused as no:
        return _told(400, str(no))
    except (Unreachable, ConnectorError) as away:
        return _told(503, str(away).partition(";")[0])
    return _told(202, "taken" if page is not None else "nothing here waits for that")


def _told(status: int, words: str) -> Response:
    return Response(words + "\n", status_code=status, media_type="text/plain; charset=utf-8")
