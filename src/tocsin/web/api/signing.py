"""Two calls where one must be signed: the first gives the exact bytes, the second the signature.

The key stays with the person. What was asked for waits between the two, recorded by nothing yet,
and is over after two minutes; only the token that asked can go on with it.
"""

from __future__ import annotations

import base64
import queue
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NoReturn

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tocsin.desk.people import Bearer
from tocsin.facts import Refused
from tocsin.facts.learned import learned
from tocsin.web.api import answers
from tocsin.web.api.limits import BODY_BYTES_MAX
from tocsin.web.api.operation import PREFIX, Call, Operation
from tocsin.web.api.problem import EXPECTED, Problem, problem_of, response_of
from tocsin.web.api.reading import body_of
from tocsin.world import Clock, Ids

WAIT_SECONDS = 120.0
WORK_SECONDS = 120.0
AT_ONCE_MAX = 32
OF_ONE_TOKEN_MAX = 4

InTurn = Callable[[Callable[[], Response]], Awaitable[Response]]


class ToSign(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is asked to sign."""

    namespace: str
    message: bytes


@learned
class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of the second call."""

    signature: str


class _Conversation:
    """One operation that waits for signatures, in a thread of its own."""

    def __init__(self, id: str, token: str, until: datetime) -> None:
        self.id, self.token, self.until = id, token, until
        self._told = queue.Queue[ToSign | Response](1)
        self._given = queue.Queue[str](1)

    def start(self, one: Operation, call: Call) -> None:
        """Begin to carry it out."""
        threading.Thread(target=self._run, args=(one, call), daemon=True).start()

    def sign(self, message: bytes, namespace: str) -> str:
        """Ask for a signature, and wait for it. Raises Refused when none comes."""
        self._told.put(ToSign(namespace=namespace, message=message))
        try:
            return self._given.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise Refused(
                f"nobody signed within {WAIT_SECONDS:.0f} s, so nothing was recorded; ask again"
            ) from None

    def give(self, signature: str) -> None:
        """Go on with this signature."""
        self._given.put(signature, timeout=1)

    def next_told(self) -> ToSign | Response:
        """What comes next: something to sign, or the answer."""
        try:
            return self._told.get(timeout=WORK_SECONDS)
        except queue.Empty:
            raise Problem(504, "it is still being carried out; look at the timeline") from None

    def _run(self, one: Operation, call: Call) -> None:
        answer = response_of(Problem(500, "a fault of the program; see its log"))
        try:
            answer = answers.of(one.run(msgspec.structs.replace(call, signs=self.sign)))
        except EXPECTED as error:
            answer = response_of(problem_of(error))
        finally:
            self._told.put(answer)


class Conversations:
    """Those that wait now. Threads may share it."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock, self._ids = clock, ids
        self._by_id: dict[str, _Conversation] = {}
        self._lock = threading.Lock()

    def begin(self, one: Operation, call: Call) -> Response:
        """Carry an operation out up to the first thing that must be signed."""
        found = self._new(call.bearer.token)
        found.start(one, call)
        return self._answered(found)

    async def go_on(self, request: Request, bearer: Bearer, in_turn: InTurn) -> Response:
        """Take the signature that a conversation waits for, and carry it on."""
        data = await body_of(request, BODY_BYTES_MAX)
        try:
            given = msgspec.json.decode(data, type=_Given)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
            raise Problem(
                400, f'send {{"signature": "-----BEGIN SSH SIGNATURE..."}}: {bad}'
            ) from None
        found = self._taken(request.path_params["id"], bearer.token)
        found.give(given.signature)
        return await in_turn(lambda: self._answered(found))

    def _answered(self, found: _Conversation) -> Response:
        told = found.next_told()
        if isinstance(told, Response):
            return told
        with self._lock:
            self._by_id[found.id] = found
        return answers.json(
            {
                "to_sign": found.id,
                "namespace": told.namespace,
                "statement": base64.b64encode(told.message).decode(),
                "until": found.until,
                "next": f"{PREFIX}/to-sign/{found.id}",
                "how": "decode the statement to a file, then: ssh-keygen -Y sign -f KEY -n "
                f'{told.namespace} FILE; send {{"signature": ...}} to `next` by POST',
            },
            202,
            {"Location": f"{PREFIX}/to-sign/{found.id}"},
        )

    def _new(self, token: str) -> _Conversation:
        with self._lock:
            now = self._clock.now()
            gone = [id for id, one in self._by_id.items() if one.until <= now]
            for id in gone:
                del self._by_id[id]
            own = sum(one.token == token for one in self._by_id.values())
            if len(self._by_id) >= AT_ONCE_MAX or own >= OF_ONE_TOKEN_MAX:
                raise Problem(
                    429,
                    "too many statements wait for a signature; sign those, or wait until they are "
                    "over",
                    headers={"Retry-After": str(int(WAIT_SECONDS))},
                )
        until = now + timedelta(seconds=WAIT_SECONDS)
        return _Conversation(self._ids.salt(), token, until)

    def _taken(self, id: str, token: str) -> _Conversation:
        with self._lock:
            found = self._by_id.get(id)
            if found is None or found.token != token or found.until <= self._clock.now():
                _is_gone()
            del self._by_id[id]
        return found


def _is_gone() -> NoReturn:
    raise Problem(404, "nothing of yours waits for a signature here; it may be over: ask again")
