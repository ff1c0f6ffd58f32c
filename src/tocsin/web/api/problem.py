"""Every refusal and every failure as `application/problem+json`, in the words of the command line.

Never a trace of the program, never a token, never a header of ours that somebody else could write.

Source: RFC 9457.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from starlette.responses import Response

from tocsin.facts import (
    BrokenLog,
    Conflict,
    ConnectorError,
    Missing,
    Outdated,
    Refused,
    Unreachable,
)
from tocsin.web.api.operation import BadInput, Wrong

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: "The request cannot be understood",
    401: "No token that is known",
    403: "Not allowed",
    404: "Not there",
    405: "Not in this way",
    406: "Nothing of this kind is offered",
    408: "The request did not come in time",
    409: "Refused",
    412: "Others have written since",
    413: "Too large",
    415: "Not JSON",
    422: "The request cannot be understood",
    429: "Too many requests",
    500: "The record cannot be read as written",
    502: "The outside world failed",
    503: "Not now",
    504: "It took too long",
}


class Problem(Exception):
    """An answer that is a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        wrong: Iterable[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.wrong = status, detail, tuple(wrong)
        self.headers = dict(headers or {})


EXITS: Mapping[int, int] = {400: 2, 401: 2, 403: 2, 404: 2, 409: 2, 412: 2, 500: 1, 502: 3, 503: 3}
"""The exit status that the command line would have given."""


def response_of(problem: Problem) -> Response:
    """The answer that tells a problem."""
    told: dict[str, object] = {
        "type": "about:blank",
        "title": TITLES.get(problem.status, "Problem"),
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.status in EXITS:
        told["exit"] = EXITS[problem.status]
    if problem.wrong:
        told["errors"] = problem.wrong
    body = msgspec.json.encode(told)
    return Response(body, problem.status, media_type=MEDIA_TYPE, headers=problem.headers)


def problem_of(error: Exception) -> Problem:
    """What went wrong, by whose move it is."""
    match error:
        case Problem():
            return error
        case BadInput():
            return Problem(400, str(error), wrong=error.wrong)
        case Missing():
            return Problem(404, str(error))
        case Outdated():
            return Problem(412, str(error))
        case Conflict() | Refused():
            return Problem(409, _as_http_says(str(error)))
        case Unreachable():
            return Problem(503, str(error), headers={"Retry-After": "5"})
        case ConnectorError():
            seconds = error.retry_after_seconds
            after = {"Retry-After": str(int(seconds) + 1)} if seconds is not None else {}
            return Problem(502, str(error), headers=after)
        case BrokenLog():
            return Problem(500, str(error))
        case _:
            raise error


def _as_http_says(refused: str) -> str:
    """A refusal that asks for a key says how one signs here, where no file of a key is named."""
    if "--key" not in refused and "sign it" not in refused:
        return refused
    return f"{refused} (over HTTP: name your key in the header Tocsin-Sign-With, and sign)"


EXPECTED = (Problem, BadInput, Refused, Unreachable, ConnectorError, BrokenLog)
"""The errors that are told; any other is a fault of the program."""
