"""The description of the API as OpenAPI 3.1, made from the operations themselves.

Source: OpenAPI Specification 3.1.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tocsin import __version__
from tocsin.web.api.limits import QUERY_LENGTH_MAX
from tocsin.web.api.operation import PREFIX, Operation, Parameter, Takes
from tocsin.web.api.problem import MEDIA_TYPE, TITLES

Doc = dict[str, object]

ABOUT = """\
What the command line does, over HTTP: one operation for each command, with the same words, checks
and refusals; the answer is the document of `--json`. A token says who asks (`Authorization: Bearer
tocsin_...`) and its scopes what they may. What the register wants signed is signed in two calls:
name your key in `Tocsin-Sign-With`, sign the statement that comes back, send the signature to its
`next`. `Idempotency-Key` makes a repetition safe; `If-Match` with the ETag of an incident makes
sure that nobody wrote since you looked.
"""

CONTENT: Doc = {
    "oneOf": [
        {"type": "string", "description": "the text of the file"},
        {
            "type": "object",
            "required": ["base64"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"},
                "base64": {"type": "string", "contentEncoding": "base64"},
            },
        },
    ]
}
PROBLEM: Doc = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, and what would make it right"},
        "exit": {"type": "integer", "description": "the command line's exit status"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["parameter", "detail"],
                "properties": {"parameter": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "answer": {"description": "what the command found wrong with its input"},
    },
}
TO_SIGN: Doc = {
    "type": "object",
    "required": ["to_sign", "namespace", "statement", "until", "next"],
    "properties": {
        "to_sign": {"type": "string"},
        "namespace": {"type": "string"},
        "statement": {"type": "string", "contentEncoding": "base64"},
        "until": {"type": "string", "format": "date-time"},
        "next": {"type": "string"},
        "how": {"type": "string"},
    },
}
ALWAYS = (400, 401, 403, 429, 500, 503)
"""Problems that every operation with a token may answer with."""


def document(operations: Sequence[Operation], beside: Mapping[str, Doc] | None = None) -> Doc:
    """The whole description.

    Args:
        beside: descriptions of further paths: of resources.
    """
    paths: Doc = {one.path: {one.method.lower(): _operation(one)} for one in operations}
    return {
        "openapi": "3.1.1",
        "info": {"title": "Tocsin", "version": __version__, "description": ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths | dict(beside or {}) | _own(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": PROBLEM, "Content": CONTENT, "ToSign": TO_SIGN},
            "responses": {
                str(status): {
                    "description": title,
                    "content": {MEDIA_TYPE: {"schema": _named("Problem")}},
                }
                for status, title in TITLES.items()
            },
        },
    }


def problems(statuses: Iterable[int]) -> Doc:
    """Answers that tell a problem, by status."""
    return {str(one): {"$ref": f"#/components/responses/{one}"} for one in sorted(set(statuses))}


def _operation(one: Operation) -> Doc:
    described: Doc = {
        "operationId": one.id,
        "summary": one.summary.partition(";")[0],
        "description": f"{one.summary}\n\nAs `tocsin {one.words}`. Scope: `{one.right.value}`.",
        "tags": [one.words.partition(" ")[0]],
        "x-scope": one.right.value,
        "responses": _responses(one),
    }
    parameters: list[Doc] = []
    if one.method == "GET":
        parameters += [_in_query(parameter) for parameter in one.parameters] + _headers(one)
    else:
        described["requestBody"] = {
            "required": any(parameter.required for parameter in one.parameters),
            "content": {"application/json": {"schema": _body(one), "example": one.example}},
        }
        parameters += _headers(one)
    if parameters:
        described["parameters"] = parameters
    return described


def _responses(one: Operation) -> Doc:
    kinds = ("application/octet-stream", "application/zip")
    done: Doc = {"application/json": {"schema": {}}}
    if one.makes_files:
        done |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    found: Doc = {"200": {"description": "done; Tocsin-Exit: 1 if it found a problem",
                          "content": done}}  # fmt: skip
    if one.signable:
        found["202"] = {
            "description": "something must be signed",
            "content": {"application/json": {"schema": _named("ToSign")}},
        }
    also = [404, 409, 502]
    if one.method != "GET":
        also += [408, 412, 413, 415, 504]
    return found | problems([*ALWAYS, *also])


def _in_query(one: Parameter) -> Doc:
    schema: Doc = {"type": "boolean"} if one.takes is Takes.YES else dict(one.schema)
    if "maxLength" in schema:
        schema["maxLength"] = QUERY_LENGTH_MAX
    if one.takes is Takes.MANY:
        schema = {"type": "array", "items": schema, "maxItems": 1_000}
    found: Doc = {"name": one.name, "in": "query", "required": one.required, "schema": schema}
    return found | ({"description": one.about} if one.about else {})


def _body(one: Operation) -> Doc:
    found: Doc = {
        "type": "object",
        "additionalProperties": False,
        "properties": {p.name: _property(p) for p in one.parameters},
    }
    needed = [p.name for p in one.parameters if p.required]
    return found | ({"required": needed} if needed else {})


def _property(one: Parameter) -> Doc:
    match one.takes:
        case Takes.YES:
            found: Doc = {"type": "boolean"}
        case Takes.MANY:
            found = {"type": "array", "items": dict(one.schema), "maxItems": 1_000}
        case Takes.CONTENT:
            found = _named("Content")
        case Takes.CONTENTS:
            found = {"type": "array", "items": _named("Content"), "maxItems": 1_000}
        case Takes.ONE:
            found = dict(one.schema)
    if one.required and "items" in found:
        found["minItems"] = 1
    return found | ({"description": one.about} if one.about else {})


def _headers(one: Operation) -> list[Doc]:
    found: list[Doc] = []
    if one.repeatable:
        found.append(_header("Idempotency-Key", "^[!-~]{1,100}$",
                             "a repetition with the same key changes nothing"))  # fmt: skip
    if one.incident and one.method != "GET":
        found.append(_header("If-Match", '^"[0-9]{1,12}"$',
                             "the ETag of the incident as you saw it"))  # fmt: skip
    if one.signable:
        found.append(_header("Tocsin-Sign-With", "^SHA256:[A-Za-z0-9+/]{43}$",
                             "the fingerprint of your key, to sign what you say"))  # fmt: skip
    return found


def _header(name: str, pattern: str, about: str) -> Doc:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": about,
        "schema": {"type": "string", "pattern": pattern},
    }


def _own() -> Doc:
    signature: Doc = {
        "type": "object",
        "required": ["signature"],
        "additionalProperties": False,
        "properties": {"signature": {"type": "string", "maxLength": 10_000}},
    }
    return {
        f"{PREFIX}/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "this description",
                "security": [],
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    **problems([400]),
                },
            }
        },
        f"{PREFIX}/to-sign/{{id}}": {
            "post": {
                "operationId": "to_sign",
                "summary": "the signature that an operation waits for",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": signature}},
                },
                "responses": {
                    "200": {
                        "description": "done",
                        "content": {"application/json": {"schema": {}}},
                    },
                    "202": {
                        "description": "something else must be signed too",
                        "content": {"application/json": {"schema": _named("ToSign")}},
                    },
                    **problems([*ALWAYS, 404, 408, 409, 412, 413, 502, 504]),
                },
            }
        },
    }


def _named(schema: str) -> Doc:
    return {"$ref": f"#/components/schemas/{schema}"}
