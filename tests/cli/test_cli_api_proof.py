"""schemathesis asks the API, as it is served, whatever its description allows and much more.

Nothing it asks may end in an error of the program, in an answer that the description does not name,
or be done though the description forbids it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
from api_side import Api, api_of

from cli_seat import Keyboard
from tocsin.cli.over_http.serving import described_api, offered_operations

PYTHON = os.environ.get("TOCSIN_API_PYTHON", "")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,ignored_auth,negative_data_rejection"
)
SLOW = "doctor|verify|simulate|prove|export|coverage|witness"
EVERYTHING = ("read", "record", "respond", "decide", "administer")


def test_every_operation_is_described_with_its_scope_and_answers() -> None:
    described = described_api()
    paths = described["paths"]
    assert isinstance(paths, dict)
    for one in offered_operations():
        found = paths[one.path][one.method.lower()]
        assert (found["operationId"], found["x-scope"]) == (one.id, one.right.value)
        assert {"200", "400", "401", "403", "404", "409", "429"} <= found["responses"].keys()
    ids = [op["operationId"] for path in paths.values() for op in path.values()]
    assert len(ids) == len(set(ids))


def test_each_example_is_what_its_own_schema_allows() -> None:
    described = json.loads(json.dumps(described_api()))
    for path in described["paths"].values():
        for one in path.values():
            if "requestBody" in one and "example" in one["requestBody"]["content"][JSON]:
                body = one["requestBody"]["content"][JSON]
                schema = {**body["schema"], "components": described["components"]}
                jsonschema.Draft202012Validator(schema).validate(body["example"])


JSON = "application/json"


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """`tocsin web` in a process of its own; gives its address."""
    words = [sys.executable, "-m", "tocsin", "--home", str(home), "web", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            line = next(line for line in server.stderr if "listening" in line)
            yield str(json.loads(line)["listening"])
        finally:
            server.terminate()
            server.communicate(timeout=30)


@pytest.mark.proof
@pytest.mark.skipif(
    not PYTHON, reason="NOT PROVEN: TOCSIN_API_PYTHON names no Python; run `make proof`"
)
def test_nothing_that_it_is_asked_breaks_it(
    staffed: Keyboard, keys: dict[str, Path], tmp_path: Path
) -> None:
    for title in ("one", "two"):
        staffed.opened(title)
    with api_of(staffed, keys) as inside:
        token = Api.token(inside, "ana", *EVERYTHING)
    with serving(staffed.home) as address:
        ran = subprocess.run(
            [PYTHON, "-m", "schemathesis.cli", "run", f"{address}/api/v1/openapi.json",
             "--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--seed", "1",
             "--rate-limit", "1000/m", "--max-examples", "4", "--workers", "2",
             "--phases", "examples,fuzzing",
             "--exclude-path-regex", SLOW, "--no-color"],
            cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    staffed.sound()
