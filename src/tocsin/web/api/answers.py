"""What came of an operation, as an HTTP answer: the document of `--json`, or the files it made."""

from __future__ import annotations

import io
import json as plain_json
import zipfile
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from tocsin.web.api.operation import Made, Outcome
from tocsin.web.api.problem import Problem, response_of

JSON = "application/json"
SAID_LENGTH_MAX = 2_000
DONE, FOUND_A_PROBLEM, WRONG_USE = 0, 1, 2
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Of every file in an archive, so that the same content gives the same bytes."""


def of(outcome: Outcome) -> Response:
    """The answer to an operation that was carried out."""
    if outcome.status == WRONG_USE:
        return _refused(outcome)
    headers = {"Tocsin-Exit": str(outcome.status)} | _said(outcome.said)
    if outcome.files:
        return _files(outcome.files, headers)
    data = outcome.data
    if outcome.status == FOUND_A_PROBLEM and isinstance(data, Mapping):
        data = {**data, "problem": True}
    status = 200 if outcome.status in (DONE, FOUND_A_PROBLEM) else 502
    return json(data, status, headers)


def json(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON document, its names in order."""
    body = msgspec.json.encode(data, order="sorted")
    return Response(body, status, media_type=JSON, headers=dict(headers or {}))


def _refused(outcome: Outcome) -> Response:
    """A command that tells what is wrong with its input as data, such as mistakes in a plan."""
    problem = Problem(400, "; ".join(outcome.said) or "the input has mistakes; see `answer`")
    told = plain_json.loads(bytes(response_of(problem).body))
    told["answer"] = outcome.data
    return Response(
        msgspec.json.encode(told, order="sorted"), 400, media_type="application/problem+json"
    )


def _said(lines: Sequence[str]) -> dict[str, str]:
    """What was said beside the answer, in one header that nobody's words can break out of."""
    if not lines:
        return {}
    shown = list(lines)
    while len(packed := plain_json.dumps(shown)) > SAID_LENGTH_MAX and shown:
        shown.pop()
    return {"Tocsin-Said": packed}


def _files(files: Sequence[Made], headers: dict[str, str]) -> Response:
    """The file itself, or all of them as one archive."""
    if len(files) == 1 and "/" not in files[0].name:
        one = files[0]
        return _attached(one.data, one.name, "application/octet-stream", headers)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            archive.writestr(zipfile.ZipInfo(one.name, _FIRST_DAY), one.data)
    top = files[0].name.partition("/")[0]
    return _attached(packed.getvalue(), f"{top}.zip", "application/zip", headers)


def _attached(data: bytes, name: str, kind: str, headers: dict[str, str]) -> Response:
    placed = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=kind, headers=headers | placed)
