"""The routes of the API: prove who asks, check that they may, carry it out, answer.

Refused by default: a request without a token that stands, or whose token lacks the scope of the
operation, reaches nothing. No cookie, no account and no address is ever a proof.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio
import msgspec
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tocsin.desk import Writer, people
from tocsin.desk.people import Bearer
from tocsin.facts import Refused
from tocsin.register.can import Right, why_not
from tocsin.web.api import answers
from tocsin.web.api.limits import OF_A_TOKEN, OF_FAILURES, Allowance
from tocsin.web.api.openapi import Doc, document
from tocsin.web.api.operation import PREFIX, Call, Operation
from tocsin.web.api.problem import EXPECTED, Problem, problem_of, response_of
from tocsin.web.api.reading import check_no_token, drained, values_of
from tocsin.web.api.signing import Conversations

Endpoint = Callable[[Request], Awaitable[Response]]

AT_ONCE = 16
"""So many operations are carried out at the same time; others wait for their turn."""
CLIENT_KEY = re.compile(r"[\x21-\x7e]{1,100}")
EXPECTED_SEQ = re.compile(r'(?:W/)?"?(\d{1,12})"?')
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tocsin"'}


class Api:
    """The API of one record."""

    def __init__(
        self, desk: Writer, operations: Sequence[Operation], beside: Mapping[str, Doc] | None = None
    ) -> None:
        self.desk, self.operations, self._beside = desk, operations, beside
        clock = desk.world.clock
        self._rate, self._failures = Allowance(OF_A_TOKEN, clock), Allowance(OF_FAILURES, clock)
        self._turns: anyio.CapacityLimiter | None = None
        self._conversations = Conversations(clock, desk.world.ids)

    def add(self, made: FastAPI) -> None:
        """Add the routes to an application."""
        for one in self.operations:
            made.add_route(one.path, self.guarded(self._operation(one)), [one.method])
        made.add_route(f"{PREFIX}/openapi.json", self.guarded(self._openapi), ["GET"])
        signed = self.guarded(self._signed)
        made.add_route(f"{PREFIX}/to-sign/{{id}}", signed, ["POST"])
        made.exception_handler(HTTPException)(_elsewhere)
        made.exception_handler(Exception)(_fault)

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint whose every expected error is told as a problem."""

        async def answered(request: Request) -> Response:
            try:
                check_no_token(request)
                return await endpoint(request)
            except EXPECTED as error:
                if request.method == "POST":
                    await drained(request)
                return response_of(problem_of(error))

        return answered

    def bearer(self, request: Request, right: Right | None) -> Bearer:
        """Who asks, if they may; with None, whoever they are.

        Raises:
            Problem: 401 without a token that stands, 403 without the scope, 429 too often.
        """
        place = request.client.host if request.client else "nowhere"
        self._failures.check(place)
        try:
            found = people.bearer(self.desk, _token(request))
        except Refused as why:
            self._failures.take(place)
            raise Problem(401, str(why), headers=CHALLENGE) from None
        request.state.token = found.token  # its public id, for the log
        self._rate.take(found.token)
        lacks = why_not(found.subject, right) if right is not None else None
        if lacks is not None:
            raise Problem(403, lacks)
        return found

    async def in_turn(self, work: Callable[[], Response]) -> Response:
        """Carry something out in a thread of its own, when it is its turn."""
        if self._turns is None:
            self._turns = anyio.CapacityLimiter(AT_ONCE)
        async with self._turns:
            return await run_in_threadpool(work)

    def _operation(self, one: Operation) -> Endpoint:
        async def asked(request: Request) -> Response:
            bearer = await run_in_threadpool(self.bearer, request, one.right)
            values = await values_of(one, request)
            call = Call(
                bearer=bearer,
                values=values,
                client_key=_client_key(one, request),
                expected=_expected(one, request),
            )
            key = request.headers.get("tocsin-sign-with")
            if key is None:
                return await self.in_turn(lambda: answers.of(one.run(call)))
            if not one.signable:
                raise Problem(400, "nothing is signed here; leave out Tocsin-Sign-With")
            signer = await run_in_threadpool(people.signing, self.desk, bearer, key)
            call = msgspec.structs.replace(call, bearer=signer)
            return await self.in_turn(lambda: self._conversations.begin(one, call))

        return asked

    async def _signed(self, request: Request) -> Response:
        bearer = await run_in_threadpool(self.bearer, request, None)
        return await self._conversations.go_on(request, bearer, self.in_turn)

    async def _openapi(self, request: Request) -> Response:
        return answers.json(document(self.operations, self._beside))


def _token(request: Request) -> str:
    given = request.headers.getlist("authorization")
    if len(given) != 1:
        raise Refused("send one header `Authorization: Bearer tocsin_...`; get a token: tocsin "
                      "register token NAME --scope SCOPE")  # fmt: skip
    scheme, _, token = given[0].partition(" ")
    if scheme.lower() != "bearer":
        raise Refused("send the token as `Authorization: Bearer tocsin_...`")
    return token


def _client_key(one: Operation, request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not one.repeatable:
        raise Problem(400, "this operation takes no Idempotency-Key; leave it out")
    if not CLIENT_KEY.fullmatch(key):
        raise Problem(400, "an Idempotency-Key has 1 to 100 printable ASCII characters, no space")
    return key


def _expected(one: Operation, request: Request) -> int | None:
    given = request.headers.get("if-match")
    if given is None or given == "*":
        return None
    found = EXPECTED_SEQ.fullmatch(given.strip())
    if found is None or one.method == "GET" or not one.incident:
        raise Problem(
            400, 'If-Match takes the ETag of an incident, such as "57", for what is said about one'
        )
    return int(found[1])


def _fault(request: Request, error: Exception) -> Response:
    """A fault of the program; the server logs it, and tells the caller nothing of it."""
    return response_of(Problem(500, "a fault of the program; see its log"))


def _elsewhere(request: Request, error: Exception) -> Response:
    """Paths and verbs that are not offered."""
    assert isinstance(error, HTTPException)
    headers: Mapping[str, str] = error.headers or {}
    if error.status_code == 404:
        told = "nothing is here; see /api/v1/openapi.json for what there is"
    else:
        told = f"{request.method} is not offered here; see the header Allow"
    return response_of(Problem(error.status_code, told, headers=headers))
