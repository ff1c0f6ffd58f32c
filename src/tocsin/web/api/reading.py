"""What a request says, read strictly: its parameters as they would be typed; all mistakes at once.

Nothing is guessed: an unknown parameter, a second value, a wrong kind of value or a body that is no
JSON object is told and nothing is done.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence

import anyio
import msgspec
from starlette.requests import ClientDisconnect, Request

from tocsin.register.mistakes import did_you_mean
from tocsin.web.api.limits import (
    BODY_BYTES_MAX,
    BODY_SECONDS_MAX,
    CONTENT_BYTES_MAX,
    DEPTH_MAX,
    DRAINED_BYTES_MAX,
    DRAINED_SECONDS_MAX,
    QUERY_LENGTH_MAX,
    TEXT_LENGTH_MAX,
)
from tocsin.web.api.operation import BadInput, Content, Operation, Parameter, Takes, Value, Wrong
from tocsin.web.api.problem import Problem

NAME_OF_A_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
A_TOKEN = re.compile(r"tocsin_[A-Za-z0-9]{4,32}_[A-Za-z0-9_-]{22,128}")
MANY_MAX = 1_000
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)


def check_no_token(request: Request) -> None:
    """Passes when the address holds no token: addresses are written into logs on the way."""
    asked = f"{request.url.path}?{request.url.query}"
    names = {name.lower() for name in request.query_params}
    if A_TOKEN.search(asked) or names & {"token", "access_token", "authorization", "api_key"}:
        raise Problem(
            400,
            "a token has no place in an address, which is written into logs; send it in the header "
            "`Authorization: Bearer ...`, and revoke one that was sent so: tocsin register "
            "token-revoke ID",
        )


async def body_of(request: Request, most: int) -> bytes:
    """The whole body, if it is not larger than `most` and comes in time."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    found = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS_MAX):
            async for chunk in request.stream():
                found += chunk
                if len(found) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise Problem(
            408, f"the body took more than {BODY_SECONDS_MAX:.0f} s; send it again"
        ) from None
    except ClientDisconnect:
        raise Problem(400, "the connection ended within the body") from None
    return bytes(found)


async def drained(request: Request) -> None:
    """Read what is left of a body, within limits: who still sends would not read the answer."""
    read = 0
    with anyio.move_on_after(DRAINED_SECONDS_MAX):
        try:
            async for chunk in request.stream():
                read += len(chunk)
                if read > DRAINED_BYTES_MAX:
                    return
        except (ClientDisconnect, RuntimeError):
            return  # gone, or read already


async def values_of(operation: Operation, request: Request) -> dict[str, Value]:
    """What an operation was given. Raises Problem or BadInput."""
    if operation.method == "GET":
        return _from_query(operation, request.query_params.multi_items())
    if request.query_params:
        raise Problem(
            400, "this operation takes its parameters in a JSON body, none in the address"
        )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    most = CONTENT_BYTES_MAX if operation.takes_files else BODY_BYTES_MAX
    data = await body_of(request, most)
    if kind != "application/json" and (data or kind):
        raise Problem(415, "send the parameters as one JSON object, Content-Type: application/json")
    return read_body(operation, data or b"{}")


def read_body(operation: Operation, data: bytes) -> dict[str, Value]:
    """What a JSON body gives an operation. Raises Problem or BadInput."""
    if not _is_shallow(data):
        raise Problem(
            400, f"the body is nested more than {DEPTH_MAX} deep; nothing here needs that"
        )
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise Problem(400, f"the body is no JSON: {bad}") from None
    if not isinstance(found, dict):
        raise Problem(400, 'the body is no JSON object; send {"parameter": value, ...}')
    known = {one.name: one for one in operation.parameters}
    if (twice := _named_twice(data)) is not None:
        raise Problem(400, f'the body names "{twice[:60]}" twice; name each once')
    lacking, wrong = list[Wrong](), _unknown(found, known)
    values: dict[str, Value] = {}
    for name, one in known.items():
        if found.get(name) is None:
            if one.required:
                lacking.append(_missing(one))
            continue
        try:
            values[name] = _value(one, found[name])
        except ValueError as bad:
            wrong.append(Wrong(parameter=name, detail=str(bad)))
    if lacking or wrong:
        raise BadInput(*lacking, *wrong)
    return values


def _from_query(operation: Operation, given: Sequence[tuple[str, str]]) -> dict[str, Value]:
    known = {one.name: one for one in operation.parameters}
    wrong = _unknown([name for name, _ in given], known)
    values: dict[str, Value] = {}
    for name, one in known.items():
        texts = [text for other, text in given if other == name]
        if not texts:
            if one.required:
                wrong.append(_missing(one))
        elif any(len(text) > QUERY_LENGTH_MAX for text in texts):
            wrong.append(Wrong(parameter=name, detail=f"{QUERY_LENGTH_MAX} characters at most"))
        elif one.takes is Takes.MANY:
            values[name] = tuple(texts)
        elif len(texts) > 1:
            wrong.append(Wrong(parameter=name, detail=f"given {len(texts)} times; give it once"))
        elif one.takes is Takes.YES:
            if texts[0] not in ("true", "false"):
                wrong.append(Wrong(parameter=name, detail="true or false"))
            values[name] = texts[0] == "true"
        else:
            values[name] = texts[0]
    if wrong:
        raise BadInput(*wrong)
    return values


def _value(one: Parameter, given: object) -> Value:
    match one.takes:
        case Takes.YES:
            if not isinstance(given, bool):
                raise ValueError("true or false")
            return given
        case Takes.MANY:
            listed = given if isinstance(given, list) else [given]
            if len(listed) > MANY_MAX:
                raise ValueError(f"{len(listed)} values; {MANY_MAX} at most")
            return tuple(_typed(each, one) for each in listed)
        case Takes.CONTENT:
            return _content(given, one.name)
        case Takes.CONTENTS:
            listed = given if isinstance(given, list) else [given]
            if len(listed) > MANY_MAX:
                raise ValueError(f"{len(listed)} files; {MANY_MAX} at most")
            return tuple(_content(each, one.name) for each in listed)
        case Takes.ONE:
            return _typed(given, one)


def _typed(given: object, one: Parameter) -> str:
    """A value as it would be typed."""
    wanted = one.schema.get("type")
    if isinstance(given, str) and wanted == "string":
        return _short_enough(given, TEXT_LENGTH_MAX)
    if isinstance(given, int | float) and not isinstance(given, bool) and wanted != "string":
        whole = isinstance(given, int) or given.is_integer()
        if wanted == "integer" and not whole:
            raise ValueError("a whole number")
        return str(int(given)) if wanted == "integer" else repr(given)
    raise ValueError({"integer": "a whole number", "number": "a number"}.get(str(wanted), "a text"))


def _short_enough(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(f"{len(text):,} characters; {most:,} at most")
    return text


def _content(given: object, name: str) -> Content:
    if isinstance(given, str):
        return Content(name=name, data=given.encode())
    if not isinstance(given, dict) or not {"name", "base64"} >= given.keys():
        raise ValueError('the text of a file, or {"name": "its-name.yaml", "base64": "..."}')
    called, packed = given.get("name", name), given.get("base64")
    if not isinstance(called, str) or not NAME_OF_A_FILE.fullmatch(called):
        raise ValueError(
            "name: letters, digits, dots, - and _, as a file is called without its place"
        )
    if not isinstance(packed, str):
        raise ValueError("base64: what the file holds, in base 64")
    try:
        return Content(name=called, data=base64.b64decode(packed, validate=True))
    except (binascii.Error, ValueError):
        raise ValueError("base64: is not in base 64") from None


def _unknown(given: Iterable[str], known: Mapping[str, Parameter]) -> list[Wrong]:
    wrong: list[Wrong] = []
    for name in dict.fromkeys(given):
        if name in known:
            continue
        shown = name[:60]
        if shown in ("as", "key", "person", "home", "json"):
            remedy = "who asks is said by the token alone; leave it out"
        else:
            listed = ", ".join(known) or "no parameter"
            remedy = did_you_mean(shown, known, f"this operation takes {listed}")
        wrong.append(Wrong(parameter=shown, detail=f"no such parameter; {remedy}"))
    return wrong


def _missing(one: Parameter) -> Wrong:
    return Wrong(parameter=one.name, detail=f"is needed{f': {one.about}' if one.about else ''}")


def _named_twice(data: bytes) -> str | None:
    """A name that an object of this JSON has twice: which of the two was meant, nobody knows."""
    found: list[str] = []

    def once(pairs: list[tuple[str, object]]) -> None:
        seen = set[str]()
        for name, _ in pairs:
            found.extend([name] if name in seen else [])
            seen.add(name)

    json.loads(data, object_pairs_hook=once, parse_int=str, parse_float=str)
    return found[0] if found else None


def _too_large(most: int) -> Problem:
    return Problem(413, f"more than {most:,} bytes; send less")


def _is_shallow(data: bytes) -> bool:
    """Whether brackets are nested no deeper than is allowed; signs within texts do not count."""
    depth = 0
    for sign in _TEXTS.sub(b"", data):
        if sign in b"[{":
            depth += 1
            if depth > DEPTH_MAX:
                return False
        elif sign in b"]}":
            depth -= 1
    return True
